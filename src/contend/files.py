"""Files: text read exactly, files written whole or not at all."""

from __future__ import annotations

import codecs
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from contend.errors import FormatError

#: What is read in one piece: files of formats without lines, single lines of those with.
LARGEST_PIECE_BYTES = 256 * 2**20


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, its line ends as they are; see ``decode_text``.

    Raises:
        FormatError: if the file cannot be read, is larger than ``LARGEST_PIECE_BYTES`` or is not
            UTF-8.
    """
    return decode_text(read_whole(path, advice="split the text"), where=str(path))


def read_whole(path: str | Path, *, advice: str) -> bytes:
    """The bytes of a file that can only be read in one piece.

    Args:
        path: the file.
        advice: what to do if it is too large: "split it by ...".

    Raises:
        FormatError: if the file cannot be read, or is larger than ``LARGEST_PIECE_BYTES``.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST_PIECE_BYTES + 1)
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(raw) > LARGEST_PIECE_BYTES:
        raise FormatError(
            f"{path}: expected at most {LARGEST_PIECE_BYTES >> 20} MiB in a file of this format, "
            f"which has to be read in one piece; {advice}"
        )
    return raw


def read_json(path: str | Path, *, advice: str) -> Any:
    """The value in a JSON file, which is read in one piece; a byte order mark is left out.

    Args:
        path: the file.
        advice: what to do if it is too large, see ``read_whole``.

    Raises:
        FormatError: if the file cannot be read, is too large, or is not JSON in UTF-8.
    """
    written = decode_text(read_whole(path, advice=advice), where=str(path))
    try:
        return strict_json(written)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{path}, line {error.lineno}: expected JSON: {error.msg} (column {error.colno})"
        ) from None
    except _RepeatedKeyError as error:
        raise FormatError(f"{path}: expected JSON: {error}") from None
    except ValueError:
        raise FormatError(f"{path}: expected JSON; a number has thousands of digits") from None
    except RecursionError:
        raise FormatError(f"{path}: expected JSON; it is nested too deep") from None


def strict_json(written: str | bytes) -> Any:
    """The value that is written as JSON; of a key given twice, ``json`` would drop the first.

    Raises:
        ValueError: if it is not JSON, or an object has a key twice.
        RecursionError: if it is nested too deep.
    """
    return json.loads(written, object_pairs_hook=_object)


class _RepeatedKeyError(ValueError):
    """An object of JSON has a key twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        name = next(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        raise _RepeatedKeyError(f"an object has the key {name!r} twice; leave one of them out")
    return made


def read_lines(file: BinaryIO, *, where: str) -> Iterator[tuple[int, bytes]]:
    r"""The lines of an open file with their numbers, from 1; they keep their ``\n``.

    Raises:
        FormatError: if a line is larger than ``LARGEST_PIECE_BYTES``.
    """
    number = 0
    while raw := file.readline(LARGEST_PIECE_BYTES):
        number += 1
        if len(raw) == LARGEST_PIECE_BYTES and not raw.endswith(b"\n"):
            raise FormatError(
                f"{where}, line {number}: expected lines of at most {LARGEST_PIECE_BYTES >> 20} "
                "MiB; is this a file of lines at all?"
            )
        yield number, raw


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
        raise not_utf8(raw, at, where=where) from None


def decode_line(raw: bytes, *, where: str) -> str:
    """A line of a file of lines, UTF-8 decoded.

    Args:
        raw: its bytes.
        where: the file's name and the number of the line, for messages.

    Raises:
        FormatError: if ``raw`` is not UTF-8; the message names the first byte that is not.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{where}: expected UTF-8, found the byte 0x{raw[error.start]:02x} at position "
            f"{error.start} of the line; convert the file to UTF-8"
        ) from None


def not_utf8(raw: bytes, at: int, *, where: str) -> FormatError:
    """The error that a file, named by ``where``, is not UTF-8 at the byte ``at`` of ``raw``."""
    line = raw.count(b"\n", 0, at) + 1
    return FormatError(
        f"{where}: expected UTF-8, found the byte 0x{raw[at]:02x} at position {at} (line {line}); "
        "convert the file, for instance: iconv -f WINDOWS-1252 -t UTF-8"
    )


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


@contextmanager
def replacing_folder(path: str | Path, *, where: str | Path = "") -> Iterator[Path]:
    """A folder to write to whose files take their places in ``path`` once all are written.

    If the body raises, or a file cannot take its place, ``path`` stays as it was, or is not made.
    Other files in ``path`` stay.

    Args:
        path: the folder. If it is there, it alone has to be writable: the files are first
            written to a hidden folder in it, and else to one beside it.
        where: what messages call it; by default ``path``.

    Raises:
        FormatError: if the folder or a file in it cannot be written.
    """
    target, where = Path(path).resolve(), str(where or path)
    if target.exists() and not target.is_dir():
        raise FormatError(f"{where}: expected a folder, or a name that is free, found a file")
    place = target if target.is_dir() else target.parent
    partial = place / f".{target.name}.{os.getpid()}.part"
    new = partial / "new"
    try:
        with ExitStack() as undo:
            _make_folder(place, undo)
            partial.mkdir()
            undo.callback(shutil.rmtree, partial, ignore_errors=True)
            new.mkdir()
            yield new
            if target.exists():
                _move_into(target, new, partial / "old", undo)
            else:
                new.replace(target)
            undo.pop_all()
        shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise FormatError(f"{where}: cannot be written: {error.strerror or error}") from None
    except FormatError as error:
        # Writers in the body name the folder that they were given.
        if str(new) not in str(error):
            raise
        raise FormatError(str(error).replace(str(new), where)) from None


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Make a folder and those above it."""
    for each in [*reversed(folder.parents), folder]:
        if not each.is_dir():
            each.mkdir()
            undo.callback(_remove_empty, each)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _move_into(target: Path, new: Path, old: Path, undo: ExitStack) -> None:
    """Move the files of ``new`` to their places, what they replace to ``old``."""
    old.mkdir()
    for number, file in enumerate(sorted(new.rglob("*"))):
        place = target / file.relative_to(new)
        if not file.is_dir():
            if place.is_file() or place.is_symlink():
                place.replace(old / str(number))
                undo.callback((old / str(number)).replace, place)
            file.replace(place)
            undo.callback(place.replace, file)
        elif not place.is_dir():
            place.mkdir()
            undo.callback(_remove_empty, place)
