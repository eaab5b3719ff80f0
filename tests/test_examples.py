from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_model

from contend.document import Document, Relation, Segment
from contend.errors import ConfigError
from contend.model.examples import ROOT, UNKNOWN, make_example
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.text.tags import TaggedSpan, encode_tags, tag_names

TEXT = "The bus must go. Critics say it saves lives. It does not."
NAMES = tag_names(LABELS)


def admitted(tags: np.ndarray) -> list[set[str]]:
    return [{NAMES[tag] for tag in np.flatnonzero(row)} for row in tags]


def test_tags_of_plain_labels(tokenizer: TextTokenizer) -> None:
    document = Document(TEXT, (Segment(0, 16, "claim"), Segment(17, 44, "counterclaim")))
    example = make_example(document, tokenizer, LABELS)
    assert example.spans == (TaggedSpan(0, 4, 0), TaggedSpan(5, 10, 2))
    expected = encode_tags(example.spans, example.tokens.n_words)
    assert (example.tags.sum(axis=1) == 1).all()
    assert (example.tags.argmax(axis=1) == expected).all()
    assert example.labels.tolist() == [[True, False, False], [False, False, True]]
    assert example.features.shape[0] == len(example.token_ranges) == 2


def test_tags_of_sets_of_labels(tokenizer: TextTokenizer) -> None:
    document = Document(TEXT, (Segment(0, 16, "claim|counterclaim"),))
    found = admitted(make_example(document, tokenizer, LABELS).tags)
    assert found[0] == {"B-claim", "B-counterclaim"}
    assert found[1] == {"I-claim", "I-counterclaim"}
    assert found[-1] == {"O"}


def test_foreign_boundaries_teach_labels_alone(tokenizer: TextTokenizer) -> None:
    document = Document(TEXT, (Segment(4, 11, "claim"),))  # "bus must"
    found = admitted(make_example(document, tokenizer, LABELS, boundaries=False).tags)
    assert found[0] == set(NAMES)
    assert found[1] == found[2] == {"B-claim", "I-claim"}
    assert found[3] == set(NAMES)


def test_segments_that_share_a_word_or_have_none(tokenizer: TextTokenizer) -> None:
    text = "The bus\u00a0\u00a0must go."
    document = Document(
        text,
        (Segment(0, 5, "claim"), Segment(5, 7, "evidence"), Segment(7, 9, "claim"),
         Segment(9, 17, "counterclaim")),
        (Relation(1, 0, "supports"), Relation(3, 0, "attacks")),
    )  # fmt: skip
    example = make_example(document, tokenizer, LABELS)
    assert [span.label_id for span in example.spans] == [0, 2]
    assert example.heads.tolist() == [ROOT, 1]
    assert example.attacks.tolist() == [UNKNOWN, 1]


def test_relations_and_thesis(tokenizer: TextTokenizer) -> None:
    example = make_example(tiny_model.document(4), tokenizer, LABELS)
    assert example.heads.tolist() == [ROOT, 1, 2, 3]
    assert example.attacks.tolist() == [UNKNOWN, 0, 1, 0]
    assert example.thesis == 0
    unknown = make_example(tiny_model.document(4), tokenizer, LABELS, relations=False)
    assert set(unknown.heads.tolist()) == set(unknown.attacks.tolist()) == {UNKNOWN}
    assert unknown.thesis == UNKNOWN


def test_a_thesis_without_relations(tokenizer: TextTokenizer) -> None:
    segments = (Segment(0, 16, "claim"), Segment(45, 57, "claim", True))
    example = make_example(Document(TEXT, segments), tokenizer, LABELS)
    assert example.thesis == 1
    assert set(example.heads.tolist()) == {UNKNOWN}
    unknown = make_example(Document(TEXT, segments), tokenizer, LABELS, relations=False)
    assert unknown.thesis == UNKNOWN


def test_a_segment_with_two_targets_teaches_neither(tokenizer: TextTokenizer) -> None:
    document = tiny_model.document(3)
    document = replace(document, relations=(*document.relations, Relation(2, 0, "attacks")))
    assert make_example(document, tokenizer, LABELS).heads.tolist() == [ROOT, 1, UNKNOWN]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_no_words(tokenizer: TextTokenizer, text: str) -> None:
    example = make_example(Document(text), tokenizer, LABELS)
    assert example.tokens.n_words == 0
    assert example.tags.shape == (0, 7)
    assert example.token_ranges.shape == (0, 2)
    assert example.features.shape[0] == 0


def test_no_segments(tokenizer: TextTokenizer) -> None:
    example = make_example(Document(TEXT), tokenizer, LABELS)
    assert admitted(example.tags) == [{"O"}] * example.tokens.n_words
    assert example.spans == ()


@pytest.mark.parametrize("label", ["premise", "claim|premise"])
def test_foreign_labels_are_refused(tokenizer: TextTokenizer, label: str) -> None:
    document = Document(TEXT, (Segment(0, 16, label),), id="x7")
    with pytest.raises(ConfigError, match="document 'x7': the model's labels are claim, evidence"):
        make_example(document, tokenizer, LABELS)
