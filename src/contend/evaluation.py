"""Evaluation: run any function from texts to documents against gold documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from contend import scheme
from contend.document import Document
from contend.errors import ConfigError
from contend.metrics.admissible import has_sets, measure_any, plain_labels
from contend.metrics.calibration import reliability_bins
from contend.metrics.counts import check_pairs
from contend.metrics.intervals import resampling_weights
from contend.metrics.measures import Measure
from contend.metrics.report import Report, Score
from contend.metrics.selective import risk_coverage
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
        gold: annotated documents. Where segments have sets of labels, ``"claim|evidence"``, a
            word is right if its predicted label is in the set of its segment, and nothing else
            is measured; see ``contend.metrics.admissible``.
        corpus: name of the corpus, for the signatures.
        split: name of the split, for the signatures.
        n_resamples: bootstrap resamples for the 95 % intervals; 0 for no intervals.
        seed: start of the random numbers of the resamples.

    Returns:
        Scores with intervals and signatures. A score that is not defined is ``None``, never 0.

    Raises:
        ConfigError: if ``gold`` is empty, not annotated or names a document twice; or if
            ``predict`` gives other texts, too few, too many, or labels of another scheme.
    """
    gold = tuple(gold)
    _check_gold(gold)
    weights = resampling_weights(len(gold), n_resamples=n_resamples, seed=seed)
    predicted = _predict(predict, gold)
    _check_predicted(predicted)
    labels = plain_labels(gold)
    _check_labels(labels, plain_labels(predicted))
    with_spans = not has_sets(gold)
    common: dict[str, object] = {"corpus": corpus, "split": split, "docs": len(gold)}
    resampling: dict[str, object] = {"boot": n_resamples, "seed": seed}
    return Report(
        corpus=corpus,
        split=split,
        gold=gold,
        predicted=predicted,
        labels=labels,
        scores={
            name: Score.of(each, weights, _signature(name, each, common, resampling))
            for name, each in measure_any(gold, predicted, labels).items()
        },
        reliability=reliability_bins(gold, predicted) if with_spans else (),
        n_resamples=n_resamples,
        seed=seed,
        risk_coverage=risk_coverage(gold, predicted) if with_spans else None,
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
    ids = [document.id for document in gold]
    twice = [name for name, count in Counter(filter(None, ids)).items() if count > 1]
    if twice:
        numbers = ", ".join(str(number) for number, name in enumerate(ids, 1) if name == twice[0])
        raise ConfigError(
            f"the gold names {len(twice)} documents more than once, the first: {twice[0]!r} "
            f"(documents {numbers}); a document that counts twice makes scores and intervals wrong"
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


def _check_predicted(predicted: Sequence[Document]) -> None:
    for document in predicted:
        for segment in document.segments:
            if len(scheme.split_label(segment.label)) > 1:
                raise ConfigError(
                    "a predicted segment must have one plain label, found the set of labels "
                    f"{segment.label!r} at {segment.start}:{segment.end}"
                )


def _check_labels(gold: Sequence[str], predicted: Sequence[str]) -> None:
    """Refuse predictions in the labels of another scheme, which could not be right."""
    same_scheme = set(gold) | set(predicted) <= set(scheme.LABELS)
    if predicted and not same_scheme and not set(gold) & set(predicted):
        raise ConfigError(
            f"the gold has the labels {', '.join(gold)}, the predictions have "
            f"{', '.join(predicted)}: not one is shared, so every score would be 0; read the "
            "corpus in the labels of the model, or use a model for the labels of the corpus"
        )


def _signature(
    name: str, each: Measure, common: dict[str, object], resampling: dict[str, object]
) -> str:
    how = {"unit": each.unit, "match": each.match, "avg": each.averaging}
    labels = {"labels": "+".join(each.labels)} if each.labels else {}
    return signature(name, {**common, **how, **labels, **resampling})
