"""A report of errors: counts of ``errors`` with the passages that they stand for."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from contend import scheme
from contend.document import Document, Segment
from contend.errors import ConfigError
from contend.metrics.admissible import has_sets, plain_labels
from contend.metrics.counts import Counts, check_pairs, label_ids
from contend.metrics.errors import (
    KINDS,
    RELATION_KINDS,
    THESIS_KINDS,
    Kind,
    Outcome,
    count_outcome,
    error_counts,
    outcomes,
    relation_error_counts,
    span_of,
    thesis_error_counts,
)
from contend.metrics.groups import group_documents
from contend.metrics.words import word_confusion

#: What reports call the words of no segment.
NONE = "none"
_CONTEXT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A segment of an example; offsets count from the start of the example's text."""

    start: int
    end: int
    label: str
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A passage that went wrong.

    Attributes:
        document: the document's id.
        start: first code point of the passage in the document.
        end: one past the last.
        kind: what went wrong; see ``Outcome``.
        before, after: a little of the text around it.
        text: the passage.
        gold, predicted: the segments in it.
    """

    document: str
    start: int
    end: int
    kind: Kind
    before: str
    text: str
    after: str
    gold: tuple[Mark, ...]
    predicted: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorReport:
    """What went wrong; made by ``find_errors``.

    Attributes:
        gold, predicted: the documents, in order.
        labels: the labels of both sides.
        outcomes: of each document, in text order.
        segments: of ``error_counts``, shape [n_documents, n_kinds, 2, n_labels].
        relations: of ``relation_error_counts``, shape [n_documents, 2, n_kinds, 2].
        theses: of ``thesis_error_counts``, shape [n_documents, n_kinds].
        words: of ``word_confusion``, shape [n_documents, n_labels + 1, n_labels + 1].
    """

    gold: tuple[Document, ...] = field(repr=False)
    predicted: tuple[Document, ...] = field(repr=False)
    labels: tuple[str, ...]
    outcomes: tuple[tuple[Outcome, ...], ...] = field(repr=False)
    segments: Counts = field(repr=False)
    relations: Counts = field(repr=False)
    theses: Counts = field(repr=False)
    words: Counts = field(repr=False)

    def confusions(self) -> list[tuple[str, str, int]]:
        """Gold label, predicted label and number of passages found under a wrong label."""
        found = Counter(
            (right.segments[outcome.gold[0]].label, given.segments[outcome.predicted[0]].label)
            for right, given, outcome in self._all()
            if outcome.kind in ("label", "label and boundaries")
        )
        return [(*pair, n) for pair, n in found.most_common()]

    def by(self, key: str) -> dict[str, Counts]:
        """Counts by group of documents or of places; an outcome belongs where it begins.

        Args:
            key: ``length``, ``position`` or a key of ``meta``; see ``group_documents``.

        Returns:
            Name of the group -> counts, shape [n_kinds, 2, n_labels].

        Raises:
            ConfigError: if no document has the key.
        """
        grouping = group_documents(self.gold, key)
        ids = label_ids(self.labels)
        counts = np.zeros((len(grouping.names), *self.segments.shape[1:]))
        for index, (right, given) in enumerate(zip(self.gold, self.predicted, strict=True)):
            for outcome in self.outcomes[index]:
                start, _ = span_of(outcome, right, given)
                count_outcome(counts[grouping.group(index, start)], outcome, right, given, ids)
        return dict(zip(grouping.names, counts, strict=True))

    def examples(self, n: int) -> list[Example]:
        """Up to ``n`` examples of each kind and label, from many documents.

        The label is that of the first gold segment, or of the first predicted one where there is
        no gold. The surest mistakes come first.
        """
        cells: dict[tuple[Kind, str], list[tuple[float, int, Example]]] = defaultdict(list)
        for right, given, of in zip(self.gold, self.predicted, self.outcomes, strict=True):
            in_document: Counter[tuple[Kind, str]] = Counter()
            for outcome in of:
                if outcome.kind == "right":
                    continue
                example = _example(outcome, right, given)
                cell = (outcome.kind, (*example.gold, *example.predicted)[0].label)
                surest = max((mark.score or 0.0 for mark in example.predicted), default=0.0)
                cells[cell].append((-surest, in_document[cell], example))
                in_document[cell] += 1
        chosen: list[Example] = []
        for kind in KINDS:
            for label in self.labels:
                ranked = sorted(cells[kind, label], key=lambda each: each[:2])
                chosen += [example for *_, example in ranked[:n]]
        return chosen

    def to_dict(self, *, by: Sequence[str] = (), n_examples: int = 0) -> dict[str, Any]:
        """The report as plain values.

        Args:
            by: keys of ``by`` to give the counts for.
            n_examples: passages of each kind and label; 0 leaves out all text.

        Raises:
            ConfigError: if no document has one of the keys.
        """
        return {
            "labels": list(self.labels),
            "segments": self._segments(self.segments.sum(axis=0)),
            "confusions": [
                {"gold": gold, "predicted": predicted, "segments": n}
                for gold, predicted, n in self.confusions()
            ],
            "words": {
                "labels": [*self.labels, NONE],
                "gold_by_predicted": self.words.sum(axis=0).astype(int).tolist(),
            },
            "relations": {
                side: _named(RELATION_KINDS, scheme.RELATION_LABELS, counts)
                for side, counts in zip(
                    ("gold", "predicted"), self.relations.sum(axis=0), strict=True
                )
            },
            "theses": dict(
                zip(THESIS_KINDS, self.theses.sum(axis=0).astype(int).tolist(), strict=True)
            ),
            "groups": [
                {
                    "by": key,
                    "parts": [
                        {"name": name, "segments": self._segments(counts)}
                        for name, counts in self.by(key).items()
                    ],
                }
                for key in by
            ],
            "examples": [asdict(example) for example in self.examples(n_examples)],
        }

    def to_json(self, *, indent: int | None = 2, n_examples: int = 0) -> str:
        """The report as JSON."""
        return json.dumps(
            self.to_dict(n_examples=n_examples), ensure_ascii=False, indent=indent, allow_nan=False
        )

    def _segments(self, counts: Counts) -> dict[str, Any]:
        """Counts [n_kinds, 2, n_labels] as kind -> side -> label -> number of segments."""
        return {
            kind: {
                side: dict(zip(self.labels, of.astype(int).tolist(), strict=True))
                for side, of in zip(("gold", "predicted"), each, strict=True)
            }
            for kind, each in zip(KINDS, counts, strict=True)
        }

    def _all(self) -> Iterator[tuple[Document, Document, Outcome]]:
        for right, given, of in zip(self.gold, self.predicted, self.outcomes, strict=True):
            yield from ((right, given, outcome) for outcome in of)


def find_errors(gold: Sequence[Document], predicted: Sequence[Document]) -> ErrorReport:
    """Say what went wrong, passage by passage.

    Args:
        gold: the right documents, each segment with one plain label.
        predicted: documents over the same texts, in the same order.

    Raises:
        ConfigError: if the documents do not fit each other, or segments have sets of labels.
    """
    check_pairs(gold, predicted)
    check_plain([*gold, *predicted])
    labels = plain_labels([*gold, *predicted])
    return ErrorReport(
        gold=tuple(gold),
        predicted=tuple(predicted),
        labels=labels,
        outcomes=tuple(
            tuple(outcomes(right, given)) for right, given in zip(gold, predicted, strict=True)
        ),
        segments=error_counts(gold, predicted, labels),
        relations=relation_error_counts(gold, predicted),
        theses=thesis_error_counts(gold, predicted),
        words=word_confusion(gold, predicted, labels),
    )


def check_plain(documents: Sequence[Document]) -> None:
    """Check that ``documents`` are such as ``find_errors`` takes.

    Raises:
        ConfigError: if a segment has a set of labels.
    """
    if has_sets(documents):
        raise ConfigError(
            "errors are found only among plain labels, but some segments have sets of them, such "
            "as 'claim|evidence'; read the corpus in its own labels, with a model for these"
        )


def _example(outcome: Outcome, gold: Document, predicted: Document) -> Example:
    start, end = span_of(outcome, gold, predicted)
    text = gold.text
    first = max(0, start - _CONTEXT)
    last = min(len(text), end + _CONTEXT)
    before, after = text[first:start], text[end:last]
    # Words that the cut halved are left out.
    if first and not text[first - 1].isspace():
        before = before.partition(" ")[2]
    if last < len(text) and not text[last].isspace():
        after = after.rpartition(" ")[0]
    return Example(
        document=gold.id,
        start=start,
        end=end,
        kind=outcome.kind,
        before=before,
        text=text[start:end],
        after=after,
        gold=tuple(_mark(gold.segments[index], start) for index in outcome.gold),
        predicted=tuple(_mark(predicted.segments[index], start) for index in outcome.predicted),
    )


def _mark(segment: Segment, start: int) -> Mark:
    return Mark(
        start=segment.start - start,
        end=segment.end - start,
        label=segment.label,
        score=segment.score,
    )


def _named(
    kinds: Sequence[str], labels: Sequence[str], counts: Counts
) -> Mapping[str, Mapping[str, int]]:
    """Counts [n_kinds, n_labels] by name."""
    return {
        kind: dict(zip(labels, row.astype(int).tolist(), strict=True))
        for kind, row in zip(kinds, counts, strict=True)
    }
