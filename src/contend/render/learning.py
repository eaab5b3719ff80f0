"""A learning curve as a picture and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contend.render.lines import Line, line_chart

if TYPE_CHECKING:
    from rich.table import Table

_TITLES = {
    "word_macro_f1": "words, macro F1",
    "exact_f1": "exact segments, F1",
    "relation_f1": "relations, F1",
}


def learning_svg(result: Mapping[str, Any]) -> str:
    """The picture, an SVG file: a dot for each run, curves, and how sure they are.

    Args:
        result: what ``training.learning_curve`` gives.
    """
    lines = []
    for style, (name, title) in enumerate(_TITLES.items()):
        dots = [
            (run["n_documents"], run["scores"][name])
            for run in result["runs"]
            if name in run["scores"]
        ]
        if not dots:
            continue
        curve = result["curves"].get(name)
        points = [(p["n_documents"], p["score"]) for p in curve["line"]] if curve else []
        band = [(p["n_documents"], p["low"], p["high"]) for p in curve["line"]] if curve else []
        lines.append(Line(name=title, points=points, dots=dots, band=band, style=style))
        before = result["start"]["scores"].get(name)
        if before is not None:
            ends = [x for x, _ in points or dots]
            reach = [(min(ends), before), (max(ends), before)]
            lines.append(
                Line(name=f"{result['start']['name']} as it is", points=reach, style=style,
                     faint=True)
            )  # fmt: skip
    return line_chart(
        lines,
        title="Scores on dev by the number of training documents",
        x_label=f"training documents (there are {result['n_documents']})",
        y_label="score on dev",
        standalone=True,
    )


def learning_table(result: Mapping[str, Any]) -> Table:
    """The table: what was measured for each size, then what more documents should bring."""
    from rich.table import Table

    names = [name for name in _TITLES if any(name in run["scores"] for run in result["runs"])]
    table = Table(box=None, pad_edge=False)
    for heading in ("documents", "runs", *(_TITLES[name] for name in names)):
        table.add_column(heading, justify="right")
    if result["start"]["scores"]:
        cells = [_number(result["start"]["scores"].get(name)) for name in names]
        table.add_row(f"0 ({result['start']['name']})", "", *cells)
    for size in sorted({run["n_documents"] for run in result["runs"]}):
        runs = [run for run in result["runs"] if run["n_documents"] == size]
        table.add_row(str(size), str(len(runs)), *(_spread(runs, name) for name in names))
    curves = [result["curves"].get(name) for name in names]
    first = next((curve for curve in curves if curve), None)
    for place, point in enumerate(first["ahead"] if first else ()):
        cells = [_promise(curve["ahead"][place]) if curve else "" for curve in curves]
        more = point["n_documents"] - result["n_documents"]
        table.add_row(f"{point['n_documents']} (+{more})", "expected", *cells)
    return table


def _spread(runs: list[Mapping[str, Any]], name: str) -> str:
    scores = [run["scores"][name] for run in runs if name in run["scores"]]
    if not scores:
        return ""
    mean = sum(scores) / len(scores)
    if len(scores) == 1:
        return _number(mean)
    return f"{_number(mean)} ({_number(min(scores))}–{_number(max(scores))})"


def _promise(point: Mapping[str, float]) -> str:
    gains = f"{point['gain_low']:+.3f} to {point['gain_high']:+.3f}"
    return f"{_number(point['score'])} ({gains.replace('0.', '.')})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".replace("0.", ".", 1)
