"""Segments: found exactly, found by more than half, or found under any label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.metrics.counts import FN, FP, TP, Counts, check_pairs, count_items, label_ids
from contend.metrics.words import segments_of_words, word_starts


def exact_counts(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> Counts:
    """Count segments whose start, end and label are all right.

    Source: Tjong Kim Sang & De Meulder (2003), Introduction to the CoNLL-2003 Shared Task; the
    "100 %" level of Eger, Daxenberger & Gurevych (2017).

    Returns:
        Counts by label, shape [n_documents, n_labels, 3].

    Raises:
        ConfigError: if the documents do not fit each other or ``labels``.
    """
    check_pairs(gold, predicted)
    ids = label_ids(labels, gold, predicted)
    right, given = (
        [{(ids[s.label], (s.start, s.end)) for s in document.segments} for document in documents]
        for documents in (gold, predicted)
    )
    return count_items(right, given, len(labels))


def untyped_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> Counts:
    """Count segments whose start and end are right, whatever their label.

    Returns:
        Counts, shape [n_documents, 1, 3].

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    right, given = (
        [{(0, (segment.start, segment.end)) for segment in document.segments} for document in group]
        for group in (gold, predicted)
    )
    return count_items(right, given, 1)


def overlap_counts(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> Counts:
    """Count segments with the right label whose words are shared by more than half.

    Two segments match if more than half of the words of the longer one are shared (or their
    offsets are equal). Segments of one document do not overlap, so no segment can match two:
    the matching needs no search and depends on no order.

    Source: Persing & Ng (2016), End-to-End Argumentation Mining in Student Essays ("approximate
    match"); the "50 %" level of Eger, Daxenberger & Gurevych (2017), Neural End-to-End Learning
    for Computational Argumentation Mining, as their published script computes it, over our words
    instead of their tokens.

    Returns:
        Counts by label, shape [n_documents, n_labels, 3].

    Raises:
        ConfigError: if the documents do not fit each other or ``labels``.
    """
    check_pairs(gold, predicted)
    ids = label_ids(labels, gold, predicted)
    counts = np.zeros((len(gold), len(labels), 3))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        for segment in right.segments:
            counts[index, ids[segment.label], FN] += 1
        for segment in given.segments:
            counts[index, ids[segment.label], FP] += 1
        for a, b in overlapping_pairs(right, given):
            if right.segments[a].label == given.segments[b].label:
                counts[index, ids[right.segments[a].label]] += _FOUND
    return counts


# One that is found: one more true positive, one less false positive and false negative.
_FOUND = np.zeros(3)
_FOUND[[TP, FP, FN]] = 1, -1, -1


def overlapping_pairs(gold: Document, predicted: Document) -> list[tuple[int, int]]:
    """The segments of two documents over one text that share more than half of the longer one.

    Returns:
        Pairs of indices into the segments of ``gold`` and ``predicted``; each index at most once.
    """
    starts = word_starts(gold.text)
    of_gold, of_predicted = (segments_of_words(doc, starts) for doc in (gold, predicted))
    n_gold, n_predicted = _n_words(of_gold, gold), _n_words(of_predicted, predicted)
    both = (of_gold >= 0) & (of_predicted >= 0)
    shared = np.stack([of_gold[both], of_predicted[both]])
    pairs, n_shared = np.unique(shared, axis=1, return_counts=True)
    longer = np.maximum(n_gold[pairs[0]], n_predicted[pairs[1]])
    matches = {(int(a), int(b)) for a, b in pairs[:, 2 * n_shared > longer].T}
    # A segment inside a word has no words of its own and can only be found exactly.
    places = {(segment.start, segment.end): b for b, segment in enumerate(predicted.segments)}
    equal = ((a, places.get((s.start, s.end))) for a, s in enumerate(gold.segments))
    matches.update((a, b) for a, b in equal if b is not None)
    return sorted(matches)


def _n_words(of_words: NDArray[np.int64], document: Document) -> NDArray[np.int64]:
    return np.bincount(of_words[of_words >= 0], minlength=len(document.segments))
