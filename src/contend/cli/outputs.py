"""What the commands write: documents in four formats, to standard output, a file or a folder."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from contend.cli.inputs import is_read
from contend.document import Document

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("text", "json", "jsonl", "html")
_SUFFIXES = {"text": ".txt", "json": ".json", "jsonl": ".jsonl", "html": ".html"}
_FILE_WIDTH = 96


def write_documents(
    documents: Iterable[Document], *, format: str, out: str | None, single: bool
) -> None:
    """Write ``documents`` as they come.

    Args:
        documents: any number.
        format: one of ``FORMATS``.
        out: a file, an existing folder or a name that ends with a slash (a file for each
            document), or ``None`` for standard output.
        single: whether JSON is that of one document instead of a list.
    """
    if out is not None and (out.endswith(("/", os.sep)) or Path(out).is_dir()):
        _write_folder(documents, format, Path(out))
        return
    with open_output(out) as file:
        if format == "text":
            _write_text(documents, file, to_terminal=out is None)
        elif format == "html":
            from contend.render.html import page

            file.write(page(*documents).encode())
        elif format == "jsonl":
            from contend.formats.jsonl import encode_jsonl

            for document in documents:
                file.write(encode_jsonl(document))
                file.flush()
        else:
            _write_json(documents, file, single=single)


def check_output(out: str | None, files: Iterable[str], format: str) -> None:
    """Check that none of the files that are read would be replaced by what is written.

    Args:
        out: as ``write_documents`` takes it.
        files: what is read; those that are not there do not count.
        format: one of ``FORMATS``.

    Raises:
        click.UsageError: if one would be.
    """
    if out is None:
        return
    target = Path(out)
    if target.is_dir():
        there = (file for file in files if Path(file).is_file())
        alike = (file for file in there if Path(file).suffix == _SUFFIXES[format])
        taken = next((x for x in alike if target.samefile(Path(x).resolve().parent)), "")
    else:
        taken = out if target.exists() and is_read(target, files) else ""
    if taken:
        raise click.UsageError(
            f"{taken} is read, and what is written to {out} could take its place; name another "
            "file or folder to write"
        )


@contextmanager
def open_output(out: str | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears under its name once all is written."""
    from contend.files import replacing

    if out is None:
        if sys.stdout is None:
            raise click.ClickException("standard output is closed; name a file to write")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with replacing(out) as file:
            yield file


def write_json(written: str, out: str | None = None) -> None:
    """Write JSON in UTF-8, whatever the terminal's encoding; lone surrogates are escaped."""
    with open_output(out) as file:
        file.write(f"{written}\n".encode("utf-8", "backslashreplace"))


def stdout_console() -> Console:
    """A console on standard output that shows what it can of any text."""
    from rich.console import Console

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False)


def printable(text: str) -> str:
    """``text`` on one line and without what a terminal would obey."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


@contextmanager
def file_console(file: BinaryIO) -> Iterator[Console]:
    """A console that writes plain text to an open file."""
    from rich.console import Console

    wrapper = TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)
    yield Console(file=wrapper, width=_FILE_WIDTH, color_system=None, highlight=False)
    wrapper.detach()


def _write_text(documents: Iterable[Document], file: BinaryIO, *, to_terminal: bool) -> None:
    from contend.render.terminal import render

    with nullcontext(stdout_console()) if to_terminal else file_console(file) as console:
        for number, document in enumerate(documents):
            if number:
                console.rule(characters="-" if console.options.ascii_only else "─")
            render(document, console)


def _write_json(documents: Iterable[Document], file: BinaryIO, *, single: bool) -> None:
    before = "" if single else "["
    for document in documents:
        file.write(f"{before}{document.to_json(indent=2)}".encode())
        before = ",\n"
    if not single:
        file.write(b"]" if before == ",\n" else b"[]")
    file.write(b"\n")


def _write_folder(documents: Iterable[Document], format: str, folder: Path) -> None:
    from contend.render.terminal import is_rendering

    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for document in documents:
        stem = re.sub(r"[^\w.-]+", "_", document.id).lstrip(".") or "document"
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        target = folder / f"{name}{_SUFFIXES[format]}"
        if format == "text" and target.is_file() and not is_rendering(target):
            raise click.UsageError(
                f"{target} may be an article, and no rendering of one; name another folder to write"
            )
        write_documents([document], format=format, out=str(target), single=True)
