r"""JSON Lines: one document a line, as ``Document.to_dict`` describes it, in UTF-8.

Lines end with ``\n``; blank lines are passed over. A byte order mark and bytes that are not UTF-8
are refused, lone surrogates are escaped, so what was written is read back the same. Fields that a
document does not have are counted in ``meta["ignored"]``.

Source: https://jsonlines.org
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from contend.document import Document, parse_json
from contend.errors import DocumentError, FormatError
from contend.files import decode_line, read_lines, replacing
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import AS_IS, IGNORED, Losses, ReadOptions

# What a document, a segment and a relation have; see ``Document.to_dict``.
_FIELDS = {"id", "text", "segments", "relations", "meta"}
_SEGMENT_FIELDS = {"start", "end", "label", "score", "thesis", "text"}
_RELATION_FIELDS = {"source", "target", "label", "score"}
_DOCCANO_FIELDS = ("entities", "label", "labels")
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_jsonl(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents in the file ``path``, one after another, in bounded memory.

    Raises:
        FormatError: if the file cannot be read or a line is not a document; the message names
            the file and the line.
    """
    try:
        with Path(path).open("rb") as file:
            yield from decode_jsonl(file, where=str(path), options=options)
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None


def decode_jsonl(file: BinaryIO, *, where: str, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents in an open file.

    Args:
        file: open for reading bytes.
        where: its name, for messages.
        options: what to repair and how to understand relations.

    Raises:
        FormatError: if a line is not a document.
    """
    for place, line in json_lines(file, where=where, options=options):
        with options.reading_one():
            yield _decode(line, place, options)


def json_lines(file: BinaryIO, *, where: str, options: ReadOptions) -> Iterator[tuple[str, str]]:
    """The lines of a JSON Lines file that are not blank, each after its place for messages.

    Raises:
        FormatError: if the file begins with a byte order mark or a line is not UTF-8.
    """
    for number, raw in read_lines(file, where=where):
        place = f"{where}, line {number}"
        line = ""
        with options.reading_one():
            line = _line(raw, place, first=number == 1)
        if line.strip():
            yield place, line


def write_jsonl(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` to the file ``path``, which is replaced once all are written.

    Returns:
        No losses: a line holds all that a document has.

    Raises:
        FormatError: if the file cannot be written, or JSON cannot hold a document.
    """
    with replacing(path) as file:
        for document in documents:
            file.write(encode_jsonl(document))
    return Losses()


def encode_jsonl(document: Document) -> bytes:
    """``document`` as one line with its line end.

    Raises:
        FormatError: if JSON cannot hold it; see ``Document.to_json``.
    """
    try:
        return f"{document.to_json()}\n".encode()
    except DocumentError as error:
        raise FormatError(str(error)) from None


def encode_json(value: Any, document: Document) -> bytes:
    """``value``, made of what ``document`` holds, as JSON in one line; lone surrogates escaped.

    Raises:
        FormatError: if JSON cannot hold the document; see ``Document.to_json``.
    """
    encode_jsonl(document)  # finds what JSON cannot hold, and says it
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return written.encode("utf-8", "backslashreplace")


def _line(raw: bytes, place: str, *, first: bool) -> str:
    if first and raw.startswith(_MARKS):
        raise FormatError(
            f"{place}: begins with a byte order mark, which JSON Lines does not allow; save the "
            "file as UTF-8 without it"
        )
    return decode_line(raw, where=place)


def _decode(line: str, place: str, options: ReadOptions) -> Document:
    try:
        data = parse_json(line)
    except DocumentError as error:
        raise FormatError(f"{place}: {error}") from None
    ignored = _ignored(data, place)
    try:
        document = Document.from_dict(data)
    except DocumentError as error:
        return _mended(data, place, options, ignored, error)
    if ignored:
        document = replace(document, meta={**document.meta, IGNORED: dict(ignored)})
    return document


def _ignored(data: Any, place: str) -> Counter[str]:
    """The fields that a document does not have, counted.

    Raises:
        FormatError: if doccano has its segments in one of them.
    """
    if not isinstance(data, Mapping):
        return Counter()
    found = [key for key in _DOCCANO_FIELDS if isinstance(data.get(key), list)]
    if found and "segments" not in data:
        raise FormatError(
            f"{place}: expected the field 'segments', found {found[0]!r}; is this a file of "
            "doccano? Read it as one: contend convert IN OUT --from doccano"
        )
    ignored = Counter(f"fields {key}" for key in data if key not in _FIELDS)
    for name, known in (("segments", _SEGMENT_FIELDS), ("relations", _RELATION_FIELDS)):
        items = data.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Mapping) and not known.issuperset(item):
                ignored.update(f"fields {key} of {name}" for key in item if key not in known)
    return ignored


def _mended(
    data: Any,
    place: str,
    options: ReadOptions,
    ignored: Mapping[str, int],
    error: DocumentError,
) -> Document:
    """The document after a closer look at ``error``, repaired if the user asked for it."""
    try:
        spans = [_span(index, item) for index, item in enumerate(data.get("segments") or [])]
        links = [_link(index, item) for index, item in enumerate(data.get("relations") or [])]
        text, name = data["text"], data.get("id") or ""
        meta = dict(data.get("meta") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        # What has not even the form of a document gets the message that says so.
        raise FormatError(f"{place}: {error}") from None
    if not isinstance(text, str) or not isinstance(name, str):
        raise FormatError(f"{place}: {error}")
    where = f"{place}: document {name!r}" if name else place
    starts = [span.start for span in spans]
    unsorted = {"documents with segments out of order, sorted": int(starts != sorted(starts))}
    mended = assemble(
        text,
        spans,
        links,
        where=where,
        options=options,
        id=name,
        meta=meta,
        ignored=ignored,
        repaired=unsorted,
    )
    if not options.repair:  # the closer look found nothing to be wrong with the places
        raise FormatError(f"{place}: {error}")
    return mended


def _span(index: int, item: dict[str, Any]) -> Span:
    return Span(
        start=_whole(item["start"]),
        end=_whole(item["end"]),
        label=item["label"],
        name=str(index),
        quoted=item.get("text"),
        thesis=item.get("thesis") or False,
        score=item.get("score"),
    )


def _link(index: int, item: dict[str, Any]) -> Link:
    return Link(
        source=str(_whole(item["source"])),
        target=str(_whole(item["target"])),
        label=item["label"],
        score=item.get("score"),
    )


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value
