"""A report of errors as text and as a page, and the charts in it."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest
from rich.console import Console
from test_html import Page

from contend.document import Document, Relation, Segment, with_segments
from contend.evaluation import evaluate
from contend.metrics.breakdown import break_down
from contend.metrics.calibration import ReliabilityBin
from contend.metrics.error_report import find_errors
from contend.metrics.selective import risk_coverage
from contend.render.charts import reliability_chart, risk_coverage_chart
from contend.render.error_page import error_page
from contend.render.errors import show_breakdown, show_errors, show_thresholds

TEXT = "Shut the road. Critics say it is needed. In 2019 nine people died there. Shut it now!"
SPANS = [(0, 14), (15, 40), (41, 72), (73, 85)]
LABELS = ["claim", "counterclaim", "evidence", "claim"]


def document(labels, *, id="a", score=None, spans=SPANS, relations=(), thesis=None, outlet="Post"):
    segments = [
        Segment(*span, label, place == thesis, score)
        for place, (span, label) in enumerate(zip(spans, labels, strict=True))
        if label
    ]
    return Document(TEXT, tuple(segments), tuple(relations), id, {"outlet": outlet})


GOLD = [
    document(LABELS, thesis=0, relations=[Relation(1, 0, "attacks")]),
    document(LABELS, id="b", outlet="Times"),
]
PREDICTED = [
    document(
        ["claim", "claim", "evidence"],
        spans=[(0, 14), (15, 40), (41, 85)],
        score=0.75,
        thesis=1,
        relations=[Relation(1, 0, "supports")],
    ),
    document(["claim", "evidence", "evidence", "claim"], id="b", score=0.5),
]


@pytest.fixture
def report():
    return evaluate(lambda _: PREDICTED, GOLD, corpus="mine", split="dev", n_resamples=20)


@pytest.fixture
def errors(report):
    return find_errors(report.gold, report.predicted)


def shown(show, width=80, encoding="utf-8"):
    buffer = io.BytesIO()
    file = io.TextIOWrapper(buffer, encoding=encoding)
    console = Console(file=file, width=width, color_system=None, highlight=False)
    show(console)
    file.flush()
    return buffer.getvalue().decode(encoding)


def test_the_text_says_what_went_wrong(errors):
    text = shown(lambda console: show_errors(errors, console, by=["outlet"], n_examples=2))
    lines = text.splitlines()
    passages = lines[: next(n for n, line in enumerate(lines) if line.startswith("Words:"))]
    rows = {line[:34].strip(): line[34:].split() for line in passages}
    assert rows["right"][:2] == ["4", "4"]
    assert rows["wrong label"][:2] == ["2", "2"]
    assert rows["merged: several predicted as one"][:2] == ["2", "1"]
    assert rows["all"][:2] == ["8", "7"]
    post = next(line for line in lines if line.startswith("Post ")).split()
    assert post == ["Post", "1", "1", "0", "0", "0", "2", "as", "1", "0", "0"]
    assert "a 15:40  gold counterclaim, predicted claim 75%" in text
    assert "…Shut the road. [Critics say it is needed.] In 2019 nine people died there." in text
    assert "  gold      …" in text
    assert "[evidence: In 2019 nine people died there.] [claim: Shut it now!]" in " ".join(
        text.split()
    )
    assert "another passage" in text
    assert max(map(len, lines)) <= 80


def test_what_was_not_annotated_is_not_shown():
    gold = with_segments(GOLD[1], GOLD[1].segments)
    text = shown(lambda console: show_errors(find_errors([gold], [gold]), console))
    assert "Relations" not in text
    assert "Theses" not in text


def test_thresholds_and_groups_as_text(report):
    text = shown(lambda console: show_thresholds(report, console))
    rows = [line.split() for line in text.splitlines() if line[:2] == "0."]
    assert rows[0][:3] == ["0.0", "7", "1.000"]
    assert rows[-1][:3] == ["0.7", "3", "0.429"]
    by_outlet = shown(lambda console: show_breakdown(break_down(report, "outlet"), console))
    assert by_outlet.splitlines()[2].split()[:4] == ["outlet", "docs", "words", "claim"]
    assert by_outlet.splitlines()[3].startswith("Post ")
    unscored = evaluate(lambda _: GOLD, GOLD)
    assert shown(lambda console: show_thresholds(unscored, console)) == ""


def test_text_that_a_terminal_would_obey_is_shown_harmless():
    text = "\x1b[31mShut it.\ud800 Now."
    gold = Document(text, (Segment(0, len(text), "claim"),), id="a\x07")
    errors = find_errors([gold], [with_segments(gold, ())])
    for encoding in ("utf-8", "ascii"):
        output = shown(
            lambda console: show_errors(errors, console, n_examples=1), encoding=encoding
        )
        assert "\x1b" not in output
        assert "\x07" not in output
        assert "Shut it." in output


def test_the_page_is_whole_and_says_the_same(report, errors):
    html = error_page(report, errors, breakdowns=[break_down(report, "outlet")], n_examples=2)
    page = Page(re.sub(r"<(path|circle|polyline|rect)([^>]*)/>", "", html))
    assert "svg" in page.tags
    assert "http" not in re.sub(r"http://www\.w3\.org\S*", "", html)  # nothing is fetched
    assert len(set(page.ids)) == len(page.ids)
    for piece in (
        "mine / dev",
        "2 documents",
        "counterclaim for claim 1",
        "merged: several predicted as one",
        "a 15:40 · gold counterclaim, predicted claim 0.75",
        '<mark class="seg l2" style="--p:0.6">Critics say it is needed.</mark>',
        "By outlet",
        "min_score",
    ):
        assert piece in html, piece
    assert html.count("<svg") == 2 + html.count('<td class="bar">')


def test_a_page_without_scores_relations_and_groups():
    report = evaluate(lambda _: [GOLD[1]], [GOLD[1]])
    html = error_page(report, find_errors(report.gold, report.predicted))
    assert "What scores say" not in html
    assert "Relations" not in html
    assert "1 document" in html
    Page(re.sub(r"<rect[^>]*/>", "", html))


def test_what_stands_in_texts_and_names_is_escaped():
    text = "<script>alert(1)</script> & so on."
    gold = Document(text, (Segment(0, len(text), "<b>"),), id="<i>", meta={"outlet": "<u>"})
    found = with_segments(gold, [Segment(0, 9, "<b>", score=0.5)])
    report = evaluate(lambda _: [found], [gold], corpus="<s>")
    html = error_page(
        report,
        find_errors([gold], [found]),
        breakdowns=[break_down(report, "outlet")],
    )
    for tag in ("script", "b", "i", "u", "s"):
        assert f"<{tag}>" not in html
    assert "&lt;script&gt;" in html


def test_charts_are_svg_and_put_points_where_they_belong(report):
    bins = (
        ReliabilityBin(low=0.0, high=0.2, n_segments=4, mean_score=0.1, precision=0.25),
        ReliabilityBin(low=0.8, high=1.0, n_segments=4, mean_score=1.0, precision=1.0),
    )
    svg = ElementTree.fromstring(reliability_chart(bins, title="<&>"))
    space = {"": "http://www.w3.org/2000/svg"}
    assert svg.find("title", space).text == "<&>"
    circles = svg.findall("circle", space)
    assert [(float(c.get("cx")), float(c.get("cy"))) for c in circles] == [
        (46 + 30, 28 + 225),
        (46 + 300, 28),
    ]
    assert "0.10: 0.25" in svg.find("desc", space).text
    curve = risk_coverage(report.gold, report.predicted)
    svg = ElementTree.fromstring(risk_coverage_chart(curve))
    first = svg.findall("circle", space)[0]
    assert float(first.get("cx")) == 346.0  # all are kept
    assert float(first.get("cy")) == pytest.approx(28 + 300 * curve.risk, abs=0.05)
    assert ElementTree.fromstring(reliability_chart(())).tag.endswith("svg")
