"""Line charts as SVG, written by hand: for a page, whose colours they take, or as a file.

Source: https://www.w3.org/TR/SVG2/
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: Of a chart that stands alone; the same as those of ``contend.css`` in daylight.
COLOURS = ("#1b4f93", "#17663f", "#a32a14", "#6b3a94", "#764b00", "#005f6b", "#93235f", "#4a5260")
_INK, _SOFT, _RULE, _PAPER = "#1d1b18", "#5f5a52", "#d8d2c6", "#fffdf9"
_DASHES = ("", "7 3", "2 3", "9 3 2 3")
_WIDTH, _HEIGHT = 720, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 160, 14, 46  # the names of lines stand on the right
_NAME_HEIGHT = 15

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart.

    Attributes:
        name: stands at its right end.
        points: x and y, in order of x.
        style: number of its colour and, unless it is ``faint``, of its dashes.
        dots: single points, such as those that a line was fitted to.
        band: x, lower and upper end of an area around it.
        faint: thin and dashed, for what is there to compare with.
    """

    name: str
    points: Sequence[Point]
    style: int = 0
    dots: Sequence[Point] = ()
    band: Sequence[tuple[float, float, float]] = ()
    faint: bool = False


def line_chart(
    lines: Sequence[Line], *, title: str, x_label: str, y_label: str, standalone: bool = False
) -> str:
    """A chart with a common scale of all lines; what is on the horizontal axis is counted.

    Args:
        lines: at least one, each with a point or a dot.
        title: what the chart shows, for those who do not see it.
        x_label: what the horizontal axis is.
        y_label: what the vertical axis is.
        standalone: whether it is a file of its own, with its own colours and background.

    Returns:
        An ``svg`` element.
    """
    frame = _Frame.around(lines)
    colours = _Colours(standalone)
    parts = _axes(frame, colours, x_label, y_label)
    for line, y in zip(lines, _name_places(frame, lines), strict=True):
        parts += _drawn(frame, colours, line, y)
    ground = ""
    if standalone:
        ground = f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{_PAPER}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="Avenir Next, Segoe UI, Helvetica, Arial, sans-serif" font-size="12">'
        f"<title>{escape(title)}</title>{ground}{''.join(parts)}</svg>"
    )


def ticks(low: float, high: float, *, most: int = 6, whole: bool = False) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most ``most`` of them: steps of 1, 2 or 5.

    Args:
        low: where they begin at the earliest.
        high: where they end at the latest.
        most: how many, at most.
        whole: whether fractions are out of place.
    """
    if not high > low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    wide_enough = (high - low) / (most - 1)
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if power * factor >= wide_enough)
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The scales: what of the data lies where in the picture."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float

    @classmethod
    def around(cls, lines: Sequence[Line]) -> _Frame:
        points = [point for line in lines for point in (*line.points, *line.dots)]
        points += [(x, y) for line in lines for x, *ends in line.band for y in ends]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        margin = 0.06 * (max(ys) - min(ys)) or abs(max(ys)) * 0.1 or 1.0
        x_high = max(xs) if max(xs) > min(xs) else min(xs) + 1.0
        return cls(min(xs), x_high, min(ys) - margin, max(ys) + margin)

    def at(self, point: Point) -> Point:
        across = (point[0] - self.x_low) / (self.x_high - self.x_low)
        up = (point[1] - self.y_low) / (self.y_high - self.y_low)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )


@dataclass(frozen=True, slots=True)
class _Colours:
    """Colours of a page, by the names of ``contend.css``, or their values in a file."""

    standalone: bool

    @property
    def soft(self) -> str:
        return self._of("soft", _SOFT)

    @property
    def rule(self) -> str:
        return self._of("rule", _RULE)

    def line(self, style: int) -> str:
        place = style % len(COLOURS)
        return self._of(f"c{place}", COLOURS[place])

    def _of(self, name: str, colour: str) -> str:
        return colour if self.standalone else f"var(--{name})"


def _axes(frame: _Frame, colours: _Colours, x_label: str, y_label: str) -> list[str]:
    left, right, bottom = _LEFT, _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for value in ticks(frame.y_low, frame.y_high, most=8):
        _, y = frame.at((frame.x_low, value))
        parts += [
            f'<path d="M{left} {y:.1f}H{right}" style="stroke:{colours.rule}"/>',
            _text(left - 8, y + 4, f"{value:.6g}", colours.soft, "end"),
        ]
    for value in ticks(frame.x_low, frame.x_high, most=8, whole=True):
        x, _ = frame.at((value, frame.y_low))
        parts += [
            f'<path d="M{x:.1f} {bottom}v4" style="stroke:{colours.soft}"/>',
            _text(x, bottom + 17, f"{value:.6g}", colours.soft, "middle"),
        ]
    parts += [
        f'<path d="M{left} {bottom}H{right}" style="stroke:{colours.soft}"/>',
        _text((left + right) / 2, _HEIGHT - 10, x_label, colours.soft, "middle"),
        f'<g transform="translate(13 {(_TOP + bottom) / 2:.0f}) rotate(-90)">'
        f"{_text(0, 0, y_label, colours.soft, 'middle')}</g>",
    ]
    return parts


def _drawn(frame: _Frame, colours: _Colours, line: Line, name_y: float) -> list[str]:
    colour = colours.line(line.style)
    parts = []
    if line.band:
        upper = [frame.at((x, high)) for x, _, high in line.band]
        lower = [frame.at((x, low)) for x, low, _ in reversed(line.band)]
        parts.append(
            f'<path d="{_path([*upper, *lower])}Z" style="fill:{colour}" fill-opacity=".14"/>'
        )
    if len(line.points) > 1:
        dashes = "5 5" if line.faint else _DASHES[line.style % len(_DASHES)]
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(
            f'<path d="{_path([frame.at(point) for point in line.points])}" fill="none" '
            f'stroke-width="{1.4 if line.faint else 2}" style="stroke:{colour}"{dashed}/>'
        )
    # A line of one point would not be seen.
    dots = line.dots or (line.points if len(line.points) == 1 else ())
    for x, y in map(frame.at, dots):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" style="fill:{colour}"/>')
    parts.append(_text(_WIDTH - _RIGHT + 8, name_y + 4, line.name, colour, "start"))
    return parts


def _name_places(frame: _Frame, lines: Sequence[Line]) -> list[float]:
    """Heights of the names: at the ends of the lines, pushed apart where they would overlap."""
    ends = [frame.at((line.points or line.dots)[-1])[1] for line in lines]
    places = [0.0] * len(lines)
    lowest = -math.inf
    for place in sorted(range(len(lines)), key=lambda place: ends[place]):
        places[place] = lowest = max(ends[place], lowest + _NAME_HEIGHT)
    too_low = max(0.0, lowest - (_HEIGHT - _BOTTOM))
    return [place - too_low for place in places]


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _text(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="fill:{colour}">'
        f"{escape(text)}</text>"
    )
