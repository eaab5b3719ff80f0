"""Checks of one document's relations and thesis.

A tree is expected: every segment but the thesis supports or attacks one other, and all lead to the
thesis. Where nobody marks a thesis, several trees are as good as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from contend import scheme
from contend.checking.findings import Finding, finding, quoted
from contend.document import Document

_LISTED = 5
_EVIDENCE_SUPPORTS = {(scheme.EVIDENCE, scheme.SUPPORTS, label) for label in scheme.LABELS}
#: What may support or attack what, by the labels of both.
ALLOWED = {
    *_EVIDENCE_SUPPORTS,
    (scheme.EVIDENCE, scheme.ATTACKS, scheme.COUNTERCLAIM),
    (scheme.CLAIM, scheme.SUPPORTS, scheme.CLAIM),
    (scheme.CLAIM, scheme.ATTACKS, scheme.COUNTERCLAIM),
    (scheme.COUNTERCLAIM, scheme.ATTACKS, scheme.CLAIM),
}


def check_relations(document: Document, part: str) -> Iterator[Finding]:
    """Several relations of one segment, circles, relations that the labels rule out."""
    targets: defaultdict[int, list[int]] = defaultdict(list)
    for relation in document.relations:
        targets[relation.source].append(relation.target)
        yield from _check_labels(document, relation.source, relation.label, relation.target, part)
    for source, found in sorted(targets.items()):
        if len(found) > 1:
            shown = ", ".join(_place(document, target) for target in found[:_LISTED])
            yield finding(
                "several-targets",
                f"{_named(document, source)} has {len(found)} relations, to {shown}",
                part,
                document,
                document.segments[source],
            )
    for circle in _circles(targets, len(document.segments)):
        way = " -> ".join(_place(document, index) for index in (*circle, circle[0])[: _LISTED + 1])
        message = f"{len(circle)} segments lead to one another: {way}"
        yield finding("cycle", message, part, document, document.segments[circle[0]])


def check_tree(document: Document, part: str) -> Iterator[Finding]:
    """A thesis, and no other root than the thesis."""
    if not document.segments:
        return
    thesis = document.thesis
    sources = {relation.source for relation in document.relations}
    if thesis is None:
        message = f"expected one thesis among {len(document.segments)} segments, found none"
        yield finding("no-thesis", message, part, document)
    else:
        ours = set(scheme.split_label(thesis.label))
        if ours & set(scheme.LABELS) and scheme.CLAIM not in ours:
            message = f"expected a claim, found {thesis.label} {quoted(thesis.text)}"
            yield finding("thesis-label", message, part, document, thesis)
        if document.index(thesis) in sources:
            message = f"the thesis {quoted(thesis.text)} should have no relation"
            yield finding("thesis-relation", message, part, document, thesis)
    roots = [
        index
        for index, segment in enumerate(document.segments)
        if index not in sources and not segment.thesis
    ]
    # Without a mark, a single root is the thesis that nobody marked.
    if document.relations and len(roots) > (thesis is None):
        beside = "" if thesis is None else " beside the thesis"
        shown = ", ".join(_place(document, index) for index in roots[:_LISTED])
        more = f" and {len(roots) - _LISTED} more" if len(roots) > _LISTED else ""
        yield finding(
            "several-roots",
            f"{_counted(len(roots))}{beside} with no relation of their own: {shown}{more}",
            part,
            document,
            document.segments[roots[0]],
        )


def _check_labels(
    document: Document, source: int, label: str, target: int, part: str
) -> Iterator[Finding]:
    ends = [scheme.split_label(document.segments[index].label) for index in (source, target)]
    if not set(ends[0]) | set(ends[1]) <= set(scheme.LABELS):
        return  # another scheme, whose rules nobody has told
    if not any((one, label, other) in ALLOWED for one in ends[0] for other in ends[1]):
        yield finding(
            "relation-labels",
            f"{_named(document, source)} {label} {_named(document, target)}",
            part,
            document,
            document.segments[source],
        )


def _circles(targets: Mapping[int, Sequence[int]], n: int) -> list[list[int]]:
    """Segments that lead back to themselves, each circle once, from its first segment on."""
    circles, seen = [], set()
    for start in range(n):
        way = _way_back(targets, start)
        if way and start not in seen:
            circles.append(way)
            seen.update(way)
    return circles


def _way_back(targets: Mapping[int, Sequence[int]], start: int) -> list[int]:
    """The shortest way from ``start`` back to itself, empty if there is none."""
    before: dict[int, int] = {}
    reached = [start]
    for node in reached:
        for target in targets.get(node, ()):
            if target == start:
                way = [node]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if target not in before:
                before[target] = node
                reached.append(target)
    return []


def _counted(n: int) -> str:
    return f"{n} segment{'' if n == 1 else 's'}"


def _named(document: Document, index: int) -> str:
    segment = document.segments[index]
    return f"{segment.label} {quoted(segment.text)}"


def _place(document: Document, index: int) -> str:
    segment = document.segments[index]
    return f"{segment.start}:{segment.end}"
