"""``contend agree`` as people use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contend.cli import main
from contend.document import Document, Relation, Segment
from contend.formats import write_documents
from contend.formats.jsonl import write_jsonl

TEXTS = ("Shut the road. Cars kill people.", "Open it again! Shops need it.")


def annotated(text: str, name: str, *labels: str, relation: str = "supports") -> Document:
    middle = text.index(" ", text.index(".") if name == "a" else text.index("!")) + 1
    spans = ((0, middle - 1), (middle, len(text)))
    segments = tuple(
        Segment(*span, label, thesis=not place)
        for place, (span, label) in enumerate(zip(spans, labels, strict=False))
    )
    relations = (Relation(1, 0, relation),) if len(segments) > 1 else ()
    return Document(text, segments, relations, name)


ANNA = [annotated(TEXTS[0], "a", "claim", "evidence"), annotated(TEXTS[1], "b", "claim", "claim")]
BEN = [
    annotated(TEXTS[1], "b", "claim"),
    annotated(TEXTS[0], "a", "claim", "evidence", relation="attacks"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_jsonl(ANNA, "anna.jsonl")
    write_jsonl(BEN, "ben.jsonl")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["agree", *args])


def test_two_annotators():
    result = run("anna.jsonl", "ben.jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    out = result.stdout
    assert "anna, ben: 2 documents, 12 words" in out
    assert "Krippendorff's alpha" in out
    assert "segments of anna" in out
    assert "2 of 2" in out  # theses
    assert "2 differences" in out
    assert "a 15:32 relation: anna supports 0:14; ben attacks 0:14" in out
    assert "b 15:29 missing: anna claim; ben nothing" in out
    assert "Shops need it." in out
    assert "two annotators" not in out
    assert "1 more" in run("anna.jsonl", "ben.jsonl", "--show", "1").stdout
    assert "differences" not in run("anna.jsonl", "ben.jsonl", "--show", "0").stdout


def test_three_annotators_in_several_formats():
    write_documents(ANNA, "cem/", format="brat")
    result = run("anna.jsonl", "ben.jsonl", "cem", "--names", "A,B,C", "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["annotators"] == ["A", "B", "C"]
    assert [pair["annotators"] for pair in data["pairs"]] == [["A", "B"], ["A", "C"], ["B", "C"]]
    assert data["pairs"][1]["scores"]["exact_f1"] == 1.0
    assert "two annotators" in run("anna.jsonl", "ben.jsonl", "cem").stdout


def test_page():
    assert run("anna.jsonl", "ben.jsonl", "--html", "page.html").exit_code == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert "<title>ben beside anna</title>" in page
    assert "only in anna" in page
    assert run("anna.jsonl", "ben.jsonl", "anna.jsonl", "--html", "page.html").exit_code == 2


def test_names_differ_even_where_files_do_not():
    Path("one").mkdir()
    Path("two").mkdir()
    for name in ("one", "two"):
        write_jsonl(ANNA, f"{name}/mine.jsonl")
    data = json.loads(run("one/mine.jsonl", "two/mine.jsonl", "--json").stdout)
    assert data["annotators"] == ["one/mine.jsonl", "two/mine.jsonl"]
    data = json.loads(run("anna.jsonl", "anna.jsonl", "--json").stdout)
    assert data["annotators"] == ["anna.jsonl", "anna.jsonl (2)"]


def test_texts_of_one_annotator_are_named():
    write_jsonl([*ANNA, Document("Alone.", id="c")], "more.jsonl")
    assert "1 document of one annotator only: c (more)" in run("more.jsonl", "ben.jsonl").stdout


def test_errors():
    write_jsonl([Document(TEXTS[0].replace(". ", ".\n"), id="a")], "changed.jsonl")
    result = run("anna.jsonl", "changed.jsonl")
    assert result.exit_code == 1
    assert "document 'a': anna and changed have different texts" in result.stderr
    assert "code point 14" in result.stderr
    assert run("anna.jsonl").exit_code == 2
    assert run("anna.jsonl", "ben.jsonl", "--names", "a").exit_code == 2
    assert run("anna.jsonl", "none.jsonl").exit_code == 1


def test_a_terminal_obeys_nothing():
    evil = Document("\x1b[31mred it", (Segment(0, 8, "x\x1b[0m"),), (), "id\x1b[2J")
    write_jsonl([evil], "evil.jsonl")
    write_jsonl([Document(evil.text, id="id\x1b[2J")], "plain.jsonl")
    result = run("evil.jsonl", "plain.jsonl")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
