"""The page that sums up a training: was it worth it, what does it confuse, did it learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contend.metrics.report import UNDEFINED
from contend.render.html import environment
from contend.render.lines import Line, line_chart

#: The scores of the tables, by name; those of a label follow the one before.
_SCORES = {
    "word_macro_f1": "words, macro F1",
    "word_f1": "words",
    "exact_f1": "exact segments, F1",
    "overlap50_f1": "segments that overlap by half, F1",
    "relation_f1": "relations, F1",
    "thesis_accuracy": "thesis",
}
_SHOWN_BY_LABEL = ("word_f1",)
_CURVES = ("word_macro_f1", "exact_f1", "relation_f1")
_LOSSES = {
    "tag": "tags", "label": "labels", "relation": "relations", "thesis": "thesis",
    "teacher": "teacher",
}  # fmt: skip
_SIGNIFICANT = 0.05


def summary_page(summary: Mapping[str, Any]) -> str:
    """One self-contained HTML page.

    Args:
        summary: what ``training.summary.summarize`` gives and ``summary.json`` holds.
    """
    from markupsafe import Markup

    dev, comparison = summary["dev"], summary["comparison"]
    return (
        environment()
        .get_template("summary.html")
        .render(
            summary=summary,
            training=summary["training"],
            dev=dev,
            comparison=comparison,
            verdict=_verdict(comparison, dev),
            compared=_compared(comparison),
            scores=_scores(dev),
            loss_chart=Markup(_loss_chart(summary["losses"])),
            dev_chart=Markup(_dev_chart(summary["epochs"], comparison)),
            confusion=_confusion(dev),
            errors=_errors(dev),
        )
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a table of scores; numbers are written out, ``part`` is a label's."""

    name: str
    part: bool
    cells: tuple[str, ...]
    better: str = ""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A number of a table, and how large a part of its row it is, in percent."""

    n: str
    share: int
    right: bool


def _verdict(comparison: Mapping[str, Any], dev: Mapping[str, Any] | None) -> str:
    if not comparison["scores"]:
        return f"Not compared with its start: {comparison['reason']}."
    score = comparison["scores"].get("word_macro_f1")
    if score is None or dev is None:
        return f"Compared with its start, {comparison['with']}."
    difference, p = score["difference"], score["p_value"]
    where = f"on the {dev['n_documents']} documents of dev"
    if p > _SIGNIFICANT:
        return (
            f"No clear difference from its start, {comparison['with']}, {where}: words, macro F1 "
            f"{_signed(difference)} (p = {p:.2g}). More dev documents would tell smaller "
            "differences."
        )
    word = "Better" if difference > 0 else "Worse"
    return (
        f"{word} than its start, {comparison['with']}, {where}: words, macro F1 "
        f"{_signed(difference)} (p = {p:.2g})."
    )


def _compared(comparison: Mapping[str, Any]) -> list[_Row]:
    rows = []
    for name, title, part in _named(comparison["scores"]):
        score = comparison["scores"][name]
        interval = UNDEFINED
        if score["low"] is not None:
            interval = f"{_signed(score['low'])} to {_signed(score['high'])}"
        clear = score["p_value"] <= _SIGNIFICANT and score["difference"] != 0
        cells = (
            _number(score["before"]),
            _number(score["after"]),
            _signed(score["difference"]),
            interval,
            f"{score['p_value']:.3f}",
        )
        better = ("better" if score["difference"] > 0 else "worse") if clear else ""
        rows.append(_Row(title, part, cells, better))
    return rows


def _scores(dev: Mapping[str, Any] | None) -> list[_Row]:
    if dev is None:
        return []
    rows = []
    for name, title, part in _named(dev["scores"]):
        score = dev["scores"][name]
        if score["value"] is None:
            continue
        interval = UNDEFINED
        if score["low"] is not None:
            interval = f"{_number(score['low'])} to {_number(score['high'])}"
        shares = [_number(score["precision"]), _number(score["recall"])]
        if "tp" not in score["counts"]:
            shares = ["", ""]
        rows.append(_Row(title, part, (_number(score["value"]), interval, *shares)))
    return rows


def _named(scores: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Name, title and whether it is a label's, of those that a table shows."""
    found = []
    for name, title in _SCORES.items():
        if name in scores:
            found.append((name, title, False))
        if name in _SHOWN_BY_LABEL:
            labels = [each for each in scores if each.startswith(f"{name}/")]
            found += [(each, each.partition("/")[2], True) for each in labels]
    return found


def _loss_chart(losses: Sequence[Mapping[str, float]]) -> str:
    if not losses:
        return ""
    lines = [
        Line(
            name=title,
            points=[(part["step"], part.get(name, 0.0)) for part in losses],
            style=style,
        )
        for style, (name, title) in enumerate(_LOSSES.items())
        if any(part.get(name) for part in losses)  # older summaries know fewer losses
    ]
    return (
        line_chart(lines, title="Losses by step", x_label="step", y_label="loss") if lines else ""
    )


def _dev_chart(epochs: Sequence[Mapping[str, Any]], comparison: Mapping[str, Any]) -> str:
    lines = []
    for style, name in enumerate(_CURVES):
        points = [(float(e["epoch"]), e["scores"][name]) for e in epochs if name in e["scores"]]
        before = comparison["scores"].get(name)
        if before is not None:
            # The start as it was, before the first epoch.
            points.insert(0, (0.0, before["before"]))
        if points:
            title = _SCORES[name].removesuffix(", F1")
            lines.append(Line(name=title, points=points, style=style, dots=points))
    if not lines:
        return ""
    return line_chart(
        lines, title="Scores on dev by epoch", x_label="epoch (0: its start)", y_label="score"
    )


def _confusion(dev: Mapping[str, Any] | None) -> list[tuple[str, list[_Cell]]]:
    """Rows of the table of words: the gold label, and cells by predicted label."""
    if dev is None:
        return []
    rows = []
    for place, words in enumerate(dev["confusion"]["words"]):
        total = max(1, sum(words))
        cells = [
            _Cell(f"{n:,}", round(100 * n / total), column == place)
            for column, n in enumerate(words)
        ]
        rows.append((dev["confusion"]["labels"][place], cells))
    return rows


def _errors(dev: Mapping[str, Any] | None) -> list[tuple[str, int, list[int], int, int]]:
    """For each label: annotated, what became of them by kind, predicted, invented."""
    if dev is None:
        return []
    errors = dev["errors"]
    invented = errors["kinds"].index("invented")
    rows = []
    for place, label in enumerate(errors["labels"]):
        gold = [counts[place] for counts in errors["gold"]]
        predicted = [counts[place] for counts in errors["predicted"]]
        rows.append((label, sum(gold), gold[:invented], sum(predicted), predicted[invented]))
    return rows


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".replace("0.", ".", 1)


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("0.", ".", 1).replace("-", "−")
