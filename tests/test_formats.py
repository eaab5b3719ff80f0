"""What holds for every format: the registry, round trips, pairs, nothing half-written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from format_documents import example, scores

import contend.files
from contend.document import Document, Relation, Segment
from contend.errors import FormatError, MissingDependencyError
from contend.files import read_json, read_lines, read_text, read_whole, replacing_folder
from contend.formats import FORMATS, Losses, find_format, read_documents, write_documents
from contend.formats.base import (
    IDS,
    META,
    RELATION_SCORES,
    RELATIONS,
    SEGMENT_SCORES,
    THESES,
    file_stem,
    losses_of,
)

NAMES = [name for name, each in FORMATS.items() if find_spec(f"contend.formats.{each.module}")]


def place(folder: Path, name: str) -> Path:
    """Where documents of a format may lie."""
    each = FORMATS[name]
    return folder / (f"{name}{each.extensions[0]}" if each.container == "file" else name)


@contextmanager
def libraries(*names: str) -> Iterator[None]:
    """Skip if the library of a format is not installed."""
    try:
        yield
    except MissingDependencyError as error:
        pytest.skip(f"{', '.join(names)}: {error}")


def held(document: Document, *names: str) -> Document:
    """What is left of ``document`` after it went through formats."""
    lost = {what for name in names for what in FORMATS[name].cannot_hold}
    segments = [
        replace(
            each,
            thesis=each.thesis and THESES not in lost,
            score=None if SEGMENT_SCORES in lost else each.score,
        )
        for each in document.segments
    ]
    relations = [
        replace(each, score=None if RELATION_SCORES in lost else each.score)
        for each in document.relations
        if RELATIONS not in lost
    ]
    meta = {} if META in lost else document.meta
    return replace(document, segments=tuple(segments), relations=tuple(relations), meta=meta)


def test_the_registry_is_complete() -> None:
    assert list(FORMATS) == [
        "jsonl",
        "brat",
        "conll",
        "label-studio",
        "inception",
        "doccano",
        "kaggle",
        "aif",
        "web-annotation",
        "datasets",
    ]
    for name, each in FORMATS.items():
        assert each.name == name
        assert each.title
        assert each.specification.startswith("http")
        assert each.container in ("file", "folder", "either")
        assert all(extension.startswith(".") for extension in each.extensions)
        module = pytest.importorskip(f"contend.formats.{each.module}")
        assert all(callable(getattr(module, function)) for function in each.functions)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_format_holds_survives_it(tmp_path: Path, name: str) -> None:
    path = place(tmp_path, name)
    documents = [example(), example(id="coffee"), Document("Nothing is marked here.", id="bare")]
    with libraries(name):
        losses = write_documents(documents, path, format=name)
    found = {document.id: document for document in read_documents(path, format=name)}
    expected = [held(document, name) for document in documents]
    assert found == {document.id: document for document in expected}
    for document in expected:
        assert scores(found[document.id]) == scores(document)
        if META not in FORMATS[name].cannot_hold:
            assert found[document.id].meta == document.meta
    # What the registry says is lost is what the writer counts.
    counted = (RELATIONS, THESES, SEGMENT_SCORES, RELATION_SCORES, IDS, META)
    said = {what for what in FORMATS[name].cannot_hold if what in counted}
    assert {what for what in losses.counts if what in counted} == said


@pytest.mark.parametrize("first", NAMES)
@pytest.mark.parametrize("second", NAMES)
def test_pairs(tmp_path: Path, first: str, second: str) -> None:
    one, two = place(tmp_path / "1", first), place(tmp_path / "2", second)
    one.parent.mkdir()
    two.parent.mkdir()
    with libraries(first, second):
        write_documents([example()], one, format=first)
        write_documents(read_documents(one, format=first), two, format=second)
    (found,) = read_documents(two, format=second)
    expected = held(example(), first, second)
    assert found == expected
    assert scores(found) == scores(expected)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_of_a_write_that_fails(tmp_path: Path, name: str) -> None:
    def fails() -> Iterator[Document]:
        yield example()
        raise KeyError("stop")

    path = place(tmp_path, name)
    with libraries(name), pytest.raises(KeyError):
        write_documents(fails(), path, format=name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_lone_surrogates_survive_or_are_refused(tmp_path: Path, name: str) -> None:
    document = Document("a\udc80b", (Segment(0, 3, "claim"),), (), "x")
    path = place(tmp_path, name)
    with libraries(name):
        if "lone surrogates" in FORMATS[name].cannot_hold:
            with pytest.raises(FormatError, match=r"surrogate|U\+DC80"):
                write_documents([document], path, format=name)
            assert list(tmp_path.iterdir()) == []
        else:
            write_documents([document], path, format=name)
            assert list(read_documents(path, format=name)) == [document]


@pytest.mark.parametrize("name", NAMES)
def test_absent_and_foreign_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="no such file"):
        list(read_documents(tmp_path / "none", format=name))
    path = place(tmp_path, name)
    if FORMATS[name].container == "file":
        path.write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    else:
        path.mkdir()
        (path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    with libraries(name), pytest.raises(FormatError, match=str(path.name)):
        list(read_documents(path, format=name))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.jsonl", "jsonl"),
        ("a.NDJSON", "jsonl"),
        ("a.ann", "brat"),
        ("new", "brat"),
        ("v1.0/", "brat"),
        ("a.b.conll", "conll"),
        ("a.xmi", "inception"),
        ("train.csv", "kaggle"),
        ("a.jsonld", "web-annotation"),
    ],
)
def test_formats_go_by_the_ending(path: str, expected: str) -> None:
    assert find_format(path).name == expected
    assert find_format(path, "doccano").name == "doccano"


def test_folders_go_by_what_lies_in_them(tmp_path: Path) -> None:
    assert find_format(tmp_path).name == "brat"
    for file, expected in (("a.md", ""), ("train.csv", "kaggle"), ("a.ann", "brat")):
        (tmp_path / file).touch()
        if expected:
            assert find_format(tmp_path).name == expected
        else:
            with pytest.raises(FormatError, match=r"expected a folder with \*\.ann.*--from"):
                find_format(tmp_path)


def test_unclear_endings_and_names() -> None:
    with pytest.raises(FormatError, match="may be label-studio, aif, web-annotation; name the"):
        find_format("a.json")
    with pytest.raises(FormatError, match="belongs to no format; there are jsonl, brat"):
        find_format("a.docx")
    with pytest.raises(FormatError, match="no format is called 'word'; there are jsonl"):
        find_format("a.json", "word")


def test_losses_add_up_and_are_read_by_people() -> None:
    assert not Losses({"relations": 0})
    assert str(Losses()) == "nothing"
    total = Losses({"relations": 1200}) + Losses({"relations": 34, "scores": 1})
    assert str(total) == "1,234 relations, 1 scores"
    everything = losses_of(example(), RELATIONS, THESES, SEGMENT_SCORES, RELATION_SCORES, IDS, META)
    assert list(everything.counts.values()) == [2, 1, 2, 1, 1, 2]
    assert losses_of(example(), META, held_meta=["source", "attributes"]) == Losses()
    assert not losses_of(Document("a", meta={"ignored": {"E": 1}}), META)


def test_names_of_files(tmp_path: Path) -> None:
    taken: set[str] = set()
    assert file_stem(Document("", id="Straße 1.b"), tmp_path, taken) == "Straße 1.b"
    for bad in ("", "a/b", "..", ".hidden", "a\0", "STRASSE 1.b", "a\ud800"):
        with pytest.raises(FormatError):
            file_stem(Document("", id=bad), tmp_path, taken)


def test_a_folder_is_replaced_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "old" / "in").mkdir(parents=True)
    (tmp_path / "old" / "in" / "a").write_text("old")
    (tmp_path / "old" / "kept").write_text("kept")
    with replacing_folder(tmp_path / "old") as folder:
        (folder / "in").mkdir()
        (folder / "in" / "a").write_text("new")
        assert (tmp_path / "old" / "in" / "a").read_text() == "old"
    assert (tmp_path / "old" / "in" / "a").read_text() == "new"
    assert (tmp_path / "old" / "kept").read_text() == "kept"
    with replacing_folder(tmp_path / "deep" / "new") as folder:
        (folder / "a").touch()
    assert os.listdir(tmp_path / "deep") == ["new"]
    (tmp_path / "file").touch()
    with pytest.raises(FormatError, match="found a file"), replacing_folder(tmp_path / "file"):
        pass
    with suppress(RuntimeError), replacing_folder(tmp_path / "never") as folder:
        (folder / "a").touch()
        raise RuntimeError
    assert sorted(os.listdir(tmp_path)) == ["deep", "file", "old"]


def test_a_folder_that_is_there_is_written_from_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a mounted volume asks, or a parent that may not be written."""
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    with replacing_folder(".") as folder:
        assert folder.is_relative_to(tmp_path / "out")
        assert all(each.name.startswith(".") for each in Path().iterdir())
        (folder / "a").touch()
    assert (os.listdir(tmp_path), os.listdir()) == (["out"], ["a"])


