"""AIF and xAIF: a document as a graph of statements, inferences and conflicts, in JSON.

Source: http://www.argumentinterchange.org/specification, and for xAIF
https://pypi.org/project/xaif/ and https://github.com/arg-tech/OVA3

Written is xAIF, a file for each document: a segment is an I node, a relation an RA node (an
inference: it supports) or a CA node (a conflict: it attacks) between two of them, the text is
HTML in which the segments are marked, and ``OVA`` places the nodes, so that https://ova3.arg.tech
draws them. AIF knows no labels: they, the mark of the thesis, scores, attributes, ``meta`` and id
stand in a field ``contend``, as xAIF has fields of other tools; OVA leaves it out when it saves.

Read are these, xAIF of other tools and AIF as AIFdb exports it, with the article in ``NAME.txt``
beside it where the file has no text. A statement stands where its I node is marked, or the
locution (L node) that says it, else where its words are found; statements whose words are not in
the text are counted in ``meta["ignored"]``, and so are other kinds of nodes. The label is
``proposition`` unless a field ``propositionClassifier`` gives another. Every premise of an
inference has a relation to its conclusion.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from contend import scheme
from contend.document import Document
from contend.errors import FormatError
from contend.files import read_json, replacing, replacing_folder
from contend.formats.aif_graph import OWN, Graph
from contend.formats.assemble import assemble
from contend.formats.base import (
    AS_IS,
    ATTRIBUTES,
    IGNORED,
    REPAIRED,
    Losses,
    ReadOptions,
    attributes_of,
    file_stem,
)
from contend.formats.jsonl import encode_json
from contend.formats.marked_text import mark

_JSON = ".json"
_ADVICE = "a graph of one article has no such size; is it AIF?"
_TYPES = {"RA": scheme.SUPPORTS, "CA": scheme.ATTACKS}
# Of a relation: type and text of the node, number of the scheme in AIFdb.
_NODES = {
    scheme.SUPPORTS: ("RA", "Default Inference", "72"),
    scheme.ATTACKS: ("CA", "Default Conflict", "71"),
}


def read_aif(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The document of a file, or those of the ``.json`` files in a folder.

    Raises:
        FormatError: if a file is not AIF or xAIF, or there is no text.
    """
    path = Path(path)
    files = sorted(path.glob(f"*{_JSON}")) if path.is_dir() else [path]
    if not files:
        raise FormatError(f"{path}: expected .json files in this folder, found none")
    for file in files:
        with options.reading_one():
            data = read_json(file, advice=_ADVICE)
            yield _decode(data, file, file.with_suffix(".txt"), options)


