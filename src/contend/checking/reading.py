"""Reading for the doctor: what cannot be read is a finding, and the rest is read if it can be."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from contend.checking.findings import Finding, Part, finding
from contend.document import Document
from contend.errors import FormatError
from contend.files import read_lines
from contend.formats import FORMATS, Format, ReadOptions, find_format, read_documents
from contend.formats.base import IGNORED, REPAIRED
from contend.formats.brat import passed_over
from contend.formats.jsonl import decode_jsonl

_LINES, _BRAT, _INCEPTION = "jsonl", "brat", "inception"
_REPAIRING = ReadOptions(repair=True)
# Words in the names of repairs (see ``formats.assemble``) -> what was wrong.
_FAULTS = {
    "relations": "bad-relation",
    "thesis": "bad-relation",
    "offsets": "offsets",
    "not fit": "offsets",
    "quotation": "offsets",
    "overlapping": "overlap",
    "nested": "overlap",
}


def read_part(path: str | Path, *, split: str = "", format: str = "", name: str = "") -> Part:
    """The documents in ``path`` as far as they can be read, and what was wrong with the others.

    A file of JSON Lines is read line by line, a folder of brat, INCEpTION or AIF file by file, so
    that one that is broken does not hide the others; elsewhere the finding says that what comes
    after it was not read. What can be repaired is (see ``formats.assemble``), and is reported.

    Args:
        path: a file or a folder.
        split: the split that it is.
        format: one of ``contend.formats.FORMATS``; by default the path tells.
        name: what reports call it; by default the path.

    Raises:
        FormatError: if there is no such file, or the path does not tell its format.
    """
    path, name = Path(path), name or str(path)
    if not path.exists():
        raise FormatError(f"{path}: cannot be read: there is no such file or folder")
    found = find_format(path, format)
    if found.name == _LINES and path.is_file():
        try:
            with path.open("rb") as file:
                return read_lines_part(file, name=name, split=split, where=str(path))
        except OSError as error:
            raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None
    files = _files(path, found) or [path]
    part = _part((_Piece(str(file), found.name) for file in files), name, split)
    unread = passed_over(path) if found.name == _BRAT and path.is_dir() else {}
    if unread:
        part = replace(part, problems=(*part.problems, _passed_over(unread, name)))
    return part


def read_lines_part(file: BinaryIO, *, name: str, split: str = "", where: str = "") -> Part:
    """The documents in an open file of JSON Lines; see ``read_part``."""
    where = where or name
    lines = read_lines(file, where=where)
    return _part((_Piece(where, _LINES, line, n) for n, line in lines), name, split)


def _files(path: Path, found: Format) -> list[Path]:
    """The files of a folder that can be read one by one."""
    if not path.is_dir():
        return []
    if found.name == _INCEPTION:
        return [file for file in sorted(path.iterdir()) if file.suffix.lower() in found.extensions]
    ends = () if found.several else found.extensions
    return [file for end in ends for file in sorted(path.glob(f"*{end}"))]


def _part(pieces: Iterable[_Piece], name: str, split: str) -> Part:
    documents: list[Document] = []
    problems: list[Finding] = []
    for piece in pieces:
        read, fault, unread = piece.read()
        reported = [each for document in read for each in _reported(document, name)]
        mended = [at for at, each in enumerate(reported) if each.code != "passed-over"]
        if fault and mended:
            # The message knows the place, the counts know how much there is of it. Which of
            # several counts it belongs to nobody knows.
            first = reported[mended[0]]
            message = (
                f"{fault} (repaired for this check: {first.message})"
                if len(mended) == 1
                else f"{first.message}; of all that was repaired for this check, first: {fault}"
            )
            reported[mended[0]] = replace(first, message=message)
        if unread or (fault and not mended):
            problems.append(finding("unreadable", unread or fault, name))
        documents += map(_without_report, read)
        problems += reported
    return Part(name=name, documents=tuple(documents), split=split, problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A file, or a line of one: the least that is read or not read."""

    where: str
    format: str
    line: bytes | None = None
    number: int = 0

    def read(self) -> tuple[list[Document], str, str]:
        """The documents, the first thing that was wrong, and what could not be repaired of it.

        If something was wrong, the documents are repaired, and are those before what could not be.
        """
        documents, fault = self._read(ReadOptions())
        if not fault:
            return documents, "", ""
        repaired, unread = self._read(_REPAIRING)
        if unread and self._goes_on:
            unread = f"{unread}; what comes after this was not read"
        return repaired, fault, unread

    @property
    def _goes_on(self) -> bool:
        """Whether further documents may come after one that cannot be read."""
        several = FORMATS[self.format].several and not self.where.lower().endswith(".xmi")
        return self.line is None and several

    def _read(self, options: ReadOptions) -> tuple[list[Document], str]:
        documents: list[Document] = []
        try:
            documents.extend(self._documents(options))
        except FormatError as error:
            return documents, self._message(error)
        return documents, ""

    def _documents(self, options: ReadOptions) -> Iterator[Document]:
        if self.line is None:
            return read_documents(self.where, format=self.format, options=options)
        return decode_jsonl(io.BytesIO(self.line), where=self.where, options=options)

    def _message(self, error: FormatError) -> str:
        if self.line is None:
            return str(error)
        # To its reader the line was the first one.
        return str(error).replace(", line 1", f", line {self.number}", 1)


def _reported(document: Document, part: str) -> list[Finding]:
    """What the reader says that it repaired and passed over."""
    found = []
    for what, count in dict(document.meta.get(REPAIRED, {})).items():
        code = next((code for word, code in _FAULTS.items() if word in what), "bad-segment")
        found.append(finding(code, f"{count:,} {what}", part, document))
    ignored = dict(document.meta.get(IGNORED, {}))
    if ignored:
        found.append(_passed_over(ignored, part, document))
    return found


def _passed_over(counts: Mapping[str, int], part: str, document: Document | None = None) -> Finding:
    counted = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    return finding("passed-over", counted, part, document)


def _without_report(document: Document) -> Document:
    meta = {key: value for key, value in document.meta.items() if key not in (IGNORED, REPAIRED)}
    return replace(document, meta=meta)
