"""What the HTML page and the terminal view share: paragraphs, pieces of them, paired segments."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contend import scheme
from contend.document import Document, Segment, overlaps

#: Whom a segment supports or attacks: by its index, labels and indices of the targets.
Targets = Mapping[int, Sequence[tuple[str, int]]]

_NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text within one paragraph that lies in one segment, or in none.

    Attributes:
        text: the stretch.
        segment: index of the segment, ``None`` outside all.
        first: whether the segment begins here.
        last: whether it ends here.
    """

    text: str
    segment: int | None = None
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and the line ends after it; all pieces in order are the document's text.

    Attributes:
        body: the paragraph without the line end that closes it.
        gap: line ends and blank lines up to the next paragraph.
    """

    body: tuple[Piece, ...]
    gap: tuple[Piece, ...]

    def begun(self) -> list[int]:
        """Indices of the segments that begin here."""
        return [p.segment for p in (*self.body, *self.gap) if p.first and p.segment is not None]


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold segment and the predicted one that stands for it; one of them may be absent.

    Attributes:
        gold: index among the gold segments.
        predicted: index among the predicted ones.
        verdict: ``same``, ``bounds`` (same label, other bounds), ``label`` (another label, the
            bounds alike or not) or ``only`` (no counterpart).
        segment: the gold segment, or the predicted one where there is none.
    """

    gold: int | None
    predicted: int | None
    verdict: str
    segment: Segment


def paragraphs(document: Document) -> list[Paragraph]:
    """``document`` by paragraphs.

    Blank lines divide them; in a text without blank lines every line is a paragraph.
    """
    segments = document.segments
    made = []
    place = 0
    for start, end, gap_end in _bounds(document.text):
        while place < len(segments) and segments[place].end <= start:
            place += 1
        made.append(
            Paragraph(
                tuple(_pieces(document, place, start, end)),
                tuple(_pieces(document, place, end, gap_end)),
            )
        )
    return made


def pair_segments(gold: Document, predicted: Document) -> list[Pair]:
    """The segments of two documents over one text, paired, in text order.

    Two segments are paired if they share at least half of the longer one; the largest overlaps
    are paired first.
    """
    of_gold: dict[int, int] = {}
    of_predicted: set[int] = set()
    for _, g, p in sorted(_halves(gold.segments, predicted.segments)):
        if g not in of_gold and p not in of_predicted:
            of_gold[g] = p
            of_predicted.add(p)
    pairs = [
        Pair(g, of_gold[g], _verdict(segment, predicted.segments[of_gold[g]]), segment)
        if g in of_gold
        else Pair(g, None, "only", segment)
        for g, segment in enumerate(gold.segments)
    ]
    pairs += [
        Pair(None, p, "only", segment)
        for p, segment in enumerate(predicted.segments)
        if p not in of_predicted
    ]
    return sorted(pairs, key=lambda pair: pair.segment.start)


def relation_targets(document: Document) -> Targets:
    """Whom each segment of ``document`` supports or attacks; empty for those without relation."""
    targets: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for relation in document.relations:
        targets[relation.source].append((relation.label, relation.target))
    return targets


def ordered_labels(documents: Iterable[Document]) -> list[str]:
    """The labels of the scheme, then any others that the documents use, in alphabetical order."""
    used = {segment.label for document in documents for segment in document.segments}
    return [*scheme.LABELS, *sorted(used - set(scheme.LABELS))]


def _bounds(text: str) -> Iterator[tuple[int, int, int]]:
    """Start and end of each paragraph and end of the gap after it; together they cover ``text``."""
    lines = []
    start = 0
    for newline in _NEWLINE.finditer(text):
        lines.append((start, newline.start(), newline.end()))
        start = newline.end()
    if start < len(text):
        lines.append((start, len(text), len(text)))
    blank = [not text[start:end].strip() for start, end, _ in lines]
    inked = [index for index, is_blank in enumerate(blank) if not is_blank]
    # Blank lines at either end divide nothing.
    divided = bool(inked) and any(blank[inked[0] : inked[-1]])
    opened = 0
    while opened < len(lines):
        closed = opened
        while divided and closed + 1 < len(lines) and not (blank[closed] or blank[closed + 1]):
            closed += 1
        after = closed
        while after + 1 < len(lines) and blank[after + 1]:
            after += 1
        yield lines[opened][0], lines[closed][1], lines[after][2]
        opened = after + 1


def _pieces(document: Document, place: int, start: int, end: int) -> Iterator[Piece]:
    """``text[start:end]`` cut at the segments' bounds; none before ``place`` reaches ``start``."""
    text, at = document.text, start
    for index in range(place, len(document.segments)):
        segment = document.segments[index]
        if segment.start >= end:
            break
        if segment.end <= at:
            continue
        if segment.start > at:
            yield Piece(text[at : segment.start])
            at = segment.start
        stop = min(segment.end, end)
        yield Piece(text[at:stop], index, at == segment.start, stop == segment.end)
        at = stop
    if at < end:
        yield Piece(text[at:end])


def _halves(
    gold: tuple[Segment, ...], predicted: tuple[Segment, ...]
) -> Iterator[tuple[int, int, int]]:
    """Minus the overlap, gold index and predicted index, where half of the longer is shared."""
    for g, p, shared in overlaps(gold, predicted):
        longer = max(each.end - each.start for each in (gold[g], predicted[p]))
        if 2 * shared >= longer:
            yield -shared, g, p


def _verdict(gold: Segment, predicted: Segment) -> str:
    if gold.label != predicted.label:
        return "label"
    alike = (gold.start, gold.end) == (predicted.start, predicted.end)
    return "same" if alike else "bounds"
