"""The analyzer: a text goes in, a Document comes out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contend import scheme
from contend.document import Document, Relation, Segment
from contend.model.features import segment_features
from contend.model.folder import open_model
from contend.model.runtime import Floats, Judgement, Runtime
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer, Tokens
from contend.text.tags import TaggedSpan, begin_tag, decode_tags, inside_tag, spans_of_tags
from contend.text.trees import decode_tree
from contend.text.windows import plan_windows

# The document head compares all pairs of segments; more than this many are judged in stretches,
# which bounds memory. The longest article of the corpora has fewer than half as many.
_STRETCH_SEGMENTS = 256


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


class Analyzer:
    """A loaded model. Results depend on nothing but the text, the model and the build.

    Args:
        settings: how the model decides.
        tokenizer: its tokenizer.
        runtime: its network.
        name: written into the ``meta`` of every document.
    """

    def __init__(
        self,
        settings: Settings,
        tokenizer: TextTokenizer,
        runtime: Runtime,
        *,
        name: str = "",
    ) -> None:
        self.settings = settings
        self.name = name
        self._tokenizer = tokenizer
        self._runtime = runtime
        self._source: tuple[str, int] | None = None

    @classmethod
    def load(cls, model: str | os.PathLike[str] = "", *, threads: int = 1) -> Analyzer:
        """Load a model.

        Args:
            model: a model folder, or the name of a shipped model; by default the default one.
            threads: threads that the encoder uses for one window.

        Raises:
            ModelError: if there is no such model, a file of it is absent or altered, or it was
                made for another version.
        """
        opened = open_model(model, threads=threads)
        analyzer = cls(opened.settings, opened.tokenizer, opened.runtime, name=opened.name)
        analyzer._source = (str(opened.folder), threads)
        return analyzer

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the place of the model, not its sessions: another process loads it anew."""
        if self._source is None:
            raise TypeError("only an analyzer made by Analyzer.load(...) can be pickled")
        folder, threads = self._source
        return _load_folder, (folder, threads)

    def __repr__(self) -> str:
        return f"<Analyzer {self.name!r}: {', '.join(self.settings.labels)}>"

    def analyze(
        self,
        text: str,
        *,
        id: str = "",
        meta: Mapping[str, Any] | None = None,
        min_score: float = 0.0,
    ) -> Document:
        """Find the segments of ``text`` and how they support and attack each other.

        Args:
            text: an article of any length; read to its end, never altered.
            id: the document's id.
            meta: the document's meta; ``model`` and ``n_tokens`` are added.
            min_score: leave out segments with a lower score, in [0, 1]. Their relations go with
                them: what supported or attacked them points to what they pointed to.

        Returns:
            The document. Scores of segments are calibrated probabilities that an annotator
            would mark exactly this passage with this label.
        """
        tokens = self._tokenizer.encode(text)
        return self.decode(text, tokens, self.read(tokens), id=id, meta=meta, min_score=min_score)

    def analyze_many(
        self, texts: Iterable[str | Document], *, min_score: float = 0.0
    ) -> Iterator[Document]:
        """Analyse texts one after another, in order, reading the iterable as it goes.

        Args:
            texts: texts, or documents: their text is analysed and their id and meta are kept.
            min_score: as in ``analyze``.
        """
        for item in texts:
            if isinstance(item, Document):
                yield self.analyze(item.text, id=item.id, meta=item.meta, min_score=min_score)
            else:
                yield self.analyze(item, min_score=min_score)

    def tokenize(self, text: str) -> Tokens:
        """The tokens and words of ``text``, as ``read`` and ``decode`` take them."""
        return self._tokenizer.encode(text)

    def read(self, tokens: Tokens) -> Iterator[Reading]:
        """Run the encoder over all windows; whole sentences come out, each once, in order."""
        size = self.settings.window_tokens - 2
        first, last = self._tokenizer.first_id, self._tokenizer.last_id
        starts = tokens.sentence_starts()
        word, token = 0, 0  # where the pending rows begin
        pending: list[tuple[Floats, Floats]] = []
        for window in plan_windows(
            tokens.n_tokens, size=size, overlap=self.settings.overlap_tokens
        ):
            ids = np.concatenate([[first], tokens.ids[window.start : window.end], [last]])
            states, log_probs = self._runtime.read(ids.astype(np.int64))
            kept = slice(1 + window.keep_start - window.start, 1 + window.keep_end - window.start)
            pending.append((states[kept], log_probs[kept]))
            end_word = tokens.n_words
            if window.keep_end < tokens.n_tokens:
                complete = np.searchsorted(tokens.word_token[starts], window.keep_end, side="right")
                end_word = int(starts[complete - 1]) if complete else 0
            if end_word <= word:
                continue
            end_token = (
                tokens.n_tokens if end_word == tokens.n_words else int(tokens.word_token[end_word])
            )
            states, log_probs = (np.concatenate(rows) for rows in zip(*pending, strict=True))
            taken = end_token - token
            yield Reading(
                word,
                token,
                log_probs[tokens.word_token[word:end_word] - token],
                states[:taken],
            )
            pending = [(states[taken:], log_probs[taken:])]
            word, token = end_word, end_token

    def decode(
        self,
        text: str,
        tokens: Tokens,
        readings: Iterable[Reading],
        *,
        id: str = "",
        meta: Mapping[str, Any] | None = None,
        min_score: float = 0.0,
    ) -> Document:
        """Make a document of what ``read`` gave for ``text``; options as in ``analyze``."""
        spans: list[TaggedSpan] = []
        rows: list[tuple[Floats, Floats, float]] = []
        bias = _tag_bias(self.settings)
        for reading in readings:
            for span in self._spans(tokens, reading, bias):
                spans.append(span)
                rows.append(_evidence_of(tokens, reading, span))
        segments: list[Segment] = []
        relations: list[Relation] = []
        thesis: tuple[float, int] | None = None
        for start in range(0, len(spans), _STRETCH_SEGMENTS):
            stretch = spans[start : start + _STRETCH_SEGMENTS]
            states, tagged, edges = zip(*rows[start : start + _STRETCH_SEGMENTS], strict=True)
            judged = self._runtime.judge(
                np.stack(states), np.stack(tagged), segment_features(tokens, stretch)
            )
            places = [tokens.char_range(text, span) for span in stretch]
            found = _segments(judged, places, np.array(edges), self.settings)
            linked, root, root_score = _relations(judged, found, self.settings)
            relations += [
                Relation(r.source + start, r.target + start, r.label, r.score) for r in linked
            ]
            segments += found
            if self.settings.thesis:
                thesis = _merge_theses(relations, thesis, root, root_score, start)
        if thesis is not None:
            index = thesis[1]
            chosen = segments[index]
            segments[index] = Segment(chosen.start, chosen.end, chosen.label, True, chosen.score)
        if min_score > 0.0:
            segments, relations = drop_segments(
                segments, relations, [s.score is None or s.score >= min_score for s in segments]
            )
        made = {**(meta or {}), "model": self.name, "n_tokens": tokens.n_tokens}
        return Document(text, tuple(segments), tuple(relations), id, made)

    def _spans(self, tokens: Tokens, reading: Reading, bias: Floats) -> Iterator[TaggedSpan]:
        n_words = len(reading.log_probs)
        sentences = tokens.word_sentence[reading.first_word : reading.first_word + n_words]
        starts = np.flatnonzero(np.diff(sentences, prepend=-1)).tolist()
        for start, end in zip(starts, [*starts[1:], n_words], strict=True):
            tags = decode_tags(
                reading.log_probs[start:end] + bias, switch_penalty=self.settings.switch_penalty
            )
            offset = reading.first_word + start
            for span in spans_of_tags(tags):
                yield TaggedSpan(span.first + offset, span.last + offset, span.label_id)


