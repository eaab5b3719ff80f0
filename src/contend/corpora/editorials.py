"""Editorials: our stand-off annotations over the texts of Webis-Editorials-16."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contend import resources
from contend.corpora.base import Corpus
from contend.corpora.webis import WebisEditorials, editorial_id, outlet_of, read_tiles, tile_files
from contend.document import Document
from contend.errors import CorpusError
from contend.formats.standoff import read_standoff


class Editorials(Corpus):
    """Reader of the annotations in the repository and of their texts, wherever these lie.

    The texts are ``text/ID.txt``, or the tiles of Webis-Editorials-16, from which they are
    rebuilt. The labels are the scheme's.
    """

    name = "editorials"
    folder = "editorials"
    scheme_boundaries = True

    def default_path(self) -> Path:
        """The folder of the texts if there is one, or that of Webis-Editorials-16."""
        texts = super().default_path()
        return texts if texts.is_dir() else WebisEditorials().default_path()

    def documents(self, path: Path) -> Iterator[Document]:
        """The annotated editorials, by id.

        Raises:
            CorpusError: if a text is absent or not the one that was annotated.
        """
        files = _text_files(path)
        folder = resources.corpora_folder() / self.name / "annotations"
        for standoff in map(read_standoff, sorted(folder.glob("*.json"))):
            if standoff.id not in files:
                raise CorpusError(
                    f"corpus {self.name!r}: expected the text of {standoff.id} below {path}, as "
                    f"text/{standoff.id}.txt or in the tiles of {self.card.source}"
                )
            text = _read_text(files[standoff.id])
            meta = {"corpus": self.name, "outlet": outlet_of(standoff.id)}
            expected = f"{files[standoff.id]}: expected the text that was annotated"
            yield self.annotated(standoff, text, expected, meta)

    def data_files(self, path: Path) -> Iterable[Path]:
        """None: each text is verified by the hash in its annotation."""
        return ()


def _text_files(path: Path) -> Mapping[str, Path]:
    if (path / "text").is_dir():
        return {file.stem: file for file in (path / "text").glob("*.txt")}
    return {editorial_id(file): file for file in tile_files(path)}


def _read_text(file: Path) -> str:
    return read_tiles(file).text if file.suffix == ".json" else file.read_bytes().decode("utf-8")
