"""Paragraphs and sentences as half-open code-point spans of the unaltered text.

Rules, not a model: on news and essays they measured as well as every library that keeps exact
offsets, and better than those that do not (ARCHITECTURE.md, "Sentences").
"""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_VISIBLE = re.compile(r"\S")
_WORD = re.compile(r"\S+")
_FINAL = ".!?…"
_CLOSING = "\"”’')]»"
# Possessive and only at the first of a run: thousands of dots in a row take no quadratic time.
_END = re.compile(rf"(?<![{_FINAL}])[{_FINAL}]++[{re.escape(_CLOSING)}]*+(?=\s++[\"“‘'(\[«]?(\S))")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|vs|Gen|Sen|Rep|Gov|Prof|Jr|Sr|Lt|Col|Maj|Sgt|Capt|Rev|Hon|Inc|"
    r"Ltd|Co|Corp|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|Fig|al|approx|e\.g|i\.e|etc)"
    r"|\b[A-Z]|\b(?:[A-Za-z]\.)+[A-Za-z])\.$"
)
_NUMBER = re.compile(r"\bNos?\.$")  # an abbreviation before a number only: "No. They left."
_LONGEST_ABBREVIATION = 12
# Hard-wrapped text (mail, old archives) has lines of about this many characters.
_WRAP_WIDTHS = range(50, 121)

Span = tuple[int, int]


def split_paragraphs(text: str) -> list[Span]:
    """The paragraphs of ``text``, without the white space around them.

    Every line is a paragraph, unless the line end before it is a stray one: the line goes on in
    lower case after one without final punctuation (a blank line between them, as page breaks
    leave it, makes no difference), or the lines are wrapped at a fixed width and its first word
    would not have fitted on the line before.
    """
    paragraphs: list[Span] = []
    for block in _blocks(text):
        width = max(end - start for start, end in block)
        for place, (start, end) in enumerate(block):
            stray = bool(paragraphs) and (
                _goes_on(text, paragraphs[-1][1], start)
                or (place > 0 and _is_wrapped(text, block[place - 1], start, width))
            )
            if stray:
                paragraphs[-1] = (paragraphs[-1][0], end)
            else:
                paragraphs.append((start, end))
    return paragraphs


def split_sentences(text: str) -> list[Span]:
    """The sentences of ``text``, without the white space around them.

    Sentences never cross the end of a paragraph. All visible text lies in exactly one sentence.
    """
    return [
        sentence
        for start, end in split_paragraphs(text)
        for sentence in _sentences(text, start, end)
    ]


def cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a stretch of ``text`` begins or ends between two letters or digits."""
    return any(
        0 < edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum()
        for edge in (start, end)
    )


def _sentences(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    at = start
    for match in _END.finditer(text, start, end):
        follows = match.group(1)
        if not (follows.isupper() or follows.isdigit() or follows in "$£€"):
            continue
        final = match.start() + 1
        before = text[max(at, final - _LONGEST_ABBREVIATION) : final]
        if _ABBREVIATION.search(before) or (follows.isdigit() and _NUMBER.search(before)):
            continue
        spans.append((at, match.end()))
        visible = _VISIBLE.search(text, match.end(), end)
        at = visible.start() if visible else end
    if at < end:
        spans.append((at, end))
    return spans


def _strip(text: str, start: int, end: int) -> Span | None:
    line = text[start:end]
    left = len(line) - len(line.lstrip())
    right = len(line.rstrip())
    return (start + left, start + right) if left < right else None


def _blocks(text: str) -> list[list[Span]]:
    """The lines of ``text`` without outer white space, grouped by blank lines."""
    blocks: list[list[Span]] = []
    end = -1
    for match in _LINE.finditer(text):
        line = _strip(text, *match.span())
        if line is None:
            continue
        between = text[end : line[0]]
        if end < 0 or max(between.count("\n"), between.count("\r")) > 1:
            blocks.append([])
        blocks[-1].append(line)
        end = line[1]
    return blocks


def _goes_on(text: str, end: int, start: int) -> bool:
    """Whether the text at ``start`` continues the sentence that breaks off at ``end``."""
    return text[start].islower() and text[end - 1] not in _FINAL + _CLOSING + ":;"


def _is_wrapped(text: str, before: Span, start: int, width: int) -> bool:
    """Whether the line ``before`` ended only because the word at ``start`` did not fit."""
    first_word = _WORD.match(text, start)
    assert first_word is not None  # a stripped line begins with a visible character
    return width in _WRAP_WIDTHS and before[1] - before[0] + 1 + len(first_word.group()) > width
