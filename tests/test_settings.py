from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest

from contend.errors import ModelError
from contend.model.settings import Settings


def test_round_trip_through_json() -> None:
    settings = Settings(
        labels=("a", "b"), window_tokens=128, overlap_tokens=32, thesis=False, thesis_label="a",
        switch_penalty=0.5, label_bias={"b": 1.5}, score_weights=(0.1, 0.2, 0.3),
        score_bias={"a": -1.0},
    )  # fmt: skip
    again = Settings.from_dict(json.loads(json.dumps(settings.to_dict())), "x")
    assert again == settings
    assert Settings.from_dict({"labels": ["a"]}, "x") == Settings(labels=("a",))
    with pytest.raises(FrozenInstanceError):
        settings.thesis = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "x: .*labels"),
        ({"labels": ["a"], "new": 1}, "x: unknown settings new; .* pip install -U contend"),
        ({"labels": ["a"], "window_tokens": None}, "found 96 and None"),
        ({"labels": ["a"], "window_tokens": 98}, "found 96 and 98"),
    ],
)
def test_impossible_settings(data: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Settings.from_dict(data, "x")
