"""What goes wrong with segments, relations and the thesis: every one is counted once."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from test_metrics import document_pairs, laws

from contend.document import Document, Relation, Segment, with_segments
from contend.errors import ConfigError
from contend.metrics import exact_counts, relation_counts, thesis_counts, untyped_counts
from contend.metrics.counts import FN, FP, TP
from contend.metrics.error_report import find_errors
from contend.metrics.errors import (
    GOLD,
    KINDS,
    PREDICTED,
    RELATION_KINDS,
    THESIS_KINDS,
    Outcome,
    error_counts,
    match_segments,
    outcomes,
    relation_error_counts,
    thesis_error_counts,
)
from contend.scheme import LABELS, RELATION_LABELS

TEXT = "x" * 100


def document(*spans, relations=(), thesis=None, text=TEXT, id=""):
    """Spans are (start, end, label) with an optional score."""
    segments = [
        Segment(start, end, label, place == thesis, *score)
        for place, (start, end, label, *score) in enumerate(spans)
    ]
    return Document(text, tuple(segments), tuple(relations), id)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([(0, 10, "claim")], [(0, 10, "claim")], [("right", 1, 1)]),
        ([(0, 10, "claim")], [(0, 10, "evidence")], [("label", 1, 1)]),
        ([(0, 10, "claim")], [(2, 12, "claim")], [("boundaries", 1, 1)]),
        ([(0, 10, "claim")], [(2, 12, "evidence")], [("label and boundaries", 1, 1)]),
        ([(0, 10, "claim")], [], [("missed", 1, 0)]),
        ([], [(0, 10, "claim")], [("invented", 0, 1)]),
        # Touching is not meeting: each has more than half of itself elsewhere.
        ([(0, 10, "claim")], [(8, 30, "claim")], [("missed", 1, 0), ("invented", 0, 1)]),
        ([(0, 10, "claim")], [(0, 3, "claim"), (4, 10, "claim")], [("split", 1, 2)]),
        ([(0, 3, "claim"), (4, 10, "claim")], [(0, 10, "claim")], [("merged", 2, 1)]),
        # The shorter neighbour of a predicted segment is swallowed, the longer one is its own.
        (
            [(0, 20, "claim"), (20, 24, "evidence")],
            [(0, 24, "claim"), (30, 40, "claim")],
            [("merged", 2, 1), ("invented", 0, 1)],
        ),
        # The boundary between two segments moved: each keeps its partner.
        (
            [(0, 20, "claim"), (20, 40, "evidence")],
            [(0, 15, "claim"), (15, 40, "evidence")],
            [("boundaries", 1, 1), ("boundaries", 1, 1)],
        ),
    ],
)
def test_kinds_of_outcomes(gold, predicted, expected):
    found = outcomes(document(*gold), document(*predicted))
    assert [(each.kind, len(each.gold), len(each.predicted)) for each in found] == expected


def test_the_pairing_shares_the_most_in_all():
    # Paired from left to right, the second gold segment would go without a partner.
    gold = document((0, 30, "claim"), (30, 40, "claim"))
    predicted = document((0, 8, "claim"), (9, 40, "claim"))
    assert match_segments(gold, predicted) == [(0, 1)]
    assert outcomes(gold, predicted) == [Outcome("split", (0, 1), (0, 1))]
    with_labels = document((0, 10, "claim"), (10, 20, "evidence"))
    (pair,) = match_segments(with_labels, document((0, 20, "evidence")))
    assert pair == (1, 0)  # as much is shared with either, the label decides


@given(document_pairs(aligned=False))
@laws
def test_the_pairing_is_a_maximum(documents):
    for right, found in zip(*documents, strict=True):
        pairs = match_segments(right, found)
        assert len({g for g, _ in pairs}) == len({p for _, p in pairs}) == len(pairs)
        assert _shared(right, found, pairs) == _brute_force(right, found)


def _shared(gold, predicted, pairs):
    return sum(_weight(gold.segments[g], predicted.segments[p]) for g, p in pairs)


def _weight(one, other):
    shared = min(one.end, other.end) - max(one.start, other.start)
    meets = 2 * shared > min(one.end - one.start, other.end - other.start)
    return 2 * shared + (one.label == other.label) if meets else 0


def _brute_force(gold, predicted):
    """The best total by the assignment algorithm of scipy."""
    optimize = pytest.importorskip("scipy.optimize")
    if not (gold.segments and predicted.segments):
        return 0
    weights = np.array([[_weight(g, p) for p in predicted.segments] for g in gold.segments])
    return weights[optimize.linear_sum_assignment(weights, maximize=True)].sum()


@given(document_pairs(aligned=False))
@laws
def test_every_segment_is_in_one_outcome(documents):
    for right, found in zip(*documents, strict=True):
        all_of = outcomes(right, found)
        assert sorted(g for each in all_of for g in each.gold) == list(range(len(right.segments)))
        assert sorted(p for each in all_of for p in each.predicted) == list(
            range(len(found.segments))
        )
        for each in all_of:
            sides = (len(each.gold), len(each.predicted))
            assert {
                "missed": sides == (1, 0),
                "invented": sides == (0, 1),
                "split": 1 <= sides[0] <= sides[1] > 1,
                "merged": sides[0] > sides[1] >= 1,
            }.get(each.kind, sides == (1, 1))


@given(document_pairs())
@laws
def test_counts_add_up(documents):
    gold, predicted = documents
    counts = error_counts(gold, predicted, LABELS)
    exact = exact_counts(gold, predicted, LABELS)
    for side, missing in ((GOLD, FN), (PREDICTED, FP)):
        every = exact[..., TP] + exact[..., missing]
        assert (counts[:, :, side].sum(axis=1) == every).all()
        assert (counts[:, KINDS.index("right"), side] == exact[..., TP]).all()
    same_span = counts[:, [KINDS.index("right"), KINDS.index("label")], GOLD].sum(axis=(1, 2))
    assert (same_span == untyped_counts(gold, predicted)[:, 0, TP]).all()
    assert not counts[:, KINDS.index("missed"), PREDICTED].any()
    assert not counts[:, KINDS.index("invented"), GOLD].any()


@given(document_pairs())
@laws
def test_relations_and_theses_add_up(documents):
    gold, predicted = documents
    relations = relation_error_counts(gold, predicted)
    exact = relation_counts(gold, predicted)
    for side, missing in ((GOLD, FN), (PREDICTED, FP)):
        assert (relations[:, side].sum(axis=1) == exact[..., TP] + exact[..., missing]).all()
        assert (relations[:, side, RELATION_KINDS.index("right")] == exact[..., TP]).all()
    theses = thesis_error_counts(gold, predicted)
    right = thesis_counts(gold, predicted)
    assert (theses.sum(axis=1) == right[:, 1]).all()
    assert (theses[:, THESIS_KINDS.index("right")] == right[:, 0]).all()


@given(document_pairs())
@laws
def test_perfect_predictions_have_no_errors(documents):
    gold, _ = documents
    counts = error_counts(gold, gold, LABELS)
    assert not np.delete(counts, KINDS.index("right"), axis=1).any()
    assert not np.delete(relation_error_counts(gold, gold), 0, axis=2).any()
    assert not thesis_error_counts(gold, gold)[:, 1:].any()
    report = find_errors(gold, gold)
    assert report.confusions() == []
    assert report.examples(3) == []


@given(document_pairs(aligned=False))
@laws
def test_both_sides_mirror_each_other(documents):
    gold, predicted = documents
    one, other = (error_counts(*pair, LABELS) for pair in (documents, documents[::-1]))
    mirrored = dict(zip(KINDS, KINDS, strict=True)) | {"missed": "invented", "invented": "missed"}
    for kind, mirror in mirrored.items():
        if kind not in ("split", "merged"):  # of a tangle of both, which one is a convention
            there = other[:, KINDS.index(mirror), ::-1]
            assert (one[:, KINDS.index(kind)] == there).all()
    matched = [match_segments(*pair) for pair in zip(gold, predicted, strict=True)]
    mirror = [match_segments(*pair) for pair in zip(predicted, gold, strict=True)]
    assert [len(each) for each in matched] == [len(each) for each in mirror]


def relation_kinds(gold, predicted):
    """Kinds of the gold's and of the predicted relations, in order."""
    counts = relation_error_counts([gold], [predicted])[0].sum(axis=-1)
    return [
        {kind: int(n) for kind, n in zip(RELATION_KINDS, side, strict=True) if n} for side in counts
    ]


