from __future__ import annotations

import re
from itertools import pairwise

import pytest
import tiny_model
from hypothesis import given
from hypothesis import strategies as st

from contend.errors import ConfigError
from contend.model.examples import make_example
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.training.parts import Part, choose, plan_parts
from contend.training.sources import Group


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.lists(st.integers(1, 100), min_size=1, max_size=5),
    st.integers(1, 3),
)
def test_parts_are_nested_and_keep_proportions(
    n_by_source: list[int], percent: list[int], draws: int
) -> None:
    parts = plan_parts(n_by_source, [f"{each}%" for each in percent], draws)
    assert len(set(parts)) == len(parts) <= len(set(percent)) * draws
    assert {part.draw for part in parts} == set(range(1, draws + 1))
    sizes = [part.by_source for part in parts if part.draw == 1]
    for smaller, larger in pairwise(sizes):
        assert all(a <= b for a, b in zip(smaller, larger, strict=True))
    (only,) = plan_parts(n_by_source, [f"{percent[0]}%"], 1)
    assert only.n_documents == max(1, round(sum(n_by_source) * percent[0] / 100))
    for n, whole in zip(only.by_source, n_by_source, strict=True):
        assert (only.n_documents >= len(n_by_source)) <= n <= whole
        assert abs(n - whole * percent[0] / 100) <= len(n_by_source)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), st.data())
def test_a_number_gives_that_number(n_by_source: list[int], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, sum(n_by_source)))
    (part,) = plan_parts(n_by_source, [str(number)], 1)
    assert part.n_documents == number
    assert min(part.by_source) >= (number >= len(n_by_source))


def test_sizes_by_number() -> None:
    parts = plan_parts([30, 10], ["10", "20", "40", "100%"], 1)
    assert [part.by_source for part in parts] == [(8, 2), (15, 5), (30, 10)]
    parts = plan_parts([5, 5, 5], ["1", "6", "7", "8"], 1)
    assert [part.by_source for part in parts] == [(1, 0, 0), (2, 2, 2), (3, 2, 2), (3, 3, 2)]


@pytest.mark.parametrize("size", ["0", "41", "half", "", "0%", "101%", "-5", "1.5", "nan%"])
def test_sizes_that_cannot_be(size: str) -> None:
    with pytest.raises(ConfigError, match=f"size '{re.escape(size)}': expected a share such as"):
        plan_parts([30, 10], [size], 1)


def test_a_smaller_part_lies_in_a_larger_one(tokenizer: TextTokenizer) -> None:
    examples = tuple(make_example(d, tokenizer, LABELS) for d in tiny_model.documents())
    groups = [Group("a", examples, 0.5), Group("b", examples[:3], 1.0)]

    def ids(draw: int, *by_source: int) -> list[list[str]]:
        chosen = choose(groups, Part(draw, by_source), seed=13)
        assert [(group.name, group.share) for group in chosen] == [("a", 0.5), ("b", 1.0)]
        return [[example.document.id for example in group.examples] for group in chosen]

    small, large = ids(1, 2, 1), ids(1, 4, 2)
    assert [len(part) for part in large] == [4, 2]
    assert all(set(a) < set(b) for a, b in zip(small, large, strict=True))
    (only,) = choose(groups, Part(1, (2, 0)), seed=13)
    assert (only.name, len(only.examples)) == ("a", 2)
    assert ids(1, 6, 3) == [[f"d{n}" for n in range(6)], ["d0", "d1", "d2"]]
    assert len({tuple(ids(draw, 3, 1)[0]) for draw in range(1, 9)}) > 1
