"""What every corpus has: a card, a reader, a fixed split, and a mapping to our scheme."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from contend import resources
from contend.document import Document
from contend.errors import CorpusError
from contend.formats.standoff import Standoff, attach, hash_text

Labels = Literal["own", "scheme"]
SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a person must know before using a corpus; ``corpora/<name>/card.json``.

    Attributes:
        name: the name that ``read_corpus`` takes.
        title: its full name.
        description: what it is, in a sentence or two.
        licence: the licence in its exact words, or that none is stated.
        redistributable: whether the texts lie in the repository.
        citation: the paper to cite.
        source: where the data come from, with commit.
        caveats: known defects and what the reader does about them.
        files_sha256: SHA-256 of the data (see ``files_digest``); empty where texts are ours.
        counts: split -> {"documents": n, label -> n segments, "supports": n, "attacks": n}, by
            the corpus's own labels.
    """

    name: str
    title: str
    description: str
    licence: str
    redistributable: bool
    citation: str
    source: str
    caveats: tuple[str, ...] = ()
    files_sha256: str = ""
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Card:
        """The card in the JSON file ``path``.

        Raises:
            CorpusError: if the file is absent or not a card.
        """
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**data, "caveats": tuple(data.get("caveats", ()))})
        except (OSError, ValueError, TypeError) as error:
            raise CorpusError(f"{path}: expected the card of a corpus: {error}") from None


class Corpus(ABC):
    """A corpus: subclasses say how to read it and how it maps to our scheme.

    Class attributes:
        name: the name that ``read_corpus`` takes; also the folder of its card.
        folder: where its data lie, below ``<data>/corpora``.
        scheme_boundaries: whether its segments begin and end where our scheme wants them to;
            if not, training learns from it which label a passage has, not where it ends.
    """

    name: ClassVar[str]
    folder: ClassVar[str]
    scheme_boundaries: ClassVar[bool] = False

    @abstractmethod
    def documents(self, path: Path) -> Iterator[Document]:
        """All documents in ``path``, with the corpus's own labels, in a fixed order."""

    def to_scheme(self, document: Document) -> Document:
        """``document`` with our labels, or sets of them where the corpus draws no distinction."""
        return document

    def default_path(self) -> Path:
        """Where the data are expected if no path is given."""
        return resources.data_folder() / "corpora" / self.folder

    def data_files(self, path: Path) -> Iterable[Path]:
        """The files below ``path`` that the reader depends on, for the checksum."""
        return (file for file in path.rglob("*") if file.is_file() and file.name != "PROVENANCE.md")

    @property
    def card(self) -> Card:
        """The corpus's card."""
        return Card.load(resources.corpora_folder() / self.name / "card.json")

    def splits(self) -> dict[str, list[str]]:
        """The fixed split: name -> ids, from ``corpora/<name>/splits.json``."""
        file = resources.corpora_folder() / self.name / "splits.json"
        try:
            loaded: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
            return loaded
        except (OSError, ValueError) as error:
            raise CorpusError(f"{file}: expected the split of a corpus: {error}") from None

    def read(
        self, path: Path | None = None, *, labels: Labels = "own", check: bool = True
    ) -> dict[str, list[Document]]:
        """The documents by split; see ``contend.read_corpus``."""
        path = path or self.default_path()
        if not path.is_dir():
            raise CorpusError(
                f"corpus {self.name!r}: expected its data in the folder {path}, which is not "
                f"there; get them from {self.card.source}, then pass the folder or set "
                "CONTEND_DATA to the one that holds corpora/"
            )
        card = self.card
        if check and card.files_sha256:
            found = files_digest(path, self.data_files(path))
            if found != card.files_sha256:
                raise CorpusError(
                    f"corpus {self.name!r}: the files in {path} are not those of the card "
                    f"(SHA-256 expected {card.files_sha256[:16]}…, found {found[:16]}…); "
                    f"get {card.source}, or read with check=False"
                )
        by_id = {document.id: document for document in self.documents(path)}
        splits = self.splits()
        missing = sorted({name for names in splits.values() for name in names} - by_id.keys())
        if missing:
            raise CorpusError(
                f"corpus {self.name!r}: {len(missing)} documents of its split are not in {path}, "
                f"the first: {missing[0]!r}"
            )
        read = {split: [by_id[name] for name in names] for split, names in splits.items()}
        if check:
            found_counts = {split: count(documents) for split, documents in read.items()}
            if found_counts != {split: dict(of) for split, of in card.counts.items()}:
                raise CorpusError(
                    f"corpus {self.name!r}: read {found_counts}, but the card says "
                    f"{dict(card.counts)}; read with check=False to go on"
                )
        if labels == "scheme":
            return {
                split: [self.to_scheme(document) for document in documents]
                for split, documents in read.items()
            }
        return read

    def annotated(
        self, standoff: Standoff, text: str, expected: str, meta: Mapping[str, Any]
    ) -> Document:
        """The document of a stand-off annotation over the very text that was annotated.

        Args:
            standoff: the annotation.
            text: the text at hand.
            expected: where it comes from and what was expected there, for the message.
            meta: the document's meta.

        Raises:
            CorpusError: if ``text`` is another one.
        """
        found = hash_text(text)
        if found != standoff.text_sha256:
            raise CorpusError(
                f"{expected} (SHA-256 {standoff.text_sha256[:16]}…), found {found[:16]}…; get "
                f"{self.card.source}"
            )
        return replace(attach(standoff, text).document, meta=meta)


def count(documents: Iterable[Document]) -> dict[str, int]:
    """The numbers of documents, of segments by label and of relations by label."""
    total: Counter[str] = Counter()
    for document in documents:
        total["documents"] += 1
        total.update(segment.label for segment in document.segments)
        total.update(relation.label for relation in document.relations)
    return dict(sorted(total.items()))


def files_digest(root: Path, files: Iterable[Path]) -> str:
    """SHA-256 over the sorted lines ``<sha256 of the file>  <path below root>``."""
    lines = sorted(
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(root).as_posix()}"
        for file in files
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
