"""Soapbox: opinion articles written and annotated for this project; CC0, text and all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from contend import resources
from contend.corpora.base import Corpus
from contend.document import Document
from contend.errors import CorpusError
from contend.formats.standoff import hash_text


class Soapbox(Corpus):
    """Reader of ``text/ID.txt`` and ``annotations/ID.json``; the labels are the scheme's."""

    name = "soapbox"
    folder = "soapbox"
    scheme_boundaries = True

    def default_path(self) -> Path:
        """The folder in the repository, or in the installed package."""
        return resources.corpora_folder() / self.folder

    def documents(self, path: Path) -> Iterator[Document]:
        """All articles, by id.

        Raises:
            CorpusError: if a text is not the one that was annotated.
        """
        for file in sorted((path / "annotations").glob("*.json")):
            data = json.loads(file.read_text(encoding="utf-8"))
            text = (path / "text" / f"{file.stem}.txt").read_bytes().decode("utf-8")
            if hash_text(text) != data["text_sha256"]:
                raise CorpusError(
                    f"{path / 'text' / file.stem}.txt: expected the text that was annotated "
                    f"(SHA-256 {data['text_sha256'][:16]}…), found {hash_text(text)[:16]}…; "
                    "restore the file, or annotate it again"
                )
            yield Document.from_dict({**data, "text": text, "meta": {"corpus": self.name}})

    def data_files(self, path: Path) -> list[Path]:
        """The texts and annotations, not what describes them."""
        return [*(path / "text").glob("*.txt"), *(path / "annotations").glob("*.json")]
