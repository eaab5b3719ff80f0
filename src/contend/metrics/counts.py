"""Counts that add up over documents, and the scores that are made from their sums.

Every metric counts in each document, adds the counts, and makes the score from the sum; so an
interval needs no second look at the texts. A score that is not defined (nothing to find and
nothing found) is NaN here and ``None`` in a report, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.errors import ConfigError

#: Places of true positives, false positives and false negatives in the last axis of counts.
TP, FP, FN = range(3)

Counts = NDArray[np.float64]
#: From summed counts, shape [..., *shape of one document's counts], to scores, shape [...].
ScoreFunction = Callable[[Counts], Counts]


def precision(counts: Counts) -> Counts:
    """Precision, tp / (tp + fp), of counts [..., 3]; NaN where nothing is predicted."""
    return divide(counts[..., TP], counts[..., TP] + counts[..., FP])


def recall(counts: Counts) -> Counts:
    """Recall, tp / (tp + fn), of counts [..., 3]; NaN where the gold has nothing."""
    return divide(counts[..., TP], counts[..., TP] + counts[..., FN])


def f1(counts: Counts) -> Counts:
    """F1, 2 tp / (2 tp + fp + fn), of counts [..., 3]; NaN where neither side has anything."""
    twice = 2 * counts[..., TP]
    return divide(twice, twice + counts[..., FP] + counts[..., FN])


def micro_f1(counts: Counts) -> Counts:
    """F1 of the counts [..., n_labels, 3] of all labels together, shape [...]."""
    return f1(counts.sum(axis=-2))


def macro_f1(counts: Counts) -> Counts:
    """Mean over labels of their F1, from counts [..., n_labels, 3]; undefined F1s are left out."""
    scores = f1(counts)
    defined = ~np.isnan(scores)
    return divide(np.where(defined, scores, 0.0).sum(axis=-1), defined.sum(axis=-1))


def accuracy(counts: Counts) -> Counts:
    """The share of right ones in counts [..., 2] (right, n); NaN where n is 0."""
    return divide(counts[..., 0], counts[..., 1])


def divide(above: Counts, below: Counts) -> Counts:
    """``above / below``, NaN where ``below`` is 0."""
    above, below = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    ratio: Counts = np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below != 0)
    return ratio


def count_items(
    gold: Sequence[Collection[tuple[int, Hashable]]],
    predicted: Sequence[Collection[tuple[int, Hashable]]],
    n_labels: int,
) -> Counts:
    """Compare sets of (label id, item) document by document.

    Returns:
        Counts, shape [n_documents, n_labels, 3].
    """
    counts = np.zeros((len(gold), n_labels, 3))
    pairs = zip(map(set, gold), map(set, predicted), strict=True)
    for index, (right, given) in enumerate(pairs):
        for place, items in ((TP, right & given), (FP, given - right), (FN, right - given)):
            for label_id, _ in items:
                counts[index, label_id, place] += 1
    return counts


def check_pairs(gold: Sequence[Document], predicted: Sequence[Document]) -> None:
    """Check that ``predicted`` and ``gold`` are documents over the same texts, in order.

    Raises:
        ConfigError: if they are not.
    """
    if len(gold) != len(predicted):
        raise ConfigError(
            f"expected one predicted document for each of the {len(gold)} gold documents, in the "
            f"same order, found {len(predicted)}"
        )
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        if right.text != given.text:
            raise ConfigError(
                f"document {index} ({right.id!r}): the predicted document has another text than "
                f"the gold one ({text_difference(right.text, given.text)}); predictions must "
                "come in the order of the gold documents and must not alter the text"
            )


def label_ids(labels: Sequence[str], *documents: Sequence[Document]) -> dict[str, int]:
    """The place of each label in ``labels``.

    Raises:
        ConfigError: if a label is given twice, or a segment of ``documents`` has another label.
    """
    ids = {label: place for place, label in enumerate(labels)}
    if len(ids) != len(labels):
        raise ConfigError(f"expected labels that differ, found {', '.join(labels)}")
    for document in (document for group in documents for document in group):
        for segment in document.segments:
            if segment.label not in ids:
                raise ConfigError(
                    f"document {document.id!r}: segment {segment.start}:{segment.end} has the "
                    f"label {segment.label!r}, which is not among {', '.join(labels) or 'none'}"
                )
    return ids


def text_difference(one: str, other: str) -> str:
    """Where two texts that differ begin to, in words."""
    pairs = enumerate(zip(one, other, strict=False))
    place = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    return (
        f"they differ from code point {place} on: {one[place : place + 20]!r} and "
        f"{other[place : place + 20]!r}"
    )
