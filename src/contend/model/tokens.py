"""From text to the encoder's tokens and back: token ids, words and their places.

The unit of tagging is the word as the tokenizer's pre-tokenizer sees it: a run of letters and
digits, or a single punctuation mark. A word's score is that of its first token. Paragraph ends
become a separator token, so that the encoder sees the layout that tokenizers drop.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from contend.document import Segment
from contend.errors import ModelError
from contend.text.sentences import split_paragraphs, split_sentences
from contend.text.tags import TaggedSpan

# One call of the tokenizer on millions of characters takes gigabytes; paragraphs are cut at
# white space into pieces of about this many code points.
_PIECE_CHARS = 20_000
# Bounds the memory of decoding where a text has no sentence ends at all.
_LONGEST_SENTENCE_WORDS = 1_000
# The Rust of the tokenizers holds no surrogates, and they drop some white space that is also a
# control character, which would join the words around it.
_CLEAN = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD) | dict.fromkeys(
    (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x85), ord(" ")
)
_JOINERS = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A whole text as tokens and words.

    Attributes:
        ids: token ids without the encoder's first and last special token, shape [n_tokens].
        word_token: the first token of each word, shape [n_words].
        word_span: start and end code point of each word, shape [n_words, 2].
        word_sentence: the sentence of each word, ascending, shape [n_words].
        word_paragraph: the paragraph of each word, ascending, shape [n_words].
    """

    ids: NDArray[np.int64]
    word_token: NDArray[np.int64]
    word_span: NDArray[np.int64]
    word_sentence: NDArray[np.int64]
    word_paragraph: NDArray[np.int64]

    @property
    def n_tokens(self) -> int:
        """The number of tokens."""
        return len(self.ids)

    @property
    def n_words(self) -> int:
        """The number of words."""
        return len(self.word_token)

    def sentence_starts(self) -> NDArray[np.int64]:
        """The first word of each sentence, shape [n_sentences]."""
        return np.flatnonzero(np.diff(self.word_sentence, prepend=-1)).astype(np.int64)

    def token_range(self, span: TaggedSpan) -> tuple[int, int]:
        """The tokens of a span of words, half-open; a separator after its last word is left out."""
        start = int(self.word_token[span.first])
        if span.last + 1 == self.n_words:
            return start, self.n_tokens
        end = int(self.word_token[span.last + 1])
        new_paragraph = self.word_paragraph[span.last] != self.word_paragraph[span.last + 1]
        return start, end - int(new_paragraph)

    def char_range(self, text: str, span: TaggedSpan) -> tuple[int, int]:
        """The code points of a span of words, with marks that combine with its last character."""
        start, end = int(self.word_span[span.first, 0]), int(self.word_span[span.last, 1])
        limit = (
            len(text) if span.last + 1 == self.n_words else int(self.word_span[span.last + 1, 0])
        )
        while end < limit and _combines(text, end):
            end += 1
        return start, end

    def word_range(self, segment: Segment) -> tuple[int, int] | None:
        """The first and last word that ``segment`` covers at all, ``None`` if it covers none."""
        first = int(np.searchsorted(self.word_span[:, 1], segment.start, side="right"))
        last = int(np.searchsorted(self.word_span[:, 0], segment.end, side="left")) - 1
        return (first, last) if first <= last else None


class TextTokenizer:
    """The tokenizer of a model folder, with truncation and padding switched off.

    Args:
        path: the file ``tokenizer.json``.

    Raises:
        ModelError: if the file is absent or no tokenizer.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises a bare Exception
            raise ModelError(f"{path}: expected a tokenizer: {error}") from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True  # "[SEP]" in an article is text
        special = self._tokenizer.encode("").ids
        if len(special) != 2:
            raise ModelError(f"{path}: expected a tokenizer that adds a first and a last token")
        self.first_id, self.last_id = special
        mask = next(
            (t for t in ("[MASK]", "<mask>") if self._tokenizer.token_to_id(t) is not None), None
        )
        self.mask_id: int | None = self._tokenizer.token_to_id(mask) if mask else None

    def save(self, path: Path) -> None:
        """Write the tokenizer, without truncation and padding, as ``tokenizer.json``."""
        self._tokenizer.save(str(path))

    def encode(self, text: str) -> Tokens:
        """The tokens of the whole of ``text``, however long."""
        clean = text.translate(_CLEAN)
        ids: list[int] = []
        word_token = [np.zeros(0, dtype=np.int64)]
        word_span = [np.zeros((0, 2), dtype=np.int64)]
        word_paragraph = [np.zeros(0, dtype=np.int64)]
        n_paragraphs = 0
        for start, end in split_paragraphs(text):
            is_new = True  # until it has a word: one of invisible characters counts for nothing
            for piece_start, piece_end in _pieces(clean, start, end):
                encoding = self._tokenizer.encode(
                    clean[piece_start:piece_end], add_special_tokens=False
                )
                if not encoding.ids:
                    continue
                if is_new:
                    ids += [self.last_id] if n_paragraphs else []
                    n_paragraphs += 1
                    is_new = False
                offsets = np.array(encoding.offsets, dtype=np.int64)
                words = np.array(encoding.word_ids, dtype=np.int64)
                firsts = np.flatnonzero(np.diff(words, prepend=-1))
                lasts = np.append(firsts[1:], len(offsets)) - 1
                word_token.append(len(ids) + firsts)
                word_span.append(
                    piece_start + np.stack([offsets[firsts, 0], offsets[lasts, 1]], axis=1)
                )
                word_paragraph.append(np.full(len(firsts), n_paragraphs - 1))
                ids += encoding.ids
        spans = np.concatenate(word_span)
        return Tokens(
            np.array(ids, dtype=np.int64),
            np.concatenate(word_token),
            spans,
            _sentence_of_words(text, spans),
            np.concatenate(word_paragraph),
        )


def _sentence_of_words(text: str, word_span: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sentence of each word; very long sentences count as several."""
    starts = np.array([start for start, _ in split_sentences(text)], dtype=np.int64)
    sentences = np.searchsorted(starts, word_span[:, 0], side="right")
    firsts = np.flatnonzero(np.diff(sentences, prepend=-1))
    place = np.arange(len(sentences)) - np.repeat(firsts, np.diff(firsts, append=len(sentences)))
    cut = (np.diff(sentences, prepend=-1) != 0) | (place % _LONGEST_SENTENCE_WORDS == 0)
    return np.cumsum(cut).astype(np.int64) - 1


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Consecutive pieces of a paragraph, cut at white space where there is any."""
    pieces = []
    while end - start > _PIECE_CHARS:
        cut = start + _PIECE_CHARS
        space = next((i for i in range(cut, start, -1) if text[i].isspace()), cut)
        pieces.append((start, space))
        start = space
    pieces.append((start, end))
    return pieces


def _combines(text: str, at: int) -> bool:
    return text[at] in _JOINERS or unicodedata.category(text[at])[0] == "M"
