"""Zip archives, read in memory: nothing is unpacked to disk, nor more than is allowed.

Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contend.errors import FormatError
from contend.files import LARGEST_PIECE_BYTES

#: What an archive may unpack to, with the archives in it.
LARGEST_ARCHIVE_BYTES = 2 * 2**30

# What archivers of macOS put beside the files.
_NOT_MEANT = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$)")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(slots=True)
class Archive:
    """An open archive.

    Attributes:
        where: its name, for messages.
        names: its files, sorted; folders and what macOS adds are left out.
        n_bytes: what it unpacks to, with the archives in it that were opened.
    """

    where: str
    names: list[str]
    n_bytes: int
    _file: zipfile.ZipFile

    def read(self, name: str) -> bytes:
        """The content of the file ``name``.

        Raises:
            FormatError: if it is larger than ``LARGEST_PIECE_BYTES``, encrypted or damaged.
        """
        info = self._file.getinfo(name)
        if info.file_size > LARGEST_PIECE_BYTES:
            raise FormatError(
                f"{self.where}, {name}: expected at most {LARGEST_PIECE_BYTES >> 20} MiB in a file "
                f"of an archive, found {info.file_size >> 20} MiB"
            )
        try:
            # zipfile reads no more than the size that the archive states.
            return self._file.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise FormatError(f"{self.where}, {name}: is damaged: {error}") from None
        except (RuntimeError, NotImplementedError) as error:
            raise FormatError(
                f"{self.where}, {name}: cannot be unpacked: {error}; pack it anew, as a plain zip "
                "file without a password"
            ) from None

    @contextmanager
    def inner(self, name: str) -> Iterator[Archive]:
        """The archive ``name`` in this one; what it unpacks to counts for both.

        Raises:
            FormatError: see ``open_archive``.
        """
        source = io.BytesIO(self.read(name))
        with _open(source, f"{self.where}, {name}", before=self.n_bytes) as archive:
            self.n_bytes = archive.n_bytes
            yield archive


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The zip archive ``path``.

    Raises:
        FormatError: if it cannot be read, unpacks to more than ``LARGEST_ARCHIVE_BYTES``, or has
            a file whose name leads out of the folder that it is unpacked to, or two of one name.
    """
    with _open(path, str(path), before=0) as archive:
        yield archive


@contextmanager
def _open(source: Path | io.BytesIO, where: str, *, before: int) -> Iterator[Archive]:
    try:
        file = zipfile.ZipFile(source)
    except OSError as error:
        raise FormatError(f"{where}: cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FormatError(f"{where}: expected a zip archive: {error}") from None
    with file:
        infos = [info for info in file.infolist() if not info.is_dir()]
        names = [info.filename for info in infos]
        for name in names:
            _check_name(name, where)
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise FormatError(f"{where}: expected files of different names, found {twice!r} twice")
        n_bytes = before + sum(info.file_size for info in infos)
        if n_bytes > LARGEST_ARCHIVE_BYTES:
            raise FormatError(
                f"{where}: unpacks to {n_bytes >> 20:,} MiB, expected at most "
                f"{LARGEST_ARCHIVE_BYTES >> 20:,}; is it meant as an attack? If not, unpack it and "
                "convert the folder"
            )
        meant = sorted(name for name in names if not _NOT_MEANT.search(name))
        yield Archive(where, meant, n_bytes, file)


def _check_name(name: str, where: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or _DRIVE.match(name):
        raise FormatError(
            f"{where}: the name {name[:80]!r} leads out of the folder that the archive would be "
            "unpacked to; do not trust this archive"
        )
