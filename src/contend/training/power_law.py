"""How a score grows with the number of documents: ``a - b * n ** -c``, fitted and drawn on.

Source: Hestness et al. 2017, Deep Learning Scaling is Predictable, Empirically
(https://arxiv.org/abs/1712.00409), for the form of the curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contend.errors import ConfigError

Floats = NDArray[np.float64]

_EXPONENTS = np.geomspace(0.05, 3.0, 80)
_N_REPLICATES = 2000
_TAIL = 2.5  # percent on either side of an interval
FEWEST_SIZES = 3


@dataclass(frozen=True, slots=True)
class Prediction:
    """A score that is expected with more documents.

    Attributes:
        n_documents: with how many.
        score: the expected score, on average over draws.
        low, high: its 95 % interval.
        gain: how much more that is than with all documents there are.
        gain_low, gain_high: its 95 % interval.
    """

    n_documents: int
    score: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float


@dataclass(frozen=True, slots=True, eq=False)
class PowerLaw:
    """A fitted curve and the others that would have fitted as well.

    Attributes:
        a, b, c: the score is ``a - b * n ** -c``.
        noise: standard deviation of a single run around the curve.
        replicates: the same three numbers of curves that were fitted to other draws of the
            noise, shape [n_replicates, 3].
    """

    a: float
    b: float
    c: float
    noise: float
    replicates: Floats

    @classmethod
    def fit(cls, sizes: Sequence[float], scores: Sequence[float], *, seed: int = 0) -> PowerLaw:
        """Fit the scores of several runs by least squares; it never falls and ends at 1 at most.

        The replicates are a parametric bootstrap: the curve plus noise, fitted again. The noise
        is what runs of the same size differ by or what runs differ from the curve, whichever is
        more, and how little so few runs tell of it is drawn as well.

        Args:
            sizes: the number of documents of each run.
            scores: the score of each run, at most 1.
            seed: start of the random numbers.

        Raises:
            ConfigError: if there are fewer than three sizes, or none has two runs.
        """
        n, y = np.asarray(sizes, dtype=np.float64), np.asarray(scores, dtype=np.float64)
        distinct = np.unique(n)
        if len(distinct) < FEWEST_SIZES or len(n) == len(distinct):
            raise ConfigError(
                f"a learning curve needs at least {FEWEST_SIZES} sizes and two draws of one of "
                f"them, found {len(distinct)} sizes and {len(n)} runs"
            )
        a, b, c = _fit(n, y[None, :])[0]
        fitted = a - b * n**-c
        within = sum(((y[n == size] - y[n == size].mean()) ** 2).sum() for size in distinct)
        n_free = len(n) - len(distinct)
        around = ((y - fitted) ** 2).sum() / max(1, len(n) - 3)
        noise = float(np.sqrt(max(within / n_free, around)))
        rng = np.random.default_rng(seed)
        spread = noise * np.sqrt(n_free / rng.chisquare(n_free, _N_REPLICATES))
        drawn = fitted + spread[:, None] * rng.standard_normal((_N_REPLICATES, len(n)))
        return cls(float(a), float(b), float(c), noise, _fit(n, drawn))

    def predict(self, n_documents: int, *, now: int) -> Prediction:
        """The expected score with ``n_documents``, and how much more that is than with ``now``."""
        then = self._scores(n_documents)
        gains = then - self._scores(now)
        low, high = np.percentile(then[1:], [_TAIL, 100 - _TAIL])
        gain_low, gain_high = np.percentile(gains[1:], [_TAIL, 100 - _TAIL])
        return Prediction(
            n_documents, float(then[0]), float(low), float(high),
            float(gains[0]), float(gain_low), float(gain_high),
        )  # fmt: skip

    def _scores(self, n: float) -> Floats:
        """Of the curve, then of the replicates."""
        a, b, c = np.concatenate([[[self.a, self.b, self.c]], self.replicates]).T
        scores: Floats = a - b * n**-c
        return scores


def _fit(n: Floats, scores: Floats) -> Floats:
    """``a``, ``b``, ``c`` for each row of scores [n_rows, n_runs]: a grid over c, the rest solved.

    For a given c the curve is a line in ``n ** -c``; where the best line would fall with n or
    end above 1, the nearest one that does not is taken.
    """
    best = np.full(len(scores), np.inf)
    found = np.zeros((len(scores), 3))
    scale = n.max()
    for c in _EXPONENTS:
        x = (n / scale) ** -c
        centred = x - x.mean()
        b = -(scores @ centred) / (centred @ centred)
        a = scores.mean(axis=1) + b * x.mean()
        above = a > 1.0
        b = np.where(above, (1.0 - scores) @ x / (x @ x), b)
        a = np.where(above, 1.0, a)
        flat = b < 0.0
        b, a = np.where(flat, 0.0, b), np.where(flat, scores.mean(axis=1), a)
        error = ((scores - a[:, None] + b[:, None] * x) ** 2).sum(axis=1)
        better = error < best
        best = np.where(better, error, best)
        found[better] = np.stack([a, b * scale**c, np.full_like(a, c)], axis=1)[better]
    return found
