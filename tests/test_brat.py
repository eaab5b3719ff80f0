from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats.brat import decode_brat, encode_brat, read_brat, write_brat

TEXT = "Tea calms 🍵 me. Coffee is dear. So drink tea.\n"


def test_reads_spans_attributes_and_relations_in_any_order() -> None:
    document = decode_brat(
        TEXT,
        "R1\tSupports Arg1:T2 Arg2:T1\t\r\n"
        "T1\tClaim 32 45\tSo drink tea.\t\r\n"
        "A1\tStance T1 For\n"
        "T2\tPremise 0 15\tTea calms 🍵 me.\n"
        "A2\tThesis T1\n\n"
        "#1\tAnnotatorNotes T1\tsure\n"
        "E1\tEvent:T1\n"
        "A3\tTense E1 Past\n"
        "R2\tsupports Arg1:T2 Arg2:T1\n",
        id="tea",
    )
    assert [s.text for s in document.segments] == ["Tea calms 🍵 me.", "So drink tea."]
    assert document.segments == (Segment(0, 15, "Premise"), Segment(32, 45, "Claim", thesis=True))
    assert document.relations == (Relation(0, 1, "supports"),)
    assert document.id == "tea"
    assert document.meta == {
        "attributes": {"Stance": [None, "For"]},
        "ignored": {"#": 1, "A": 1, "E": 1, "R": 1},
    }


def test_offsets_across_a_line_end_match_a_text_in_one_line() -> None:
    document = decode_brat("one\ntwo", "T1\tClaim 0 7\tone two\n")
    assert document.segments[0].text == "one\ntwo"
    assert encode_brat(document) == "T1\tClaim 0 7\tone two\n"


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ("T1\tClaim 0 3;5 9\tTea lms\nT2\tClaim 4 5;6 7", r"line 1: .* 2 here are discontinuous"),
        ("\nT1\tClaim 0 99\tTea", r"line 2: T1 is 0:99, but the text has 46 code points"),
        ("T1\tClaim 3 3\t", r"line 1: T1 is 3:3"),
        ("T1\tClaim 0 3\tCup", r"line 1: T1 says 'Cup', but the text at 0:3 is 'Tea'"),
        ("T1\tClaim 0 3\tTea\nT2\tClaim 2 5\ta c", r"line 2: T2 \(2:5\) overlaps T1 of line 1"),
        ("T1\tClaim 0 3\tTea\nT1\tClaim 4 5\tc", r"line 2: T1 is given twice; .* line 1"),
        ("T1\tClaim 0\tTea", r"line 1: expected <label> <start> <end>"),
        ("hello", r"line 1: expected a line of brat standoff"),
        ("A1\tStance T1 For", r"line 1: Stance is said of T1, which is not there"),
        ("A1\tStance", r"line 1: expected <attribute> <id> <value>"),
        ("R1\tsupports Arg1:T1 Arg2:T2", r"line 1: expected <type> Arg1:<id> Arg2:<id>"),
        (
            "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tdoubts Arg1:T1 Arg2:T2",
            r"line 3: a relation of type 'doubts'; .* relation_types=",
        ),
        ("T1\tA 0 3\tTea\nR1\tsupports Arg1:T1 Arg2:T1", r"line 2: .* from a segment to itself"),
        (
            "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tsupports T1 T2\nR2\tattacks T1 T2",
            r"line 4: .* is given with two types",
        ),
        (
            "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nA1\tThesis T1\nA2\tThesis T2",
            r"at most one attribute Thesis",
        ),
    ],
)
def test_says_what_is_wrong_and_where(annotations: str, message: str) -> None:
    with pytest.raises(FormatError, match=f"(?s)^tea.ann.*{message}"):
        decode_brat(TEXT, annotations, where="tea.ann")


def test_relation_types_say_what_others_mean() -> None:
    annotations = "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tPartial-Attack Arg1:T1 Arg2:T2"
    document = decode_brat(TEXT, annotations, relation_types={"Partial-Attack": "attacks"})
    assert document.relations == (Relation(0, 1, "attacks"),)


def test_absent_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    with pytest.raises(FormatError, match=r"a\.txt: expected UTF-8, found byte 0xe9 at 3"):
        read_brat(tmp_path / "a.ann")
    (tmp_path / "a.txt").write_bytes(b"cafe")
    with pytest.raises(FormatError, match=r"a\.ann: brat needs a \.txt and an \.ann"):
        read_brat(tmp_path / "a.txt")
    with pytest.raises(FormatError, match=r"a\.json: expected the name"):
        read_brat(tmp_path / "a.json")


def test_refuses_what_brat_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"one word, not 'Concluding Statement'"):
        encode_brat(Document("abc", (Segment(0, 3, "Concluding Statement"),)))
    with pytest.raises(FormatError, match=r"lone surrogate at 1"):
        write_brat(Document("a\ud800c", (Segment(0, 3, "claim"),)), tmp_path / "a.txt")
    assert not list(tmp_path.iterdir())


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    labels = st.sampled_from(["claim", "evidence", "claim|counterclaim"])
    thesis = draw(st.integers(0, 5))
    segments = [Segment(*span, draw(labels), i == thesis) for i, span in enumerate(spans)]
    pairs = [(a, b) for a in range(len(spans)) for b in range(len(spans)) if a != b]
    chosen = draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    kinds = st.sampled_from(["supports", "attacks"])
    relations = [Relation(*pair, draw(kinds)) for pair in sorted(chosen)]
    values = [draw(st.sampled_from([None, True, "For"])) for _ in spans]
    meta = {"attributes": {"Stance": values}} if any(values) else {}
    return Document(text, tuple(segments), tuple(relations), "doc", meta)


@given(documents())
def test_what_is_written_is_read_again(document: Document) -> None:
    read = decode_brat(document.text, encode_brat(document), id="doc")
    assert read == document
    assert read.meta == document.meta


def test_files_keep_line_ends(tmp_path: Path) -> None:
    document = Document("a\r\nb\rc\u2028d\x85", (Segment(0, 6, "claim", thesis=True),), (), "x")
    write_brat(document, tmp_path / "x.ann")
    assert read_brat(tmp_path / "x.txt") == document
    scored = replace(document.segments[0], score=0.5)
    assert encode_brat(replace(document, segments=(scored,))) == encode_brat(document)
