"""The places where annotators differ: passages, theses, relations.

Segments of different annotators that overlap are one place; so are all that overlap in a chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contend.document import Document, Segment
from contend.metrics.study import Item, Study

Kind = Literal["label", "boundaries", "label and boundaries", "missing", "thesis", "relation"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """What one annotator has at a place.

    Attributes:
        start: first code point.
        end: one past the last.
        label: the segment's label; ``thesis`` where the thesis is concerned; ``supports`` or
            ``attacks`` for a relation, whose target the offsets then are.
    """

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A place where annotators differ.

    Attributes:
        item: place of the text among the items of the study.
        document: the document's id.
        start: first code point of the place.
        end: one past the last.
        text: the passage.
        kind: ``label`` (same boundaries, other labels), ``boundaries`` (same labels),
            ``label and boundaries``, ``missing`` (somebody marks nothing here), ``thesis`` (not
            the same thesis), ``relation`` (the same passage supports or attacks another one).
        readings: annotator -> what is there, in text order; nothing for one who has nothing.
            Annotators who lack the text, or for ``relation`` the passage, are left out.
    """

    item: int
    document: str
    start: int
    end: int
    text: str
    kind: Kind
    readings: Mapping[str, tuple[Reading, ...]]

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain values, without its place in a study."""
        return {
            "document": self.document,
            "start": self.start,
            "end": self.end,
            "kind": self.kind,
            "text": self.text,
            "readings": {
                annotator: [{"start": r.start, "end": r.end, "label": r.label} for r in found]
                for annotator, found in self.readings.items()
            },
        }


def differences(study: Study) -> tuple[Difference, ...]:
    """All places where the annotators of ``study`` differ, by text and in text order.

    Theses and relations count among those annotators who mark any in some text of the study.
    """
    with_thesis = marking(study, lambda document: document.thesis is not None)
    with_relations = marking(study, lambda document: bool(document.relations))
    found: list[Difference] = []
    for index, item in enumerate(study.items):
        named = {
            name: document
            for name, document in zip(study.annotators, item.documents, strict=True)
            if document is not None
        }
        of_item = [
            *_passages(index, item, named),
            *_theses(index, item, _only(named, with_thesis)),
            *_relations(index, item, _only(named, with_relations)),
        ]
        found += sorted(of_item, key=lambda each: (each.start, each.end))
    return tuple(found)


def marking(study: Study, has: Callable[[Document], bool]) -> frozenset[str]:
    """The annotators of whom some document ``has`` something: who do annotate it."""
    return frozenset(
        name
        for index, name in enumerate(study.annotators)
        for document in (item.documents[index] for item in study.items)
        if document is not None and has(document)
    )


def _only(named: Mapping[str, Document], names: frozenset[str]) -> dict[str, Document]:
    return {name: document for name, document in named.items() if name in names}


def _passages(index: int, item: Item, named: Mapping[str, Document]) -> Iterator[Difference]:
    for place in _places(named):
        readings = {
            name: tuple(_reading(each) for owner, each in place if owner == name) for name in named
        }
        kind = _kind(list(readings.values()))
        if kind:
            start = min(each.start for _, each in place)
            end = max(each.end for _, each in place)
            yield _difference(index, item, (start, end), kind, readings)


def _places(named: Mapping[str, Document]) -> Iterator[list[tuple[str, Segment]]]:
    """The segments of all annotators, those that overlap together, in text order."""
    every = sorted(
        ((name, segment) for name, document in named.items() for segment in document.segments),
        key=lambda owned: (owned[1].start, owned[1].end),
    )
    place: list[tuple[str, Segment]] = []
    end = 0
    for owned in every:
        if place and owned[1].start >= end:
            yield place
            place = []
        place.append(owned)
        end = max(end, owned[1].end)
    if place:
        yield place


def _kind(readings: Sequence[tuple[Reading, ...]]) -> Kind | None:
    if len(set(readings)) == 1:
        return None
    if not all(readings):
        return "missing"
    spans = {tuple((each.start, each.end) for each in found) for found in readings}
    labels = {frozenset(each.label for each in found) for found in readings}
    if len(spans) == 1:
        return "label"
    return "boundaries" if len(labels) == 1 else "label and boundaries"


def _theses(index: int, item: Item, named: Mapping[str, Document]) -> Iterator[Difference]:
    theses = {name: document.thesis for name, document in named.items()}
    marked = sorted({(each.start, each.end) for each in theses.values() if each is not None})
    if marked and (len(marked) > 1 or None in theses.values()):
        readings = {
            name: () if each is None else (Reading(each.start, each.end, "thesis"),)
            for name, each in theses.items()
        }
        yield _difference(index, item, marked[0], "thesis", readings)


def _relations(index: int, item: Item, named: Mapping[str, Document]) -> Iterator[Difference]:
    by_span: dict[Span, dict[str, tuple[Reading, ...]]] = {}
    for name, document in named.items():
        for source, segment in enumerate(document.segments):
            targets = (
                (document.segments[relation.target], relation.label)
                for relation in document.relations
                if relation.source == source
            )
            found = sorted(Reading(each.start, each.end, label) for each, label in targets)
            by_span.setdefault((segment.start, segment.end), {})[name] = tuple(found)
    for span, readings in by_span.items():
        if len(set(readings.values())) > 1:
            yield _difference(index, item, span, "relation", readings)


def _reading(segment: Segment) -> Reading:
    return Reading(segment.start, segment.end, segment.label)


def _difference(
    index: int, item: Item, span: Span, kind: Kind, readings: Mapping[str, tuple[Reading, ...]]
) -> Difference:
    start, end = span
    return Difference(
        item=index,
        document=item.id,
        start=start,
        end=end,
        text=item.text[start:end],
        kind=kind,
        readings=readings,
    )
