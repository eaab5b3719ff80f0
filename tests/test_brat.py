from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_documents import assert_quay_as_corrected, documents, example, scores
from hypothesis import given
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats import read_documents
from contend.formats.base import ATTRIBUTE_VALUES, META, ReadOptions
from contend.formats.brat import (
    decode_brat,
    encode_brat,
    read_brat,
    read_brat_corpus,
    write_brat,
    write_brat_corpus,
)

TEXT = "Tea calms 🍵 me. Coffee is dear. So drink tea.\n"
SAVED_BY_BRAT = Path(__file__).parent / "fixtures" / "brat"


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
        "attributes": {"Stance": [None, "For"], "note": [None, "sure"]},
        "ignored": {"A": 1, "E": 1, "relations given twice": 1},
    }


def test_reads_what_brat_saved() -> None:
    """Suggestions of ours that were corrected in brat; the fixture's README.md says how."""
    (found,) = read_brat_corpus(SAVED_BY_BRAT)
    assert found.id == "quay"
    assert found.text.startswith("Leave the cafés open 🎻\r\n\r\nThe council should")
    assert_quay_as_corrected(found)
    assert [s.score for s in found.segments] == [
        0.9109227706810047,
        0.5721649103766567,
        None,
        None,
        None,
    ]
    note = "said and then answered"
    assert found.meta == {"attributes": {"note": [None, None, note, None, None]}}


def test_segments_across_line_ends_are_pieces_as_brat_makes_them() -> None:
    """brat refuses a line whose text is not exactly what stands at its offsets."""
    text = "one\r\ntwo\u2028\n\tthree"
    document = Document(text, (Segment(0, len(text), "Claim"),))
    annotations = encode_brat(document)
    assert annotations == "T1\tClaim 0 3;5 8;10 16\tone two \tthree\n"
    assert decode_brat(text, annotations) == document
    at_the_edge = Document("\none\r\n", (Segment(0, 6, "Claim"),))
    assert encode_brat(at_the_edge) == "T1\tClaim 0 6\t one \n"
    assert decode_brat(at_the_edge.text, encode_brat(at_the_edge)) == at_the_edge
    assert decode_brat("one\ntwo", "T1\tClaim 0 7\tone two\n").segments[0].text == "one\ntwo"


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ("T1\tClaim 0 3;5 9\tTea lms\nT2\tClaim 4 5;6 7", r"line 1: .* 2 here are discontinuous"),
        (
            "\nT1\tClaim 0 99\tTea",
            r"line 2: segment T1 0:99 .*end <= 46, the number of code points",
        ),
        ("T1\tClaim 3 3\t", r"line 1: segment T1 3:3"),
        ("T1\tClaim 0 3\tCup", r"line 1: .*T1 0:3 .* says 'Cup', but the text there is 'Tea'"),
        (
            "T1\tClaim 0 3\tTea\nT2\tClaim 2 5\ta c",
            r"line 2: segment T2 2:5 .* overlaps segment T1 .* line 1",
        ),
        ("T1\tClaim 0 3\tTea\nT1\tClaim 4 5\tc", r"line 2: T1 is given twice; .* line 1"),
        ("T1\tClaim 0\tTea", r"line 1: expected <label> <start> <end>"),
        (
            "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tsupports Arg1:T1 Arg2:T2\n"
            "R1\tattacks Arg1:T2 Arg2:T1",
            r"line 4: R1 is given twice; .* line 3",
        ),
        ("hello", r"line 1: expected a line of brat standoff"),
        ("T1\tA 0 3\tTea\nA1\tnote T1", r"line 2: expected a value of the attribute note"),
        ("A1\tStance T1 For", r"line 1: Stance is said of T1, which is not there"),
        ("A1\tStance", r"line 1: expected <attribute> <id> <value>"),
        ("R1\tsupports Arg1:T1", r"line 1: expected <type> Arg1:<id> Arg2:<id>"),
        ("R1\tsupports From:T1 To:T2", r"line 1: expected <type> Arg1:<id> Arg2:<id>"),
        ("R1\tsupports Arg1:T1 Arg2:T2", r"line 1: .* there is no segment T1"),
        ("T1\tA 0 3\tTea\n#1\tAnnotatorNotes T1\tscore 7", r"line 2: expected a score from 0 to 1"),
        (
            "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tdoubts Arg1:T1 Arg2:T2",
            r"line 3: a relation of type 'doubts': .* relation_types=",
        ),
        ("T1\tA 0 3\tTea\nR1\tsupports Arg1:T1 Arg2:T1", r"line 2: .* from a segment to itself"),
        (
            "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tsupports T1 T2\nR2\tattacks T1 T2",
            r"line 4: .* is given with two types",
        ),
        (
            "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nA1\tThesis T1\nA2\tThesis T2",
            r"line 2: expected at most one thesis, found 2",
        ),
    ],
)
def test_says_what_is_wrong_and_where(annotations: str, message: str) -> None:
    with pytest.raises(FormatError, match=f"(?s)^tea.ann.*{message}"):
        decode_brat(TEXT, annotations, where="tea.ann")


