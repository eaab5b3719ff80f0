from __future__ import annotations

import math

import numpy as np
import pytest

from contend.model.features import N_FEATURES, segment_features
from contend.model.tokens import TextTokenizer
from contend.text.tags import TaggedSpan

TEXT = "The bus. Go!\nThe lane must go. Say.\nThe year"
# words:  0   1 2  3 4   5   6    7    8 9 10 11 12 13


def test_by_hand(tokenizer: TextTokenizer) -> None:
    tokens = tokenizer.encode(TEXT)
    assert tokens.n_words == 14
    spans = [TaggedSpan(0, 2, 0), TaggedSpan(6, 9, 1), TaggedSpan(12, 13, 2)]
    features = segment_features(tokens, spans)
    assert features.dtype == np.float32
    n = 14
    expected = [
        [0, 1, math.exp(-11 / 100), 0, 1, 1, 0, 1, math.log(4) / 5, 0],
        [6 / n, math.exp(-0.06), math.exp(-0.04), 1 / 7, 0, 0, 0, 0, math.log(5) / 5, 1],
        [12 / n, math.exp(-0.12), 1, 0, 0, 1, 1, 1, math.log(3) / 5, 2],
    ]
    assert features == pytest.approx(np.array(expected), abs=1e-6)


def test_a_span_over_several_paragraphs(tokenizer: TextTokenizer) -> None:
    row = segment_features(tokenizer.encode(TEXT), [TaggedSpan(0, 13, 0)])[0]
    assert row[[3, 4, 5, 6]].tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("text", ["", "the"])
def test_no_spans(tokenizer: TextTokenizer, text: str) -> None:
    assert segment_features(tokenizer.encode(text), []).shape == (0, N_FEATURES)


def test_one_word(tokenizer: TextTokenizer) -> None:
    row = segment_features(tokenizer.encode("the"), [TaggedSpan(0, 0, 0)])[0]
    assert row.tolist()[:8] == [0, 1, 1, 0, 1, 1, 1, 1]