def test_kinds_of_relation_errors():
    spans = [(0, 10, "claim"), (10, 20, "evidence"), (20, 30, "evidence"), (30, 40, "claim")]

    def related(*relations, at=spans):
        return document(*at, relations=[Relation(*each) for each in relations])

    gold = related((1, 0, "supports"))
    assert relation_kinds(gold, gold) == [{"right": 1}, {"right": 1}]
    assert relation_kinds(gold, related((1, 0, "attacks"))) == [{"label": 1}, {"label": 1}]
    assert relation_kinds(gold, related((1, 2, "supports"))) == [{"target": 1}, {"target": 1}]
    assert relation_kinds(gold, related((3, 0, "supports"))) == [
        {"no relation": 1},
        {"no relation": 1},
    ]
    moved = [spans[0], (10, 19, "evidence"), *spans[2:]]
    assert relation_kinds(gold, related((1, 0, "supports"), at=moved)) == [
        {"boundaries": 1},
        {"boundaries": 1},
    ]
    fewer = document(spans[0], spans[2], relations=[Relation(1, 0, "supports")])
    assert relation_kinds(gold, fewer) == [{"end": 1}, {"no relation": 1}]


def test_kinds_of_thesis_errors():
    spans = [(0, 10, "claim"), (20, 30, "claim")]
    gold = document(*spans, thesis=0)
    for predicted, kind in (
        (gold, "right"),
        (document((0, 12, "claim"), thesis=0), "boundaries"),
        (document(*spans, thesis=1), "another passage"),
        (document(*spans), "none"),
    ):
        counts = thesis_error_counts([gold], [predicted])[0]
        assert dict(zip(THESIS_KINDS, counts, strict=True)) == {
            each: float(each == kind) for each in THESIS_KINDS
        }
    assert not thesis_error_counts([document(*spans)], [gold]).any()


