"""Suggestions: order, scores, names, and what the files of each tool show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from contend.analyzer import Analyzer
from contend.cli import main
from contend.document import Document, Relation, Segment
from contend.errors import ConfigError
from contend.formats import find_format, read_documents
from contend.formats.base import ATTRIBUTES
from contend.model.settings import Settings
from contend.preannotation import certainty, for_tool, preannotate
from contend.scheme import LABELS

TOOLS = ("label-studio", "brat", "inception", "doccano", "jsonl")


class FakeAnalyzer:
    """Reads scores off the text: "0.9 0.1" has two segments, the first the thesis."""

    settings = Settings(labels=LABELS)

    def analyze_many(
        self, texts: Iterable[str | Document], *, min_score: float = 0.0
    ) -> Iterator[Document]:
        assert min_score == 0.0
        for item in texts:
            assert isinstance(item, Document)
            assert item.segments == ()
            segments, at = [], 0
            for word in item.text.split():
                if word[0].isdigit():
                    start = item.text.index(word, at)
                    at = start + len(word)
                    label = LABELS[len(segments) % 3]
                    segments.append(Segment(start, at, label, not segments, float(word)))
            relations = [Relation(i, i - 1, "supports", 0.5) for i in range(1, len(segments))]
            meta = {**item.meta, "model": "fake", "n_tokens": 3}
            yield Document(item.text, tuple(segments), tuple(relations), item.id, meta)


ARTICLES = {"sure": "0.9 0.9", "odd": "0.99 0.2 0.99", "unsure": "0.4 0.4", "bare": "nothing"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with articles and a model that is no model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Analyzer, "load", lambda model="", threads=1: FakeAnalyzer())
    (tmp_path / "articles").mkdir()
    for name, text in ARTICLES.items():
        (tmp_path / "articles" / f"{name}.txt").write_text(text)
    return tmp_path


def run(*args: str, input: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["preannotate", *args], input=input)


def articles(**texts: str) -> list[Document]:
    return [Document(text, id=name) for name, text in texts.items()]


def test_certainty() -> None:
    document = Document("a b", (Segment(0, 1, "x", score=0.5), Segment(2, 3, "x", score=0.25)))
    assert certainty(document) == 0.375
    assert certainty(document, "min") == 0.25
    assert certainty(Document("a", (Segment(0, 1, "x"),))) is None
    with pytest.raises(ConfigError, match="mean, min"):
        list(preannotate(FakeAnalyzer(), [], by="most"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "order"),
    [("mean", ["bare", "unsure", "odd", "sure"]), ("min", ["bare", "odd", "unsure", "sure"])],
)
def test_least_certain_first(by: Any, order: list[str]) -> None:
    given_order = list(ARTICLES)
    as_given = preannotate(FakeAnalyzer(), articles(**ARTICLES), by=by)
    assert [each.id for each in as_given] == given_order
    ordered = list(
        preannotate(FakeAnalyzer(), articles(**ARTICLES), least_certain_first=True, by=by)
    )
    assert [each.id for each in ordered] == order
    assert [each.meta.get("certainty") for each in ordered] == [
        None if certainty(each, by) is None else round(certainty(each, by) or 0, 4)
        for each in ordered
    ]


def test_low_scores_are_left_out_but_count() -> None:
    (found,) = preannotate(FakeAnalyzer(), articles(x="0.9 0.1 0.8"), min_score=0.5)
    assert [each.text for each in found.segments] == ["0.9", "0.8"]
    assert [(each.source, each.target) for each in found.relations] == [(1, 0)]
    assert found.meta == {"model": "fake", "certainty": 0.6}


def test_min_score_is_a_probability() -> None:
    with pytest.raises(ConfigError, match="from 0 to 1, found 50"):
        next(preannotate(FakeAnalyzer(), articles(x="0.9"), min_score=50))


def test_annotations_of_the_articles_do_not_count() -> None:
    meta = {ATTRIBUTES: {"Sure": [True]}, "ignored": {"x": 1}, "outlet": "The Kettle"}
    before = Document("0.5", (Segment(0, 3, "claim"),), id="x", meta=meta)
    (found,) = preannotate(FakeAnalyzer(), [before])
    assert found.meta == {"outlet": "The Kettle", "model": "fake", "certainty": 0.5}


@given(st.lists(st.text(max_size=4), max_size=8), st.sampled_from(TOOLS), st.booleans())
def test_names_differ_and_can_be_files(ids: list[str], tool: str, ordered: bool) -> None:
    documents = [Document("a", id=name) for name in ids]
    to = find_format("x", tool)
    found = [each.id for each in for_tool(documents, to, in_order=len(ids) if ordered else 0)]
    assert len({name.casefold() for name in found}) == len(ids)
    if to.container != "file":
        assert all(name and not name.startswith(".") and "/" not in name for name in found)
        if ordered:
            assert found == sorted(found)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_gets_its_own_files(folder: Path, tool: str) -> None:
    target = {"brat": "out/", "inception": "out.zip"}.get(tool, "out.json")
    if tool == "inception":
        pytest.importorskip("cassis", reason="needs the extra 'formats'")
    result = run("articles", target, "--for", tool, "--least-certain-first", "--certainty", "min")
    assert result.exit_code == 0, result.output
    assert f"{target}: 4 articles, 7 suggestions" in result.stderr
    read = list(read_documents(target.rstrip("/"), format=tool))
    assert [each.text for each in read] == [ARTICLES[x] for x in ("bare", "odd", "unsure", "sure")]
    assert [len(each.segments) for each in read] == [0, 3, 2, 2]
    if tool != "doccano":
        assert [each.score for each in read[1].segments] == [0.99, 0.2, 0.99]
        assert read[1].thesis == read[1].segments[0]
    if tool != "jsonl":
        assert f"--from {tool}" in result.stderr


def test_label_studio_shows_scores(folder: Path) -> None:
    run("articles", "tasks.json", "--for", "label-studio")
    tasks = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    (sure,) = (task for task in tasks if task["data"]["id"] == "sure")
    assert sure["predictions"][0]["score"] == 0.9
    assert sure["predictions"][0]["model_version"] == "fake"
    assert sure["predictions"][0]["result"][0]["score"] == 0.9


def test_brat_gets_settings_once(folder: Path) -> None:
    result = run("articles", "for-brat", "--for", "brat")
    assert (result.exit_code, "left out" in result.stderr) == (0, False)
    names = sorted(path.name for path in (folder / "for-brat").iterdir())
    assert names[:4] == ["annotation.conf", "bare.ann", "bare.txt", "odd.ann"]
    (folder / "for-brat" / "annotation.conf").write_text("mine")
    for file in (folder / "for-brat").glob("*.ann"):
        file.unlink()
    assert run("articles", "for-brat", "--for", "brat").exit_code == 0
    assert (folder / "for-brat" / "annotation.conf").read_text() == "mine"


def test_doccano_thesis_comes_back(folder: Path) -> None:
    result = run("articles", "lines", "--for", "doccano")
    assert "left out, doccano cannot hold them: 7 scores of segments" in result.stderr
    command = result.stderr.split("when corrected: contend ")[1].strip()
    assert command.endswith("--map 'thesis=claim,*=*' --thesis-from thesis")
    arguments = command.replace("'", "").replace("CORRECTED", "lines").split()
    converted = CliRunner().invoke(main, arguments)
    assert converted.exit_code == 0, converted.output
    back = {each.id: each for each in read_documents("mine.jsonl")}
    assert back["odd"].thesis == Segment(0, 4, "claim", thesis=True)
    assert back["odd"].meta["certainty"] == 0.7267


def test_own_labels_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(labels=("position", "reason"), thesis=False)
    monkeypatch.setattr(FakeAnalyzer, "settings", settings)
    result = run("articles", "tasks.json", "--for", "label-studio")
    assert "scheme --for label-studio --labels position,reason --no-thesis" in result.stderr
    assert "--thesis-from" not in run("articles", "lines", "--for", "doccano").stderr


def test_what_cannot_be_read(folder: Path) -> None:
    (folder / "bad.txt").write_bytes(b"caf\xe9")
    (folder / "empty.jsonl").write_bytes(b"")
    assert run("bad.txt", "tasks.json", "--for", "label-studio").exit_code == 1
    result = run("empty.jsonl", "tasks.json", "--for", "label-studio")
    assert (result.exit_code, "no articles in there" in result.stderr) == (1, True)
    assert not (folder / "tasks.json").exists()
    both = run("bad.txt", "articles/sure.txt", "tasks.json", "--for", "label-studio")
    assert both.exit_code == 1
    assert len(json.loads((folder / "tasks.json").read_text())) == 1
    assert run("articles", "--for", "jsonl").exit_code == 2
    assert run("-", "out.jsonl", "--for", "jsonl", input=b"0.5").exit_code == 0


def test_names_that_are_given_twice(folder: Path) -> None:
    (folder / "sure.txt").write_text("0.1")
    result = run("articles/sure.txt", "sure.txt", "out", "--for", "brat")
    assert result.exit_code == 0
    assert {path.name for path in (folder / "out").glob("*.ann")} == {"sure.ann", "sure-2.ann"}


@pytest.mark.parametrize(
    ("out", "tool"),
    [
        ("b.txt", "label-studio"),
        ("b.md", "jsonl"),
        ("b.jsonl", "label-studio"),
        ("articles/sure.txt", "doccano"),
        ("a.jsonl", "jsonl"),
        ("./a.jsonl", "doccano"),
    ],
)
def test_an_article_is_not_overwritten(folder: Path, out: str, tool: str) -> None:
    """OUT was forgotten: the last article is not the file to write."""
    for name in ("a.jsonl", "b.txt", "b.md", "b.jsonl"):
        (folder / name).write_text('{"text": "0.5"}')
    before = (folder / out).read_bytes()
    result = run("a.jsonl", out, "--for", tool)
    assert result.exit_code == 2
    assert "is an article; name the file to write last" in result.stderr
    assert (folder / out).read_bytes() == before


def test_corrected_files_are_not_overwritten(folder: Path) -> None:
    """In brat people correct the very files that were suggested."""
    assert run("articles", "for-brat", "--for", "brat").exit_code == 0
    (folder / "for-brat" / "sure.ann").write_text("T1\tclaim 0 1\t0\n")
    before = {file: file.read_bytes() for file in (folder / "for-brat").iterdir()}
    result = run("articles", "for-brat", "--for", "brat")
    assert result.exit_code == 2
    assert ".ann may have been corrected; name a new folder" in result.stderr
    assert {file: file.read_bytes() for file in (folder / "for-brat").iterdir()} == before


@pytest.mark.parametrize("tool", ["brat", "inception"])
def test_not_into_the_folder_of_the_articles(folder: Path, tool: str) -> None:
    before = {file: file.read_bytes() for file in (folder / "articles").iterdir()}
    result = run("articles", "articles", "--for", tool)
    assert result.exit_code == 2
    assert "lies in articles; name a folder without articles to write" in result.stderr
    assert {file: file.read_bytes() for file in (folder / "articles").iterdir()} == before


def test_earlier_suggestions_are_replaced(folder: Path) -> None:
    for tool, out in (("jsonl", "out.jsonl"), ("doccano", "out.jsonl"), ("label-studio", "o.json")):
        for _ in range(2):
            assert run("articles", out, "--for", tool).exit_code == 0


def test_neither_half_of_what_brat_has_is_overwritten(folder: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"0.5 {name}")
    assert run("a.txt", "a.ann", "--for", "brat").exit_code == 0
    assert (folder / "a.txt").read_text() == "0.5 a.txt"
    for arguments, message in (
        (("a.txt", "a.ann"), "a.ann may have been corrected; name a new file, or delete it"),
        (("a.txt", "b.ann"), "b.txt may be another article; name a new file"),
    ):
        before = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        result = run(*arguments, "--for", "brat")
        assert result.exit_code == 2
        assert message in result.stderr
        assert before == {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
