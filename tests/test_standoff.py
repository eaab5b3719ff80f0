from __future__ import annotations

import json
import random
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contend.corpora import read_corpus
from contend.document import Document, Relation, Segment
from contend.errors import AttachError, FormatError
from contend.formats.standoff import Standoff, attach, read_standoff, to_standoff, write_standoff
from contend.text.anchor import split_words

TEXT = (
    "Close the bridge\n\n“It’s falling down,” the engineer wrote. Repairs cost money — about two "
    "million. But closing costs more: the ferry can’t cope.\n\nWe have waited… Enough!"
)
PASSAGES = [
    ("Close the bridge", "claim"),
    ("“It’s falling down,” the engineer wrote.", "evidence"),
    ("Repairs cost money — about two million.", "counterclaim"),
    ("But closing costs more: the ferry can’t cope.", "claim"),
    ("We have waited…", "evidence"),
]
DOCUMENT = Document(
    TEXT,
    tuple(
        Segment(TEXT.index(passage), TEXT.index(passage) + len(passage), label, index == 0)
        for index, (passage, label) in enumerate(PASSAGES)
    ),
    (
        Relation(1, 0, "supports"),
        Relation(2, 0, "attacks"),
        Relation(3, 2, "attacks"),
        Relation(4, 0, "supports"),
    ),
    "bridge",
    {"outlet": "The Ferryman"},
)
ARTICLES = {article.id: article for article in read_corpus("soapbox")["train"][::7]}
Change = Callable[[str, random.Random], str]


def straight_quotes(text: str, rng: random.Random) -> str:
    return text.translate({ord(x): '"' for x in "“”"} | {ord(x): "'" for x in "‘’"})


def curly_quotes(text: str, rng: random.Random) -> str:
    text = re.sub(r"(?<!\w)\"(?=\w)", "“", text).replace('"', "”")
    return text.replace("'", "’")


def dashes(text: str, rng: random.Random) -> str:
    other = rng.choice(["--", "–", "—", " - "])
    return re.sub(r" [-–—]+ |—|–|--", other, text)


def doubled_blanks(text: str, rng: random.Random) -> str:
    return re.sub(" ", lambda _: rng.choice([" ", "  ", "\u00a0"]), text)


def other_line_ends(text: str, rng: random.Random) -> str:
    return text.replace("\n", rng.choice(["\r\n", "\r", "\n\n", "\u2029"]))


def hard_wrapped(text: str, rng: random.Random) -> str:
    width = rng.randrange(40, 90)
    wrap = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return "\n\n".join("\n".join(wrap.wrap(paragraph)) for paragraph in text.split("\n"))


def added_lines(text: str, rng: random.Random) -> str:
    lines = ["By Our Own Correspondent", "Tuesday 3 May", "A HEADING", "Advertisement", "No."]
    paragraphs = text.split("\n\n")
    for line in lines:
        paragraphs.insert(rng.randrange(len(paragraphs) + 1), line)
    return "\n\n".join(paragraphs)


def page_break(text: str, rng: random.Random) -> str:
    blanks = [at.start() for at in re.finditer(" ", text)]
    at = rng.choice(blanks)
    return text[:at] + "\n\n" + text[at + 1 :]


# Lines are added first, while every paragraph break is one.
CHANGES: list[Change] = [
    added_lines,
    straight_quotes,
    curly_quotes,
    dashes,
    doubled_blanks,
    other_line_ends,
    hard_wrapped,
    page_break,
]


def forms(text: str) -> list[str]:
    return [word.form for word in split_words(text)]


@settings(deadline=None, max_examples=30)
@given(
    article=st.sampled_from(sorted(ARTICLES)),
    changes=st.lists(st.sampled_from(CHANGES), max_size=4),
    seed=st.integers(0, 2**32),
)
def test_every_segment_is_placed_in_a_copy_of_other_typography(
    article: str, changes: list[Change], seed: int
) -> None:
    document = ARTICLES[article]
    copy = document.text
    for change in sorted(changes, key=CHANGES.index):
        copy = change(copy, random.Random(seed))
    attached = attach(to_standoff(document), copy)
    assert not attached.unplaced
    assert not attached.dropped
    assert attached.n_words_placed == attached.n_words
    assert attached.document.text == copy
    assert attached.document.relations == document.relations
    pairs = zip(document.segments, attached.document.segments, strict=True)
    for before, after in pairs:
        assert (before.label, before.thesis) == (after.label, after.thesis)
        assert forms(before.text) == forms(after.text)
        assert after.text == after.text.strip()


