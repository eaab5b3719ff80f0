from __future__ import annotations

import json
import pickle
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment, overlaps, with_segments
from contend.errors import ContendError, DocumentError
from contend.scheme import LABELS, RELATION_LABELS

TEXT = "Shut the road. Cars kill. Some need them."
THESIS = Segment(0, 14, "claim", thesis=True, score=0.9)
EVIDENCE = Segment(15, 25, "evidence", score=0.5)
COUNTERCLAIM = Segment(26, 41, "counterclaim")
RELATIONS = (Relation(1, 0, "supports", 0.25), Relation(2, 0, "attacks"))
DOC = Document(TEXT, (THESIS, EVIDENCE, COUNTERCLAIM), RELATIONS, "road", {"n": [1, None]})

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def has_pair(text: str) -> bool:
    return any("\ud800" <= a <= "\udbff" and "\udc00" <= b <= "\udfff" for a, b in pairwise(text))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(ANY_TEXT)
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(places[::2], places[1::2], strict=False))
    scores = st.none() | st.floats(0, 1)
    thesis = draw(st.integers(-1, 3))
    segments = [
        Segment(start, end, draw(st.sampled_from(LABELS)), place == thesis, draw(scores))
        for place, (start, end) in enumerate(pairs)
    ]
    indices = st.integers(0, max(len(segments) - 1, 0))
    edges = draw(st.sets(st.tuples(indices, indices))) if segments else set()
    relations = [
        Relation(a, b, draw(st.sampled_from(RELATION_LABELS)), draw(scores))
        for a, b in edges
        if a != b
    ]
    meta = draw(st.dictionaries(st.text(), st.integers() | st.none() | st.text(), max_size=2))
    return Document(text, tuple(segments), tuple(relations), draw(st.text(max_size=3)), meta)


def scores(document: Document) -> list[float | None]:
    return [x.score for x in (*document.segments, *document.relations)]


@given(documents())
def test_json_and_pickle_are_lossless(document: Document) -> None:
    for segment in document.segments:
        assert segment.text == document.text[segment.start : segment.end]
    copies = [pickle.loads(pickle.dumps(document)), Document.from_dict(document.to_dict())]
    if has_pair(document.text):
        with pytest.raises(DocumentError, match="its text has a pair of surrogates at"):
            document.to_json()
    else:
        written = document.to_json()
        assert "\n" not in written
        copies += [Document.from_json(written), Document.from_json(written.encode())]
        copies.append(Document.from_json(document.to_json(indent=2)))
    for copy in copies:
        assert copy == document
        assert hash(copy) == hash(document)
        assert scores(copy) == scores(document)
        assert copy.meta == document.meta
        assert [s.text for s in copy.segments] == [s.text for s in document.segments]


@given(documents())
def test_json_without_what_is_redundant(document: Document) -> None:
    data = document.to_dict()
    for segment in data["segments"]:
        del segment["text"], segment["score"]
        if not segment["thesis"]:
            del segment["thesis"]
    for relation in data["relations"]:
        del relation["score"]
    del data["meta"]
    assert Document.from_dict(data) == document


def test_json_is_as_documented() -> None:
    assert json.loads(DOC.to_json()) == {
        "id": "road",
        "text": TEXT,
        "segments": [
            {"start": 0, "end": 14, "label": "claim", "score": 0.9, "thesis": True,
             "text": "Shut the road."},
            {"start": 15, "end": 25, "label": "evidence", "score": 0.5, "thesis": False,
             "text": "Cars kill."},
            {"start": 26, "end": 41, "label": "counterclaim", "score": None, "thesis": False,
             "text": "Some need them."},
        ],
        "relations": [
            {"source": 1, "target": 0, "label": "supports", "score": 0.25},
            {"source": 2, "target": 0, "label": "attacks", "score": None},
        ],
        "meta": {"n": [1, None]},
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["\ud83d", "\ude00 \ud83d", "\\\ud83d", "a\0b", "😀", "\u2028\x85"]
)
def test_odd_texts_survive_json(text: str) -> None:
    document = Document(text, (Segment(0, len(text), "claim"),))
    assert Document.from_json(document.to_json()).segments[0].text == text


@pytest.mark.parametrize(
    "document", [Document("", id="\ud83d\ude00"), Document("", meta={"a": ["\ud83d\ude00"]})]
)
def test_pairs_of_surrogates_are_refused_everywhere(document: Document) -> None:
    with pytest.raises(DocumentError, match="its id or meta has a pair of surrogates"):
        document.to_json()


