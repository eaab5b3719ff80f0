"""A report of errors in a terminal: counts as tables, then passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contend import scheme
from contend.metrics.breakdown import Breakdown
from contend.metrics.counts import Counts
from contend.metrics.error_report import NONE, ErrorReport, Example, Mark
from contend.metrics.errors import GOLD, KINDS, PREDICTED, RELATION_KINDS, THESIS_KINDS
from contend.metrics.report import UNDEFINED, Report
from contend.render.terminal import showable

_BLANKS = re.compile(r"\s+")

TITLES = {
    "right": "right",
    "label": "wrong label",
    "boundaries": "wrong boundaries",
    "label and boundaries": "wrong label and boundaries",
    "split": "split: one predicted as several",
    "merged": "merged: several predicted as one",
    "missed": "missed",
    "invented": "invented",
}
#: Headings of columns.
SHORT = {
    "right": "right",
    "label": "label",
    "boundaries": "bounds",
    "label and boundaries": "both",
    "split": "split",
    "merged": "merged",
    "missed": "missed",
    "invented": "invented",
}
_LABELS = {scheme.COUNTERCLAIM: "counter"}
_METRICS = {
    "word_macro_f1": "words",
    "admissible_macro_f1": "words",
    "admissible_accuracy": "right",
    "exact_f1": "exact",
    "relation_f1": "relations",
    "thesis_accuracy": "thesis",
}
RELATION_TITLES = {
    "right": "right",
    "boundaries": "wrong boundaries of an end",
    "label": "wrong label",
    "target": "wrong target",
    "no relation": "no relation of the source",
    "end": "an end is not found",
}
THESIS_TITLES = {
    "right": "right",
    "boundaries": "wrong boundaries",
    "another passage": "another passage",
    "none": "none predicted",
}


def show_errors(
    errors: ErrorReport, console: Console, *, by: Sequence[str] = (), n_examples: int = 0
) -> None:
    """Print what went wrong.

    Args:
        errors: of ``find_errors``.
        console: where to print.
        by: keys of ``ErrorReport.by`` to print the counts for.
        n_examples: passages to print of each kind and label.

    Raises:
        ConfigError: if no document has one of the keys.
    """
    groups = [(key, errors.by(key)) for key in by]
    _print(console, "Passages, by gold label, if invented by predicted label", _passages(errors))
    _print(console, "Words: gold label (row), predicted label (column)", _words(errors))
    if errors.relations.any():
        _print(console, "Relations, gold ones and predicted ones", _relations(errors))
    if errors.theses.any():
        _print(console, "Theses", _theses(errors))
    for key, parts in groups:
        table = _table(key, *SHORT.values())
        for name, counts in parts.items():
            cells = (both_sides(each.sum(axis=-1)) for each in counts)
            table.add_row(showable(name, console.encoding), *cells)
        _print(console, f"Passages by {key}", table)
    for kind, examples in groupby(errors.examples(n_examples), key=lambda each: each.kind):
        console.print(Text(f"\n{TITLES[kind].capitalize()}", style="bold"))
        for example in examples:
            _show(example, console)


def show_thresholds(report: Report, console: Console) -> None:
    """Print what ``min_score`` buys at each tenth; nothing if predictions carry no scores."""
    curve = report.risk_coverage
    if curve is None:
        return
    table = _table("min_score", "passages", "coverage", "precision", "recall")
    for tenth in range(10):
        at = curve.at(tenth / 10)
        if at is not None:
            recall = UNDEFINED if at.recall is None else f"{at.recall:.3f}"
            shares = (f"{at.coverage:.3f}", f"{at.precision:.3f}", recall)
            table.add_row(f"{tenth / 10:.1f}", str(at.n_segments), *shares)
    area = f"area under the risk-coverage curve {curve.aurc:.3f}"
    _print(console, f"What min_score buys; {area}", table)


def show_breakdown(breakdown: Breakdown, console: Console) -> None:
    """Print the scores of each group."""
    columns = [short_metric(name) for name in breakdown.parts[0].scores]
    table = _table(breakdown.by, "docs", *columns)
    for part in breakdown.parts:
        values = (score.value for score in part.scores.values())
        shown = (UNDEFINED if value is None else f"{value:.3f}" for value in values)
        table.add_row(showable(part.name, console.encoding), str(part.n_documents), *shown)
    _print(console, f"Scores by {breakdown.by}", table)


def short_metric(name: str) -> str:
    """The heading of a metric's column: ``words``, a label for its words, ``exact``."""
    return _METRICS.get(name) or name.rpartition("/")[2]


