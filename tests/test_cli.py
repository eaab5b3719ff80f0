from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import contend
from contend.analyzer import Analyzer
from contend.cli import main
from contend.cli.inputs import Inputs
from contend.document import Document, Relation, Segment, with_segments
from contend.errors import ModelError
from contend.formats.jsonl import read_jsonl, write_jsonl

TEXT = "Shut the road.\r\nCars kill people."
# Of a process that finds the package wherever it works.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(contend.__file__).parents[1])}


class FakeAnalyzer:
    """Calls the first line a claim and the last one evidence for it."""

    name = "fake"

    def analyze_many(
        self, texts: Iterable[str | Document], *, min_score: float = 0.0
    ) -> Iterator[Document]:
        for item in texts:
            document = item if isinstance(item, Document) else Document(item)
            if document.text == "interrupt":
                raise KeyboardInterrupt
            yield annotated(document.text, document.id)


def annotated(text: str, name: str = "") -> Document:
    first, last = text.partition("\n")[0].rstrip(), text.rstrip().split("\n")[-1]
    start = text.rindex(last)
    segments = [Segment(0, len(first), "claim", True, 0.9)] if first else []
    if start:
        segments.append(Segment(start, start + len(last), "evidence", score=0.4))
    relations = [Relation(1, 0, "supports")] if start else []
    return Document(text, tuple(segments), tuple(relations), name)


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(model: str = "", *, threads: int = 1) -> FakeAnalyzer:
        if model == "absent":
            raise ModelError("'absent': expected a model")
        return FakeAnalyzer()

    monkeypatch.setattr(Analyzer, "load", load)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: two articles, a file that is not UTF-8, documents."""
    monkeypatch.chdir(tmp_path)
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "b.txt").write_bytes(TEXT.encode())
    (articles / "a.md").write_bytes(b"\xef\xbb\xbfOnly this.")
    (articles / "c.csv").write_text("not an article")
    (tmp_path / "bad.txt").write_bytes(b"caf\xe9")
    write_jsonl([annotated(TEXT, "x"), annotated("One.\nTwo.", "y")], tmp_path / "docs.jsonl")
    return tmp_path


def run(*args: str, input: bytes | None = None) -> Result:
    return CliRunner().invoke(main, args, input=input)


def test_help_has_examples() -> None:
    for command in main.commands:
        result = run(command, "--help")
        assert result.exit_code == 0
        assert command == "models" or f"contend {command} " in result.output
    assert run("--version").output.startswith("contend, version ")


def test_analyze_shows_text(folder: Path) -> None:
    result = run("analyze", "articles/b.txt")
    assert result.exit_code == 0
    assert "[E2→1·40%] Cars kill people." in result.stdout
    assert result.stderr == ""


def test_one_file_is_an_object_several_are_a_list(folder: Path) -> None:
    one = json.loads(run("analyze", "articles/b.txt", "--json").stdout)
    assert one["id"] == "b"
    assert one["text"] == TEXT
    several = json.loads(run("analyze", "articles", "--format", "json").stdout)
    assert [(each["id"], each["text"]) for each in several] == [("a", "Only this."), ("b", TEXT)]
    lines = run("analyze", "docs.jsonl", "--json").stdout
    assert [each["id"] for each in json.loads(lines)] == ["x", "y"]


def test_endings_in_capitals(folder: Path) -> None:
    (folder / "articles" / "D.TXT").write_text("Shout.")
    (folder / "docs.jsonl").rename(folder / "DOCS.NDJSON")
    shown = run("analyze", "articles", "DOCS.NDJSON", "--format", "jsonl").stdout
    assert [json.loads(line)["id"] for line in shown.splitlines()] == ["D", "a", "b", "x", "y"]


def test_standard_input(folder: Path) -> None:
    result = run("analyze", "-", "--format", "jsonl", input=TEXT.encode())
    assert Document.from_json(result.stdout) == annotated(TEXT, "stdin")
    assert run("analyze", "-", input=b"\xff").exit_code == 1


def test_fields_of_others_are_no_properties_of_articles(folder: Path) -> None:
    (folder / "titled.jsonl").write_text('{"text": "One.", "title": "T", "meta": {"n": 1}}')
    (article,) = Inputs(["titled.jsonl"]).documents()
    assert article.meta == {"n": 1}


def test_html(folder: Path) -> None:
    result = run("analyze", "articles", "--format", "html", "--out", "page.html")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "2 articles" in (folder / "page.html").read_text(encoding="utf-8")


def test_a_folder_gets_a_file_for_each_article(folder: Path) -> None:
    (folder / "b.txt").write_text("Another b.")
    assert run("analyze", "articles", "b.txt", "--json", "--out", "new/").exit_code == 0
    assert sorted(path.name for path in (folder / "new").iterdir()) == [
        "a.json",
        "b-2.json",
        "b.json",
    ]
    assert json.loads((folder / "new" / "b-2.json").read_text())["text"] == "Another b."


def test_ids_cannot_leave_the_folder(folder: Path) -> None:
    write_jsonl([Document("a", id="../../up"), Document("b", id="")], folder / "evil.jsonl")
    assert run("analyze", "evil.jsonl", "--json", "--out", "in/").exit_code == 0
    assert sorted(path.name for path in (folder / "in").iterdir()) == [
        "_.._up.json",
        "document.json",
    ]


def test_unreadable_files_do_not_stop_the_others(folder: Path) -> None:
    result = run("analyze", "bad.txt", "articles/b.txt", "none.txt", "--format", "jsonl")
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["b"]
    assert "bad.txt: expected UTF-8, found the byte 0xe9 at position 3" in result.stderr
    assert "none.txt: cannot be read" in result.stderr


def test_the_only_file_unreadable(folder: Path) -> None:
    (folder / "out.json").write_text("old")
    result = run("analyze", "bad.txt", "--json", "--out", "out.json")
    assert result.exit_code == 1
    assert (folder / "out.json").read_text() == "old"
    assert run("analyze", "bad.txt", "--json").stdout == ""


def test_an_empty_folder_is_an_error(folder: Path) -> None:
    (folder / "empty").mkdir()
    result = run("analyze", "empty", "--json")
    assert result.exit_code == 1
    assert "expected .txt or .md files" in result.stderr


def test_errors_have_no_traceback(folder: Path) -> None:
    result = run("analyze", "articles/b.txt", "--model", "absent")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: 'absent': expected a model\n"
    not_a_folder = run("analyze", "articles/b.txt", "--out", "bad.txt/")
    assert not_a_folder.exit_code == 1
    assert "bad.txt" in not_a_folder.stderr
    assert run("analyze").exit_code == 2
    assert run("analyze", "x", "--min-score", "2").exit_code == 2


def test_interrupt(folder: Path) -> None:
    (folder / "stop.txt").write_text("interrupt")
    result = run("analyze", "articles/b.txt", "stop.txt", "--json", "--out", "out.json")
    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"
    assert not (folder / "out.json").exists()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_half_written_is_left_when_told_to_stop(folder: Path, stop: signal.Signals) -> None:
    if signal.getsignal(stop) == signal.SIG_IGN:
        pytest.skip(f"{stop.name} is ignored here, as below nohup, and by what is started here")
    with subprocess.Popen(
        [sys.executable, "-m", "contend", "convert", "-", "out.jsonl"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT,
    ) as process:  # fmt: skip
        assert process.stdin
        line = json.dumps({"text": TEXT, "segments": [], "relations": []}).encode() + b"\n"
        process.stdin.write(line * 5000)
        process.stdin.flush()
        process.send_signal(stop)
        process.communicate()
    assert process.returncode == 128 + stop
    assert not list(folder.glob(".*"))


def test_render(folder: Path) -> None:
    assert "[C1·thesis·90%] One." in run("render", "docs.jsonl").stdout
    assert "<html" in run("render", "docs.jsonl", "--format", "html").stdout
    lines = (folder / "docs.jsonl").read_bytes()
    assert "[C1·thesis·90%] One." in run("render", "-", input=lines).stdout
    (folder / "broken.jsonl").write_text("{}")
    assert "broken.jsonl, line 1" in run("render", "broken.jsonl").stderr


def test_convert_there_and_back(folder: Path) -> None:
    assert run("convert", "docs.jsonl", "brat").exit_code == 0
    assert sorted(path.name for path in (folder / "brat").iterdir()) == [
        "x.ann",
        "x.txt",
        "y.ann",
        "y.txt",
    ]
    assert run("convert", "brat", "back.jsonl").exit_code == 0
    assert list(read_jsonl(folder / "back.jsonl")) == list(read_jsonl(folder / "docs.jsonl"))
    one = run("convert", "brat/x.ann", "-")
    assert Document.from_json(one.stdout) == annotated(TEXT, "x")
    assert run("convert", "docs.jsonl", "one.ann").exit_code == 1
    assert run("convert", "articles", "none.jsonl").exit_code == 1


def test_evaluate_a_model(folder: Path) -> None:
    result = run("evaluate", "--gold", "docs.jsonl", "--html", "both.html")
    assert result.exit_code == 0, result.output
    assert "docs" in result.stdout
    assert "Predicted beside gold" in (folder / "both.html").read_text(encoding="utf-8")
    report = json.loads(run("evaluate", "--gold", "docs.jsonl", "--json").stdout)
    assert report["corpus"] == "docs"
    assert report["n_documents"] == 2


def test_evaluate_one_document_shows_both(folder: Path) -> None:
    write_jsonl([annotated(TEXT, "x")], folder / "one.jsonl")
    assert "2 same, 0 bounds differ" in run("evaluate", "--gold", "one.jsonl").stdout


def test_evaluate_predictions_of_others(folder: Path) -> None:
    write_jsonl(reversed(list(read_jsonl(folder / "docs.jsonl"))), folder / "theirs.jsonl")
    result = run(
        "evaluate", "--gold", "docs.jsonl", "--predicted", "theirs.jsonl", "--out", "r.txt"
    )
    assert result.exit_code == 0, result.output
    assert (folder / "r.txt").stat().st_size > 0
    write_jsonl([annotated("Other.")], folder / "theirs.jsonl")
    result = run("evaluate", "--gold", "docs.jsonl", "--predicted", "theirs.jsonl")
    assert result.exit_code == 1
    assert "expected a document with exactly the text of gold document 1" in result.stderr


def test_evaluate_says_what_goes_wrong(folder: Path) -> None:
    documents = read_jsonl(folder / "docs.jsonl")
    theirs = [with_segments(document, document.segments[:1]) for document in documents]
    write_jsonl(theirs, folder / "theirs.jsonl")
    both = ("evaluate", "--gold", "docs.jsonl", "--predicted", "theirs.jsonl")
    result = run(*both, "--errors", "--by", "length", "--examples", "1", "--html", "errors.html")
    assert result.exit_code == 0, result.output
    for piece in ("Passages by length", "Scores by length", "\nMissed\n", "Words: gold label"):
        assert piece in result.stdout, piece
    assert "What goes wrong" in (folder / "errors.html").read_text(encoding="utf-8")
    data = json.loads(run(*both, "--errors", "--by", "position", "--json").stdout)
    n_missed = sum(data["errors"]["segments"]["missed"]["gold"].values())
    assert n_missed == data["scores"]["exact_f1"]["counts"]["fn"] > 0
    assert data["errors"]["examples"][0]["kind"] == "missed"
    assert [each["by"] for each in data["breakdowns"]] == ["position"]
    assert run(*both, "--errors", "--out", "errors.txt").exit_code == 0
    assert "Missed" in (folder / "errors.txt").read_text(encoding="utf-8")
    unknown = run(*both, "--by", "outlet")
    assert unknown.exit_code == 1
    assert "expected one of length, position" in unknown.stderr


def test_evaluate_a_corpus(folder: Path) -> None:
    report = json.loads(run("evaluate", "--corpus", "soapbox", "--json").stdout)
    assert (report["corpus"], report["split"]) == ("soapbox", "dev")
    missing = run("evaluate", "--corpus", "soapbox", "--split", "none")
    assert missing.exit_code == 1
    assert "train, dev, test" in missing.stderr


def test_evaluate_usage(folder: Path) -> None:
    assert run("evaluate").exit_code == 2
    assert run("evaluate", "--gold", "a", "--corpus", "b").exit_code == 2
    assert run("evaluate", "--gold", "a", "--model", "b", "--predicted", "c").exit_code == 2


def test_corpora() -> None:
    assert "soapbox" in run("corpora").stdout
    rows = json.loads(run("corpora", "--json").stdout)
    assert {"name", "title", "n_documents", "at_hand", "licence"} == set(rows[0])
    assert "CC0" in run("corpora", "soapbox").stdout
    assert json.loads(run("corpora", "soapbox", "--json").stdout)["name"] == "soapbox"
    unknown = run("corpora", "nosuch")
    assert unknown.exit_code == 1
    assert "nosuch" in unknown.stderr


def test_gold_without_its_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTEND_DATA", str(folder))
    monkeypatch.setenv("CONTEND_HOME", str(folder / "home"))
    out = run("corpora", "gold").stdout
    assert "Mark Galeotti" in out
    assert "contend corpora attach gold MY_COPY.txt" in out
    wrong = run("corpora", "attach", "gold", "articles/b.txt")
    assert wrong.exit_code == 1
    assert not (folder / "home").exists()


def test_models() -> None:
    assert run("models").exit_code == 0
    assert isinstance(json.loads(run("models", "--json").stdout), list)


def test_train_needs_data() -> None:
    result = run("train", "--out", "model")
    assert result.exit_code == 2
    assert "nothing to learn from" in result.stderr


def test_start_is_quick_and_a_broken_pipe_is_silent(folder: Path) -> None:
    code = "import sys; from contend.cli import main; {}"
    heavy = "print(*{'numpy', 'rich', 'jinja2', 'onnxruntime', 'torch'} & set(sys.modules))"
    python = [sys.executable, "-c"]
    found = subprocess.run(
        [*python, code.format(heavy)], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert found.stdout.strip() == ""
    write_jsonl([annotated(TEXT * 50)] * 200, folder / "many.jsonl")
    for format in ("text", "html"):
        with subprocess.Popen(
            [*python, code.format("main()"), "render", "many.jsonl", "--format", format],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.read(1)
            process.stdout.close()
            assert process.stderr.read() == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "articles/b.txt", "--out", "articles"),
        ("analyze", "articles", "--out", "articles/"),
        ("analyze", "articles/b.txt", "--out", "articles/b.txt", "--json"),
        ("analyze", "docs.jsonl", "--out", ".", "--format", "jsonl"),
        ("render", "docs.jsonl", "--out", "docs.jsonl"),
    ],
)
def test_what_is_read_is_not_replaced(folder: Path, arguments: tuple[str, ...]) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    result = run(*arguments)
    assert result.exit_code == 2
    assert "is read, and what is written to" in result.stderr
    assert before == {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_renderings_take_the_place_of_renderings_alone(folder: Path) -> None:
    for _ in range(2):
        assert run("render", "docs.jsonl", "--out", "pages/").exit_code == 0
    (folder / "pages" / "x.txt").write_text("An article.\n\nIt has 1,000  5 words: many.")
    result = run("render", "docs.jsonl", "--out", "pages")
    assert result.exit_code == 2
    assert "x.txt may be an article" in result.stderr
    assert (folder / "pages" / "x.txt").read_text().startswith("An article.")
