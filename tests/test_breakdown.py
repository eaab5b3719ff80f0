"""Groups of documents and of places, and the scores of each."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from test_metrics import document_pairs, laws

from contend.document import Document, Segment, with_segments
from contend.errors import ConfigError
from contend.evaluation import evaluate
from contend.metrics import exact_counts, word_confusion
from contend.metrics.breakdown import break_down
from contend.metrics.groups import group_documents

SENTENCE = "Shut the whole road now. "


def article(n_sentences, *labels, outlet="", id=""):
    """``labels`` go to the sentences from the first on."""
    segments = [
        Segment(place * len(SENTENCE), (place + 1) * len(SENTENCE) - 1, label, score=0.5)
        for place, label in enumerate(labels)
        if label
    ]
    meta = {"outlet": outlet} if outlet else {}
    return Document(SENTENCE * n_sentences, tuple(segments), (), id, meta)


def report(pairs, **options):
    gold = [right for right, _ in pairs]
    return evaluate(lambda _: [found for _, found in pairs], gold, n_resamples=50, **options)


@given(document_pairs())
@laws
def test_groups_partition_texts(documents):
    gold, _ = documents
    for by in ("length", "position"):
        grouping = group_documents(gold, by)
        for index, (document, of) in enumerate(zip(gold, grouping.stretches, strict=True)):
            assert of[0].start == 0
            assert of[-1].end == len(document.text)
            assert all(one.end == other.start for one, other in itertools.pairwise(of))
            for place in range(len(document.text)):
                group = grouping.group(index, place)
                (stretch,) = (each for each in of if each.start <= place < each.end)
                assert stretch.group == group
        members = [list(grouping.members(group)) for group in range(len(grouping.names))]
        assert sum(map(len, members)) == sum(map(len, grouping.stretches))
        assert all(members)


def test_lengths_are_thirds_and_equals_stay_together():
    documents = [Document("w " * n, id=str(n)) for n in (5, 1, 3, 2, 6, 4)]
    grouping = group_documents(documents, "length")
    assert grouping.names == ("1-2 words", "3-4 words", "5-6 words")
    assert [of[0].group for of in grouping.stretches] == [2, 0, 1, 0, 2, 1]
    assert group_documents([Document("a b")] * 4, "length").names == ("2-2 words",)
    assert group_documents([Document("")], "length").names == ("0-0 words",)


def test_no_documents_have_no_groups():
    for by in ("length", "position", "outlet"):
        assert group_documents([], by).names == ()


def test_values_of_meta_and_those_that_lack_it():
    documents = [article(1, outlet=name) for name in ("Times", "", "Post", "Times")]
    grouping = group_documents(documents, "outlet")
    assert grouping.names == ("Post", "Times", "unknown")
    assert [of[0].group for of in grouping.stretches] == [1, 2, 0, 1]
    with pytest.raises(ConfigError, match=r"'topic' in its meta; .* length, position, outlet"):
        group_documents(documents, "topic")
    listed = Document("a", meta={"author": ["one", "two"]})
    with pytest.raises(ConfigError, match="'author' in its meta; expected one of length, position"):
        group_documents([listed], "author")


def test_a_quarter_without_a_letter():
    documents = [Document("bb", (Segment(0, 2, "claim"),))]
    whole = report([(documents[0], documents[0])])
    parts = break_down(whole, "position").parts
    counts = [part.scores["word_f1/claim"].counts for part in parts]
    expected = whole.scores["word_f1/claim"].counts
    assert {key: sum(each[key] for each in counts) for key in expected} == expected


@given(document_pairs(min_words=1))
@laws
def test_counts_of_groups_add_up_to_those_of_the_report(documents):
    gold = [document for document in documents[0] if document.segments]
    predicted = [found for right, found in zip(*documents, strict=True) if right.segments]
    if not gold:
        return
    whole = report(list(zip(gold, predicted, strict=True)))
    for by in ("length", "position"):
        parts = break_down(whole, by).parts
        for metric in ("exact_f1", "relation_f1", "thesis_accuracy", *parts[0].scores):
            if "macro" in metric:
                continue
            expected = whole.scores[metric].counts
            found = [part.scores[metric].counts for part in parts]
            assert {key: sum(each[key] for each in found) for key in expected} == expected, metric


def test_a_part_is_the_report_of_its_documents():
    pairs = [
        (article(4, "claim", "evidence", outlet="Post"), article(4, "claim", "claim")),
        (article(6, "claim", "evidence", outlet="Times"), article(6, "claim", "evidence")),
        (article(8, "claim", "claim", outlet="Times"), article(8, "claim", None, "evidence")),
    ]
    whole = report(pairs, corpus="mine", split="dev")
    post, times = break_down(whole, "outlet").parts
    assert (post.name, post.n_documents) == ("Post", 1)
    alone = report(pairs[1:])
    for metric, score in times.scores.items():
        assert score.value == alone.scores[metric].value, metric
    assert times.scores["exact_f1"].low is not None
    assert post.scores["exact_f1"].low is None
    signature = times.scores["exact_f1"].signature
    assert signature.startswith("exact_f1|corpus:mine|split:dev|part:outlet=Times|docs:2|unit:")


def test_positions_tell_where_the_mistakes_are():
    labels = ["claim", "evidence", "claim", "evidence"]
    wrong = [*labels[:3], "claim"]
    parts = break_down(report([(article(4, *labels), article(4, *wrong))]), "position").parts
    assert [part.scores["exact_f1"].value for part in parts] == [1.0, 1.0, 1.0, 0.0]
    assert [part.scores["word_f1/evidence"].value for part in parts] == [None, 1.0, None, 0.0]


def test_a_segment_across_a_cut_counts_once_and_its_words_on_both_sides():
    text = "one two three four"  # the first cut lies before "two", the second within "three"
    gold = Document(text, (Segment(0, 13, "claim"),))
    parts = break_down(report([(gold, gold)]), "position").parts
    assert [part.scores["exact_f1"].counts["tp"] for part in parts] == [1, 0, 0, 0]
    assert [part.scores["word_f1/claim"].counts["tp"] for part in parts] == [1, 2, 0, 0]


def test_labels_that_the_gold_lacks_are_wrong():
    gold = article(2, "claim", "claim")
    (part,) = break_down(report([(gold, article(2, "claim", "opinion"))]), "length").parts
    assert part.scores["exact_f1"].counts == {"tp": 1, "fp": 1, "fn": 1}
    assert "word_f1/opinion" not in part.scores


def test_sets_of_labels_are_broken_down_too():
    gold = article(4, "claim", "claim|evidence", "evidence", "claim")
    found = article(4, "claim", "evidence", "claim", "claim")
    parts = break_down(report([(gold, found)]), "position").parts
    assert [part.scores["admissible_accuracy"].value for part in parts] == [1.0, 1.0, 0.0, 1.0]


def test_the_breakdown_as_a_table_and_as_values():
    pairs = [(article(4, "claim", outlet=name),) * 2 for name in ("Post", "Times")]
    found = break_down(report(pairs), "outlet")
    lines = str(found).splitlines()
    assert lines[0].split()[:3] == ["by", "outlet", "documents"]
    assert lines[1].split()[:3] == ["Post", "1", "1.000"]
    assert len({len(line) for line in lines}) == 1
    data = json.loads(json.dumps(found.to_dict()))
    assert data["by"] == "outlet"
    assert data["parts"][1]["scores"]["exact_f1"]["value"] == 1.0


def test_nothing_but_counts_is_lost_between_parts():
    """The words of a part are those of the whole, no word twice."""
    gold = article(7, *["claim", "evidence"] * 3)
    found = with_segments(gold, gold.segments[1:])
    confusion = word_confusion([gold], [found], ("claim", "evidence"))[0]
    parts = break_down(report([(gold, found)]), "position").parts
    n = sum(part.scores["word_f1/evidence"].counts["tp"] for part in parts)
    assert n == confusion[1, 1]
    exact = exact_counts([gold], [found], ("claim", "evidence")).sum(axis=(0, 1))
    assert sum(part.scores["exact_f1"].counts["tp"] for part in parts) == exact[0]
