"""Documents: a text, its argumentative segments and the relations between them.

Values are frozen and check themselves when they are made. Offsets are Unicode code points of
the text, half-open. The text is kept as it was given, never altered.
"""

from __future__ import annotations

import json
import operator
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contend import scheme
from contend.errors import DocumentError
from contend.files import strict_json

_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A span of text with one role in the argument.

    Two segments are equal if their offsets, label and thesis mark are; the score and the text
    they belong to do not count, so sets of segments give true and false positives.

    Attributes:
        start: first code point of the span in the document's text.
        end: one past the last code point.
        label: ``claim``, ``evidence``, ``counterclaim``, or a label of another scheme.
        thesis: whether the segment is the article's thesis.
        score: probability in [0, 1] that the passage has this label, ``None`` where nobody says.
    """

    start: int
    end: int
    label: str
    thesis: bool = False
    score: float | None = field(default=None, compare=False)
    _source: str | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            object.__setattr__(self, name, _integer(getattr(self, name), f"segment {name}"))
        if not 0 <= self.start < self.end:
            raise DocumentError(
                f"segment {self.start}:{self.end} ({self.label!r}): expected 0 <= start < end"
            )
        if not isinstance(self.label, str) or not self.label:
            raise DocumentError(
                f"segment {self.start}:{self.end}: expected a label that is a non-empty string, "
                f"found {self.label!r}"
            )
        if self.thesis not in (True, False):
            raise DocumentError(
                f"segment {self.start}:{self.end}: expected true or false for thesis, "
                f"found {self.thesis!r}"
            )
        object.__setattr__(self, "thesis", bool(self.thesis))
        object.__setattr__(self, "score", _probability(self.score, self))

    @property
    def text(self) -> str:
        """The passage itself: ``document.text[start:end]``."""
        if self._source is None:
            raise DocumentError(
                f"segment {self.start}:{self.end} belongs to no document, so it has no text; "
                "take it from Document(...).segments"
            )
        return self._source[self.start : self.end]


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """A segment that supports or attacks another one.

    Attributes:
        source: index into the document's ``segments`` of the one that supports or attacks.
        target: index of the one that is supported or attacked.
        label: ``supports`` or ``attacks``.
        score: probability in [0, 1], ``None`` where nobody says; outside equality.
    """

    source: int
    target: int
    label: str
    score: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in ("source", "target"):
            object.__setattr__(self, name, _integer(getattr(self, name), f"relation {name}"))
        if self.source < 0 or self.target < 0 or self.source == self.target:
            raise DocumentError(
                f"relation {self.source} -> {self.target}: expected the indices of two segments"
            )
        if self.label not in scheme.RELATION_LABELS:
            raise DocumentError(
                f"relation {self.source} -> {self.target}: expected one of "
                f"{', '.join(scheme.RELATION_LABELS)}, found {self.label!r}"
            )
        object.__setattr__(self, "score", _probability(self.score, self))


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A text with its segments and relations.

    Attributes:
        text: the article, exactly as it was given.
        segments: in text order, not overlapping. Segments given in another order are refused:
            relations refer to them by index.
        relations: sorted by source, at most one for each pair.
        id: a name within a corpus; may be empty.
        meta: anything else that JSON can hold; outside equality.

    Raises:
        DocumentError: if a segment lies outside the text or overlaps another, a relation refers
            to no segment, or two segments are marked as the thesis.
    """

    text: str
    segments: tuple[Segment, ...] = ()
    relations: tuple[Relation, ...] = ()
    id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise DocumentError(
                f"document: expected a text that is a string, not {_kind(self.text)}"
            )
        if not isinstance(self.id, str):
            raise DocumentError(f"document: expected an id that is a string, found {self.id!r:.60}")
        segments = tuple(
            segment if segment._source is self.text else replace(segment, _source=self.text)
            for segment in self.segments
        )
        object.__setattr__(self, "segments", segments)
        object.__setattr__(self, "relations", tuple(sorted(self.relations)))
        object.__setattr__(self, "meta", dict(self.meta))
        self._check()

    def _check(self) -> None:
        where = f"document {self.id!r}" if self.id else "document"
        end = 0
        for index, segment in enumerate(self.segments):
            if segment.start < end:
                raise DocumentError(
                    f"{where}: segment {index} ({segment.start}:{segment.end}) begins before the "
                    f"one before it ends ({end}); segments must be in text order and not overlap"
                )
            end = segment.end
        if end > len(self.text):
            raise DocumentError(
                f"{where}: the last segment ends at {end}, but the text has {len(self.text)} "
                "code points; are the offsets bytes or UTF-16 units?"
            )
        if sum(segment.thesis for segment in self.segments) > 1:
            raise DocumentError(f"{where}: expected at most one thesis, found several")
        pairs = Counter((relation.source, relation.target) for relation in self.relations)
        for (source, target), count in pairs.items():
            if max(source, target) >= len(self.segments):
                raise DocumentError(
                    f"{where}: relation {source} -> {target} refers to a segment that is not "
                    f"there; there are {len(self.segments)}, counted from 0"
                )
            if count > 1:
                raise DocumentError(f"{where}: relation {source} -> {target} is given twice")

    @property
    def claims(self) -> tuple[Segment, ...]:
        """The segments labelled ``claim``, the thesis among them."""
        return self.labelled(scheme.CLAIM)

    @property
    def evidence(self) -> tuple[Segment, ...]:
        """The segments labelled ``evidence``."""
        return self.labelled(scheme.EVIDENCE)

    @property
    def counterclaims(self) -> tuple[Segment, ...]:
        """The segments labelled ``counterclaim``."""
        return self.labelled(scheme.COUNTERCLAIM)

    @property
    def thesis(self) -> Segment | None:
        """The segment that states the main position, ``None`` if no segment is marked."""
        return next((segment for segment in self.segments if segment.thesis), None)

    def labelled(self, label: str) -> tuple[Segment, ...]:
        """The segments with ``label``, in text order."""
        return tuple(segment for segment in self.segments if segment.label == label)

    def relations_to(self, segment: Segment) -> tuple[Relation, ...]:
        """The relations whose target is ``segment``: who supports or attacks it.

        Raises:
            DocumentError: if ``segment`` is not one of this document's.
        """
        index = self.index(segment)
        return tuple(relation for relation in self.relations if relation.target == index)

    def relations_from(self, segment: Segment) -> tuple[Relation, ...]:
        """The relations whose source is ``segment``: whom it supports or attacks.

        Raises:
            DocumentError: if ``segment`` is not one of this document's.
        """
        index = self.index(segment)
        return tuple(relation for relation in self.relations if relation.source == index)

    def index(self, segment: Segment) -> int:
        """The place of ``segment`` in ``segments``.

        Raises:
            DocumentError: if ``segment`` is not one of this document's.
        """
        try:
            return self.segments.index(segment)
        except ValueError:
            raise DocumentError(
                f"segment {segment.start}:{segment.end} ({segment.label}) is not in {self!r}"
            ) from None

    def to_dict(self) -> dict[str, Any]:
        """The document as plain values, as README.md describes its JSON."""
        return {
            "id": self.id,
            "text": self.text,
            "segments": [
                {
                    "start": segment.start,
                    "end": segment.end,
                    "label": segment.label,
                    "score": segment.score,
                    "thesis": segment.thesis,
                    "text": segment.text,
                }
                for segment in self.segments
            ],
            "relations": [
                {
                    "source": relation.source,
                    "target": relation.target,
                    "label": relation.label,
                    "score": relation.score,
                }
                for relation in self.relations
            ],
            "meta": dict(self.meta),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Document:
        """The document that ``to_dict`` wrote; segments may lack ``text``, all may lack scores.

        Raises:
            DocumentError: if a field is missing or of the wrong type, if a segment's ``text``
                is not what stands at its offsets, or if the document contradicts itself.
        """
        if not isinstance(data, Mapping):
            raise DocumentError(f"expected a JSON object for a document, found {_kind(data)}")
        text = _get(data, "text", str, "document")
        name = _get(data, "id", str, "document", "")
        where = f"document {name!r}" if name else "document"
        segments = []
        for index, item in enumerate(_get(data, "segments", list, where, [])):
            place = f"{where}: segment {index}"
            segment = Segment(
                _get(item, "start", int, place),
                _get(item, "end", int, place),
                _get(item, "label", str, place),
                _get(item, "thesis", bool, place, False),
                _get(item, "score", float, place, None),
            )
            quoted = _get(item, "text", str, place, None)
            found = text[segment.start : segment.end]
            if quoted is not None and quoted != found:
                raise DocumentError(
                    f"{place}: the text at {segment.start}:{segment.end} is {found[:60]!r}, not "
                    f"{quoted[:60]!r}; offsets count Unicode code points from 0"
                )
            segments.append(segment)
        relations = []
        for index, item in enumerate(_get(data, "relations", list, where, [])):
            place = f"{where}: relation {index}"
            relations.append(
                Relation(
                    _get(item, "source", int, place),
                    _get(item, "target", int, place),
                    _get(item, "label", str, place),
                    _get(item, "score", float, place, None),
                )
            )
        meta = _get(data, "meta", dict, where, {})
        return cls(text, tuple(segments), tuple(relations), name, meta)

    def to_json(self, *, indent: int | None = None) -> str:
        """The document as JSON, one line unless ``indent`` is given; lone surrogates escaped.

        Raises:
            DocumentError: if JSON cannot hold ``meta``, or a string has a high surrogate followed
                by a low one: the two would be read back as one character, and offsets after them
                would be wrong.
        """
        where = f"document {self.id!r}" if self.id else "document"
        try:
            written = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)
        except (TypeError, ValueError, RecursionError) as error:
            raise DocumentError(f"{where}: JSON cannot hold its meta: {error}") from None
        pair = _SURROGATE_PAIR.search(self.text) or _SURROGATE_PAIR.search(written)
        if pair:
            found = "a pair of surrogates"
            what = (
                f"text has {found} at {pair.start()}"
                if pair.string is self.text
                else f"id or meta has {found}"
            )
            raise DocumentError(
                f"{where}: its {what}, which JSON cannot tell from the character that they encode; "
                "decode it properly: text.encode('utf-16', 'surrogatepass').decode('utf-16')"
            )
        return written.encode("utf-8", "backslashreplace").decode("utf-8")

    @classmethod
    def from_json(cls, written: str | bytes) -> Document:
        """The document that ``to_json`` wrote.

        Raises:
            DocumentError: if it is not JSON, or not that of a document.
        """
        return cls.from_dict(parse_json(written))

    def to_html(self) -> str:
        """The document as one self-contained HTML page."""
        from contend.render.html import page

        return page(self)

    def _repr_html_(self) -> str:
        from contend.render.html import fragment

        return fragment(self)

    def __repr__(self) -> str:
        counts = Counter(segment.label for segment in self.segments)
        known = [label for label in scheme.LABELS if label in counts]
        labels = known + sorted(set(counts) - set(known))
        parts = [f"{len(self.text):,} characters", *(f"{counts[x]} {x}" for x in labels)]
        if self.relations:
            parts.append(f"{len(self.relations)} relations")
        if not self.segments:
            parts.append("no segments")
        return f"<Document {self.id!r}: {', '.join(parts)}>"


