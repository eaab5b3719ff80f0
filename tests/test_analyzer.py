from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from contend.analyzer import Analyzer
from contend.document import Document, Relation, Segment
from contend.errors import ConfigError, DocumentError, ModelError
from contend.model.decoding import drop_segments
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.text.sentences import split_sentences

Make = Callable[..., Analyzer]

PIECES = st.sampled_from(
    ["The", "bus", "lane", "must", "go", "critics", "say", ".", ". ", "! ", ", ", " ", " ",
     "\n", "\r\n", "e\u0301", "\u0301", "👍🏽", "👩‍👩‍👧", "\ud83d", "\ude00", "\0", "\u2028",
     "\x85", "[SEP]", "中"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(
    alphabet=st.characters(exclude_categories=())
)
ODD = (
    "",
    " \n\t",
    "bus",
    "👍🏽",
    "e\u0301",
    "\u0301",
    "\ud83d",
    "\0",
    "The bus.\r\nGo.\r\n",
    "[SEP]",
)
SENTENCES = ("The bus lane must go.", "Critics say it lives, the year must go!", "Say the bus.")


def article(n_sentences: int, seed: int = 0) -> str:
    rng = random.Random(seed)
    words = ("the", "bus", "lane", "must", "go", "critics", "say", "lives", "year", "a", "quick")
    sentences = (
        " ".join(rng.choices(words, k=rng.randint(1, 12))).capitalize() + rng.choice(".!?")
        for _ in range(n_sentences)
    )
    return "".join(sentence + rng.choice((" ", " ", " ", "\n")) for sentence in sentences)


def values(document: Document) -> object:
    """All of a document, scores to the last bit."""
    return document, document.to_dict()


def is_tree(document: Document) -> bool:
    """Whether all relations lead to the thesis, one from every other segment."""
    heads = {relation.source: relation.target for relation in document.relations}
    thesis = next(i for i, segment in enumerate(document.segments) if segment.thesis)
    others = set(range(len(document.segments))) - {thesis}
    if set(heads) != others or len(document.relations) != len(others):
        return False
    for node in others:
        for _ in others:
            node = heads.get(node, node)  # noqa: PLW2901
        if node != thesis:
            return False
    return True


@given(TEXTS)
@hypothesis_settings(max_examples=60)
@example("".join(ODD))
def test_documents_keep_their_promises(analyzer: Analyzer, text: str) -> None:
    document = analyzer.analyze(text, id="x", meta={"a": 1})
    assert document.text is text
    assert (document.id, document.meta["a"], document.meta["model"]) == ("x", 1, "tiny")
    sentences = split_sentences(text)
    for segment in document.segments:
        assert text[segment.start : segment.end] == segment.text == segment.text.strip()
        assert segment.score is not None
        assert segment.label in analyzer.settings.labels
        assert sum(a <= segment.start and segment.end <= b for a, b in sentences) == 1
    assert sum(segment.thesis for segment in document.segments) == bool(document.segments)
    assert not document.segments or is_tree(document)


@pytest.mark.parametrize("text", ODD)
def test_odd_texts(analyzer: Analyzer, text: str) -> None:
    document = analyzer.analyze(text)
    assert document.text == text
    if not text.strip():
        assert document.segments == ()


def test_alone_in_a_batch_and_in_any_order_bit_for_bit(analyzer: Analyzer) -> None:
    texts = [*ODD, *(article(n, seed=n) for n in (1, 3, 10, 40))]
    alone = {text: values(analyzer.analyze(text)) for text in texts}
    assert any(analyzer.analyze(text).relations for text in texts)
    for seed in range(3):
        shuffled = random.Random(seed).sample(texts, len(texts))
        together = list(analyzer.analyze_many(iter(shuffled)))
        assert [document.text for document in together] == shuffled
        assert [values(document) for document in together] == [alone[text] for text in shuffled]


def test_analyze_many_reads_as_it_goes_and_keeps_ids(analyzer: Analyzer) -> None:
    taken: list[int] = []

    def texts():
        for number in range(3):
            taken.append(number)
            yield Document(SENTENCES[number], id=str(number), meta={"n": number, "model": "other"})

    results = analyzer.analyze_many(texts())
    assert taken == []
    first = next(results)
    assert (taken, first.id, first.meta["n"], first.meta["model"]) == ([0], "0", 0, "tiny")
    assert [document.id for document in results] == ["1", "2"]


def test_a_text_that_fits_is_read_at_once(make_analyzer: Make) -> None:
    text = article(8)
    n_tokens = make_analyzer().tokenize(text).n_tokens
    fits = make_analyzer(window_tokens=n_tokens + 2)
    assert len(list(fits.read(fits.tokenize(text)))) == 1
    larger = make_analyzer(window_tokens=128, overlap_tokens=0)
    assert values(fits.analyze(text)) == values(larger.analyze(text))


class EchoRuntime:
    """Its state of a token is the token, and how far it stands from the window's edges."""

    def __init__(self, most: int) -> None:
        self.most = most

    def read(self, ids):
        assert ids[[0, -1]].tolist() == [1, 2]
        assert len(ids) <= self.most
        place = np.arange(len(ids))
        states = np.stack([ids, np.minimum(place, place[::-1]) - 1], axis=1)
        return states.astype(np.float32), np.zeros((len(ids), 7), dtype=np.float32)


@given(st.integers(0, 60), st.integers(0, 10**6), st.integers(5, 60), st.data())
def test_every_word_is_read_exactly_once(
    tokenizer: TextTokenizer, n_sentences: int, seed: int, window: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, window - 3))
    settings = Settings(labels=LABELS, window_tokens=window, overlap_tokens=overlap)
    analyzer = Analyzer(settings, tokenizer, EchoRuntime(window))
    tokens = analyzer.tokenize(article(n_sentences, seed))
    word, states = 0, [np.zeros((0, 2))]
    starts = {tokens.n_words, *tokens.sentence_starts().tolist()}
    for reading in analyzer.read(tokens):
        assert (reading.first_word, reading.first_token) == (word, sum(map(len, states)))
        assert word in starts
        assert len(reading.log_probs)
        word += len(reading.log_probs)
        states.append(reading.states)
    assert word == tokens.n_words
    ids, from_edge = np.concatenate(states).T
    assert (ids == tokens.ids).all()
    place = np.arange(tokens.n_tokens)
    from_text_edge = np.minimum(place, place[::-1])
    assert (from_edge >= np.minimum(from_text_edge, overlap // 2 - 1)).all()


@pytest.mark.parametrize("labels", [("claim", "evidence", "counterclaim"), ("A", "B", "C")])
def test_many_segments_have_one_thesis_and_one_tree(
    make_analyzer: Make, labels: tuple[str, ...]
) -> None:
    analyzer = make_analyzer(labels=labels)
    document = analyzer.analyze(article(200))
    assert len(document.segments) > 256
    assert is_tree(document)
    assert document.thesis is not None
    assert document.thesis.label == "claim" or labels[0] == "A"


def test_without_a_thesis_segments_may_have_no_target(make_analyzer: Make) -> None:
    document = make_analyzer(thesis=False).analyze(article(40))
    assert document.thesis is None
    sources = [relation.source for relation in document.relations]
    assert len(sources) == len(set(sources))
    assert 0 < len(sources) < len(document.segments)


def test_biases_and_penalty_are_obeyed(make_analyzer: Make) -> None:
    text = article(20)
    biased = make_analyzer(label_bias={"evidence": 1e3}).analyze(text)
    assert {segment.label for segment in biased.segments} == {"evidence"}
    silent = make_analyzer(label_bias=dict.fromkeys(("claim", "evidence", "counterclaim"), -1e3))
    assert silent.analyze(text).segments == ()
    whole = make_analyzer(switch_penalty=1e3).analyze(text)
    assert {(s.start, s.end) for s in whole.segments} <= set(split_sentences(text))


@pytest.mark.parametrize("weights", [(-5.0, 0.0, 0.0), (0.0, 900.0, 0.0), (0.0, 0.0, 900.0)])
def test_scores_are_probabilities(make_analyzer: Make, weights: tuple[float, ...]) -> None:
    document = make_analyzer(score_weights=weights).analyze(article(20))
    assert all(0.0 <= segment.score <= 1.0 for segment in document.segments)
    if weights[0]:
        assert document.segments[0].score == pytest.approx(1 / (1 + np.exp(5)))


def test_score_bias_is_of_its_label(make_analyzer: Make) -> None:
    plain = make_analyzer(score_weights=(0.0, 0.0, 0.0)).analyze(article(20))
    biased = make_analyzer(score_weights=(0.0, 0.0, 0.0), score_bias={"claim": 2.0})
    assert {segment.score for segment in plain.segments} == {0.5}
    for segment in biased.analyze(article(20)).segments:
        expected = 1 / (1 + np.exp(-2)) if segment.label == "claim" else 0.5
        assert segment.score == pytest.approx(expected)


@pytest.mark.parametrize("quantile", [0.25, 0.9])
def test_min_score(analyzer: Analyzer, quantile: float) -> None:
    text = article(40)
    full = analyzer.analyze(text)
    bar = float(np.quantile([segment.score for segment in full.segments], quantile))
    some = analyzer.analyze(text, min_score=bar)
    assert some.segments == tuple(s for s in full.segments if s.score >= bar)
    sources = [relation.source for relation in some.relations]
    assert len(sources) == len(set(sources))
    if some.thesis:
        assert is_tree(some)
    assert [*analyzer.analyze_many([text], min_score=bar)] == [some]
    assert analyzer.analyze(text, min_score=1).segments == ()


@pytest.mark.parametrize("min_score", [-0.1, 1.1, 50, float("nan")])
def test_min_score_is_a_probability(analyzer: Analyzer, min_score: float) -> None:
    expected = r"min_score: expected a probability from 0 to 1, found .*50 % is 0\.5"
    with pytest.raises(ConfigError, match=expected):
        analyzer.analyze(SENTENCES[0], min_score=min_score)
    with pytest.raises(ConfigError, match=expected):
        analyzer.analyze_many([], min_score=min_score)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"The bus.", "bytes"),
        (None, "NoneType"),
        (["The bus."], "list"),
        (Document("a"), "Document"),
    ],
)
def test_what_is_no_text_is_refused(analyzer: Analyzer, text: Any, found: str) -> None:
    with pytest.raises(DocumentError, match=f"expected a text that is a string, found {found};"):
        analyzer.analyze(text)


