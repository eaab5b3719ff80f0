"""Nested random parts of the training documents.

A draw puts the documents of every source in an order of its own; a part of a draw is the beginning
of each order, so parts of a draw are nested and keep the proportions of the sources, as far as
whole documents can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from contend.errors import ConfigError
from contend.training.sources import Group


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the training documents.

    Attributes:
        draw: the number of its draw, from 1.
        by_source: how many documents of each source; of some none, if there are fewer
            documents than sources.
    """

    draw: int
    by_source: tuple[int, ...]

    @property
    def n_documents(self) -> int:
        """How many documents it has."""
        return sum(self.by_source)

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.n_documents:05}-{self.draw}"


def plan_parts(n_by_source: Sequence[int], sizes: Sequence[str], draws: int) -> list[Part]:
    """The parts of all sizes and draws, the smallest first.

    Args:
        n_by_source: how many documents there are of each source.
        sizes: shares or numbers.
        draws: how many parts of each size.

    Raises:
        ConfigError: if a size is no share and no number, or there are not so many documents.
    """
    total = sum(n_by_source)
    found = {_by_source(n_by_source, _number(size, total)) for size in sizes}
    return [
        Part(draw, by_source)
        for by_source in sorted(found, key=sum)
        for draw in range(1, draws + 1)
    ]


def choose(groups: Sequence[Group], part: Part, seed: int) -> list[Group]:
    """The documents of a part."""
    chosen = []
    for place, (group, n_documents) in enumerate(zip(groups, part.by_source, strict=True)):
        order = np.random.default_rng((seed, part.draw, place)).permutation(len(group.examples))
        if not n_documents:
            continue
        # In the order of the source, so that all of it is the source itself.
        kept = sorted(order[:n_documents].tolist())
        chosen.append(replace(group, examples=tuple(group.examples[index] for index in kept)))
    return chosen


def _by_source(n_by_source: Sequence[int], number: int) -> tuple[int, ...]:
    """So many documents, in proportion to the sources, of each at least one if that is possible.

    One after the other is taken of the source that is furthest behind (Sainte-Laguë), because
    largest remainders may take fewer of a source when there are more in all: no nested parts.
    """
    taken = [0] * len(n_by_source)
    for _ in range(number):
        behind = [(not t, n / (2 * t + 1)) for n, t in zip(n_by_source, taken, strict=True)]
        taken[behind.index(max(behind))] += 1
    return tuple(taken)


def _number(size: str, total: int) -> int:
    """How many documents of ``total`` a share or a number is."""
    number = size.strip().removesuffix("%").strip()
    try:
        share = float(number) / 100 if size.strip().endswith("%") else int(number) / total
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise ConfigError(
            f"size {size!r}: expected a share such as 25%, or a number of documents from 1 to "
            f"{total}, which is all there are"
        )
    return max(1, round(share * total))
