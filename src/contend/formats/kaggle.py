r"""Kaggle's "Feedback Prize": a table of discourse elements and a folder of essays.

Source: https://www.kaggle.com/competitions/feedback-prize-2021/data

``train.csv`` has a line for each element: ``id`` of the essay, ``discourse_id``,
``discourse_start`` and ``discourse_end`` (code points of the essay, written there as ``8.0``),
``discourse_text``, ``discourse_type`` (the label), ``discourse_type_num`` (``Claim 2``) and
``predictionstring``, the numbers of its words, white space apart, from 0. The essays lie in
``train/ID.txt`` beside it. An essay without a line in the table is a document without segments.

In the original a third of the texts are not what stands at the offsets; ``repair`` moves such
elements to where their text stands. Relations, the thesis, scores and meta have no place.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from contend.document import Document
from contend.errors import FormatError
from contend.files import LARGEST_PIECE_BYTES, decode_text, read_whole, replacing_folder
from contend.formats.assemble import Span, assemble
from contend.formats.base import (
    AS_IS,
    META,
    RELATION_SCORES,
    RELATIONS,
    SEGMENT_SCORES,
    THESES,
    Losses,
    ReadOptions,
    file_stem,
    losses_of,
)

COLUMNS = (
    "id",
    "discourse_id",
    "discourse_start",
    "discourse_end",
    "discourse_text",
    "discourse_type",
    "discourse_type_num",
    "predictionstring",
)
_NEEDED = {"id", "discourse_start", "discourse_end", "discourse_type"}
_TABLE = "train.csv"
_MARK = "\ufeff"
_WORD = re.compile(r"\S+")


def read_kaggle(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The essays of a table, in its order, then those without segments, by name.

    Args:
        path: the table, or the folder with ``train.csv``. Texts lie in the folder that is called
            like the table, or beside it.
        options: what to repair.

    Raises:
        FormatError: if the table or a text is absent or cannot be read, a column is missing, or
            an element does not fit its essay; the message names the file and the line.
    """
    table = _table(Path(path))
    essays, faults = _essays(table)
    folder = table.with_suffix("") if table.with_suffix("").is_dir() else table.parent
    for name, spans in essays.items():
        with options.reading_one():
            if name in faults:
                raise faults[name]
            yield _essay(name, spans, folder, table, options)
    for file in sorted(folder.glob("*.txt")):
        if file.stem not in essays:
            with options.reading_one():
                yield Document(_text(file), id=file.stem)