def label_log_probs(log_probs: Floats) -> Floats:
    """The tagger's opinion of a segment: log-probability of each label, shape [n_labels].

    The mean over its words of the log-probability of the label's two tags, normalised.

    Args:
        log_probs: tag log-probabilities of its words, shape [n_words, n_tags].
    """
    labels = np.logaddexp(log_probs[:, 1::2], log_probs[:, 2::2]).mean(axis=0)
    normalised: Floats = (labels - np.logaddexp.reduce(labels)).astype(np.float32)
    return normalised


def boundary_log_prob(log_probs: Floats, first: int, last: int, *, at_end: bool) -> float:
    """Log-probability of a segment's edges: B at its first word, no I after its last word.

    Args:
        log_probs: tag log-probabilities of the sentence's words and more, shape [n_words, n_tags].
        first, last: rows of the segment's first and last word.
        at_end: whether the last word ends its sentence, so that its edge is certain.
    """
    begins = float(np.logaddexp.reduce(log_probs[first, 1::2]))
    if at_end:
        return begins
    ends = 1.0 - float(np.exp(log_probs[last + 1, 2::2]).sum())
    return begins + float(np.log(max(ends, 1e-6)))


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


def _load_folder(folder: str, threads: int) -> Analyzer:
    return Analyzer.load(Path(folder), threads=threads)


