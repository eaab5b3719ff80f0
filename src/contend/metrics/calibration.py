"""Whether scores mean what they say: among segments scored .8, eight in ten should be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.metrics.counts import Counts, check_pairs, divide

N_BINS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Predicted segments of similar score.

    Attributes:
        low, high: the lowest and the highest score in the bin.
        n_segments: how many segments it holds.
        mean_score: what the segments claim, in [0, 1].
        precision: the part of them that is right, in [0, 1].
    """

    low: float
    high: float
    n_segments: int
    mean_score: float
    precision: float


def calibration_counts(
    gold: Sequence[Document], predicted: Sequence[Document], *, n_bins: int = N_BINS
) -> Counts:
    """Count predicted segments that carry a score, by bins of equal mass over all documents.

    A segment is right if the gold has one with its start, end and label. Equal scores share a
    bin, so with many ties bins are uneven, and some may be empty.

    Source: Nguyen & O'Connor (2015), Posterior Calibration and Exploratory Analysis for Natural
    Language Processing Models.

    Returns:
        The number of segments, the sum of their scores and the number of right ones, shape
        [n_documents, n_bins, 3].

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    document_ids, scores, right = scored_segments(gold, predicted)
    counts = np.zeros((len(gold), n_bins, 3))
    values = np.stack([np.ones_like(scores), scores, right], axis=-1)
    np.add.at(counts, (document_ids, _bins(scores, n_bins)), values)
    return counts


def calibration_error(counts: Counts) -> Counts:
    """Expected calibration error: mean distance of score and precision, weighted by bin.

    Source: Naeini, Cooper & Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using
    Bayesian Binning.

    Args:
        counts: of ``calibration_counts``, shape [..., n_bins, 3].

    Returns:
        Errors in [0, 1], lower is better, shape [...]; NaN where no segment has a score.
    """
    distance = np.abs(counts[..., 1] - counts[..., 2])
    return divide(distance.sum(axis=-1), counts[..., 0].sum(axis=-1))


def reliability_bins(
    gold: Sequence[Document], predicted: Sequence[Document], *, n_bins: int = N_BINS
) -> tuple[ReliabilityBin, ...]:
    """The bins of ``calibration_counts`` that are not empty, from low to high scores.

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    _, scores, right = scored_segments(gold, predicted)
    places = _bins(scores, n_bins)
    return tuple(
        ReliabilityBin(
            low=float(scores[places == place].min()),
            high=float(scores[places == place].max()),
            n_segments=int((places == place).sum()),
            mean_score=float(scores[places == place].mean()),
            precision=float(right[places == place].mean()),
        )
        for place in np.unique(places)
    )


def scored_segments(
    gold: Sequence[Document], predicted: Sequence[Document]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Document, score and rightness of every predicted segment that has a score, shape [n] each.

    A segment is right (1.0) if the gold has one with its start, end and label.
    """
    found: list[tuple[int, float, float]] = []
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        spans = {(segment.start, segment.end, segment.label) for segment in right.segments}
        found += (
            (index, s.score, float((s.start, s.end, s.label) in spans))
            for s in given.segments
            if s.score is not None
        )
    table = np.array(found, dtype=np.float64).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1], table[:, 2]


def _bins(scores: NDArray[np.float64], n_bins: int) -> NDArray[np.int64]:
    ranks = np.arange(1, n_bins) * len(scores) // n_bins
    edges = np.sort(scores)[ranks] if len(scores) else np.empty(0)
    return np.searchsorted(edges, scores, side="right")
