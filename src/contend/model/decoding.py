"""From what the network says to segments and relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contend import scheme
from contend.document import Relation, Segment
from contend.errors import ConfigError
from contend.model.runtime import Floats, Judgement
from contend.model.settings import Settings
from contend.model.tokens import Tokens
from contend.text.tags import TaggedSpan, begin_tag, decode_tags, inside_tag, spans_of_tags
from contend.text.trees import decode_tree


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder says of consecutive whole sentences.

    Attributes:
        first_word: the word that row 0 of ``log_probs`` belongs to.
        first_token: the token that row 0 of ``states`` belongs to.
        log_probs: tag log-probabilities of the words, shape [n_words, n_tags].
        states: encoder states of the tokens, shape [n_tokens, hidden_size].
    """

    first_word: int
    first_token: int
    log_probs: Floats
    states: Floats


@dataclass(frozen=True, slots=True)
class Candidates:
    """Spans that the tagger found, and what the document head is told of them.

    Attributes:
        spans: their words; the label id is the tagger's.
        states: mean encoder state of each, shape [n_spans, hidden_size].
        tagged: the tagger's log-probability of each label, shape [n_spans, n_labels].
        edges: log-probability that both edges are right, shape [n_spans].
    """

    spans: tuple[TaggedSpan, ...]
    states: Floats
    tagged: Floats
    edges: Floats


class Root(NamedTuple):
    """The root of a tree of relations; the greater of two is the better thesis."""

    may_be_thesis: bool
    score: float
    segment: int


def find_candidates(tokens: Tokens, reading: Reading, settings: Settings) -> Candidates:
    """The most probable spans of each sentence of ``reading``."""
    spans = tuple(_spans(tokens, reading, settings))
    words = np.array([(span.first, span.last) for span in spans], dtype=np.int64).reshape(-1, 2)
    firsts, lasts = (words - reading.first_word).T
    ranges = np.array([tokens.token_range(span) for span in spans], dtype=np.int64).reshape(-1, 2)
    starts, ends = (ranges - reading.first_token).T
    sentences = tokens.word_sentence[reading.first_word :][: len(reading.log_probs)]
    return Candidates(
        spans,
        _means(reading.states, starts, ends),
        label_log_probs(reading.log_probs, firsts, lasts),
        boundary_log_probs(reading.log_probs, firsts, lasts, sentences),
    )


def label_log_probs(
    log_probs: Floats, firsts: NDArray[np.int64], lasts: NDArray[np.int64]
) -> Floats:
    """The tagger's opinion of segments: log-probability of each label, shape [n, n_labels].

    The mean over a segment's words of the log-probability of the label's two tags, normalised.

    Args:
        log_probs: tag log-probabilities of words, shape [n_words, n_tags].
        firsts: row of each segment's first word, shape [n].
        lasts: row of its last word, shape [n].
    """
    words = np.logaddexp(log_probs[:, 1::2], log_probs[:, 2::2])
    return _log_softmax(_means(words, firsts, lasts + 1))


def boundary_log_probs(
    log_probs: Floats,
    firsts: NDArray[np.int64],
    lasts: NDArray[np.int64],
    sentences: NDArray[np.int64],
) -> Floats:
    """Log-probability of segments' edges, shape [n]: B at the first word, no I after the last.

    A last word that ends its sentence is certain.

    Args:
        log_probs: tag log-probabilities of words, shape [n_words, n_tags].
        firsts: row of each segment's first word, shape [n].
        lasts: row of its last word, shape [n].
        sentences: the sentence of each word, shape [n_words].
    """
    begins = np.logaddexp.reduce(log_probs[firsts, 1::2], axis=1)
    following = np.minimum(lasts + 1, len(sentences) - 1)
    goes_on = np.exp(log_probs[following, 2::2]).sum(axis=1)
    goes_on[(lasts + 1 == len(sentences)) | (sentences[following] != sentences[lasts])] = 0.0
    edges: Floats = (begins + np.log(np.maximum(1.0 - goes_on, 1e-6))).astype(np.float32)
    return edges


def label_segments(
    judged: Judgement, places: Sequence[tuple[int, int]], edges: Floats, settings: Settings
) -> list[Segment]:
    """Segments with labels and calibrated scores.

    Args:
        judged: what the document head says of them.
        places: start and end code point of each.
        edges: log-probability of the edges of each, shape [n_segments].
        settings: label biases and weights of the score.
    """
    label_ids = (judged.labels + _by_label(settings, settings.label_bias)).argmax(axis=1)
    log_probs = _log_softmax(judged.labels.astype(np.float64))
    chosen = log_probs[np.arange(len(label_ids)), label_ids]
    odds = chosen - np.log(np.maximum(-np.expm1(chosen), 1e-9))
    constant, of_label, of_edges = settings.score_weights
    bias = constant + _by_label(settings, settings.score_bias)[label_ids]
    scores = _sigmoid(bias + of_label * odds + of_edges * edges)
    return [
        Segment(start, end, settings.labels[label_id], False, score)
        for (start, end), label_id, score in zip(
            places, label_ids.tolist(), scores.tolist(), strict=True
        )
    ]


