from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from format_documents import example

import contend
from contend.cli import main
from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats.jsonl import read_jsonl, write_jsonl
from contend.formats.relabel import LabelMap, mark_thesis, relabel


def run(*args: str, input: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["convert", *args], input=input)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with documents."""
    monkeypatch.chdir(tmp_path)
    write_jsonl([example(id="a"), example(id="b")], tmp_path / "docs.jsonl")
    return tmp_path


def essay() -> Document:
    segments = (
        Segment(0, 1, "Premise"),
        Segment(1, 2, "MajorClaim"),
        Segment(2, 3, "Claim"),
        Segment(3, 4, "MajorClaim"),
    )
    relations = (Relation(0, 1, "supports"), Relation(2, 3, "attacks"))
    return Document("abcd", segments, relations, "e", {"attributes": {"Stance": [None, 1, 2, 3]}})


def test_there_and_back(folder: Path) -> None:
    for target, *flags in (
        ("new/",),
        ("x.conll",),
        ("x.json", "--to", "label-studio"),
        ("back.jsonl",),
    ):
        source = {"x.conll": "new", "x.json": "x.conll", "back.jsonl": "x.json"}
        options = [*flags, *(["--from", "label-studio"] if target == "back.jsonl" else [])]
        result = run(source.get(target, "docs.jsonl"), target, *options)
        assert result.exit_code == 0, result.output
        assert result.stderr.startswith(f"{target}: 2 documents\n")
    assert list(read_jsonl("back.jsonl")) == [example(id="a"), example(id="b")]


def test_says_what_is_lost(folder: Path) -> None:
    result = run("docs.jsonl", "kaggle", "--to", "kaggle")
    assert result.stderr == (
        "kaggle: 2 documents\n"
        "lost, kaggle cannot hold them: 4 relations, 2 marks of the thesis, 4 scores of segments, "
        "2 scores of relations, 4 entries of meta\n"
    )
    assert run("kaggle", "docs2.jsonl").stderr == "docs2.jsonl: 2 documents\n"


def test_says_what_was_ignored_once(folder: Path) -> None:
    (folder / "a.txt").write_text("Tea.")
    (folder / "a.ann").write_text("T1\tclaim 0 4\tTea.\nE1\tTalk:T1\n")
    result = run("a.ann", "out.jsonl")
    assert "ignored in a.ann: 1 E\n" in result.stderr
    assert "ignored" not in (folder / "out.jsonl").read_text()


def test_standard_input_and_output(folder: Path) -> None:
    lines = (folder / "docs.jsonl").read_bytes()
    result = run("-", "-", "--map", "*=claim", input=lines)
    assert result.stderr == ""
    labels = {
        s["label"] for line in result.stdout.splitlines() for s in json.loads(line)["segments"]
    }
    assert labels == {"claim"}


def test_streams_are_json_lines(folder: Path) -> None:
    """A format that a stream does not have is refused, not passed over."""
    for args in (("-", "out.jsonl", "--from", "doccano"), ("docs.jsonl", "-", "--to", "conll")):
        result = run(*args, input=b'{"text": "a", "label": [[0, 1, "x"]]}')
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{args[2]} {args[3]}: - is JSON Lines; name a file" in result.stderr
    assert not (folder / "out.jsonl").exists()
    lines = (folder / "docs.jsonl").read_bytes()
    result = run("-", "-", "--from", "jsonl", "--to", "jsonl", input=lines)
    assert result.stdout_bytes == lines


def test_labels_are_mapped(folder: Path) -> None:
    write_jsonl([essay()], folder / "e.jsonl")
    result = run(
        "e.jsonl", "out.jsonl", "--map", "MajorClaim=claim, Claim=counterclaim|claim",
        "--map", "Premise=", "--thesis-from", "MajorClaim",
    )  # fmt: skip
    assert result.stderr == "out.jsonl: 1 document\ndropped by --map: 1 segments, 1 relations\n"
    (found,) = read_jsonl(folder / "out.jsonl")
    assert [(s.label, s.thesis) for s in found.segments] == [
        ("claim", True),
        ("claim|counterclaim", False),
        ("claim", False),
    ]
    assert found.relations == (Relation(1, 2, "attacks"),)
    assert found.meta == {"attributes": {"Stance": [1, 2, 3]}}


def test_labels_that_are_on_no_segment_are_named(folder: Path) -> None:
    write_jsonl([Document("ab", (Segment(0, 1, "A"),))], folder / "e.jsonl")
    result = run("e.jsonl", "o.jsonl", "--map", "Cliam=claim,A=claim,*=*", "--thesis-from", "B")
    assert result.exit_code == 0
    assert "named, but on no segment: Cliam, B\n" in result.stderr


def test_a_label_that_is_not_in_the_map(folder: Path) -> None:
    write_jsonl([essay()], folder / "e.jsonl")
    result = run("e.jsonl", "out.jsonl", "--map", "MajorClaim=claim,Premise=evidence")
    assert result.exit_code == 1
    assert (
        "e.jsonl, number 1, document 'e': expected one of the labels that the map names "
        "(MajorClaim, Premise), found 'Claim' at 2:3; add Claim=LABEL, Claim= to leave"
    ) in result.stderr
    assert not (folder / "out.jsonl").exists()


def test_maps() -> None:
    keep = LabelMap.parse(["Claim=claim,*=*"])
    assert (keep("Claim"), keep("Other")) == ("claim", "Other")
    assert LabelMap.parse(["a=b", "*="])("c") == ""
    document, dropped = relabel(essay(), LabelMap.parse(["*=*"]), where="")
    assert (document, document.meta, bool(dropped)) == (essay(), essay().meta, False)
    for wrong in ("a", "=b", "a=b|", "a=b,a=c", "a=b,,"):
        with pytest.raises(FormatError, match="label map"):
            LabelMap.parse([wrong])


def test_the_mark_of_the_thesis_stays() -> None:
    marked = mark_thesis(essay(), "Claim")
    assert marked.thesis == Segment(2, 3, "Claim", True)
    assert mark_thesis(marked, "MajorClaim") == marked
    assert mark_thesis(essay(), "None") == essay()


def test_types_of_relations(folder: Path) -> None:
    (folder / "a.txt").write_text("Tea is.")
    (folder / "a.ann").write_text(
        "T1\tx 0 3\tTea\nT2\tx 4 6\tis\nR1\tbacks Arg1:T1 Arg2:T2\nR2\tsupports Arg1:T2 Arg2:T1\n"
    )
    assert "--relations backs=supports" in run("a.ann", "out.jsonl").stderr
    result = run("a.ann", "out.jsonl", "--relations", "backs=supports,supports=attacks")
    assert result.exit_code == 0, result.output
    (found,) = read_jsonl(folder / "out.jsonl")
    assert found.relations == (Relation(0, 1, "supports"), Relation(1, 0, "attacks"))
    assert run("a.ann", "out.jsonl", "--relations", "backs=likes").exit_code == 2
    assert run("a.ann", "out.jsonl", "--relations", "backs=supports,").exit_code == 2


def test_relations_without_a_type(folder: Path) -> None:
    """The option that the message names is one that the command takes."""
    regions = [
        {"id": name, "type": "labels", "value": {"start": at, "end": at + 1, "labels": ["x"]}}
        for at, name in enumerate("ab")
    ]
    relation = {"type": "relation", "from_id": "a", "to_id": "b"}
    task = {"data": {"text": "ab"}, "annotations": [{"result": [*regions, relation]}]}
    (folder / "e.json").write_text(json.dumps([task]))
    result = run("e.json", "out.jsonl", "--from", "label-studio")
    assert "a relation without a type: say what it means: " in result.stderr
    assert "--relations =supports" in result.stderr
    result = run("e.json", "out.jsonl", "--from", "label-studio", "--relations", "=supports")
    assert result.exit_code == 0, result.output
    (found,) = read_jsonl(folder / "out.jsonl")
    assert found.relations == (Relation(0, 1, "supports"),)


def test_ids_given_twice(folder: Path) -> None:
    write_jsonl([Document("a", id="x"), Document("b", id="x"), Document("c")], folder / "e.jsonl")
    result = run("e.jsonl", "new")
    assert result.exit_code == 1
    assert "e.jsonl: documents 1 and 2 both have the id 'x'" in result.stderr
    assert not (folder / "new").exists()
    result = run("e.jsonl", "new", "--repair")
    assert (
        "repaired: 1 ids given twice, numbered, 1 documents without an id, numbered"
        in result.stderr
    )
    assert sorted(path.stem for path in (folder / "new").glob("*.ann")) == [
        "document-1",
        "x",
        "x-2",
    ]


def test_repair_is_reported(folder: Path) -> None:
    line = {
        "id": "a",
        "text": "🍵 Tea",
        "segments": [{"start": 3, "end": 6, "label": "x", "text": "Tea"}],
    }
    (folder / "e.jsonl").write_text(json.dumps(line))
    result = run("e.jsonl", "out.jsonl")
    assert result.exit_code == 1
    assert "e.jsonl, line 1: document 'a': segment 0 3:6" in result.stderr
    assert "UTF-16 units" in result.stderr
    result = run("e.jsonl", "out.jsonl", "--repair")
    assert "repaired: 1 documents with offsets in UTF-16 units, converted\n" in result.stderr
    (found,) = read_jsonl(folder / "out.jsonl")
    assert (found.segments[0].text, found.meta) == ("Tea", {})


def test_the_format_must_be_clear(folder: Path) -> None:
    result = run("docs.jsonl", "out.json")
    assert result.exit_code == 1
    assert "out.json: the ending .json may be label-studio, aif, web-annotation" in result.stderr
    assert run("docs.jsonl", "out.json", "--to", "word").exit_code == 2
    assert "none: cannot be read" in run("none", "out.jsonl").stderr
    assert sorted(path.name for path in folder.iterdir()) == ["docs.jsonl"]


def test_entries_of_meta_that_are_no_report_stay(folder: Path) -> None:
    meta = {"ignored": True, "repaired": {"by": "Anna"}}
    write_jsonl([Document("Shut it.", id="a", meta=meta)], folder / "in.jsonl")
    result = run("in.jsonl", "out.jsonl")
    assert result.exit_code == 0
    assert next(read_jsonl(folder / "out.jsonl")).meta == meta


def test_closed_streams(folder: Path) -> None:
    write_jsonl([Document("Shut it.", id="a")], folder / "in.jsonl")
    command = [sys.executable, "-m", "contend", "convert"]
    for closed, arguments, message in (
        ("<&-", ["-", "out.jsonl"], "standard input, which is closed; name a file"),
        (">&-", ["in.jsonl", "-"], "standard output is closed; name a file to write"),
    ):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *command, *arguments],
            capture_output=True, text=True, check=False, cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(contend.__file__).parents[1])},
        )  # fmt: skip
        assert done.returncode == 1
        assert message in done.stderr
        assert "Traceback" not in done.stderr
