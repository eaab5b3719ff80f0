"""The lines of brat's ``.ann`` files: what ``contend.formats.brat`` makes documents of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from contend.errors import FormatError
from contend.formats.assemble import Link, Span
from contend.formats.base import NOTE

#: The attribute that marks the thesis, the type of annotators' notes, what is counted where an
#: attribute has several values, and a note that is a score.
THESIS = "Thesis"
NOTES = "AnnotatorNotes"
REPLACED = "values of attributes that are given another one"
SCORE = re.compile(r"score ([0-9.e+-]+)")
_IGNORED = "EN*"


@dataclass(slots=True)
class Lines:
    """What the lines of a file say.

    Attributes:
        where: the file, for messages.
        text: what offsets count in.
        spans: segments by id.
        links: relations by id.
        said: attributes and notes: line, id of what they are said of, name, value.
        ignored: lines that have no place in a document, by their first character.
        repaired: what was dropped, by kind.
        discontinuous: id of such a span -> its line.
    """

    where: str
    text: str
    spans: dict[str, Span] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    said: list[tuple[int, str, str, Any]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    discontinuous: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, line: str) -> None:
        """Take in a line.

        Raises:
            FormatError: if it is not one of brat.
        """
        if not line.strip():
            return
        kind = line[0]
        if kind in _IGNORED:
            self.ignored[kind] += 1
            return
        name, *columns = line.split("\t", 2)
        if kind not in "TAMR#" or not columns:
            raise self.error(
                number,
                f"expected a line of brat standoff, <id> tab <annotation>, found {line!r:.80}",
            )
        rest = columns[1] if columns[1:] else ""
        if kind == "T":
            self._add_span(number, name, columns[0], rest)
        elif kind == "R":
            self._add_link(number, name, columns[0])
        elif kind == "#":
            self._add_note(columns[0].split(), rest.strip(), number)
        else:
            words = columns[0].split()
            if not 2 <= len(words) <= 3:
                raise self.error(
                    number, f"expected <attribute> <id> <value>, found {columns[0]!r:.80}"
                )
            if words[0] == NOTE and not words[2:]:
                raise self.error(
                    number,
                    f"expected a value of the attribute {NOTE}, which is kept with annotators' "
                    "notes, found none; rename it",
                )
            self.said.append((number, words[1], words[0], words[2] if words[2:] else True))

    def _add_span(self, number: int, name: str, annotation: str, shown: str) -> None:
        try:
            label, places = annotation.strip().split(" ", 1)
            pieces = [(int(a), int(b)) for a, b in (each.split() for each in places.split(";"))]
        except ValueError:
            raise self.error(
                number, f"expected <label> <start> <end>, found {annotation!r:.80}"
            ) from None
        first = self.spans.get(name)
        if first is not None:
            raise self.error(number, f"{name} is given twice; the first is in {first.where}")
        gaps = [self.text[end:start] for (_, end), (start, _) in pairwise(pieces) if end <= start]
        if len(gaps) < len(pieces) - 1 or any(gap.strip() for gap in gaps):
            self.discontinuous[name] = number
            return
        self.spans[name] = Span(
            start=pieces[0][0],
            end=pieces[-1][1],
            label=label,
            name=name,
            where=f"line {number}",
            quoted=shown if shown.strip() else None,
        )

    def _add_link(self, number: int, name: str, annotation: str) -> None:
        try:
            kind, first, second = annotation.split()
            if first.startswith("Arg2:"):
                first, second = second, first
            source, target = first.removeprefix("Arg1:"), second.removeprefix("Arg2:")
            if ":" in source + target:
                raise ValueError
        except ValueError:
            raise self.error(
                number, f"expected <type> Arg1:<id> Arg2:<id>, found {annotation!r:.80}"
            ) from None
        if name in self.links:
            before = self.links[name].where
            raise self.error(number, f"{name} is given twice; the first is in {before}")
        self.links[name] = Link(
            source=source,
            target=target,
            label=kind,
            where=f"line {number}",
        )

    def _add_note(self, words: list[str], note: str, number: int) -> None:
        if len(words) == 2 and words[0] == NOTES and words[1][0] in "TR":
            self.said.append((number, words[1], NOTE, note))
        else:
            self.ignored["#"] += 1

    def check_whole(self, *, repair: bool) -> None:
        """Refuse discontinuous spans, or count them as dropped."""
        if self.discontinuous and not repair:
            raise self.error(
                next(iter(self.discontinuous.values())),
                f"a segment must be one span of text, but {len(self.discontinuous)} here are "
                "discontinuous (offsets with ';'), this is the first; join or remove them, or "
                "convert with --repair, which drops them",
            )
        if self.discontinuous:
            self.repaired["discontinuous segments dropped"] += len(self.discontinuous)

    def attach(self) -> None:
        """Give attributes, notes and scores to the spans and links that they are said of."""
        for number, target, name, value in self.said:
            score = SCORE.fullmatch(value) if name == NOTE else None
            if target in self.links:
                if score:
                    link = self.links[target]
                    self.links[target] = replace(link, score=self._score(number, score[1]))
                else:
                    self.ignored["#" if name == NOTE else "A"] += 1
            elif target not in self.spans:
                # Attributes may also belong to events, which keep none here.
                if target[0] in "ER" or target in self.discontinuous or name == NOTE:
                    self.ignored["#" if name == NOTE else "A"] += 1
                else:
                    raise self.error(number, f"{name} is said of {target}, which is not there")
            elif score:
                span = self.spans[target]
                self.spans[target] = replace(span, score=self._score(number, score[1]))
            elif name == THESIS:
                self.spans[target] = replace(self.spans[target], thesis=True)
            else:
                self._attribute(target, name, value)

    def _attribute(self, target: str, name: str, value: Any) -> None:
        span = self.spans[target]
        before = span.attributes.get(name)
        if name == NOTE and before is not None:
            value = f"{before}\n{value}"
        elif before not in (None, value):
            self.ignored[REPLACED] += 1
        self.spans[target] = replace(span, attributes={**span.attributes, name: value})

    def _score(self, number: int, written: str) -> float:
        try:
            score = float(written)
        except ValueError:
            score = -1.0
        if not 0.0 <= score <= 1.0:
            raise self.error(number, f"expected a score from 0 to 1, found {written!r}")
        return score

    def error(self, number: int, message: str) -> FormatError:
        """The error that names the file and the line."""
        return FormatError(f"{self.where}, line {number}: {message}")
