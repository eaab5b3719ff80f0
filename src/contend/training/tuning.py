"""What is chosen on dev after training: decoding settings, then the calibration of scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from contend.analyzer import Analyzer, Reading
from contend.document import Document
from contend.metrics.measures import measure
from contend.model.settings import Settings
from contend.model.tokens import Tokens

_PENALTIES = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
_BIASES = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
_L2 = 1e-3


@dataclass(frozen=True, slots=True)
class _Read:
    """A dev document whose windows have been read, so that it can be decoded again and again."""

    gold: Document
    tokens: Tokens
    readings: tuple[Reading, ...]


def tune(analyzer: Analyzer, dev: Sequence[Document]) -> Settings:
    """Settings that do best on ``dev``: switch penalty and label biases, then calibrated scores.

    Best is ``dev_objective``, climbed one setting at a time.
    """
    original = analyzer.settings
    try:
        return _tune(analyzer, dev)
    finally:
        analyzer.settings = original


def dev_scores(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> dict[str, float]:
    """The scores of ``evaluate`` that are defined, without intervals.

    Unlike ``evaluate`` it takes it for an answer, not for a mistake of the caller's, that no
    predicted label occurs in the gold.

    Args:
        gold: the right documents, their labels among ``labels``.
        predicted: documents over the same texts, in the same order.
        labels: the model's labels.
    """
    found = {segment.label for document in gold for segment in document.segments}
    scores = {
        name: float(each.score(each.counts.sum(axis=0)))
        for name, each in measure(gold, predicted, [x for x in labels if x in found]).items()
    }
    return {name: value for name, value in scores.items() if not math.isnan(value)}


def dev_objective(scores: Mapping[str, float]) -> float:
    """What a model is chosen by on dev: word macro-F1, twice, and exact typed F1.

    Most segments are claims, so exact F1 hardly sees a rare label; macro-F1 does.
    """
    return (2 * scores.get("word_macro_f1", 0.0) + scores.get("exact_f1", 0.0)) / 3


def _tune(analyzer: Analyzer, dev: Sequence[Document]) -> Settings:
    read = []
    for gold in dev:
        tokens = analyzer.tokenize(gold.text)
        read.append(_Read(gold, tokens, tuple(analyzer.read(tokens))))
    best = analyzer.settings
    best_score = _score(analyzer, read, best)
    candidates = [{"switch_penalty": value} for value in _PENALTIES]
    for _ in range(2):
        before = best
        for candidate in candidates:
            best, best_score = _better(analyzer, read, best, best_score, **candidate)
        for label in best.labels:
            for value in _BIASES:
                bias = {**best.label_bias, label: value}
                best, best_score = _better(analyzer, read, best, best_score, label_bias=bias)
        if best == before:
            break
    return _calibrate(analyzer, read, best)


def _better(
    analyzer: Analyzer,
    read: Sequence[_Read],
    best: Settings,
    best_score: float,
    **changed: object,
) -> tuple[Settings, float]:
    settings = replace(best, **changed)  # type: ignore[arg-type]
    if settings == best:
        return best, best_score
    score = _score(analyzer, read, settings)
    return (settings, score) if score > best_score else (best, best_score)


def _decode(analyzer: Analyzer, read: Sequence[_Read], settings: Settings) -> list[Document]:
    analyzer.settings = settings
    return [analyzer.decode(r.gold.text, r.tokens, r.readings, id=r.gold.id) for r in read]


def _score(analyzer: Analyzer, read: Sequence[_Read], settings: Settings) -> float:
    predicted = _decode(analyzer, read, settings)
    return dev_objective(dev_scores([r.gold for r in read], predicted, settings.labels))


def _calibrate(analyzer: Analyzer, read: Sequence[_Read], settings: Settings) -> Settings:
    """Logistic regression of exact correctness on label, its log-odds and the edges' probability.

    The two regressors are read off the scores themselves: with weights (0, 1, 0) and (0, 0, 1)
    the score's log-odds are the one and the other. Where nothing is found, nothing is fitted.
    """
    columns = []
    found: list[tuple[str, bool]] = []
    for weights in ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
        plain = replace(settings, score_weights=weights, score_bias={})
        predicted = _decode(analyzer, read, plain)
        scores = np.array([s.score for doc in predicted for s in doc.segments], dtype=np.float64)
        scores = scores.clip(1e-9, 1 - 1e-9)
        columns.append(np.log(scores / (1 - scores)))
        found = [
            (s.label, (s.start, s.end, s.label) in right)
            for r, doc in zip(read, predicted, strict=True)
            for right in [{(g.start, g.end, g.label) for g in r.gold.segments}]
            for s in doc.segments
        ]
    if not found:
        return settings
    labels = [[float(label == name) for name in settings.labels] for label, _ in found]
    features = np.column_stack([np.ones(len(found)), *columns, np.array(labels)])
    outcome = np.array([is_right for _, is_right in found], dtype=np.float64)
    constant, of_label, of_edges, *biases = fit_logistic(features, outcome).tolist()
    return replace(
        settings,
        score_weights=(constant, of_label, of_edges),
        score_bias=dict(zip(settings.labels, biases, strict=True)),
    )


def fit_logistic(
    features: NDArray[np.float64], outcome: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights of a logistic regression with a slight L2 penalty, by Newton's method.

    Args:
        features: shape [n, k].
        outcome: 0 or 1, shape [n].

    Returns:
        Weights, shape [k].
    """
    strength = _L2 * len(outcome)

    def loss(weights: NDArray[np.float64]) -> float:
        logits = features @ weights
        fit = np.logaddexp(0.0, logits).sum() - outcome @ logits
        return float(fit + strength * weights @ weights / 2)

    weights = np.zeros(features.shape[1])
    for _ in range(100):
        probs = np.exp(-np.logaddexp(0.0, -(features @ weights)))
        gradient = features.T @ (probs - outcome) + strength * weights
        hessian = (features * (probs * (1 - probs))[:, None]).T @ features
        step = np.linalg.solve(hessian + strength * np.eye(len(weights)), gradient)
        # Far from the minimum a whole step may overshoot.
        while np.abs(step).max() > 1e-10 and loss(weights - step) > loss(weights):
            step /= 2
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights
