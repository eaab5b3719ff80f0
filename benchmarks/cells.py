"""Records read, and the cells of Markdown tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contend.model.folder import DEFAULT

UNDEFINED = "–"


def read_records(kind: str, results: Path) -> list[dict[str, Any]]:
    """The records whose name begins with ``kind`` and a hyphen, the default model's first."""
    default = f"{kind}-{DEFAULT}"
    files = sorted(
        results.glob(f"{kind}-*.json"), key=lambda file: (file.stem != default, file.stem)
    )
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def read_record(name: str, results: Path) -> dict[str, Any]:
    """The record ``name``; empty if there is none."""
    file = results / f"{name}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def with_interval(score: Mapping[str, Any] | None) -> str:
    """A score and its interval."""
    if score is None or score["value"] is None:
        return UNDEFINED
    if score.get("low") is None:
        return number(score["value"])
    return f"{number(score['value'])} ({number(score['low'])}–{number(score['high'])})"


def number(value: float | None) -> str:
    """A share with three digits, without the zero before the point."""
    return UNDEFINED if value is None else f"{value:.3f}".removeprefix("0")


def table(headings: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table; nothing where there are no rows."""
    if not body:
        return ""
    lines = [headings, ["---"] * len(headings), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
