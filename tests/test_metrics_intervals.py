"""Intervals and comparisons against loops over the definition, and scipy."""

from __future__ import annotations

import numpy as np
import pytest

from contend.errors import ConfigError
from contend.metrics import bootstrap_interval, compare, micro_f1, resampling_weights
from contend.metrics.counts import accuracy


def some_counts(n_documents: int = 30, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 9, (n_documents, 3, 3)).astype(float)


def test_weights_draw_as_many_documents_as_there_are():
    weights = resampling_weights(7, n_resamples=50)
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert (weights == resampling_weights(7, n_resamples=50, seed=0)).all()
    assert (weights != resampling_weights(7, n_resamples=50, seed=1)).any()


def test_interval_is_that_of_the_resampled_documents():
    counts = some_counts()
    weights = resampling_weights(len(counts), n_resamples=200)
    scores = []
    for row in weights.astype(int):
        drawn = np.repeat(np.arange(len(counts)), row)
        scores.append(float(micro_f1(counts[drawn].sum(axis=0))))
    interval = bootstrap_interval(counts, micro_f1, weights)
    expected = np.percentile(scores, [2.5, 97.5])
    np.testing.assert_allclose([interval.low, interval.high], expected)


def test_interval_agrees_with_scipy():
    from scipy import stats

    counts = some_counts()
    weights = resampling_weights(len(counts), n_resamples=20_000)
    interval = bootstrap_interval(counts, micro_f1, weights)
    expected = stats.bootstrap(
        (np.arange(len(counts)),), lambda drawn: float(micro_f1(counts[drawn].sum(axis=0))),
        vectorized=False, method="percentile", n_resamples=5_000, rng=0,
    ).confidence_interval  # fmt: skip
    np.testing.assert_allclose([interval.low, interval.high], expected, atol=0.004)


def test_interval_of_one_document_is_undefined():
    weights = resampling_weights(3, n_resamples=10)
    counts = np.array([[1.0, 2.0], [0.0, 0.0], [0.0, 0.0]])
    assert np.isnan(bootstrap_interval(counts, accuracy, weights).low)
    none = resampling_weights(3, n_resamples=0)
    assert np.isnan(bootstrap_interval(some_counts(3), micro_f1, none).low)


def test_resamples_without_a_score_are_left_out():
    counts = np.array([[1.0, 1.0], [0.0, 1.0], *[[0.0, 0.0]] * 8])
    weights = resampling_weights(10, n_resamples=500)
    assert np.isnan(accuracy(weights @ counts)).any()
    interval = bootstrap_interval(counts, accuracy, weights)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_a_system_does_not_differ_from_itself():
    counts = some_counts()
    result = compare(counts, counts, micro_f1)
    assert (result.difference, result.low, result.high, result.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_a_clear_difference_is_seen_and_its_sign_turns_with_the_order():
    counts = some_counts()
    better = counts + np.array([20.0, 0.0, 0.0])
    result, turned = compare(better, counts, micro_f1), compare(counts, better, micro_f1)
    assert result.difference > 0
    assert 0 < result.low <= result.difference <= result.high
    assert result.p_value == 1 / 1001
    assert turned.difference == -result.difference
    np.testing.assert_allclose([turned.low, turned.high], [-result.high, -result.low])


def test_one_document_says_nothing_about_the_spread_of_a_difference():
    one, other = np.zeros((2, 3, 2))
    one[0], other[0] = [1.0, 2.0], [0.0, 2.0]
    result = compare(one, other, accuracy)
    assert (result.difference, result.p_value) == (0.5, 1.0)
    assert np.isnan([result.low, result.high]).all()
    one[1] = [1.0, 1.0]  # two documents count for one system, but not for the other
    assert np.isnan(compare(one, other, accuracy).low)
    other[1] = [0.0, 1.0]
    assert not np.isnan(compare(one, other, accuracy).low)


def test_randomisation_agrees_with_trying_every_exchange():
    one, other = some_counts(8, seed=2), some_counts(8, seed=3)
    observed = abs(float(micro_f1(one.sum(axis=0)) - micro_f1(other.sum(axis=0))))
    extreme = 0
    for mask in range(2**8):
        swap = np.array([mask >> place & 1 for place in range(8)], dtype=bool)[:, None, None]
        a, b = np.where(swap, other, one), np.where(swap, one, other)
        extreme += abs(micro_f1(a.sum(axis=0)) - micro_f1(b.sum(axis=0))) >= observed - 1e-12
    result = compare(one, other, micro_f1, n_resamples=20_000)
    assert result.p_value == pytest.approx(extreme / 2**8, abs=0.015)


def test_errors_tell_what_does_not_fit():
    with pytest.raises(ConfigError, match="same shape"):
        compare(some_counts(3), some_counts(4), micro_f1)
    with pytest.raises(ConfigError, match="n_resamples=-1"):
        resampling_weights(3, n_resamples=-1)
