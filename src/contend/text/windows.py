"""Overlapping windows over a sequence of any length, and one value per place out of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of tokens that the encoder reads at once.

    The kept parts of all windows tile the sequence: every token is read in at least one window
    and its result is taken from exactly one, where it stands furthest from the window's edges.

    Attributes:
        start, end: the tokens read, half-open.
        keep_start, keep_end: the tokens whose results are taken from this window.
    """

    start: int
    end: int
    keep_start: int
    keep_end: int


def plan_windows(n_tokens: int, *, size: int, overlap: int) -> list[Window]:
    """Windows of nearly equal length, at most ``size``, that cover ``n_tokens`` tokens.

    Args:
        n_tokens: length of the sequence.
        size: the most tokens a window may have.
        overlap: how many tokens neighbours share, less than ``size``.

    Returns:
        The windows in order; none for an empty sequence.

    Raises:
        ValueError: if ``overlap`` is negative or not less than ``size``.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"expected 0 <= overlap < size, found overlap {overlap}, size {size}")
    if n_tokens <= 0:
        return []
    n_windows = 1 + max(0, -(-(n_tokens - size) // (size - overlap)))
    # Where each window begins, and the last one's end less the overlap: equal shares, rounded.
    steps = [(n_tokens - overlap) * k // n_windows for k in range(n_windows + 1)]
    if n_windows == 1:
        return [Window(0, n_tokens, 0, n_tokens)]
    spans = [(steps[k], steps[k + 1] + overlap) for k in range(n_windows)]
    edges = [0, *(start + overlap // 2 for start, _ in spans[1:]), n_tokens]
    return [Window(start, end, edges[k], edges[k + 1]) for k, (start, end) in enumerate(spans)]
