"""What survives every pair of file formats: ``python benchmarks/formats.py``.

Soapbox, and the test part of the essays where they are at hand, go through a first format and
then through a second one, and are compared with what they were. Neither has scores, so every
segment and relation gets one that is made up. Formats whose library is not installed are skipped,
and the record says so. Writes benchmarks/results/formats.json.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from records import environment, write_record

from contend import ContendError, read_corpus
from contend.document import Document
from contend.errors import MissingDependencyError
from contend.formats import FORMATS, read_documents, write_documents

_LIBRARIES = {"dkpro-cassis": "cassis", "datasets": "datasets"}
#: What is compared: the text, the places of segments, their labels, and so on.
FEATURES = (
    "texts",
    "segments",
    "labels",
    "relations",
    "thesis",
    "segment scores",
    "relation scores",
    "ids",
    "meta",
)


def survival(before: Sequence[Document], after: Sequence[Document]) -> dict[str, int]:
    """For each of ``FEATURES`` how many of ``before`` are in ``after``.

    Documents are matched by id, or by their order if ids are lost.
    """
    by_id = {document.id: document for document in after}
    ids_are_kept = any(document.id in by_id for document in before)
    kept: Counter[str] = Counter()
    for place, document in enumerate(before):
        in_order = after[place] if place < len(after) else Document("")
        found = by_id.get(document.id, Document("")) if ids_are_kept else in_order
        was, now = _facts(document), _facts(found)
        for name in FEATURES:
            kept[name] += len(was[name] & now[name])
    return {name: kept[name] for name in FEATURES}


def _facts(document: Document) -> dict[str, set[Any]]:
    segments = document.segments
    places = [(each.start, each.end) for each in segments]
    relations = [
        (places[each.source], places[each.target], each.label, each.score)
        for each in document.relations
    ]
    return {
        "texts": {document.text},
        "segments": set(places),
        "labels": {(each.start, each.end, each.label) for each in segments},
        "relations": {each[:3] for each in relations},
        "thesis": {(each.start, each.end) for each in segments if each.thesis},
        "segment scores": {(e.start, e.end, e.score) for e in segments if e.score is not None},
        "relation scores": {each for each in relations if each[3] is not None},
        "ids": {document.id},
        "meta": {(key, repr(value)) for key, value in document.meta.items()},
    }


def with_scores(documents: Iterable[Document]) -> list[Document]:
    """The documents with made-up scores, no two neighbours with the same."""
    return [
        replace(
            document,
            segments=tuple(
                replace(each, score=(place % 97 + 1) / 98)
                for place, each in enumerate(document.segments)
            ),
            relations=tuple(
                replace(each, score=(place % 89 + 1) / 90)
                for place, each in enumerate(document.relations)
            ),
        )
        for document in documents
    ]


def corpora() -> dict[str, list[Document]]:
    """What is at hand."""
    found = {}
    for name, splits in (("soapbox", ("train", "dev", "test")), ("essays", ("test",))):
        try:
            read = read_corpus(name)
        except ContendError as error:
            print(f"{name} is skipped: {error}", file=sys.stderr)
            continue
        found[name] = with_scores(each for split in splits for each in read[split])
    return found


def measure(documents: Sequence[Document], folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """A row for each pair of formats, and the formats that could not be used."""
    through: dict[str, list[Document]] = {}
    skipped: list[str] = []
    rows = []
    for name in FORMATS:
        try:
            through[name] = _through(documents, name, folder / name)
        except (MissingDependencyError, ModuleNotFoundError) as error:
            print(f"{name} is skipped: {error}", file=sys.stderr)
            skipped.append(name)
    for first, read in through.items():
        for second in through:
            found = _through(read, second, folder / f"{first}-{second}")
            rows.append({"formats": [first, second], "kept": survival(documents, found)})
            print(f"{first} -> {second}", file=sys.stderr)
    return rows, skipped


def _through(documents: Iterable[Document], name: str, folder: Path) -> list[Document]:
    folder.mkdir()
    each = FORMATS[name]
    path = folder / (f"all{each.extensions[0]}" if each.container == "file" else "all")
    write_documents(documents, path, format=name)
    return list(read_documents(path, format=name))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the record."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args(arguments)
    measured = []
    for corpus, documents in corpora().items():
        with tempfile.TemporaryDirectory() as folder:
            rows, skipped = measure(documents, Path(folder))
        measured.append(
            {
                "corpus": corpus,
                "n_documents": len(documents),
                "totals": survival(documents, documents),
                "formats": [name for name in FORMATS if name not in skipped],
                "skipped": skipped,
                "rows": rows,
            }
        )
    libraries = {name: version(name) for name in _LIBRARIES if find_spec(_LIBRARIES[name])}
    record = {"environment": environment(threads=1), "libraries": libraries, "corpora": measured}
    print(write_record("formats", record))


if __name__ == "__main__":
    main()
