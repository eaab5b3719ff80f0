"""What every format has: where it is specified, what it cannot hold, how it is read and written.

A format is a module beside this one with two functions and a line in ``contend.formats.FORMATS``::

    def read_x(path: Path, options: ReadOptions = AS_IS) -> Iterator[Document]: ...
    def write_x(documents: Iterable[Document], path: Path) -> Losses: ...

A reader turns what it finds into ``Span`` and ``Link`` and lets ``contend.formats.assemble`` make
the document, so that overlaps, wrong offsets and relations to nothing are told, or repaired, in
the same way everywhere. What it passes over it counts in ``meta["ignored"]``. A writer replaces
``path`` only when all is written (``contend.files``) and returns what it had to leave out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from contend import scheme
from contend.document import Document
from contend.errors import FormatError

# What a format may be unable to hold; names of losses.
RELATIONS = "relations"
THESES = "marks of the thesis"
SEGMENT_SCORES = "scores of segments"
RELATION_SCORES = "scores of relations"
IDS = "ids of documents"
META = "entries of meta"
ATTRIBUTE_VALUES = "values of attributes"

#: Where ``meta`` keeps further properties of segments: name -> a value for every segment, ``None``
#: where it is absent. ``note`` is what an annotator wrote beside a segment.
ATTRIBUTES = "attributes"
NOTE = "note"

#: What readers say in ``meta`` about reading itself; never counted as lost.
IGNORED, REPAIRED = "ignored", "repaired"

#: The types of relation that are understood without being told, in lower case.
RELATION_TYPES = {
    "supports": scheme.SUPPORTS,
    "support": scheme.SUPPORTS,
    "attacks": scheme.ATTACKS,
    "attack": scheme.ATTACKS,
}


@dataclass(frozen=True, slots=True)
class Losses:
    """What a format could not hold: a name in the plural -> how many; zeros are left out.

    Losses add up: ``Losses({"relations": 2}) + Losses({"relations": 1})``; they are false if
    nothing is lost, and ``str`` lists them for people.
    """

    counts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = {name: number for name, number in self.counts.items() if number}
        object.__setattr__(self, "counts", kept)

    def __add__(self, other: Losses) -> Losses:
        return Losses(Counter(self.counts) + Counter(other.counts))

    def __bool__(self) -> bool:
        return bool(self.counts)

    def __str__(self) -> str:
        return ", ".join(f"{number:,} {name}" for name, number in self.counts.items()) or "nothing"


def losses_of(document: Document, *names: str, held_meta: Iterable[str] = ()) -> Losses:
    """How much ``document`` has of what a format cannot hold.

    Args:
        document: what is written.
        names: of ``RELATIONS``, ``THESES``, ``SEGMENT_SCORES``, ``RELATION_SCORES``, ``IDS``,
            ``META``.
        held_meta: keys of ``meta`` that the format does hold.
    """
    kept = {*held_meta, IGNORED, REPAIRED}
    counts = {
        RELATIONS: len(document.relations),
        THESES: int(document.thesis is not None),
        SEGMENT_SCORES: sum(segment.score is not None for segment in document.segments),
        RELATION_SCORES: sum(relation.score is not None for relation in document.relations),
        IDS: int(bool(document.id)),
        META: sum(key not in kept for key in document.meta),
    }
    return Losses({name: counts[name] for name in names})


def attributes_of(document: Document) -> dict[str, list[Any]]:
    """The attributes of segments in ``meta``: name -> a value for every segment.

    Returns:
        Nothing if there are none, or ``meta["attributes"]`` is something else.
    """
    return values_by_segment(document.meta.get(ATTRIBUTES), len(document.segments))


def values_by_segment(found: Any, n_segments: int) -> dict[str, list[Any]]:
    """``found`` if it has a value for each of ``n_segments`` segments under every name."""
    if isinstance(found, Mapping) and all(
        isinstance(name, str) and isinstance(values, list) and len(values) == n_segments
        for name, values in found.items()
    ):
        return dict(found)
    return {}


def meta_of_kept(document: Document, kept: Iterable[int]) -> dict[str, Any]:
    """``meta`` of a document of which only some segments are kept.

    Args:
        document: all of it.
        kept: the indices of those segments, ascending.
    """
    meta, places = dict(document.meta), list(kept)
    attributes = attributes_of(document)
    if attributes:
        meta[ATTRIBUTES] = {name: [of[at] for at in places] for name, of in attributes.items()}
    return meta


def report_of(document: Document, key: str) -> dict[str, int]:
    """The counts that a reader left in ``meta`` under ``IGNORED`` or ``REPAIRED``.

    Returns:
        Nothing if there are none, or the entry is something else, of the document's own.
    """
    found = document.meta.get(key)
    if isinstance(found, Mapping) and all(
        isinstance(name, str) and type(count) is int for name, count in found.items()
    ):
        return dict(found)
    return {}


def without_reports(document: Document) -> Document:
    """``document`` without what its reader said about reading it."""
    told = {key for key in (IGNORED, REPAIRED) if report_of(document, key)}
    if not told:
        return document
    return replace(document, meta={k: v for k, v in document.meta.items() if k not in told})


def meta_of_text(document: Document) -> dict[str, Any]:
    """What a document says of itself, without what is said of its segments or of reading it."""
    meta = dict(without_reports(document).meta)
    found = meta.get(ATTRIBUTES)
    # Lists of another length would be taken for those of the segments that are found.
    if isinstance(found, Mapping) and all(isinstance(values, list) for values in found.values()):
        del meta[ATTRIBUTES]
    return meta


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a user asks of a reader.

    Attributes:
        repair: mend what can be mended (see ``contend.formats.assemble``) and count it in
            ``meta["repaired"]``, instead of refusing the document.
        relation_types: the file's own type of a relation -> ``supports`` or ``attacks``; those
            of ``RELATION_TYPES``, in any case, need not be named.
        on_fault: called with the error of each document that cannot be read, after which reading
            goes on; by default the error is raised.
    """

    repair: bool = False
    relation_types: Mapping[str, str] | None = None
    on_fault: Callable[[FormatError], None] | None = None

    @contextmanager
    def reading_one(self) -> Iterator[None]:
        """Around what reads one document of several: its error goes to ``on_fault``."""
        try:
            yield
        except FormatError as error:
            if self.on_fault is None:
                raise
            self.on_fault(error)

    def relation_label(self, kind: str) -> str | None:
        """``supports`` or ``attacks``, ``None`` if nobody said what ``kind`` means."""
        known = self.relation_types or {}
        return known[kind] if kind in known else RELATION_TYPES.get(kind.lower())


