"""Metrics against brute force, the field's other libraries, and their own laws."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment, with_segments
from contend.errors import ConfigError
from contend.metrics import (
    accuracy,
    boundary_similarity_counts,
    calibration_counts,
    calibration_error,
    cohen_kappa,
    exact_counts,
    f1,
    macro_f1,
    micro_f1,
    overlap_counts,
    pk_counts,
    precision,
    recall,
    relation_counts,
    reliability_bins,
    thesis_counts,
    untyped_counts,
    window_diff_counts,
    word_confusion,
    word_counts,
)
from contend.metrics.measures import measure
from contend.metrics.words import segments_of_words, word_starts
from contend.scheme import LABELS

# The first call of an oracle imports it, which takes seconds.
laws = settings(deadline=None, max_examples=25)

TEXT = "one two three four five six seven eight nine ten"


@st.composite
def annotations(draw, text, aligned=True):
    """A document over ``text``; ``aligned`` segments begin and end with words."""
    if aligned:
        starts = word_starts(text).tolist()
        cuts = sorted(draw(st.sets(st.integers(0, len(starts)))))
        ends = [len(text[:start].rstrip()) for start in [*starts, len(text)]]
        spans = [(starts[a], ends[b]) for a, b in itertools.pairwise(cuts)]
        spans = [span for span in spans if draw(st.booleans())]
    else:
        cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
        spans = [span for span in itertools.pairwise(cuts) if draw(st.booleans())]
    score = st.none() | st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0])
    segments = [Segment(*span, draw(st.sampled_from(LABELS)), score=draw(score)) for span in spans]
    if segments and draw(st.booleans()):
        place = draw(st.integers(0, len(segments) - 1))
        segments[place] = replace(segments[place], thesis=True)
    pairs = itertools.permutations(range(len(segments)), 2)
    chosen = draw(st.sets(st.sampled_from(sorted(pairs)), max_size=4)) if len(spans) > 1 else set()
    relations = [Relation(*pair, draw(st.sampled_from(["supports", "attacks"]))) for pair in chosen]
    return Document(text, tuple(segments), tuple(relations))


@st.composite
def document_pairs(draw, aligned=True, min_words=0):
    """1 to 4 gold documents and as many predicted ones."""
    pairs = []
    for _ in range(draw(st.integers(1, 4))):
        words = draw(st.lists(st.sampled_from(["a", "bb", "ccc", "…"]), min_size=min_words))
        text = draw(st.sampled_from([" ", "\n", "  "])).join(words)
        gold = draw(annotations(text, aligned))
        pairs.append((gold, draw(st.just(gold) | annotations(text, aligned))))
    return [gold for gold, _ in pairs], [predicted for _, predicted in pairs]


def document(*segments: Segment, relations: tuple[Relation, ...] = (), text=TEXT) -> Document:
    return Document(text, segments, relations)


def words(first: int, last: int, label: str = "claim", **options) -> Segment:
    """The segment from word ``first`` to word ``last`` of TEXT, counted from 0, inclusive."""
    starts = word_starts(TEXT).tolist()
    return Segment(starts[first], starts[last] + len(TEXT.split()[last]), label, **options)


def bio(doc: Document) -> list[str]:
    places = segments_of_words(doc, word_starts(doc.text)).tolist()
    tags = []
    for before, place in itertools.pairwise([-1, *places]):
        if place < 0:
            tags.append("O")
        else:
            tags.append(("I-" if place == before else "B-") + doc.segments[place].label)
    return tags


def word_labels(doc: Document) -> list[str]:
    places = segments_of_words(doc, word_starts(doc.text)).tolist()
    return [doc.segments[place].label if place >= 0 else "none" for place in places]


def same(a, b):
    return np.testing.assert_allclose(a, b, atol=1e-12)


ALL = {
    "exact": lambda gold, predicted: exact_counts(gold, predicted, LABELS),
    "overlap": lambda gold, predicted: overlap_counts(gold, predicted, LABELS),
    "untyped": untyped_counts,
    "word": lambda gold, predicted: word_counts(word_confusion(gold, predicted, LABELS)),
    "relation": relation_counts,
    "attachment": lambda gold, predicted: relation_counts(gold, predicted, labelled=False),
    "strict relation": lambda gold, predicted: relation_counts(
        gold, predicted, match_segment_labels=True
    ),
}


@pytest.mark.parametrize("count", ALL.values(), ids=ALL)
class TestLaws:
    @laws
    @given(st.booleans().flatmap(lambda aligned: document_pairs(aligned=aligned)))
    def test_perfect_prediction_has_no_errors(self, count, pairs):
        gold, _ = pairs
        counts = count(gold, gold)
        assert not counts[..., 1:].any()
        assert np.nanmin(f1(counts), initial=1.0) == 1.0

    @laws
    @given(st.booleans().flatmap(lambda aligned: document_pairs(aligned=aligned)))
    def test_swapped_roles_swap_precision_and_recall(self, count, pairs):
        gold, predicted = pairs
        one, other = count(gold, predicted), count(predicted, gold)
        same(one, other[..., [0, 2, 1]])
        same(precision(one), recall(other))
        same(f1(one), f1(other))

    @laws
    @given(document_pairs(aligned=False))
    def test_each_document_is_counted_by_itself(self, count, pairs):
        gold, predicted = pairs
        alone = [count([a], [b])[0] for a, b in zip(gold, predicted, strict=True)]
        same(count(gold, predicted), np.stack(alone))

    @laws
    @given(document_pairs(aligned=False))
    def test_nothing_is_negative_and_nothing_is_lost(self, count, pairs):
        gold, predicted = pairs
        counts = count(gold, predicted)
        assert (counts >= 0).all()
        none = [with_segments(doc, ()) for doc in predicted]
        same(counts[..., 0] + counts[..., 2], count(gold, none)[..., 2])


@pytest.mark.parametrize("name", ["exact", "overlap", "untyped", "word"])
@laws
@given(pairs=document_pairs(aligned=False))
def test_a_right_segment_more_never_lowers_recall(name, pairs):
    for gold, predicted in zip(*pairs, strict=True):
        for segment in gold.segments:
            others = [
                each
                for each in predicted.segments
                if each.end <= segment.start or each.start >= segment.end
            ]
            fewer = with_segments(gold, others)
            more = with_segments(gold, sorted([*others, replace(segment, thesis=False)]))
            before, after = (ALL[name]([gold], [each])[..., 0].sum() for each in (fewer, more))
            assert after >= before


@laws
@given(document_pairs())
def test_exact_f1_is_seqevals_strict_one(pairs):
    from seqeval.metrics.v1 import precision_recall_fscore_support
    from seqeval.scheme import IOB2

    gold, predicted = pairs
    counts = exact_counts(gold, predicted, LABELS).sum(axis=0)
    if not counts[..., [0, 2]].any() or not counts[..., [0, 1]].any():
        return
    expected = precision_recall_fscore_support(
        [bio(doc) for doc in gold], [bio(doc) for doc in predicted],
        average="micro", scheme=IOB2, zero_division=0,
    )  # fmt: skip
    summed = counts.sum(axis=0)
    same([precision(summed), recall(summed), micro_f1(counts)], expected[:3])


@laws
@given(document_pairs(min_words=1))
def test_word_scores_are_those_of_scikit_learn(pairs):
    from sklearn.metrics import cohen_kappa_score, f1_score

    gold, predicted = pairs
    right, given_ = ([x for doc in docs for x in word_labels(doc)] for docs in pairs)
    confusion = word_confusion(gold, predicted, LABELS).sum(axis=0)
    counts = word_counts(confusion)
    expected = f1_score(right, given_, labels=LABELS, average=None, zero_division=np.nan)
    same(f1(counts), expected)
    if not np.isnan(expected).all():
        same(macro_f1(counts), np.nanmean(expected))
    if len({*right, *given_}) > 1:
        same(cohen_kappa(confusion), cohen_kappa_score(right, given_))
    else:
        assert np.isnan(cohen_kappa(confusion))


@laws
@given(document_pairs(min_words=1))
def test_words_of_no_segment_as_a_class_are_as_in_scikit_learn(pairs):
    from sklearn.metrics import f1_score

    gold, predicted = pairs
    measures = measure(gold, predicted, LABELS)
    for name, tags, classes in (
        ("word_macro_f1_with_none", word_labels, [*LABELS, "none"]),
        ("bio_macro_f1", lambda doc: [tag[0] for tag in bio(doc)], ["B", "I", "O"]),
    ):
        right, given_ = ([x for doc in docs for x in tags(doc)] for docs in pairs)
        expected = f1_score(right, given_, labels=classes, average=None, zero_division=np.nan)
        made = measures[name]
        same(made.score(made.counts.sum(axis=0)), np.nanmean(expected))


def test_a_label_that_the_gold_does_not_have_is_no_class() -> None:
    gold = Document("Shut it. Why?", (Segment(0, 8, "claim"),))
    predicted = Document("Shut it. Why?", (Segment(0, 8, "slogan"),))
    with_none = measure([gold], [predicted], LABELS)["word_macro_f1_with_none"]
    assert with_none.score(with_none.counts.sum(axis=0)) == 0.5  # claim 0, none 1


def most_matches(gold: Document, predicted: Document) -> int:
    """The size of the largest one-to-one matching of segments, by trying all."""
    starts = word_starts(gold.text)

    def own(doc, index):
        return set(np.flatnonzero(segments_of_words(doc, starts) == index).tolist())

    def match(a, b):
        one, other = gold.segments[a], predicted.segments[b]
        left, right = own(gold, a), own(predicted, b)
        enough = len(left & right) > max(len(left), len(right)) / 2
        equal = (one.start, one.end) == (other.start, other.end)
        return one.label == other.label and (enough or equal)

    def best(a, free):
        if a == len(gold.segments):
            return 0
        taken = (1 + best(a + 1, free - {b}) for b in free if match(a, b))
        return max(taken, default=0) if any(match(a, b) for b in free) else best(a + 1, free)

    return max(best(0, frozenset(range(len(predicted.segments)))), 0)


@laws
@given(document_pairs(aligned=False))
def test_overlap_finds_the_largest_matching(pairs):
    gold, predicted = pairs
    counts = overlap_counts(gold, predicted, LABELS)
    expected = [most_matches(a, b) for a, b in zip(gold, predicted, strict=True)]
    assert counts[..., 0].sum(axis=1).tolist() == expected


def test_overlap_needs_more_than_half_of_the_longer_one():
    gold = [document(words(0, 3))]
    for last, found in ((1, 0), (2, 1), (3, 1), (5, 1), (6, 1), (7, 0)):
        counts = overlap_counts(gold, [document(words(0, last))], LABELS)[0, 0].tolist()
        assert counts == [found, 1 - found, 1 - found], last
    other_label = [document(words(0, 3, "evidence"))]
    assert not overlap_counts(gold, other_label, LABELS)[..., 0].any()


def test_two_halves_are_not_the_whole():
    counts = overlap_counts(
        [document(words(0, 3))], [document(words(0, 1), words(2, 3))], ("claim",)
    )
    assert counts[0, 0].tolist() == [0, 2, 1]


def test_a_word_belongs_to_the_segment_of_its_first_code_point():
    doc = Document("“ab cd—ef gh.", (Segment(1, 7, "claim"), Segment(7, 13, "evidence")))
    assert word_labels(doc) == ["none", "claim", "evidence"]


def test_relations_need_both_ends_and_the_label():
    ends = (words(0, 1), words(2, 3, "evidence"), words(4, 5, "evidence"))
    gold = [document(*ends, relations=(Relation(1, 0, "supports"), Relation(2, 0, "attacks")))]
    predicted = [
        document(*ends, relations=(Relation(1, 0, "attacks"), Relation(0, 2, "attacks"))),
    ]
    assert relation_counts(gold, predicted)[0].tolist() == [[0, 0, 1], [0, 2, 1]]
    assert relation_counts(gold, predicted, labelled=False)[0].tolist() == [[1, 1, 1]]
    relabelled = [document(*(replace(s, label="claim") for s in ends), relations=gold[0].relations)]
    assert relation_counts(gold, relabelled)[0].tolist() == [[1, 0, 0], [1, 0, 0]]
    strict = relation_counts(gold, relabelled, match_segment_labels=True)
    assert strict[0].tolist() == [[0, 1, 1], [0, 1, 1]]


def test_thesis_accuracy_counts_documents_with_a_gold_thesis():
    right = document(words(0, 3, thesis=True))
    near = document(words(0, 4, thesis=True))
    wrong = document(words(0, 3), words(5, 6, thesis=True))
    none = document(words(0, 3))
    gold, predicted = [right] * 4 + [none], [right, near, wrong, none, right]
    assert thesis_counts(gold, predicted).tolist() == [[1, 1], [0, 1], [0, 1], [0, 1], [0, 0]]
    assert thesis_counts(gold, predicted, overlap=True)[:, 0].tolist() == [1, 1, 0, 0, 0]
    assert accuracy(thesis_counts(gold, predicted).sum(axis=0)) == 0.25
    assert np.isnan(accuracy(thesis_counts([none], [right]).sum(axis=0)))


def masses(doc: Document) -> tuple[int, ...]:
    places = segments_of_words(doc, word_starts(doc.text)).tolist()
    return tuple(len(list(run)) for _, run in itertools.groupby(places))


@laws
@given(document_pairs(min_words=4, aligned=False))
def test_boundary_metrics_are_those_of_segeval(pairs):
    import segeval

    for gold, predicted in zip(*pairs, strict=True):
        reference, hypothesis = masses(gold), masses(predicted)
        for count, oracle in ((pk_counts, segeval.pk), (window_diff_counts, segeval.window_diff)):
            wrong, windows = count([gold], [predicted])[0]
            if windows:
                same(wrong / windows, float(oracle(hypothesis, reference)))
        if len(reference) > 1 or len(hypothesis) > 1:
            counts = boundary_similarity_counts([gold], [predicted])
            expected = segeval.boundary_similarity(hypothesis, reference)
            same(accuracy(counts[0]), float(expected))


def test_boundaries_of_short_texts_are_undefined_not_zero():
    for text in ("", " \n", "word", "two words"):
        doc = Document(text)
        for count in (pk_counts, window_diff_counts, boundary_similarity_counts):
            assert np.isnan(accuracy(count([doc], [doc]).sum(axis=0)))


def test_calibration_error_of_known_bins():
    gold = [document(words(0, 0), words(1, 1), words(2, 2), words(3, 3, "evidence"))]
    scores = (0.9, 0.9, 0.4, 0.4)
    predicted = [document(*(words(i, i, score=score) for i, score in enumerate(scores)))]
    # Scores .4: one of two right; scores .9: both right.
    counts = calibration_counts(gold, predicted, n_bins=2)
    same(calibration_error(counts.sum(axis=0)), (2 * abs(0.4 - 0.5) + 2 * abs(0.9 - 1.0)) / 4)
    low, high = reliability_bins(gold, predicted, n_bins=2)
    assert (low.low, low.high, low.n_segments, low.precision) == (0.4, 0.4, 2, 0.5)
    assert (high.n_segments, high.precision) == (2, 1.0)


@laws
@given(document_pairs(), st.integers(1, 20))
def test_calibration_counts_every_scored_segment_once_in_any_order(pairs, n_bins):
    gold, predicted = pairs
    counts = calibration_counts(gold, predicted, n_bins=n_bins)
    scored = [s.score for doc in predicted for s in doc.segments if s.score is not None]
    assert counts[..., 0].sum() == len(scored)
    same(counts[..., 1].sum(), sum(scored))
    turned = calibration_counts(gold[::-1], predicted[::-1], n_bins=n_bins)
    same(turned, counts[::-1])
    error = calibration_error(counts.sum(axis=0))
    assert np.isnan(error) if not scored else 0 <= error <= 1
    bins = reliability_bins(gold, predicted, n_bins=n_bins)
    assert sum(each.n_segments for each in bins) == len(scored)


def test_bins_of_distinct_scores_have_equal_mass():
    text = " ".join("w" * 100)
    scores = np.linspace(0, 1, 90)
    segments = [Segment(2 * i, 2 * i + 1, "claim", score=s) for i, s in enumerate(scores)]
    doc = Document(text, tuple(segments))
    assert {each.n_segments for each in reliability_bins([doc], [doc])} == {6}


def test_undefined_is_not_zero():
    empty = document()
    assert np.isnan(micro_f1(exact_counts([empty], [empty], LABELS).sum(axis=0)))
    assert micro_f1(exact_counts([empty], [document(words(0, 1))], LABELS).sum(axis=0)) == 0
    assert np.isnan(macro_f1(np.zeros((3, 3))))
    same(macro_f1(np.array([[1.0, 0, 0], [0, 0, 0], [0, 1, 0]])), 0.5)


def test_errors_tell_what_does_not_fit():
    doc = document(words(0, 1))
    with pytest.raises(ConfigError, match=r"each of the 2 gold documents.*found 1"):
        exact_counts([doc, doc], [doc], LABELS)
    with pytest.raises(ConfigError, match=r"from code point 5 on: 'wo three.*and 'oo'"):
        untyped_counts([doc], [Document("one too")])
    with pytest.raises(ConfigError, match="'Premise', which is not among claim"):
        overlap_counts([doc], [document(words(0, 1, "Premise"))], LABELS)
    with pytest.raises(ConfigError, match="labels that differ"):
        word_confusion([doc], [doc], ("claim", "claim"))
