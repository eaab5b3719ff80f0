"""Argumentative microtexts, parts 1 and 2 (Peldszus & Stede 2015; Skeppstedt et al. 2018)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from contend import scheme
from contend.corpora.base import Corpus
from contend.document import Document, Relation, Segment, with_segments
from contend.errors import FormatError

_FOLDERS = ("part1/corpus/en", "part2/corpus")
_SUPPORTING = {"sup", "exa"}


class Microtexts(Corpus):
    """283 short texts that each argue for one central claim: labels ``pro`` and ``opp``.

    A segment is an argumentative unit; one of several separate pieces is a segment for each
    piece. ``pro`` speaks for the author, ``opp`` for an opponent the author imagines. The
    central claim, the unit that leans on nothing, is marked as the thesis. ``sup`` and ``exa``
    are supports, ``reb`` attacks. An ``und``, which attacks an inference, attacks the unit that
    the inference starts from; an ``add`` does what the relation does that it adds to. What
    each unit does lies in ``meta["attributes"]["function"]``.

    Part 2 states 34 central claims that no author wrote, added by its annotators in upper case
    at the end of the text. They are cut from the text, and with them the units and the relations
    that lead there; such a text has no thesis.

    In our scheme ``opp`` is a counterclaim, or ``evidence|counterclaim`` where it supports
    another opponent's unit and nothing leans on it. A ``pro`` that others lean on, and the
    thesis, are claims; an example on which nothing leans is evidence; any other ``pro`` may be
    the author's reasoning or material: ``claim|evidence``. Where the central claim is stated
    twice, the second statement supports the first.
    """

    name = "microtexts"
    folder = "arg_microtexts"

    def data_files(self, path: Path) -> Iterable[Path]:
        """The texts and graphs of both parts, the English ones of part 1."""
        for folder in _FOLDERS:
            for suffix in ("txt", "xml"):
                yield from (path / folder).glob(f"micro_*.{suffix}")

    def documents(self, path: Path) -> Iterator[Document]:
        """The texts of part 1, then of part 2, by name."""
        for folder in _FOLDERS:
            for file in sorted((path / folder).glob("micro_*.xml")):
                yield read_arggraph(file)

    def to_scheme(self, document: Document) -> Document:
        """Labels by type, function and place in the graph; see the class."""
        leaned_on = {relation.target for relation in document.relations}
        functions = document.meta["attributes"]["function"]
        thesis = next((i for i, s in enumerate(document.segments) if s.thesis), None)
        segments = []
        relations = list(document.relations)
        for index, segment in enumerate(document.segments):
            function, leaf = functions[index], index not in leaned_on
            if segment.label == "opp":
                material = leaf and function in _SUPPORTING
                labels = (scheme.EVIDENCE, scheme.COUNTERCLAIM)[not material :]
            elif function is None or not leaf:
                labels = (scheme.CLAIM,)
                if function is None and index != thesis is not None:
                    relations.append(Relation(index, thesis, scheme.SUPPORTS))
            else:
                labels = (scheme.CLAIM, scheme.EVIDENCE)[function == "exa" :]
            segments.append(replace(segment, label=scheme.join_labels(labels)))
        return with_segments(document, segments, relations)


def read_arggraph(path: Path) -> Document:
    """Read ``NAME.xml``, an argument graph, and the text beside it in ``NAME.txt``.

    Raises:
        FormatError: if the graph is not XML or does not fit the text.

    Source: https://github.com/peldszus/arg-microtexts
    """
    try:
        graph = ElementTree.parse(path).getroot()
        text = path.with_suffix(".txt").read_bytes().decode("utf-8")
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise FormatError(f"{path}: expected an argument graph beside its text: {error}") from None
    text, spans = _spans(text, graph, path)
    units = _Units.of(graph, text, spans)
    order = sorted((span, unit) for unit, of in units.spans.items() for span in of)
    first: dict[str, int] = {}
    for index, (_, unit) in enumerate(order):
        first.setdefault(unit, index)
    segments = [
        Segment(*span, units.labels[unit], thesis=index == first[unit] and unit not in units.edges)
        for index, (span, unit) in enumerate(order)
    ]
    relations = set()
    for index, (_, unit) in enumerate(order):
        target, label = units.target(unit)
        if target in first:
            relations.add(Relation(index, first[target], label))
    functions = [units.edges[unit][1] if unit in units.edges else None for _, unit in order]
    meta = {key: graph.get(f"{key}_id", graph.get(key)) for key in ("topic", "stance")}
    return Document(
        text,
        tuple(segments),
        tuple(relations),
        path.stem,
        {**meta, "attributes": {"function": functions}},
    )


def _spans(
    text: str, graph: ElementTree.Element, path: Path
) -> tuple[str, dict[str, tuple[int, int]]]:
    """The text without what annotators added, and where each elementary unit lies in it."""
    spans: dict[str, tuple[int, int]] = {}
    end = 0
    for unit in graph.iter("edu"):
        added = unit.get("implicit") == "true"
        words = (unit.text or "").strip()
        start = text.find(words.upper() if added else words, end)
        if start < 0 or not words:
            raise FormatError(
                f"{path}: the unit {unit.get('id')} is not in the text: {words!r:.60}"
            )
        if added:
            text = text[:start].rstrip() + text[start + len(words) :]
            end = min(end, len(text))
        else:
            end = start + len(words)
            spans[unit.get("id", "")] = (start, end)
    return text, spans


@dataclass(slots=True)
class _Units:
    """The argumentative units: their labels, their spans, and the edge that each starts."""

    labels: dict[str, str]
    spans: dict[str, list[tuple[int, int]]]
    edges: dict[str, tuple[str, str]]
    edge_sources: dict[str, str]

    @classmethod
    def of(cls, graph: ElementTree.Element, text: str, at: dict[str, tuple[int, int]]) -> _Units:
        edges = [
            (edge.get("id", ""), edge.get("src", ""), edge.get("trg", ""), edge.get("type", ""))
            for edge in graph.iter("edge")
        ]
        spans: dict[str, list[tuple[int, int]]] = {}
        pieces = [(at[src], trg) for _, src, trg, kind in edges if kind == "seg" and src in at]
        for (start, end), unit in sorted(pieces):
            of = spans.setdefault(unit, [])
            if of and not text[of[-1][1] : start].strip():
                of[-1] = (of[-1][0], end)
            else:
                of.append((start, end))
        return cls(
            {unit.get("id", ""): unit.get("type", "") for unit in graph.iter("adu")},
            spans,
            {src: (trg, kind) for _, src, trg, kind in edges if kind != "seg"},
            {name: src for name, src, _, kind in edges if kind != "seg"},
        )

    def target(self, unit: str) -> tuple[str | None, str]:
        """The unit that ``unit`` supports or attacks, none for the central claim."""
        if unit not in self.edges:
            return None, ""
        target, kind = self.edges[unit]
        if kind == "add":
            return self.target(self.edge_sources[target])
        label = scheme.SUPPORTS if kind in _SUPPORTING else scheme.ATTACKS
        return self.edge_sources.get(target, target), label
