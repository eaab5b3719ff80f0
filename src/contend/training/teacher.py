"""A model that teaches another: what it says of a document is learned beside the annotation.

Hinton et al., "Distilling the Knowledge in a Neural Network", 2015,
https://arxiv.org/abs/1503.02531, at temperature 1: the teacher's doubts are those that the scores
of the model taught should have.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from contend.errors import ConfigError
from contend.model.examples import Example, make_example
from contend.model.folder import TOKENIZER
from contend.model.tokens import TextTokenizer
from contend.text.tags import TaggedSpan
from contend.training.batches import collate
from contend.training.config import Config
from contend.training.losses import answers, judge_segments
from contend.training.start import check_windows, load_beside


class Teacher:
    """The model ``config.teacher``; it reads each document once, when it is first asked.

    Its tokenizer may be another than that of the model taught, if both see the same words.

    Args:
        config: names it and the labels, in their order.
        device: where it computes.

    Raises:
        ConfigError: if it has other labels or shorter windows.
        ModelError: if there is no such model, or it is damaged.
    """

    def __init__(self, config: Config, device: torch.device) -> None:
        network, folder = load_beside(config.teacher, config, setting="teacher")
        check_windows(config, network.encoder, folder)
        self._network = network.eval().to(device)
        self._tokenizer = TextTokenizer(folder / TOKENIZER)
        self._config, self._device = config, device
        self._kept: dict[tuple[str, tuple[TaggedSpan, ...]], dict[str, Tensor]] = {}

    def check(self, examples: Iterable[Example]) -> None:
        """Check that it sees the same words in documents as the model taught.

        Raises:
            ConfigError: if it does not.
        """
        for example in examples:
            words = self._tokenizer.encode(example.document.text).word_span
            if not np.array_equal(words, example.tokens.word_span):
                raise ConfigError(
                    f"teacher = {self._config.teacher!r}: it divides document "
                    f"{example.document.id!r} into {len(words)} words, the model to be trained "
                    f"into {example.tokens.n_words}; a teacher's tokenizer must find the same words"
                )

    def answers(self, example: Example) -> dict[str, Tensor]:
        """What it says of a document and of the segments that are annotated in it.

        Probabilities of ``losses.answers``, in half precision.
        """
        key = example.document.text, example.spans
        if key not in self._kept:
            self._kept[key] = self._read(example)
        return self._kept[key]

    @torch.no_grad()
    def _read(self, example: Example) -> dict[str, Tensor]:
        own = make_example(example.document, self._tokenizer, self._config.labels)
        batch = collate([own], self._tokenizer, self._config)
        half = self._config.precision == "bfloat16"
        with torch.autocast(self._device.type, torch.bfloat16, half):
            states = self._network.encode(batch.ids.to(self._device), batch.mask.to(self._device))
        states = states.float().flatten(0, 1)[batch.rows[0].to(self._device)]
        log_probs = self._network.tag(states[torch.from_numpy(own.tokens.word_token)])
        head = self._network.head
        scores = judge_segments(head, own, states, log_probs) if own.spans else None
        return {name: each.exp().half() for name, each in answers(log_probs, scores).items()}
