from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from contend.text.tags import (
    OUTSIDE,
    TaggedSpan,
    begin_tag,
    decode_tags,
    encode_tags,
    inside_tag,
    spans_of_tags,
    tag_names,
)


@st.composite
def tagged(draw: st.DrawFn) -> tuple[int, list[TaggedSpan]]:
    """A number of words and spans over them."""
    place, spans = draw(st.integers(0, 3)), []
    for _ in range(draw(st.integers(0, 5))):
        last = place + draw(st.integers(0, 4))
        spans.append(TaggedSpan(place, last, draw(st.integers(0, 2))))
        place = last + 1 + draw(st.integers(0, 2))
    return place + draw(st.integers(0, 3)), spans


def is_legal(tags: tuple[int, ...]) -> bool:
    """Every I follows B or I of its label."""
    return all(
        tag == OUTSIDE or tag % 2 == 1 or before in (tag, tag - 1)
        for before, tag in zip((OUTSIDE, *tags), tags, strict=False)
    )


def path_score(log_probs: NDArray[np.float32], tags: tuple[int, ...], penalty: float) -> float:
    score = float(sum(log_probs[place, tag] for place, tag in enumerate(tags)))
    for before, tag in itertools.pairwise(tags):
        goes_on = tag != OUTSIDE and tag % 2 == 0
        if not goes_on and (before, tag) != (OUTSIDE, OUTSIDE):
            score -= penalty
    return score


def test_names_and_numbers() -> None:
    names = tag_names(("claim", "evidence"))
    assert names == ("O", "B-claim", "I-claim", "B-evidence", "I-evidence")
    assert (names[begin_tag(1)], names[inside_tag(1)]) == ("B-evidence", "I-evidence")
    assert names[OUTSIDE] == "O"


@given(tagged())
def test_spans_and_tags_are_inverse(case: tuple[int, list[TaggedSpan]]) -> None:
    n_words, spans = case
    tags = encode_tags(spans, n_words)
    assert tags.shape == (n_words,)
    assert is_legal(tuple(tags.tolist()))
    assert spans_of_tags(tags) == spans


@pytest.mark.parametrize("penalty", [0.0, 0.7, 5.0])
@pytest.mark.parametrize(("n_words", "n_labels"), [(1, 1), (1, 3), (2, 3), (4, 2), (7, 1)])
def test_viterbi_against_all_paths(n_words: int, n_labels: int, penalty: float) -> None:
    n_tags = 1 + 2 * n_labels
    legal = [t for t in itertools.product(range(n_tags), repeat=n_words) if is_legal(t)]
    rng = np.random.default_rng(n_words)
    for sharpness in (0.3, 1.0, 4.0):
        logits = rng.normal(size=(n_words, n_tags)) * sharpness
        log_probs = (logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)).astype("f4")
        best = max(path_score(log_probs, tags, penalty) for tags in legal)
        decoded = tuple(decode_tags(log_probs, switch_penalty=penalty).tolist())
        assert is_legal(decoded)
        assert path_score(log_probs, decoded, penalty) == pytest.approx(best, abs=1e-5)


def test_certain_tags_come_back() -> None:
    spans = [TaggedSpan(0, 1, 0), TaggedSpan(2, 2, 0), TaggedSpan(4, 6, 1)]
    tags = encode_tags(spans, 8)
    with np.errstate(divide="ignore"):
        log_probs = np.log(np.eye(5, dtype=np.float32)[tags])
    assert spans_of_tags(decode_tags(log_probs)) == spans


def test_no_words() -> None:
    assert decode_tags(np.zeros((0, 7), dtype=np.float32)).tolist() == []
    assert spans_of_tags(encode_tags([], 0)) == []


def test_a_high_penalty_leaves_whole_sentences() -> None:
    rng = np.random.default_rng(1)
    log_probs = rng.normal(size=(30, 7)).astype("f4")
    tags = decode_tags(log_probs, switch_penalty=1e3)
    assert len(spans_of_tags(tags)) <= 1
    assert len({tag for tag in tags.tolist() if tag % 2 == 0}) == 1
