from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contend.text.sentences import split_paragraphs, split_sentences

PIECES = st.sampled_from(
    ["a", "Bus", "Mr.", "U.S.", ".", "!", "…", '"', "”", ")", " ", "\n", "\r", "\r\n", "\t", "5",
     "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1f", "\xa0", "\0", "\u0301", "😀", "\ud800"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(
    alphabet=st.characters(exclude_categories=())
)
# Lines as mail programs broke them, at 72 characters.
WRAPPED = (
    "It was the council that closed the swimming pool, and it was the council\n"
    "which promised, in the same meeting and with the same smile, that nobody\n"
    "would notice. Everybody noticed. Parents drive their children to the Old\n"
    "Harbour now.\n"
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def paragraphs(text: str) -> list[str]:
    return [text[start:end] for start, end in split_paragraphs(text)]


@given(TEXTS)
@example("\x1f")
@example("a.\x1fB")
def test_visible_text_lies_in_exactly_one_sentence(text: str) -> None:
    for spans in (split_paragraphs(text), split_sentences(text)):
        end = 0
        for start, stop in spans:
            assert end <= start < stop <= len(text)
            assert text[end:start].strip() == ""
            assert text[start:stop] == text[start:stop].strip()
            end = stop
        assert text[end:].strip() == ""


@given(TEXTS)
def test_sentences_lie_in_paragraphs(text: str) -> None:
    whole = split_paragraphs(text)
    for start, end in split_sentences(text):
        assert sum(a <= start and end <= b for a, b in whole) == 1


@pytest.mark.parametrize(
    "end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\n\n", "\r\n\r\n"]
)
def test_every_kind_of_line_end(end: str) -> None:
    text = f"{end}The heading{end} One. Two! {end}{end}\tThree?{end}"
    assert paragraphs(text) == ["The heading", "One. Two!", "Three?"]
    assert sentences(text) == ["The heading", "One.", "Two!", "Three?"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("One", ["One"]),
        ("One. Two.", ["One.", "Two."]),
        ("He said “Yes.” They left.", ["He said “Yes.”", "They left."]),
        ("Is it? No. They left.", ["Is it?", "No.", "They left."]),
        ("He said “No.” They left.", ["He said “No.”", "They left."]),
        ("He lives at No. 10 and at Nos. 3 and 4.", ["He lives at No. 10 and at Nos. 3 and 4."]),
        ("Why?! Because... it is.", ["Why?!", "Because... it is."]),
        ("It rose by 5.2 percent. 40 died.", ["It rose by 5.2 percent.", "40 died."]),
        ("It cost much. $5 in all.", ["It cost much.", "$5 in all."]),
        ("Mr. Smith met Dr. Jones. They spoke.", ["Mr. Smith met Dr. Jones.", "They spoke."]),
        ("The U.S. Senate and J. F. Kennedy.", ["The U.S. Senate and J. F. Kennedy."]),
        ("On Jan. 5 it fell, i.e. Monday.", ["On Jan. 5 it fell, i.e. Monday."]),
        ("They went (all of them.) Then rain.", ["They went (all of them.)", "Then rain."]),
        ("Is it so? “It is.”", ["Is it so?", "“It is.”"]),
        ("visit example.com. now", ["visit example.com. now"]),
        ("He left.Then rain.", ["He left.Then rain."]),
    ],
)
def test_sentence_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_stray_line_ends_do_not_end_a_paragraph() -> None:
    assert paragraphs("The road is\nclosed to cars") == ["The road is\nclosed to cars"]
    assert paragraphs("The road is\n\nclosed to cars") == ["The road is\n\nclosed to cars"]
    assert paragraphs("The road is closed.\nit says") == ["The road is closed.", "it says"]
    assert paragraphs("These:\ncars") == ["These:", "cars"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_hard_wrapped_lines_are_joined(end: str) -> None:
    text = WRAPPED.replace("\n", end)
    assert len(paragraphs(text)) == 1
    assert len(sentences(text)) == 3
    assert len(paragraphs(f"{text}{end}{text}")) == 2


def test_short_lines_are_not_wrapped_text() -> None:
    assert len(paragraphs("Roads\nBridges\nTunnels")) == 3


@pytest.mark.parametrize(
    "unit",
    ["word ", "x", ".", ".)", ".  ", "... ", '."', "a\n", "A\n", "\n", " ", "Mr. ", "U.S.", "A. ",
     "\ud800", ".\n"],
)  # fmt: skip
def test_time_is_linear(unit: str) -> None:
    """A fifth of a megabyte takes a fraction of a second; if it were quadratic, minutes."""
    text = unit * (200_000 // len(unit))
    started = time.process_time()
    split_sentences(text)
    assert time.process_time() - started < 3
