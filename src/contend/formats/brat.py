"""brat standoff: a text in ``NAME.txt`` and its annotations in ``NAME.ann`` beside it.

Source: https://brat.nlplab.org/standoff.html

What is read and written: text-bound annotations (``T``) are segments, attributes (``A``, and
``M`` as brat once called them) are kept in ``meta["attributes"]``, binary relations (``R``) are
relations. The attribute ``Thesis`` marks the thesis. Events, notes, normalisations and
equivalences (``E # N *``) have no place in a Document; they are counted in ``meta["ignored"]``.
Scores have no place in brat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contend import scheme
from contend.document import Document, Relation, Segment
from contend.errors import FormatError

#: The relation types that are understood without being told, in lower case.
RELATION_TYPES = {
    "supports": scheme.SUPPORTS,
    "support": scheme.SUPPORTS,
    "attacks": scheme.ATTACKS,
    "attack": scheme.ATTACKS,
}
THESIS = "Thesis"
_IGNORED = "E#N*"
_IN_ONE_LINE = str.maketrans("\n\r\t", "   ")


def read_brat(path: str | Path, *, relation_types: Mapping[str, str] | None = None) -> Document:
    """Read a text and its annotations.

    Args:
        path: ``NAME.txt`` or ``NAME.ann``; both must be there. The document is called ``NAME``.
        relation_types: see ``decode_brat``.

    Returns:
        The document. Its text is that of the file, line ends included.

    Raises:
        FormatError: if a file is absent or not UTF-8, or the annotations are not brat standoff.
    """
    text_file, annotation_file = _pair(Path(path))
    return decode_brat(
        _read(text_file),
        _read(annotation_file),
        id=text_file.stem,
        where=str(annotation_file),
        relation_types=relation_types,
    )


def write_brat(document: Document, path: str | Path) -> None:
    """Write ``document`` as ``NAME.txt`` and ``NAME.ann``; ``path`` names either.

    What brat holds survives: text, segments, labels, thesis, relations and
    ``meta["attributes"]``. Scores and other ``meta`` do not.

    Raises:
        FormatError: if a label or an attribute is not a word that brat can hold, or the text
            has a lone surrogate, which UTF-8 cannot.
    """
    text_file, annotation_file = _pair(Path(path))
    annotations = encode_brat(document)
    try:
        text = document.text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError(
            f"{text_file}: the text has a lone surrogate at {error.start}, which UTF-8 cannot "
            "hold; write the document as JSON instead"
        ) from None
    text_file.write_bytes(text)
    annotation_file.write_bytes(annotations.encode("utf-8"))


def decode_brat(
    text: str,
    annotations: str,
    *,
    id: str = "",
    where: str = "annotations",
    relation_types: Mapping[str, str] | None = None,
) -> Document:
    """The document that ``annotations``, the content of an ``.ann`` file, make of ``text``.

    Args:
        text: what the offsets count in, in Unicode code points.
        annotations: lines of brat standoff, in any order.
        id: the document's name.
        where: what error messages call the annotations.
        relation_types: type of a relation -> ``supports`` or ``attacks``; by default ``support``,
            ``supports``, ``attack`` and ``attacks`` in any case.

    Returns:
        The document. ``meta["attributes"]`` holds, for each attribute, a list with the value
        of every segment (``True`` for an attribute without values, ``None`` where it is
        absent); ``meta["ignored"]`` the number of ignored lines by their first character. Both
        are left out if empty.

    Raises:
        FormatError: if a line cannot be read, does not fit the text, or cannot be held by a
            Document: discontinuous or overlapping spans, relations of an unknown type.
    """
    lines = _Lines(where)
    for number, line in enumerate(annotations.split("\n"), start=1):
        lines.add(number, line.removesuffix("\r"))
    lines.check_whole()
    order = sorted(lines.spans, key=lambda name: lines.spans[name][:2])
    place = {name: index for index, name in enumerate(order)}
    lines.check_spans(order, text)
    attributes = dict(_by_segment(lines, place))
    marked = attributes.pop(THESIS, [None] * len(order))
    segments = tuple(
        Segment(*lines.spans[name][:3], thesis=mark is not None)
        for name, mark in zip(order, marked, strict=True)
    )
    if sum(segment.thesis for segment in segments) > 1:
        raise FormatError(f"{where}: expected at most one attribute {THESIS}, found several")
    relations = tuple(_relations(lines, place, relation_types))
    meta: dict[str, Any] = {}
    if attributes:
        meta["attributes"] = attributes
    if lines.ignored:
        meta["ignored"] = dict(sorted(lines.ignored.items()))
    return Document(text, segments, relations, id, meta)


def encode_brat(document: Document) -> str:
    """The content of an ``.ann`` file for ``document``; see ``write_brat``.

    Raises:
        FormatError: if a label or an attribute is not a word that brat can hold.
    """
    lines = []
    for number, segment in enumerate(document.segments, start=1):
        label = _word(segment.label, document)
        shown = segment.text.translate(_IN_ONE_LINE)
        lines.append(f"T{number}\t{label} {segment.start} {segment.end}\t{shown}")
    values = [
        (index, _word(name, document), value)
        for name, of in dict(document.meta.get("attributes", {})).items()
        for index, value in enumerate(of)
        if value is not None
    ]
    values += [(i, THESIS, True) for i, segment in enumerate(document.segments) if segment.thesis]
    for number, (index, name, value) in enumerate(values, start=1):
        shown = "" if value is True else f" {_word(value, document)}"
        lines.append(f"A{number}\t{name} T{index + 1}{shown}")
    for number, relation in enumerate(document.relations, start=1):
        ends = f"Arg1:T{relation.source + 1} Arg2:T{relation.target + 1}"
        lines.append(f"R{number}\t{relation.label} {ends}")
    # The text column of a line may itself hold a lone surrogate; brat keeps it for the eye only.
    written = "".join(f"{line}\n" for line in lines)
    return written.encode("utf-8", "replace").decode("utf-8")


@dataclass(slots=True)
class _Lines:
    """The lines of a file, sorted by kind, each with its number."""

    where: str
    spans: dict[str, tuple[int, int, str, str, int]] = field(default_factory=dict)
    attributes: list[tuple[int, list[str]]] = field(default_factory=list)
    relations: list[tuple[int, list[str]]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    discontinuous: list[int] = field(default_factory=list)

    def add(self, number: int, line: str) -> None:
        if not line.strip():
            return
        kind = line[0]
        if kind in _IGNORED:
            self.ignored[kind] += 1
            return
        name, *columns = line.split("\t", 2)
        if kind not in "TAMR" or not columns:
            raise self.error(
                number,
                f"expected a line of brat standoff, <id> tab <annotation>, found {line!r:.80}",
            )
        if kind == "T":
            self._add_span(number, name, columns[0], columns[1] if columns[1:] else "")
        else:
            of_kind = self.relations if kind == "R" else self.attributes
            of_kind.append((number, columns[0].split()))

    def _add_span(self, number: int, name: str, annotation: str, shown: str) -> None:
        if ";" in annotation:
            self.discontinuous.append(number)
            return
        try:
            label, start, end = annotation.split(" ")
            span = (int(start), int(end))
        except ValueError:
            raise self.error(
                number, f"expected <label> <start> <end>, found {annotation!r:.80}"
            ) from None
        if name in self.spans:
            raise self.error(
                number, f"{name} is given twice; the first is in line {self.spans[name][4]}"
            )
        self.spans[name] = (*span, label, shown, number)

    def check_whole(self) -> None:
        if self.discontinuous:
            raise self.error(
                self.discontinuous[0],
                f"a segment must be one span of text, but {len(self.discontinuous)} here are "
                "discontinuous (offsets with ';'), this is the first; join or remove them",
            )

    def check_spans(self, order: list[str], text: str) -> None:
        last, last_end = "", 0
        for name in order:
            start, end, _, shown, number = self.spans[name]
            if not 0 <= start < end <= len(text):
                raise self.error(
                    number, f"{name} is {start}:{end}, but the text has {len(text)} code points"
                )
            # Programs differ in the blanks at the edges of this column; some end it with a tab.
            found = text[start:end].translate(_IN_ONE_LINE).strip()
            shown = shown.translate(_IN_ONE_LINE).strip()
            if shown and shown not in (found, _printable(found)):
                raise self.error(
                    number,
                    f"{name} says {shown!r:.60}, but the text at {start}:{end} is {found!r:.60}; "
                    "offsets count Unicode code points from 0",
                )
            if start < last_end:
                raise self.error(
                    number,
                    f"{name} ({start}:{end}) overlaps {last} of line {self.spans[last][4]}, which "
                    f"ends at {last_end}; segments must not overlap",
                )
            last, last_end = name, end

    def error(self, number: int, message: str) -> FormatError:
        return FormatError(f"{self.where}, line {number}: {message}")


def _by_segment(lines: _Lines, place: Mapping[str, int]) -> Iterator[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for number, words in lines.attributes:
        if not 2 <= len(words) <= 3:
            raise lines.error(
                number, f"expected <attribute> <id> <value>, found {' '.join(words)!r:.80}"
            )
        name, target, value = words[0], words[1], words[2] if words[2:] else True
        # Attributes may also belong to events and relations, which keep none here.
        if target[0] in "ER":
            lines.ignored["A"] += 1
        elif target not in place:
            raise lines.error(number, f"{name} is said of {target}, which is not there")
        else:
            found.setdefault(name, [None] * len(place))[place[target]] = value
    yield from found.items()


def _relations(
    lines: _Lines, place: Mapping[str, int], relation_types: Mapping[str, str] | None
) -> Iterator[Relation]:
    seen: dict[tuple[int, int], str] = {}
    for number, words in lines.relations:
        try:
            kind, first, second = words
            ends = [first.removeprefix("Arg1:"), second.removeprefix("Arg2:")]
            source, target = (place[end] for end in ends)
        except (ValueError, KeyError):
            raise lines.error(
                number,
                "expected <type> Arg1:<id> Arg2:<id> with the ids of two segments, found "
                f"{' '.join(words)!r:.80}",
            ) from None
        known = RELATION_TYPES if relation_types is None else relation_types
        label = known.get(kind.lower() if relation_types is None else kind)
        if label is None:
            raise lines.error(
                number,
                f"a relation of type {kind!r}; known are {', '.join(known)}: pass "
                "relation_types={type: 'supports' or 'attacks'} to say what others mean",
            )
        if seen.get((source, target)) == label:
            lines.ignored["R"] += 1
            continue
        if source == target or (source, target) in seen:
            fault = (
                "leads from a segment to itself" if source == target else "is given with two types"
            )
            raise lines.error(number, f"the relation {ends[0]} -> {ends[1]} {fault}")
        seen[source, target] = label
        yield Relation(source, target, label)


def _word(value: object, document: Document) -> str:
    if not isinstance(value, str) or len(value.split()) != 1 or value.split()[0] != value:
        raise FormatError(
            f"{document!r}: brat holds labels and attributes that are one word, not {value!r}"
        )
    return value


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _pair(path: Path) -> tuple[Path, Path]:
    if path.suffix not in (".txt", ".ann"):
        raise FormatError(f"{path}: expected the name of a .txt or .ann file")
    return path.with_suffix(".txt"), path.with_suffix(".ann")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise FormatError(
            f"{path}: brat needs a .txt and an .ann of the same name: {error.strerror}"
        ) from None
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path}: expected UTF-8, found byte {error.object[error.start]:#x} at {error.start}"
        ) from None
