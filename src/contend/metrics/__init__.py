"""Metrics: counts of each document, scores of their sums, intervals over documents.

Each module holds one way of comparing: ``segments``, ``words``, ``boundaries``, ``relations``,
``calibration``. Functions named ``…_counts`` take gold and predicted documents over the same texts
and count in each; ``counts`` makes scores of sums; ``intervals`` says how sure they are;
``measures`` lists everything that a ``report`` has. Agreement of annotators, of whom nobody is the
right one, is in ``agreement``, with ``study``, ``coefficients``, ``unitizing``, ``differences``.

``admissible`` compares with gold that has sets of labels; ``errors`` and ``error_report`` say what
goes wrong, ``breakdown`` scores groups of documents and places, ``selective`` what ``min_score``
buys.
"""

from __future__ import annotations

from contend.metrics.admissible import admissible_counts
from contend.metrics.agreement import Agreement, agree
from contend.metrics.boundaries import boundary_similarity_counts, pk_counts, window_diff_counts
from contend.metrics.breakdown import Breakdown, break_down
from contend.metrics.calibration import (
    ReliabilityBin,
    calibration_counts,
    calibration_error,
    reliability_bins,
)
from contend.metrics.coefficients import coincidences, fleiss_kappa, krippendorff_alpha
from contend.metrics.counts import accuracy, f1, macro_f1, micro_f1, precision, recall
from contend.metrics.differences import Difference
from contend.metrics.error_report import ErrorReport, find_errors
from contend.metrics.errors import error_counts, relation_error_counts, thesis_error_counts
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
from contend.metrics.selective import RiskCoverage, risk_coverage
from contend.metrics.signature import signature
from contend.metrics.study import Study, align
from contend.metrics.unitizing import alpha_u, unitizing_counts
from contend.metrics.words import bio_confusion, cohen_kappa, word_confusion, word_counts

__all__ = [
    "Agreement",
    "Breakdown",
    "Comparison",
    "Difference",
    "ErrorReport",
    "Interval",
    "Measure",
    "ReliabilityBin",
    "Report",
    "RiskCoverage",
    "Score",
    "Study",
    "accuracy",
    "admissible_counts",
    "agree",
    "align",
    "alpha_u",
    "bio_confusion",
    "bootstrap_interval",
    "boundary_similarity_counts",
    "break_down",
    "calibration_counts",
    "calibration_error",
    "cohen_kappa",
    "coincidences",
    "compare",
    "error_counts",
    "exact_counts",
    "f1",
    "find_errors",
    "fleiss_kappa",
    "krippendorff_alpha",
    "macro_f1",
    "measure",
    "micro_f1",
    "overlap_counts",
    "pk_counts",
    "precision",
    "recall",
    "relation_counts",
    "relation_error_counts",
    "reliability_bins",
    "resampling_weights",
    "risk_coverage",
    "signature",
    "thesis_counts",
    "thesis_error_counts",
    "unitizing_counts",
    "untyped_counts",
    "window_diff_counts",
    "word_confusion",
    "word_counts",
]
