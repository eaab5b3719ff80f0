"""Groups of documents, or of places in documents, whose scores are given apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contend.document import Document
from contend.errors import ConfigError
from contend.metrics.words import word_starts

LENGTH, POSITION = "length", "position"
UNKNOWN = "unknown"
_N_LENGTHS = 3
_QUARTERS = ("first quarter", "second quarter", "third quarter", "last quarter")


class Stretch(NamedTuple):
    """A part of a text: code points ``start`` to ``end``, half-open, and its group."""

    start: int
    end: int
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """A division of documents into groups.

    Attributes:
        by: what divides them.
        names: the name of each group, in the order of a report.
        stretches: for each document the stretches that its text consists of, in order; each is
            of another group.
    """

    by: str
    names: tuple[str, ...]
    stretches: tuple[tuple[Stretch, ...], ...]

    def members(self, group: int) -> Iterator[tuple[int, Stretch]]:
        """The documents that the group has a stretch of: index and stretch."""
        for index, of in enumerate(self.stretches):
            yield from ((index, stretch) for stretch in of if stretch.group == group)

    def group(self, document: int, place: int) -> int:
        """The group of the code point ``place`` of the document with this index."""
        of = self.stretches[document]
        return of[bisect_right(of, place, lo=1, key=lambda each: each.start) - 1].group


def group_documents(documents: Sequence[Document], by: str) -> Grouping:
    """Divide ``documents``.

    Args:
        documents: the gold documents.
        by: ``length`` (thirds of the documents, by words), ``position`` (quarters of each text,
            by code points), or a key of ``meta``, such as ``outlet``; documents without it are
            ``unknown``, the last group.

    Raises:
        ConfigError: if no document has the key.
    """
    if not documents:
        return Grouping(by=by, names=(), stretches=())
    if by == POSITION:
        return Grouping(by=by, names=_QUARTERS, stretches=tuple(map(_quarters, documents)))
    names, groups = _lengths(documents) if by == LENGTH else _values(documents, by)
    whole = (
        (Stretch(0, len(document.text), group),)
        for document, group in zip(documents, groups, strict=True)
    )
    return Grouping(by=by, names=tuple(names), stretches=tuple(whole))


def _quarters(document: Document) -> tuple[Stretch, ...]:
    n = len(_QUARTERS)
    cuts = [len(document.text) * quarter // n for quarter in range(n + 1)]
    return tuple(Stretch(cuts[place], cuts[place + 1], place) for place in range(n))


def _lengths(documents: Sequence[Document]) -> tuple[list[str], list[int]]:
    n_words = [len(word_starts(document.text)) for document in documents]
    ranked = sorted(n_words)
    edges = [ranked[len(ranked) * third // _N_LENGTHS] for third in range(1, _N_LENGTHS)]
    thirds = [bisect_right(edges, n) for n in n_words]
    # Documents of equal length stay together, so a third may be empty.
    places = {third: place for place, third in enumerate(sorted(set(thirds)))}
    names = []
    for third in places:
        inside = [n for n, of in zip(n_words, thirds, strict=True) if of == third]
        names.append(f"{min(inside)}-{max(inside)} words")
    return names, [places[third] for third in thirds]


def _values(documents: Sequence[Document], key: str) -> tuple[list[str], list[int]]:
    values = [_value(document, key) for document in documents]
    names = sorted(set(values) - {UNKNOWN})
    if not names:
        known = sorted(
            {
                name
                for document in documents
                for name in document.meta
                if _value(document, name) != UNKNOWN
            }
        )
        raise ConfigError(
            f"none of the {len(documents)} documents has {key!r} in its meta; expected one of "
            f"{', '.join([LENGTH, POSITION, *known])}"
        )
    if UNKNOWN in values:
        names.append(UNKNOWN)
    return names, [names.index(value) for value in values]


def _value(document: Document, key: str) -> str:
    """What meta says under ``key``; lists and objects name no group."""
    found = document.meta.get(key)
    return str(found) if isinstance(found, str | int | float) and found != "" else UNKNOWN
