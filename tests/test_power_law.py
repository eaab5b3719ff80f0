from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contend.errors import ConfigError
from contend.training import power_law as module
from contend.training.power_law import PowerLaw

SIZES = np.repeat([10, 20, 30, 40], 3)


@pytest.fixture(autouse=True, scope="module")
def few_replicates() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_N_REPLICATES", 200)
        yield


def test_exact_scores_are_fitted_exactly() -> None:
    c = float(module._EXPONENTS[40])
    scores = 0.8 - 0.9 * SIZES**-c
    law = PowerLaw.fit(SIZES, scores)
    assert (law.a, law.b, law.c) == pytest.approx((0.8, 0.9, c))
    assert law.noise == pytest.approx(0.0, abs=1e-9)
    ahead = law.predict(80, now=40)
    assert ahead.score == pytest.approx(0.8 - 0.9 * 80**-c)
    assert ahead.gain == pytest.approx(ahead.score - scores[-1])
    assert ahead.low == pytest.approx(ahead.high) == pytest.approx(ahead.score)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_it_never_falls_and_never_leaves_the_possible(scores: list[float]) -> None:
    law = PowerLaw.fit(SIZES, scores)
    assert law.b >= 0
    assert law.a <= 1
    points = [law.predict(n, now=40) for n in (40, 50, 100, 1000)]
    assert points[0].gain == points[0].gain_low == points[0].gain_high == 0
    for one, other in pairwise(points):
        assert one.score <= other.score + 1e-12
        assert other.gain_low >= -1e-12
    assert all(p.low <= p.high <= 1 + 1e-12 for p in points)


def test_scores_that_fall_promise_nothing() -> None:
    law = PowerLaw.fit(SIZES, 0.7 - SIZES * 0.002)
    assert law.predict(100, now=40).gain == 0


@pytest.mark.parametrize(("a", "b", "c"), [(0.8, 0.6, 0.5), (0.7, 0.3, 0.3), (0.75, 1.5, 1.0)])
def test_the_interval_holds_what_it_promises(a: float, b: float, c: float) -> None:
    rng = np.random.default_rng(0)
    expected = a - b * 140**-c
    held = 0
    for seed in range(40):
        scores = a - b * SIZES**-c + rng.normal(0, 0.02, len(SIZES))
        point = PowerLaw.fit(SIZES, scores, seed=seed).predict(140, now=40)
        held += point.low <= expected <= point.high
    assert held >= 36


def test_too_few_runs() -> None:
    for sizes in ([10, 10, 20, 20], [10, 20, 30], []):
        with pytest.raises(ConfigError, match="at least 3 sizes and two draws"):
            PowerLaw.fit(sizes, [0.5] * len(sizes))
