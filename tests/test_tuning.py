from __future__ import annotations

import numpy as np
import pytest
import tiny_model
from sklearn.linear_model import LogisticRegression

from contend.analyzer import Analyzer
from contend.document import Document, Segment, with_segments
from contend.evaluation import evaluate
from contend.model.export import TorchRuntime
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.training.tuning import dev_objective, dev_scores, fit_logistic, tune


@pytest.fixture(scope="module")
def analyzer(tokenizer: TextTokenizer) -> Analyzer:
    settings = Settings(labels=LABELS, window_tokens=32, overlap_tokens=8)
    return Analyzer(settings, tokenizer, TorchRuntime(tiny_model.network()))


def score(analyzer: Analyzer, settings: Settings, dev: list[Document]) -> float:
    before = analyzer.settings
    analyzer.settings = settings
    scores = dev_scores(dev, list(analyzer.analyze_many(dev)), LABELS)
    analyzer.settings = before
    return dev_objective(scores)


def test_tuned_settings_are_no_worse(analyzer: Analyzer) -> None:
    dev = tiny_model.documents()
    before = analyzer.settings
    tuned = tune(analyzer, dev)
    assert analyzer.settings == before
    assert score(analyzer, tuned, dev) >= score(analyzer, before, dev)
    assert tuned.window_tokens == 32
    assert tune(analyzer, dev) == tuned


def test_calibrated_scores_have_the_right_mean(analyzer: Analyzer) -> None:
    dev = tiny_model.documents()
    tuned = tune(analyzer, dev)
    found = Analyzer(tuned, analyzer._tokenizer, analyzer._runtime).analyze_many(dev)
    scores, right = [], []
    for gold, document in zip(dev, found, strict=True):
        wanted = {(s.start, s.end, s.label) for s in gold.segments}
        scores += [segment.score for segment in document.segments]
        right += [(s.start, s.end, s.label) in wanted for s in document.segments]
    assert np.mean(scores) == pytest.approx(np.mean(right), abs=0.02)
    assert tuned.score_bias.keys() == set(LABELS)


def test_nothing_found_leaves_the_calibration(analyzer: Analyzer) -> None:
    assert tune(analyzer, [Document(" \n")]).score_weights == analyzer.settings.score_weights


def test_dev_scores_are_those_of_evaluate() -> None:
    gold = tiny_model.documents()
    predicted = [with_segments(document, document.segments[1:]) for document in gold]
    ours = dev_scores(gold, predicted, LABELS)
    theirs = evaluate(lambda _: predicted, gold, n_resamples=0).scores
    expected = {name: each.value for name, each in theirs.items() if each.value is not None}
    assert ours == pytest.approx(expected)
    assert list(ours) == list(expected)


def test_no_label_in_common_is_a_score_of_zero() -> None:
    # evaluate takes this for another scheme and refuses it; in training it just happens.
    gold = [Document("It does not.", (Segment(0, 12, "Premise"),))]
    predicted = [Document("It does not.", (Segment(0, 12, "MajorClaim"),))]
    scores = dev_scores(gold, predicted, ("MajorClaim", "Premise"))
    assert dev_objective(scores) == 0.0
    assert "relation_f1" not in scores  # not annotated, so not defined


def test_logistic_regression_against_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    features = np.column_stack([np.ones(200), rng.normal(size=(200, 2)) * [3, 0.5]])
    outcome = (rng.random(200) < 1 / (1 + np.exp(-features @ [0.3, 1.2, -0.7]))).astype(float)
    ours = fit_logistic(features, outcome)
    theirs = LogisticRegression(C=1 / (1e-3 * 200), fit_intercept=False, tol=1e-10, max_iter=1000)
    theirs.fit(features, outcome)
    np.testing.assert_allclose(ours, theirs.coef_[0], atol=1e-4)


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_logistic_regression_where_all_is_right_or_wrong(outcome: float) -> None:
    features = np.column_stack([np.ones(30), np.linspace(-20, 20, 30), np.linspace(0, -13, 30)])
    weights = fit_logistic(features, np.full(30, outcome))
    assert np.isfinite(weights).all()
    probs = 1 / (1 + np.exp(-features @ weights))
    assert np.abs(probs - outcome).mean() < 0.1


def test_logistic_regression_on_separable_outcomes() -> None:
    features = np.column_stack([np.ones(40), np.linspace(-20, 20, 40)])
    weights = fit_logistic(features, (features[:, 1] > 0).astype(float))
    assert np.isfinite(weights).all()
    assert weights[1] > 0
