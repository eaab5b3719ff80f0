from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from training_results import curve, summary

from contend.cli import main
from contend.training import learning_curve as curve_module
from contend.training import train as train_module
from contend.training.config import Config, Source
from contend.training.events import Event
from contend.training.processes import ToldByLeaderError

Calls = list[dict[str, Any]]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the commands ask of the library, which does nothing."""
    made_calls: Calls = []

    def train(**options: Any) -> None:
        made_calls.append(options)
        Path(options["out"]).mkdir()
        for kind, values in (("start", {}), ("summary", {"summary": summary()}), ("saved", {})):
            options["on_event"](Event(kind, 1, 1, values))

    def learning_curve(**options: Any) -> dict[str, Any]:
        made_calls.append(options)
        Path(options["out"]).mkdir()
        return curve()

    monkeypatch.setattr(train_module, "train", train)
    monkeypatch.setattr(curve_module, "learning_curve", learning_curve)
    return made_calls


def test_flags_make_a_configuration(calls: Calls, tmp_path: Path) -> None:
    done = run(
        "train", "--data", "a.jsonl", "--data", "b.json", "--from", "doccano", "--dev", "c.jsonl",
        "--start", "minilm", "--epochs", "3", "--patience", "1", "--seed", "7", "--tensorboard",
        "--out", str(tmp_path / "m"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert calls[0]["config"] == Config(
        start="minilm", epochs=3, patience=1, seed=7, tensorboard=True,
        train=(Source(file="a.jsonl", format="doccano"), Source(file="b.json", format="doccano")),
        dev=(Source(file="c.jsonl", format="doccano"),),
    )  # fmt: skip


def test_flags_change_what_the_file_says(calls: Calls, tmp_path: Path) -> None:
    before = Config(epochs=9, patience=2, train=(Source(corpus="cdcp"),), tensorboard=True)
    (tmp_path / "t.toml").write_text(before.to_toml(), encoding="utf-8")
    assert run("train", str(tmp_path / "t.toml"), "--out", str(tmp_path / "a")).exit_code == 0
    args = ("--corpus", "soapbox", "--patience", "0", "--no-tensorboard")
    run("train", str(tmp_path / "t.toml"), *args, "--out", str(tmp_path / "b"))
    assert calls[0]["config"] == before
    assert calls[1]["config"] == Config(
        epochs=9, train=(Source(corpus="soapbox"),), dev=(Source(corpus="soapbox", split="dev"),)
    )


def test_what_the_file_chooses_on_stays_unless_dev_is_told(calls: Calls, tmp_path: Path) -> None:
    before = Config(train=(Source(corpus="cdcp"),), dev=(Source(file="held-out.jsonl"),))
    (tmp_path / "t.toml").write_text(before.to_toml(), encoding="utf-8")

    def dev(*args: str) -> tuple[Source, ...]:
        done = run(
            "train", str(tmp_path / "t.toml"), *args, "--out", str(tmp_path / str(len(calls)))
        )
        assert done.exit_code == 0, done.output
        found: tuple[Source, ...] = calls[-1]["config"].dev
        return found

    assert dev("--data", "a.jsonl") == dev("--corpus", "soapbox") == before.dev
    assert dev("--dev", "b.jsonl") == (Source(file="b.jsonl"),)


def test_the_summary_becomes_a_page(calls: Calls, tmp_path: Path) -> None:
    out = tmp_path / "m"
    done = run("train", "--corpus", "soapbox", "--out", str(out))
    assert "1/1 start: " in done.stderr
    assert done.stdout.splitlines() == [
        f"The model is in {out}; to use it: contend analyze --model {out} FILE",
        f"How it went: {out / 'summary.html'}",
    ]
    assert "A training, summed up" in (out / "summary.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["train", "learning-curve"])
def test_usage(calls: Calls, tmp_path: Path, command: str) -> None:
    out = str(tmp_path / "m")
    assert run(command, "--data", "a.jsonl").exit_code == 2
    done = run(command, "--out", out)
    assert done.exit_code == 2
    assert "nothing to learn from: give CONFIG.toml, --corpus or --data" in done.stderr
    assert run(command, "--data", "a", "--from", "xyz", "--out", out).exit_code == 2
    assert calls == []


def test_processes_that_follow_are_silent(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    done = run("train", "--corpus", "soapbox", "--out", str(tmp_path / "a"))
    assert (done.exit_code, done.stdout) == (0, "")
    done = run("learning-curve", "--corpus", "soapbox", "--out", str(tmp_path / "b"))
    assert (done.exit_code, done.output) == (0, "")

    def fail(**options: Any) -> None:
        raise ToldByLeaderError("process 0: no documents")

    monkeypatch.setattr(train_module, "train", fail)
    monkeypatch.setattr(curve_module, "learning_curve", fail)
    for command in ("train", "learning-curve"):
        done = run(command, "--corpus", "soapbox", "--out", str(tmp_path / "c"))
        assert (done.exit_code, done.output) == (1, "")


def test_learning_curve(calls: Calls, tmp_path: Path) -> None:
    out = tmp_path / "curve"
    done = run(
        "learning-curve", "--data", "a.jsonl", "--dev", "b.jsonl", "--epochs", "2",
        "--sizes", "10,50%", "--draws", "2", "--ahead", "5,20", "--out", str(out),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (call,) = calls
    assert call["config"] == Config(
        epochs=2, train=(Source(file="a.jsonl"),), dev=(Source(file="b.jsonl"),)
    )
    assert (call["sizes"], call["draws"], call["ahead"]) == (["10", "50%"], 2, [5, 20])
    assert (out / "learning-curve.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "80 (+50)  expected" in done.stdout
    assert "On these 5 dev documents" in done.stdout
    out.rename(tmp_path / "before")
    again = run("learning-curve", "--corpus", "soapbox", "--json", "--out", str(out))
    assert json.loads(again.stdout) == json.loads(json.dumps(curve()))
    for ahead in ("0", "x", "5,,6"):
        done = run("learning-curve", "--corpus", "a", "--ahead", ahead, "--out", str(out))
        assert done.exit_code == 2
        assert f"--ahead {ahead}: expected numbers of documents" in done.stderr
