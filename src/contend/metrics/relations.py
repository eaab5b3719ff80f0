"""Relations between segments, and the thesis that their tree is rooted in."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from contend import scheme
from contend.document import Document, Relation
from contend.metrics.counts import Counts, check_pairs, count_items
from contend.metrics.segments import overlapping_pairs


def relation_counts(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    *,
    labelled: bool = True,
    match_segment_labels: bool = False,
) -> Counts:
    """Count relations whose source and target both have the right start and end.

    Direction counts: the source must be the gold's source.

    Source: Stab & Gurevych (2017), Parsing Argumentation Structures in Persuasive Essays; R-F1 at
    the "100 %" level of Eger, Daxenberger & Gurevych (2017).

    Args:
        gold: the right documents.
        predicted: documents over the same texts.
        labelled: whether the relation's label must be right too.
        match_segment_labels: whether the labels of both segments must be right too.

    Returns:
        Counts by label (``supports``, ``attacks``), shape [n_documents, 2, 3]; if not
        ``labelled``, of all relations, shape [n_documents, 1, 3].

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)

    def items(document: Document) -> set[tuple[int, Hashable]]:
        return {
            (
                scheme.RELATION_LABELS.index(relation.label) if labelled else 0,
                _ends(document, relation, match_segment_labels),
            )
            for relation in document.relations
        }

    n_labels = len(scheme.RELATION_LABELS) if labelled else 1
    return count_items(
        [items(document) for document in gold],
        [items(document) for document in predicted],
        n_labels,
    )


def _ends(document: Document, relation: Relation, with_labels: bool) -> Hashable:
    segments = (document.segments[relation.source], document.segments[relation.target])
    return tuple((s.start, s.end, s.label if with_labels else None) for s in segments)


def thesis_counts(
    gold: Sequence[Document], predicted: Sequence[Document], *, overlap: bool = False
) -> Counts:
    """Count the documents whose thesis is found.

    Documents whose gold marks no thesis do not count; a missing prediction is a wrong one.

    Args:
        gold: the right documents.
        predicted: documents over the same texts.
        overlap: accept a thesis that shares more than half of the longer one's words, as
            ``overlap_counts`` does, instead of demanding the same start and end.

    Returns:
        Counts of right answers and of gold theses, shape [n_documents, 2].

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    counts = np.zeros((len(gold), 2))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        if right.thesis is not None:
            counts[index] = _finds_thesis(right, given, overlap), 1
    return counts


def _finds_thesis(gold: Document, predicted: Document, overlap: bool) -> bool:
    right, given = gold.thesis, predicted.thesis
    if right is None or given is None:
        return False
    if overlap:
        pair = (gold.index(right), predicted.index(given))
        return pair in overlapping_pairs(gold, predicted)
    return (right.start, right.end) == (given.start, given.end)