def test_arguments_have_any_order() -> None:
    annotations = "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tsupports Arg2:T2 Arg1:T1"
    assert decode_brat(TEXT, annotations).relations == (Relation(0, 1, "supports"),)


def test_relation_types_say_what_others_mean() -> None:
    annotations = "T1\tA 0 3\tTea\nT2\tA 4 5\tc\nR1\tPartial-Attack Arg1:T1 Arg2:T2"
    document = decode_brat(
        TEXT, annotations, options=ReadOptions(relation_types={"Partial-Attack": "attacks"})
    )
    assert document.relations == (Relation(0, 1, "attacks"),)


def test_absent_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"Tea.\ncaf\xe9")
    at = r"found the byte 0xe9 at position 8 \(line 2\); convert the file"
    with pytest.raises(FormatError, match=rf"a\.txt: expected UTF-8, {at}"):
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


@given(documents(meta=False), st.lists(st.sampled_from([None, True, "For"]), min_size=4))
def test_what_is_written_is_read_again(document: Document, values: list[Any]) -> None:
    n_segments = len(document.segments)
    of = values[:n_segments]
    attributes = {"Stance": of, "note": ["so\nso" if each else None for each in of]}
    meta = {"attributes": attributes} if any(of) else {}
    document = replace(document, meta=meta)
    written = encode_brat(document)
    read = decode_brat(document.text, written, id=document.id)
    assert (read, scores(read)) == (document, scores(document))
    assert read.meta == document.meta
    # brat ends lines wherever Python does, and compares the text column with the text exactly.
    assert written.splitlines() == written.split("\n")[:-1]
    spans = [line.split("\t", 2) for line in written.split("\n") if line.startswith("T")]
    for segment, (_, annotation, shown) in zip(document.segments, spans, strict=True):
        pieces = [map(int, each.split()) for each in annotation.split(" ", 1)[1].split(";")]
        if (segment.text[0] + segment.text[-1]).isprintable():
            assert shown == " ".join(document.text[slice(*piece)] for piece in pieces)


def test_scores_are_notes() -> None:
    document = replace(example(), meta={})
    written = encode_brat(document)
    assert "#1\tAnnotatorNotes T1\tscore 0.5\n" in written
    assert "#3\tAnnotatorNotes R1\tscore 0.25\n" in written
    read = decode_brat(document.text, written, id="tea")
    assert (read, scores(read), read.meta) == (document, scores(document), {})


def test_what_is_lost_is_counted(tmp_path: Path) -> None:
    values = {
        "Stance": ["For us", "Against", None],
        "note": ["score 1", "", "fine"],
        "Thesis": [1, None, None],
    }
    document = replace(example(), meta={"attributes": values, "corpus": "x"})
    assert write_brat(document, tmp_path / "tea.ann").counts == {META: 1, ATTRIBUTE_VALUES: 4}
    assert read_brat(tmp_path / "tea.ann").meta == {
        "attributes": {"Stance": [None, "Against", None], "note": [None, None, "fine"]}
    }
    document = replace(example(), meta={"attributes": "of the whole text"})
    assert write_brat(document, tmp_path / "tea.ann").counts == {META: 1}


