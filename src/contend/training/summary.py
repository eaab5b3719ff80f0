"""What a finished training has to tell: losses, scores on dev, confusion, whether it was worth it.

Plain values, as ``summary.json`` holds them; ``render.summary`` makes a page of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from contend.analyzer import Analyzer
from contend.document import Document
from contend.errors import ModelError
from contend.metrics.errors import GOLD, KINDS, PREDICTED, error_counts
from contend.metrics.intervals import compare, resampling_weights
from contend.metrics.measures import Measure, measure
from contend.metrics.report import Score
from contend.metrics.signature import signature, version
from contend.metrics.words import word_confusion
from contend.training.config import Config
from contend.training.history import History
from contend.training.start import Start
from contend.training.steps import LOSSES

SUMMARY = "summary.json"
#: How the words outside of all segments are called.
NONE = "none"
_N_RESAMPLES = 1000
_MOST_POINTS = 200  # of the curve of losses
# Bins of the calibration error are each system's own, so two are not compared.
_NOT_COMPARED = ("calibration_error",)


@dataclass(frozen=True, slots=True)
class Before:
    """What the model that a training starts from says of the dev documents.

    Attributes:
        predicted: the documents; empty if it cannot be compared.
        reason: why it cannot be compared.
    """

    predicted: tuple[Document, ...] = ()
    reason: str = ""

    @classmethod
    def of(cls, start: Start, config: Config, dev: Sequence[Document]) -> Before:
        """Analyse ``dev`` with the start as it lies in its folder, if it has the same labels."""
        if not dev:
            return cls(reason="there are no documents to compare on (dev)")
        if not start.labels:
            return cls(reason=f"{config.start} is a bare encoder, which finds nothing by itself")
        if set(start.labels) != set(config.labels):
            return cls(
                reason=f"{config.start} has other labels ({', '.join(start.labels)}) than this "
                f"model ({', '.join(config.labels)})"
            )
        try:
            analyzer = Analyzer.load(start.folder)
        except ModelError as error:
            return cls(reason=str(error))
        return cls(tuple(analyzer.analyze_many(dev)))

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {"predicted": [doc.to_json() for doc in self.predicted], "reason": self.reason}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Before:
        """What ``to_dict`` gave."""
        return cls(tuple(map(Document.from_json, data["predicted"])), data["reason"])


def summarize(
    config: Config,
    history: History,
    before: Before,
    *,
    n_documents: Mapping[str, int],
    n_also_in_training: int,
    dev: Sequence[Document],
    predicted: Sequence[Document],
) -> dict[str, Any]:
    """The summary of a finished training.

    Args:
        config: its configuration.
        history: losses and scores.
        before: what its start says of ``dev``.
        n_documents: how many documents each source has.
        n_also_in_training: how many dev texts were learnt from as well.
        dev: the documents to choose on; may be none.
        predicted: what the finished model says of them.
    """
    return {
        "name": config.name,
        "start": config.start,
        "labels": list(config.labels),
        "training": {
            "documents": dict(n_documents),
            "steps": len(history.losses),
            "epochs": len(history.epochs),
            "most_epochs": config.epochs,
            "best_epoch": history.best_epoch,
            "patience": config.patience,
            "seed": config.seed,
        },
        "losses": _curve(history.losses),
        "epochs": [
            {"epoch": number, "step": step, "scores": scores}
            for number, (step, scores) in enumerate(
                zip(history.steps, history.epochs, strict=True), 1
            )
        ],
        "dev": _dev(config, dev, predicted, n_also_in_training) if dev else None,
        "comparison": _comparison(config, before, dev, predicted),
        "version": version(),
    }


def _curve(losses: Sequence[Sequence[float]]) -> list[dict[str, float]]:
    """Means of the losses over stretches of steps; ``step`` is the last one of a stretch."""
    parts = np.array_split(np.array(losses).reshape(-1, len(LOSSES)), _MOST_POINTS)
    ends = np.cumsum([len(part) for part in parts])
    return [
        {"step": int(end), **dict(zip(LOSSES, part.mean(axis=0).round(5).tolist(), strict=True))}
        for end, part in zip(ends, parts, strict=True)
        if len(part)
    ]


def _dev(
    config: Config,
    dev: Sequence[Document],
    predicted: Sequence[Document],
    n_also_in_training: int,
) -> dict[str, Any]:
    measures = measure(dev, predicted, _labels(config, dev))
    weights = resampling_weights(len(dev), n_resamples=_N_RESAMPLES)
    scores = {
        name: Score.of(each, weights, _signature(name, each, len(dev))).to_dict()
        for name, each in measures.items()
    }
    confusion = word_confusion(dev, predicted, config.labels).sum(axis=0)
    errors = error_counts(dev, predicted, config.labels).sum(axis=0)
    return {
        "n_documents": len(dev),
        "n_also_in_training": n_also_in_training,
        "scores": scores,
        "confusion": {
            "labels": [*config.labels, NONE],
            "words": confusion.astype(int).tolist(),
        },
        "errors": {
            "kinds": list(KINDS),
            "labels": list(config.labels),
            "gold": errors[:, GOLD].astype(int).tolist(),
            "predicted": errors[:, PREDICTED].astype(int).tolist(),
        },
    }


def _comparison(
    config: Config,
    before: Before,
    dev: Sequence[Document],
    predicted: Sequence[Document],
) -> dict[str, Any]:
    made: dict[str, Any] = {"with": config.start, "reason": before.reason, "scores": {}}
    if not before.predicted:
        return made
    labels = _labels(config, dev)
    ours, theirs = measure(dev, predicted, labels), measure(dev, before.predicted, labels)
    for name, each in ours.items():
        values = [float(which.score(which.counts.sum(axis=0))) for which in (theirs[name], each)]
        if name in _NOT_COMPARED or np.isnan(values).any():
            continue
        compared = compare(each.counts, theirs[name].counts, each.score, n_resamples=_N_RESAMPLES)
        made["scores"][name] = {
            "before": values[0],
            "after": values[1],
            **{key: _defined(value) for key, value in asdict(compared).items()},
            "signature": _signature(name, each, len(dev), test="paired-randomisation"),
        }
    return made


def _labels(config: Config, dev: Sequence[Document]) -> list[str]:
    """The labels that dev has, in the model's order."""
    found = {segment.label for document in dev for segment in document.segments}
    return [label for label in config.labels if label in found]


def _signature(name: str, each: Measure, n_documents: int, **test: str) -> str:
    how: dict[str, object] = {
        "split": "dev", "docs": n_documents, "unit": each.unit, "match": each.match,
        "avg": each.averaging,
    }  # fmt: skip
    labels = {"labels": "+".join(each.labels)} if each.labels else {}
    return signature(name, {**how, **labels, "boot": _N_RESAMPLES, **test, "seed": 0})


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
