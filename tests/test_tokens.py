from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from contend.document import Segment
from contend.errors import ModelError
from contend.model import tokens as tokens_module
from contend.model.tokens import TextTokenizer
from contend.text.sentences import split_sentences
from contend.text.tags import TaggedSpan

PIECES = st.sampled_from(
    ["the", "Bus", "e\u0301", "é", "\u0301", "ﬁ", "½", "中", "한", "😀", "👩‍👩‍👧", "👍🏽", "1️⃣",
     "🇩🇪", "\u200d", "\u200b", "\u00ad", "\ud83d", "\0", "\ufffd", "[SEP]",
     "[UNK]", "##s", ".", ",", "“", "’", " ", "  ", "\n", "\r\n", "\r", "\t", "\x0b",
     "\x0c", "\x1f", "\x85", "\u2028", "\xa0", "İ", "ß"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(
    alphabet=st.characters(exclude_categories=())
)


@given(TEXTS)
@example("\n\u200b\nthe bus\n\u0301\n")
def test_places_are_exact(tokenizer: TextTokenizer, text: str) -> None:
    tokens = tokenizer.encode(text)
    n_words = tokens.n_words
    assert tokens.ids.shape == (tokens.n_tokens,)
    assert tokens.word_span.shape == (n_words, 2)
    assert tokens.word_sentence.shape == tokens.word_paragraph.shape == (n_words,)
    end = 0
    for a, b in tokens.word_span.tolist():
        assert end <= a < b <= len(text)
        assert text[a:b].strip() == text[a:b]
        end = b
    assert (tokens.n_tokens == 0) == (n_words == 0)
    if n_words:
        assert tokens.word_token[0] == 0
        assert (np.diff(tokens.word_token) > 0).all()
        assert tokens.word_token[-1] < tokens.n_tokens
    for numbers in (tokens.word_sentence, tokens.word_paragraph):
        assert set(numbers.tolist()) == set(range(numbers.max(initial=-1) + 1))
        assert (np.diff(numbers) >= 0).all()


@given(TEXTS)
def test_letters_and_digits_are_covered(tokenizer: TextTokenizer, text: str) -> None:
    covered = np.zeros(len(text), dtype=bool)
    for start, end in tokenizer.encode(text).word_span.tolist():
        covered[start:end] = True
    for place, character in enumerate(text):
        if unicodedata.category(character)[0] in "LNPS" and character != "\ufffd":
            assert covered[place]


@given(TEXTS)
def test_words_lie_in_their_sentences(tokenizer: TextTokenizer, text: str) -> None:
    tokens = tokenizer.encode(text)
    sentences = split_sentences(text)
    last = (-1, -1)
    for (start, end), sentence in zip(
        tokens.word_span.tolist(), tokens.word_sentence.tolist(), strict=True
    ):
        place = next(i for i, (a, b) in enumerate(sentences) if a <= start and end <= b)
        assert (place == last[0]) == (sentence == last[1])
        last = (place, sentence)


@given(TEXTS)
def test_paragraphs_are_separated(tokenizer: TextTokenizer, text: str) -> None:
    tokens = tokenizer.encode(text)
    breaks = np.flatnonzero(np.diff(tokens.word_paragraph))
    separators = np.flatnonzero(tokens.ids == tokenizer.last_id)
    assert separators.tolist() == (tokens.word_token[breaks + 1] - 1).tolist()
    for place in breaks.tolist():
        _, end = tokens.token_range(TaggedSpan(0, place, 0))
        assert end == tokens.word_token[place + 1] - 1


@given(TEXTS, st.data())
def test_word_range_and_char_range_are_inverse(
    tokenizer: TextTokenizer, text: str, data: st.DataObject
) -> None:
    tokens = tokenizer.encode(text)
    if not tokens.n_words:
        return
    first = data.draw(st.integers(0, tokens.n_words - 1))
    last = data.draw(st.integers(first, tokens.n_words - 1))
    start, end = tokens.char_range(text, TaggedSpan(first, last, 0))
    assert text[start:end] == text[start:end].strip()
    assert tokens.word_range(Segment(start, end, "claim")) == (first, last)


def test_word_range_counts_words_that_are_covered_in_part(tokenizer: TextTokenizer) -> None:
    tokens = tokenizer.encode("the bus  must go")
    assert tokens.word_range(Segment(2, 5, "claim")) == (0, 1)
    assert tokens.word_range(Segment(3, 4, "claim")) is None
    assert tokens.word_range(Segment(7, 9, "claim")) is None
    assert tokens.word_range(Segment(0, 16, "claim")) == (0, 3)


@pytest.mark.parametrize("text", ["a👍🏽", "a e\u0301\u0302 b", "go❤️ now", "1️⃣", "x\u200d"])
def test_marks_stay_with_their_character(tokenizer: TextTokenizer, text: str) -> None:
    tokens = tokenizer.encode(text)
    for word in range(tokens.n_words):
        _, end = tokens.char_range(text, TaggedSpan(word, word, 0))
        assert (
            end == len(text)
            or unicodedata.category(text[end])[0] != "M"
            or (word + 1 < tokens.n_words and tokens.word_span[word + 1, 0] == end)
        )


def test_nothing_is_truncated_or_padded(tokenizer: TextTokenizer, tokenizer_file: Path) -> None:
    assert len(Tokenizer.from_file(str(tokenizer_file)).encode("the").ids) == 128
    for n_words in (1, 127, 129, 511, 513, 5000):
        tokens = tokenizer.encode("the " * n_words)
        assert tokens.n_tokens == tokens.n_words == n_words
        assert len(set(tokens.ids.tolist())) == 1


def test_pieces_of_a_long_paragraph_are_the_whole(
    tokenizer: TextTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "the bus, e\u0301t\xa0al. 😀must  go\tthe\u2003 lane\x1fno\u200b " * 40
    whole = tokenizer.encode(text)
    for size in (25, 26, 64, 1000):
        monkeypatch.setattr(tokens_module, "_PIECE_CHARS", size)
        pieces = tokenizer.encode(text)
        for name in ("ids", "word_token", "word_span", "word_sentence", "word_paragraph"):
            assert (getattr(pieces, name) == getattr(whole, name)).all()


def test_a_paragraph_without_white_space_is_read_too(
    tokenizer: TextTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens_module, "_PIECE_CHARS", 10)
    tokens = tokenizer.encode("a " + "b" * 35)
    assert tokens.word_span.tolist() == [[0, 1], [2, 11], [11, 21], [21, 31], [31, 37]]


def test_white_space_that_tokenizers_drop_still_parts_words(tokenizer: TextTokenizer) -> None:
    for space in "\x0b\x0c\x1c\x1d\x1e\x1f\x85":
        assert tokenizer.encode(f"the{space}bus").n_words == 2


def test_special_tokens_in_an_article_are_text(tokenizer: TextTokenizer) -> None:
    tokens = tokenizer.encode("the [SEP] bus [MASK]")
    assert tokenizer.last_id not in tokens.ids
    assert tokenizer.mask_id not in tokens.ids
    assert tokens.n_words == 8


def test_very_long_sentences_count_as_several(tokenizer: TextTokenizer) -> None:
    tokens = tokenizer.encode("the. The " + "bus " * 2500)
    lengths = np.diff([*tokens.sentence_starts(), tokens.n_words])
    assert lengths.tolist() == [2, 1000, 1000, 501]


def test_words_without_separators_in_an_empty_text(tokenizer: TextTokenizer) -> None:
    for text in ("", " \n ", "\u200b\n\0\n\u0301"):
        tokens = tokenizer.encode(text)
        assert (tokens.n_tokens, tokens.n_words, len(tokens.sentence_starts())) == (0, 0, 0)


def test_saved_tokenizers_are_the_same(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "t.json")
    again = TextTokenizer(tmp_path / "t.json")
    text = "the bus\nmust go [SEP] " * 100
    assert (again.encode(text).ids == tokenizer.encode(text).ids).all()
    assert (again.first_id, again.last_id, again.mask_id) == (1, 2, 3)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_files_that_are_no_tokenizer(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"t\.json: expected a tokenizer: "):
        TextTokenizer(tmp_path / "t.json")


def test_a_tokenizer_without_special_tokens(tokenizer_file: Path, tmp_path: Path) -> None:
    other = Tokenizer.from_file(str(tokenizer_file))
    bare = Tokenizer(other.model)
    bare.save(str(tmp_path / "t.json"))
    with pytest.raises(ModelError, match="adds a first and a last token"):
        TextTokenizer(tmp_path / "t.json")
