"""What the document head knows of a segment beside the encoder's states: its place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contend.model.tokens import Tokens
from contend.text.tags import TaggedSpan

N_FEATURES = 10
_NEAR_WORDS = 100


def segment_features(tokens: Tokens, spans: Sequence[TaggedSpan]) -> NDArray[np.float32]:
    """Layout features of each segment, shape [n_segments, N_FEATURES].

    In order: place in the text, nearness to its beginning, nearness to its end, place in the
    paragraph, whether it lies in the first paragraph, begins a paragraph, ends one, is a whole
    sentence, the logarithm of its length in words, all about 0 to 1; and the number of its
    paragraph, from 0.
    """
    firsts = np.array([span.first for span in spans], dtype=np.int64)
    lasts = np.array([span.last for span in spans], dtype=np.int64)
    n_words = tokens.n_words
    paragraph, sentence = tokens.word_paragraph, tokens.word_sentence
    mine = paragraph[firsts]
    opens = np.searchsorted(paragraph, mine, side="left")
    closes = np.searchsorted(paragraph, mine, side="right") - 1
    starts_sentence = (firsts == 0) | (sentence[firsts - 1] != sentence[firsts])
    following = np.minimum(lasts + 1, n_words - 1)
    ends_sentence = (following == lasts) | (sentence[following] != sentence[lasts])
    columns = (
        firsts / max(n_words, 1),
        np.exp(-firsts / _NEAR_WORDS),
        np.exp(-(n_words - 1 - lasts) / _NEAR_WORDS),
        (firsts - opens) / (closes - opens + 1),
        mine == 0,
        firsts == opens,
        lasts == closes,
        starts_sentence & ends_sentence,
        np.log1p(lasts - firsts + 1) / 5,
        mine,
    )
    return np.stack(columns, axis=1).astype(np.float32)
