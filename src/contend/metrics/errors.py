"""What goes wrong, in counts that add up: with segments, with relations, with the thesis.

Two segments of a gold and a predicted document meet if they share more than half of the shorter
one's code points. Those that meet are paired one to one so that the shared text is longest in
all; what is left over and lies in somebody else's partner makes a split or a merger. So every
gold and every predicted segment belongs to exactly one outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from contend import scheme
from contend.document import Document, Relation, Segment, overlaps
from contend.metrics.counts import Counts, check_pairs, label_ids

Kind = Literal[
    "right",
    "label",
    "boundaries",
    "label and boundaries",
    "split",
    "merged",
    "missed",
    "invented",
]
RelationKind = Literal["right", "boundaries", "label", "target", "no relation", "end"]
ThesisKind = Literal["right", "boundaries", "another passage", "none"]

#: In the order of the axes of counts.
KINDS: tuple[Kind, ...] = get_args(Kind)
RELATION_KINDS: tuple[RelationKind, ...] = get_args(RelationKind)
THESIS_KINDS: tuple[ThesisKind, ...] = get_args(ThesisKind)

#: Places of the gold and of the predicted side in counts.
GOLD, PREDICTED = range(2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some gold segments, and where some predicted ones came from.

    Attributes:
        kind: ``right``; ``label`` (same boundaries, another label); ``boundaries`` (same label,
            other boundaries); ``label and boundaries``; ``split`` (a gold segment is predicted in
            several); ``merged`` (several gold segments are predicted as one); ``missed`` (a gold
            segment meets nothing that is free); ``invented`` (a predicted one meets nothing).
        gold: indices into the gold segments.
        predicted: indices into the predicted ones.
    """

    kind: Kind
    gold: tuple[int, ...]
    predicted: tuple[int, ...]


def match_segments(gold: Document, predicted: Document) -> list[tuple[int, int]]:
    """Pair the segments that meet, one to one, so that the shared text is longest in all.

    Where two pairings share as much, more equal labels decide.

    Returns:
        Pairs of indices into the segments of ``gold`` and ``predicted``, in text order.
    """
    meetings = [
        (g, p, 2 * shared + (gold.segments[g].label == predicted.segments[p].label))
        for g, p, shared in _meetings(gold.segments, predicted.segments)
    ]
    # Both sides are in text order and do not overlap, so the meetings that exclude a meeting are
    # those just before it: with the same gold segment, or with the same predicted one.
    best, free = [0], [0] * len(meetings)
    for place, (g, p, weight) in enumerate(meetings):
        before = place
        while before and (meetings[before - 1][0] == g or meetings[before - 1][1] == p):
            before -= 1
        free[place] = before
        best.append(max(best[place], best[before] + weight))
    pairs = []
    place = len(meetings)
    while place:
        if best[place] == best[place - 1]:
            place -= 1
        else:
            pairs.append(meetings[place - 1][:2])
            place = free[place - 1]
    return pairs[::-1]


def outcomes(gold: Document, predicted: Document) -> list[Outcome]:
    """What became of every segment of two documents over one text, in text order.

    Every gold and every predicted segment is in exactly one outcome.
    """
    partner = dict(match_segments(gold, predicted))
    groups = {p: ([g], [p]) for g, p in partner.items()}
    alone: list[Outcome] = []
    # A segment that meets another one but is left over lies mostly inside it: else the pairing
    # would have taken it instead of the partner that it has.
    meetings = list(_meetings(gold.segments, predicted.segments))
    into_predicted = {g: p for g, p, _ in meetings if g not in partner}
    into_gold = {p: g for g, p, _ in meetings if p not in groups}
    for g in range(len(gold.segments)):
        if g in into_predicted:
            groups[into_predicted[g]][GOLD].append(g)
        elif g not in partner:
            alone.append(Outcome("missed", (g,), ()))
    for p in range(len(predicted.segments)):
        if p in into_gold:
            groups[partner[into_gold[p]]][PREDICTED].append(p)
        elif p not in groups:
            alone.append(Outcome("invented", (), (p,)))
    found = [
        Outcome(_kind(gold, predicted, ours, theirs), tuple(sorted(ours)), tuple(sorted(theirs)))
        for ours, theirs in groups.values()
    ]
    return sorted([*found, *alone], key=lambda each: span_of(each, gold, predicted))


def span_of(outcome: Outcome, gold: Document, predicted: Document) -> tuple[int, int]:
    """Where an outcome lies: from its first code point to one past its last."""
    segments = [
        *(gold.segments[index] for index in outcome.gold),
        *(predicted.segments[index] for index in outcome.predicted),
    ]
    return min(each.start for each in segments), max(each.end for each in segments)