WORDS = "Shut the road. Critics say it is needed. In 2019 nine people died there. Shut it now!"
SENTENCES = [(0, 14), (15, 40), (41, 72), (73, 85)]


def marked(*labels, outlet="", id="", scores=None):
    """The sentences of ``WORDS`` under ``labels``, ``None`` for those without one."""
    scores = scores or [None] * len(labels)
    segments = [
        Segment(*span, label, score=score)
        for span, label, score in zip(SENTENCES, labels, scores, strict=False)
        if label
    ]
    return Document(WORDS, tuple(segments), (), id, {"outlet": outlet} if outlet else {})


@pytest.fixture
def report():
    gold = [
        marked("claim", "counterclaim", "evidence", "claim", outlet="Post", id="a"),
        marked("claim", "counterclaim", "evidence", "claim", outlet="Times", id="b"),
    ]
    predicted = [
        marked("claim", "claim", None, "claim", scores=[0.9, 0.8, None, 0.7]),
        marked("evidence", "claim", "evidence", "claim", scores=[0.3, 0.95, 0.9, 0.7]),
    ]
    return find_errors(gold, predicted)


def test_a_report_counts_by_label_and_outlet(report):
    data = report.to_dict(by=["outlet", "position"])
    assert data["labels"] == list(LABELS)
    assert data["segments"]["missed"]["gold"] == {"claim": 0, "evidence": 1, "counterclaim": 0}
    assert data["segments"]["label"]["predicted"]["claim"] == 2
    assert data["confusions"] == [
        {"gold": "counterclaim", "predicted": "claim", "segments": 2},
        {"gold": "claim", "predicted": "evidence", "segments": 1},
    ]
    by_outlet, by_place = data["groups"]
    assert [part["name"] for part in by_outlet["parts"]] == ["Post", "Times"]
    assert [part["segments"]["right"]["gold"]["claim"] for part in by_outlet["parts"]] == [2, 1]
    missed = [part["segments"]["missed"]["gold"]["evidence"] for part in by_place["parts"]]
    assert missed == [0, 1, 0, 0]
    n_words = [len(WORDS[slice(*span)].split()) for span in SENTENCES]
    words = np.array(data["words"]["gold_by_predicted"])
    assert data["words"]["labels"] == [*LABELS, "none"]
    assert words.sum() == 2 * sum(n_words)
    assert words[2, 0] == 2 * n_words[1]
    assert words[1, 3] == n_words[2]
    assert data["theses"] == dict.fromkeys(THESIS_KINDS, 0)
    assert data["relations"]["gold"]["end"] == dict.fromkeys(RELATION_LABELS, 0)
    assert json.loads(report.to_json())["segments"] == data["segments"]


