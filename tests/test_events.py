from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from contend.errors import MissingDependencyError
from contend.training import events as module
from contend.training.events import LOG, TENSORBOARD, Event, Events


def step(number: int, loss: float = 1.0) -> Event:
    return Event("step", number, 9, {"tag": loss, "learning_rate": 1e-3})


def test_all_but_steps_are_logged_and_everything_is_told(tmp_path: Path) -> None:
    told: list[Event] = []
    events = Events(tmp_path, told.append)
    shown = [Event("start", 0, 9), step(1), Event("epoch", 1, 9, {"epoch": 1, "exact_f1": 0.5})]
    for event in (*shown, Event("summary", 9, 9, {"summary": {}})):
        events.emit(event)
    events.close()
    assert [event.kind for event in told] == ["start", "step", "epoch", "summary"]
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert lines == [
        {"kind": "start", "step": 0},
        {"kind": "epoch", "step": 1, "epoch": 1, "exact_f1": 0.5},
    ]
    events.forget()
    assert list(tmp_path.iterdir()) == []


def test_one_that_follows_is_silent(tmp_path: Path) -> None:
    told: list[Event] = []
    events = Events(tmp_path, told.append, silent=True)
    events.emit(Event("start", 0, 9))
    events.close()
    assert told == list(tmp_path.iterdir()) == []


def test_tensorboard_is_asked_for_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'contend\[tensorboard\]'"):
        Events(tmp_path, print, tensorboard=True)
    Events(tmp_path, print)


def test_tensorboard_reads_what_is_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra 'tensorboard'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    first = Events(tmp_path, lambda event: None, tensorboard=True)
    for event in (Event("start", 0, 9), step(1, 3.0), step(2, 2.0), step(3, 9.0)):
        first.emit(event)
    first.close()
    # Stopped after a checkpoint at step 2: what came after it is done again.
    again = Events(tmp_path, lambda event: None, tensorboard=True)
    for event in (Event("start", 2, 9), step(3, 1.0)):
        again.emit(event)
    again.emit(Event("epoch", 3, 9, {"epoch": 1, "word_f1/claim": 0.5}))
    again.emit(Event("saved", 3, 9, {"exact_f1": 0.75}))
    again.close()
    board = EventAccumulator(str(tmp_path / TENSORBOARD))
    board.Reload()
    tags = {"training/tag", "training/learning_rate", "dev/word_f1.claim", "model/exact_f1"}
    assert set(board.Tags()["scalars"]) == tags
    assert [(e.step, e.value) for e in board.Scalars("training/tag")] == [(1, 3), (2, 2), (3, 1)]
    assert board.Scalars("dev/word_f1.claim")[0].value == 0.5
    again.forget()
    assert list(tmp_path.iterdir()) == []
