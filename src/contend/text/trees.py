"""Maximum spanning arborescence: which segment each segment supports or attacks.

Source: Chu and Liu 1965, "On the shortest arborescence of a directed graph"; Edmonds 1967,
"Optimum branchings"; in the dense form of Tarjan 1977, "Finding optimum branchings"; for
parsing, McDonald et al. 2005 (https://aclanthology.org/H05-1066).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A finite floor keeps sums comparable where every edge of a node is forbidden.
_FORBIDDEN = -1e6


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
    graph = _Graph(scores)
    settled = np.zeros(n, dtype=bool)
    settled[root : root + 1] = True
    for start in range(n):
        # Follow the best edges; a cycle on the way becomes one node, from which it goes on.
        path = [] if settled[start] else [start]
        while path:
            target = graph.choose(path[-1])
            if settled[target]:
                settled[path] = True
                break
            if target in path:
                place = path.index(target)
                settled[path[place + 1 :]] = True  # they live on in ``target``
                graph.contract(path[place:])
                del path[place + 1 :]
            else:
                path.append(target)
    return graph.targets()


class _Graph:
    """A graph whose cycles are contracted, one row and column for each node.

    A contracted node takes the row and column of the cycle's first node. Nodes are numbered on,
    so that a node's number is less than that of the node which it was contracted into.
    """

    def __init__(self, scores: NDArray[np.float64]) -> None:
        n = len(scores)
        self.scores = np.where(np.isfinite(scores), scores, _FORBIDDEN).astype(np.float64)
        np.fill_diagonal(self.scores, -np.inf)
        # The edge of the given graph that stands behind each edge: n * node + target.
        self.edges = np.arange(n * n).reshape(n, n)
        self.node = list(range(n))  # of each row
        self.chosen = [-1] * n  # edge, of each node
        self.within: list[int] = [-1] * n  # the node into which each node was contracted

    def choose(self, row: int) -> int:
        """Choose the best edge of a row; the row that it leads to."""
        target = int(self.scores[row].argmax())
        self.chosen[self.node[row]] = int(self.edges[row, target])
        return target

    def contract(self, cycle: list[int]) -> None:
        """Make one node of the rows of ``cycle``, each of which has chosen the next one."""
        first, others = cycle[0], cycle[1:]
        every = np.arange(len(self.scores))
        rows = np.array(cycle)
        # An edge that leaves the cycle takes the place of the cycle's own edge of that node.
        leaving = self.scores[rows] - self.scores[rows, np.roll(rows, -1)][:, None]
        best = leaving.argmax(axis=0)
        self.scores[first] = leaving[best, every]
        self.edges[first] = self.edges[rows[best], every]
        best = rows[self.scores[:, rows].argmax(axis=1)]
        self.scores[:, first] = self.scores[every, best]
        self.edges[:, first] = self.edges[every, best]
        self.scores[:, others] = -np.inf
        self.scores[first, first] = -np.inf
        for row in cycle:
            self.within[self.node[row]] = len(self.chosen)
        self.node[first] = len(self.chosen)
        self.chosen.append(-1)
        self.within.append(-1)

    def targets(self) -> NDArray[np.int64]:
        """The target of each given node, -1 for the one that chose none."""
        n = len(self.scores)
        for node in range(len(self.chosen) - 1, n - 1, -1):
            # The contracted node's edge leaves from one node of the cycle: there it opens.
            opened = self.chosen[node] // n
            while self.within[opened] != node:
                opened = self.within[opened]
            self.chosen[opened] = self.chosen[node]
        return np.array([edge % n if edge >= 0 else -1 for edge in self.chosen[:n]], dtype=np.int64)
