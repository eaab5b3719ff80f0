"""What the commands read: files, folders, standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import click

from contend.document import Document
from contend.errors import FormatError

STDIN = "-"
_TEXT_SUFFIXES = (".txt", ".md")
_LINES_SUFFIXES = (".jsonl", ".ndjson")
#: The endings of files that are read as articles.
ARTICLE_SUFFIXES = (*_TEXT_SUFFIXES, *_LINES_SUFFIXES)


class Inputs:
    """Articles from files, one after another; what cannot be read is reported and passed over.

    Args:
        names: text files, JSON Lines files (``.jsonl``), folders, or ``-`` for standard input.

    Attributes:
        files: the files to read, those of folders in sorted order.
        n_failed: how many of them could not be read so far.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.n_failed = 0
        self.files = [file for name in names for file in self._expand(name)]
        #: Whether there is one article only, however long the iteration.
        self.single = len(names) == 1 and not Path(names[0]).is_dir() and not self.has_lines

    @property
    def has_lines(self) -> bool:
        """Whether a file may hold any number of documents."""
        return any(map(_has_lines, self.files))

    def documents(self, *, on_file: Callable[[], object] = lambda: None) -> Iterator[Document]:
        """The articles in order; ``on_file`` is called when a file is done."""
        for file in self.files:
            try:
                yield from self._read(file)
            except FormatError as error:
                self._fail(str(error))
            on_file()

    def _expand(self, name: str) -> list[str]:
        if name == STDIN or not Path(name).is_dir():
            return [name]
        files = [
            str(file)
            for file in sorted(Path(name).iterdir())
            if file.suffix.lower() in _TEXT_SUFFIXES and file.is_file()
        ]
        if not files:
            self._fail(f"{name}: expected {' or '.join(_TEXT_SUFFIXES)} files in this folder")
        return files

    def _read(self, name: str) -> Iterator[Document]:
        from contend.files import decode_text, read_text
        from contend.formats.base import without_reports
        from contend.formats.jsonl import read_jsonl

        if name == STDIN:
            raw = standard_input().read()
            yield Document(decode_text(raw, where="standard input"), id="stdin")
        elif _has_lines(name):
            for document in read_jsonl(name):
                # What the reader says of the file is no property of the article.
                yield without_reports(document)
        else:
            yield Document(read_text(name), id=Path(name).stem)

    def _fail(self, message: str) -> None:
        self.n_failed += 1
        click.echo(f"Error: {message}", err=True)


def _has_lines(file: str) -> bool:
    """Whether a file is of JSON Lines, by its ending."""
    return Path(file).suffix.lower() in _LINES_SUFFIXES


def read_documents(name: str) -> Iterator[Document]:
    """The documents of a JSON Lines file, or of standard input for ``-``.

    Raises:
        FormatError: if a line is not a document.
    """
    from contend.formats.jsonl import decode_jsonl, read_jsonl

    if name == STDIN:
        yield from decode_jsonl(standard_input(), where="standard input")
    else:
        yield from read_jsonl(name)


def standard_input() -> BinaryIO:
    """Standard input.

    Raises:
        click.ClickException: if it is closed.
    """
    if sys.stdin is None:
        raise click.ClickException(f"{STDIN} is standard input, which is closed; name a file")
    return sys.stdin.buffer


def check_stream(name: str, option: str, given: str | None) -> None:
    """Check that nothing but JSON Lines is expected of a standard stream.

    Args:
        name: a file, or ``-``.
        option: that says its format.
        given: the format, if one was given.

    Raises:
        click.UsageError: if it is another.
    """
    if name == STDIN and given not in (None, "", "jsonl"):
        raise click.UsageError(f"{option} {given}: {STDIN} is JSON Lines; name a file")


def is_read(target: Path, files: Iterable[str]) -> bool:
    """Whether ``target``, which is there, is one of ``files``; those that are not do not count."""
    return any(Path(file).exists() and target.samefile(file) for file in files)
