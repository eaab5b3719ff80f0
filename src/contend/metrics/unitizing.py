"""Alpha-U: agreement beyond chance on where units lie in a continuum, and of which kind they are.

The continuum is the words of all texts one after another; a segment is a unit, what lies between
the units of a label is a gap. Gaps end with their text. Words are the positions (see ``words``),
so a segment inside a word has no length and does not count.

Source: Krippendorff (1995), On the Reliability of Unitizing Contiguous Data, Sociological
Methodology 25; Krippendorff (2004), Measuring the Reliability of Qualitative Text Analysis Data,
Quality and Quantity 38, with the correction of the expected disagreement. A text that fewer than
all annotators have counts with those who have it: where the papers have the number of annotators
times the length of the continuum, this has the sum of the lengths that each annotator read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.metrics.counts import Counts, divide
from contend.metrics.study import Item, Study
from contend.metrics.words import segments_of_words, word_starts

#: First position and length of each unit, in text order, shape [n_units, 2].
Units = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnitizingCounts:
    """What alpha-U is made of, by text and label.

    Attributes:
        distances: sum of the distances of units, every pair of annotators counted twice,
            divided by the number of annotators - 1, shape [n_items, n_labels].
        read: words of the text, and words times annotators, shape [n_items, 2].
        units: number of units of each length, shape [n_items, n_labels, n_lengths].
        gaps: number of gaps of each length, same shape.
        lengths: the lengths in words, ascending, shape [n_lengths].
    """

    distances: Counts
    read: Counts
    units: Counts
    gaps: Counts
    lengths: NDArray[np.float64]

    def packed(self) -> Counts:
        """All counts in one array that adds up, shape [n_items, n_labels, 3 + 2 n_lengths]."""
        n_items, n_labels = self.distances.shape
        read = np.broadcast_to(self.read[:, None], (n_items, n_labels, 2))
        return np.concatenate([self.distances[..., None], read, self.units, self.gaps], axis=-1)


def unitizing_counts(study: Study) -> UnitizingCounts:
    """Count the units, the gaps and the distances of all texts and labels of ``study``."""
    texts = [_Text.of(item, study.labels) for item in study.items]
    pieces = [piece for text in texts for group in text.units + text.gaps for piece in group]
    none = np.empty(0, dtype=np.int64)
    lengths = np.unique(np.concatenate([none, *(piece[:, 1] for piece in pieces)]))
    shape = (len(texts), len(study.labels))
    distances = [unit_distance(group, text.n_words) for text in texts for group in text.units]
    return UnitizingCounts(
        distances=np.array(distances).reshape(shape),
        read=np.array([[text.n_words, text.n_words * text.n_annotators] for text in texts]) * 1.0,
        units=_histogram([group for text in texts for group in text.units], lengths, shape),
        gaps=_histogram([group for text in texts for group in text.gaps], lengths, shape),
        lengths=lengths.astype(np.float64),
    )


def unit_distance(units: Sequence[Units], length: int) -> float:
    """How far the units of several annotators of one text lie apart.

    Units that share a position are as far apart as the squares of the distances of their starts
    and of their ends; a unit in another's gap counts the square of its length.

    Args:
        units: the units of one kind, by annotator.
        length: the number of positions of the text.

    Returns:
        The sum over every ordered pair of annotators, divided by their number - 1.
    """
    parts = [(each, _gaps(each, length)) for each in units]
    total = 0.0
    for (own, own_gaps), (others, other_gaps) in combinations(parts, 2):
        shared = (own[:, None, 0] < others[None].sum(axis=-1)) & (
            others[None, :, 0] < own[:, None].sum(axis=-1)
        )
        first = (own[:, None, 0] - others[None, :, 0]) ** 2
        last = (own[:, None].sum(axis=-1) - others[None].sum(axis=-1)) ** 2
        total += float(((first + last) * shared).sum())
        total += _alone(own, other_gaps) + _alone(others, own_gaps)
    return 2 * total / (len(units) - 1)


def alpha_u(counts: Counts, lengths: NDArray[np.float64]) -> Counts:
    """Alpha-U over the labels of ``counts`` together, at most 1; 0 is chance.

    NaN where there are no units.

    Args:
        counts: packed counts, summed over texts, shape [..., n_labels, 3 + 2 n_lengths].
        lengths: the lengths that they speak of, shape [n_lengths].

    Returns:
        Scores, shape [...]: 1 minus the observed by the expected disagreement, each summed over
        labels.
    """
    observed, expected = disagreement(counts, lengths)
    return 1 - divide(observed.sum(axis=-1), expected.sum(axis=-1))


def disagreement(counts: Counts, lengths: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """The observed and the expected disagreement of each label; see ``alpha_u``."""
    n = len(lengths)
    distances, length, read = (counts[..., place] for place in range(3))
    units, gaps = counts[..., 3 : 3 + n], counts[..., 3 + n :]
    observed = np.nan_to_num(divide(distances, read * length))
    # A unit may lie in any other unit's way, or in as many places of a gap as it fits into.
    against_units = (2 * lengths**3 - 3 * lengths**2 + lengths) / 3
    fits = np.maximum(lengths[None, :] - lengths[:, None] + 1, 0) * lengths[:, None] ** 2
    n_units = units.sum(axis=-1)
    by_chance = (n_units - 1) * (units @ against_units) + ((units @ fits) * gaps).sum(axis=-1)
    places = read * (read - 1) - units @ (lengths * (lengths - 1))
    expected = np.nan_to_num(2 * divide(by_chance, length * places))
    return observed, expected


@dataclass(frozen=True, slots=True)
class _Text:
    """The units of one text: by label, and for each label by annotator."""

    n_words: int
    n_annotators: int
    units: list[list[Units]]

    @classmethod
    def of(cls, item: Item, labels: Sequence[str]) -> _Text:
        starts = word_starts(item.text)
        found = [_units(document, labels, starts) for document in item.present]
        by_label = [[of_one[label] for of_one in found] for label in labels]
        return cls(len(starts), len(found), by_label)

    @property
    def gaps(self) -> list[list[Units]]:
        return [[_gaps(each, self.n_words) for each in group] for group in self.units]


def _units(
    document: Document, labels: Sequence[str], starts: NDArray[np.int64]
) -> dict[str, Units]:
    of_words = segments_of_words(document, starts)
    indices, first, n_words = np.unique(of_words, return_index=True, return_counts=True)
    units = np.stack([first, n_words], axis=-1).astype(np.int64)[indices >= 0]
    of_units = [document.segments[index].label for index in indices.tolist() if index >= 0]
    return {label: units[[each == label for each in of_units]] for label in labels}


def _gaps(units: Units, length: int) -> Units:
    begins = np.concatenate([[0], units.sum(axis=-1)])
    ends = np.concatenate([units[:, 0], [length]])
    gaps: Units = np.stack([begins, ends - begins], axis=-1)[ends > begins].astype(np.int64)
    return gaps


def _alone(units: Units, gaps: Units) -> float:
    """The squared lengths of the units that lie in one of the gaps."""
    inside = (units[:, None, 0] >= gaps[None, :, 0]) & (
        units[:, None].sum(axis=-1) <= gaps[None].sum(axis=-1)
    )
    return float((units[:, 1] ** 2 * inside.any(axis=1)).sum())


def _histogram(
    groups: Sequence[Sequence[Units]], lengths: NDArray[np.int64], shape: tuple[int, int]
) -> Counts:
    """The number of pieces of each length, for each group of pieces."""
    counts = np.zeros((len(groups), len(lengths)))
    for row, group in zip(counts, groups, strict=True):
        np.add.at(row, np.searchsorted(lengths, np.concatenate(group)[:, 1]), 1)
    return counts.reshape(*shape, len(lengths))