def _tag_bias(settings: Settings) -> Floats:
    bias = np.zeros(1 + 2 * len(settings.labels), dtype=np.float32)
    for label_id, label in enumerate(settings.labels):
        bias[[begin_tag(label_id), inside_tag(label_id)]] = settings.label_bias.get(label, 0.0)
    return bias


def _evidence_of(
    tokens: Tokens, reading: Reading, span: TaggedSpan
) -> tuple[Floats, Floats, float]:
    """Mean state, label log-probabilities and boundary log-probability of a span."""
    first, last = span.first - reading.first_word, span.last - reading.first_word
    start, end = tokens.token_range(span)
    state = reading.states[start - reading.first_token : end - reading.first_token].mean(axis=0)
    following = span.last + 1
    at_end = (
        following == tokens.n_words
        or tokens.word_sentence[following] != tokens.word_sentence[span.last]
    )
    return (
        state,
        label_log_probs(reading.log_probs[first : last + 1]),
        boundary_log_prob(reading.log_probs, first, last, at_end=at_end),
    )


def _segments(
    judged: Judgement,
    places: Sequence[tuple[int, int]],
    edges: NDArray[np.float64],
    settings: Settings,
) -> list[Segment]:
    logits = judged.labels + np.array(
        [settings.label_bias.get(label, 0.0) for label in settings.labels], dtype=np.float32
    )
    log_probs = _log_softmax(judged.labels.astype(np.float64))
    label_ids = logits.argmax(axis=1)
    chosen = log_probs[np.arange(len(label_ids)), label_ids]
    odds = chosen - np.log(np.maximum(-np.expm1(chosen), 1e-9))
    constant, of_label, of_edges = settings.score_weights
    scores = 1.0 / (1.0 + np.exp(-(constant + of_label * odds + of_edges * edges)))
    return [
        Segment(start, end, settings.labels[label_id], False, float(score))
        for (start, end), label_id, score in zip(places, label_ids, scores, strict=True)
    ]


def _relations(
    judged: Judgement, segments: Sequence[Segment], settings: Settings
) -> tuple[list[Relation], int, float]:
    """The relations of one stretch, the index of its root and the root's score.

    With a thesis, the relations are the best tree below it. Without one, every segment takes
    its best target, which may be none.
    """
    log_probs = _log_softmax(judged.heads.astype(np.float64))
    roots = judged.heads[:, 0].astype(np.float64)
    may_be_root = np.array([s.label == settings.thesis_label for s in segments])
    if may_be_root.any():
        roots = np.where(may_be_root, roots, -np.inf)
    root = int(roots.argmax())
    if settings.thesis:
        heads = decode_tree(log_probs[:, 1:], root)
    else:
        # A virtual node for "no target" makes the forest a tree.
        n = len(segments)
        scores = np.full((n + 1, n + 1), -np.inf)
        scores[1:] = log_probs
        heads = decode_tree(scores, 0)[1:] - 1
    relations = []
    for source, target in enumerate(heads.tolist()):
        if target < 0:
            continue
        attack = 1.0 / (1.0 + np.exp(-float(judged.attacks[source, target])))
        label = scheme.ATTACKS if attack > 0.5 else scheme.SUPPORTS
        score = float(np.exp(log_probs[source, 1 + target])) * max(attack, 1.0 - attack)
        relations.append(Relation(source, target, label, min(score, 1.0)))
    return relations, root, float(roots[root])


def _merge_theses(
    relations: list[Relation],
    thesis: tuple[float, int] | None,
    root: int,
    root_score: float,
    start: int,
) -> tuple[float, int]:
    """Join the tree of a stretch to those before it: the lesser root supports the better one."""
    candidate = (root_score, root + start)
    if thesis is None:
        return candidate
    lesser, better = sorted((thesis, candidate))
    relations.append(Relation(lesser[1], better[1], scheme.SUPPORTS, 0.0))
    return better


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    normalised: NDArray[np.float64] = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return normalised
