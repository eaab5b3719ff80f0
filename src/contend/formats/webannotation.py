"""W3C Web Annotation: documents as a collection of annotations, in JSON-LD.

Source: https://www.w3.org/TR/annotation-model/ and https://www.w3.org/TR/annotation-vocab/

A document is a resource with an annotation that describes it: its body is the text, so that a
file is whole; a second body is its id, a third, of the format ``application/json``, its ``meta``.
A segment is an annotation of the motivation ``classifying`` whose body is the label. It selects
its passage by position and by quotation, with 32 characters around it. Further bodies are the tag
``thesis``, the score (purpose ``assessing``), the annotator's note (``commenting``) and other
attributes (JSON). A relation is an annotation of the motivation ``linking`` from one annotation
(its target) to another (its body), with the label as a second body.

Positions count Unicode code points, as the model asks ("the selection of the text MUST be in terms
of unicode code points"); those of programs that count UTF-16 units are found out by the quotation.

Read are collections, pages, lists and single annotations. A text that is not in the file is taken
from ``NAME.txt`` beside it, or, where annotations of several sources are in it, from the file
beside it that has the last part of the source's address as its name. Relations may also have both
annotations as targets, as RecogitoJS (https://github.com/recogito/recogito-js) writes them.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from contend.document import Document
from contend.files import replacing
from contend.formats.annotation_sources import read_annotations
from contend.formats.annotations import (
    ASSESSING,
    CLASSIFYING,
    COMMENTING,
    DESCRIBING,
    IDENTIFYING,
    JSON_FORMAT,
    LINKING,
    TAGGING,
    THESIS,
)
from contend.formats.base import (
    AS_IS,
    ATTRIBUTES,
    IGNORED,
    NOTE,
    REPAIRED,
    Losses,
    ReadOptions,
    attributes_of,
)
from contend.formats.jsonl import encode_json, encode_jsonl

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_AROUND = 32  # characters of a quotation's prefix and suffix


def read_webannotation(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents of a file, in the order in which their sources appear.

    Raises:
        FormatError: if the file is not JSON-LD of annotations, or there is no text.
    """
    yield from read_annotations(Path(path), options)


def write_webannotation(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` as one annotation collection.

    Returns:
        No losses: a collection holds all that a document has.

    Raises:
        FormatError: if the file cannot be written, or JSON cannot hold a document.
    """
    total = 0
    documents = iter(documents)
    first = next(documents, None)
    name = _urn(_seed(first, 0) + b"\0collection" if first else b"collection")
    every = [] if first is None else chain([first], documents)
    with replacing(path) as file:
        head = f'"@context": "{CONTEXT}", "id": "{name}", "type": "AnnotationCollection"'
        page = f'"id": "{name}#1", "type": "AnnotationPage", "partOf": "{name}", "startIndex": 0'
        file.write(f'{{{head},\n"first": {{{page}, "items": ['.encode())
        for index, document in enumerate(every):
            encode_jsonl(document)  # finds what JSON cannot hold, and says it
            annotations = list(_annotations(document, index))
            # Without the brackets of a list: the items go on with the next document.
            written = encode_json(annotations, document)[1:-1]
            file.write((b",\n" if total else b"\n") + written)
            total += len(annotations)
        file.write(f'\n]}},\n"total": {total}}}\n'.encode())
    return Losses()


def _annotations(document: Document, index: int) -> Iterator[dict[str, Any]]:
    seed = _seed(document, index)
    source = _urn(seed)
    names = [_urn(seed + b"\0s%d" % number) for number in range(len(document.segments))]
    attributes = attributes_of(document)
    held = ATTRIBUTES if attributes else None
    meta = {k: v for k, v in document.meta.items() if k not in (IGNORED, REPAIRED, held)}
    bodies = [_text(document.text, DESCRIBING, format="text/plain")]
    bodies.append(_text(document.id, IDENTIFYING))
    if meta:
        bodies.append(_json(meta))
    yield _annotation(_urn(seed + b"\0text"), DESCRIBING, bodies, source)
    for number, segment in enumerate(document.segments):
        bodies = [_text(segment.label, CLASSIFYING)]
        if segment.thesis:
            bodies.append(_text(THESIS, TAGGING))
        if segment.score is not None:
            bodies.append(_text(repr(segment.score), ASSESSING))
        said = {key: of[number] for key, of in attributes.items() if of[number] is not None}
        if isinstance(said.get(NOTE), str):
            bodies.append(_text(said.pop(NOTE), COMMENTING))
        if said:
            bodies.append(_json(said))
        selectors = _selectors(document.text, segment.start, segment.end)
        target = {"source": source, "selector": selectors}
        yield _annotation(names[number], CLASSIFYING, bodies, target)
    for number, relation in enumerate(document.relations):
        linked: list[Any] = [names[relation.target], _text(relation.label, CLASSIFYING)]
        if relation.score is not None:
            linked.append(_text(repr(relation.score), ASSESSING))
        yield _annotation(_urn(seed + b"\0r%d" % number), LINKING, linked, names[relation.source])


def _annotation(name: str, motivation: str, bodies: list[Any], target: Any) -> dict[str, Any]:
    return {
        "id": name,
        "type": "Annotation",
        "motivation": motivation,
        "body": bodies,
        "target": target,
    }


def _text(value: str, purpose: str, **more: str) -> dict[str, str]:
    return {"type": "TextualBody", "purpose": purpose, "value": value, **more}


def _json(value: Any) -> dict[str, str]:
    return _text(json.dumps(value), DESCRIBING, format=JSON_FORMAT)


def _selectors(text: str, start: int, end: int) -> list[dict[str, Any]]:
    return [
        {"type": "TextPositionSelector", "start": start, "end": end},
        {
            "type": "TextQuoteSelector",
            "exact": text[start:end],
            "prefix": text[max(0, start - _AROUND) : start],
            "suffix": text[end : end + _AROUND],
        },
    ]


def _seed(document: Document, index: int) -> bytes:
    return f"{index}\0{document.id}\0{document.text}".encode("utf-8", "surrogatepass")


def _urn(seed: bytes) -> str:
    """An address that is the same each time the same is written."""
    return uuid.UUID(bytes=hashlib.sha256(seed).digest()[:16], version=5).urn
