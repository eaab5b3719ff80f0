"""Checks of one document's text and segments."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from contend.checking.findings import Finding, finding, quoted
from contend.document import Document, Segment
from contend.text.sentences import cuts_word, split_sentences

# From here on edges inside words are no slips: the offsets count something else.
_SHIFTED_SEGMENTS = 3
_ODD = re.compile("[\0\ufffd\ufeff\ud800-\udfff]")
_ODD_NAMES = {"\0": "NUL", "\ufffd": "U+FFFD", "\ufeff": "a byte order mark"}


def check_text(document: Document, part: str) -> Iterator[Finding]:
    """An empty text, and characters that betray a wrong encoding."""
    if not document.text.strip():
        yield finding("empty-document", "expected a text, found none", part, document)
    odd = _ODD.findall(document.text)
    if odd:
        names = sorted({_ODD_NAMES.get(each, "a lone surrogate") for each in odd})
        first = document.text.index(odd[0])
        yield finding(
            "odd-characters",
            f"{len(odd):,} odd characters ({', '.join(names)}), the first at {first}",
            part,
            document,
        )


def check_segments(document: Document, part: str, *, sentences: bool = True) -> Iterator[Finding]:
    """Edges of segments: blanks, words and sentences cut.

    Args:
        document: the document.
        part: the part it belongs to.
        sentences: whether a segment should lie in one sentence.
    """
    for segment in document.segments:
        yield from _check_characters(document, segment, part)
    cut = [each for each in document.segments if cuts_word(document.text, each.start, each.end)]
    if len(cut) >= _SHIFTED_SEGMENTS and 2 * len(cut) >= len(document.segments):
        yield finding(
            "offsets",
            f"{len(cut)} of {len(document.segments)} segments begin or end inside a word, as "
            f"{quoted(cut[0].text)}: their offsets seem to count bytes, UTF-16 units or another "
            "version of the text",
            part,
            document,
            cut[0],
        )
    else:
        for segment in cut:
            yield finding(
                "inside-word", f"{quoted(segment.text)} cuts a word", part, document, segment
            )
    if sentences:
        yield from _check_sentences(document, part)


def _check_characters(document: Document, segment: Segment, part: str) -> Iterator[Finding]:
    text = segment.text
    if not text.strip():
        message = f"expected a passage, found only white space ({segment.label})"
        yield finding("blank-segment", message, part, document, segment)
    elif text != text.strip():
        edges = [
            f"{len(edge)} at its {side}"
            for side, edge in (
                ("start", text[: len(text) - len(text.lstrip())]),
                ("end", text[len(text.rstrip()) :]),
            )
            if edge
        ]
        message = f"{quoted(text.strip())} has blanks: {' and '.join(edges)}"
        yield finding("blank-edge", message, part, document, segment)
    if text.strip() and not any(character.isalnum() for character in text):
        message = f"expected words, found {quoted(text)} ({segment.label})"
        yield finding("no-word", message, part, document, segment)


def _check_sentences(document: Document, part: str) -> Iterator[Finding]:
    sentences = split_sentences(document.text)
    starts = [start for start, _ in sentences]
    for segment in document.segments:
        text = segment.text
        if not text.strip():
            continue
        first = segment.start + len(text) - len(text.lstrip())
        last = segment.start + len(text.rstrip()) - 1
        begins, ends = (bisect_right(starts, at) - 1 for at in (first, last))
        if begins != ends:
            yield finding(
                "crosses-sentence",
                f"{segment.label} {quoted(text)} goes on for {ends - begins + 1} sentences; the "
                f"first ends at {sentences[begins][1]}",
                part,
                document,
                segment,
            )
