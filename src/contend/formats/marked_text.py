"""A text as a scrap of HTML in which spans are marked, as xAIF carries it.

Source: https://github.com/arg-tech/OVA3: the HTML of its text field, where a marked passage is
``<span id="node5" class="highlighted">``, a line end ``<br>``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

# Bounded, so that no text makes the search slow.
_TAG = re.compile(
    r"""<(/?)([A-Za-z][A-Za-z0-9]{0,30})((?:"[^"]*"|'[^']*'|[^'"<>])*)>|<!--.{0,5000}?-->""", re.S
)
_ID = re.compile(r"""\bid\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.I)
_BLOCKS = ("div", "p")
_MARKS_HTML = re.compile(r"<(?:span|br|div|p)\b|&(?:amp|lt|gt|quot|nbsp|#\d+);", re.I)


def mark(text: str, spans: Iterable[tuple[str, int, int]]) -> str:
    """``text`` as HTML in which each span is marked.

    Args:
        text: any.
        spans: id, start and end of each, in text order, not overlapping.
    """
    pieces = []
    before = 0
    for name, start, end in spans:
        shown = html.escape(name)
        pieces.append(_escape(text[before:start]))
        pieces.append(f'<span id="{shown}" class="highlighted">{_escape(text[start:end])}</span>')
        before = end
    return "".join([*pieces, _escape(text[before:])])


def unmark(marked: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """The text of a scrap of HTML, and the start and end of each span that has an id.

    ``<br>`` and the beginnings of blocks are line ends; what ``mark`` wrote is read the same.
    """
    pieces: list[str] = []
    places: dict[str, tuple[int, int]] = {}
    opened: list[tuple[str, int]] = []
    length = before = 0

    def add(piece: str) -> None:
        nonlocal length
        if piece:
            pieces.append(piece)
            length += len(piece)

    for tag in _TAG.finditer(marked):
        add(html.unescape(marked[before : tag.start()]))
        before = tag.end()
        closes, name = tag[1], (tag[2] or "").lower()
        if name == "span" and closes:
            if opened:
                key, start = opened.pop()
                places.setdefault(key, (start, length))
        elif name == "span":
            found = _ID.search(tag[3])
            opened.append((html.unescape(found[1].strip("\"'")) if found else "", length))
        elif not closes and (name == "br" or (name in _BLOCKS and _goes_on(pieces))):
            add("\n")
    add(html.unescape(marked[before:]))
    places.pop("", None)
    return "".join(pieces), places


def is_marked(text: str) -> bool:
    """Whether ``text`` looks like HTML."""
    return _MARKS_HTML.search(text) is not None


def _goes_on(pieces: list[str]) -> bool:
    """Whether a line has begun and not ended."""
    return bool(pieces) and not pieces[-1].endswith("\n")


def _escape(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")
