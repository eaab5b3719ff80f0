"""Corpora: a reader, a card and a fixed split for each."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from contend.corpora.base import SPLITS, Card, Corpus, Labels
from contend.document import Document
from contend.errors import CorpusError

__all__ = ["CORPORA", "SPLITS", "Card", "Corpus", "get_corpus", "read_corpus"]

#: name -> module and class; a new corpus is a file beside this one and a line here.
CORPORA = {
    "soapbox": ("soapbox", "Soapbox"),
    "editorials": ("editorials", "Editorials"),
    "webis-editorials": ("webis", "WebisEditorials"),
    "opeds": ("opeds", "OpEds"),
    "essays": ("essays", "Essays"),
    "microtexts": ("microtexts", "Microtexts"),
    "persuade": ("persuade", "Persuade"),
    "abstrct": ("abstrct", "AbstRCT"),
    "cdcp": ("cdcp", "CDCP"),
    "unsc": ("unsc", "UNSC"),
    "cmv": ("cmv", "CMV"),
    "gold": ("gold", "Gold"),
}


def get_corpus(name: str) -> Corpus:
    """The corpus called ``name``.

    Raises:
        CorpusError: if there is no such corpus.
    """
    if name not in CORPORA:
        raise CorpusError(f"no corpus is called {name!r}; there are {', '.join(CORPORA)}")
    module, cls = CORPORA[name]
    corpus: Corpus = getattr(import_module(f"contend.corpora.{module}"), cls)()
    return corpus


def read_corpus(
    name: str, path: str | Path | None = None, *, labels: Labels = "own", check: bool = True
) -> dict[str, list[Document]]:
    """Read a corpus.

    Args:
        name: one of ``CORPORA``.
        path: the folder with its data; by default the one named by ``CONTEND_DATA``. Corpora
            that lie in the repository need none.
        labels: ``"own"`` for the corpus's own labels, ``"scheme"`` for claim, evidence and
            counterclaim, or sets of them (``"claim|counterclaim"``) where the corpus does not
            draw the distinction.
        check: whether to verify the checksum and the counts of the card.

    Returns:
        The documents by split: ``{"train": [...], "dev": [...], "test": [...]}``. A corpus
        without labels, or meant as a test, may lack some.

    Raises:
        CorpusError: if the corpus is unknown, absent, or not as its card says.
    """
    return get_corpus(name).read(Path(path) if path else None, labels=labels, check=check)
