r"""JSON Lines: one document a line, as ``Document.to_dict`` describes it, in UTF-8.

Lines end with ``\n``; blank lines are passed over. A byte order mark and bytes that are not UTF-8
are refused, lone surrogates are escaped, so what was written is read back the same.

Source: https://jsonlines.org
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from contend.document import Document
from contend.errors import DocumentError, FormatError
from contend.files import replacing


def read_jsonl(path: str | Path) -> Iterator[Document]:
    """The documents in the file ``path``, one after another, in bounded memory.

    Raises:
        FormatError: if the file cannot be read or a line is not a document; the message names
            the file and the line.
    """
    try:
        with Path(path).open("rb") as file:
            yield from decode_jsonl(file, where=str(path))
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None


def decode_jsonl(file: BinaryIO, *, where: str) -> Iterator[Document]:
    """The documents in an open file.

    Args:
        file: open for reading bytes.
        where: its name, for messages.

    Raises:
        FormatError: if a line is not a document.
    """
    for number, raw in enumerate(file, 1):
        place = f"{where}, line {number}"
        if number == 1 and raw.startswith(
            (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        ):
            raise FormatError(
                f"{place}: begins with a byte order mark, which JSON Lines does not allow; save "
                "the file as UTF-8 without it"
            )
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(
                f"{place}: expected UTF-8, found the byte 0x{raw[error.start]:02x} at position "
                f"{error.start} of the line; convert the file to UTF-8"
            ) from None
        if not line.strip():
            continue
        try:
            yield Document.from_json(line)
        except DocumentError as error:
            raise FormatError(f"{place}: {error}") from None


def write_jsonl(documents: Iterable[Document], path: str | Path) -> None:
    """Write ``documents`` to the file ``path``, which is replaced once all are written.

    Raises:
        FormatError: if the file cannot be written, or JSON cannot hold a document.
    """
    with replacing(path) as file:
        for document in documents:
            file.write(encode_jsonl(document))


def encode_jsonl(document: Document) -> bytes:
    """``document`` as one line with its line end.

    Raises:
        FormatError: if JSON cannot hold it; see ``Document.to_json``.
    """
    try:
        return f"{document.to_json()}\n".encode()
    except DocumentError as error:
        raise FormatError(str(error)) from None
