"""The evaluation of a function from texts to documents, and its report."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace

import numpy as np
import pytest

from contend.document import Document, Relation, Segment, with_segments
from contend.errors import ConfigError
from contend.evaluation import evaluate
from contend.scheme import LABELS

LOWER_IS_BETTER = {"window_diff", "pk", "calibration_error"}


def article(name: str, seed: int, n_segments: int = 8) -> Document:
    """An article whose segments are sentences of random length, in a tree below the first."""
    rng = np.random.default_rng(seed)
    sentences = [" ".join(["word"] * rng.integers(4, 30)) + "." for _ in range(n_segments)]
    ends = list(itertools.accumulate(len(sentence) + 1 for sentence in sentences))
    segments = [
        Segment(end - len(sentence) - 1, end - 1, LABELS[index % 3], thesis=index == 0, score=1.0)
        for index, (end, sentence) in enumerate(zip(ends, sentences, strict=True))
    ]
    relations = [
        Relation(index, int(rng.integers(index)), ("supports", "attacks")[index % 2])
        for index in range(1, n_segments)
    ]
    return Document(" ".join(sentences), tuple(segments), tuple(relations), name)


def worse(document: Document) -> Document:
    """``document`` with every third segment gone and its second one mislabelled."""
    kept = [
        replace(segment, label="claim" if index == 1 else segment.label, score=0.7)
        for index, segment in enumerate(document.segments)
        if index % 3 != 2
    ]
    return with_segments(document, kept, [Relation(1, 0, "supports")])


GOLD = [article(f"a{seed}", seed) for seed in range(6)]
BY_TEXT = {document.text: document for document in GOLD}


def perfect(texts):
    return (BY_TEXT[text] for text in texts)


def flawed(texts):
    return [worse(BY_TEXT[text]) for text in texts]


def silent(texts):
    return [Document(text) for text in texts]


def test_a_perfect_prediction_is_perfect_everywhere():
    report = evaluate(perfect, GOLD)
    for name, score in report.scores.items():
        best = 0.0 if name in LOWER_IS_BETTER else 1.0
        ends = (None, None) if name == "calibration_error" else (best, best)
        assert (score.value, score.low, score.high) == (best, *ends), name
        assert score.n_documents == 6


def test_a_flawed_prediction_lies_between_and_in_its_interval():
    report = evaluate(flawed, GOLD, corpus="mine", split="dev")
    for name, score in report.scores.items():
        assert score.value is not None, name
        if name != "calibration_error":  # has none
            assert 0 <= score.low <= score.value <= score.high <= 1, name
    assert 0 < report.scores["exact_f1"].value < 1
    assert report.scores["thesis_accuracy"].value == 1.0
    exact = report.scores["exact_f1"]
    assert exact.counts == {"tp": 30, "fp": 6, "fn": 18}
    assert (exact.precision, exact.recall) == (30 / 36, 30 / 48)
    assert exact.value == 2 * 30 / (36 + 48)


def test_scores_do_not_depend_on_the_order_of_documents():
    one, other = evaluate(flawed, GOLD), evaluate(flawed, GOLD[::-1])
    assert {name: score.value for name, score in one.scores.items()} == pytest.approx(
        {name: score.value for name, score in other.scores.items()}
    )


def test_the_same_seed_gives_the_same_report():
    assert evaluate(flawed, GOLD) == evaluate(flawed, GOLD)
    assert evaluate(flawed, GOLD).to_json() == evaluate(flawed, GOLD).to_json()
    assert evaluate(flawed, GOLD, seed=1).scores != evaluate(flawed, GOLD).scores


def test_predicting_nothing_is_zero_where_there_was_something_to_find():
    scores = evaluate(silent, GOLD).scores
    assert scores["exact_f1"].value == 0.0
    assert scores["exact_f1"].precision is None
    assert scores["word_macro_f1"].value == 0.0
    assert scores["thesis_accuracy"].value == 0.0
    assert scores["calibration_error"].value is None
    assert evaluate(silent, GOLD).reliability == ()


def test_what_the_gold_does_not_annotate_is_undefined():
    plain = [
        with_segments(document, [replace(segment, thesis=False) for segment in document.segments])
        for document in GOLD
    ]
    scores = evaluate(perfect, plain).scores
    for name in ("relation_f1", "relation_f1/attacks", "relation_f1_unlabelled", "thesis_accuracy"):
        score = scores[name]
        assert (score.value, score.low, score.high, score.n_documents) == (None, None, None, 0)
    assert scores["exact_f1"].value == 1.0


def test_one_document_has_scores_but_no_intervals():
    score = evaluate(flawed, GOLD[:1]).scores["exact_f1"]
    assert score.value is not None
    assert (score.low, score.high) == (None, None)
    assert evaluate(flawed, GOLD, n_resamples=0).scores["exact_f1"].low is None


def test_labels_of_the_gold_come_in_the_order_of_the_scheme():
    report = evaluate(perfect, GOLD)
    assert report.labels == LABELS
    own = Document("a b c", (Segment(0, 1, "Premise"), Segment(2, 3, "Claim")))
    assert evaluate(lambda texts: [own], [own]).labels == ("Claim", "Premise")


def test_a_label_that_the_gold_lacks_is_a_false_positive():
    gold = Document("a b c d", (Segment(0, 1, "claim"), Segment(2, 3, "claim")))
    other = with_segments(gold, [gold.segments[0], Segment(2, 3, "counterclaim")])
    report = evaluate(lambda texts: [other], [gold])
    assert report.labels == ("claim",)
    assert report.scores["exact_f1"].counts == {"tp": 1, "fp": 1, "fn": 1}
    assert report.scores["exact_f1/claim"].counts == {"tp": 1, "fp": 0, "fn": 1}
    assert report.scores["word_macro_f1"].value == pytest.approx(2 / 3)
    assert report.scores["untyped_f1"].value == 1.0
    assert "exact_f1/counterclaim" not in report.scores
    assert "|" not in report.to_dict()["labels"]


def test_signatures_name_everything():
    report = evaluate(perfect, GOLD, corpus="mine", split="dev", n_resamples=50, seed=3)
    signature = report.scores["exact_f1"].signature
    assert signature.startswith(
        "exact_f1|corpus:mine|split:dev|docs:6|unit:segment|match:start+end+label|avg:micro|"
        "labels:claim+evidence+counterclaim|boot:50|seed:3|version:"
    )
    signatures = [score.signature for score in report.scores.values()]
    assert len(set(signatures)) == len(signatures)
    unnamed = evaluate(perfect, GOLD, split="a|b").scores["pk"].signature
    assert unnamed.startswith("pk|corpus:-|split:a/b|docs:6|")


def test_json_holds_plain_values():
    report = evaluate(flawed, GOLD, corpus="mine", split="dev")
    data = json.loads(report.to_json())
    assert data == json.loads(json.dumps(report.to_dict()))
    assert data["n_documents"] == 6
    assert set(data["scores"]) == set(report.scores)
    assert data["scores"]["exact_f1/claim"]["counts"]["tp"] == 18
    assert sum(each["n_segments"] for each in data["reliability"]) == 36


def test_the_table_is_aligned_and_says_what_is_undefined():
    report = evaluate(silent, GOLD, corpus="mine", split="dev")
    title, _, *lines = str(report).splitlines()
    assert title == "mine/dev: 6 documents"
    table = lines[: lines.index("")]
    assert len({len(line) for line in table}) == 1
    assert table[1].split() == ["exact_f1", "0.000", "0.000", "to", "0.000", "–", "0.000", "6"]
    assert any(line.startswith("  counterclaim ") for line in table)
    assert next(line for line in table if line.startswith("calibration_error")).split()[1] == "–"
    assert sum(line.startswith("exact_f1|corpus:mine") for line in lines) == 1
    assert str(evaluate(silent, GOLD[:1])).startswith("evaluation: 1 document\n")


def test_two_reports_are_compared_on_the_same_gold():
    one, other = evaluate(perfect, GOLD), evaluate(flawed, GOLD)
    compared = one.compare(other)
    assert compared["exact_f1"].difference == pytest.approx(1 - other.scores["exact_f1"].value)
    assert compared["exact_f1"].p_value < 0.05
    assert compared["thesis_accuracy"].p_value == 1.0
    assert "calibration_error" not in compared
    with pytest.raises(ConfigError, match="only over the same gold"):
        one.compare(evaluate(perfect, GOLD[:3]))


def with_label(label: str) -> Document:
    return Document("a b", (Segment(0, 1, label),), id="x")


@pytest.mark.parametrize(
    ("gold", "message"),
    [
        ([], "at least one gold document, found none"),
        ([GOLD[0], GOLD[0]], "names 1 documents more than once, the first: 'a0'"),
        ([Document("a b")], "none of the 1 gold documents has a segment"),
        (["test"], "gold document 0: expected a Document, found str"),
    ],
)
def test_gold_that_cannot_be_evaluated(gold, message):
    with pytest.raises(ConfigError, match=message.replace("|", r"\|")):
        evaluate(perfect, gold)


@pytest.mark.parametrize(
    ("predict", "message"),
    [
        (lambda texts: flawed(texts)[:-1], "each of the 6 gold documents.*found 5"),
        (lambda texts: itertools.cycle(flawed(texts)), "given 6 texts and gave more"),
        (lambda texts: flawed(texts)[::-1], r"document 0 \('a0'\): .*another text"),
        (lambda texts: [text.upper() for text in texts], "prediction 0: expected a Document"),
        (lambda texts: GOLD[0], "gave Document; for a function of one text"),
        (lambda texts: None, "gave NoneType"),
    ],
)
def test_predictions_that_do_not_fit_the_texts(predict, message):
    with pytest.raises(ConfigError, match=message):
        evaluate(predict, GOLD)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("Premise", "gold has the labels claim, the predictions have Premise: not one is shared"),
        ("claim|evidence", "found the set of labels 'claim.evidence'"),
    ],
)
def test_predicted_labels_that_could_not_be_right(label, message):
    with pytest.raises(ConfigError, match=message):
        evaluate(lambda texts: [with_label(label)], [with_label("claim")])


def test_forty_long_articles_take_seconds():
    gold = [article(f"long{seed}", seed, n_segments=60) for seed in range(40)]
    texts = {document.text: worse(document) for document in gold}
    start = time.perf_counter()
    evaluate(lambda given: [texts[text] for text in given], gold)
    assert time.perf_counter() - start < 5