def parse_json(written: str | bytes) -> Any:
    """The value that should be a document.

    Raises:
        DocumentError: if it is not JSON.
    """
    try:
        return strict_json(written)
    except ValueError as error:
        raise DocumentError(f"expected the JSON of a document: {error}") from None
    except RecursionError:
        raise DocumentError("expected the JSON of a document; it is nested too deep") from None


def with_segments(
    document: Document, segments: Iterable[Segment], relations: Iterable[Relation] = ()
) -> Document:
    """``document`` with other segments and relations over the same text."""
    return replace(document, segments=tuple(segments), relations=tuple(relations))


def overlaps(
    segments: Sequence[Segment], others: Sequence[Segment]
) -> Iterator[tuple[int, int, int]]:
    """Which segments share text with which others, both in text order and without overlap.

    Returns:
        Index of the segment, index of the other one, code points that they share; in text order.
    """
    first = 0
    for index, segment in enumerate(segments):
        while first < len(others) and others[first].end <= segment.start:
            first += 1
        for place in range(first, len(others)):
            other = others[place]
            if other.start >= segment.end:
                break
            yield index, place, min(segment.end, other.end) - max(segment.start, other.start)


def _integer(value: Any, what: str) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise DocumentError(f"{what}: expected a whole number, found {value!r}") from None


def _probability(value: Any, of: Segment | Relation) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise DocumentError(f"{of!r}: expected a score from 0 to 1, found {value!r}")
    return number


_REQUIRED = object()
_KINDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false",
          list: "a list", dict: "an object"}  # fmt: skip


def _kind(value: Any) -> str:
    return "null" if value is None else _KINDS.get(type(value), type(value).__name__)


def _get(data: Any, key: str, kind: type, where: str, default: Any = _REQUIRED) -> Any:
    """``data[key]``, checked to be of ``kind``; null counts as absent."""
    if not isinstance(data, Mapping):
        raise DocumentError(f"{where}: expected an object, found {_kind(data)}")
    value = data.get(key)
    if value is None:
        if default is _REQUIRED:
            raise DocumentError(f"{where}: the field {key!r} is missing")
        return default
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise DocumentError(f"{where}: {key!r} must be {_KINDS[kind]}, found {value!r:.60}")
    return value
