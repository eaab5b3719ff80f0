"""Where segments begin and end, with credit for near misses.

Words are the units (see ``words``). A boundary lies between two words that do not belong to the
same segment; words of no segment in a row are one unit. Labels do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from contend.document import Document
from contend.metrics.counts import Counts, check_pairs
from contend.metrics.words import segments_of_words, word_starts

Boundaries = NDArray[np.bool_]


def boundary_similarity_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> Counts:
    """Boundary similarity B: the part of boundaries that is right, near misses counted half.

    A near miss is a boundary one word away from its place (``n_t`` = 2).

    Source: Fournier (2013), Evaluating Text Segmentation using Boundary Edit Distance.

    Returns:
        Credit and number of boundary pairs, shape [n_documents, 2]; ``accuracy`` makes B of it,
        in [0, 1].

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    return _count(gold, predicted, _similarity)


def window_diff_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> Counts:
    """WindowDiff: windows in which the number of boundaries is wrong.

    Windows span half the mean unit of the document's gold, at least 2 words.

    Source: Pevzner & Hearst (2002), A Critique and Improvement of an Evaluation Metric for Text
    Segmentation.

    Returns:
        Wrong windows and windows, shape [n_documents, 2]; ``accuracy`` makes the error of it, in
        [0, 1], lower is better.

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    return _count(gold, predicted, lambda right, given: _windows(right, given, None))


def pk_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> Counts:
    """Pk: windows whose two ends are wrongly said to lie in one unit, or in two.

    Windows are those of ``window_diff_counts``.

    Source: Beeferman, Berger & Lafferty (1999), Statistical Models for Text Segmentation.

    Returns:
        Wrong windows and windows, shape [n_documents, 2]; ``accuracy`` makes the error of it, in
        [0, 1], lower is better.

    Raises:
        ConfigError: if the documents do not fit each other.
    """
    return _count(gold, predicted, lambda right, given: _windows(right, given, 1))


def boundaries(document: Document) -> Boundaries:
    """Whether a boundary lies between each word and the next, shape [max(n_words - 1, 0)]."""
    of_words = segments_of_words(document, word_starts(document.text))
    differ: Boundaries = of_words[1:] != of_words[:-1]
    return differ


def _count(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    count: Callable[[Boundaries, Boundaries], tuple[float, float]],
) -> Counts:
    check_pairs(gold, predicted)
    pairs = zip(gold, predicted, strict=True)
    rows = [count(boundaries(right), boundaries(given)) for right, given in pairs]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _similarity(gold: Boundaries, predicted: Boundaries) -> tuple[float, float]:
    n_matches = int((gold & predicted).sum())
    wrong = np.flatnonzero(gold != predicted).tolist()
    n_near, place = 0, 0
    while place + 1 < len(wrong):
        here, following = wrong[place], wrong[place + 1]
        near = following == here + 1 and gold[here] != gold[following]
        n_near += near
        place += 1 + near
    n_missed = len(wrong) - 2 * n_near
    return n_matches + n_near / 2, n_matches + n_near + n_missed


def _windows(gold: Boundaries, predicted: Boundaries, most: int | None) -> tuple[float, float]:
    """Windows whose numbers of boundaries, counted up to ``most``, differ; and all windows."""
    n_words = len(gold) + 1
    span = max(2, round(n_words / (int(gold.sum()) + 1) / 2))
    if n_words <= span:
        return 0, 0
    within = []
    for found in (gold, predicted):
        before = np.concatenate([[0], np.cumsum(found)])
        within.append(np.minimum(before[span:] - before[:-span], most or n_words))
    return int((within[0] != within[1]).sum()), n_words - span
