"""Words, and how well their labels agree.

A word is a maximal run of characters that are not white space. It belongs to the segment that
covers its first code point, else to none. Words make labels comparable where segments begin or
end a little differently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.metrics.counts import FN, FP, TP, Counts, check_pairs, divide, label_ids

_WORD = re.compile(r"\S+")


def word_starts(text: str) -> NDArray[np.int64]:
    """The first code point of every word of ``text``, shape [n_words]."""
    return np.fromiter((match.start() for match in _WORD.finditer(text)), dtype=np.int64)


def segments_of_words(document: Document, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The segment that each word belongs to.

    Args:
        document: the document with the segments.
        starts: the words' first code points, shape [n_words]; see ``word_starts``.

    Returns:
        Indices into ``document.segments``, -1 for words of none, shape [n_words].
    """
    if not document.segments:
        return np.full(len(starts), -1, dtype=np.int64)
    begins = np.array([segment.start for segment in document.segments])
    ends = np.array([segment.end for segment in document.segments])
    index = np.searchsorted(begins, starts, side="right") - 1
    return np.where((index >= 0) & (starts < ends[index]), index, -1)


def word_confusion(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> Counts:
    """Count words by their gold label (row) and their predicted label (column).

    Returns:
        Counts, shape [n_documents, n_labels + 1, n_labels + 1]; the last row and the last column
        are the words of no segment.

    Raises:
        ConfigError: if the documents do not fit each other or ``labels``.
    """
    check_pairs(gold, predicted)
    ids = label_ids(labels, gold, predicted)
    size = len(labels) + 1
    counts = np.zeros((len(gold), size, size))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        starts = word_starts(right.text)
        rows, columns = (labels_of_words(document, starts, ids) for document in (right, given))
        cells = np.bincount(rows * size + columns, minlength=size * size)
        counts[index] = cells.reshape(size, size)
    return counts


def labels_of_words(
    document: Document, starts: NDArray[np.int64], ids: Mapping[str, int]
) -> NDArray[np.int64]:
    """The label id of each word, ``len(ids)`` for words of no segment, shape [n_words].

    Args:
        document: the document with the segments.
        starts: the words' first code points, shape [n_words]; see ``word_starts``.
        ids: the id of each label, from 0.
    """
    # The place -1 of a word of no segment is that of the last entry.
    of_segments = [ids[segment.label] for segment in document.segments]
    table = np.array([*of_segments, len(ids)], dtype=np.int64)
    return table[segments_of_words(document, starts)]


def bio_confusion(gold: Sequence[Document], predicted: Sequence[Document]) -> Counts:
    """Count words by whether they begin a segment (B), go on with one (I) or are in none (O).

    Returns:
        Counts, shape [n_documents, 3, 3]; rows are the gold's, in the order B, I, O.

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    counts = np.zeros((len(gold), 3, 3))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        starts = word_starts(right.text)
        rows, columns = (_bio(segments_of_words(document, starts)) for document in (right, given))
        counts[index] = np.bincount(rows * 3 + columns, minlength=9).reshape(3, 3)
    return counts


def _bio(segments: NDArray[np.int64]) -> NDArray[np.int64]:
    begins = np.diff(segments, prepend=-1) != 0
    return np.where(segments == -1, 2, np.where(begins, 0, 1))


def word_counts(confusion: Counts, *, none: bool = False) -> Counts:
    """tp, fp and fn of each label's words.

    Args:
        confusion: counts of ``word_confusion``, shape [..., n_labels + 1, n_labels + 1].
        none: whether words of no segment are counted too, as the last label.

    Returns:
        Counts, shape [..., n_labels, 3], or with ``none`` [..., n_labels + 1, 3].
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    counts = np.zeros((*right.shape, 3))
    counts[..., TP] = right
    counts[..., FP] = confusion.sum(axis=-2) - right
    counts[..., FN] = confusion.sum(axis=-1) - right
    return counts if none else counts[..., :-1, :]


def cohen_kappa(confusion: Counts) -> Counts:
    """Agreement on the labels of words beyond chance, from -1 to 1.

    Words of no segment are a label of their own. NaN where both put every word under the same
    single label, for then chance explains everything.

    Source: Cohen (1960), A Coefficient of Agreement for Nominal Scales.

    Args:
        confusion: counts of ``word_confusion``, shape [..., k, k].

    Returns:
        Scores, shape [...].
    """
    total = confusion.sum(axis=(-2, -1))
    right = np.trace(confusion, axis1=-2, axis2=-1)
    by_chance = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1)
    # total ** 2 times observed minus expected: whole numbers, so "no chance left" is exact.
    return divide(right * total - by_chance, total**2 - by_chance)