def test_groups_add_up_to_the_whole(report):
    for key in ("outlet", "length", "position"):
        groups = report.by(key)
        assert (sum(groups.values()) == report.segments.sum(axis=0)).all()
    with pytest.raises(ConfigError, match="none of the 2 documents has 'paper' in its meta"):
        report.by("paper")


def test_examples_show_the_surest_mistakes_first(report):
    (confused, other) = [each for each in report.examples(9) if each.gold[0].label == LABELS[2]]
    assert (confused.document, other.document) == ("b", "a")
    assert confused.kind == "label"
    assert confused.text == "Critics say it is needed."
    assert confused.before == "Shut the road. "
    assert confused.after.startswith(" In 2019")
    assert (confused.predicted[0].label, confused.predicted[0].score) == ("claim", 0.95)
    assert (confused.gold[0].start, confused.gold[0].end) == (0, 25)
    assert len(report.examples(1)) == len(report.examples(9)) - 1
    assert report.to_dict()["examples"] == []
    written = json.loads(report.to_json(n_examples=1))["examples"]
    assert [each["text"] for each in written] == [each.text for each in report.examples(1)]


def test_examples_come_from_many_documents():
    gold = [marked(*["claim"] * 4, id=name) for name in "abc"]
    report = find_errors(gold, [marked() for _ in gold])
    assert [each.document for each in report.examples(4)] == ["a", "b", "c", "a"]


def test_context_is_cut_between_words():
    text = "word " * 100
    gold = Document(text, (Segment(250, 254, "claim"),))
    (example,) = find_errors([gold], [with_segments(gold, ())]).examples(1)
    assert set(example.before.split()) == set(example.after.split()) == {"word"}
    assert 60 < len(example.before) <= 80
    assert 60 < len(example.after) <= 80


def test_sets_of_labels_are_refused():
    gold = document((0, 10, "claim|evidence"))
    with pytest.raises(ConfigError, match="only among plain labels"):
        find_errors([gold], [gold])


def test_a_thousand_segments_take_no_second():
    import time

    spans = [(n, n + 9, LABELS[n % 3]) for n in range(0, 20_000, 10)]
    shifted = [(start + 3, end + 3, label) for start, end, label in spans]
    gold, predicted = (document(*each, text="x" * 20_100) for each in (spans, shifted))
    start = time.process_time()
    found = outcomes(gold, predicted)
    assert time.process_time() - start < 1
    assert {each.kind for each in found} == {"boundaries"}
    assert list(itertools.chain(*(each.gold for each in found))) == list(range(2000))