def both_sides(counts: Counts) -> str:
    """Gold and predicted counts, shape [2], as one number where they are equal or one is 0."""
    gold, predicted = (int(n) for n in counts)
    if gold == predicted or not (gold and predicted):
        return f"{max(gold, predicted):,}"
    return f"{gold:,} as {predicted:,}"


def pieces(text: str, marks: Sequence[Mark]) -> Iterator[tuple[Mark | None, str]]:
    """``text`` cut at the marks: each mark, or ``None``, with its stretch."""
    end = 0
    for mark in marks:
        if mark.start > end:
            yield None, text[end : mark.start]
        yield mark, text[mark.start : mark.end]
        end = mark.end
    if end < len(text):
        yield None, text[end:]


def _print(console: Console, title: str, table: Table) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(table)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(_LABELS.get(heading, heading), justify="right", no_wrap=True)
    return table


def _passages(errors: ErrorReport) -> Table:
    table = _table("", "gold", "predicted", *errors.labels)
    total = errors.segments.sum(axis=0)
    for kind, counts in zip(KINDS, total, strict=True):
        sides = (f"{int(n):,}" for n in counts.sum(axis=-1))
        # By gold label, or by predicted label where there is no gold.
        by_label = counts[PREDICTED if kind == "invented" else GOLD]
        table.add_row(TITLES[kind], *sides, *(f"{int(n):,}" for n in by_label))
    every = total.sum(axis=0)
    sides = (f"{int(n):,}" for n in every.sum(axis=-1))
    table.add_row("all", *sides, *(f"{int(n):,}" for n in every[GOLD]), style="bold")
    return table


def _words(errors: ErrorReport) -> Table:
    names = [*errors.labels, NONE]
    table = _table("", *names)
    for name, row in zip(names, errors.words.sum(axis=0), strict=True):
        table.add_row(name, *(f"{int(n):,}" for n in row))
    return table


def _relations(errors: ErrorReport) -> Table:
    sides, labels = ("gold", "predicted"), scheme.RELATION_LABELS
    headings = [f"{side}\n{label}" for side in sides for label in labels]
    table = _table("", *headings)
    for place, kind in enumerate(RELATION_KINDS):
        counts = errors.relations.sum(axis=0)[:, place].ravel()
        table.add_row(RELATION_TITLES[kind], *(f"{int(n):,}" for n in counts))
    return table


def _theses(errors: ErrorReport) -> Table:
    table = _table("", "documents")
    for kind, n in zip(THESIS_KINDS, errors.theses.sum(axis=0), strict=True):
        table.add_row(THESIS_TITLES[kind], f"{int(n):,}")
    return table


def _show(example: Example, console: Console) -> None:
    labels = [f"gold {mark.label}" for mark in example.gold]
    labels += [f"predicted {_labelled(mark)}" for mark in example.predicted]
    where = f"{example.document or 'document'} {example.start}:{example.end}"
    console.print(Text(showable(f"\n  {where}  {', '.join(labels)}", console.encoding)))
    spans = {(mark.start, mark.end) for mark in (*example.gold, *example.predicted)}
    if len(spans) == 1:
        _quote(console, example, "", (example.gold or example.predicted)[:1])
        return
    for side, marks in (("gold", example.gold), ("predicted", example.predicted)):
        _quote(console, example, f"{side:<10}", marks)


def _quote(console: Console, example: Example, side: str, marks: Sequence[Mark]) -> None:
    """The passage in its context, what is marked in brackets, labelled if a side is named."""
    parts = [(f"…{example.before}", "dim")]
    for mark, stretch in pieces(example.text, marks):
        named = f"{_labelled(mark)}: " if mark and side else ""
        parts.append((f"[{named}{stretch}]" if mark else stretch, "bold" if mark else ""))
    parts.append((f"{example.after}…", "dim"))
    line = Text(f"  {side}")
    for text, style in parts:
        line.append(showable(_BLANKS.sub(" ", text), console.encoding), style)
    console.print(line)


def _labelled(mark: Mark) -> str:
    return mark.label if mark.score is None else f"{mark.label} {mark.score:.0%}"
