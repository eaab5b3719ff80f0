"""Reading for the doctor: what cannot be read is a finding, and the rest is read if it can be."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from contend.checking.findings import Finding, Part, finding
from contend.document import Document
from contend.errors import FormatError
from contend.formats import ReadOptions, find_format, read_documents
from contend.formats.base import IGNORED, REPAIRED, report_of, without_reports
from contend.formats.jsonl import decode_jsonl

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

    A document that cannot be read does not hide the others. What can be repaired is (see
    ``formats.assemble``), and is reported. Where a file breaks off between its documents, the
    finding says that what comes after it was not read.

    Args:
        path: a file or a folder.
        split: the split that it is.
        format: one of ``contend.formats.FORMATS``; by default the path tells.
        name: what reports call it; by default the path.

    Raises:
        FormatError: if there is no such file, or the path does not tell its format.
    """
    path = Path(path)
    if not path.exists():
        raise FormatError(f"{path}: cannot be read: there is no such file or folder")
    found = find_format(path, format)

    def read(options: ReadOptions) -> Iterator[Document]:
        return read_documents(path, format=found.name, options=options)

    return _part(read, name or str(path), split, several=found.several)


def read_lines_part(file: BinaryIO, *, name: str, split: str = "") -> Part:
    """The documents in an open file of JSON Lines; see ``read_part``."""
    raw = file.read()
    return _part(
        lambda options: decode_jsonl(io.BytesIO(raw), where=name, options=options),
        name,
        split,
        several=True,
    )


@dataclass(slots=True)
class _Pass:
    """What reading once gave: documents, and errors in the places of those that failed.

    Attributes:
        found: in order.
        end: the error that ended the reading before its time, if any.
    """

    found: list[Document | FormatError] = field(default_factory=list)
    end: FormatError | None = None

    @classmethod
    def of(cls, read: Callable[[ReadOptions], Iterator[Document]], *, repair: bool) -> _Pass:
        one = cls()
        try:
            for document in read(ReadOptions(repair=repair, on_fault=one.found.append)):
                one.found.append(document)
        except FormatError as error:
            one.end = error
        return one

    @property
    def whole(self) -> bool:
        """Whether nothing was wrong."""
        return self.end is None and not any(isinstance(x, FormatError) for x in self.found)

    def at(self, place: int) -> Document | FormatError | None:
        """What it found at ``place``; ``None`` if it ended before."""
        return self.found[place] if place < len(self.found) else self.end


def _part(
    read: Callable[[ReadOptions], Iterator[Document]], name: str, split: str, *, several: bool
) -> Part:
    strict = _Pass.of(read, repair=False)
    # Read again only if something was wrong; both passes find the same documents in one order.
    mended = strict if strict.whole else _Pass.of(read, repair=True)
    documents: dict[int, Document] = {}
    problems: list[Finding] = []
    for place, found in enumerate(mended.found):
        before = strict.at(place)
        fault = str(before) if isinstance(before, FormatError) else ""
        if isinstance(found, FormatError):
            problems.append(finding("unreadable", str(found), name))
            continue
        document = before if isinstance(before, Document) else found
        documents[place + 1] = without_reports(document)
        problems += _told(_reported(document, name), fault)
    if mended.end is not None:
        after = "; what comes after this was not read" if several else ""
        problems.append(finding("unreadable", f"{mended.end}{after}", name))
    return Part(
        name=name,
        documents=tuple(documents.values()),
        split=split,
        problems=tuple(problems),
        numbers=tuple(documents),
    )


def _told(reported: list[Finding], fault: str) -> list[Finding]:
    """The findings of one document, with the error that names the place where it is known."""
    mended = [at for at, each in enumerate(reported) if each.code != "passed-over"]
    if fault and mended:
        # The message knows the place, the counts know how much there is of it. Which of several
        # counts it belongs to nobody knows.
        first = reported[mended[0]]
        message = (
            f"{fault} (repaired for this check: {first.message})"
            if len(mended) == 1
            else f"{first.message}; of all that was repaired for this check, first: {fault}"
        )
        reported[mended[0]] = replace(first, message=message)
    return reported


def _reported(document: Document, part: str) -> list[Finding]:
    """What the reader says that it repaired and passed over."""
    found = []
    for what, count in report_of(document, REPAIRED).items():
        code = next((code for word, code in _FAULTS.items() if word in what), "bad-segment")
        found.append(finding(code, f"{count:,} {what}", part, document))
    ignored = report_of(document, IGNORED)
    if ignored:
        found.append(_passed_over(ignored, part, document))
    return found


def _passed_over(counts: Mapping[str, int], part: str, document: Document | None = None) -> Finding:
    counted = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    return finding("passed-over", counted, part, document)
