"""Whether scores are probabilities, and what a threshold on them buys."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_metrics import document_pairs, laws

from contend.document import Document, Segment, with_segments
from contend.evaluation import evaluate
from contend.metrics import calibration_counts, calibration_error, reliability_bins
from contend.metrics.calibration import N_BINS
from contend.metrics.selective import risk_coverage

scored = st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=40)


def pair(items):
    """A gold and a predicted document: one segment for each (score, whether it is right)."""
    text = "word " * len(items)
    predicted = [
        Segment(5 * place, 5 * place + 4, "claim", score=score)
        for place, (score, _) in enumerate(items)
    ]
    gold = [
        Segment(5 * place, 5 * place + 4, "claim" if right else "evidence")
        for place, (_, right) in enumerate(items)
    ]
    return Document(text, tuple(gold)), Document(text, tuple(predicted))


def made_up(n=2000, seed=0, honest=True):
    """Segments that are right as often as their score says, or half of the time."""
    rng = np.random.default_rng(seed)
    scores = rng.random(n)
    right = rng.random(n) < (scores if honest else 0.5)
    return pair(list(zip(scores.tolist(), right.tolist(), strict=True)))


def with_id(document, index):
    return replace(document, id=f"d{index}")


def test_honest_scores_are_calibrated_and_others_are_not():
    honest, other = ([[side] for side in made_up(honest=of)] for of in (True, False))
    assert calibration_error(calibration_counts(*honest).sum(axis=0)) < 0.04
    assert calibration_error(calibration_counts(*other).sum(axis=0)) > 0.2


def test_the_calibration_error_has_no_interval():
    """Resampling adds noise, which a sum of absolute values turns into more error."""
    parts = [made_up(n=30, seed=seed) for seed in range(10)]
    gold, predicted = (
        [with_id(documents[side], index) for index, documents in enumerate(parts)]
        for side in (0, 1)
    )
    report = evaluate(lambda _: predicted, gold)
    error = report.scores["calibration_error"]
    assert error.value > 0.0
    assert (error.low, error.high) == (None, None)
    assert report.scores["exact_f1"].low < report.scores["exact_f1"].high
    line = next(line for line in str(report).splitlines() if line.startswith("calibration_error"))
    assert line.split() == ["calibration_error", f"{error.value:.3f}", "–", "10"]


def test_bins_hold_equally_many_segments():
    bins = reliability_bins(*([side] for side in made_up(n=1500)))
    assert len(bins) == N_BINS == 15
    assert {each.n_segments for each in bins} == {100}
    assert all(each.low <= each.mean_score <= each.high for each in bins)


def test_min_score_trades_coverage_for_precision():
    gold, predicted = ([side] for side in made_up())
    curve = risk_coverage(gold, predicted)
    kept = [curve.at(step / 10) for step in range(10)]
    assert [each.n_segments for each in kept] == sorted(
        (each.n_segments for each in kept), reverse=True
    )
    for least, each in enumerate(kept):
        # Of honest scores, evenly spread: half of what the threshold leaves out is gained.
        assert each.coverage == pytest.approx(1 - least / 10, abs=0.03)
        assert each.precision == pytest.approx((1 + least / 10) / 2, abs=0.06)
    precisions = [each.precision for each in kept]
    assert precisions == sorted(precisions)
    recalls = [each.recall for each in kept]
    assert recalls == sorted(recalls, reverse=True)
    assert curve.least < curve.aurc < curve.risk


def test_a_threshold_is_what_evaluation_gives_without_the_lower_scores():
    gold, predicted = made_up(n=300)
    curve = risk_coverage([gold], [predicted])
    for threshold in (curve.at(0.0), curve.at(0.35), curve.at(0.9)):
        kept = [each for each in predicted.segments if each.score >= threshold.min_score]
        found = evaluate(lambda _, kept=kept: [with_segments(predicted, kept)], [gold])
        exact = found.scores["exact_f1"]
        assert (exact.precision, exact.recall) == (threshold.precision, threshold.recall)
        assert threshold.n_segments == len(kept)


def test_min_score_of_an_analyzer_gives_the_points_of_its_curve(analyzer):
    texts = ["The bus lane must go. Critics say it saves lives. It does not.", "the bus. The lane!"]
    every = list(analyzer.analyze_many(texts))
    gold = [
        with_segments(document, [each for n, each in enumerate(document.segments) if n % 3])
        for document in every
    ]
    curve = risk_coverage(gold, every)
    assert curve.n_segments == sum(len(document.segments) for document in every) > 2
    for threshold in curve.thresholds:
        kept = list(analyzer.analyze_many(texts, min_score=threshold.min_score))
        assert sum(len(document.segments) for document in kept) == threshold.n_segments
        exact = evaluate(lambda _, kept=kept: kept, gold).scores["exact_f1"]
        assert exact.precision == pytest.approx(threshold.precision)


def test_scores_that_say_nothing_have_the_risk_as_their_area():
    gold, predicted = pair([(0.5, place % 4 == 0) for place in range(40)])
    curve = risk_coverage([gold], [predicted])
    assert curve.aurc == pytest.approx(curve.risk) == pytest.approx(0.75)
    assert [each.min_score for each in curve.thresholds] == [0.0]
    assert curve.at(0.5) == curve.thresholds[0]
    assert curve.at(0.51) is None


@given(scored)
@laws
def test_the_area_is_the_mean_risk_of_the_surest(items):
    """Without ties: by the definition, over every number of segments that may be kept."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(items))
    items = [
        (score / 1e3 + place / 1e6, right)
        for place, (score, right) in zip(order, items, strict=True)
    ]
    curve = risk_coverage(*([side] for side in pair(items)))
    ranked = [right for _, right in sorted(items, reverse=True)]
    risks = [1 - sum(ranked[:k]) / k for k in range(1, len(ranked) + 1)]
    assert curve.aurc == pytest.approx(sum(risks) / len(risks))
    assert curve.least - 1e-12 <= curve.aurc
    assert curve.risk == pytest.approx(risks[-1])


@given(scored, st.randoms())
@laws
def test_the_order_of_segments_changes_nothing(items, random):
    items = [(score / 100, right) for score, right in items]
    shuffled = list(items)
    random.shuffle(shuffled)
    one, other = (risk_coverage(*([side] for side in pair(each))) for each in (items, shuffled))
    assert one.aurc == pytest.approx(other.aurc)
    assert one.thresholds == other.thresholds


@given(document_pairs())
@laws
def test_thresholds_go_up_and_coverage_down(documents):
    curve = risk_coverage(*documents)
    if curve is None:
        assert all(each.score is None for found in documents[1] for each in found.segments)
        return
    first = curve.thresholds[0]
    assert (first.min_score, first.coverage) == (0.0, 1.0)
    assert first.precision == pytest.approx(1 - curve.risk)
    for one, other in itertools.pairwise(curve.thresholds):
        assert one.min_score < other.min_score
        assert one.n_segments > other.n_segments > 0


def test_the_report_has_the_curve():
    gold, predicted = made_up(n=50)
    report = evaluate(lambda _: [predicted], [gold])
    data = json.loads(report.to_json())["risk_coverage"]
    assert data["aurc"] == report.risk_coverage.aurc
    assert data["thresholds"][0]["coverage"] == 1.0
    unscored = evaluate(lambda _: [gold], [gold])
    assert unscored.risk_coverage is None
    assert json.loads(unscored.to_json())["risk_coverage"] is None
