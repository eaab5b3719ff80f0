"""From what a file says to a document: one place for all that may be wrong with a file.

A reader hands over spans and links as it found them, each with the place where it stood. They are
checked against the text; what does not fit is refused with that place, or repaired and counted if
the user asked for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contend.document import Document, Relation, Segment
from contend.errors import DocumentError, FormatError
from contend.formats.base import (
    AS_IS,
    ATTRIBUTES,
    IGNORED,
    REPAIRED,
    ReadOptions,
    values_by_segment,
)
from contend.formats.units import UNITS
from contend.text.sentences import cuts_word

_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A segment as a file gives it.

    Attributes:
        start: first code point.
        end: one past the last.
        label: any name.
        name: what links call it; unique within a document. May be empty if there are no links.
        where: its place in the file, for messages: ``"line 3"``.
        quoted: its text as the file has it, ``None`` if it has none. All white space counts as
            one blank, and blanks at its edges do not count.
        thesis: whether it is the thesis.
        score: probability in [0, 1], or ``None``.
        attributes: further properties; they become ``meta["attributes"]``.
    """

    start: int
    end: int
    label: str
    name: str = ""
    where: str = ""
    quoted: str | None = None
    thesis: bool = False
    score: float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relation as a file gives it.

    Attributes:
        source: the ``name`` of a span.
        target: the ``name`` of a span.
        label: the file's own type, see ``ReadOptions.relation_types``.
        where: its place in the file, for messages.
        score: probability in [0, 1], or ``None``.
    """

    source: str
    target: str
    label: str
    where: str = ""
    score: float | None = None


def assemble(
    text: str,
    spans: Iterable[Span],
    links: Iterable[Link] = (),
    *,
    where: str,
    options: ReadOptions = AS_IS,
    id: str = "",
    meta: Mapping[str, Any] | None = None,
    ignored: Mapping[str, int] | None = None,
    repaired: Mapping[str, int] | None = None,
) -> Document:
    """The document that ``spans`` and ``links`` make of ``text``.

    With ``options.repair`` offsets that all fit when they are read as UTF-16 units, as bytes of
    UTF-8, or as if CRLF were one character, are converted. A span that does not stand where its
    offsets say moves to the nearest place of its quotation, if there is one, of whole words where
    there is. Spans that still do not fit, or that overlap one which begins before them (of two
    that begin together the longer stays), are dropped, and so are links to nothing, to the span
    itself, given with two types, or of a type that nobody explained, and marks of a second thesis.
    A link that is given twice with one type counts once, and in ``ignored``.

    Args:
        text: what the offsets count in.
        spans: in any order.
        links: in any order.
        where: the file and, where it helps, the document, for messages.
        options: what the user asked for.
        id: the document's name.
        meta: of the document; ``attributes``, ``ignored`` and ``repaired`` are added. Attributes
            that it has already are those of ``spans``, in their order.
        ignored: what the reader passed over, counted by kind.
        repaired: what the reader itself repaired, counted by kind.

    Returns:
        The document. ``meta["attributes"]`` holds, for each attribute of a span, a list with the
        value of every segment, ``None`` where it is absent; ``meta["ignored"]`` and
        ``meta["repaired"]`` are counts. They are left out if empty.

    Raises:
        FormatError: for everything that is wrong and not repaired; the message names the place.
    """
    spans, links = list(spans), list(links)  # first: a reader may count while it gives them
    work = _Assembly(text, where, options, Counter(repaired or {}), Counter(ignored or {}))
    work.check_kinds(spans, links)
    every = dict(meta or {})
    given = values_by_segment(every.get(ATTRIBUTES), len(spans)) if spans else {}
    if given:
        # They go where their segments go, which may be sorted or dropped.
        del every[ATTRIBUTES]
        spans = [
            replace(
                span,
                attributes={name: of[at] for name, of in given.items()} | dict(span.attributes),
            )
            for at, span in enumerate(spans)
        ]
    fitting = work.fitting(spans)
    kept = work.apart(sorted(fitting, key=lambda span: (span.start, -span.end)))
    kept = work.one_thesis(kept)
    relations = work.relations(links, kept)
    attributes = _by_segment(kept)
    if attributes:
        every[ATTRIBUTES] = attributes
    if +work.ignored:
        every[IGNORED] = dict(sorted((+work.ignored).items()))
    if +work.repaired:
        every[REPAIRED] = dict(sorted((+work.repaired).items()))
    segments = tuple(map(work.segment, kept))
    try:
        return Document(text, segments, relations, id, every)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from None


@dataclass(slots=True)
class _Assembly:
    text: str
    where: str
    options: ReadOptions
    repaired: Counter[str]
    ignored: Counter[str]
    dropped: set[str] = field(default_factory=set)

    def check_kinds(self, spans: list[Span], links: list[Link]) -> None:
        """Refuse what is not of the kind that it should be; JSON may say anything anywhere."""
        for span in spans:
            fault = ""
            if not isinstance(span.label, str):
                fault = f"a label that is a string, found {span.label!r:.60}"
            elif span.quoted is not None and not isinstance(span.quoted, str):
                fault = f"a quoted text that is a string, found {span.quoted!r:.60}"
            elif not isinstance(span.attributes, Mapping):
                fault = f"attributes that are an object, found {span.attributes!r:.60}"
            if fault:
                name = f"segment {span.name}".rstrip()
                raise self._error(span.where, f"{name} {span.start}:{span.end}: expected {fault}")
        for link in links:
            if not isinstance(link.label, str):
                raise self._error(
                    link.where,
                    f"the relation {link.source} -> {link.target}: expected a type that is a "
                    f"string, found {link.label!r:.60}",
                )

    def fitting(self, spans: list[Span]) -> list[Span]:
        """The spans whose offsets lie in the text and whose quotation stands there."""
        wrong = [span for span in spans if not self._fits(span)]
        if not wrong:
            return spans
        unit, converted = self._in_other_units(spans)
        if unit:
            if self.options.repair:
                self.repaired[f"documents with offsets in {unit}, converted"] += 1
                return converted
            raise self._error(
                wrong[0].where,
                f"{self._misfit(wrong[0])}; all offsets fit if they are {unit}, but this format "
                "counts Unicode code points from 0: convert with --repair",
            )
        if not self.options.repair:
            raise self._error(
                wrong[0].where,
                f"{self._misfit(wrong[0])}; offsets count Unicode code points from 0",
            )
        mended = (span if self._fits(span) else self._moved(span) for span in spans)
        return [span for span in mended if span is not None]

    def _in_other_units(self, spans: list[Span]) -> tuple[str, list[Span]]:
        """The unit in which every quotation stands at its offsets, and the spans in ours."""
        if any(span.quoted for span in spans):
            for unit, places_of in UNITS.items():
                places = places_of(self.text)
                converted = [_converted(span, places) for span in spans]
                fitting = [span for span in converted if span is not None and self._fits(span)]
                if len(fitting) == len(spans):
                    return unit, fitting
        return "", []

    def _moved(self, span: Span) -> Span | None:
        """The span at the nearest place of its quotation, of whole words if there is one.

        Without any it is dropped.
        """
        words = (span.quoted or "").split()
        pattern = r"\s+".join(re.escape(word) for word in words)
        found = re.finditer(pattern, self.text) if words else ()
        near = min(
            found,
            key=lambda match: (
                cuts_word(self.text, *match.span()),
                abs(match.start() - span.start),
            ),
            default=None,
        )
        if near is None:
            self._drop(span, "segments that do not fit the text, dropped")
            return None
        self.repaired["segments moved to where their quotation stands"] += 1
        return replace(span, start=near.start(), end=near.end())

    def apart(self, spans: list[Span]) -> list[Span]:
        """The spans, in text order, that do not overlap one before them."""
        kept: list[Span] = []
        for span in spans:
            if kept and span.start < kept[-1].end:
                last = kept[-1]
                if not self.options.repair:
                    raise self._error(
                        span.where,
                        f"{_called(span)} overlaps {_called(last)}"
                        f"{f' of {last.where}' if last.where else ''}; segments must not overlap "
                        "or lie in one another: correct it, or convert with --repair, which "
                        "keeps the first",
                    )
                nested = span.end <= last.end
                self._drop(span, f"{'nested' if nested else 'overlapping'} segments dropped")
            else:
                kept.append(span)
        return kept

    def segment(self, span: Span) -> Segment:
        try:
            return Segment(span.start, span.end, span.label, span.thesis, span.score)
        except DocumentError as error:
            raise self._error(span.where, str(error)) from None

    def one_thesis(self, spans: list[Span]) -> list[Span]:
        marked = [place for place, span in enumerate(spans) if span.thesis]
        if len(marked) < 2:
            return spans
        if not self.options.repair:
            raise self._error(
                spans[marked[1]].where,
                f"expected at most one thesis, found {len(marked)}: {_called(spans[marked[0]])} "
                f"and {_called(spans[marked[1]])}",
            )
        self.repaired["marks of a second thesis dropped"] += len(marked) - 1
        return [
            replace(span, thesis=span.thesis and place == marked[0])
            for place, span in enumerate(spans)
        ]

    def relations(self, links: list[Link], spans: list[Span]) -> tuple[Relation, ...]:
        place = self._places(spans) if links else {}
        found: dict[tuple[int, int], Relation] = {}
        for link in links:
            fault, repair = self._fault(link, place)
            if not fault:
                ends = (place[link.source], place[link.target])
                label = self.options.relation_label(link.label) or ""
                if ends not in found:
                    found[ends] = self._relation(link, ends, label)
                    continue
                if found[ends].label == label:
                    self.ignored["relations given twice"] += 1
                    continue
                fault = f"the relation {link.source} -> {link.target} is given with two types"
                repair = "relations of a second type dropped"
            if not self.options.repair:
                raise self._error(link.where, fault)
            self.repaired[repair] += 1
        return tuple(found.values())

    def _relation(self, link: Link, ends: tuple[int, int], label: str) -> Relation:
        try:
            return Relation(*ends, label, link.score)
        except DocumentError as error:
            raise self._error(link.where, str(error)) from None

    def _places(self, spans: list[Span]) -> dict[str, int]:
        place: dict[str, int] = {}
        for index, span in enumerate(spans):
            if place.setdefault(span.name, index) != index and not self.options.repair:
                raise self._error(
                    span.where,
                    f"two segments are called {span.name}, {_called(spans[place[span.name]])} and "
                    f"{_called(span)}; give each a name of its own",
                )
        return place

    def _fault(self, link: Link, place: Mapping[str, int]) -> tuple[str, str]:
        """What is wrong with ``link`` and what its repair is called, or two empty strings."""
        shown = f"the relation {link.source} -> {link.target}"
        for end in (link.source, link.target):
            if end not in place:
                kind = "dropped segments" if end in self.dropped else "segments that are not there"
                return f"{shown}: there is no segment {end}", f"relations to {kind}, dropped"
        if place[link.source] == place[link.target]:
            return f"{shown} leads from a segment to itself", "relations to themselves, dropped"
        if self.options.relation_label(link.label) is None:
            kind = f"of type {link.label!r}: expected supports or attacks;"
            return (
                f"a relation {kind if link.label else 'without a type:'} say what it means: "
                f"relation_types={{{link.label!r}: 'supports'}}, on the command line "
                f"--relations {link.label}=supports",
                "relations of unknown type, dropped",
            )
        return "", ""

    def _fits(self, span: Span) -> bool:
        if not 0 <= span.start < span.end <= len(self.text):
            return False
        if span.quoted is None:
            return True
        return _shown(span.quoted) in _forms(self.text[span.start : span.end])

    def _misfit(self, span: Span) -> str:
        if not 0 <= span.start < span.end <= len(self.text):
            return (
                f"{_called(span)}: expected 0 <= start < end <= {len(self.text)}, the number of "
                "code points in the text"
            )
        found = self.text[span.start : span.end]
        return (
            f"{_called(span)} says {(span.quoted or '')[:_SHOWN]!r}, but the text there is "
            f"{found[:_SHOWN]!r}"
        )

    def _drop(self, span: Span, what: str) -> None:
        self.dropped.add(span.name)
        self.repaired[what] += 1

    def _error(self, place: str, message: str) -> FormatError:
        return FormatError(f"{self.where}{f', {place}' if place else ''}: {message}")


def _converted(span: Span, places: list[int | None]) -> Span | None:
    if not 0 <= span.start < span.end < len(places):
        return None
    start, end = places[span.start], places[span.end]
    return None if start is None or end is None else replace(span, start=start, end=end)


def _by_segment(spans: list[Span]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for span in spans for name in span.attributes)
    return {name: [span.attributes.get(name) for span in spans] for name in names}


def _shown(text: str) -> str:
    """What is compared: formats differ in how they quote line ends, tabs and outer blanks."""
    return " ".join(text.split())


def _forms(text: str) -> tuple[str, str]:
    """``text`` as programs quote it: as it is, and with what UTF-8 cannot hold replaced."""
    shown = _shown(text)
    return shown, shown.encode("utf-8", "replace").decode("utf-8")


def _called(span: Span) -> str:
    name = f"{span.name} " if span.name else ""
    return f"segment {name}{span.start}:{span.end} ({span.label})"