def write_aif(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` as xAIF.

    Args:
        documents: with ids that can be names of files, or a single one.
        path: a folder, or ``NAME.json`` for a single document.

    Returns:
        No losses: a file holds all that a document has.

    Raises:
        FormatError: if an id cannot name a file or is given twice, or JSON cannot hold a document.
    """
    path = Path(path)
    if path.suffix.lower() == _JSON and not path.is_dir():
        every = list(documents)
        if len(every) != 1:
            raise FormatError(
                f"{path}: a file of xAIF holds one document, found {len(every)}; name a folder"
            )
        content = encode_aif(every[0])
        with replacing(path) as file:
            file.write(content)
        return Losses()
    taken: set[str] = set()
    with replacing_folder(path) as folder:
        for document in documents:
            stem = file_stem(document, path, taken)
            (folder / f"{stem}{_JSON}").write_bytes(encode_aif(document))
    return Losses()


def encode_aif(document: Document) -> bytes:
    """The content of a file of xAIF for ``document``.

    Raises:
        FormatError: if JSON cannot hold it; see ``Document.to_json``.
    """
    attributes = attributes_of(document)
    ids = [str(number + 1) for number in range(len(document.segments))]
    nodes: list[dict[str, Any]] = []
    own: list[dict[str, Any]] = []
    for index, (name, segment) in enumerate(zip(ids, document.segments, strict=True)):
        nodes.append({"nodeID": name, "text": segment.text, "type": "I"})
        said = {key: of[index] for key, of in attributes.items() if of[index] is not None}
        own.append(
            {"nodeID": name, "label": segment.label}
            | ({"thesis": True} if segment.thesis else {})
            | ({} if segment.score is None else {"score": segment.score})
            | ({ATTRIBUTES: said} if said else {})
        )
    edges: list[dict[str, Any]] = []
    schemes = []
    for number, relation in enumerate(document.relations, len(ids) + 1):
        kind, words, scheme_id = _NODES[relation.label]
        nodes.append({"nodeID": str(number), "text": words, "type": kind})
        schemes.append({"nodeID": str(number), "schemeID": scheme_id})
        for ends in ((ids[relation.source], str(number)), (str(number), ids[relation.target])):
            edges.append({"edgeID": len(edges) + 1, "fromID": ends[0], "toID": ends[1]})
        if relation.score is not None:
            own.append({"nodeID": str(number), "score": relation.score})
    held = ATTRIBUTES if attributes else None
    meta = {k: v for k, v in document.meta.items() if k not in (IGNORED, REPAIRED, held)}
    spans = (
        (f"node{name}", segment.start, segment.end)
        for name, segment in zip(ids, document.segments, strict=True)
    )
    value = {
        "AIF": {
            "nodes": nodes,
            "edges": edges,
            "schemefulfillments": schemes,
            "descriptorfulfillments": [],
            "participants": [],
            "locutions": [],
        },
        "text": mark(document.text, spans),
        "dialog": False,
        "OVA": _layout(document, edges),
        OWN: {"id": document.id, "nodes": own, "meta": meta},
    }
    return encode_json(value, document) + b"\n"


def _layout(document: Document, edges: list[dict[str, Any]]) -> dict[str, Any]:
    """Where OVA draws the nodes: what is argued for above, side by side what is equally deep."""
    depths = _depths(document)
    across: Counter[int] = Counter()
    places = []
    for depth in depths:
        places.append((50 + 280 * across[depth], 50 + 300 * depth))
        across[depth] += 1
    for relation in document.relations:
        (x1, y1), (x2, y2) = places[relation.source], places[relation.target]
        places.append(((x1 + x2) // 2, (y1 + y2) // 2))
    return {
        "firstname": "",
        "surname": "",
        "url": "",
        "nodes": [
            {"nodeID": str(number), "visible": True, "x": x, "y": y, "timestamp": ""}
            for number, (x, y) in enumerate(places, 1)
        ],
        "edges": [
            {"fromID": each["fromID"], "toID": each["toID"], "visible": True} for each in edges
        ],
    }


def _depths(document: Document) -> list[int]:
    """How many relations lead from each segment to one that has none, at least."""
    sources = defaultdict(list)
    for relation in document.relations:
        sources[relation.target].append(relation.source)
    outgoing = {relation.source for relation in document.relations}
    depths: dict[int, int] = {}
    level = [index for index in range(len(document.segments)) if index not in outgoing]
    while level:
        depth = max(depths.values(), default=-1) + 1
        depths |= dict.fromkeys(level, depth)
        level = [each for index in level for each in sources[index] if each not in depths]
    return [depths.get(index, 0) for index in range(len(document.segments))]


def _decode(data: Any, file: Path, beside: Path, options: ReadOptions) -> Document:
    graph = Graph(str(file), data)
    text, places = graph.text_and_places(beside)
    types = {**_TYPES, **(options.relation_types or {})}
    spans = list(graph.spans(text, places))
    links = list(graph.links(types))
    return assemble(
        text,
        spans,
        links,
        where=str(file),
        options=replace(options, relation_types=types),
        id=graph.own.get("id", file.stem),
        meta=graph.own.get("meta", {}),
        ignored=graph.ignored,
    )
