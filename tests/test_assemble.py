from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import ReadOptions
from contend.formats.units import byte_places, line_places, utf16_places

TEXT = "Tea 🍵 calms.\r\nCafé is dear.\nSo drink tea."


def span(start: int, end: int, label: str = "x", **more: Any) -> Span:
    return Span(start=start, end=end, label=label, **more)


def made(*spans: Span, links: tuple[Link, ...] = (), repair: bool = False, **more: Any) -> Document:
    options = more.pop("options", ReadOptions(repair=repair))
    return assemble(TEXT, spans, links, where="file", options=options, **more)


def test_sorts_and_gathers_attributes() -> None:
    document = made(
        span(14, 28, "b", name="B", attributes={"Sure": True}),
        span(0, 12, "a", name="A", thesis=True, score=0.5, attributes={"note": "well"}),
        links=(Link(source="B", target="A", label="Support", score=0.25),),
        id="d",
        meta={"n": 1},
        ignored={"notes": 2, "none": 0},
    )
    assert document.segments == (Segment(0, 12, "a", True), Segment(14, 28, "b"))
    assert document.segments[0].score == 0.5
    assert document.relations == (Relation(1, 0, "supports"),)
    assert document.relations[0].score == 0.25
    assert document.meta == {
        "n": 1,
        "attributes": {"note": ["well", None], "Sure": [None, True]},
        "ignored": {"notes": 2},
    }


@given(st.text())
def test_places_are_those_of_the_codecs(text: str) -> None:
    for places, codec, width in (
        (utf16_places(text), "utf-16-le", 2),
        (byte_places(text), "utf-8", 1),
    ):
        raw = text.encode(codec)
        assert len(places) == len(raw) // width + 1
        for offset, place in enumerate(places):
            if place is not None:
                assert raw[: offset * width].decode(codec) == text[:place]
    assert [text[place] for place in line_places(text)[:-1]] == list(text.replace("\r\n", "\r"))


@pytest.mark.parametrize(
    ("spans", "unit"),
    [
        ([span(7, 13, quoted="calms."), span(15, 28, quoted="Café is dear.")], "UTF-16 units"),
        ([span(9, 15, quoted="calms."), span(17, 31, quoted="Café is dear.")], "bytes of UTF-8"),
        ([span(6, 12, quoted="calms."), span(13, 26, quoted="Café is dear.")], "code points that"),
    ],
)
def test_other_units_are_found_out(spans: list[Span], unit: str) -> None:
    with pytest.raises(FormatError, match=rf"says .*all offsets fit if they are {unit}.*--repair"):
        made(*spans)
    document = made(*spans, repair=True)
    assert [s.text for s in document.segments] == ["calms.", "Café is dear."]
    ((what, count),) = document.meta["repaired"].items()
    assert (what.startswith(f"documents with offsets in {unit}"), count) == (True, 1)


def test_units_are_not_guessed_without_quotations() -> None:
    with pytest.raises(FormatError, match="expected 0 <= start < end <= 41, the number of code"):
        made(span(0, 43))


@pytest.mark.parametrize(
    ("spans", "message", "kept", "repaired"),
    [
        ([span(0, 9), span(5, 12)], "5:12 .* overlaps segment 0:9", [(0, 9)], "overlapping"),
        ([span(0, 9), span(5, 8)], "5:8 .* overlaps segment 0:9", [(0, 9)], "nested"),
        ([span(0, 3), span(0, 9)], "0:3 .* overlaps segment 0:9", [(0, 9)], "nested"),
        ([span(5, 5)], "segment 5:5 .*expected 0 <= start < end", [], "that do not fit"),
        ([span(-1, 5)], "segment -1:5", [], "that do not fit"),
        ([span(0, 3, quoted="Cup")], "says 'Cup', but the text there is 'Tea'", [], "do not fit"),
        ([span(0, 3, quoted="drink")], "says 'drink'", [(31, 36)], "moved to where"),
        ([span(0, 3, quoted="calms. Café")], "says", [(6, 18)], "moved to where"),
        (
            [span(0, 3, thesis=True), span(4, 5, thesis=True)],
            "at most one thesis, found 2",
            [(0, 3), (4, 5)],
            "second thesis",
        ),
    ],
)
def test_faults_of_spans(
    spans: list[Span], message: str, kept: list[tuple[int, int]], repaired: str
) -> None:
    with pytest.raises(FormatError, match=message):
        made(*spans)
    document = made(*spans, repair=True)
    assert [(s.start, s.end) for s in document.segments] == kept
    ((what, count),) = document.meta["repaired"].items()
    assert (repaired in what, count) == (True, 1)


def test_the_nearest_quotation_is_taken() -> None:
    (found,) = assemble(
        "tea tea tea", [span(5, 8, quoted="tea")], where="", options=ReadOptions(repair=True)
    ).segments
    assert (found.start, found.end) == (4, 7)


