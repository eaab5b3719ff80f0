"""What trainings and learning curves leave, made up: for tests of what shows it."""

from __future__ import annotations

import json
from typing import Any

import tiny_model

from contend.document import Document, with_segments
from contend.training.history import History
from contend.training.learning_curve import _curves
from contend.training.summary import Before, summarize

DEV = tiny_model.documents(prefix="v")


def history(n_epochs: int = 3, steps: int = 500) -> History:
    made = History()
    for epoch in range(n_epochs):
        made.losses += [[3.0 - epoch, 1.0, 0.0, 0.0, 0.0]] * steps
        made.end_epoch({"word_macro_f1": 0.5 + epoch / 10, "exact_f1": 0.4}, epoch % 2)
    return made


def wrong(documents: list[Document]) -> list[Document]:
    """Predictions that miss every second segment."""
    return [with_segments(d, d.segments[::2], ()) for d in documents]


def summary(
    *, before: Before | None = None, dev: list[Document] | None = None, also: int = 0
) -> dict[str, Any]:
    dev = DEV if dev is None else dev
    made = summarize(
        tiny_model.config("small", epochs=6),
        history(),
        before or Before(reason="it is a bare encoder"),
        n_documents={"mine <&>": 20},
        n_also_in_training=also,
        dev=dev,
        predicted=dev,
    )
    written: dict[str, Any] = json.loads(json.dumps(made, allow_nan=False))
    return written


def curve(n_draws: int = 2, before: bool = True) -> dict[str, Any]:
    """A result as a training would give it."""
    runs = [
        {"n_documents": n, "by_source": [n], "draw": draw,
         "scores": {"word_macro_f1": 0.7 - 1 / n + draw / 100, "exact_f1": 0.5 + n / 1000}}
        for n in (10, 20, 30) for draw in range(n_draws)
    ]  # fmt: skip
    scores = {"word_macro_f1": 0.5} if before else {}
    return {
        "n_documents": 30, "sources": {"mine": 30}, "n_dev_documents": 5,
        "start": {"name": "small", "scores": scores, "reason": ""}, "runs": runs,
        **_curves(runs, 30, (10, 50)),
    }  # fmt: skip
