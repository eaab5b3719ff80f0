"""A report: scores with intervals, as values, JSON or a table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.errors import ConfigError
from contend.metrics import intervals
from contend.metrics.admissible import measure_any
from contend.metrics.calibration import ReliabilityBin
from contend.metrics.intervals import Comparison, Interval, bootstrap_interval, n_counted
from contend.metrics.measures import Measure
from contend.metrics.selective import RiskCoverage

UNDEFINED = "–"
_HEADINGS = ("metric", "score", "95 % interval", "precision", "recall", "documents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number, and what must be known about it.

    Attributes:
        value: the score; ``None`` if it is not defined: nothing to find and nothing found, or
            not annotated in the gold.
        low, high: 95 % interval over documents; ``None`` if the score is not defined, fewer
            than two documents count, no interval was asked for, or the metric has none: the
            calibration error.
        signature: what makes two scores comparable.
        n_documents: the number of documents in which something was counted.
        counts: the summed counts behind the value: tp, fp and fn for F1 scores.
    """

    value: float | None
    low: float | None
    high: float | None
    signature: str
    n_documents: int
    counts: Mapping[str, float]

    @classmethod
    def of(cls, each: Measure, weights: NDArray[np.float64], signature: str) -> Score:
        """The score of what was counted.

        Args:
            each: the metric.
            weights: of ``resampling_weights``, shape [n_resamples, n_documents]; no resamples
                for no interval.
            signature: see ``contend.metrics.signature``.
        """
        sums = each.counts.sum(axis=0)
        interval = Interval(math.nan, math.nan)
        if each.has_interval:
            interval = bootstrap_interval(each.counts, each.score, weights)
        counts = {name: int(n) if n == int(n) else n for name, n in each.describe(sums).items()}
        return cls(
            value=_defined(float(each.score(sums))),
            low=_defined(interval.low),
            high=_defined(interval.high),
            signature=signature,
            n_documents=n_counted(each.counts),
            counts=counts,
        )

    @property
    def precision(self) -> float | None:
        """Precision, tp / (tp + fp); ``None`` if nothing was predicted or this is no F1 score."""
        return self._share("fp")

    @property
    def recall(self) -> float | None:
        """Recall, tp / (tp + fn); ``None`` if the gold has nothing or this is no F1 score."""
        return self._share("fn")

    def _share(self, wrong: str) -> float | None:
        right = self.counts.get("tp", 0)
        total = right + self.counts.get(wrong, 0)
        return right / total if total else None

    def to_dict(self) -> dict[str, Any]:
        """The score as plain values."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "precision": self.precision,
            "recall": self.recall,
            "n_documents": self.n_documents,
            "counts": dict(self.counts),
            "signature": self.signature,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What ``evaluate`` found; printing it gives a table.

    Attributes:
        corpus, split: what was evaluated, in the caller's words.
        gold, predicted: the documents, in order.
        labels: the labels of the gold segments.
        scores: metric name -> score.
        reliability: predicted segments by score; empty if they carry none.
        n_resamples, seed: of the intervals.
        risk_coverage: what ``min_score`` buys; ``None`` if predicted segments carry no score.
    """

    corpus: str
    split: str
    gold: tuple[Document, ...] = field(repr=False)
    predicted: tuple[Document, ...] = field(repr=False)
    labels: tuple[str, ...]
    scores: Mapping[str, Score]
    reliability: tuple[ReliabilityBin, ...] = field(repr=False)
    n_resamples: int
    seed: int
    risk_coverage: RiskCoverage | None = field(default=None, repr=False)

    def compare(self, other: Report) -> dict[str, Comparison]:
        """How this report's system differs from ``other``'s, on the same gold documents.

        Metrics that are not defined for both are left out; so is the calibration error, whose
        bins are each system's own.

        Raises:
            ConfigError: if the reports are not over the same gold.
        """
        if self.gold != other.gold:
            raise ConfigError(
                "two reports are compared only over the same gold documents in the same order; "
                f"these are over {len(self.gold)} and {len(other.gold)} documents that differ"
            )
        theirs = measure_any(other.gold, other.predicted, other.labels)
        return {
            name: intervals.compare(
                mine.counts,
                theirs[name].counts,
                mine.score,
                n_resamples=self.n_resamples,
                seed=self.seed,
            )
            for name, mine in measure_any(self.gold, self.predicted, self.labels).items()
            if name != "calibration_error"
            and self.scores[name].value is not None
            and other.scores[name].value is not None
        }

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, without the documents; undefined scores are ``None``."""
        return {
            "corpus": self.corpus,
            "split": self.split,
            "n_documents": len(self.gold),
            "labels": list(self.labels),
            "n_resamples": self.n_resamples,
            "seed": self.seed,
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "reliability": [asdict(each) for each in self.reliability],
            "risk_coverage": self.risk_coverage and self.risk_coverage.to_dict(),
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """The report as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent, allow_nan=False)

    def __str__(self) -> str:
        what = "/".join(part for part in (self.corpus, self.split) if part) or "evaluation"
        plural = "" if len(self.gold) == 1 else "s"
        rows = [_HEADINGS, *(_row(name, score) for name, score in self.scores.items())]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
        lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
        signatures = [score.signature for name, score in self.scores.items() if "/" not in name]
        title = f"{what}: {len(self.gold)} document{plural}"
        return "\n".join([title, "", *lines, "", *signatures])


def _row(name: str, score: Score) -> tuple[str, ...]:
    _, is_part, label = name.partition("/")
    interval = UNDEFINED
    if score.low is not None and score.high is not None:
        interval = f"{score.low:.3f} to {score.high:.3f}"
    parts = ("", "")
    if "tp" in score.counts:
        parts = (_number(score.precision), _number(score.recall))
    title = f"  {label}" if is_part else name
    return (title, _number(score.value), interval, *parts, str(score.n_documents))


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value


def _number(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.3f}"


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    first, *others = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