@pytest.mark.parametrize("meta", [{"a": {1, 2}}, {"a": float("nan")}, {"a": b""}])
def test_meta_that_json_cannot_hold(meta: dict[str, Any]) -> None:
    with pytest.raises(DocumentError, match="document 'x': JSON cannot hold its meta"):
        Document("", id="x", meta=meta).to_json()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Segment(3, 3, "claim"), r"segment 3:3 \('claim'\): expected 0 <= start < end"),
        (lambda: Segment(-1, 3, "claim"), "expected 0 <= start < end"),
        (lambda: Segment(1.5, 3, "claim"), "segment start: expected a whole number, found 1.5"),
        (lambda: Segment(0, "3", "claim"), "segment end: expected a whole number, found '3'"),
        (lambda: Segment(0, 3, ""), "expected a label that is a non-empty string, found ''"),
        (lambda: Segment(0, 3, None), "expected a label that is a non-empty string, found None"),
        (lambda: Segment(0, 3, "claim", "no"), "expected true or false for thesis, found 'no'"),
        (lambda: Segment(0, 3, "claim", score=1.1), "expected a score from 0 to 1, found 1.1"),
        (lambda: Segment(0, 3, "claim", score=float("nan")), "expected a score from 0 to 1"),
        (lambda: Segment(0, 3, "claim", score="high"), "expected a score from 0 to 1"),
        (lambda: Relation(1, 1, "supports"), "relation 1 -> 1: expected the indices of two"),
        (lambda: Relation(-1, 1, "supports"), "relation -1 -> 1: expected the indices of two"),
        (lambda: Relation(0, None, "supports"), "relation target: expected a whole number"),
        (lambda: Relation(0, 1, "refutes"), "expected one of supports, attacks, found 'refutes'"),
        (lambda: Relation(0, 1, "attacks", 2), "expected a score from 0 to 1, found 2"),
        (lambda: Document(b"text"), "expected a text that is a string, not bytes"),
        (lambda: Document("text", id=5), "expected an id that is a string, found 5"),
        (lambda: Document(TEXT, (EVIDENCE, THESIS)), r"segment 1 \(0:14\) begins before"),
        (lambda: Document(TEXT, (THESIS, Segment(13, 15, "claim"))), "not overlap"),
        (lambda: Document("abc", (Segment(1, 4, "claim"),), id="x"),
         "document 'x': the last segment ends at 4, but the text has 3 code points"),
        (lambda: Document(TEXT, (THESIS, Segment(15, 25, "claim", thesis=True))),
         "expected at most one thesis"),
        (lambda: Document(TEXT, (THESIS,), (Relation(1, 0, "supports"),)),
         "relation 1 -> 0 refers to a segment that is not there; there are 1"),
        (lambda: Document(TEXT, (THESIS, EVIDENCE), (Relation(1, 0, "supports"),
                                                     Relation(1, 0, "attacks"))),
         "relation 1 -> 0 is given twice"),
    ],
)  # fmt: skip
def test_contradictions_are_refused(make: Any, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        make()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[]", "expected a JSON object for a document, found a list"),
        ("null", "found null"),
        ("{", "expected the JSON of a document"),
        ("[" * 200_000, "nested too deep"),
        (b"\xff", "expected the JSON of a document"),
        ("{}", "document: the field 'text' is missing"),
        ('{"text": 1}', "document: 'text' must be a string, found 1"),
        ('{"text": "", "id": 1}', "'id' must be a string"),
        ('{"text": "", "id": "x", "segments": {}}', "document 'x': 'segments' must be a list"),
        ('{"text": "", "segments": [1]}', "segment 0: expected an object, found a whole number"),
        ('{"text": "a", "segments": [{"end": 1, "label": "claim"}]}', "'start' is missing"),
        ('{"text": "a", "segments": [{"start": true, "end": 1, "label": "claim"}]}',
         "'start' must be a whole number, found True"),
        ('{"text": "a", "segments": [{"start": 0.0, "end": 1, "label": "claim"}]}',
         "'start' must be a whole number, found 0.0"),
        ('{"text": "a", "segments": [{"start": 0, "end": 1, "label": "claim", "thesis": 1}]}',
         "'thesis' must be true or false, found 1"),
        ('{"text": "a", "segments": [{"start": 0, "end": 1, "label": "claim", "score": "1"}]}',
         "'score' must be a number, found '1'"),
        ('{"text": "ab", "segments": [{"start": 0, "end": 1, "label": "claim", "text": "b"}]}',
         "segment 0: the text at 0:1 is 'a', not 'b'"),
        ('{"text": "a", "relations": [{"source": 0, "target": 1}]}',
         "relation 0: the field 'label' is missing"),
        ('{"text": "a", "meta": []}', "'meta' must be an object, found \\[\\]"),
    ],
)  # fmt: skip
def test_bad_json_is_refused(written: str | bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        Document.from_json(written)


def test_null_counts_as_absent() -> None:
    written = '{"text": "a", "id": null, "segments": null, "relations": null, "meta": null}'
    assert Document.from_json(written) == Document("a")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: (
    st.lists(x) | st.dictionaries(st.sampled_from(
        ["text", "id", "segments", "relations", "meta", "start", "end", "label", "source",
         "target", "score"]), x)
)))  # fmt: skip
def test_any_json_gives_a_document_or_a_document_error(data: Any) -> None:
    with suppress(DocumentError):
        assert isinstance(Document.from_json(json.dumps(data)), Document)


