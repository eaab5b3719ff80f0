from __future__ import annotations

import itertools
import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from contend.text.trees import decode_tree


def is_tree(heads: NDArray[np.int64], root: int) -> bool:
    """Whether every node reaches the root, which alone has no target."""
    if heads[root] != -1 or (np.delete(heads, root) < 0).any():
        return False
    at = np.arange(len(heads))
    for _ in range(len(heads)):
        at = np.where(at == root, root, heads[at])
    return bool((at == root).all())


def total(scores: NDArray[np.float64], heads: NDArray[np.int64]) -> float:
    return float(sum(scores[node, head] for node, head in enumerate(heads.tolist()) if head >= 0))


@cache
def all_trees(n: int, root: int) -> list[NDArray[np.int64]]:
    others = [node for node in range(n) if node != root]
    trees = []
    for choice in itertools.product(range(n), repeat=n - 1):
        heads = np.full(n, -1)
        heads[others] = choice
        if is_tree(heads, root):
            trees.append(heads)
    return trees


def best_total(scores: NDArray[np.float64], root: int) -> float:
    return max(total(scores, heads) for heads in all_trees(len(scores), root))


@given(st.integers(1, 5), st.integers(0, 10**6), st.booleans(), st.data())
def test_against_all_trees(n: int, seed: int, ties: bool, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-3, 4, (n, n)).astype(float) if ties else rng.normal(size=(n, n)) * 5
    root = data.draw(st.integers(0, n - 1))
    given_scores = scores.copy()
    heads = decode_tree(scores, root)
    assert (scores == given_scores).all()
    assert heads.dtype == np.int64
    assert is_tree(heads, root)
    assert total(scores, heads) == pytest.approx(best_total(scores, root))


@given(st.integers(2, 5), st.integers(0, 10**6))
def test_forbidden_edges_are_not_taken_if_there_is_another_way(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.where(rng.random((n, n)) < 0.5, rng.normal(size=(n, n)), -np.inf)
    best = best_total(scores, 0)
    heads = decode_tree(scores, 0)
    assert is_tree(heads, 0)
    if np.isfinite(best):
        assert total(scores, heads) == pytest.approx(best)


def test_diagonal_and_row_of_the_root_do_not_count() -> None:
    scores = np.array([[9.0, 9.0, 9.0], [1.0, 99.0, 2.0], [3.0, 1.0, 99.0]])
    assert decode_tree(scores, 0).tolist() == [-1, 2, 0]


def test_no_nodes_and_one_node() -> None:
    assert decode_tree(np.zeros((0, 0)), 0).tolist() == []
    assert decode_tree(np.full((1, 1), -np.inf), 0).tolist() == [-1]
    assert decode_tree(np.full((3, 3), -np.inf), 1)[1] == -1


PLACE = np.arange(257.0)
ADVERSARIAL = {
    "random": np.random.default_rng(0).normal(size=(257, 257)),
    "all equal": np.zeros((257, 257)),
    # Each cycle that is contracted forms the next one with the following node.
    "nested cycles": -np.maximum.outer(PLACE, PLACE),
    "nested cycles, other end": np.minimum.outer(PLACE, PLACE),
    "neighbours": -np.abs(np.subtract.outer(PLACE, PLACE)) * 1.5**0.5,
    "root far away": np.where(PLACE[None, :] == 0, -1e5, -np.maximum.outer(PLACE, PLACE)),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
@pytest.mark.parametrize("root", [0, 128, 256])
def test_many_nodes_in_little_time_and_stack(name: str, root: int) -> None:
    started = time.process_time()
    heads = decode_tree(ADVERSARIAL[name], root)
    assert time.process_time() - started < 2
    assert is_tree(heads, root)
