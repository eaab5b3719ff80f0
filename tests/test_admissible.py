"""Words against sets of admissible labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_metrics import document_pairs, laws

from contend.document import Document, Segment, with_segments
from contend.evaluation import evaluate
from contend.metrics import f1, word_confusion, word_counts
from contend.metrics.admissible import admissible_counts, admissible_f1, has_sets, plain_labels
from contend.scheme import LABELS, join_labels

TEXT = "a b c d e f g h"


def document(*labels):
    """A label for each letter, ``None`` for those without one."""
    return Document(
        TEXT,
        tuple(
            Segment(2 * place, 2 * place + 1, label) for place, label in enumerate(labels) if label
        ),
    )


def test_a_label_in_the_set_is_right_and_recall_asks_only_for_sure_ones():
    gold = document("claim", "claim|evidence", "claim|evidence", "evidence", "evidence")
    found = document("claim", "evidence", "counterclaim", "claim", "evidence", "claim")
    counts = admissible_counts([gold], [found], LABELS)[0]
    assert counts.tolist() == [
        [1, 1, 1, 0],  # claim: one admissible, one not; the sure one is found
        [2, 0, 1, 1],  # evidence: in the set and sure; the other sure one is missed
        [0, 1, 0, 0],  # counterclaim: not admissible
    ]
    precision, recall = 1 / 2, 1
    assert admissible_f1(counts)[0] == pytest.approx(2 * precision * recall / (precision + recall))
    assert np.isnan(admissible_f1(counts)[2])  # no word surely is a counterclaim


def test_evaluation_measures_what_sets_allow():
    gold = document("claim", "claim|evidence", "evidence", "claim")
    found = document("claim", "evidence", "counterclaim", None, "claim")
    report = evaluate(lambda _: [found], [gold], corpus="essays")
    assert report.labels == ("claim", "evidence")
    assert set(report.scores) == {
        "admissible_macro_f1",
        "admissible_f1/claim",
        "admissible_f1/evidence",
        "admissible_accuracy",
    }
    assert report.scores["admissible_accuracy"].counts == {"right": 2, "words": 4}
    assert report.scores["admissible_f1/evidence"].value == 0.0
    assert "in-gold-segments" in report.scores["admissible_macro_f1"].signature
    assert report.reliability == ()
    assert report.risk_coverage is None
    other = evaluate(lambda _: [document("claim", "claim", "evidence", "claim")], [gold])
    assert other.compare(report)["admissible_accuracy"].difference == pytest.approx(0.5)


def test_predicting_nothing_is_zero():
    scores = evaluate(lambda _: [document()], [document("claim", "claim|evidence")]).scores
    assert scores["admissible_macro_f1"].value == 0.0
    assert scores["admissible_f1/evidence"].value is None


@given(document_pairs())
@laws
def test_plain_labels_give_the_f1_of_words_inside_gold_segments(documents):
    gold, predicted = documents
    counts = admissible_counts(gold, predicted, LABELS).sum(axis=0)
    inside = word_confusion(gold, predicted, LABELS).sum(axis=0)
    inside[-1] = 0  # words outside of gold segments
    expected = f1(word_counts(inside))
    sure = ~np.isnan(admissible_f1(counts))
    assert admissible_f1(counts)[sure] == pytest.approx(expected[sure])
    assert has_sets(gold) is False


@given(document_pairs(), st.data())
@laws
def test_larger_sets_make_nothing_wrong(documents, data):
    gold, predicted = documents
    larger = [
        with_segments(
            each,
            [
                Segment(s.start, s.end, join_labels([s.label, data.draw(st.sampled_from(LABELS))]))
                for s in each.segments
            ],
        )
        for each in gold
    ]
    before, after = (admissible_counts(each, predicted, LABELS) for each in (gold, larger))
    assert (after[..., 0] >= before[..., 0]).all()
    assert (after[..., 1] <= before[..., 1]).all()
    assert (after[..., :2].sum(axis=-1) == before[..., :2].sum(axis=-1)).all()
    assert (after[..., 2:] <= before[..., 2:]).all()


def test_the_labels_in_sets():
    assert plain_labels([document("evidence|counterclaim", "claim", "x")]) == (*LABELS, "x")
    assert has_sets([document("claim"), document("claim|evidence")])
