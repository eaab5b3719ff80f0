"""Agreement of any number of annotators on words, beyond chance.

Ratings are label ids, one row an annotator and one column a word; -1 where somebody did not judge.
Counts of documents add up, as everywhere (see ``counts``). Two annotators and no missing
judgement make Fleiss' kappa Scott's pi; Cohen's kappa of two is in ``words``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contend.metrics.counts import Counts, divide, label_ids
from contend.metrics.study import Item, Study
from contend.metrics.words import labels_of_words, word_starts

MISSING = -1
Ratings = NDArray[np.int64]


def word_ratings(item: Item, labels: Sequence[str]) -> Ratings:
    """What each annotator says of each word, shape [n_annotators, n_words].

    Words of no segment have the id ``len(labels)``; the rows of those who lack the text are
    ``MISSING``.

    Raises:
        ConfigError: if a segment has a label that is not in ``labels``.
    """
    ids = label_ids(labels, item.present)
    starts = word_starts(item.text)
    nobody = np.full(len(starts), MISSING, dtype=np.int64)
    return np.stack(
        [nobody if each is None else labels_of_words(each, starts, ids) for each in item.documents]
    )


def coincidences(ratings: Ratings, n_values: int) -> Counts:
    """How often two annotators give the same word two values, shape [n_values, n_values].

    Every ordered pair of judgements of a word counts 1 / (number of its judgements - 1), so a
    word counts as often as it is judged. Words that fewer than two judged do not count.

    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    counts = _of_values(ratings, n_values)
    n_judgements = counts.sum(axis=1)
    counts = counts[n_judgements > 1]
    weighted = counts / (n_judgements[n_judgements > 1] - 1)[:, None]
    pairs: Counts = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    return pairs


def coincidence_counts(study: Study) -> Counts:
    """The ``coincidences`` of each text, shape [n_items, n_labels + 1, n_labels + 1].

    The last row and the last column are the words of no segment.
    """
    size = len(study.labels) + 1
    found = [coincidences(word_ratings(item, study.labels), size) for item in study.items]
    return np.array(found).reshape(-1, size, size)


def krippendorff_alpha(table: Counts) -> Counts:
    """Krippendorff's alpha for nominal values, at most 1; 0 is chance.

    NaN where there is one value only, for then chance explains everything.

    Source: Krippendorff (2004), Content Analysis, 2nd edition, chapter 11; Krippendorff (2011).

    Args:
        table: coincidences, shape [..., n_values, n_values].

    Returns:
        Scores, shape [...].
    """
    of_values = table.sum(axis=-1)
    n = of_values.sum(axis=-1)
    observed = n - np.trace(table, axis1=-2, axis2=-1)
    expected = n**2 - (of_values**2).sum(axis=-1)
    return 1 - divide((n - 1) * observed, _exact(expected, n))


def fleiss_counts(study: Study) -> Counts:
    """What Fleiss' kappa is made of, by text; texts that an annotator lacks do not count.

    Returns:
        For each value the sums over words of its number of judgements and of that number's
        square, then the number of words and that of their judgements; shape
        [n_items, n_labels + 2, 2]. The last value is that of the words of no segment.
    """
    size = len(study.labels) + 1
    counts = np.zeros((len(study.items), size + 1, 2))
    for index, item in enumerate(study.items):
        if len(item.present) == len(study.annotators):
            counts[index] = fleiss_sums(word_ratings(item, study.labels), size)
    return counts


def fleiss_sums(ratings: Ratings, n_values: int) -> Counts:
    """The counts of ``fleiss_counts`` for complete ratings, shape [n_values + 1, 2]."""
    of_values = _of_values(ratings, n_values)
    sums = np.stack([of_values.sum(axis=0), (of_values**2).sum(axis=0)], axis=-1)
    return np.concatenate([sums, [[len(of_values), of_values.sum()]]])


def fleiss_kappa(counts: Counts) -> Counts:
    """Fleiss' kappa, at most 1; NaN where all judgements are one value.

    Source: Fleiss (1971), Measuring Nominal Scale Agreement Among Many Raters.

    Args:
        counts: of ``fleiss_counts``, shape [..., n_values + 1, 2].

    Returns:
        Scores, shape [...].
    """
    of_values, squares = counts[..., :-1, 0], counts[..., :-1, 1]
    n_words, n_judgements = counts[..., -1, 0], counts[..., -1, 1]
    n_each = divide(n_judgements, n_words)
    right = squares.sum(axis=-1) - n_judgements
    observed = divide(right, n_judgements * (n_each - 1))
    by_chance = divide((of_values**2).sum(axis=-1), n_judgements**2)
    return divide(observed - by_chance, _exact(1 - by_chance, 1))


def fleiss_of(counts: Counts, value: int) -> Counts:
    """The counts of ``fleiss_counts`` if all values but one were the same, [..., 3, 2]."""
    one, whole = counts[..., value, :], counts[..., -1, :]
    n_words, n_judgements = whole[..., 0], whole[..., 1]
    n_each = np.nan_to_num(divide(n_judgements, n_words))
    rest = n_judgements - one[..., 0]
    squares = n_judgements * n_each - 2 * n_each * one[..., 0] + one[..., 1]
    return np.stack([one, np.stack([rest, squares], axis=-1), whole], axis=-2)


def table_of(table: Counts, value: int) -> Counts:
    """A table [..., n, n] if all values but one were the same: [..., 2, 2]."""
    both = table[..., value, value]
    row = table[..., value, :].sum(axis=-1) - both
    column = table[..., :, value].sum(axis=-1) - both
    rest = table.sum(axis=(-2, -1)) - both - row - column
    return np.stack([np.stack([both, row], -1), np.stack([column, rest], -1)], -2)


def _of_values(ratings: Ratings, n_values: int) -> Counts:
    """How many annotators give each word (row) each value (column)."""
    return np.stack([(ratings == value).sum(axis=0) for value in range(n_values)], -1) * 1.0


def _exact(expected: Counts, scale: Counts | float) -> Counts:
    """``expected`` with what rounding alone has left over set to 0."""
    return np.where(np.abs(expected) <= 1e-12 * np.maximum(1, np.square(scale)), 0.0, expected)
