"""Files: text read exactly, files written whole or not at all."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from contend.errors import FormatError


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, its line ends as they are; see ``decode_text``.

    Raises:
        FormatError: if the file cannot be read or is not UTF-8.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None
    return decode_text(raw, where=str(path))


def decode_text(raw: bytes, *, where: str) -> str:
    """UTF-8 decoded; a byte order mark at the start is left out, it is not part of the text.

    Offsets of an article with such a mark therefore count from the first character after it.

    Args:
        raw: the bytes of the file.
        where: its name, for messages.

    Raises:
        FormatError: if ``raw`` is not UTF-8; the message names the first byte that is not.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FormatError(
            f"{where}: expected UTF-8, found the byte order mark of UTF-16; convert the file: "
            "iconv -f UTF-16 -t UTF-8"
        )
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start + len(raw) - len(raw.removeprefix(codecs.BOM_UTF8))
        line = raw.count(b"\n", 0, at) + 1
        raise FormatError(
            f"{where}: expected UTF-8, found the byte 0x{raw[at]:02x} at position {at} "
            f"(line {line}); convert the file, for instance: "
            "iconv -f WINDOWS-1252 -t UTF-8"
        ) from None


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of ``path`` once all is written.

    If the body raises, ``path`` stays as it was. Devices and pipes are written to directly.

    Raises:
        FormatError: if the file cannot be written.
    """
    target = Path(path).resolve()
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as direct:
                yield direct
            return
        partial = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with partial.open("wb") as file:
                yield file
            if target.exists():
                partial.chmod(target.stat().st_mode & 0o777)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise FormatError(f"{path}: cannot be written: {error.strerror or error}") from None
