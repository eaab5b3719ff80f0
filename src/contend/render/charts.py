"""Charts as SVG, written by hand: whether scores are probabilities, and what a threshold buys.

They stand alone as files and inside a page, whose colours they take over.

Source: https://www.w3.org/TR/SVG2/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from contend.metrics.calibration import ReliabilityBin
from contend.metrics.selective import RiskCoverage

_SIZE = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 28, 42
_WIDTH, _HEIGHT = _LEFT + _SIZE + _RIGHT, _TOP + _SIZE + _BOTTOM
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_FONT = "font-family:system-ui,'Segoe UI',Roboto,'Liberation Sans',sans-serif;font-size:11px"
_INK, _SOFT, _RULE = "var(--ink,#1d1b18)", "var(--soft,#5f5a52)", "var(--rule,#d8d2c6)"
_FIRST, _SECOND = "var(--c0,#1b4f93)", "var(--c2,#a32a14)"

Point = tuple[float, float]


def reliability_chart(bins: Sequence[ReliabilityBin], *, title: str = "Reliability") -> str:
    """Mean score against precision of each bin, and how many segments the bins hold.

    On the diagonal scores are probabilities; below it they promise too much.

    Args:
        bins: of ``reliability_bins``, from low to high scores.
        title: above the chart.

    Returns:
        An SVG element; dots have the area of their bins.
    """
    most = max((each.n_segments for each in bins), default=1)
    dots = [
        f'<circle cx="{_x(each.mean_score):.1f}" cy="{_y(each.precision):.1f}" '
        f'r="{2 + 3 * (each.n_segments / most) ** 0.5:.1f}" fill="{_FIRST}">'
        f"<title>{each.n_segments} segments scored {each.low:.2f} to {each.high:.2f}: "
        f"mean {each.mean_score:.3f}, right {each.precision:.3f}</title></circle>"
        for each in bins
    ]
    line = _line([(each.mean_score, each.precision) for each in bins], _FIRST)
    ideal = _line([(0, 0), (1, 1)], _SOFT, dashed=True)
    described = "; ".join(f"{each.mean_score:.2f}: {each.precision:.2f}" for each in bins)
    return _chart(
        title,
        "mean score",
        "part that is right",
        [ideal, line, *dots],
        f"Mean score and part that is right of {len(bins)} bins. {described}",
    )


def risk_coverage_chart(curve: RiskCoverage, *, title: str = "What min_score buys") -> str:
    """Coverage against precision, one point for each threshold, and the precision of all.

    Args:
        curve: of ``risk_coverage``.
        title: above the chart.

    Returns:
        An SVG element.
    """
    points = [(each.coverage, each.precision) for each in curve.thresholds]
    recall = [(each.coverage, each.recall) for each in curve.thresholds if each.recall is not None]
    marks = []
    for tenth in range(10):
        threshold = curve.at(tenth / 10)
        if threshold is None:
            break
        marks.append(
            f'<circle cx="{_x(threshold.coverage):.1f}" cy="{_y(threshold.precision):.1f}" r="3" '
            f'fill="{_FIRST}"><title>min_score {tenth / 10:.1f}: {threshold.coverage:.0%} of the '
            f"segments, {threshold.precision:.0%} of them right</title></circle>"
        )
    level = _line([(0, 1 - curve.risk), (1, 1 - curve.risk)], _SOFT, dashed=True)
    legend = "".join(
        f'<text x="{_x(0.98):.0f}" y="{_y(height):.0f}" text-anchor="end" fill="{colour}">{what}'
        "</text>"
        for height, colour, what in (
            (0.12, _FIRST, "precision, a dot for each tenth of min_score"),
            (0.06, _SECOND, "recall"),
        )
    )
    return _chart(
        title,
        "coverage: part of the segments that is kept",
        "part that is right, or found",
        [level, _line(points, _FIRST), _line(recall, _SECOND), *marks, legend],
        f"Precision rises from {1 - curve.risk:.2f} where all segments are kept to "
        f"{points[-1][1]:.2f} where {points[-1][0]:.0%} are. Area under the risk-coverage curve "
        f"{curve.aurc:.3f}",
    )


def _chart(title: str, x_label: str, y_label: str, marks: Iterable[str], described: str) -> str:
    """The frame that both axes from 0 to 1 have, and ``marks`` in it."""
    grid = []
    for tick in _TICKS:
        x, y = f"{_x(tick):.1f}", f"{_y(tick):.1f}"
        grid += [
            f'<path d="M{x} {_TOP}V{_TOP + _SIZE}M{_LEFT} {y}H{_LEFT + _SIZE}" stroke="{_RULE}" '
            'fill="none"/>',
            f'<text x="{x}" y="{_TOP + _SIZE + 15}" text-anchor="middle" fill="{_SOFT}">{tick:.1f}'
            "</text>",
            f'<text x="{_LEFT - 6}" y="{float(y) + 4:.1f}" text-anchor="end" fill="{_SOFT}">'
            f"{tick:.1f}</text>",
        ]
    middle = _TOP + _SIZE / 2
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'width="{_WIDTH}" height="{_HEIGHT}" role="img" style="{_FONT}">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(described)}</desc>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="var(--paper,#fffdf9)"/>',
            f'<text x="{_LEFT}" y="17" fill="{_INK}" style="font-size:13px;font-weight:600">'
            f"{escape(title)}</text>",
            *grid,
            f'<text x="{_LEFT + _SIZE / 2:.0f}" y="{_HEIGHT - 8}" text-anchor="middle" '
            f'fill="{_SOFT}">{escape(x_label)}</text>',
            f'<text transform="translate(12 {middle:.0f}) rotate(-90)" text-anchor="middle" '
            f'fill="{_SOFT}">{escape(y_label)}</text>',
            *marks,
            "</svg>",
        ]
    )


def _line(points: Sequence[Point], colour: str, *, dashed: bool = False) -> str:
    places = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    dashes = ' stroke-dasharray="4 4"' * dashed
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.5"{dashes}/>'


def _x(value: float) -> float:
    return _LEFT + _SIZE * value


def _y(value: float) -> float:
    return _TOP + _SIZE * (1 - value)
