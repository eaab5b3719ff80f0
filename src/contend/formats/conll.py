r"""CoNLL: a word and its BIO tag a line, blank lines between sentences.

Source: https://universaldependencies.org/ext-format.html (CoNLL-U Plus: columns and comments of
what is written) and https://www.clips.uantwerpen.be/conll2003/ner/ (plain columns).

Written are CoNLL-U Plus files from which a document is rebuilt exactly::

    # global.columns = FORM CONTEND:TAG CONTEND:START MISC
    # newdoc id = road
    Shut	B-claim	0	Thesis=Yes
    it	I-claim	5	SpaceAfter=No
    .	I-claim	7	SpacesAfter=\n

``START`` counts code points. ``MISC`` holds, as in CoNLL-U, the white space around a word, and of
a segment's first word its score, the mark of the thesis and its relations
(``Relations=supports:0:0.9``: label, place of the target among the segments, score). A segment
consists of whole words: white space at its edges is lost, with a count.

Read are these and plain files of two columns or more, separated by tabs or blanks: the word in
the first, the tag in the last. Words are joined by blanks, sentences by line ends; ``-DOCSTART-``
or ``# newdoc`` begins a document. Tags may be BIO, IOB or BIOES. ``# global.columns``, with a name
for every column, says where ``FORM`` and ``CONTEND:TAG`` stand in other files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from contend.document import Document, Segment
from contend.errors import FormatError
from contend.files import replacing
from contend.formats.base import AS_IS, RELATIONS, Losses, ReadOptions, meta_of_kept
from contend.formats.conll_lines import COLUMNS, escape, parse
from contend.text.sentences import split_sentences

EDGES = "segments with white space at an edge, which is cut"
BLANK_SEGMENTS = "segments without a word"
_LETTERS = r"(?:\w[\u0300-\u036f]*)+"  # combining marks stay with their letters
_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*|\S")


def read_conll(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents in the file ``path``, one after another, in bounded memory.

    A document without an id is called like the file, with a number from the second one on.

    Raises:
        FormatError: if the file cannot be read or a line is not a word with its tag; the message
            names the file and the line.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            for number, lines in enumerate(parse(file, where=str(path)), 1):
                name = path.stem if number == 1 else f"{path.stem}-{number}"
                with options.reading_one():
                    yield lines.document(options, name)
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None


def write_conll(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` to the file ``path``, which is replaced once all are written.

    Returns:
        What words and tags cannot hold.

    Raises:
        FormatError: if a label has a tab or a line end, or a text a lone surrogate.
    """
    losses = Losses()
    with replacing(path) as file:
        file.write(f"# global.columns = {' '.join(COLUMNS)}\n".encode())
        for document in documents:
            lines, lost = _encode(document)
            losses += lost
            try:
                file.write("".join(f"{line}\n" for line in lines).encode())
            except UnicodeEncodeError:
                raise FormatError(
                    f"{document!r}: the text has a lone surrogate, which UTF-8 cannot hold; write "
                    "the document as JSON Lines instead"
                ) from None
    return losses


def _encode(document: Document) -> tuple[list[str], Losses]:
    """The lines of ``document``, with a blank one at the end, and what they do not hold."""
    lines = [f"# newdoc id = {escape(document.id)}" if document.id else "# newdoc"]
    text = document.text
    spans = [_visible(segment) for segment in document.segments]
    written = [index for index, (start, end) in enumerate(spans) if start < end]
    meta = meta_of_kept(document, written)
    if meta:
        try:
            lines.append(f"# meta = {json.dumps(meta, allow_nan=False)}")
        except (TypeError, ValueError) as error:
            raise FormatError(f"{document!r}: JSON cannot hold its meta: {error}") from None
    begins = {spans[index][0]: index for index in written}
    sentences = {start for start, _ in split_sentences(text)}
    words = _words(text, [spans[index] for index in written])
    if text and not words:
        lines.append(f"# blanks = {escape(text)}")
    current = -1
    for number, (start, stop) in enumerate(words):
        current = begins.get(start, current)
        inside = current >= 0 and start < spans[current][1]
        first = inside and start in begins
        if number and start in sentences and (first or not inside):
            lines.append("")
        tag = f"{'B' if first else 'I'}-{_label(document, current)}" if inside else "O"
        after = words[number + 1][0] if number + 1 < len(words) else len(text)
        properties = [f"SpacesBefore={escape(text[:start])}"] if not number and start else []
        properties += _spaces_after(text[stop:after])
        properties += _of_segment(document, current, written) if first else []
        columns = [text[start:stop], tag, str(start), "|".join(properties) or "_"]
        lines.append("\t".join(columns))
    return [*lines, ""], _losses(document, spans, written)


def _visible(segment: Segment) -> tuple[int, int]:
    """The offsets of ``segment`` without the white space at its edges; empty if it has no word."""
    text = segment.text
    return segment.start + len(text) - len(text.lstrip()), segment.start + len(text.rstrip())


def _words(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    return [
        match.span() for start, end in pairwise(edges) for match in _WORD.finditer(text, start, end)
    ]


def _label(document: Document, index: int) -> str:
    label = document.segments[index].label
    if label.split("\t") != label.splitlines():
        raise FormatError(
            f"{document!r}: CoNLL holds labels without tabs and line ends, not {label!r}; rename "
            "it, on the command line with --map"
        )
    return label


def _of_segment(document: Document, index: int, written: list[int]) -> list[str]:
    """What the first word of a segment says of it."""
    segment = document.segments[index]
    said = ["Thesis=Yes"] if segment.thesis else []
    if segment.score is not None:
        said.append(f"Score={segment.score!r}")
    relations = [
        f"{relation.label}:{written.index(relation.target)}"
        + ("" if relation.score is None else f":{relation.score!r}")
        for relation in document.relations
        if relation.source == index and relation.target in written
    ]
    return [*said, f"Relations={','.join(relations)}"] if relations else said


def _losses(document: Document, spans: list[tuple[int, int]], written: list[int]) -> Losses:
    cut = sum((s.start, s.end) != span for s, span in zip(document.segments, spans, strict=True))
    blank = len(spans) - len(written)
    lost = sum(not {each.source, each.target} <= {*written} for each in document.relations)
    return Losses({EDGES: cut - blank, BLANK_SEGMENTS: blank, RELATIONS: lost})


def _spaces_after(blanks: str) -> list[str]:
    if blanks == " ":
        return []
    return [f"SpacesAfter={escape(blanks)}" if blanks else "SpaceAfter=No"]