def test_what_cannot_take_its_place_leaves_all_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "c").mkdir(parents=True)
    (out / "a").write_text("old")

    def write() -> None:
        with replacing_folder(out, where="OUT.csv") as folder:
            (folder / "b").mkdir()
            for file in ("a", "b/new", "c"):
                (folder / file).write_text("new")

    with pytest.raises(FormatError, match=r"^OUT\.csv: cannot be written: Is a directory"):
        write()
    assert sorted(each.name for each in out.rglob("*")) == ["a", "c"]
    assert (out / "a").read_text() == "old"
    (out / "c").rmdir()
    write()
    assert (out / "a").read_text() == "new"
    with suppress(RuntimeError), replacing_folder(tmp_path / "deep" / "new"):
        raise RuntimeError
    assert os.listdir(tmp_path) == ["out"]


def test_messages_name_what_the_user_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="lone surrogate") as caught:
        write_documents([Document("\ud800", id="x")], tmp_path / "out", format="brat")
    assert str(caught.value).startswith(f"{tmp_path / 'out' / 'x.txt'}: ")


@pytest.mark.parametrize("name", ["jsonl", "brat", "conll", "label-studio", "doccano", "kaggle"])
def test_examples_of_the_documentation_are_read(tmp_path: Path, name: str) -> None:
    page = Path(__file__).parents[1] / "docs" / "formats.md"
    if not page.is_file():
        pytest.skip("docs/formats.md is not there")
    text = "Shut it. People die there.\n"
    road = Document(
        text,
        (Segment(0, 8, "claim", True, 0.9), Segment(9, 26, "evidence", score=0.75)),
        (Relation(1, 0, "supports", 0.5),),
        "road",
        {"outlet": "The Kettle"},
    )
    block = page.read_text(encoding="utf-8").split(f"<!-- example: {name} -->\n```")[1]
    example = block.split("\n", 1)[1].split("\n```")[0] + "\n"
    file = {"brat": "road.ann", "kaggle": "train.csv"}.get(name, "file")
    (tmp_path / "road.txt").write_text(text)
    (tmp_path / file).write_text(example + "\n" * (name == "conll"), encoding="utf-8")
    (found,) = read_documents(tmp_path / file, format=name)
    expected = held(road, name)
    assert (found, scores(found), found.meta) == (expected, scores(expected), expected.meta)
    # What is shown is what is written.
    if FORMATS[name].container == "file":
        write_documents([road], tmp_path / "again", format=name)
        written = (tmp_path / "again").read_text(encoding="utf-8")
        if name == "label-studio":
            assert json.loads(written) == json.loads(example)
        else:
            assert written.rstrip("\n") == example.rstrip("\n")


def test_json_with_a_number_of_thousands_of_digits(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(f'{{"n": {"9" * 5000}}}')
    with pytest.raises(FormatError, match=r"x\.json: expected JSON; a number has thousands"):
        read_json(tmp_path / "x.json", advice="")


@pytest.mark.parametrize("read", [read_whole, read_json, lambda file, **_: read_text(file)])
def test_files_that_are_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[..., object]
) -> None:
    monkeypatch.setattr(contend.files, "LARGEST_PIECE_BYTES", 1 << 20)
    file = tmp_path / "large.json"
    with file.open("wb") as out:
        out.truncate((1 << 20) + 1)
    with pytest.raises(FormatError, match=r"large\.json: expected at most 1 MiB .* split"):
        read(file, advice="split it")
    with file.open("rb") as lines, pytest.raises(FormatError, match=r"line 1: .* at most 1 MiB"):
        list(read_lines(lines, where="large"))