@settings(deadline=None, max_examples=30)
@given(article=st.sampled_from(sorted(ARTICLES)), seed=st.integers(0, 2**32))
def test_removed_paragraph_takes_its_segments_and_no_others(article: str, seed: int) -> None:
    document = ARTICLES[article]
    paragraphs = list(re.finditer(r"[^\n]+", document.text))
    gone = random.Random(seed).choice(paragraphs)
    copy = document.text[: gone.start()] + document.text[gone.end() :]
    removed = {
        index
        for index, segment in enumerate(document.segments)
        if gone.start() <= segment.start < gone.end()
    }
    attached = attach(to_standoff(document), copy)
    assert {lost.index for lost in attached.unplaced} == removed
    kept = [s.text for index, s in enumerate(document.segments) if index not in removed]
    assert [segment.text for segment in attached.document.segments] == kept
    assert all(lost.reason in ("missing", "moved") for lost in attached.unplaced)
    touched = [r for r in document.relations if {r.source, r.target} & removed]
    assert list(attached.dropped) == touched
    assert len(attached.document.relations) == len(document.relations) - len(touched)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(st.sampled_from("ab'’ .…\n\u0301\u00ad\U0001f600\ud800"), min_size=1))
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    segments = [Segment(a, b, "claim") for a, b in pairwise(ends)]
    return Document(text, tuple(segments))


@given(documents())
def test_unaltered_text_gives_the_identical_document(document: Document) -> None:
    attached = attach(to_standoff(document), document.text)
    assert attached.identical
    assert attached.document == document
    assert attached.document.meta == document.meta


@given(documents(), documents())
def test_any_text_gives_a_document_or_an_attach_error(document: Document, other: Document) -> None:
    standoff = to_standoff(document)
    try:
        attached = attach(standoff, other.text)
    except AttachError:
        return
    lost = {unplaced.index for unplaced in attached.unplaced}
    assert len(attached.document.segments) + len(lost) == len(standoff.segments)
    kept = [s for index, s in enumerate(document.segments) if index not in lost]
    for before, after in zip(kept, attached.document.segments, strict=True):
        assert attached.identical or forms(before.text) or forms(after.text)
    assert attached.summary()


def test_report_says_what_is_lost_and_why() -> None:
    copy = TEXT.replace("the engineer wrote", "an engineer wrote").replace(PASSAGES[4][0], "")
    attached = attach(to_standoff(DOCUMENT), copy)
    assert not attached.identical
    assert [(lost.index, lost.reason) for lost in attached.unplaced] == [
        (1, "differs"),
        (4, "missing"),
    ]
    first = attached.unplaced[0]
    assert copy[first.start : first.end] == "It’s falling down,” an engineer wrote"
    assert attached.dropped == (Relation(1, 0, "supports"), Relation(4, 0, "supports"))
    assert attached.document.relations == (Relation(1, 0, "attacks"), Relation(2, 1, "attacks"))
    assert (attached.n_words_placed, attached.n_words) == (17, 26)
    assert attached.summary().splitlines() == [
        "3 of 5 segments placed, 17 of 26 words verified",
        "segment 1 (1 evidence): words differ; your copy has at 19:56 "
        "'It’s falling down,” an engineer wrote'",
        "segment 4 (1 evidence): words are missing; your copy has at 146:152 'Enough'",
        "2 relations dropped with them",
    ]


def test_report_names_neighbours_with_one_fate_together() -> None:
    attached = attach(to_standoff(DOCUMENT), TEXT[: TEXT.index(" Repairs")])
    assert attached.summary().splitlines() == [
        "2 of 5 segments placed, 9 of 26 words verified",
        "segments 2 to 4 (1 counterclaim, 1 claim, 1 evidence): words are missing; "
        "your copy has at 57:57 ''",
        "3 relations dropped with them",
    ]


def test_another_text_is_refused() -> None:
    with pytest.raises(AttachError, match="none of its 5 segments"):
        attach(to_standoff(DOCUMENT), "A text about something else.")


def test_no_segments_attach_to_anything() -> None:
    bare = to_standoff(Document("Nothing here."))
    assert attach(bare, "Something else.").document.segments == ()


def test_file_round_trip_without_the_text(tmp_path: Path) -> None:
    standoff = to_standoff(DOCUMENT)
    file = tmp_path / "bridge.json"
    write_standoff(standoff, file)
    assert read_standoff(file) == standoff
    written = file.read_text(encoding="utf-8")
    assert not {"bridge", "ferry", "engineer", "waited"} & set(
        forms(written.replace('"bridge"', ""))
    )
    assert written.count("\n") < 20


def test_empty_annotation_round_trips(tmp_path: Path) -> None:
    bare = to_standoff(Document("Nothing here.", id="bare"))
    write_standoff(bare, tmp_path / "bare.json")
    assert read_standoff(tmp_path / "bare.json") == bare


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 1 is read here, not 2"),
        ({"segments": [{"start": 0}]}, "needs the field 'end'"),
        ({"relations": [{"source": 0, "target": 0, "label": "supports"}]}, "two segments"),
        ({"segments": None}, "expected a stand-off annotation"),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    file = tmp_path / "bad.json"
    write_standoff(to_standoff(DOCUMENT), file)
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **change}))
    with pytest.raises(FormatError, match=message):
        read_standoff(file)


def test_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.json: expected a stand-off annotation"):
        read_standoff(tmp_path / "none.json")


def test_scores_are_not_kept() -> None:
    scored = replace(
        DOCUMENT, segments=tuple(replace(segment, score=0.5) for segment in DOCUMENT.segments)
    )
    standoff: Standoff = to_standoff(scored)
    assert {segment.score for segment in standoff.segments} == {None}
