from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.text.anchor import Anchor, Placement, _best_chain, make_anchors, place, split_words

TEXT = (
    "Close the bridge\n\n“It’s falling down,” the council’s engineer wrote in May. No. "
    "While repairs cost money—about £2 million—closing costs more: the ferry can’t cope.\n\n"
    "The mayor says: “Wait.” We have waited… and we’ll wait again."
)


def span(passage: str, text: str = TEXT) -> tuple[int, int]:
    start = text.index(passage)
    return start, start + len(passage)


def place_all(anchors: list[Anchor], copy: str) -> list[Placement]:
    n_words = max(anchor.first_word + anchor.n_words for anchor in anchors)
    return place(anchors, copy, n_words=n_words)


def test_words_are_the_same_in_other_typography() -> None:
    one = split_words("It’s the naïve “co-op”—THE ﬁrst…")
    other = split_words(
        "Its".replace("Its", "it's") + " the nai\u0308ve 'co op' -- the fi\u00adrst ..."
    )
    assert [word.form for word in one] == [word.form for word in other]
    assert [word.form for word in one] == ["it's", "the", "naïve", "co", "op", "the", "first"]


@given(st.text())
def test_words_have_offsets_in_order(text: str) -> None:
    end = 0
    for word in split_words(text):
        assert end <= word.start < word.end <= len(text)
        assert word.form
        end = word.end


def test_anchor_holds_word_range_and_edges() -> None:
    quoted, no = make_anchors(TEXT, [span("“It’s falling down,”"), span("No.")])
    assert (quoted.first_word, quoted.n_words) == (3, 3)
    assert (quoted.before, quoted.after) == ('"', ',"')
    assert (no.first_word, no.n_words, no.before, no.after) == (12, 1, "", ".")


def test_anchor_holds_no_word() -> None:
    (anchor,) = make_anchors(TEXT, [span("The mayor says: “Wait.”")])
    assert set(anchor.words_sha256) <= set("0123456789abcdef")
    assert not any(letter.isalnum() for letter in anchor.before + anchor.after)


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ('He said: "Wait." And then', ['"Wait."']),
        ("He said: 'Wait'. And then", ["'Wait'."]),
        ("He said: ''Wait.'' And then", ["''Wait.''"]),
        ("He said: «Wait…» And then", ["«Wait…»"]),
        ("He said. Wait! And then", ["Wait"]),
    ],
)
def test_edges_follow_the_typography_of_the_copy(copy: str, expected: list[str]) -> None:
    text = "He said: “Wait.” And then"
    anchors = make_anchors(text, [span("“Wait.”", text)])
    assert [copy[at.start : at.end] for at in place_all(anchors, copy)] == expected


def test_mark_between_two_passages_goes_to_the_one_that_it_opens() -> None:
    text = "One ended.” “Two began."
    anchors = make_anchors(text, [span("One ended.”", text), span("“Two began.", text)])
    copy = 'One ended. "Two began.'
    assert [copy[at.start : at.end] for at in place_all(anchors, copy)] == [
        "One ended.",
        '"Two began.',
    ]


def test_repeated_passage_is_placed_where_its_neighbours_are() -> None:
    text = "Go now. Rain fell. No. Snow fell. No. It is cold."
    second = text.rindex("No.")
    anchors = make_anchors(text, [span("Snow fell.", text), (second, second + 3)])
    copy = "No. No. " + text
    (_, at) = place_all(anchors, copy)
    assert at.start == second + 8


def chain_by_definition(
    anchors: Sequence[Anchor], found: Sequence[Sequence[int]]
) -> dict[int, int]:
    """The best chain, every place compared with every earlier one."""
    best: list[tuple[float, int, int, int]] = []  # score, anchor, word index, predecessor
    for index, anchor in enumerate(anchors):
        for at in found[index]:
            score, before = 0.0, -1
            for number, (reached_there, other, other_at, _) in enumerate(best):
                apart = anchor.first_word - anchors[other].first_word
                if other == index or at - other_at < min(anchors[other].n_words, apart):
                    continue
                reached = reached_there + 0.5 * (at - other_at == apart)
                if reached > score:
                    score, before = reached, number
            best.append((score + anchor.n_words, index, at, before))
    chain = {}
    number = max(range(len(best)), key=lambda n: best[n][0], default=-1)
    while number >= 0:
        _, index, at, number = best[number]
        chain[index] = at
    return chain


@st.composite
def anchors_and_places(draw: st.DrawFn) -> tuple[list[Anchor], list[list[int]]]:
    """Anchors that may meet inside a word, and any places for each, in order."""
    anchors, first = [], 0
    for _ in range(draw(st.integers(0, 7))):
        n_words = draw(st.integers(0, 4))
        anchors.append(Anchor(first, n_words, ""))
        first += max(0, n_words + draw(st.integers(-1, 2)))
    places = st.lists(st.integers(0, first + 4), max_size=6, unique=True).map(sorted)
    return anchors, [draw(places) if anchor.n_words else [] for anchor in anchors]


@given(anchors_and_places())
def test_the_chain_is_that_of_the_definition(
    case: tuple[list[Anchor], list[list[int]]],
) -> None:
    assert _best_chain(*case) == chain_by_definition(*case)


def test_a_text_that_repeats_itself_is_placed_in_seconds() -> None:
    text = "No. " * 80
    anchors = make_anchors(text, [(4 * n, 4 * n + 3) for n in range(80)])
    started_s = time.process_time()
    placements = place_all(anchors, text)
    assert time.process_time() - started_s < 2
    assert placements == [Placement(4 * n, 4 * n + 3) for n in range(80)]


@pytest.mark.parametrize(
    ("copy", "reason", "seen"),
    [
        ("One goes first. Three goes last.", "missing", ""),
        ("One goes first. Two came next. Three goes last.", "differs", "Two came next"),
        ("One goes first. Two old men go next. Three goes last.", "differs", "Two old men go next"),
        ("Two goes next. One goes first. Three goes last.", "moved", "Two goes next"),
    ],
)
def test_reason_and_place_of_an_unplaced_passage(copy: str, reason: str, seen: str) -> None:
    text = "One goes first. Two goes next. Three goes last."
    sentences = ["One goes first.", "Two goes next.", "Three goes last."]
    anchors = make_anchors(text, [span(sentence, text) for sentence in sentences])
    first, second, third = place_all(anchors, copy)
    assert first.reason is third.reason is None
    assert second.reason == reason
    assert copy[second.start : second.end] == seen


def test_passage_without_words_is_not_placed() -> None:
    (at,) = place_all(make_anchors("Well … yes", [(5, 6)]), "Well... yes")
    assert at.reason == "no words"
    assert place_all(make_anchors("foobar", [(0, 3), (3, 6)]), "foobar ")[1].reason is None
