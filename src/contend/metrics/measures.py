"""All metrics of a report, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from contend import scheme
from contend.document import Document, with_segments
from contend.metrics.boundaries import boundary_similarity_counts, pk_counts, window_diff_counts
from contend.metrics.calibration import N_BINS, calibration_counts, calibration_error
from contend.metrics.counts import (
    Counts,
    ScoreFunction,
    accuracy,
    check_pairs,
    label_ids,
    macro_f1,
    micro_f1,
)
from contend.metrics.relations import relation_counts, thesis_counts
from contend.metrics.segments import exact_counts, overlap_counts, untyped_counts
from contend.metrics.words import bio_confusion, cohen_kappa, word_confusion, word_counts

#: How signatures call words; see ``words``.
WORD = "word(\\S+,first-char)"
#: Stands for every predicted label that the gold does not have; no plain label holds a bar.
OTHER = "|"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measure:
    """A metric, counted in every document but not yet scored.

    Attributes:
        counts: counts of each document, shape [n_documents, ...].
        score: from summed counts, shape [..., *], to scores, shape [...].
        describe: from one array of summed counts to counts with names.
        unit, match, averaging: what is compared, when it is right, how it is put together; for
            the signature.
        labels: the labels that count.
        has_interval: whether resampled documents say how sure the score is.
    """

    counts: Counts
    score: ScoreFunction
    describe: Callable[[Counts], dict[str, float]]
    unit: str
    match: str
    averaging: str
    labels: tuple[str, ...] = ()
    has_interval: bool = True


def measure(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> dict[str, Measure]:
    """Count everything that a report has.

    Per-label scores and the macro average are over ``labels``. A predicted segment with any other
    label is a false positive of the micro averages, and its words disagree with every gold
    label. Where no gold document has a relation, relations are not annotated, so their scores
    are undefined; likewise for the thesis.

    Args:
        gold: the right documents.
        predicted: documents over the same texts, in the same order.
        labels: the labels of the gold segments, in the order of the report.

    Returns:
        Measures by the name of the metric, in the order of the report.

    Raises:
        ConfigError: if the documents do not fit each other, or a gold label is not in ``labels``.
    """
    check_pairs(gold, predicted)
    label_ids(labels, gold)
    known = [with_known_labels(document, labels) for document in predicted]
    words = word_measures(gold, known, labels)
    return (
        _segment_measures(gold, known, labels)
        | words
        | _none_measures(gold, predicted, words["word_macro_f1"])
        | _boundary_measures(gold, predicted)
        | _relation_measures(gold, predicted)
        | _calibration_measures(gold, predicted)
    )


def _segment_measures(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for name, count, match in (
        ("exact_f1", exact_counts, "start+end+label"),
        ("overlap50_f1", overlap_counts, "overlap>50%+label"),
    ):
        unit = "segment" if count is exact_counts else f"segment/{WORD}"
        whole = f1_measure(count(gold, predicted, (*labels, OTHER)), unit, match, labels)
        measures |= {name: whole} | by_label(name, whole)
    untyped = f1_measure(untyped_counts(gold, predicted), "segment", "start+end")
    return measures | {"untyped_f1": untyped}


def word_measures(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> dict[str, Measure]:
    """The labels of words: macro F1, F1 of each label, kappa.

    Args:
        gold: the right documents.
        predicted: documents over the same texts; see ``with_known_labels``.
        labels: the labels of the gold segments.
    """
    confusion = word_confusion(gold, predicted, (*labels, OTHER))

    def macro(sums: Counts) -> Counts:
        return macro_f1(word_counts(sums)[..., : len(labels), :])

    over_labels = Measure(
        counts=confusion, score=macro, describe=_describe_words,
        unit=WORD, match="label", averaging="macro", labels=tuple(labels),
    )  # fmt: skip
    kappa = replace(over_labels, score=cohen_kappa, averaging="kappa", labels=(*labels, "none"))
    each = by_label("word_f1", f1_measure(word_counts(confusion), WORD, "label", labels))
    return {"word_macro_f1": over_labels, **each, "word_kappa": kappa}


def _none_measures(
    gold: Sequence[Document], predicted: Sequence[Document], words: Measure
) -> dict[str, Measure]:
    """Macro F1 of words where those of no segment are a class too: of labels, and of B, I and O.

    Sources: Mayer, Cabrio & Villata (2020), Transformer-based Argument Mining for Healthcare
    Applications, for the labels and none; Eger, Daxenberger & Gurevych (2017), Neural End-to-End
    Learning for Computational Argumentation Mining, for BIO tags of arguments.

    Args:
        gold: the right documents.
        predicted: documents over the same texts.
        words: ``word_macro_f1`` of them, whose counts serve here too.
    """
    n_labels = len(words.labels)
    classes = [*range(n_labels), n_labels + 1]  # the place between them is OTHER's

    def macro(sums: Counts) -> Counts:
        return macro_f1(word_counts(sums, none=True)[..., classes, :])

    def macro_of_tags(sums: Counts) -> Counts:
        return macro_f1(word_counts(sums, none=True))

    with_none = replace(words, score=macro, labels=(*words.labels, "none"))
    tags = replace(
        words, counts=bio_confusion(gold, predicted), score=macro_of_tags,
        match="B/I/O", labels=(),
    )  # fmt: skip
    return {"word_macro_f1_with_none": with_none, "bio_macro_f1": tags}


def _boundary_measures(
    gold: Sequence[Document], predicted: Sequence[Document]
) -> dict[str, Measure]:
    return {
        name: ratio_measure(count(gold, predicted), names, WORD, match)
        for name, count, names, match in (
            ("boundary_similarity", boundary_similarity_counts, ("credit", "pairs"), "B,n_t=2"),
            ("window_diff", window_diff_counts, ("wrong", "windows"), "k=half-mean-gold-unit"),
            ("pk", pk_counts, ("wrong", "windows"), "k=half-mean-gold-unit"),
        )
    }


def _relation_measures(
    gold: Sequence[Document], predicted: Sequence[Document]
) -> dict[str, Measure]:
    annotated = any(document.relations for document in gold)
    labelled = relation_counts(gold, predicted) * annotated
    unlabelled = relation_counts(gold, predicted, labelled=False) * annotated
    whole = f1_measure(labelled, "relation", "source+target+label", scheme.RELATION_LABELS)
    attachment = f1_measure(unlabelled, "relation", "source+target")
    return {
        "relation_f1": whole,
        **by_label("relation_f1", whole),
        "relation_f1_unlabelled": attachment,
        "thesis_accuracy": ratio_measure(
            thesis_counts(gold, predicted), ("right", "gold"), "document", "start+end"
        ),
        "thesis_accuracy_overlap50": ratio_measure(
            thesis_counts(gold, predicted, overlap=True),
            ("right", "gold"), f"document/{WORD}", "overlap>50%",
        ),
    }  # fmt: skip


def _calibration_measures(
    gold: Sequence[Document], predicted: Sequence[Document]
) -> dict[str, Measure]:
    """The calibration error, which has no interval.

    It adds up absolute values, so the noise that resampling adds makes it larger: the percentile
    interval lies too high and may leave out the score. The basic interval turns it round and may
    leave out the score below, for it rests on errors that are distributed as in resamples, and
    near 0, where an absolute value has its kink, they are not.

    Source: Davison & Hinkley (1997), Bootstrap Methods and their Application, chapter 5, for
    both intervals; Fang & Santos (2019), Inference on Directionally Differentiable Functions,
    for why the bootstrap fails at a kink.
    """
    error = Measure(
        counts=calibration_counts(gold, predicted),
        score=calibration_error,
        describe=lambda sums: {"segments": float(sums[..., 0].sum())},
        unit="segment", match="start+end+label", averaging=f"{N_BINS}-equal-mass-bins",
        has_interval=False,
    )  # fmt: skip
    return {"calibration_error": error}


def f1_measure(counts: Counts, unit: str, match: str, labels: Sequence[str] = ()) -> Measure:
    """The micro F1 of counts [n_documents, n_labels, 3]."""
    return Measure(
        counts=counts, score=micro_f1, describe=_describe_f1,
        unit=unit, match=match, averaging="micro", labels=tuple(labels),
    )  # fmt: skip


def by_label(name: str, whole: Measure) -> dict[str, Measure]:
    """The measure of each label, from counts [n_documents, n_labels or more, 3] of all."""
    return {
        f"{name}/{label}": replace(
            whole,
            counts=whole.counts[:, [label_id]],
            averaging="none",
            labels=(label,),
        )
        for label_id, label in enumerate(whole.labels)
    }


def ratio_measure(counts: Counts, names: tuple[str, str], unit: str, match: str) -> Measure:
    """The ratio of the two counts [n_documents, 2], which are called ``names``."""

    def describe(sums: Counts) -> dict[str, float]:
        return dict(zip(names, np.asarray(sums).tolist(), strict=True))

    return Measure(
        counts=counts, score=accuracy, describe=describe,
        unit=unit, match=match, averaging="micro",
    )  # fmt: skip


def _describe_words(sums: Counts) -> dict[str, float]:
    return {"words": float(sums.sum())}


def _describe_f1(sums: Counts) -> dict[str, float]:
    return dict(zip(("tp", "fp", "fn"), sums.sum(axis=0).tolist(), strict=True))


def with_known_labels(document: Document, labels: Sequence[str]) -> Document:
    """``document`` with ``OTHER`` for every label that is not in ``labels``."""
    segments = (
        segment if segment.label in labels else replace(segment, label=OTHER)
        for segment in document.segments
    )
    return with_segments(document, segments, document.relations)
