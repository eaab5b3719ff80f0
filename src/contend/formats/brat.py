"""brat standoff: a text in ``NAME.txt`` and its annotations in ``NAME.ann`` beside it.

Source: https://brat.nlplab.org/standoff.html

Text-bound annotations (``T``) are segments, binary relations (``R``) are relations. The attribute
``Thesis`` marks the thesis; other attributes (``A``, and ``M`` as brat once called them) are kept
in ``meta["attributes"]``, annotators' notes (``#``) there under ``note``. Scores are written as
notes, ``score 0.87``, which brat shows and does not change. Events, normalisations, equivalences
and other notes (``E N * #``) have no place in a Document; they are counted in
``meta["ignored"]``.

brat cannot show a span across a line end: such a segment is written as brat itself would write
it, in pieces (``0 5;6 9``), and pieces that only white space parts are one segment when they are
read. Other discontinuous spans are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from contend.document import Document, Segment
from contend.errors import FormatError
from contend.files import not_utf8, read_whole, replacing, replacing_folder
from contend.formats.assemble import assemble
from contend.formats.base import (
    AS_IS,
    ATTRIBUTE_VALUES,
    ATTRIBUTES,
    IGNORED,
    META,
    NOTE,
    Losses,
    ReadOptions,
    attributes_of,
    file_stem,
    losses_of,
)
from contend.formats.brat_lines import NOTES, SCORE, THESIS, Lines

# Where brat ends a line of its own files, so what no quoted text may hold.
_LINE_ENDS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_MARK = "\ufeff"
#: What of a folder is not read.
TEXTS_ALONE = "texts without an .ann file"
FOLDERS_BELOW = "folders below with .ann files"


def read_brat(path: str | Path, options: ReadOptions = AS_IS) -> Document:
    """Read a text and its annotations.

    Args:
        path: ``NAME.txt`` or ``NAME.ann``; both must be there. The document is called ``NAME``.
        options: what to repair and how to understand relations.

    Returns:
        The document. Its text is that of the file, line ends included; a byte order mark belongs
        to it if the offsets count it, as brat does.

    Raises:
        FormatError: if a file is absent or not UTF-8, or the annotations are not brat standoff.
    """
    text_file, annotation_file = _pair(Path(path))
    text = _read(text_file)
    annotations = _read(annotation_file).removeprefix(_MARK)
    if text.startswith(_MARK):
        strict = replace(options, repair=False)
        for candidate in (text, text[1:]):
            with suppress(FormatError):
                return _decode(candidate, annotations, text_file, annotation_file, strict)
    return _decode(text, annotations, text_file, annotation_file, options)


def read_brat_corpus(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents of a folder of ``.txt`` and ``.ann`` files, or the one of a single pair.

    Args:
        path: a folder, ``NAME.txt`` or ``NAME.ann``. Folders below it are not read.
        options: what to repair and how to understand relations.

    Returns:
        The documents; ``meta["ignored"]`` of the first one also has what ``passed_over`` counts.

    Raises:
        FormatError: if the folder has no ``.ann`` files, or see ``read_brat``.
    """
    path = Path(path)
    if not path.is_dir():
        yield read_brat(path, options)
        return
    files = sorted(path.glob("*.ann"))
    if not files:
        below = _folders_below(path)
        advice = (
            f"they are in folders below it, name one: {', '.join(map(str, below[:3]))}"
            if below
            else "brat keeps an empty .ann file beside a text without annotations"
        )
        raise FormatError(
            f"{path}: expected .ann files with their .txt files in this folder, found none; "
            f"{advice}"
        )
    unread = passed_over(path)
    for file in files:
        with options.reading_one():
            document = read_brat(file, options)
            if unread:
                ignored = {**document.meta.get(IGNORED, {}), **unread}
                document = replace(document, meta={**document.meta, IGNORED: ignored})
                unread = {}
            yield document


def passed_over(folder: Path) -> dict[str, int]:
    """What lies in a folder of brat and is not read, by kind."""
    alone = sum(not file.with_suffix(".ann").is_file() for file in folder.glob("*.txt"))
    counts = {TEXTS_ALONE: alone, FOLDERS_BELOW: len(_folders_below(folder))}
    return {what: count for what, count in counts.items() if count}


