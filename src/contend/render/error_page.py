"""A report of errors as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from contend.metrics.breakdown import Breakdown
from contend.metrics.counts import Counts
from contend.metrics.error_report import NONE, ErrorReport, Example, Mark
from contend.metrics.errors import GOLD, KINDS, PREDICTED, RELATION_KINDS, THESIS_KINDS
from contend.metrics.report import UNDEFINED, Report
from contend.render.charts import reliability_chart, risk_coverage_chart
from contend.render.errors import RELATION_TITLES, THESIS_TITLES, TITLES, both_sides, pieces
from contend.render.html import environment, label_styles

_SHOWN = (
    "word_macro_f1", "word_f1/", "exact_f1", "exact_f1/", "overlap50_f1", "untyped_f1",
    "relation_f1", "relation_f1_unlabelled", "thesis_accuracy", "calibration_error",
)  # fmt: skip


def error_page(
    report: Report,
    errors: ErrorReport,
    *,
    breakdowns: Sequence[Breakdown] = (),
    n_examples: int = 3,
) -> str:
    """Scores, what went wrong how often, whether scores are probabilities, and passages.

    Args:
        report: of ``evaluate``.
        errors: of ``find_errors`` over the same documents.
        breakdowns: scores to show by group; errors are shown by the same groups.
        n_examples: passages of each kind and label.
    """
    styles = label_styles([*report.gold, *report.predicted])
    curve = report.risk_coverage
    models = {str(each.meta["model"]) for each in report.predicted if each.meta.get("model")}
    facts = {
        "title": " / ".join(filter(None, (report.corpus, report.split))) or "evaluation",
        "model": ", ".join(sorted(models)),
        "n_documents": len(report.gold),
        "labels": [(label, styles[label]) for label in errors.labels],
        "kinds": [TITLES[kind].partition(":")[0] for kind in KINDS],
    }
    return (
        environment()
        .get_template("errors.html")
        .render(
            **facts,
            scores=_scores(report),
            passages=_passages(errors),
            words=_words(errors),
            confusions=errors.confusions(),
            relations=_relations(errors),
            theses=_theses(errors),
            charts=[
                *([reliability_chart(report.reliability)] if report.reliability else []),
                *([risk_coverage_chart(curve)] if curve else []),
            ],
            curve=curve,
            thresholds=[(f"{n / 10:.1f}", curve.at(n / 10)) for n in range(10)] if curve else [],
            breakdowns=[_broken_down(each, errors) for each in breakdowns],
            examples=[
                (kind, TITLES[kind], [_Shown.of(example, styles) for example in of])
                for kind, of in groupby(errors.examples(n_examples), key=lambda each: each.kind)
            ],
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch of an example; ``tag`` says what it is marked as, ``style`` how it looks."""

    text: str
    tag: str
    style: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An example as the template sees it: one line for each side, one where they are alike."""

    where: str
    before: str
    after: str
    marks: list[str]
    lines: list[tuple[str, list[_Piece]]]

    @classmethod
    def of(cls, example: Example, styles: Mapping[str, int]) -> _Shown:
        spans = {(mark.start, mark.end) for mark in (*example.gold, *example.predicted)}
        sides = [("gold", example.gold), ("predicted", example.predicted)]
        if len(spans) == 1:
            # One line is enough; its colour is the gold's, where there is gold.
            sides = [("", (example.gold or example.predicted)[:1])]
        return cls(
            where=f"{example.document or 'document'} {example.start}:{example.end}",
            before=f"…{example.before}",
            after=f"{example.after}…",
            marks=[f"gold {mark.label}" for mark in example.gold]
            + [f"predicted {_labelled(mark)}" for mark in example.predicted],
            lines=[
                (side, [*_pieces(example.text, marks, styles, tagged=bool(side))])
                for side, marks in sides
            ],
        )


def _pieces(
    text: str, marks: Sequence[Mark], styles: Mapping[str, int], *, tagged: bool
) -> list[_Piece]:
    return [
        _Piece(
            text=stretch,
            tag=_labelled(mark) if mark and tagged else "",
            style=styles[mark.label] if mark else None,
        )
        for mark, stretch in pieces(text, marks)
    ]


def _labelled(mark: Mark) -> str:
    return mark.label if mark.score is None else f"{mark.label} {mark.score:.2f}"


def _scores(report: Report) -> list[tuple[str, bool, list[str]]]:
    """Name, whether it is a part of the one before, and cells, in the order of ``_SHOWN``."""
    names = [
        name
        for wanted in _SHOWN
        for name in report.scores
        if name == wanted or (wanted.endswith("/") and name.startswith(wanted))
    ]
    if not names:
        names = list(report.scores)
    rows = []
    for name in names:
        score = report.scores[name]
        interval = "" if score.low is None else f"{score.low:.3f} to {score.high:.3f}"
        shares = ["", ""]
        if "tp" in score.counts:
            shares = [_number(score.precision), _number(score.recall)]
        _, is_part, label = name.partition("/")
        rows.append((label or name, bool(is_part), [_number(score.value), interval, *shares]))
    return rows


def _number(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.3f}"


def _passages(errors: ErrorReport) -> list[dict[str, Any]]:
    total = errors.segments.sum(axis=0)
    n_gold = max(total[:, GOLD].sum(), 1)
    rows = []
    for kind, counts in zip(KINDS, total, strict=True):
        gold, predicted = counts.sum(axis=-1)
        by_label = counts[PREDICTED if kind == "invented" else GOLD]
        rows.append(
            {
                "title": TITLES[kind],
                "gold": f"{int(gold):,}",
                "predicted": f"{int(predicted):,}",
                "share": f"{max(gold, predicted) / n_gold:.4f}",
                "right": kind == "right",
                "labels": [f"{int(n):,}" for n in by_label],
            }
        )
    return rows


def _words(errors: ErrorReport) -> dict[str, Any]:
    """The confusion of words; shares are of a row."""
    names = [*errors.labels, NONE]
    table = errors.words.sum(axis=0)
    rows = []
    for place, (name, row) in enumerate(zip(names, table, strict=True)):
        total = max(row.sum(), 1)
        cells = [
            {"n": f"{int(n):,}", "share": f"{100 * n / total:.0f}", "right": place == column}
            for column, n in enumerate(row)
        ]
        rows.append((name, cells, f"{int(row.sum()):,}"))
    return {"names": names, "rows": rows}


def _relations(errors: ErrorReport) -> list[tuple[str, list[str]]]:
    if not errors.relations.any():
        return []
    total = errors.relations.sum(axis=0)
    return [
        (RELATION_TITLES[kind], [f"{int(n):,}" for n in total[:, place].ravel()])
        for place, kind in enumerate(RELATION_KINDS)
    ]


def _theses(errors: ErrorReport) -> list[tuple[str, str]]:
    total = errors.theses.sum(axis=0)
    if not total.any():
        return []
    return [
        (THESIS_TITLES[kind], f"{int(n):,}") for kind, n in zip(THESIS_KINDS, total, strict=True)
    ]


def _broken_down(breakdown: Breakdown, errors: ErrorReport) -> dict[str, Any]:
    groups: dict[str, Counts] = errors.by(breakdown.by)
    return {
        "by": breakdown.by,
        "metrics": list(breakdown.parts[0].scores),
        "scores": [
            (part.name, part.n_documents, [_number(each.value) for each in part.scores.values()])
            for part in breakdown.parts
        ],
        "errors": [
            (name, [both_sides(each.sum(axis=-1)) for each in counts])
            for name, counts in groups.items()
        ],
    }
