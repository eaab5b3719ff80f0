from __future__ import annotations

import sys
from typing import Any

import pytest

from contend.cli.watch import Watch, _duration
from contend.training.events import Event

LOSSES = {
    "tag": 1.5, "label": 0.25, "relation": 2.0, "thesis": 3.0,
    "learning_rate": 1e-4, "duration_s": 1.0,
}  # fmt: skip


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def play(watch: Watch, clock: Clock, *, n_steps: int, first: int = 0, pace: float = 2.0) -> None:
    watch(Event("start", first, n_steps, {"n_parameters": 7}))
    for step in range(first + 1, n_steps + 1):
        clock.now += pace
        watch(Event("step", step, n_steps, LOSSES))
    watch(Event("epoch", n_steps, n_steps, {"epoch": 1, "exact_f1": 0.5}))


def test_lines_from_time_to_time(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Watch(clock=clock) as watch:
        play(watch, clock, n_steps=1000)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "0/1000 start: n_parameters 7"
    assert lines[1] == "1/1000 step: tag 1.5, label 0.25, relation 2, thesis 3, eta_s 1998"
    assert lines[2].startswith("6/1000 step: ")
    assert lines[-1] == "1000/1000 epoch: epoch 1, exact_f1 0.5"
    assert len(lines) == 2 + 1000 / 5


def test_remaining_time_counts_from_where_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Watch(clock=clock) as watch:
        play(watch, clock, n_steps=200, first=100, pace=5.0)
    said = capsys.readouterr().err
    assert "101/200 step: tag 1.5, label 0.25, relation 2, thesis 3, eta_s 495" in said


def test_of_a_learning_curve_only_runs_and_steps(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Watch(brief=True, clock=clock) as watch:
        watch(Event("run", 0, 0, {"run": 2, "n_runs": 6, "n_documents": 20, "draw": 1}))
        play(watch, clock, n_steps=2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "2/6 run: run 2, n_runs 6, n_documents 20, draw 1"
    assert [line.split(":")[0] for line in lines[1:]] == ["2/6 1/2 step"]


def test_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    clock = Clock()
    with Watch(clock=clock) as watch:
        watch(Event("run", 0, 0, {"run": 1, "n_runs": 2, "n_documents": 20, "draw": 1}))
        play(watch, clock, n_steps=30)
        watch(Event("run", 0, 0, {"run": 2, "n_runs": 2, "n_documents": 20, "draw": 2}))
        play(watch, clock, n_steps=4)
    shown = capsys.readouterr().err
    assert "1/2 30/30 epoch: epoch 1, exact_f1 0.5" in shown
    assert "2/2 4/4 epoch: epoch 1, exact_f1 0.5" in shown
    assert "evaluating, saving" in shown


def test_the_summary_is_handed_on() -> None:
    given: list[dict[str, Any]] = []
    with Watch(given.append) as watch:
        watch(Event("summary", 1, 1, {"summary": {"name": "x"}}))
    assert given == [{"name": "x"}]


def test_durations() -> None:
    assert _duration(None) == ""
    assert _duration(59.6) == "1:00 left"
    assert _duration(3725) == "1:02:05 left"
