"""What the document head knows of a segment beside the encoder's states: its place."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contend.model.tokens import Tokens
from contend.text.tags import TaggedSpan

N_FEATURES = 9
_NEAR_WORDS = 100


def segment_features(tokens: Tokens, spans: Sequence[TaggedSpan]) -> NDArray[np.float32]:
    """Layout features of each segment, shape [n_segments, N_FEATURES], values about 0 to 1.

    In order: place in the text, nearness to its beginning, nearness to its end, place in the
    paragraph, whether it lies in the first paragraph, begins a paragraph, ends one, is a whole
    sentence, and the logarithm of its length in words.
    """
    n_words = max(tokens.n_words, 1)
    paragraph, sentence = tokens.word_paragraph, tokens.word_sentence
    rows = []
    for span in spans:
        mine = paragraph[span.first]
        first = int(np.searchsorted(paragraph, mine, side="left"))
        last = int(np.searchsorted(paragraph, mine, side="right")) - 1
        starts_sentence = span.first == 0 or sentence[span.first - 1] != sentence[span.first]
        ends_sentence = (
            span.last + 1 == tokens.n_words or sentence[span.last + 1] != sentence[span.last]
        )
        rows.append(
            (
                span.first / n_words,
                math.exp(-span.first / _NEAR_WORDS),
                math.exp(-(n_words - 1 - span.last) / _NEAR_WORDS),
                (span.first - first) / (last - first + 1),
                float(mine == 0),
                float(span.first == first),
                float(span.last == last),
                float(starts_sentence and ends_sentence),
                math.log1p(span.last - span.first + 1) / 5,
            )
        )
    return np.array(rows, dtype=np.float32).reshape(-1, N_FEATURES)
