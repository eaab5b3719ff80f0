"""The analyzer: a text goes in, a Document comes out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from contend import scheme
from contend.document import Document, Relation, Segment
from contend.errors import ConfigError, DocumentError
from contend.formats.base import meta_of_text
from contend.model.decoding import (
    Candidates,
    Reading,
    Root,
    check_min_score,
    drop_segments,
    find_candidates,
    label_segments,
    relate_segments,
)
from contend.model.features import segment_features
from contend.model.folder import open_model
from contend.model.runtime import Floats, Runtime
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer, Tokens
from contend.text.windows import plan_windows

__all__ = ["Analyzer", "Reading"]

# The document head compares all pairs of segments; more than this many are judged in stretches,
# which bounds memory. The longest article of the corpora has fewer than half as many.
_STRETCH_SEGMENTS = 256


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
        analyzer._source = (str(opened.folder.resolve()), threads)
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

        Raises:
            DocumentError: if ``text`` is no string.
            ConfigError: if ``min_score`` is not in [0, 1].
        """
        if not isinstance(text, str):
            raise DocumentError(
                f"document {id!r}: expected a text that is a string, found "
                f"{type(text).__name__}; decode bytes first, take the text of a Document, and "
                "give several texts to analyze_many"
            )
        tokens = self._tokenizer.encode(text)
        return self.decode(text, tokens, self.read(tokens), id=id, meta=meta, min_score=min_score)

    def analyze_many(
        self, texts: Iterable[str | Document], *, min_score: float = 0.0
    ) -> Iterator[Document]:
        """Analyse texts one after another, in order, reading the iterable as it goes.

        Args:
            texts: texts, or documents: their text is analysed and their id and meta are kept, but
                not what meta says of their segments.
            min_score: as in ``analyze``.

        Raises:
            ConfigError: at the call, if ``texts`` is a single text or ``min_score`` is not in
                [0, 1].
            DocumentError: when its turn comes, if one of the texts is no string.
        """
        if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
            raise ConfigError(
                f"expected many texts, found one {type(texts).__name__}; for a single text: "
                "analyze(text) or analyze_many([text])"
            )
        check_min_score(min_score)
        return self._analyze_each(texts, min_score)

    def _analyze_each(
        self, texts: Iterable[str | Document], min_score: float
    ) -> Iterator[Document]:
        for item in texts:
            if isinstance(item, Document):
                meta = meta_of_text(item)
                yield self.analyze(item.text, id=item.id, meta=meta, min_score=min_score)
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
        check_min_score(min_score)
        segments: list[Segment] = []
        relations: list[Relation] = []
        thesis: Root | None = None
        for stretch in _stretches(find_candidates(tokens, r, self.settings) for r in readings):
            judged = self._runtime.judge(
                stretch.states, stretch.tagged, segment_features(tokens, stretch.spans)
            )
            places = [tokens.char_range(text, span) for span in stretch.spans]
            found = label_segments(judged, places, stretch.edges, self.settings)
            related, root = relate_segments(judged, found, self.settings)
            start = len(segments)
            segments += found
            relations += [
                replace(r, source=r.source + start, target=r.target + start) for r in related
            ]
            if self.settings.thesis:
                thesis = _join(thesis, root._replace(segment=root.segment + start), relations)
        if thesis is not None:
            segments[thesis.segment] = replace(segments[thesis.segment], thesis=True)
        if min_score > 0.0:
            segments, relations = drop_segments(
                segments, relations, [s.score is None or s.score >= min_score for s in segments]
            )
        made = {**(meta or {}), "model": self.name, "n_tokens": tokens.n_tokens}
        return Document(text, tuple(segments), tuple(relations), id, made)


def _load_folder(folder: str, threads: int) -> Analyzer:
    return Analyzer.load(Path(folder), threads=threads)


def _stretches(parts: Iterable[Candidates]) -> Iterator[Candidates]:
    """The candidates of a whole text, as many at once as are judged together."""
    parts = [part for part in parts if part.spans]
    if not parts:
        return
    spans = [span for part in parts for span in part.spans]
    states, tagged, edges = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("states", "tagged", "edges")
    )
    for start in range(0, len(spans), _STRETCH_SEGMENTS):
        rows = slice(start, start + _STRETCH_SEGMENTS)
        yield Candidates(tuple(spans[rows]), states[rows], tagged[rows], edges[rows])


def _join(thesis: Root | None, root: Root, relations: list[Relation]) -> Root:
    """Join the tree of a stretch to those before it: the lesser root supports the better one."""
    if thesis is None:
        return root
    lesser, better = sorted((thesis, root))
    relations.append(Relation(lesser.segment, better.segment, scheme.SUPPORTS, 0.0))
    return better
