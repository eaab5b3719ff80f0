from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import tiny_model
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contend.document import Document
from contend.model.examples import Example, make_example
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.training.batches import collate, hide_tokens, plan_epoch, split_step
from contend.training.config import Config


@pytest.fixture(scope="module")
def examples(tokenizer: TextTokenizer) -> list[Example]:
    return [make_example(d, tokenizer, LABELS) for d in tiny_model.documents()]


def names(plan: list[tuple[Example, ...]]) -> list[list[str]]:
    return [[example.document.id for example in batch] for batch in plan]


def test_an_epoch_is_a_function_of_seed_and_number(examples: list[Example]) -> None:
    config = tiny_model.config("x")
    groups = [(examples, 2.0)]
    first = names(plan_epoch(groups, config, 0))
    np.random.seed(4)  # the global random numbers do not count
    assert names(plan_epoch(groups, config, 0)) == first
    assert names(plan_epoch(groups, config, 1)) != first
    assert names(plan_epoch(groups, tiny_model.config("x", seed=14), 0)) != first


@given(share=st.floats(0.01, 5), epoch=st.integers(0, 50))
def test_every_document_is_read_share_times(
    examples: list[Example], share: float, epoch: int
) -> None:
    plan = plan_epoch([(examples, share)], tiny_model.config("x"), epoch)
    counted = Counter(name for batch in names(plan) for name in batch)
    assert counted.total() == max(1, round(share * len(examples)))
    times = [counted[example.document.id] for example in examples]
    assert max(times) - min(times) <= 1


def test_each_source_has_its_own_share(examples: list[Example]) -> None:
    plan = plan_epoch([(examples[:2], 3.0), (examples[2:], 0.5)], tiny_model.config("x"), 0)
    counted = Counter(name for batch in names(plan) for name in batch)
    assert [counted["d0"], counted["d1"]] == [3, 3]
    assert sum(counted[f"d{place}"] for place in range(2, 6)) == 2


def test_steps_hold_whole_documents_up_to_their_size(examples: list[Example]) -> None:
    config = tiny_model.config("x", batch_windows=3)
    for batch in plan_epoch([(examples, 4.0)], config, 0):
        windows = [len(collate([e], _tokenizer_stub(), config).ids) for e in batch]
        assert sum(windows[:-1]) < 3


def _tokenizer_stub() -> TextTokenizer:
    class Stub:
        first_id, last_id = 1, 2

    return Stub()  # type: ignore[return-value]


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    window=st.integers(5, 64),
    data=st.data(),
)
def test_rows_stitch_each_token_once(
    tokenizer: TextTokenizer, lengths: list[int], window: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, window - 3))
    config = Config(window_tokens=window, overlap_tokens=overlap)
    made = [make_example(tiny_model.document(n), tokenizer, LABELS) for n in lengths]
    batch = collate(made, tokenizer, config)
    assert batch.ids.shape == batch.mask.shape
    assert batch.ids.shape[1] <= window
    flat = batch.ids.flatten()
    for example, rows in zip(made, batch.rows, strict=True):
        assert torch.equal(flat[rows], torch.from_numpy(example.tokens.ids))
        assert len(set(rows.tolist())) == example.tokens.n_tokens
    everything = torch.cat(batch.rows)
    assert len(everything.unique()) == len(everything)
    assert bool(batch.mask.flatten()[everything].all())
    assert set(batch.ids[:, 0].tolist()) == {tokenizer.first_id}
    ends = batch.mask.sum(dim=1) - 1
    assert set(batch.ids[torch.arange(len(ends)), ends].tolist()) == {tokenizer.last_id}
    assert not bool(batch.ids[batch.mask == 0].any())


def test_a_document_without_segments_is_read(tokenizer: TextTokenizer) -> None:
    example = make_example(Document("The bus lane."), tokenizer, LABELS)
    batch = collate([example], tokenizer, tiny_model.config("x"))
    assert batch.ids.shape == (1, example.tokens.n_tokens + 2)


@given(share=st.floats(0.0, 1.0), seed=st.integers(0, 99))
def test_only_tokens_of_the_text_are_hidden(
    examples: list[Example], tokenizer: TextTokenizer, share: float, seed: int
) -> None:
    batch = collate(examples, tokenizer, tiny_model.config("x"))
    hidden = []
    for _ in range(2):
        torch.manual_seed(seed)
        hidden.append(hide_tokens(batch, tokenizer, share).ids)
    assert torch.equal(*hidden)
    of_text = ~torch.isin(batch.ids, torch.tensor([0, tokenizer.first_id, tokenizer.last_id]))
    changed = hidden[0] != batch.ids
    assert not bool((changed & ~of_text).any())
    assert set(hidden[0][changed].tolist()) <= {tokenizer.mask_id}
    n_hidden, n_tokens = int(changed.sum()), int(of_text.sum())
    assert abs(n_hidden - share * n_tokens) <= 5 * (share * (1 - share) * n_tokens) ** 0.5 + 1


@given(st.lists(st.integers(0, 5), max_size=8), st.integers(1, 9))
def test_a_step_is_split_into_even_parts(
    examples: list[Example], tokenizer: TextTokenizer, places: list[int], n_parts: int
) -> None:
    config = tiny_model.config("x")
    step = [examples[place] for place in places]
    parts = split_step(step, config, n_parts)
    assert len(parts) == n_parts
    assert Counter(id(e) for part in parts for e in part) == Counter(map(id, step))
    loads = [sum(len(collate([e], tokenizer, config).ids) for e in part) for part in parts]
    largest = max((len(collate([e], tokenizer, config).ids) for e in step), default=0)
    assert max(loads) - min(loads) <= largest
    assert split_step(step, config, 1) == [tuple(step)]