def test_discontinuous_spans_are_dropped_if_asked() -> None:
    annotations = (
        "T1\tA 0 3;11 14\tTea me.\nT2\tA 16 22\tCoffee\nT3\tA 16 22;0 3\tCoffee Tea\n"
        "R1\tsupports Arg1:T1 Arg2:T2\nA1\tStance T1 For\n"
    )
    with pytest.raises(FormatError, match=r"line 1: .* 2 here are discontinuous .*--repair"):
        decode_brat(TEXT, annotations)
    document = decode_brat(TEXT, annotations, options=ReadOptions(repair=True))
    assert [segment.text for segment in document.segments] == ["Coffee"]
    assert document.meta == {
        "ignored": {"A": 1},
        "repaired": {
            "discontinuous segments dropped": 2,
            "relations to segments that are not there, dropped": 1,
        },
    }


@pytest.mark.parametrize(("start", "text"), [(1, "\ufeffTea\r\n"), (0, "Tea\r\n")])
def test_byte_order_marks_belong_to_the_text_if_offsets_count_them(
    tmp_path: Path, start: int, text: str
) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfTea\r\n")
    (tmp_path / "a.ann").write_bytes(f"\ufeffT1\tclaim {start} {start + 3}\tTea\r\n".encode())
    assert read_brat(tmp_path / "a.ann") == Document(
        text, (Segment(start, start + 3, "claim"),), (), "a"
    )


def test_files_keep_line_ends(tmp_path: Path) -> None:
    document = Document("a\r\nb\rc\u2028d\x85", (Segment(0, 6, "claim", thesis=True),), (), "x")
    write_brat(document, tmp_path / "x.ann")
    assert read_brat(tmp_path / "x.txt") == document


def test_folders(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    plain = Document("Nothing here.", id="b")
    assert write_brat_corpus([example(), plain], folder).counts == {META: 1}
    assert list(read_brat_corpus(folder)) == [plain, example()]
    assert list(read_brat_corpus(folder / "b.ann")) == [plain]
    write_brat_corpus([plain], tmp_path / "one.ann")
    assert [document.id for document in read_brat_corpus(tmp_path / "one.txt")] == ["one"]
    (folder / "tea.txt").unlink()
    with pytest.raises(FormatError, match=r"tea\.txt: brat needs a \.txt and an \.ann"):
        list(read_brat_corpus(folder))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match=r"expected \.ann files"):
        list(read_brat_corpus(tmp_path / "empty"))


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    annotations = "T1\tA 0 3\tTea\nA1\tStance T1 For\nA2\tStance T1 Against\n"
    document = decode_brat(TEXT, f"{annotations}A3\tStance T1 Against\n")
    assert document.meta == {
        "attributes": {"Stance": ["Against"]},
        "ignored": {"values of attributes that are given another one": 1},
    }
    for name in ("x.txt", "x.ann", "y.txt", "y.ann", "alone.txt", "sub/x.txt", "sub/x.ann"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    x, y = read_brat_corpus(tmp_path)
    assert x.meta == {
        "ignored": {"texts without an .ann file": 1, "folders below with .ann files": 1}
    }
    assert y.meta == {}
    for name in ("x.ann", "y.ann"):
        (tmp_path / name).unlink()
    for format in ("", "brat"):
        with pytest.raises(FormatError, match=r"expected .* found none.* in .*sub"):
            list(read_documents(tmp_path, format=format))


def test_nothing_half_written(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    write_brat_corpus([example()], folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for bad, message in (
        (Document("x", id="tea"), "two documents have the id 'tea'"),
        (Document("x", id="../up"), "cannot be one"),
        (Document("x", (Segment(0, 1, "two words"),), (), "y"), "one word"),
    ):
        with pytest.raises(FormatError, match=message):
            write_brat_corpus([Document("new", id="tea"), bad], folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    with pytest.raises(FormatError, match="holds one document, found 2"):
        write_brat_corpus([example(), example()], tmp_path / "one.ann")
    assert [path.name for path in tmp_path.iterdir()] == ["all"]