def test_a_fault_of_a_segment_names_its_place() -> None:
    for more, message in (({"score": 1.5}, "score from 0 to 1"), ({"label": ""}, "label")):
        fault = Span(**{"start": 0, "end": 3, "label": "x", "where": "line 7", **more})
        with pytest.raises(FormatError, match=f"^f.csv, line 7: .*{message}"):
            assemble("tea", [fault], where="f.csv")


def test_a_quotation_of_whole_words_is_preferred() -> None:
    text, repair = "therefore it is, as before, fore", ReadOptions(repair=True)
    (found,) = assemble(text, [span(6, 10, quoted="fore")], where="", options=repair).segments
    assert (found.start, found.end) == (28, 32)
    (found,) = assemble(text, [span(0, 4, quoted="ere")], where="", options=repair).segments
    assert (found.start, found.end) == (2, 5)


@pytest.mark.parametrize(
    ("link", "message", "repaired"),
    [
        (("A", "C", "supports"), "there is no segment C", "segments that are not there"),
        (("A", "A", "supports"), "from a segment to itself", "to themselves"),
        (("A", "B", "doubts"), "a relation of type 'doubts'.*--relations doubts=", "unknown type"),
        (("B", "A", "attacks"), "given with two types", "second type"),
    ],
)
def test_faults_of_links(link: tuple[str, str, str], message: str, repaired: str) -> None:
    spans = (span(0, 3, name="A"), span(4, 5, name="B"))
    source, target, label = link
    links = (
        Link(source="B", target="A", label="SUPPORTS"),
        Link(source="B", target="A", label="support"),
        Link(source=source, target=target, label=label, where="line 7"),
    )
    with pytest.raises(FormatError, match=f"file, line 7: .*{message}"):
        made(*spans, links=links)
    document = made(*spans, links=links, repair=True)
    assert document.relations == (Relation(1, 0, "supports"),)
    assert document.meta["ignored"] == {"relations given twice": 1}
    ((what, count),) = document.meta["repaired"].items()
    assert (repaired in what, count) == (True, 1)


def test_links_to_dropped_segments_go_with_them() -> None:
    spans = (span(0, 9, name="A"), span(5, 8, name="B"))
    links = (Link(source="B", target="A", label="supports"),)
    assert made(*spans, links=links, repair=True).meta["repaired"] == {
        "nested segments dropped": 1,
        "relations to dropped segments, dropped": 1,
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"label": 5}, "segment A 0:3: expected a label that is a string, found 5"),
        ({"quoted": 5}, "segment A 0:3: expected a quoted text that is a string, found 5"),
        ({"attributes": 5}, "segment A 0:3: expected attributes that are an object, found 5"),
    ],
)
def test_what_is_of_another_kind(more: dict[str, Any], message: str) -> None:
    """Readers hand over what JSON says, which may be anything."""
    wrong = Span(**{"start": 0, "end": 3, "label": "x", "name": "A", "where": "line 1", **more})
    for repair in (False, True):
        with pytest.raises(FormatError, match=f"file, line 1: {message}"):
            made(wrong, repair=repair)
    for label in (5, None, ["supports"]):
        link: Any = Link(source="A", target="B", label=label, where="line 2")  # type: ignore[arg-type]
        with pytest.raises(FormatError, match="line 2: the relation A -> B: expected a type that"):
            made(span(0, 3, name="A"), span(4, 5, name="B"), links=(link,))


def test_names_types_and_scores() -> None:
    twice = (span(0, 3, name="A", where="line 1"), span(4, 5, name="A", where="line 2"))
    links = (Link(source="A", target="B", label="backs"),)
    with pytest.raises(FormatError, match="line 2: two segments are called A"):
        made(*twice, links=links)
    pair = (span(0, 3, name="A"), span(4, 5, name="B"))
    options = ReadOptions(relation_types={"backs": "supports"})
    assert made(*pair, links=links, options=options).relations == (Relation(0, 1, "supports"),)
    wrong = Link(source="A", target="B", label="support", score=2)
    with pytest.raises(FormatError, match="expected a score from 0 to 1"):
        made(*pair, links=(wrong,))
    with pytest.raises(FormatError, match=r"file: .*expected a score from 0 to 1"):
        made(span(0, 3, score=-1.0))


def test_attributes_in_meta_go_with_their_segments() -> None:
    meta = {"attributes": {"note": ["of b", "of a", "of c"], "sure": [1, None, 3]}, "n": 1}
    spans = (span(14, 28, "b"), span(0, 12, "a"), span(4, 20, "c"))
    document = made(*spans, repair=True, meta=meta)
    assert [segment.label for segment in document.segments] == ["a", "b"]
    assert document.meta["attributes"] == {"note": ["of a", "of b"], "sure": [None, 1]}
    assert document.meta["n"] == 1
    other = {"attributes": {"note": ["of nobody"]}}  # not a value for every segment
    assert made(*spans[:2], meta=other).meta == other