def relate_segments(
    judged: Judgement, segments: Sequence[Segment], settings: Settings
) -> tuple[list[Relation], Root]:
    """The relations between segments that were judged together, and the root of their tree.

    With a thesis, the relations are the best tree below it. Without one, every segment takes
    its best target, which may be none.
    """
    log_probs = _log_softmax(judged.heads.astype(np.float64))
    admissible = np.array([segment.label == settings.thesis_label for segment in segments])
    roots = np.where(admissible | ~admissible.any(), judged.heads[:, 0], -np.inf)
    root = int(roots.argmax())
    if settings.thesis:
        heads = decode_tree(log_probs[:, 1:], root)
    else:
        # A virtual node for "no target" makes the forest a tree.
        heads = decode_tree(np.pad(log_probs, ((1, 0), (0, 0)), constant_values=-np.inf), 0)[1:] - 1
    sources = np.flatnonzero(heads >= 0)
    targets = heads[sources]
    attack = _sigmoid(judged.attacks[sources, targets].astype(np.float64))
    scores = np.exp(log_probs[sources, 1 + targets]) * np.maximum(attack, 1.0 - attack)
    relations = [
        Relation(source, target, scheme.ATTACKS if attacks else scheme.SUPPORTS, min(score, 1.0))
        for source, target, attacks, score in zip(
            sources.tolist(), targets.tolist(), attack > 0.5, scores.tolist(), strict=True
        )
    ]
    return relations, Root(bool(admissible[root]), float(roots[root]), root)


def check_min_score(min_score: float) -> None:
    """Check that ``min_score`` is in [0, 1].

    Raises:
        ConfigError: if it is not.
    """
    if not 0.0 <= min_score <= 1.0:  # nor is NaN
        raise ConfigError(
            f"min_score: expected a probability from 0 to 1, found {min_score}; 50 % is 0.5"
        )


def drop_segments(
    segments: Sequence[Segment], relations: Sequence[Relation], keep: Sequence[bool]
) -> tuple[list[Segment], list[Relation]]:
    """Leave segments out; relations that led through them lead on to what they pointed to.

    A relation through an attack turns round: who supports an attacker attacks its target.
    """
    heads = {relation.source: relation for relation in relations}
    places = {index: place for place, index in enumerate(np.flatnonzero(keep).tolist())}
    kept: list[Relation] = []
    for relation in relations:
        if relation.source not in places:
            continue
        attacks, target = relation.label == scheme.ATTACKS, relation.target
        seen = {relation.source}
        while target not in places and target in heads and target not in seen:
            seen.add(target)
            attacks ^= heads[target].label == scheme.ATTACKS
            target = heads[target].target
        if target in places and target != relation.source:
            label = scheme.ATTACKS if attacks else scheme.SUPPORTS
            kept.append(Relation(places[relation.source], places[target], label, relation.score))
    return [segments[index] for index in places], kept


def _spans(tokens: Tokens, reading: Reading, settings: Settings) -> Iterator[TaggedSpan]:
    log_probs = reading.log_probs + _tag_bias(settings)
    sentences = tokens.word_sentence[reading.first_word :][: len(log_probs)]
    starts = np.flatnonzero(np.diff(sentences, prepend=-1)).tolist()
    for start, end in zip(starts, [*starts[1:], len(log_probs)], strict=True):
        tags = decode_tags(log_probs[start:end], switch_penalty=settings.switch_penalty)
        offset = reading.first_word + start
        for span in spans_of_tags(tags):
            yield TaggedSpan(span.first + offset, span.last + offset, span.label_id)


def _by_label(settings: Settings, biases: Mapping[str, float]) -> Floats:
    """The bias of each label id, shape [n_labels]; 0 where there is none."""
    return np.array([biases.get(label, 0.0) for label in settings.labels], dtype=np.float32)


def _tag_bias(settings: Settings) -> Floats:
    bias = np.zeros(1 + 2 * len(settings.labels), dtype=np.float32)
    by_label = _by_label(settings, settings.label_bias)
    bias[begin_tag(0) :: 2] = bias[inside_tag(0) :: 2] = by_label
    return bias


def _means(rows: Floats, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Floats:
    """Mean of ``rows[start:end]`` for each pair, shape [n, n_columns]."""
    padded = np.concatenate([rows, rows[:1]])  # reduceat wants indices of rows, ends too
    sums = np.add.reduceat(padded, np.stack([starts, ends], axis=1).ravel(), axis=0)[::2]
    means: Floats = (sums / (ends - starts)[:, None]).astype(np.float32)
    return means


def _log_softmax(logits: NDArray[Any]) -> NDArray[Any]:
    normalised: NDArray[Any] = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return normalised


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    probabilities: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, -x))
    return probabilities
