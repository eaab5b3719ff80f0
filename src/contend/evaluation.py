"""Evaluation: run any function from texts to documents against gold documents."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from contend import scheme
from contend.document import Document
from contend.errors import ConfigError
from contend.metrics.calibration import reliability_bins
from contend.metrics.counts import check_pairs
from contend.metrics.intervals import bootstrap_interval, n_counted, resampling_weights
from contend.metrics.measures import Measure, measure
from contend.metrics.report import Report, Score
from contend.metrics.signature import signature

Predict = Callable[[Iterable[str]], Iterable[Document]]


def evaluate(
    predict: Predict,
    gold: Sequence[Document],
    *,
    corpus: str = "",
    split: str = "",
    n_resamples: int = 1000,
    seed: int = 0,
) -> Report:
    """Compare what ``predict`` makes of the texts of ``gold`` with ``gold``.

    Args:
        predict: any function from texts to documents over the same texts, in order; for example
            ``Analyzer.analyze_many``.
        gold: annotated documents, each segment with one plain label.
        corpus: name of the corpus, for the signatures.
        split: name of the split, for the signatures.
        n_resamples: bootstrap resamples for the 95 % intervals; 0 for no intervals.
        seed: start of the random numbers of the resamples.

    Returns:
        Scores with intervals and signatures. A score that is not defined is ``None``, never 0.

    Raises:
        ConfigError: if ``gold`` is empty, not annotated, names a document twice or has sets of
            labels; or if ``predict`` gives other texts, too few, too many, or labels of another
            scheme.
    """
    gold = tuple(gold)
    _check_gold(gold)
    weights = resampling_weights(len(gold), n_resamples=n_resamples, seed=seed)
    predicted = _predict(predict, gold)
    labels = _labels(gold)
    _check_labels(labels, _labels(predicted))
    common: dict[str, object] = {"corpus": corpus, "split": split, "docs": len(gold)}
    resampling: dict[str, object] = {"boot": n_resamples, "seed": seed}
    return Report(
        corpus=corpus,
        split=split,
        gold=gold,
        predicted=predicted,
        labels=labels,
        scores={
            name: _score(each, weights, _signature(name, each, common, resampling))
            for name, each in measure(gold, predicted, labels).items()
        },
        reliability=reliability_bins(gold, predicted),
        n_resamples=n_resamples,
        seed=seed,
    )


def _check_gold(gold: Sequence[Document]) -> None:
    if not gold:
        raise ConfigError("evaluation needs at least one gold document, found none")
    for index, document in enumerate(gold):
        if not isinstance(document, Document):
            raise ConfigError(
                f"gold document {index}: expected a Document, found {type(document).__name__}; "
                "give the documents of one split, such as read_corpus(...)['test']"
            )
        for segment in document.segments:
            if len(scheme.split_label(segment.label)) > 1:
                raise ConfigError(
                    f"gold document {index} ({document.id!r}): segment "
                    f"{segment.start}:{segment.end} has the set of labels {segment.label!r}; "
                    "only plain labels can be right or wrong, so evaluate in the corpus's own "
                    "labels: read_corpus(..., labels='own')"
                )
    counted = Counter(document.id for document in gold if document.id)
    twice = [name for name, count in counted.items() if count > 1]
    if twice:
        raise ConfigError(
            f"the gold names {len(twice)} documents more than once, the first: {twice[0]!r}; "
            "a document that counts twice makes scores and intervals wrong"
        )
    if not any(document.segments for document in gold):
        raise ConfigError(
            f"none of the {len(gold)} gold documents has a segment; evaluation needs annotated "
            "documents"
        )


def _predict(predict: Predict, gold: Sequence[Document]) -> tuple[Document, ...]:
    found = predict([document.text for document in gold])
    if isinstance(found, Document) or not isinstance(found, Iterable):
        raise ConfigError(
            "expected a function from many texts to many documents, which gave "
            f"{type(found).__name__}; for a function of one text: "
            "evaluate(lambda texts: map(function, texts), gold)"
        )
    # One more than there should be tells too many from enough, even of an endless iterator.
    predicted = tuple(islice(found, len(gold) + 1))
    for index, document in enumerate(predicted):
        if not isinstance(document, Document):
            raise ConfigError(
                f"prediction {index}: expected a Document, found {type(document).__name__}"
            )
    if len(predicted) > len(gold):
        raise ConfigError(
            f"the function was given {len(gold)} texts and gave more documents than that; it "
            "must give one for each text, in order"
        )
    check_pairs(gold, predicted)
    return predicted


def _labels(documents: Sequence[Document]) -> tuple[str, ...]:
    """The labels of all segments, those of our scheme first."""
    found = {segment.label for document in documents for segment in document.segments}
    known = [label for label in scheme.LABELS if label in found]
    return (*known, *sorted(found.difference(known)))


def _check_labels(gold: Sequence[str], predicted: Sequence[str]) -> None:
    """Refuse predictions that could not be right: sets of labels, or another scheme's."""
    sets = [label for label in predicted if len(scheme.split_label(label)) > 1]
    if sets:
        raise ConfigError(
            f"a predicted segment must have one plain label, found the set of labels {sets[0]!r}"
        )
    same_scheme = set(gold) | set(predicted) <= set(scheme.LABELS)
    if predicted and not same_scheme and not set(gold) & set(predicted):
        raise ConfigError(
            f"the gold has the labels {', '.join(gold)}, the predictions have "
            f"{', '.join(predicted)}: not one is shared, so every score would be 0; read the "
            "corpus in the labels of the model, or use a model for the labels of the corpus"
        )


def _score(each: Measure, weights: NDArray[np.float64], signed: str) -> Score:
    sums = each.counts.sum(axis=0)
    interval = bootstrap_interval(each.counts, each.score, weights)
    return Score(
        value=_defined(float(each.score(sums))),
        low=_defined(interval.low),
        high=_defined(interval.high),
        signature=signed,
        n_documents=n_counted(each.counts),
        counts={name: int(n) if n == int(n) else n for name, n in each.describe(sums).items()},
    )


def _signature(
    name: str, each: Measure, common: dict[str, object], resampling: dict[str, object]
) -> str:
    how = {"unit": each.unit, "match": each.match, "avg": each.averaging}
    labels = {"labels": "+".join(each.labels)} if each.labels else {}
    return signature(name, {**common, **how, **labels, **resampling})


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