def _folders_below(folder: Path) -> list[Path]:
    """The folders below ``folder`` with annotations, hidden ones left out."""
    return sorted(
        {
            file.parent
            for file in folder.rglob("*.ann")
            if file.parent != folder
            and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        }
    )


def write_brat(document: Document, path: str | Path) -> Losses:
    """Write ``document`` as ``NAME.txt`` and ``NAME.ann``; ``path`` names either.

    Text, segments, labels, thesis, relations, scores and ``meta["attributes"]`` survive, other
    entries of ``meta`` do not.

    Returns:
        What brat could not hold.

    Raises:
        FormatError: if a label is not a word that brat can hold, or the text has a lone
            surrogate, which UTF-8 cannot.
    """
    text_file, annotation_file = _pair(Path(path))
    text, annotations = _encode_text(document, text_file), encode_brat(document)
    with replacing(text_file) as file:
        file.write(text)
    with replacing(annotation_file) as file:
        file.write(annotations.encode("utf-8"))
    return _losses(document)


def write_brat_corpus(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` to a folder, a pair of files each, named by their ids.

    Args:
        documents: with ids that can be names of files, or a single one.
        path: the folder, or ``NAME.ann`` or ``NAME.txt`` for a single document.

    Returns:
        What brat could not hold.

    Raises:
        FormatError: if an id cannot name a file or is given twice, or see ``write_brat``.
    """
    path = Path(path)
    if path.suffix in (".ann", ".txt") and not path.is_dir():
        every = list(documents)
        if len(every) != 1:
            raise FormatError(
                f"{path}: a pair of brat files holds one document, found {len(every)}; name a "
                "folder"
            )
        return write_brat(every[0], path)
    losses = Losses()
    taken: set[str] = set()
    with replacing_folder(path) as folder:
        for document in documents:
            stem = file_stem(document, path, taken)
            losses += write_brat(document, folder / f"{stem}.ann")
    return losses


def decode_brat(
    text: str,
    annotations: str,
    *,
    id: str = "",
    where: str = "annotations",
    options: ReadOptions = AS_IS,
) -> Document:
    """The document that ``annotations``, the content of an ``.ann`` file, make of ``text``.

    Args:
        text: what the offsets count in, in Unicode code points.
        annotations: lines of brat standoff, in any order.
        id: the document's name.
        where: what error messages call the annotations.
        options: what to repair and how to understand relations.

    Returns:
        The document. ``meta["attributes"]`` holds, for each attribute, a list with the value
        of every segment (``True`` for an attribute without values, ``None`` where it is
        absent), ``note`` among them; ``meta["ignored"]`` the number of ignored lines by their
        first character. Both are left out if empty.

    Raises:
        FormatError: if a line cannot be read, does not fit the text, or cannot be held by a
            Document: discontinuous or overlapping spans, relations of an unknown type.
    """
    lines = Lines(where, text)
    for number, line in enumerate(annotations.split("\n"), start=1):
        lines.add(number, line.removesuffix("\r"))
    lines.check_whole(repair=options.repair)
    lines.attach()
    return assemble(
        text,
        lines.spans.values(),
        lines.links.values(),
        where=where,
        options=options,
        id=id,
        ignored=lines.ignored,
        repaired=lines.repaired,
    )


def encode_brat(document: Document) -> str:
    """The content of an ``.ann`` file for ``document``; see ``write_brat``.

    Raises:
        FormatError: if a label is not a word that brat can hold.
    """
    lines = []
    for number, segment in enumerate(document.segments, start=1):
        if not _is_word(segment.label):
            raise FormatError(
                f"{document!r}: brat holds labels that are one word, not {segment.label!r}; "
                f"rename it, on the command line with --map {segment.label!r}=WORD"
            )
        pieces = _pieces(segment)
        places = ";".join(f"{start} {end}" for start, end in pieces)
        shown = " ".join(_LINE_ENDS.sub(" ", document.text[start:end]) for start, end in pieces)
        lines.append(f"T{number}\t{segment.label} {places}\t{shown}")
    values, notes = _values(document)
    values += [(i, THESIS, True) for i, segment in enumerate(document.segments) if segment.thesis]
    for number, (index, name, value) in enumerate(values, start=1):
        shown = "" if value is True else f" {value}"
        lines.append(f"A{number}\t{name} T{index + 1}{shown}")
    for number, relation in enumerate(document.relations, start=1):
        ends = f"Arg1:T{relation.source + 1} Arg2:T{relation.target + 1}"
        lines.append(f"R{number}\t{relation.label} {ends}")
        if relation.score is not None:
            notes.append((f"R{number}", f"score {relation.score!r}"))
    for number, (target, note) in enumerate(notes, start=1):
        lines.append(f"#{number}\t{NOTES} {target}\t{note}")
    # The text column of a line may itself hold a lone surrogate; brat keeps it for the eye only.
    written = "".join(f"{line}\n" for line in lines)
    return written.encode("utf-8", "replace").decode("utf-8")


def _decode(
    text: str, annotations: str, text_file: Path, annotation_file: Path, options: ReadOptions
) -> Document:
    return decode_brat(
        text, annotations, id=text_file.stem, where=str(annotation_file), options=options
    )


def _pieces(segment: Segment) -> list[tuple[int, int]]:
    """The segment's lines; the whole segment, which brat refuses, if a line end is at an edge."""
    pieces = []
    start = segment.start
    for gap in _LINE_ENDS.finditer(segment.text):
        pieces.append((start, segment.start + gap.start()))
        start = segment.start + gap.end()
    pieces.append((start, segment.end))
    if any(start == end for start, end in pieces):
        return [(segment.start, segment.end)]
    return pieces


def _values(document: Document) -> tuple[list[tuple[int, str, Any]], list[tuple[str, str]]]:
    """Attributes as (index, name, value) and notes as (id, text), as far as brat holds them."""
    values: list[tuple[int, str, Any]] = []
    notes: list[tuple[str, str]] = []
    for index, segment in enumerate(document.segments):
        if segment.score is not None:
            notes.append((f"T{index + 1}", f"score {segment.score!r}"))
    for name, of in attributes_of(document).items():
        for index, value in enumerate(of):
            if value is None or not _holds(name, value):
                continue
            if name == NOTE:
                notes += [(f"T{index + 1}", line) for line in value.split("\n")]
            else:
                values.append((index, name, value))
    return values, notes


def _holds(name: str, value: object) -> bool:
    if name == NOTE:
        lines = value.split("\n") if isinstance(value, str) else [""]
        return all(
            line
            and line == line.strip()
            and not _LINE_ENDS.search(line)
            and not SCORE.fullmatch(line)
            for line in lines
        )
    return name != THESIS and _is_word(name) and (value is True or _is_word(value))


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.split() == [value]


def _losses(document: Document) -> Losses:
    lost = sum(
        value is not None and not _holds(name, value)
        for name, of in attributes_of(document).items()
        for value in of
    )
    held = [ATTRIBUTES] if attributes_of(document) else []
    return losses_of(document, META, held_meta=held) + Losses({ATTRIBUTE_VALUES: lost})


def _encode_text(document: Document, path: Path) -> bytes:
    try:
        return document.text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError(
            f"{path}: the text has a lone surrogate at {error.start}, which UTF-8 cannot "
            "hold; write the document as JSON instead"
        ) from None


def _pair(path: Path) -> tuple[Path, Path]:
    if path.suffix not in (".txt", ".ann"):
        raise FormatError(f"{path}: expected the name of a .txt or .ann file, or of a folder")
    return path.with_suffix(".txt"), path.with_suffix(".ann")


def _read(path: Path) -> str:
    if not path.is_file():
        raise FormatError(
            f"{path}: brat needs a .txt and an .ann of the same name: there is no such file"
        )
    raw = read_whole(path, advice="split the article")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(raw, error.start, where=str(path)) from None