def error_counts(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> Counts:
    """Count the segments of each kind of outcome.

    Returns:
        Counts, shape [n_documents, n_kinds, 2, n_labels]: gold segments by their label, then
        predicted ones by theirs. Over kinds they add up to all segments of the side.

    Raises:
        ConfigError: if the documents do not fit each other or ``labels``.
    """
    check_pairs(gold, predicted)
    ids = label_ids(labels, gold, predicted)
    counts = np.zeros((len(gold), len(KINDS), 2, len(labels)))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        for outcome in outcomes(right, given):
            count_outcome(counts[index], outcome, right, given, ids)
    return counts


def count_outcome(
    counts: Counts, outcome: Outcome, gold: Document, predicted: Document, ids: Mapping[str, int]
) -> None:
    """Add the segments of ``outcome`` to ``counts``, shape [n_kinds, 2, n_labels]."""
    kind = KINDS.index(outcome.kind)
    for g in outcome.gold:
        counts[kind, GOLD, ids[gold.segments[g].label]] += 1
    for p in outcome.predicted:
        counts[kind, PREDICTED, ids[predicted.segments[p].label]] += 1


def relation_error_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> Counts:
    """Count relations by what is right or wrong about them, seen from either side.

    - ``right``: the same two passages, the same label; the true positives of ``relation_f1``;
    - ``boundaries``: the right label between the partners of both ends, not exactly the same;
    - ``label``: the partners of both ends are related, with another label;
    - ``target``: both ends have partners, but the source's partner is related to others only;
    - ``no relation``: both ends have partners, but the source's partner is related to nothing;
    - ``end``: an end has no partner (see ``match_segments``).

    Returns:
        Counts, shape [n_documents, 2, n_kinds, 2]: gold relations, then predicted ones, by kind
        and by their own label (``supports``, ``attacks``).

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    counts = np.zeros((len(gold), 2, len(RELATION_KINDS), len(scheme.RELATION_LABELS)))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        pairs = match_segments(right, given)
        back = [(p, g) for g, p in pairs]
        for side, one, other, partners in (
            (GOLD, right, given, dict(pairs)),
            (PREDICTED, given, right, dict(back)),
        ):
            by_source: dict[int, dict[int, str]] = {}
            for relation in other.relations:
                by_source.setdefault(relation.source, {})[relation.target] = relation.label
            for relation in one.relations:
                kind = _relation_kind(relation, one, other, partners, by_source)
                label = scheme.RELATION_LABELS.index(relation.label)
                counts[index, side, RELATION_KINDS.index(kind), label] += 1
    return counts


def thesis_error_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> Counts:
    """Count the documents whose gold marks a thesis by what became of it.

    - ``right``: the same passage is the thesis; what ``thesis_accuracy`` counts;
    - ``boundaries``: its partner is (see ``match_segments``), with other boundaries;
    - ``another passage``: something else is;
    - ``none``: nothing is.

    Returns:
        Counts, shape [n_documents, n_kinds].

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    check_pairs(gold, predicted)
    counts = np.zeros((len(gold), len(THESIS_KINDS)))
    for index, (right, given) in enumerate(zip(gold, predicted, strict=True)):
        if right.thesis is not None:
            counts[index, THESIS_KINDS.index(_thesis_kind(right, given))] = 1
    return counts


def _meetings(
    gold: Sequence[Segment], predicted: Sequence[Segment]
) -> Iterator[tuple[int, int, int]]:
    """Those of ``overlaps`` that share more than half of the shorter segment."""
    for g, p, shared in overlaps(gold, predicted):
        if 2 * shared > min(_length(gold[g]), _length(predicted[p])):
            yield g, p, shared


def _length(segment: Segment) -> int:
    return segment.end - segment.start


def _kind(
    gold: Document, predicted: Document, ours: Collection[int], theirs: Collection[int]
) -> Kind:
    if len(ours) > 1 or len(theirs) > 1:
        return "merged" if len(ours) > len(theirs) else "split"
    (g,), (p,) = ours, theirs
    right, given = gold.segments[g], predicted.segments[p]
    same_label = right.label == given.label
    if _same_boundaries(right, given):
        return "right" if same_label else "label"
    return "boundaries" if same_label else "label and boundaries"


def _relation_kind(
    relation: Relation,
    one: Document,
    other: Document,
    partners: Mapping[int, int],
    by_source: Mapping[int, Mapping[int, str]],
) -> RelationKind:
    """What is right or wrong about a relation; ``by_source`` has those of ``other``."""
    source, target = partners.get(relation.source), partners.get(relation.target)
    if source is None or target is None:
        return "end"
    targets = by_source.get(source, {})
    if target not in targets:
        return "target" if targets else "no relation"
    if targets[target] != relation.label:
        return "label"
    exact = all(
        _same_boundaries(one.segments[mine], other.segments[theirs])
        for mine, theirs in ((relation.source, source), (relation.target, target))
    )
    return "right" if exact else "boundaries"


def _thesis_kind(gold: Document, predicted: Document) -> ThesisKind:
    right, given = gold.thesis, predicted.thesis
    if right is None or given is None:
        return "none"
    if _same_boundaries(right, given):
        return "right"
    pair = (gold.index(right), predicted.index(given))
    return "boundaries" if pair in match_segments(gold, predicted) else "another passage"


def _same_boundaries(one: Segment, other: Segment) -> bool:
    return (one.start, one.end) == (other.start, other.end)