#: Repair nothing.
AS_IS = ReadOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file format.

    Attributes:
        name: what ``--from`` and ``--to`` take.
        title: its name for people.
        extensions: endings of its files, with the dot, the usual one first.
        specification: the address of its specification.
        container: whether documents lie in one file, in a folder, or in either.
        cannot_hold: what is lost when documents are written (``RELATIONS``, ``THESES``, ... or
            in words).
        module: the module below ``contend.formats`` that reads and writes it.
        functions: the names of its reader and writer.
        several: whether one file may hold several documents.
        extra: the extra of contend that brings the library it needs, if any.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    specification: str
    container: Literal["file", "folder", "either"]
    cannot_hold: tuple[str, ...]
    module: str
    functions: tuple[str, str]
    several: bool = True
    extra: str = ""

    def read(self, path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
        """The documents in ``path``.

        Raises:
            FormatError: if ``path`` is not what the format says; the message names the place.
        """
        module = import_module(f"contend.formats.{self.module}")
        yield from getattr(module, self.functions[0])(Path(path), options)

    def write(self, documents: Iterable[Document], path: str | Path) -> Losses:
        """Write ``documents``, whole or not at all, and say what the format could not hold.

        Raises:
            FormatError: if they cannot be written.
        """
        module = import_module(f"contend.formats.{self.module}")
        losses: Losses = getattr(module, self.functions[1])(documents, Path(path))
        return losses


def file_stem(document: Document, path: Path, taken: set[str]) -> str:
    """The id of ``document`` as the name of a file in the folder ``path``, without an ending.

    Args:
        document: one of those that are written.
        path: the folder, for messages.
        taken: the names given so far, in folded case; the new one is added.

    Raises:
        FormatError: if the id cannot be a file's name, or another document has it.
    """
    name = document.id
    try:
        able = Path(name).name == name and os.fsencode(name) and "\0" not in name
    except UnicodeEncodeError:  # a lone surrogate
        able = False
    if not able or name.startswith("."):
        raise FormatError(
            f"{path}: a document's id becomes the name of its files; {name[:60]!r} cannot be one"
        )
    if name.casefold() in taken:
        raise FormatError(
            f"{path}: two documents have the id {name!r}, which becomes the name of their files; "
            "rename one"
        )
    taken.add(name.casefold())
    return name
