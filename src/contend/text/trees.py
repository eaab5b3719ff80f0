"""Maximum spanning arborescence: which segment each segment supports or attacks.

Source: Chu and Liu 1965, "On the shortest arborescence of a directed graph"; Edmonds 1967,
"Optimum branchings"; for parsing, McDonald et al. 2005 (https://aclanthology.org/H05-1066).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def decode_tree(scores: NDArray[np.float64], root: int) -> NDArray[np.int64]:
    """The best tree over all nodes in which every edge leads towards ``root``.

    Args:
        scores: score of the edge from a node (row) to its target (column), shape [n, n]; the
            diagonal and the row of the root do not count. ``-inf`` forbids an edge.
        root: the node without a target.

    Returns:
        The target of each node, shape [n]; -1 for the root.
    """
    n = len(scores)
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    # A finite floor keeps sums comparable where every edge of a node is forbidden.
    finite = np.where(np.isfinite(scores), scores, -1e6)
    np.fill_diagonal(finite, -np.inf)
    heads = _arborescence(finite, root)
    heads[root] = -1
    return heads


def _arborescence(scores: NDArray[np.float64], root: int) -> NDArray[np.int64]:
    n = len(scores)
    heads: NDArray[np.int64] = scores.argmax(axis=1)
    heads[root] = root
    cycle = _find_cycle(heads, root)
    if cycle is None:
        return heads
    # Contract the cycle into one node, solve, and open the cycle where the solution enters it.
    inside = np.zeros(n, dtype=bool)
    inside[cycle] = True
    outer = np.flatnonzero(~inside)
    kept = scores[cycle, heads[cycle]]
    leaving = scores[np.ix_(cycle, outer)] - kept[:, None]  # a cycle node drops its cycle edge
    entering = scores[np.ix_(outer, cycle)]
    contracted = np.full((len(outer) + 1, len(outer) + 1), -np.inf)
    contracted[:-1, :-1] = scores[np.ix_(outer, outer)]
    contracted[-1, :-1] = leaving.max(axis=0)
    contracted[:-1, -1] = entering.max(axis=1)
    new_root = int(np.flatnonzero(outer == root)[0])
    solved = _arborescence(contracted, new_root)
    for place, node in enumerate(outer):
        head = solved[place]
        heads[node] = cycle[entering[place].argmax()] if head == len(outer) else outer[head]
    target = solved[-1]
    opened = leaving[:, target].argmax()
    heads[cycle[opened]] = outer[target]
    heads[root] = root
    return heads


def _find_cycle(heads: NDArray[np.int64], root: int) -> NDArray[np.int64] | None:
    """The nodes of one cycle that does not pass through the root, ``None`` if there is none."""
    state = np.zeros(len(heads), dtype=np.int64)  # 0 not seen, else the walk that saw it
    state[root] = -1
    for start in range(len(heads)):
        node = start
        while state[node] == 0:
            state[node] = start + 1
            node = int(heads[node])
        if state[node] == start + 1:
            cycle = [node]
            while heads[cycle[-1]] != node:
                cycle.append(int(heads[cycle[-1]]))
            return np.array(cycle)
    return None
