"""Words against sets of admissible labels, as corpora have them that do not draw a distinction.

A gold segment may be labelled with a set, ``"claim|evidence"``. A word's predicted label is right
if it is in the set of the word's segment. That says enough about precision, but no label of a set
of several was missed: recall is over the words whose set is a single label. Words outside of gold
segments do not count, for such corpora mark by other rules what is a segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from contend import scheme
from contend.document import Document
from contend.metrics.counts import Counts, check_pairs, divide
from contend.metrics.measures import WORD, Measure, by_label, measure, ratio_measure
from contend.metrics.words import segments_of_words, word_starts

#: Places in the last axis of counts: words with this label predicted, which is admissible or is
#: not; words that surely have this label, on which it is predicted or is not.
RIGHT, WRONG, FOUND, MISSED = range(4)


def has_sets(documents: Sequence[Document]) -> bool:
    """Whether a segment has a set of several labels."""
    return any(
        len(scheme.split_label(segment.label)) > 1
        for document in documents
        for segment in document.segments
    )


def plain_labels(documents: Sequence[Document]) -> tuple[str, ...]:
    """The labels in the sets of all segments, those of our scheme first."""
    found = {
        label
        for document in documents
        for segment in document.segments
        for label in scheme.split_label(segment.label)
    }
    known = [label for label in scheme.LABELS if label in found]
    return (*known, *sorted(found.difference(known)))


def measure_any(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> dict[str, Measure]:
    """What ``measure`` counts, or ``admissible_measures`` where the gold has sets of labels."""
    count = admissible_measures if has_sets(gold) else measure
    return count(gold, predicted, labels)


def admissible_measures(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> dict[str, Measure]:
    """The F1 of each label, their mean, and the share of words with an admissible label.

    Args:
        gold: documents whose segments may have sets of labels.
        predicted: documents over the same texts with plain labels.
        labels: the labels in the sets.

    Returns:
        ``admissible_macro_f1``, ``admissible_f1/LABEL`` and ``admissible_accuracy``. The mean
        leaves out labels that no gold word surely has.

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    counts = admissible_counts(gold, predicted, labels)
    macro = Measure(
        counts=counts, score=_macro_f1, describe=_describe,
        unit=f"{WORD},in-gold-segments", match="label-in-set", averaging="macro",
        labels=tuple(labels),
    )  # fmt: skip
    every = np.stack([counts[..., RIGHT].sum(axis=-1), _n_words(gold)], axis=-1)
    accuracy = ratio_measure(every, ("right", "words"), macro.unit, macro.match)
    return {
        "admissible_macro_f1": macro,
        **by_label("admissible_f1", replace(macro, score=_macro_f1)),
        "admissible_accuracy": accuracy,
    }


def admissible_counts(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> Counts:
    """Count the words of gold segments by what is predicted and what is admissible.

    Returns:
        Counts, shape [n_documents, n_labels, 4].

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    ids = {label: place for place, label in enumerate(labels)}
    counts = np.zeros((len(gold), len(labels), 4))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        starts = word_starts(right.text)
        of_gold = segments_of_words(right, starts)
        of_given = segments_of_words(given, starts)[of_gold >= 0]
        admitted = np.zeros((len(right.segments), len(labels)), dtype=bool)
        for place, segment in enumerate(right.segments):
            admitted[place, [ids[label] for label in scheme.split_label(segment.label)]] = True
        admissible = admitted[of_gold[of_gold >= 0]]
        chosen = np.zeros((len(given.segments) + 1, len(labels)), dtype=bool)
        for place, segment in enumerate(given.segments):
            if segment.label in ids:
                chosen[place, ids[segment.label]] = True
        predicted_as = chosen[of_given]  # -1, no segment, is the last row
        sure = admissible & (admissible.sum(axis=1, keepdims=True) == 1)
        counts[index, :, RIGHT] = (predicted_as & admissible).sum(axis=0)
        counts[index, :, WRONG] = (predicted_as & ~admissible).sum(axis=0)
        counts[index, :, FOUND] = (predicted_as & sure).sum(axis=0)
        counts[index, :, MISSED] = (sure & ~predicted_as).sum(axis=0)
    return counts


def admissible_f1(counts: Counts) -> Counts:
    """F1 of precision over admissible words and recall over sure ones, of counts [..., 4].

    NaN where no word surely has the label; 0 where none of those is found.
    """
    found, sure = counts[..., FOUND], counts[..., FOUND] + counts[..., MISSED]
    precision = divide(counts[..., RIGHT], counts[..., RIGHT] + counts[..., WRONG])
    recall = divide(found, sure)
    f1 = divide(2 * np.nan_to_num(precision) * recall, np.nan_to_num(precision) + recall)
    scores: Counts = np.where((sure > 0) & np.isnan(f1), 0.0, f1)
    return scores


def _macro_f1(counts: Counts) -> Counts:
    scores = admissible_f1(counts)
    defined = ~np.isnan(scores)
    return divide(np.where(defined, scores, 0.0).sum(axis=-1), defined.sum(axis=-1))


def _n_words(documents: Sequence[Document]) -> Counts:
    return np.array(
        [
            (segments_of_words(document, word_starts(document.text)) >= 0).sum()
            for document in documents
        ],
        dtype=np.float64,
    )


def _describe(sums: Counts) -> dict[str, float]:
    names = ("right", "wrong", "found", "missed")
    return dict(zip(names, sums.sum(axis=0).tolist(), strict=True))
