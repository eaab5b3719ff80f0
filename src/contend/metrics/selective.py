"""What ``min_score`` buys: the surer passages only, and how many of them are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.metrics.calibration import scored_segments
from contend.metrics.counts import check_pairs

_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What is left of predicted segments with at least this score.

    Attributes:
        min_score: the threshold, in [0, 1].
        n_segments: how many are left.
        coverage: the part of all that are left, in (0, 1].
        precision: the part of those that is right: start, end and label.
        recall: the part of the gold segments that is found; ``None`` if there are none.
    """

    min_score: float
    n_segments: int
    coverage: float
    precision: float
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """The risk-coverage curve of predicted segments; risk is 1 minus precision.

    Attributes:
        n_segments: predicted segments that carry a score.
        highest: the highest score.
        aurc: area under the curve, in [0, 1], lower is better: the mean risk of the k surest
            segments over all k, those of equal score in random order.
        risk: the risk of all of them, which is the area if scores say nothing.
        least: the area if every right segment had a higher score than every wrong one.
        thresholds: at hundredths of the score, 0 and those at which fewer segments are left than
            at the one before.
    """

    n_segments: int
    highest: float
    aurc: float
    risk: float
    least: float
    thresholds: tuple[Threshold, ...] = field(repr=False)

    def at(self, min_score: float) -> Threshold | None:
        """What is left at ``min_score``, a whole number of hundredths; ``None`` if nothing is."""
        if min_score > self.highest:
            return None
        return [each for each in self.thresholds if each.min_score <= min_score][-1]

    def to_dict(self) -> dict[str, Any]:
        """The curve as plain values."""
        return asdict(self)


def risk_coverage(gold: Sequence[Document], predicted: Sequence[Document]) -> RiskCoverage | None:
    """How precision grows where only the surer segments are kept.

    A segment is right if the gold has one with its start, end and label. Segments without a
    score do not count.

    Source: Geifman & El-Yaniv (2017), Selective Classification for Deep Neural Networks; Geifman,
    Uziel & El-Yaniv (2019), Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers.

    Returns:
        The curve; ``None`` if no predicted segment has a score.

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    _, scores, right = scored_segments(gold, predicted)
    if not len(scores):
        return None
    n_gold = sum(len(document.segments) for document in gold)
    return RiskCoverage(
        n_segments=len(scores),
        highest=float(scores.max()),
        aurc=_area(scores, right),
        risk=float(1 - right.mean()),
        least=_area(right, right),
        thresholds=tuple(_thresholds(scores, right, n_gold)),
    )


def _area(scores: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    order = np.argsort(-scores, kind="stable")
    ranked, wrong = scores[order], 1 - right[order]
    # Within equal scores errors are expected to come evenly, so they are drawn as a line.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) + 1
    errors = np.concatenate([[0.0], np.cumsum(wrong)[ends - 1]])
    kept = np.arange(1, len(scores) + 1)
    return float((np.interp(kept, np.concatenate([[0], ends]), errors) / kept).mean())


def _thresholds(
    scores: NDArray[np.float64], right: NDArray[np.float64], n_gold: int
) -> list[Threshold]:
    found: list[Threshold] = []
    for step in range(_STEPS + 1):
        kept = scores >= step / _STEPS
        n_kept, n_right = int(kept.sum()), float(right[kept].sum())
        if not n_kept:
            break
        if not found or n_kept < found[-1].n_segments:
            found.append(
                Threshold(
                    min_score=step / _STEPS,
                    n_segments=n_kept,
                    coverage=n_kept / len(scores),
                    precision=n_right / n_kept,
                    recall=n_right / n_gold if n_gold else None,
                )
            )
    return found
