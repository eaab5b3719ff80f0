"""Documents in a terminal: the article with its segments marked, predicted beside gold.

Everything that colour says is also written: ``[E4→3·87%]`` stands before a passage of evidence,
the fourth, that supports the third and is labelled so with a probability of .87. Where there is
no colour, ``[/]`` marks the end of a passage if unmarked text follows.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contend import scheme
from contend.document import Document, Segment
from contend.render.layout import (
    Pair,
    Paragraph,
    Targets,
    ordered_labels,
    pair_segments,
    paragraphs,
    relation_targets,
)

_WIDTH = 96
_LETTERS = {scheme.CLAIM: "C", scheme.EVIDENCE: "E", scheme.COUNTERCLAIM: "X"}
_STYLES = ("blue", "green", "red", "magenta", "yellow", "cyan")
_ARROWS = {scheme.SUPPORTS: "→", scheme.ATTACKS: "⇢"}
_PLAIN_ARROWS = {scheme.SUPPORTS: "->", scheme.ATTACKS: "-x"}
_VERDICTS = {"same": "same", "bounds": "bounds differ", "label": "label differs"}
# A terminal would obey control characters, and could not encode lone surrogates.
_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
# An id, the number of words and what is marked; a long one goes over several lines.
_HEADING = re.compile(r"(?:[^\n]|\n(?!\n))*  [\d,]+ words: ")
_SURROGATE = re.compile("[\ud800-\udfff]")


def render(document: Document, console: Console) -> None:
    """Print ``document``: a summary, the article with its segments marked, a legend."""
    writer = _Writer(console, ordered_labels([document]))
    targets = relation_targets(document)
    writer.summary(document, targets)
    for paragraph in paragraphs(document):
        writer.paragraph(document, paragraph, targets)
    writer.legend(document)


def compare(predicted: Document, gold: Document, console: Console) -> None:
    """Print a table of the passages of both documents, predicted beside gold.

    Args:
        predicted: what a model says.
        gold: what it should say, over the same text.
        console: where to print.
    """
    writer = _Writer(console, ordered_labels([predicted, gold]))
    pairs = pair_segments(gold, predicted)
    of_gold, of_predicted = relation_targets(gold), relation_targets(predicted)
    table = Table(title=writer.shown(gold.id) or None, box=None, pad_edge=False, expand=True)
    for heading in ("gold", "predicted", ""):
        table.add_column(heading, no_wrap=True)
    table.add_column("passage", ratio=1, no_wrap=True, overflow="ellipsis")
    for pair in pairs:
        table.add_row(
            writer.cell(gold, pair.gold, of_gold),
            writer.cell(predicted, pair.predicted, of_predicted),
            *writer.verdict(pair),
        )
    console.print(table)
    counts = Counter(pair.verdict for pair in pairs if pair.verdict != "only")
    parts = [f"{counts[verdict]} {words}" for verdict, words in _VERDICTS.items()]
    parts.append(f"{sum(pair.predicted is None for pair in pairs)} missed")
    parts.append(f"{sum(pair.gold is None for pair in pairs)} too many")
    console.print(Text(", ".join(parts), style="bold"))


def is_rendering(file: Path) -> bool:
    """Whether a text file begins with the heading that ``render`` writes."""
    with file.open("rb") as opened:
        head = opened.read(4096).decode("utf-8", "replace")
    return _HEADING.match(head) is not None


def showable(text: str, encoding: str) -> str:
    """``text`` as a terminal with this encoding can show it."""
    held = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").translate(_CONTROLS))
    return held.encode(encoding, "replace").decode(encoding)


class _Writer:
    """What one console can show, and how labels look on it."""

    def __init__(self, console: Console, labels: list[str]) -> None:
        self._console = console
        self._width = min(console.width, _WIDTH)
        self._styles = {label: _STYLES[place % len(_STYLES)] for place, label in enumerate(labels)}
        self._encoding = console.encoding or "utf-8"
        self._coloured = console.color_system is not None and not console.no_color
        plain = not self._encoding.lower().startswith("utf")
        self._arrows = _PLAIN_ARROWS if plain else _ARROWS
        self._point = ":" if plain else "·"

    def shown(self, text: str) -> str:
        """``text`` as the terminal can show it."""
        return showable(text, self._encoding)

    def print(self, text: Text) -> None:
        self._console.print(text, width=self._width, highlight=False, overflow="fold")

    def tag(self, index: int, segment: Segment, targets: Targets) -> str:
        """The label, number, targets and score of a segment, in brackets and without a blank."""
        arrows = "".join(f"{self._arrows[label]}{target + 1}" for label, target in targets[index])
        parts = [f"{self._name(segment.label)}{index + 1}{arrows}"]
        if segment.thesis:
            parts.append("thesis")
        if segment.score is not None:
            parts.append(f"{segment.score:.0%}")
        return f"[{self._point.join(parts)}]"

    def summary(self, document: Document, targets: Targets) -> None:
        counts = Counter(segment.label for segment in document.segments)
        parts = [f"{self.shown(label)} {counts[label]}" for label in self._styles if counts[label]]
        heading = Text(self.shown(document.id) or "article", style="bold")
        heading.append(f"  {len(document.text.split()):,} words: ", style="not bold")
        heading.append(", ".join(parts) or "no passage marked", style="not bold")
        self.print(heading)
        if document.thesis:
            index = document.index(document.thesis)
            line = Text(self.tag(index, document.thesis, targets), style="")
            line.stylize(self._style(document.thesis, tag=True))
            line.append(f" {self.shown(' '.join(document.thesis.text.split()))}", style="not bold")
            self.print(line)
        self.print(Text(""))

    def paragraph(self, document: Document, paragraph: Paragraph, targets: Targets) -> None:
        line = Text()
        for place, piece in enumerate(paragraph.body):
            if piece.segment is None:
                line.append(self.shown(piece.text))
                continue
            segment = document.segments[piece.segment]
            if piece.first:
                tag = self.tag(piece.segment, segment, targets)
                line.append(tag, style=self._style(segment, tag=True))
                line.append(" ")
            line.append(self.shown(piece.text), style=self._style(segment))
            following = paragraph.body[place + 1 :]
            unmarked = following and following[0].segment is None and following[0].text.strip()
            if piece.last and unmarked and not self._coloured:
                line.append("[/]")
        self.print(line)
        n_lines = sum(piece.text.count("\n") for piece in paragraph.gap)
        if n_lines > 1:
            self.print(Text(""))

    def legend(self, document: Document) -> None:
        if not document.segments:
            return
        line = Text("\n")
        used = {segment.label for segment in document.segments}
        for label, style in self._styles.items():
            if label in used and label in _LETTERS:
                line.append(f"{_LETTERS[label]} ", style=f"bold {style}")
                line.append(f"{label}   ", style=style)
        for relation, arrow in self._arrows.items():
            line.append(f"{arrow} {relation}   ")
        if any(segment.score is not None for segment in document.segments):
            line.append("% how sure")
        self.print(line)

    def cell(self, document: Document, index: int | None, targets: Targets) -> Text:
        """The tag of a segment, a dash for none."""
        if index is None:
            return Text("-", style="dim")
        segment = document.segments[index]
        return Text(self.tag(index, segment, targets), style=self._style(segment, tag=True))

    def verdict(self, pair: Pair) -> tuple[Text, Text]:
        """How two segments compare, and the passage."""
        words = _VERDICTS.get(pair.verdict) or ("too many" if pair.gold is None else "missed")
        passage = " ".join(pair.segment.text.split())
        style = "dim" if pair.verdict == "same" else "bold"
        return Text(words, style=style), Text(self.shown(passage))

    def _name(self, label: str) -> str:
        return _LETTERS.get(label) or f"{self.shown(label)} "

    def _style(self, segment: Segment, *, tag: bool = False) -> str:
        weight = "bold " if tag or segment.thesis else ""
        return f"{weight}{self._styles[segment.label]}"
