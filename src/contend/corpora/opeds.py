"""Op-eds: opinion articles of many outlets; some with our stand-off annotation, the rest a pool.

Source: Baly et al., "We Can Detect Your Bias", EMNLP 2020, and NatSciEdCC (Stede et al., 2023);
the card says how they were chosen.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contend import resources
from contend.corpora.base import Corpus
from contend.document import Document
from contend.formats.standoff import read_standoff

# In the index, the year 1 stands for a date that nobody knows.
_NO_DATE = "0001-"


class OpEds(Corpus):
    """Reader of ``text/ID.txt`` with ``INDEX.tsv``, and of ``unlabelled.jsonl.gz``.

    The articles of ``train`` and ``dev`` have segments, from the annotations in the repository;
    those of ``unlabelled`` have none. Reserved articles are in no split.
    """

    name = "opeds"
    folder = "opeds"
    scheme_boundaries = True

    def documents(self, path: Path) -> Iterator[Document]:
        """The articles of the index that are not reserved, then the pool, each in file order.

        Raises:
            CorpusError: if a text is not the one that was annotated.
        """
        annotations = resources.corpora_folder() / self.name / "annotations"
        for document in _articles(path):
            annotation = annotations / f"{document.id}.json"
            if not annotation.is_file():
                yield document
                continue
            expected = (
                f"corpus {self.name!r}: expected the text of {document.id!r} that was annotated"
            )
            yield self.annotated(read_standoff(annotation), document.text, expected, document.meta)


def _articles(path: Path) -> Iterator[Document]:
    """All articles that are not reserved, without segments."""
    reserved = set((path / "reserved.txt").read_text(encoding="utf-8").split())
    with (path / "INDEX.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["id"] not in reserved:
                text = (path / "text" / f"{row['id']}.txt").read_bytes().decode("utf-8")
                yield Document(text, id=row["id"], meta=_meta(row))
    with gzip.open(path / "unlabelled.jsonl.gz", "rt", encoding="utf-8") as lines:
        for item in map(json.loads, lines):
            yield Document(item["text"], id=item["id"], meta=_meta(item))


def _meta(item: dict[str, Any]) -> dict[str, str]:
    known = {key: item.get(key) or "" for key in ("outlet", "lean", "date", "topic")}
    if known["date"].startswith(_NO_DATE):
        known["date"] = ""
    return {"corpus": OpEds.name, **{key: value for key, value in known.items() if value}}
