from __future__ import annotations

import csv
from pathlib import Path

import pytest
from format_documents import documents, example, without
from hypothesis import given, settings

from contend.document import Document, Segment
from contend.errors import FormatError
from contend.formats.base import ReadOptions
from contend.formats.kaggle import COLUMNS, read_kaggle, write_kaggle

HEADER = ",".join(COLUMNS) + "\n"
# Numbers as pandas wrote them there; texts end with a blank; one is off by two, as many are.
TABLE = (
    f"{HEADER}"
    'A1,1622628000000.0,0.0,16.0,"Phones are bad, ",Position,Position 1,0 1 2\n'
    "A1,1622628000001.0,18.0,31.0,they distract.,Concluding Statement,Concluding Statement 1,3 4\n"
)
TEXT = "Phones are bad, they distract.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "A1.txt").write_text(TEXT)
    (tmp_path / "train" / "B2.txt").write_text("No opinion.")
    (tmp_path / "train.csv").write_text(TABLE.replace("18.0,31.0", "16.0,30.0"))
    return tmp_path


def test_reads_table_and_essays(folder: Path) -> None:
    expected = [
        Document(
            TEXT, (Segment(0, 16, "Position"), Segment(16, 30, "Concluding Statement")), (), "A1"
        ),
        Document("No opinion.", id="B2"),
    ]
    assert list(read_kaggle(folder)) == expected
    assert list(read_kaggle(folder / "train.csv")) == expected
    for file in (folder / "train").iterdir():
        file.rename(folder / file.name)
    (folder / "train").rmdir()
    assert list(read_kaggle(folder)) == expected


def test_byte_order_mark_and_crlf(folder: Path) -> None:
    table = folder / "train.csv"
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b"\n", b"\r\n"))
    essay = folder / "train" / "A1.txt"
    essay.write_bytes(b"\xef\xbb\xbf" + essay.read_bytes())
    found = next(read_kaggle(folder))
    assert [s.start for s in found.segments] == [0, 16]
    essay.write_bytes(b"\r\nPhones are bad, they distract.\r\n")
    table.write_text(f'{HEADER}A1,1,1,16,"Phones are bad,",x,x 1,0\n')
    with pytest.raises(FormatError, match="fit if they are code points that count CRLF as one"):
        list(read_kaggle(folder))


def test_wrong_offsets_move_to_their_text_if_asked(folder: Path) -> None:
    (folder / "train.csv").write_text(TABLE)
    with pytest.raises(FormatError, match=r"essay 'A1', line 3: .* says 'they distract\.', but"):
        list(read_kaggle(folder))
    found = next(read_kaggle(folder, ReadOptions(repair=True)))
    assert found.segments[1].text == "they distract."
    assert found.meta["repaired"] == {"segments moved to where their quotation stands": 1}


def test_writes_what_the_contest_had(tmp_path: Path) -> None:
    losses = write_kaggle([example()], tmp_path / "out")
    assert losses.counts == {
        "relations": 2,
        "marks of the thesis": 1,
        "scores of segments": 2,
        "scores of relations": 1,
        "entries of meta": 2,
    }
    with (tmp_path / "out" / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    words = example().text.split()
    for row, segment in zip(rows, example().segments, strict=True):
        numbers = [int(number) for number in row["predictionstring"].split()]
        assert " ".join(words[number] for number in numbers) == " ".join(segment.text.split())
        assert row["discourse_type_num"] == f"{segment.label} 1"
    write_kaggle([Document("a-b c", (Segment(2, 5, "x"),), (), "d")], tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().endswith(",x 1,0 1\n")
    assert (tmp_path / "table" / "d.txt").read_text() == "a-b c"


@settings(max_examples=40)
@given(documents(meta=False))
def test_what_it_holds_survives(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    folder = tmp_path_factory.mktemp("kaggle")
    write_kaggle([document], folder / "x")
    (found,) = read_kaggle(folder / "x")
    expected = without(document, thesis=True, scores=True)
    assert (found.text, found.segments, found.id) == (
        expected.text,
        expected.segments,
        document.id,
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "id,text\n",
            r"line 1: expected the columns id, .* missing are discourse_start, .* 'id, text'",
        ),
        ("", "expected the columns"),
        (f"discourse_type,{HEADER}", "line 1: expected each column once, .*type' 2 times; rename"),
        (f"{HEADER}A1,1,0,6\n", "line 2: expected 8 columns .*: there are 4"),
        (f'{HEADER}A1,1,0,6,"Phones,x,x 1,0\n', "expected 8 columns"),
        (f"{HEADER}A1,1,zero,6,Phones,x,x 1,0\n", "line 2: .* numbers .* 'zero'"),
        (f"{HEADER}A1,1,0.5,6,Phones,x,x 1,0\n", "line 2: .*not whole numbers"),
        (f"{HEADER}A1,1,nan,6,Phones,x,x 1,0\n", "line 2: .*not whole numbers"),
        (
            f"{HEADER}C3,1,0,6,Phones,x,x 1,0\n",
            r"line 2: expected the text of essay 'C3' in .*C3\.txt",
        ),
        (f"{HEADER}../A1,1,0,6,Phones,x,x 1,0\n", r"line 2: .*'\.\./A1'"),
        (
            f"{HEADER}A1,1,0,6,Phones,x,x 1,0\nA1,2,3,6,nes,x,x 2,0\n",
            "line 3: segment 2 3:6 .*overlaps",
        ),
    ],
)
def test_errors_name_file_and_line(folder: Path, table: str, message: str) -> None:
    (folder / "train.csv").write_text(table)
    (folder / "A1.txt").write_text(TEXT)
    with pytest.raises(FormatError, match=rf"train\.csv.*{message}"):
        list(read_kaggle(folder))


def test_a_second_corpus_does_not_go_to_the_texts_of_a_first(tmp_path: Path) -> None:
    """Those would be essays without segments then."""
    write_kaggle([Document("Tea calms.", id="tea")], tmp_path)
    assert [each.id for each in read_kaggle(tmp_path)] == ["tea"]
    with pytest.raises(FormatError, match=r"tea\.txt: expected no other texts in .*train"):
        write_kaggle([Document("Dogs bark.", id="dogs")], tmp_path)
    assert [each.id for each in read_kaggle(tmp_path)] == ["tea"]
    write_kaggle([Document("Tea is dear.", id="tea")], tmp_path)
    assert [each.text for each in read_kaggle(tmp_path)] == ["Tea is dear."]


def test_absent_and_unwritable(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none: expected a table, or a folder with train\.csv"):
        list(read_kaggle(tmp_path / "none"))
    for bad, message in (
        ([Document("a", id="x"), Document("b", id="X")], "two documents have the id 'X'"),
        ([Document("a", id="../x")], r"'\.\./x' cannot be one"),
        ([Document("a")], "'' cannot be one"),
        ([Document("\ud800", id="x")], "lone surrogate at 0"),
    ):
        with pytest.raises(FormatError, match=message):
            write_kaggle(bad, tmp_path / "out")
        assert list(tmp_path.iterdir()) == []


def test_long_segments(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    text = "word " * 40_000
    document = Document(text, (Segment(0, len(text) - 1, "Claim"),), id="a")
    write_kaggle([document], tmp_path / "out")
    assert list(read_kaggle(tmp_path / "out")) == [document]
    assert csv.field_size_limit() == limit
