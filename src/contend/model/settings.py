"""How a model reads and decides: everything but its weights; the heart of ``config.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from contend.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of a model.

    Attributes:
        labels: the label of each label id, in the order of the tags.
        window_tokens: the most tokens the encoder reads at once, its two special ones included.
        overlap_tokens: how many tokens neighbouring windows share.
        thesis: whether every article has one thesis, which is the root of its tree of relations;
            if not, every segment may be without a target.
        thesis_label: the label of the segment that may be the thesis, if ``thesis``.
        switch_penalty: nats that a segment edge inside a sentence costs.
        label_bias: nats added to each label when spans are decoded, by label.
        score_weights: the calibrated score is the sigmoid of these three times 1, the log-odds
            of the label and the log-probability of the boundaries, plus ``score_bias``; fitted
            on dev.
        score_bias: added for each label, by label: some are harder to bound than others.
    """

    labels: tuple[str, ...]
    window_tokens: int = 512
    overlap_tokens: int = 96
    thesis: bool = True
    thesis_label: str = "claim"
    switch_penalty: float = 0.0
    label_bias: Mapping[str, float] = field(default_factory=dict)
    score_weights: tuple[float, float, float] = (0.0, 1.0, 1.0)
    score_bias: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values."""
        biases = {"label_bias": dict(self.label_bias), "score_bias": dict(self.score_bias)}
        return {**asdict(self), **biases}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str) -> Settings:
        """The settings that ``to_dict`` wrote.

        Raises:
            ModelError: if a setting is unknown, missing or impossible; ``where`` names the file.
        """
        known = {item.name for item in fields(cls)}
        if not data.keys() <= known:
            raise ModelError(
                f"{where}: unknown settings {', '.join(sorted(data.keys() - known))}; the model "
                "was made by a newer version of contend: pip install -U contend"
            )
        if "labels" not in data:
            raise ModelError(
                f"{where}: the setting 'labels' is missing; copy the model folder again"
            )
        lists = {key: tuple(value) for key, value in data.items() if isinstance(value, list)}
        settings = cls(**{**data, **lists})
        overlap, window = settings.overlap_tokens, settings.window_tokens
        are_numbers = isinstance(overlap, int) and isinstance(window, int)
        if not (are_numbers and 0 <= overlap < window - 2):
            raise ModelError(
                f"{where}: expected 0 <= overlap_tokens < window_tokens - 2, found {overlap!r} and "
                f"{window!r}"
            )
        return settings
