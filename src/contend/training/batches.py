"""Which documents an epoch reads, in which order, and as which windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from contend.model.examples import Example
from contend.model.tokens import TextTokenizer
from contend.text.windows import Window, plan_windows
from contend.training.config import Config

_SORTED_DOCUMENTS = 32  # sorted by window length together, so that batches need little padding


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole documents as padded windows.

    Attributes:
        examples: the documents.
        ids: token ids of all their windows, shape [n_windows, n_tokens].
        mask: 1 for tokens, 0 for padding, same shape.
        rows: for each document, where in the flattened windows each of its tokens' results
            stands, shape [n_document_tokens].
    """

    examples: tuple[Example, ...]
    ids: Tensor
    mask: Tensor
    rows: tuple[Tensor, ...]


def plan_epoch(
    groups: Sequence[tuple[Sequence[Example], float]], config: Config, epoch: int
) -> list[tuple[Example, ...]]:
    """The documents of each step of an epoch: a function of the seed and the epoch alone.

    Args:
        groups: the examples of each source, and its share.
        config: batch and window sizes, seed.
        epoch: its number.
    """
    rng = np.random.default_rng((config.seed, epoch))
    chosen: list[Example] = []
    for examples, share in groups:
        n_wanted = max(1, round(share * len(examples)))
        order = [
            place
            for _ in range(-(-n_wanted // len(examples)))
            for place in rng.permutation(len(examples))
        ]
        chosen += [examples[place] for place in order[:n_wanted]]
    shuffled = [chosen[place] for place in rng.permutation(len(chosen))]
    batches: list[tuple[Example, ...]] = []
    for start in range(0, len(shuffled), _SORTED_DOCUMENTS):
        bucket = sorted(
            shuffled[start : start + _SORTED_DOCUMENTS], key=lambda e: _window_length(e, config)
        )
        batch: list[Example] = []
        n_windows = 0
        for example in bucket:
            batch.append(example)
            n_windows += len(_plan(example, config))
            if n_windows >= config.batch_windows:
                batches.append(tuple(batch))
                batch, n_windows = [], 0
        if batch:
            batches.append(tuple(batch))
    return [batches[place] for place in rng.permutation(len(batches))]


def split_step(
    examples: Sequence[Example], config: Config, n_parts: int
) -> list[tuple[Example, ...]]:
    """The documents of a step in as many parts as there are processes, with as even windows.

    A part may be empty.
    """
    parts: list[list[int]] = [[] for _ in range(n_parts)]
    loads = [0] * n_parts
    n_windows = [len(_plan(example, config)) for example in examples]
    for place in sorted(range(len(examples)), key=lambda place: -n_windows[place]):
        least = loads.index(min(loads))
        parts[least].append(place)
        loads[least] += n_windows[place]
    return [tuple(examples[place] for place in sorted(part)) for part in parts]


def collate(examples: Sequence[Example], tokenizer: TextTokenizer, config: Config) -> Batch:
    """The windows of ``examples``, padded to the longest."""
    windows: list[NDArray[np.int64]] = []
    places: list[list[tuple[int, int, int]]] = []
    for example in examples:
        places.append([])
        for window in _plan(example, config):
            offset = 1 - window.start
            places[-1].append((len(windows), window.keep_start + offset, window.keep_end + offset))
            ids = example.tokens.ids[window.start : window.end]
            windows.append(np.concatenate([[tokenizer.first_id], ids, [tokenizer.last_id]]))
    longest = max(len(ids) for ids in windows)
    padded = np.zeros((len(windows), longest), dtype=np.int64)
    mask = np.zeros_like(padded)
    for row, ids in enumerate(windows):
        padded[row, : len(ids)] = ids
        mask[row, : len(ids)] = 1
    rows = tuple(
        torch.from_numpy(
            np.concatenate([np.arange(a, b) + row * longest for row, a, b in document])
        )
        for document in places
    )
    return Batch(tuple(examples), torch.from_numpy(padded), torch.from_numpy(mask), rows)


def hide_tokens(batch: Batch, tokenizer: TextTokenizer, share: float) -> Batch:
    """``batch`` with a random ``share`` of its tokens behind the mask token.

    Special tokens stay, those between paragraphs among them; the random numbers are torch's.
    """
    assert tokenizer.mask_id is not None  # start_from asks for it
    special = torch.tensor([tokenizer.first_id, tokenizer.last_id])
    hidden = (torch.rand(batch.ids.shape) < share) & batch.mask.bool()
    hidden &= ~torch.isin(batch.ids, special)
    return replace(batch, ids=batch.ids.masked_fill(hidden, tokenizer.mask_id))


def _plan(example: Example, config: Config) -> list[Window]:
    return plan_windows(
        example.tokens.n_tokens, size=config.window_tokens - 2, overlap=config.overlap_tokens
    )


def _window_length(example: Example, config: Config) -> int:
    window = _plan(example, config)[0]
    return window.end - window.start