def write_kaggle(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` as a table and a folder of essays.

    Args:
        documents: with ids that can be names of files.
        path: the folder of ``train.csv``, or the name of the table (``.csv``).

    Returns:
        What the table could not hold.

    Raises:
        FormatError: if an id cannot name a file or is given twice, UTF-8 cannot hold a text, or
            texts of other documents lie where the essays go: they would be read as essays.
    """
    path = Path(path)
    is_table = path.suffix == ".csv" and not path.is_dir()
    name, place = (path.name, path.parent) if is_table else (_TABLE, path)
    losses = Losses()
    taken: set[str] = set()
    with replacing_folder(place, where=path) as folder:
        texts = folder / Path(name).stem
        texts.mkdir()
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)  # lines end with CRLF, so that a lone CR is quoted as well
            table.writerow(COLUMNS)
            for document in documents:
                stem = file_stem(document, path, taken)
                losses += losses_of(
                    document, RELATIONS, THESES, SEGMENT_SCORES, RELATION_SCORES, META
                )
                try:
                    # A mark of the text's own gets one before it, which is left out in reading.
                    mark = _MARK if document.text.startswith(_MARK) else ""
                    (texts / f"{stem}.txt").write_bytes((mark + document.text).encode())
                    table.writerows(_rows(document))
                except UnicodeEncodeError as error:
                    raise FormatError(
                        f"{document!r}: UTF-8 cannot hold the lone surrogate at {error.start}; "
                        "write the document as JSON Lines instead"
                    ) from None
        _check_others(place / texts.name, taken)
    return losses


def _essay(
    name: str, spans: list[Span], folder: Path, table: Path, options: ReadOptions
) -> Document:
    file = folder / f"{name}.txt"
    # An id with a path in it would name a file elsewhere.
    if not file.is_file() or file.parent != folder or Path(name).name != name:
        raise FormatError(
            f"{table}, {spans[0].where}: expected the text of essay {name!r} in {file}, which is "
            "not there"
        )
    text = _text(file)
    return assemble(text, spans, where=f"{table}, essay {name!r}", options=options, id=name)


def _check_others(texts: Path, written: Collection[str]) -> None:
    other = next((f for f in sorted(texts.glob("*.txt")) if f.stem.casefold() not in written), None)
    if other is not None:
        raise FormatError(
            f"{other}: expected no other texts in {texts}, for this would be an essay without "
            "segments; name another folder"
        )


def _text(file: Path) -> str:
    return decode_text(read_whole(file, advice="split the essay"), where=str(file))


def _table(path: Path) -> Path:
    table = path / _TABLE if path.is_dir() else path
    if not table.is_file():
        raise FormatError(f"{path}: expected a table, or a folder with {_TABLE}, found none")
    return table


def _essays(table: Path) -> tuple[dict[str, list[Span]], dict[str, FormatError]]:
    """The elements of each essay, in the order of the table, and the first error in each."""
    raw = read_whole(table, advice="split the table by essays")
    rows = csv.reader(io.StringIO(decode_text(raw, where=str(table)), newline=""), strict=True)
    essays: dict[str, list[Span]] = {}
    faults: dict[str, FormatError] = {}
    header: list[str] = []
    line = 0
    longest = csv.field_size_limit(LARGEST_PIECE_BYTES)  # of a segment; the module's is 128 KiB
    try:
        for row in rows:
            first, line = line + 1, rows.line_num
            if not header:
                header = row
                _check(header, table)
            elif len(row) != len(header) and row:
                raise csv.Error(f"there are {len(row)}")
            elif row:
                values = dict(zip(header, row, strict=True))
                name = values["id"]
                spans = essays.setdefault(name, [])
                try:
                    spans.append(_span(values, f"line {first}"))
                except ValueError as error:
                    fault = f"expected numbers of code points for the offsets: {error}"
                    faults.setdefault(name, FormatError(f"{table}, line {first}: {fault}"))
    except csv.Error as error:
        raise FormatError(
            f"{table}, line {line or 1}: expected {len(header)} columns as in line 1: {error}"
        ) from None
    finally:
        csv.field_size_limit(longest)
    if not header:
        raise FormatError(f"{table}: expected the columns {', '.join(COLUMNS)}, found nothing")
    return essays, faults


def _check(header: list[str], table: Path) -> None:
    repeated = [name for name, n in Counter(header).items() if n > 1]
    if repeated:
        raise FormatError(
            f"{table}, line 1: expected each column once, found {repeated[0]!r} "
            f"{header.count(repeated[0])} times; rename or remove one of them"
        )
    missing = [name for name in COLUMNS if name in _NEEDED and name not in header]
    if missing:
        raise FormatError(
            f"{table}, line 1: expected the columns {', '.join(COLUMNS)}; missing are "
            f"{', '.join(missing)}, found {', '.join(header)!r:.200}"
        )


def _span(row: dict[str, str], where: str) -> Span:
    offsets = [float(row["discourse_start"]), float(row["discourse_end"])]
    if not all(offset.is_integer() for offset in offsets):
        raise ValueError(f"{offsets[0]}:{offsets[1]} are not whole numbers")
    return Span(
        start=int(offsets[0]),
        end=int(offsets[1]),
        label=row["discourse_type"],
        name=row.get("discourse_id", ""),
        where=where,
        quoted=row.get("discourse_text"),
    )


def _rows(document: Document) -> Iterator[list[object]]:
    numbers: Counter[str] = Counter()
    words = [match.span() for match in _WORD.finditer(document.text)]
    starts, ends = [start for start, _ in words], [end for _, end in words]
    for index, segment in enumerate(document.segments):
        numbers[segment.label] += 1
        inside = range(bisect_right(ends, segment.start), bisect_left(starts, segment.end))
        yield [
            document.id,
            f"{document.id}-{index}",
            segment.start,
            segment.end,
            segment.text,
            segment.label,
            f"{segment.label} {numbers[segment.label]}",
            " ".join(map(str, inside)),
        ]