@pytest.mark.parametrize("texts", ["The bus.", b"The bus.", Document("The bus."), None])
def test_one_text_is_not_many(analyzer: Analyzer, texts: Any) -> None:
    expected = rf"many texts, found one {type(texts).__name__}; .*analyze_many\(\[text\]\)"
    with pytest.raises(ConfigError, match=expected):
        analyzer.analyze_many(texts)


def test_dropped_segments_pass_their_relations_on() -> None:
    segments = [Segment(place, place + 1, "claim") for place in range(5)]
    chain = [
        Relation(1, 0, "attacks", 0.1), Relation(2, 1, "attacks", 0.2),
        Relation(3, 2, "supports", 0.3), Relation(4, 3, "attacks", 0.4),
    ]  # fmt: skip
    kept, relations = drop_segments(segments, chain, [True, False, True, False, True])
    assert kept == segments[::2]
    # An attack on an attacker supports; an attack on a supporter attacks.
    assert relations == [Relation(1, 0, "supports"), Relation(2, 1, "attacks")]
    assert [relation.score for relation in relations] == [0.2, 0.4]
    kept, relations = drop_segments(segments, chain, [False, True, True, True, True])
    assert relations == [Relation(1, 0, "attacks"), Relation(2, 1, "supports"),
                         Relation(3, 2, "attacks")]  # fmt: skip
    assert drop_segments(segments, chain, [False] * 5) == ([], [])
    loop = [Relation(0, 1, "supports"), Relation(1, 2, "supports"), Relation(2, 1, "supports")]
    assert drop_segments(segments, loop, [True, False, False, True, True])[1] == []


