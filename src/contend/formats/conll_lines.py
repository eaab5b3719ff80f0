"""The lines of CoNLL files: what ``contend.formats.conll`` reads, document by document."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from contend.document import Document
from contend.errors import FormatError
from contend.files import decode_line, read_lines
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import ReadOptions

#: The columns that are written.
COLUMNS = ("FORM", "CONTEND:TAG", "CONTEND:START", "MISC")
#: Of a document, which is held in memory; files may be of any size.
MOST_WORDS = 2_000_000
_ESCAPES = {" ": "s", "\t": "t", "\n": "n", "\r": "r", "|": "p", "\\": "\\"}
_UNESCAPES = {letter: character for character, letter in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|(.))")
_COMMENT = re.compile(r"#\s*(newdoc|global\.columns|meta|blanks)\b(?:\s+id)?\s*(?:=\s*(.*))?")
_TAG = re.compile(r"([BIESLU])-(.+)|O")
_BEGINS, _ENDS = "BSU", "ESLU"
_DOCUMENT = "-DOCSTART-"
# Numbers of multi-word and empty tokens in CoNLL-U.
_BETWEEN = re.compile(r"\d+[-.]\d+")
_MOST_DIGITS = 18


def escape(text: str) -> str:
    r"""``text`` with white space, bars and backslashes as UDPipe escapes them, or as ``\uXXXX``."""
    return "".join(
        f"\\{_ESCAPES[character]}"
        if character in _ESCAPES
        else f"\\u{ord(character):04x}"
        if character.isspace()
        else character
        for character in text
    )


def unescape(text: str) -> str:
    """What ``escape`` was given."""
    return _ESCAPED.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _UNESCAPES.get(found[2], found[2]),
        text,
    )


@dataclass(frozen=True, slots=True)
class Word:
    """A line: a word with its tag and what else is said of it.

    Attributes:
        form: the word.
        tag: ``O``, ``B-label``, ``I-label`` or one of IOBES.
        line: its number in the file, from 1.
        opens: whether a blank line comes before it.
        start: its first code point, ``None`` if the file does not say.
        misc: further properties, as in CoNLL-U.
    """

    form: str
    tag: str
    line: int
    opens: bool
    start: int | None
    misc: dict[str, str]


@dataclass(slots=True)
class Lines:
    """The lines of one document.

    Attributes:
        where: the file, for messages.
        exact: whether white space is given, so that the text can be rebuilt.
        named: whether the file names its columns.
        id: its name; ``None`` if none is given.
        meta: its meta.
        blanks: its text if it has no words.
        words: its words.
        fault: the error of its first line that cannot be read, if any.
    """

    where: str
    exact: bool
    named: bool
    id: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    blanks: str = ""
    words: list[Word] = field(default_factory=list)
    fault: FormatError | None = None

    def document(self, options: ReadOptions, name: str) -> Document:
        """The document; ``name`` is its id if the lines give none.

        Raises:
            FormatError: if a line, a tag, a score or a relation cannot be understood, words do not
                begin where they should, or the first column has numbers instead of words.
        """
        if self.fault is not None:
            raise self.fault
        if not self.named and _are_numbers(self.words):
            raise self.error(
                self.words[0].line,
                "expected a word in the first column, but it numbers the words, 1, 2, 3; say what "
                "the columns are, a name for each, in a first line such as "
                "# global.columns = ID FORM CONTEND:TAG",
            )
        text, places = self._text()
        spans: list[Span] = []
        links: list[Link] = []
        for index, (first, last, label) in enumerate(self._segments()):
            word = self.words[first]
            links += self._links(index, word)
            span = Span(
                start=places[first],
                end=places[last] + len(self.words[last].form),
                label=label,
                name=str(index),
                where=f"line {word.line}",
                thesis=word.misc.get("Thesis") == "Yes",
                score=_number(word.misc.get("Score")),
            )
            spans.append(span)
        return assemble(
            text,
            spans,
            links,
            where=self.where,
            options=options,
            id=name if self.id is None else self.id,
            meta=self.meta,
        )

    def add(self, line: str, number: int, columns: _Columns, *, opens: bool) -> bool:
        """Take in a line; whether it has a word. What is wrong with it, ``document`` says.

        Raises:
            FormatError: if there are too many words.
        """
        try:
            word = columns.word(line, number, opens=opens)
        except FormatError as error:
            self.fault = self.fault or error
            return False
        if word is not None:
            self.words.append(word)
        if len(self.words) > MOST_WORDS:
            raise self.error(
                number,
                f"expected documents of at most {MOST_WORDS:,} words; begin each with a line "
                f"{_DOCUMENT} or # newdoc",
            )
        return word is not None

    def _text(self) -> tuple[str, list[int]]:
        """The text and where in it each word begins."""
        first = self.words[0].misc.get("SpacesBefore", "") if self.words else ""
        parts = [self.blanks, unescape(first)]
        at = sum(map(len, parts))
        places = []
        for number, word in enumerate(self.words):
            if word.start not in (None, at):
                raise self.error(
                    word.line,
                    f"the word {word.form!r:.60} should begin at {word.start}, but the words and "
                    f"blanks before it end at {at}; offsets count Unicode code points from 0",
                )
            places.append(at)
            following = self.words[number + 1] if number + 1 < len(self.words) else None
            blanks = self._blanks(word, following)
            parts += [word.form, blanks]
            at += len(word.form) + len(blanks)
        return "".join(parts), places

    def _blanks(self, word: Word, following: Word | None) -> str:
        if word.misc.get("SpaceAfter") == "No":
            return ""
        if "SpacesAfter" in word.misc:
            return unescape(word.misc["SpacesAfter"])
        if self.exact:
            return " "
        return "" if following is None else "\n" if following.opens else " "

    def _segments(self) -> list[tuple[int, int, str]]:
        """First word, last word and label of each segment."""
        found: list[tuple[int, int, str]] = []
        going_on = False
        for number, word in enumerate(self.words):
            # In IOB1 two segments that a blank line parts need no B; our writer parts none so.
            going_on = going_on and (self.exact or not word.opens)
            match = _TAG.fullmatch(word.tag)
            if match is None:
                raise self.error(
                    word.line,
                    f"expected a tag in the last column, O, B-label or I-label, found {word.tag!r}",
                )
            prefix, label = match.groups()
            if prefix is None:
                going_on = False
            elif not going_on or prefix in _BEGINS or label != found[-1][2]:
                found.append((number, number, label))
            else:
                found[-1] = (found[-1][0], number, label)
            going_on = prefix is not None and prefix not in _ENDS
        return found

    def _links(self, index: int, word: Word) -> list[Link]:
        links = []
        for written in filter(None, word.misc.get("Relations", "").split(",")):
            label, target, *score = written.split(":")[:3] if ":" in written else ("", "")
            if not label:
                raise self.error(
                    word.line, f"expected Relations=label:target:score,..., found {written!r:.80}"
                )
            links.append(
                Link(
                    source=str(index),
                    target=target,
                    label=label,
                    where=f"line {word.line}",
                    score=_number(score[0]) if score else None,
                )
            )
        return links

    def error(self, line: int, message: str) -> FormatError:
        """The error that names the file and the line."""
        return FormatError(f"{self.where}, line {line}: {message}")


def parse(file: BinaryIO, *, where: str) -> Iterator[Lines]:
    """The documents in an open file, in bounded memory.

    Args:
        file: open for reading bytes.
        where: its name, for messages.

    Raises:
        FormatError: if a line is not UTF-8, or a line or a document is too large.
    """
    columns = _Columns(where)
    current: Lines | None = None
    opens = False
    for number, raw in read_lines(file, where=where):
        line = _decoded(raw, where, number)
        if not line.strip():
            opens = True
            continue
        comment = _COMMENT.fullmatch(line) if line.startswith("#") else None
        if comment or (line.startswith("#") and not _is_word(line)):
            key, value = comment.groups() if comment else ("", None)
            if key == "global.columns":
                columns.name((value or "").split())
            elif key == "newdoc":
                if current is not None:
                    yield current
                current = columns.lines()
                current.id = unescape(value or "") if columns.exact or value else None
            elif current is not None and columns.exact:
                _say(current, key, value or "", number)
            continue
        if line.split()[0] == _DOCUMENT and not columns.exact:
            if current is not None and (current.words or current.fault):
                yield current
            current = columns.lines()
            continue
        current = current or columns.lines()
        opens &= not current.add(line, number, columns, opens=opens)
    if current is not None:
        yield current


@dataclass(slots=True)
class _Columns:
    """What the columns of a file mean."""

    where: str
    names: list[str] = field(default_factory=list)
    n_columns: int = 0
    first_line: int = 0
    tabs: bool = False

    @property
    def exact(self) -> bool:
        return "CONTEND:START" in self.names

    def name(self, names: list[str]) -> None:
        self.names = names

    def lines(self) -> Lines:
        """Those of a new document."""
        return Lines(self.where, self.exact, bool(self.names))

    def word(self, line: str, number: int, *, opens: bool) -> Word | None:
        """The word of a line; ``None`` for the multi-word and empty ones of CoNLL-U."""
        if not self.n_columns:
            self.tabs = "\t" in line
        values = line.split("\t") if self.tabs else line.split()
        if not self.n_columns:
            self.n_columns, self.first_line = len(self.names) or len(values), number
        if len(values) != self.n_columns or len(values) < 2:
            of_first = f" as in line {self.first_line}" if self.first_line < number else ""
            raise FormatError(
                f"{self.where}, line {number}: expected {max(self.n_columns, 2)} columns{of_first}"
                f", a word first and its tag last, separated by {'tabs' if self.tabs else 'blanks'}"
                f", found {len(values)}: {line!r:.80}"
            )
        of = dict(zip(self.names, values, strict=False))
        if not of.get("ID", "1").isdigit():
            return None
        start = of.get("CONTEND:START", "")
        if start and not (start.isdecimal() and len(start) <= _MOST_DIGITS):
            raise FormatError(
                f"{self.where}, line {number}: expected an offset in the column CONTEND:START, "
                f"found {start!r:.40}"
            )
        misc = of.get("MISC", "_")
        pairs = (each.partition("=") for each in misc.split("|") if misc != "_")
        return Word(
            of.get("FORM", values[0]),
            of.get("CONTEND:TAG", values[-1]),
            number,
            opens,
            int(start) if start else None,
            {key: value for key, _, value in pairs},
        )


def _are_numbers(words: list[Word]) -> bool:
    """Whether the words are 1, 2, 3, through the document or through each of its sentences."""
    first = number = -1
    opens = runs_on = False
    for word in words:
        opens = opens or word.opens
        if _BETWEEN.fullmatch(word.form):
            continue
        if number < 0 and word.form in ("0", "1"):
            first = number = int(word.form)
        elif word.form == str(number + 1) and number >= 0:
            number += 1
            runs_on = runs_on or not opens
        elif word.form == str(first) and opens:
            number = first
        else:
            return False
        opens = False
    return runs_on


def _decoded(raw: bytes, where: str, number: int) -> str:
    if number == 1:
        raw = raw.removeprefix(codecs.BOM_UTF8)
    return decode_line(raw, where=f"{where}, line {number}").rstrip("\r\n")


def _is_word(line: str) -> bool:
    """Whether a line that begins with # is the word # and no comment."""
    tabs = "\t" in line
    values = line.split("\t") if tabs else line.split()
    tagged = len(values) > 1 and _TAG.fullmatch(values[-1]) is not None
    return tagged or (tabs and " " not in values[0])


def _say(lines: Lines, key: str, value: str, number: int) -> None:
    if key == "blanks":
        lines.blanks = unescape(value)
    elif key == "meta":
        try:
            lines.meta = dict(json.loads(value))
        except (ValueError, TypeError, RecursionError):
            raise lines.error(number, f"expected a JSON object, found {value!r:.60}") from None


def _number(written: str | None) -> float | None:
    if written is None:
        return None
    try:
        return float(written)
    except ValueError:
        return -1.0  # no probability: refused with the place of its segment