def test_equality_is_without_scores_and_text() -> None:
    assert Segment(0, 3, "claim", score=0.1) == Segment(0, 3, "claim", score=0.2)
    assert Segment(0, 3, "claim") != Segment(0, 3, "claim", thesis=True)
    assert len({THESIS, DOC.segments[0], Segment(0, 14, "claim", True)}) == 1
    assert Relation(0, 1, "attacks", 0.1) == Relation(0, 1, "attacks")
    assert len({*DOC.relations, *RELATIONS}) == 2
    assert Document("a", meta={"x": 1}) == Document("a")
    assert Document("a", id="x") != Document("a")


def test_numbers_of_other_libraries_become_pythons() -> None:
    numpy = pytest.importorskip("numpy")
    segment = Segment(numpy.int64(0), numpy.int32(3), "claim", numpy.True_, numpy.float32(0.5))
    relation = Relation(numpy.int64(0), numpy.int64(1), "supports", numpy.float64(1))
    document = Document("abcd", (segment, Segment(3, 4, "claim")), (relation,))
    assert Document.from_json(document.to_json()) == document


def test_selections() -> None:
    assert DOC.claims == (THESIS,)
    assert DOC.evidence == (EVIDENCE,)
    assert DOC.counterclaims == (COUNTERCLAIM,)
    assert DOC.labelled("other") == ()
    assert DOC.thesis == THESIS
    assert Document("").thesis is None
    assert DOC.relations_to(THESIS) == RELATIONS
    assert DOC.relations_to(EVIDENCE) == ()
    assert DOC.relations_from(COUNTERCLAIM) == (Relation(2, 0, "attacks"),)
    assert [DOC.index(segment) for segment in DOC.segments] == [0, 1, 2]
    other = Segment(0, 3, "claim")
    for look_up in (DOC.index, DOC.relations_to, DOC.relations_from):
        with pytest.raises(
            DocumentError, match=r"segment 0:3 \(claim\) is not in <Document 'road'"
        ):
            look_up(other)


def test_a_segment_of_no_document_has_no_text() -> None:
    with pytest.raises(DocumentError, match="segment 0:14 belongs to no document"):
        _ = THESIS.text
    assert DOC.segments[0].text == "Shut the road."
    moved = Document("x" * 50, DOC.segments)
    assert moved.segments[0].text == "x" * 14


def test_relations_are_sorted_and_given_values_kept() -> None:
    meta = {"a": 1}
    document = Document(TEXT, DOC.segments, RELATIONS[::-1], meta=meta)
    meta["a"] = 2
    assert document.relations == RELATIONS
    assert document.meta == {"a": 1}
    assert document.text is TEXT
    with pytest.raises(AttributeError):
        document.text = ""  # type: ignore[misc]


def test_repr_counts() -> None:
    assert repr(DOC) == (
        "<Document 'road': 41 characters, 1 claim, 1 evidence, 1 counterclaim, 2 relations>"
    )
    assert repr(Document("")) == "<Document '': 0 characters, no segments>"
    assert "1 Premise" in repr(Document("abc", (Segment(0, 3, "Premise"),)))


def test_with_segments_keeps_the_rest() -> None:
    fewer = with_segments(DOC, [EVIDENCE])
    assert (fewer.text, fewer.id, fewer.meta) == (DOC.text, DOC.id, DOC.meta)
    assert (fewer.segments, fewer.relations) == ((EVIDENCE,), ())


def test_html_is_that_of_the_renderer() -> None:
    assert DOC.to_html().lower().startswith("<!doctype html>")
    assert "Cars kill." in DOC._repr_html_()


def test_errors_are_of_one_tree() -> None:
    assert issubclass(DocumentError, ContendError)
    assert issubclass(DocumentError, ValueError)


def test_overlaps_are_those_of_every_pair() -> None:
    ours = [Segment(0, 4, "claim"), Segment(4, 9, "claim"), Segment(12, 20, "evidence")]
    theirs = [Segment(1, 2, "claim"), Segment(3, 13, "claim"), Segment(20, 21, "claim")]
    expected = [
        (i, j, min(a.end, b.end) - max(a.start, b.start))
        for i, a in enumerate(ours)
        for j, b in enumerate(theirs)
        if min(a.end, b.end) > max(a.start, b.start)
    ]
    assert list(overlaps(ours, theirs)) == expected == [(0, 0, 1), (0, 1, 1), (1, 1, 5), (2, 1, 1)]


def test_scores_that_no_float_can_hold() -> None:
    with pytest.raises(DocumentError, match="expected a score from 0 to 1, found 1000"):
        Segment(0, 4, "claim", score=10**400)
