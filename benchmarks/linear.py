"""A baseline that learns: TF-IDF of a sentence and its neighbours, its place, a linear model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import SGDClassifier

from contend import Document, Segment
from contend.metrics.words import segments_of_words, word_starts
from contend.text.sentences import split_paragraphs, split_sentences

NONE = ""
# Numbers are one word, and punctuation marks are words: figures and quotations are evidence.
_NUMBER = re.compile(r"\d+")
_HASHING = {
    "token_pattern": r"(?u)\b\w+\b|[^\w\s]",
    "alternate_sign": False,
    "norm": None,
    "dtype": np.float32,
}
_SENTENCE = HashingVectorizer(n_features=2**18, ngram_range=(1, 2), **_HASHING)
_NEIGHBOUR = HashingVectorizer(n_features=2**15, **_HASHING)
_N_TENTHS, _N_LENGTHS = 10, 8


class Sentences(NamedTuple):
    """The sentences of a text: their places and, a row each, what is known of them."""

    spans: list[tuple[int, int]]
    words: Any
    before: Any
    after: Any
    layout: Any


class Linear:
    """Labels whole sentences; knows nothing of relations.

    Args:
        strength: of the L2 penalty.
        balanced: whether rare labels weigh as much as frequent ones.
        epochs: passes over the sentences.
        seed: of their order.
    """

    def __init__(
        self,
        *,
        strength: float = 3e-5,
        balanced: bool = True,
        epochs: int = 8,
        seed: int = 0,
    ) -> None:
        self._idf = [TfidfTransformer(sublinear_tf=True) for _ in range(3)]
        self._model = SGDClassifier(
            loss="log_loss",
            alpha=strength,
            class_weight="balanced" if balanced else None,
            max_iter=epochs,
            tol=None,
            average=True,
            random_state=seed,
        )

    def fit(self, documents: Iterable[tuple[Document, bool]]) -> Linear:
        """Learn from documents, each with whether sentences outside of segments have no label.

        If not, nobody knows their label, and they are left out, like those whose label is a set.
        """
        parts: list[Sentences] = []
        labels: list[str] = []
        known: list[bool] = []
        for document, outside in documents:
            read = read_sentences(document.text)
            if read.spans:
                found = sentence_labels(document, read.spans)
                parts.append(read)
                labels += found
                known += ["|" not in label and (outside or label != NONE) for label in found]
        rows = np.flatnonzero(known)
        words = [sparse.vstack([part[1 + n] for part in parts], "csr")[rows] for n in range(3)]
        layout = sparse.vstack([part.layout for part in parts], "csr")[rows]
        weighted = [idf.fit_transform(of) for idf, of in zip(self._idf, words, strict=True)]
        self._model.fit(
            sparse.hstack([*weighted, layout], "csr"), [labels[row] for row in rows.tolist()]
        )
        return self

    def __call__(self, texts: Iterable[str]) -> Iterator[Document]:
        """Documents of sentences with their most probable label and its probability."""
        for text in texts:
            read = read_sentences(text)
            if not read.spans:
                yield Document(text)
                continue
            words = [idf.transform(of) for idf, of in zip(self._idf, read[1:4], strict=True)]
            odds = self._model.predict_proba(sparse.hstack([*words, read.layout], "csr"))
            labels = self._model.classes_[odds.argmax(axis=1)].tolist()
            yield Document(
                text,
                tuple(
                    Segment(*span, label, score=score)
                    for span, label, score in zip(
                        read.spans, labels, odds.max(axis=1).tolist(), strict=True
                    )
                    if label != NONE
                ),
            )


@cache
def read_sentences(text: str) -> Sentences:
    """The sentences of ``text``; kept, since many models are trained on the same texts."""
    spans = split_sentences(text)
    if not spans:
        return Sentences([], None, None, None, None)
    words = [_NUMBER.sub("0", text[start:end]) for start, end in spans]
    alone = _NEIGHBOUR.transform(words)
    empty = sparse.csr_matrix((1, alone.shape[1]), dtype=alone.dtype)
    return Sentences(
        spans,
        _SENTENCE.transform(words),
        sparse.vstack([empty, alone[:-1]], "csr"),
        sparse.vstack([alone[1:], empty], "csr"),
        _layout(text, spans, words),
    )


def sentence_labels(document: Document, spans: Sequence[tuple[int, int]]) -> list[str]:
    """For each sentence the label of most of its words, ``NONE`` if they lie in no segment."""
    starts = word_starts(document.text)
    of_words = segments_of_words(document, starts).tolist()
    firsts = np.searchsorted(starts, [start for start, _ in spans]).tolist()
    labels = []
    for first, last in zip(firsts, [*firsts[1:], len(of_words)], strict=True):
        counted = Counter(
            document.segments[index].label if index >= 0 else NONE for index in of_words[first:last]
        )
        labels.append(counted.most_common(1)[0][0] if counted else NONE)
    return labels


def _layout(text: str, spans: Sequence[tuple[int, int]], words: Sequence[str]) -> Any:
    """Where each sentence stands in the text and in its paragraph, and its length; 0 or 1."""
    ends = [end for _, end in split_paragraphs(text)]
    paragraphs = np.searchsorted(ends, [start for start, _ in spans], side="right").tolist()
    sizes = [len(list(group)) for _, group in groupby(paragraphs)]
    inside = [(place, size) for size in sizes for place in range(size)]
    n = len(spans)
    rows = np.zeros((n, 8 + _N_TENTHS + _N_LENGTHS), dtype=np.float32)
    for row, (place, size) in enumerate(inside):
        rows[row, :8] = (
            row == 0, row == 1, row == n - 1, paragraphs[row] == 0,
            paragraphs[row] == paragraphs[-1], place == 0, place == size - 1, size == 1,
        )  # fmt: skip
        rows[row, 8 + _N_TENTHS * row // n] = 1
        length = min(int(np.log2(max(len(words[row].split()), 1))), _N_LENGTHS - 1)
        rows[row, 8 + _N_TENTHS + length] = 1
    return sparse.csr_matrix(rows)
