"""BIO tags over words, and the most probable legal sequence of them in a sentence.

Tag 0 is O; label ``k`` (from 0) has B at ``1 + 2 * k`` and I at ``2 + 2 * k``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OUTSIDE = 0


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """A run of words with one label.

    Attributes:
        first, last: places of its first and last word, inclusive.
        label_id: index of its label.
    """

    first: int
    last: int
    label_id: int


def tag_names(labels: Sequence[str]) -> tuple[str, ...]:
    """``("O", "B-claim", "I-claim", ...)``: the name of each tag id."""
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


def begin_tag(label_id: int) -> int:
    """The tag of the first word of a segment with this label."""
    return 1 + 2 * label_id


def inside_tag(label_id: int) -> int:
    """The tag of every further word of a segment with this label."""
    return 2 + 2 * label_id


def encode_tags(spans: Sequence[TaggedSpan], n_words: int) -> NDArray[np.int64]:
    """Tag ids, shape [n_words], of spans that do not overlap."""
    tags = np.zeros(n_words, dtype=np.int64)
    for span in spans:
        tags[span.first : span.last + 1] = inside_tag(span.label_id)
        tags[span.first] = begin_tag(span.label_id)
    return tags


def spans_of_tags(tags: NDArray[np.int64]) -> list[TaggedSpan]:
    """The spans of a legal tag sequence, shape [n_words]; the inverse of ``encode_tags``."""
    spans: list[TaggedSpan] = []
    for place, tag in enumerate(tags.tolist()):
        if tag == OUTSIDE:
            continue
        if tag % 2 == 1:
            spans.append(TaggedSpan(place, place, (tag - 1) // 2))
        else:
            spans[-1] = TaggedSpan(spans[-1].first, place, spans[-1].label_id)
    return spans


def decode_tags(
    log_probs: NDArray[np.float32], *, switch_penalty: float = 0.0
) -> NDArray[np.int64]:
    """The most probable legal tag sequence of one sentence (Viterbi).

    I follows only B or I of the same label, and no sentence begins with I, so no segment
    crosses a sentence.

    Args:
        log_probs: log-probability of each tag for each word, shape [n_words, n_tags].
        switch_penalty: subtracted wherever a segment begins or ends inside the sentence, in
            nats; most segments are whole sentences.

    Returns:
        Tag ids, shape [n_words].
    """
    n_words, n_tags = log_probs.shape
    if n_words == 0:
        return np.zeros(0, dtype=np.int64)
    transitions = _transitions(n_tags, switch_penalty)
    score = log_probs[0].astype(np.float64)
    score[inside_tag(0) :: 2] = -np.inf
    back = np.zeros((n_words, n_tags), dtype=np.int64)
    for place in range(1, n_words):
        paths = score[:, None] + transitions
        back[place] = paths.argmax(axis=0)
        score = paths.max(axis=0) + log_probs[place]
    tags = np.empty(n_words, dtype=np.int64)
    tags[-1] = score.argmax()
    for place in range(n_words - 1, 0, -1):
        tags[place - 1] = back[place, tags[place]]
    return tags


def _transitions(n_tags: int, switch_penalty: float) -> NDArray[np.float64]:
    """Score of going from one tag (row) to the next (column), shape [n_tags, n_tags]."""
    scores = np.full((n_tags, n_tags), -switch_penalty)
    scores[OUTSIDE, OUTSIDE] = 0.0
    for inside in range(2, n_tags, 2):
        scores[:, inside] = -np.inf
        scores[[inside - 1, inside], inside] = 0.0
    return scores