def test_an_analyzer_shows_what_it_is(analyzer: Analyzer) -> None:
    assert repr(analyzer) == "<Analyzer 'tiny': claim, evidence, counterclaim>"
    with pytest.raises(TypeError, match=r"only an analyzer made by Analyzer\.load"):
        pickle.dumps(analyzer)


def test_load_and_pickle(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(model_folder.parent)
    loaded = Analyzer.load("tiny", threads=2)
    text = article(50)
    expected = values(loaded.analyze(text))
    pickled = pickle.dumps(loaded)
    assert len(pickled) < 1000
    monkeypatch.chdir("/")
    assert values(pickle.loads(pickled).analyze(text)) == expected
    assert values(Analyzer.load(model_folder).analyze(text)) == expected


def test_unknown_model() -> None:
    with pytest.raises(ModelError, match=r"'nowhere': expected a folder with config\.json"):
        Analyzer.load("nowhere")


def test_what_meta_says_of_other_segments_is_left_out(analyzer: Analyzer) -> None:
    meta = {"attributes": {"note": ["old"]}, "ignored": {"notes": 1}, "outlet": "The Kettle"}
    own = {"attributes": "none", "ignored": True, "repaired": "2024"}
    documents = [Document(article(2), id="a", meta=meta), Document(article(2), id="b", meta=own)]
    first, second = analyzer.analyze_many(documents)
    assert first.meta.keys() == {"outlet", "model", "n_tokens"}
    assert second.meta.items() >= own.items()
