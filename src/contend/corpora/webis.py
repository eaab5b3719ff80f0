"""Webis-Editorials-16: news editorials in tiles, each with the type of its unit.

Source: Al-Khatib et al., "A News Editorial Corpus for Mining Argumentation Strategies", COLING
2016; as redistributed with Syed et al., COLING 2020 (github.com/webis-de/COLING-20).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from contend import resources
from contend.corpora.base import Corpus
from contend.document import Document, Segment, with_segments
from contend.errors import CorpusError
from contend.formats.standoff import hash_text
from contend.scheme import CLAIM, COUNTERCLAIM, EVIDENCE, join_labels

# Closing punctuation follows the tile before it without a blank.
_CLOSING = frozenset(",.:;!?)]%")
_NOT_A_UNIT = frozenset({"no-unit", "title"})
_SCHEME = {
    "assumption": join_labels((CLAIM, COUNTERCLAIM)),
    "anecdote": join_labels((EVIDENCE, COUNTERCLAIM)),
    "testimony": join_labels((EVIDENCE, COUNTERCLAIM)),
    "statistics": join_labels((EVIDENCE, COUNTERCLAIM)),
    "common-ground": join_labels((CLAIM, EVIDENCE, COUNTERCLAIM)),
}


class WebisEditorials(Corpus):
    """Reader of ``data-source/OUTLET/NUMBER-title.json``.

    Labels: assumption, anecdote, testimony, statistics, common-ground, other. Tiles that are no
    unit, and titles, carry no segment.
    """

    name = "webis-editorials"
    folder = "webis_editorials16"

    def documents(self, path: Path) -> Iterator[Document]:
        """The editorials that are not reserved, by id, with the human labels.

        Raises:
            CorpusError: if a text does not come out as the one whose hash is known.
        """
        hashes = text_hashes()
        for file in tile_files(path):
            name = editorial_id(file)
            if name not in hashes:
                continue
            document = read_tiles(file)
            if hash_text(document.text) != hashes[name]:
                raise CorpusError(
                    f"{file}: expected tiles that join to the text with SHA-256 "
                    f"{hashes[name][:16]}…, found {hash_text(document.text)[:16]}…; "
                    f"get {self.card.source}"
                )
            yield replace(document, meta={"corpus": self.name, "outlet": outlet_of(name)})

    def to_scheme(self, document: Document) -> Document:
        """With sets of admissible labels: the corpus has no label for counterclaims."""
        return with_segments(
            document,
            [replace(s, label=_SCHEME[s.label]) for s in document.segments if s.label in _SCHEME],
        )

    def data_files(self, path: Path) -> list[Path]:
        """The files of tiles."""
        return tile_files(path)


def tile_files(path: Path) -> list[Path]:
    """The corpus's JSON files below ``path``, by outlet and number."""
    return sorted((path / "data-source").glob("*/*.json"))


def editorial_id(file: Path) -> str:
    """The id of the editorial in ``file``: ``guardian/004-….json`` is ``guardian-004``."""
    return f"{file.parent.name}-{file.stem.split('-')[0]}"


def outlet_of(name: str) -> str:
    """The outlet in the id of an editorial."""
    return name.rsplit("-", 1)[0]


def text_hashes() -> dict[str, str]:
    """Editorial -> SHA-256 of its text, for all that are not reserved."""
    file = resources.corpora_folder() / WebisEditorials.name / "text_sha256.json"
    hashes: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return hashes


def read_tiles(file: Path) -> Document:
    """The editorial in ``file``: paragraphs joined by a blank line, tiles by a blank.

    The corpus has no offsets; this rule gives the one text that our annotations refer to.
    """
    text = ""
    segments = []
    for paragraph in json.loads(file.read_text(encoding="utf-8"))["paragraphs"]:
        text += "\n\n" if text else ""
        for place, tile in enumerate(paragraph):
            passage = tile["text"].replace("\\.", ".").strip()
            if place and passage and passage[0] not in _CLOSING:
                text += " "
            if passage and tile["label"] not in _NOT_A_UNIT:
                segments.append(Segment(len(text), len(text) + len(passage), tile["label"]))
            text += passage
    return Document(text, tuple(segments), id=editorial_id(file))
