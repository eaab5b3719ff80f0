"""How sure a score is, and whether two systems differ, from counts of documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contend.errors import ConfigError
from contend.metrics.counts import Counts, ScoreFunction

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """The lower and the upper end of an interval; NaN where it is not defined."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two systems differ on the same documents.

    Attributes:
        difference: score of the first minus score of the second.
        low, high: 95 % interval of the difference (paired bootstrap over documents); NaN where
            it is not defined: fewer than two documents have a count for one of the systems.
        p_value: probability, in (0, 1], of a difference at least as large if the two systems
            were interchangeable (approximate randomisation over documents, two-sided).
    """

    difference: float
    low: float
    high: float
    p_value: float


def resampling_weights(
    n_documents: int, *, n_resamples: int = 1000, seed: int = 0
) -> NDArray[np.float64]:
    """How often each document is drawn in each resample, shape [n_resamples, n_documents].

    Each resample draws ``n_documents`` documents with replacement.

    Raises:
        ConfigError: if there is no document or the number of resamples is negative.
    """
    if n_documents < 1 or n_resamples < 0:
        raise ConfigError(
            "expected at least one document and n_resamples >= 0, found "
            f"{n_documents} documents and n_resamples={n_resamples}"
        )
    rng = np.random.default_rng(seed)
    drawn = rng.integers(n_documents, size=(n_resamples, n_documents))
    weights = np.zeros((n_resamples, n_documents))
    np.add.at(weights, (np.arange(n_resamples)[:, None], drawn), 1.0)
    return weights


def bootstrap_interval(
    counts: Counts, score: ScoreFunction, weights: NDArray[np.float64]
) -> Interval:
    """The 95 % percentile interval of a score over resampled documents.

    Resamples in which the score is not defined are left out. The interval is not defined if
    fewer than two documents have a count, for then the documents say nothing about the spread.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Args:
        counts: counts of each document, shape [n_documents, ...].
        score: from summed counts, shape [n_resamples, ...], to scores, shape [n_resamples].
        weights: of ``resampling_weights``, shape [n_resamples, n_documents].
    """
    if n_counted(counts) < 2:
        return Interval(np.nan, np.nan)
    return _percentiles(score(np.tensordot(weights, counts, axes=1)))


def compare(
    counts: Counts,
    other: Counts,
    score: ScoreFunction,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare two systems by their counts on the same documents.

    Source: Efron & Tibshirani (1993) for the interval; Noreen (1989), Computer-Intensive Methods
    for Testing Hypotheses, and Yeh (2000), More Accurate Tests for the Statistical Significance of
    Result Differences, for the test.

    Args:
        counts: counts of the first system, shape [n_documents, ...].
        other: counts of the second system, same shape and order of documents.
        score: from summed counts, shape [..., *], to scores, shape [...].
        n_resamples: number of bootstrap resamples, and of random exchanges.
        seed: start of the random numbers.

    Raises:
        ConfigError: if the shapes differ, or there is no document.
    """
    if counts.shape != other.shape:
        raise ConfigError(
            "two systems are compared by counts of the same shape on the same documents, found "
            f"{counts.shape} and {other.shape}"
        )
    weights = resampling_weights(len(counts), n_resamples=n_resamples, seed=seed)
    difference = float(score(counts.sum(axis=0)) - score(other.sum(axis=0)))
    interval = Interval(np.nan, np.nan)
    if min(n_counted(counts), n_counted(other)) >= 2:
        resampled = [score(np.tensordot(weights, each, axes=1)) for each in (counts, other)]
        interval = _percentiles(resampled[0] - resampled[1])
    swapped = np.random.default_rng(seed).random((n_resamples, len(counts))) < 0.5
    moved = np.tensordot(swapped.astype(np.float64), other - counts, axes=1)
    exchanged = score(counts.sum(axis=0) + moved) - score(other.sum(axis=0) - moved)
    # The tolerance keeps rounding from deciding ties; an undefined exchange counts as extreme.
    extreme = ~(np.abs(exchanged) < abs(difference) - 1e-12)
    p_value = (extreme.sum() + 1) / (n_resamples + 1)
    return Comparison(difference, interval.low, interval.high, float(p_value))


def n_counted(counts: Counts) -> int:
    """The number of documents that have any count, from counts [n_documents, ...]."""
    return int(counts.reshape(len(counts), -1).any(axis=1).sum())


def _percentiles(scores: Counts) -> Interval:
    scores = scores[~np.isnan(scores)]
    if not len(scores):
        return Interval(np.nan, np.nan)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(scores, [tail, 100 - tail])
    return Interval(float(low), float(high))
