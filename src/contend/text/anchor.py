"""Anchors: passages that are found again in another copy of the same text.

A copy may differ in line ends, quotation marks, dashes, blanks, case, headings or a byline; its
words do not. An anchor keeps where a passage's words stand, a hash of them, and the punctuation
at its edges, so a passage is placed only where every word of it is verified. It holds no word
and no hash of a single word: from those a language model could guess the text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

_APOSTROPHES = "'’‘‛ʼ`´＇"
_ACCENTS = "\u0300-\u036f"
_INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"
_LETTERS = rf"[^\W_][{_ACCENTS}]*(?:[{_INVISIBLE}]*[^\W_][{_ACCENTS}]*)*"
_WORD = re.compile(rf"{_LETTERS}(?:[{_APOSTROPHES}]{_LETTERS})*")
_NORMAL = {ord(x): "'" for x in _APOSTROPHES} | {
    ord(x): None for x in "\u00ad\u200b\u200c\u200d\u2060\ufeff"
}
# A mark is what typesetters exchange for one another: an ellipsis and dots, a dash and hyphens.
_MARK = re.compile(
    r"(?P<stop>[.…]+)|(?P<dash>[-‐-―−]+)"
    rf"|(?P<quote>``|''|‘‘|’’|,,|[\"“”„‟«»‹›{_APOSTROPHES}])|(?P<other>[^\s{_INVISIBLE}])"
)
_CLASSES = {"stop": ".", "dash": "-", "quote": '"'}
_HASH_DIGITS = 16

Span = tuple[int, int]
Reason = Literal["missing", "differs", "moved", "no words"]


class Word(NamedTuple):
    """A word: half-open code-point offsets in the text, and its normalised form."""

    start: int
    end: int
    form: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is kept of a passage to find it again.

    Attributes:
        first_word: how many words of the annotated text stand before it.
        n_words: how many words it has.
        words_sha256: the first 16 hexadecimal digits of the SHA-256 of its normalised words,
            joined by blanks.
        before: the marks between its start and its first word, one character each.
        after: the marks between its last word and its end.
    """

    first_word: int
    n_words: int
    words_sha256: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a passage stands in a copy, or where it should.

    Attributes:
        start: first code point in the copy; for an unplaced passage, of the stretch between
            its placed neighbours.
        end: one past the last code point.
        reason: ``None`` if the passage is placed; ``"missing"`` if the copy has too few words
            between the neighbours for it, ``"differs"`` if it has words there, but others,
            ``"moved"`` if the passage stands at ``start:end``, but not in this order, ``"no
            words"`` if it has none of its own to be found by.
    """

    start: int
    end: int
    reason: Reason | None = None


def split_words(text: str) -> list[Word]:
    """The words of ``text``: runs of letters and digits, with apostrophes inside them.

    Forms are NFKC, case-folded, with one kind of apostrophe and no invisible characters.
    """
    return [Word(*match.span(), _form(match.group())) for match in _WORD.finditer(text)]


def make_anchors(text: str, spans: Iterable[Span]) -> list[Anchor]:
    """The anchors of the passages ``spans`` of ``text``, half-open, in text order."""
    words = split_words(text)
    anchors = []
    first = 0
    for start, end in spans:
        while first < len(words) and words[first].end <= start:
            first += 1
        last = first
        while last < len(words) and words[last].start < end:
            last += 1
        inside = words[first:last]
        before = after = ""
        if inside:
            before = "".join(mark for mark, _ in _marks(text, start, inside[0].start))
            after = "".join(mark for mark, _ in _marks(text, inside[-1].end, end))
        forms = [word.form for word in inside]
        anchors.append(Anchor(first, len(inside), _hash(forms), before, after))
    return anchors


def place(anchors: Sequence[Anchor], text: str, *, n_words: int) -> list[Placement]:
    """Find the passages of ``anchors`` in ``text``, a copy of the text they were made from.

    Args:
        anchors: in text order.
        text: the copy.
        n_words: how many words the text had that they were made from.

    Returns:
        A placement for each anchor. The placed ones are in text order and do not overlap.
    """
    words = split_words(text)
    forms = [word.form for word in words]
    found = _occurrences(anchors, forms)
    chain = _best_chain(anchors, found)
    placements = _spans(anchors, chain, words, text)
    return [
        placement
        or _why_unplaced(
            anchors[index],
            in_chain=index in chain,
            places=found[index],
            gap=_gap(index, anchors, chain, len(words), n_words),
            words=words,
        )
        for index, placement in enumerate(placements)
    ]


def _form(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word.translate(_NORMAL))
    return unicodedata.normalize("NFKC", plain.casefold())


def _hash(forms: Sequence[str]) -> str:
    joined = " ".join(forms).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:_HASH_DIGITS]


def _marks(text: str, start: int, end: int) -> list[tuple[str, Span]]:
    """The marks of ``text[start:end]``: class and span."""
    return [
        (_CLASSES.get(match.lastgroup or "", match.group()), match.span())
        for match in _MARK.finditer(text, start, end)
    ]


def _occurrences(anchors: Sequence[Anchor], forms: Sequence[str]) -> list[list[int]]:
    """For each anchor, the indices of words at which its word sequence begins in the copy."""
    wanted: dict[int, dict[str, list[int]]] = {}
    for anchor in anchors:
        if anchor.n_words:
            wanted.setdefault(anchor.n_words, {})[anchor.words_sha256] = []
    for n_words, by_hash in wanted.items():
        for at in range(len(forms) - n_words + 1):
            places = by_hash.get(_hash(forms[at : at + n_words]))
            if places is not None:
                places.append(at)
    return [wanted[a.n_words][a.words_sha256] if a.n_words else [] for a in anchors]


#: The score of a chain, and minus the place of its last passage: of equals, the first wins.
_Reached = tuple[float, int]
_NOBODY: _Reached = (0.0, 1)


class _PrefixMaximum:
    """The best chain up to a key: a Fenwick tree over the keys that there will be."""

    def __init__(self, keys: Iterable[int]) -> None:
        self._keys = sorted(set(keys))
        self._best = [_NOBODY] * (len(self._keys) + 1)

    def add(self, key: int, reached: _Reached) -> None:
        node = bisect_right(self._keys, key)
        while node < len(self._best):
            self._best[node] = max(self._best[node], reached)
            node += node & -node

    def up_to(self, key: int) -> _Reached:
        found = _NOBODY
        node = bisect_right(self._keys, key)
        while node:
            found = max(found, self._best[node])
            node &= node - 1
        return found


def _best_chain(anchors: Sequence[Anchor], found: Sequence[Sequence[int]]) -> dict[int, int]:
    """Anchor -> word index, in order and not overlapping, so that most words are placed.

    Among equals, the chain wins whose passages stand as far from each other as they did.
    """
    places = [(at, anchors[index]) for index, all_at in enumerate(found) for at in all_at]
    # A passage may follow another one that ends before it, or one from which it is at least as
    # far as it was: two passages that meet inside a word share it.
    ends = _PrefixMaximum(at + anchor.n_words for at, anchor in places)
    shifts = _PrefixMaximum(at - anchor.first_word for at, anchor in places)
    in_step: dict[int, _Reached] = {}  # by shift; half a point for standing as far as it did
    best: list[tuple[float, int, int, int]] = []  # score, anchor, word index, predecessor
    for index, anchor in enumerate(anchors):
        n_before = len(best)
        for at in found[index]:
            shift = at - anchor.first_word
            score, before = max(ends.up_to(at), shifts.up_to(shift), in_step.get(shift, _NOBODY))
            best.append((score + anchor.n_words, index, at, -before))
        for place in range(n_before, len(best)):
            score, _, at, _ = best[place]
            shift = at - anchor.first_word
            ends.add(at + anchor.n_words, (score, -place))
            shifts.add(shift, (score, -place))
            in_step[shift] = max(in_step.get(shift, _NOBODY), (score + 0.5, -place))
    chain = {}
    place = max(range(len(best)), key=lambda p: best[p][0], default=-1)
    while place >= 0:
        _, index, at, place = best[place]
        chain[index] = at
    return chain


def _spans(
    anchors: Sequence[Anchor], chain: dict[int, int], words: Sequence[Word], text: str
) -> list[Placement | None]:
    """The code points of the placed passages, punctuation at their edges included."""
    placements: list[Placement | None] = [None] * len(anchors)
    limit = len(text)
    # Backwards: a mark between two passages belongs to the later one if it opens that one.
    for index in sorted(chain, reverse=True):
        anchor, first = anchors[index], chain[index]
        last = first + anchor.n_words - 1
        gap_start = words[first - 1].end if first else 0
        gap_end = min(words[last + 1].start if last + 1 < len(words) else len(text), limit)
        opening = _marks(text, gap_start, words[first].start)[::-1]
        closing = _marks(text, words[last].end, gap_end)
        n_opening = _n_taken(anchor.before[::-1], opening)
        n_closing = _n_taken(anchor.after, closing)
        start = opening[n_opening - 1][1][0] if n_opening else words[first].start
        end = closing[n_closing - 1][1][1] if n_closing else words[last].end
        end = min(end, limit)
        if start < end:
            placements[index] = Placement(start, end)
            limit = start
    return placements


def _n_taken(expected: str, marks: Sequence[tuple[str, Span]]) -> int:
    """How many of ``marks``, outwards from the word, reach to the last one that is expected."""
    taken = 0
    for mark in expected:
        ahead = [found for found, _ in marks[taken:]]
        if mark in ahead:
            taken += ahead.index(mark) + 1
    return taken


class _Gap(NamedTuple):
    """The stretch between the placed neighbours of an unplaced passage, in words, half-open."""

    start: int
    end: int
    start_then: int
    end_then: int
    n_lost: int

    @property
    def n_words_then(self) -> int:
        return self.end_then - self.start_then


def _gap(
    index: int, anchors: Sequence[Anchor], chain: dict[int, int], n_copy: int, n_words: int
) -> _Gap:
    start, start_then, end, end_then = 0, 0, n_copy, n_words
    for other, at in chain.items():
        anchor = anchors[other]
        if other < index and _end(anchor) >= start_then:
            start, start_then = at + anchor.n_words, _end(anchor)
        if other > index and anchor.first_word <= end_then:
            end, end_then = at, anchor.first_word
    n_lost = sum(
        anchor.n_words
        for other, anchor in enumerate(anchors)
        if other not in chain and start_then <= anchor.first_word < end_then
    )
    return _Gap(start, end, start_then, end_then, n_lost)


def _why_unplaced(
    anchor: Anchor, *, in_chain: bool, places: Sequence[int], gap: _Gap, words: Sequence[Word]
) -> Placement:
    if in_chain or not anchor.n_words:
        return _stretch(gap.start, gap.end, words, "no words")
    if places:
        return _stretch(places[0], places[0] + anchor.n_words, words, "moved")
    n_now = gap.end - gap.start
    n_others = gap.n_words_then - gap.n_lost
    if 2 * (n_now - n_others) < gap.n_lost:
        return _stretch(gap.start, gap.end, words, "missing")
    if n_now == gap.n_words_then:
        # As many words as before: the passage is taken to stand where it stood.
        start = gap.start + anchor.first_word - gap.start_then
        return _stretch(start, start + anchor.n_words, words, "differs")
    return _stretch(gap.start, gap.end, words, "differs")


def _end(anchor: Anchor) -> int:
    return anchor.first_word + anchor.n_words


def _stretch(first: int, end: int, words: Sequence[Word], reason: Reason) -> Placement:
    """The code points of ``words[first:end]``; of none, the place after the word before."""
    if first < end:
        return Placement(words[first].start, words[end - 1].end, reason)
    at = words[first - 1].end if first else 0
    return Placement(at, at, reason)
