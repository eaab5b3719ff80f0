"""The losses of a step, and of one process's part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from contend.model.examples import UNKNOWN, Example
from contend.model.network import ArgumentNetwork
from contend.training.batches import Batch
from contend.training.config import Config
from contend.training.frozen import FrozenLayers
from contend.training.losses import (
    answers,
    divergences,
    document_losses,
    judge_segments,
    tag_loss,
    tag_weight,
)
from contend.training.teacher import Teacher

#: The tagger's, those of the document head, and how far both are from what a teacher says.
LOSSES = ("tag", "label", "relation", "thesis", "teacher")
_FROM_ANNOTATION = LOSSES[:-1]


class StepLosses:
    """Losses of whole documents, means over the words, segments and theses of a step.

    The means are over all documents of the step, whichever of them a process reads, so the parts
    of several processes add up to what one process gives for the whole.

    Args:
        network: the network.
        config: how many of its layers are frozen, its teacher, weights of labels and losses.
        device: where it computes.

    Raises:
        ConfigError: if the teacher has other labels or shorter windows.
        ModelError: if there is no such teacher, or it is damaged.
    """

    def __init__(self, network: ArgumentNetwork, config: Config, device: torch.device) -> None:
        self._network, self._config, self._device = network, config, device
        self._frozen: FrozenLayers | None = None
        if config.freeze_layers:
            network.freeze_lower(config.freeze_layers)
            self._frozen = FrozenLayers(
                network, config.freeze_layers, keep=not config.token_dropout
            )
        self._teacher = Teacher(config, device) if config.teacher else None
        weights = [config.label_weights.get(label, 1.0) for label in config.labels]
        self._label_weights = torch.tensor(weights, device=device)
        per_tag = [1.0, *(weight for weight in weights for _ in "BI")]
        self._tag_weights = torch.tensor(per_tag, device=device)

    def check(self, examples: Iterable[Example]) -> None:
        """Check that the teacher, if there is one, can read the documents.

        Raises:
            ConfigError: if it finds other words in one.
        """
        if self._teacher:
            self._teacher.check(examples)

    def nothing(self) -> dict[str, Tensor]:
        """The losses of no document."""
        return {name: torch.zeros((), device=self._device) for name in LOSSES}

    def of(self, batch: Batch, step: Sequence[Example]) -> dict[str, Tensor]:
        """The losses of the documents of ``batch``, by name.

        Args:
            batch: documents of the step.
            step: all documents of the step.
        """
        device = self._device
        with torch.autocast(device.type, torch.bfloat16, self._config.precision == "bfloat16"):
            if self._frozen:
                states = self._frozen.read(batch, device)
            else:
                states = self._network.encode(batch.ids.to(device), batch.mask.to(device))
        states = states.float().flatten(0, 1)
        log_probs = self._network.tag(states)
        # The same values; only a share of the gradient passes.
        judged = torch.lerp(states.detach(), states, self._config.document_gradient)
        sums = dict.fromkeys(_FROM_ANNOTATION, log_probs.sum() * 0.0)
        taught = dict(sums)
        for example, rows in zip(batch.examples, batch.rows, strict=True):
            at = rows.to(device)
            words = log_probs[at[torch.from_numpy(example.tokens.word_token).to(device)]]
            allowed = torch.from_numpy(example.tags).to(device)
            sums["tag"] = sums["tag"] + tag_loss(words, allowed, self._tag_weights)[0]
            scores = None
            if example.spans:
                scores = judge_segments(self._network.head, example, judged[at], words)
                for name, value in document_losses(scores, example, self._label_weights).items():
                    sums[name] = sums[name] + value
            if self._teacher:
                said = self._teacher.answers(example)
                for name, value in divergences(answers(words, scores), said).items():
                    taught[name] = taught[name] + value
        total_weight = torch.zeros((), device=device)
        for example in step:
            allowed = torch.from_numpy(example.tags).to(device)
            total_weight = total_weight + tag_weight(allowed, self._tag_weights)
        n_segments = max(sum(len(example.spans) for example in step), 1)
        n_theses = max(sum(example.thesis != UNKNOWN for example in step), 1)
        n_words = max(sum(example.tokens.n_words for example in step), 1)
        n_documents = max(sum(bool(example.spans) for example in step), 1)
        from_teacher = {
            "tag": taught["tag"] / n_words,
            "label": taught["label"] / n_segments,
            "relation": taught["relation"] / n_segments,
            "thesis": taught["thesis"] / n_documents,
        }
        return {
            "tag": sums["tag"] / total_weight.clamp(min=1.0),
            "label": sums["label"] / n_segments,
            "relation": sums["relation"] / n_segments,
            "thesis": sums["thesis"] / n_theses,
            "teacher": self._weighted(from_teacher),
        }

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """What is made small."""
        return self._weighted(losses) + self._config.teacher_loss * losses["teacher"]

    def _weighted(self, losses: dict[str, Tensor]) -> Tensor:
        return (
            losses["tag"]
            + self._config.label_loss * losses["label"]
            + self._config.relation_loss * losses["relation"]
            + self._config.thesis_loss * losses["thesis"]
        )
