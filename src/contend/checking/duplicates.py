"""Texts that are there twice: the same words, or most of the shorter one in another.

Two texts are near-duplicates by their containment: the part of the shorter one's shingles, runs
of 8 words, that are in the other. Words are runs of letters and digits in one case, so copies that
differ in line ends, punctuation, blanks or case are the same.

Source: Broder (1997), On the Resemblance and Containment of Documents. Here every shingle is
kept, none is sampled, so the containment is exact but for collisions of 64-bit hashes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from contend.checking.findings import Finding, Part, finding
from contend.document import Document

N_WORDS = 8
#: Containment from which on texts are near-duplicates.
SIMILAR = 0.5
# A shingle of more documents than this is a formula: it makes only neighbours candidates.
_COMMON = 50
_LISTED = 5
_WORD = re.compile(r"[^\W_]+")
# Apostrophes and what cannot be seen are left out: "don’t" is one word, however it is written.
_LEFT_OUT = dict.fromkeys(map(ord, "'’‘ʼ`´\u00ad\u200b\u200c\u200d\u2060\ufeff"))

Shingles = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Similar:
    """Two texts of which one has much of the other.

    Attributes:
        first, second: their places among the texts.
        n_shared: shingles in both.
        n_shorter: shingles of the one that has fewer.
    """

    first: int
    second: int
    n_shared: int
    n_shorter: int

    @property
    def containment(self) -> float:
        """The part of the shorter one that is in the other, from 0 to 1."""
        return self.n_shared / self.n_shorter


def check_duplicates(parts: Sequence[Part], *, similar: float = SIMILAR) -> list[Finding]:
    """Texts that are there twice, within a part and across parts.

    Args:
        parts: everything that is checked.
        similar: containment from which on two texts are near-duplicates, above 0.
    """
    owned = [
        (part, document) for part in parts for document in part.documents if document.text.strip()
    ]
    forms = [words_of(document.text) for _, document in owned]
    by_words: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, words in enumerate(forms):
        # Texts without a word are the same only if every character is.
        by_words[tuple(words) or (owned[place][1].text,)].append(place)
    found = [_same([owned[at] for at in group]) for group in by_words.values() if len(group) > 1]
    firsts = [group[0] for group in by_words.values()]
    for pair in similar_texts([forms[at] for at in firsts], similar=similar):
        found.append(_near(owned[firsts[pair.first]], owned[firsts[pair.second]], pair))
    return found


def words_of(text: str) -> list[str]:
    """The words of ``text`` by which texts are compared."""
    plain = unicodedata.normalize("NFKC", text.translate(_LEFT_OUT))
    return _WORD.findall(plain.translate(_LEFT_OUT).casefold())


def similar_texts(
    texts: Sequence[Sequence[str]], *, n_words: int = N_WORDS, similar: float = SIMILAR
) -> list[Similar]:
    """The pairs of texts whose containment is at least ``similar``, the most similar first.

    Texts with fewer than ``n_words`` words have no shingle and are similar to none. Of many
    texts that share nothing but shingles of more than 50 texts, only some pairs are found.

    Args:
        texts: the words of each text.
        n_words: words of a shingle.
        similar: least containment, above 0.
    """
    shingles = _shingles(texts, n_words)
    n_each = np.array([len(each) for each in shingles], dtype=np.int64)
    pairs = []
    for first, second in _candidates(shingles, n_each, similar):
        n_shared = len(np.intersect1d(shingles[first], shingles[second], assume_unique=True))
        n_shorter = int(min(n_each[first], n_each[second]))
        if n_shared >= similar * n_shorter:
            pairs.append(Similar(first, second, n_shared, n_shorter))
    return sorted(pairs, key=lambda pair: (-pair.containment, pair.first, pair.second))


def _shingles(texts: Sequence[Sequence[str]], n_words: int) -> list[Shingles]:
    """The distinct shingles of each text, hashed."""
    ids: dict[str, int] = {}
    rng = np.random.default_rng(0)
    numbered = [
        np.array([ids.setdefault(word, len(ids)) for word in text], dtype=np.int64)
        for text in texts
    ]
    of_words = rng.integers(2**64, size=max(len(ids), 1), dtype=np.uint64)
    factors = rng.integers(2**63, size=n_words, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    found = []
    for text in numbered:
        words = of_words[text]
        n = max(len(words) - n_words + 1, 0)
        # Sums and products wrap around, which is what makes this a hash.
        runs = sum(
            (words[at : at + n] * factors[at] for at in range(n_words)), np.zeros(n, np.uint64)
        )
        found.append(np.unique(runs))
    return found


def _candidates(
    shingles: Sequence[Shingles], n_each: NDArray[np.int64], similar: float
) -> Iterator[tuple[int, int]]:
    """The pairs that may share enough, from an index of shingles."""
    n = len(shingles)
    if not n_each.sum():
        return
    hashes = np.concatenate(list(shingles))
    owners = np.repeat(np.arange(n), n_each)
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], owners[order]
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    sizes = np.diff(np.concatenate([starts, [len(hashes)]]))
    keys = [np.empty(0, dtype=np.int64)]
    n_common = np.zeros(n, dtype=np.int64)
    for size in np.unique(sizes[sizes > 1]).tolist():
        groups = owners[starts[sizes == size][:, None] + np.arange(size)]
        if size > _COMMON:
            np.add.at(n_common, groups.ravel(), 1)
            one, other = groups[:, :-1], groups[:, 1:]
        else:
            first, second = np.triu_indices(size, 1)
            one, other = groups[:, first], groups[:, second]
        keys.append((one * n + other).ravel())
    pairs, n_shared = np.unique(np.concatenate(keys), return_counts=True)
    first, second = pairs // n, pairs % n
    most = n_shared + np.minimum(n_common[first], n_common[second])
    enough = most >= similar * np.minimum(n_each[first], n_each[second])
    yield from zip(first[enough].tolist(), second[enough].tolist(), strict=True)


def _same(group: Sequence[tuple[Part, Document]]) -> Finding:
    (part, document), *others = group
    shown = ", ".join(_called(*each) for each in others[:_LISTED])
    more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
    message = f"{_called(part, document)} has the same words as {shown}{more}"
    if _annotated_differently([each for _, each in group]):
        message += "; their annotations differ"
    return finding(
        "leak" if _leaks(group) else "duplicate",
        message,
        part.name,
        document,
        others=[(each.name, other.id) for each, other in others],
    )


def _near(one: tuple[Part, Document], other: tuple[Part, Document], pair: Similar) -> Finding:
    return finding(
        "leak" if _leaks([one, other]) else "near-duplicate",
        f"{_called(*one)} and {_called(*other)} share {pair.containment:.0%} of the shorter one: "
        f"{pair.n_shared:,} of {pair.n_shorter:,} runs of {N_WORDS} words",
        one[0].name,
        one[1],
        others=[(other[0].name, other[1].id)],
    )


def _leaks(group: Sequence[tuple[Part, Document]]) -> bool:
    """Whether annotated documents of two splits are concerned, not all of them tests."""
    splits = {part.split for part, document in group if part.split and document.segments}
    return len(splits) > 1 and not all(split.startswith("test") for split in splits)


def _annotated_differently(documents: Sequence[Document]) -> bool:
    return any(
        [s.label for s in one.segments] != [s.label for s in other.segments]
        for one, other in combinations(documents, 2)
    )


def _called(part: Part, document: Document) -> str:
    name = repr(document.id) if document.id else f"{document.text[:40]!r}…"
    return f"{name} ({part.name})" if part.name else name
