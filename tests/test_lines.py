from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.render.lines import Line, line_chart, ticks

NUMBERS = st.floats(-1e6, 1e6)
POINTS = st.lists(st.tuples(st.integers(0, 9999), NUMBERS), min_size=1, max_size=9)


def chart(*lines: Line, standalone: bool = False) -> ElementTree.Element:
    made = line_chart(lines, title="A <title>", x_label="x", y_label="y", standalone=standalone)
    return ElementTree.fromstring(made)


@given(NUMBERS, st.floats(1e-3, 1e6), st.integers(2, 9))
def test_ticks_are_round_and_inside(low: float, width: float, most: int) -> None:
    found = ticks(low, low + width, most=most)
    assert len(found) <= most
    assert all(low - width * 1e-6 <= each <= low + width * (1 + 1e-6) for each in found)


def test_ticks() -> None:
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert ticks(0.61, 0.79) == pytest.approx([0.65, 0.7, 0.75])
    assert ticks(0, 2, whole=True) == [0, 1, 2]
    assert ticks(3, 3) == [3]


@given(st.lists(POINTS, min_size=1, max_size=4), st.booleans())
def test_any_points_make_a_chart(lists: list[list[tuple[int, float]]], standalone: bool) -> None:
    lines = [Line(name=f"line {n}", points=sorted(p), style=n) for n, p in enumerate(lists)]
    root = chart(*lines, standalone=standalone)
    shown = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert all(line.name in shown for line in lines)
    for each in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 <= float(each.get("cx") or -1) <= 720
        assert 0 <= float(each.get("cy") or -1) <= 320


def test_names_do_not_overlap() -> None:
    lines = [Line(name=f"line {n}", points=[(0, 0.5), (1, 0.5 + n / 1e4)]) for n in range(5)]
    texts = chart(*lines).iter("{http://www.w3.org/2000/svg}text")
    heights = sorted(float(t.get("y") or 0) for t in texts if (t.text or "").startswith("line"))
    assert all(b - a >= 14.9 for a, b in pairwise(heights))


def test_dots_and_band() -> None:
    line = Line(name="a & b", points=[(1, 1), (2, 2)], dots=[(1, 1.1)], band=[(1, 0, 2), (2, 1, 3)])
    root = chart(line, standalone=True)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 1
    assert "var(" not in ElementTree.tostring(root, encoding="unicode")
