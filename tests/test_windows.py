from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.text.windows import plan_windows


def check(n: int, size: int, overlap: int) -> None:
    windows = plan_windows(n, size=size, overlap=overlap)
    kept = [place for w in windows for place in range(w.keep_start, w.keep_end)]
    assert kept == list(range(n))
    for place, window in enumerate(windows):
        assert 0 <= window.start <= window.keep_start < window.keep_end <= window.end <= n
        assert window.end - window.start <= size
        if place:
            assert window.keep_start - window.start >= overlap // 2
            assert windows[place - 1].end - window.start == overlap
        if place + 1 < len(windows):
            assert window.end - window.keep_end >= overlap // 2
    if windows:
        lengths = [w.end - w.start for w in windows]
        assert max(lengths) - min(lengths) <= 1
        # One window fewer would not cover the sequence.
        assert (len(windows) - 1) * (size - overlap) + overlap < n or len(windows) == 1
        assert (len(windows) == 1) == (n <= size)


def test_small_plans_exhaustively() -> None:
    for size in range(1, 13):
        for overlap in range(size):
            for n in range(61):
                check(n, size, overlap)


@given(st.integers(0, 10**5), st.integers(1, 600), st.data())
def test_large_plans(n: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    if n < 20_000 or size - overlap > 20:
        check(n, size, overlap)


def test_windows_of_a_model() -> None:
    windows = plan_windows(1000, size=510, overlap=96)
    assert [(w.start, w.end) for w in windows] == [(0, 397), (301, 698), (602, 1000)]
    assert [w.keep_end for w in windows] == [349, 650, 1000]


@pytest.mark.parametrize(("size", "overlap"), [(4, 4), (4, -1), (0, 0)])
def test_impossible_sizes(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="expected 0 <= overlap < size"):
        plan_windows(10, size=size, overlap=overlap)
