"""Metrics: counts of each document, scores of their sums, intervals over documents.

Each module holds one way of comparing: ``segments``, ``words``, ``boundaries``, ``relations``,
``calibration``. Functions named ``…_counts`` take gold and predicted documents over the same texts
and count in each; ``counts`` makes scores of sums; ``intervals`` says how sure they are;
``measures`` lists everything that a ``report`` has.
"""

from __future__ import annotations

from contend.metrics.boundaries import boundary_similarity_counts, pk_counts, window_diff_counts
from contend.metrics.calibration import (
    ReliabilityBin,
    calibration_counts,
    calibration_error,
    reliability_bins,
)
from contend.metrics.counts import accuracy, f1, macro_f1, micro_f1, precision, recall
from contend.metrics.intervals import (
    Comparison,
    Interval,
    bootstrap_interval,
    compare,
    resampling_weights,
)
from contend.metrics.measures import Measure, measure
from contend.metrics.relations import relation_counts, thesis_counts
from contend.metrics.report import Report, Score
from contend.metrics.segments import exact_counts, overlap_counts, untyped_counts
from contend.metrics.signature import signature
from contend.metrics.words import cohen_kappa, word_confusion, word_counts

__all__ = [
    "Comparison",
    "Interval",
    "Measure",
    "ReliabilityBin",
    "Report",
    "Score",
    "accuracy",
    "bootstrap_interval",
    "boundary_similarity_counts",
    "calibration_counts",
    "calibration_error",
    "cohen_kappa",
    "compare",
    "exact_counts",
    "f1",
    "macro_f1",
    "measure",
    "micro_f1",
    "overlap_counts",
    "pk_counts",
    "precision",
    "recall",
    "relation_counts",
    "reliability_bins",
    "resampling_weights",
    "signature",
    "thesis_counts",
    "untyped_counts",
    "window_diff_counts",
    "word_confusion",
    "word_counts",
]
