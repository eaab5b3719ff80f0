"""Gold: one newspaper article, annotated twice and settled; its text is the reader's own copy.

It is a test: never train or tune on it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from contend import resources
from contend.corpora.base import Corpus
from contend.document import Document
from contend.errors import CorpusError, FormatError
from contend.formats.standoff import Attachment, Standoff, attach, read_standoff

_ARTICLE = "article.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldStatus:
    """Which article the gold annotation is of, and whether its text is at hand.

    Attributes:
        title: the headline.
        author: who wrote it.
        newspaper: where it was published.
        date: when, as YYYY-MM-DD.
        n_words: its length.
        file: the copy in use, ``None`` if there is none.
        attachment: the annotation over that copy, ``None`` if there is none.
    """

    title: str
    author: str
    newspaper: str
    date: str
    n_words: int
    file: Path | None
    attachment: Attachment | None


class Gold(Corpus):
    """Reader of the stand-off annotation in the repository over ``article.txt``.

    The text is the copy that the user attached (``attach_copy``), else ``<data>/gold/article.txt``.
    Reading with ``check`` refuses a copy in which segments are missing.
    """

    name = "gold"
    folder = "gold"
    scheme_boundaries = True

    def default_path(self) -> Path:
        """The user's own folder if a copy was attached, else ``<data>/gold``."""
        own = user_folder() / self.folder
        return own if (own / _ARTICLE).is_file() else resources.data_folder() / self.folder

    def documents(self, path: Path) -> Iterator[Document]:
        """The article with every segment that is verified in this copy.

        Raises:
            CorpusError: if ``path`` holds no copy.
            AttachError: if it is a copy of something else.
        """
        if not (path / _ARTICLE).is_file():
            raise CorpusError(f"corpus {self.name!r}: expected {path / _ARTICLE}; {_how()}")
        yield attach(annotation(), read_copy(path / _ARTICLE)).document

    def data_files(self, path: Path) -> Iterable[Path]:
        """None: copies differ, and every segment is verified by the hash of its words."""
        return ()


def annotation() -> Standoff:
    """The settled annotation of the gold article."""
    return read_standoff(resources.corpora_folder() / Gold.name / "gold.json")


def status() -> GoldStatus:
    """Which article it is, whether its text is at hand, and how the annotation fits it."""
    standoff = annotation()
    file = Gold().default_path() / _ARTICLE
    found = file.is_file()
    return GoldStatus(
        title=standoff.meta["title"],
        author=standoff.meta["author"],
        newspaper=standoff.meta["outlet"],
        date=standoff.meta["date"],
        n_words=standoff.n_words,
        file=file if found else None,
        attachment=attach(standoff, read_copy(file)) if found else None,
    )


def attach_copy(file: Path) -> GoldStatus:
    """Verify the user's copy of the article and keep it in ``user_folder()`` for later reads.

    The copy is kept as it is, byte by byte; nothing else is written.

    Args:
        file: the article as plain text in UTF-8.

    Returns:
        The status with the new copy in use; its ``attachment`` says what could not be placed.

    Raises:
        FormatError: if ``file`` cannot be read or is not UTF-8.
        AttachError: if it is not a copy of the article; the copy in use stays.
    """
    attach(annotation(), read_copy(file))
    kept = user_folder() / Gold.folder / _ARTICLE
    content = file.read_bytes()
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(content)
    return status()


def user_folder() -> Path:
    """Where attached texts lie: ``$CONTEND_HOME``, or ``.contend`` in the home folder."""
    return Path(os.environ.get("CONTEND_HOME") or Path.home() / ".contend")


def read_copy(file: Path) -> str:
    """The text of ``file``, line ends and all.

    Raises:
        FormatError: if ``file`` cannot be read or is not UTF-8.
    """
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise FormatError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{file}: expected plain text in UTF-8, found another byte at {error.start}; "
            "save the article as plain text in UTF-8"
        ) from None


def _how() -> str:
    meta = annotation().meta
    return (
        f"it is “{meta['title']}” by {meta['author']} ({meta['outlet']}, {meta['date']}), whose "
        "text is not ours to ship: save your copy of it as plain text, then run "
        "contend corpora attach gold MY_COPY.txt"
    )
