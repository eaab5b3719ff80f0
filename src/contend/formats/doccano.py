"""doccano: JSON Lines with entities and relations, the form "JSONL (relation)".

Source: https://doccano.github.io/doccano/ and, for the relation form,
https://github.com/doccano/doccano/pull/1703 and https://github.com/doccano/doccano/pull/1823

A line is a document: ``text``, ``entities`` (``id``, ``label``, ``start_offset``,
``end_offset``) and ``relations`` (``from_id``, ``to_id``, ``type``). What else stands in a line
doccano keeps as metadata and exports again: ``id`` and ``meta`` survive there. The older forms
with ``label`` or ``labels``, lists of start, end and label, are read too.

Offsets count UTF-16 units, as doccano's editor does
(https://github.com/doccano/doccano/issues/2290), unless the project counts grapheme clusters;
then texts with emoji do not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from contend.document import Document
from contend.errors import FormatError
from contend.files import replacing, strict_json
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import (
    AS_IS,
    RELATION_SCORES,
    SEGMENT_SCORES,
    THESES,
    Losses,
    ReadOptions,
    losses_of,
)
from contend.formats.jsonl import encode_json, json_lines
from contend.formats.units import utf16_places

_OLD_FORMS = ("label", "labels")


def read_doccano(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents in an export or a file for import, one after another, in bounded memory.

    Raises:
        FormatError: if the file cannot be read or a line is not one of doccano; the message names
            the file and the line.
    """
    try:
        with Path(path).open("rb") as file:
            for place, line in json_lines(file, where=str(path), options=options):
                with options.reading_one():
                    yield _decode(line, place, options)
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None


def write_doccano(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` for import into a project for sequence labelling with relations.

    Returns:
        What doccano could not hold: scores and the mark of the thesis.

    Raises:
        FormatError: if the file cannot be written, or JSON cannot hold a document.
    """
    losses = Losses()
    with replacing(path) as file:
        for document in documents:
            losses += losses_of(document, THESES, SEGMENT_SCORES, RELATION_SCORES)
            file.write(_encode(document))
    return losses


def _decode(line: str, place: str, options: ReadOptions) -> Document:
    try:
        data = strict_json(line)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{place}: expected a JSON object: {error}") from None
    text = data.get("text", data.get("data")) if isinstance(data, Mapping) else None
    if not isinstance(text, str):
        raise FormatError(
            f"{place}: expected an object with the article under 'text', found {str(data)[:60]!r}"
        )
    name = "" if data.get("id") is None else str(data["id"])
    where = f"{place}: document {name!r}" if name else place
    places = utf16_places(text)
    try:
        spans = [
            _span(item, index, places, where) for index, item in enumerate(_entities(data, where))
        ]
        links = [
            Link(source=str(item["from_id"]), target=str(item["to_id"]), label=item["type"])
            for item in data.get("relations") or []
        ]
    except FormatError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FormatError(
            f"{where}: expected entities with id, label, start_offset and end_offset, relations "
            f"with from_id, to_id and type; missing or of another kind: {error}"
        ) from None
    known = {"id", "text", "data", "meta", "entities", "relations", "Comments", *_OLD_FORMS}
    meta = {key: value for key, value in data.items() if key not in known}
    if isinstance(data.get("meta"), Mapping):
        meta |= data["meta"]
    elif data.get("meta") is not None:
        meta["meta"] = data["meta"]
    if data.get("Comments"):
        meta["comments"] = data["Comments"]
    # Of a text, and of segments, that are there twice only one is read.
    twice = [key for key in ("text", "data") if key in data][1:]
    twice += [key for key in ("entities", *_OLD_FORMS) if key in data][1:]
    ignored = {f"fields {key}": 1 for key in twice}
    return assemble(
        text, spans, links, where=where, options=options, id=name, meta=meta, ignored=ignored
    )


def _entities(data: Mapping[str, Any], where: str) -> Iterable[Mapping[str, Any]]:
    if "entities" in data:
        entities: Iterable[Mapping[str, Any]] = data["entities"] or []
        return entities
    for key in _OLD_FORMS:
        if key in data:
            return [
                {"id": index, "start_offset": start, "end_offset": end, "label": label}
                for index, (start, end, label) in enumerate(data[key] or [])
            ]
    raise FormatError(
        f"{where}: expected 'entities' and 'relations', or 'label', found {', '.join(data)}; "
        "export as JSONL (relation)"
    )


def _span(item: Mapping[str, Any], index: int, places: list[int | None], where: str) -> Span:
    start, end = item["start_offset"], item["end_offset"]
    if type(start) is not int or type(end) is not int:
        raise TypeError("start_offset and end_offset as whole numbers")
    at = [places[offset] if 0 <= offset < len(places) else offset for offset in (start, end)]
    if None in at:
        raise FormatError(
            f"{where}: entity {item.get('id', index)} {start}:{end}: expected UTF-16 units, but an "
            "offset lies inside of a character; switch 'Count grapheme clusters as one character' "
            "off in the doccano project"
        )
    first, last = (offset or 0 for offset in at)
    return Span(start=first, end=last, label=item["label"], name=str(item.get("id", index)))


def _encode(document: Document) -> bytes:
    units = [0]
    for character in document.text:
        units.append(units[-1] + 1 + (character > "\uffff"))
    line = {
        "id": document.id,
        "text": document.text,
        "entities": [
            {
                "id": index,
                "label": segment.label,
                "start_offset": units[segment.start],
                "end_offset": units[segment.end],
            }
            for index, segment in enumerate(document.segments)
        ],
        "relations": [
            {"from_id": relation.source, "to_id": relation.target, "type": relation.label}
            for relation in document.relations
        ],
        "meta": dict(document.meta),
    }
    return encode_json(line, document) + b"\n"
