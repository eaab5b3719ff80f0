"""What the documents hold: counts of labels, lengths, and labels that somebody never uses."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any

from contend.checking.findings import Finding, Part, finding
from contend.document import Document

# A label is missed if its absence is less likely than this, given how often others use it.
_UNLIKELY = 0.01
_ANNOTATOR = "annotator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long things are: the least, the median, the mean and the most."""

    least: int
    median: float
    mean: float
    most: int

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Lengths | None:
        """The lengths of ``numbers``, ``None`` if there are none."""
        if not numbers:
            return None
        return cls(
            least=min(numbers), median=median(numbers), mean=mean(numbers), most=max(numbers)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Counts and lengths of a part.

    Attributes:
        n_documents: number of documents.
        n_annotated: those with a segment.
        n_words: words of their texts.
        n_theses: marked theses.
        labels: label -> number of segments.
        relations: label -> number of relations.
        document_words: words of a document.
        document_segments: segments of an annotated document.
        segment_words: label -> words of a segment.
        covered: the part of the words that lie in segments, in annotated documents; ``None``
            if there are none.
    """

    n_documents: int
    n_annotated: int
    n_words: int
    n_theses: int
    labels: Mapping[str, int]
    relations: Mapping[str, int]
    document_words: Lengths | None
    document_segments: Lengths | None
    segment_words: Mapping[str, Lengths]
    covered: float | None

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Statistics:
        """The statistics of ``documents``."""
        words = [len(document.text.split()) for document in documents]
        annotated = [document for document in documents if document.segments]
        lengths: defaultdict[str, list[int]] = defaultdict(list)
        for document in annotated:
            for segment in document.segments:
                lengths[segment.label].append(len(segment.text.split()))
        pairs = zip(words, documents, strict=True)
        n_words_annotated = sum(n for n, document in pairs if document.segments)
        n_covered = sum(map(_n_covered, annotated))
        return cls(
            n_documents=len(documents),
            n_annotated=len(annotated),
            n_words=sum(words),
            n_theses=sum(document.thesis is not None for document in documents),
            labels={label: len(lengths[label]) for label in sorted(lengths)},
            relations=dict(sorted(Counter(_relation_labels(documents)).items())),
            document_words=Lengths.of(words),
            document_segments=Lengths.of([len(document.segments) for document in annotated]),
            segment_words={
                label: found for label in sorted(lengths) if (found := Lengths.of(lengths[label]))
            },
            covered=n_covered / n_words_annotated if n_words_annotated else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """The statistics as plain values."""
        return asdict(self)


def _n_covered(document: Document) -> int:
    """The words of a document of which a part lies in a segment."""
    starts = [segment.start for segment in document.segments]
    spans = map(re.Match.span, re.finditer(r"\S+", document.text))
    return sum(
        document.segments[place].end > start
        for start, end in spans
        if (place := bisect_left(starts, end) - 1) >= 0
    )


def check_usage(parts: Sequence[Part]) -> Iterator[Finding]:
    """Labels that one annotator, file or split never uses although the others do.

    A label is missed if a group with as many segments as this one would lack it with a
    probability below 1 % if it used it as often as all others together. Annotators are told
    apart by ``meta["annotator"]``.
    """
    for groups in _groupings(parts):
        usage = {name: _label_counts(documents) for name, documents in groups.items()}
        for name, used in usage.items():
            others = sum((of for other, of in usage.items() if other != name), Counter[str]())
            n_own, n_others = used.total(), others.total()
            for label, count in sorted(others.items()):
                if not used[label] and (1 - count / n_others) ** n_own < _UNLIKELY:
                    yield finding(
                        "unused-label",
                        f"{name} never uses {label!r} in {n_own:,} segments; all others use it for "
                        f"{count / n_others:.1%} of theirs",
                        name if name in {part.name for part in parts} else "",
                    )


def _groupings(parts: Sequence[Part]) -> Iterator[dict[str, list[Document]]]:
    """The documents by annotator, by part and by split, where there are two at least."""
    by_annotator: defaultdict[str, list[Document]] = defaultdict(list)
    by_split: defaultdict[str, list[Document]] = defaultdict(list)
    for part in parts:
        by_split[part.split].extend(part.documents)
        for document in part.documents:
            name = document.meta.get(_ANNOTATOR)
            if isinstance(name, str) and name:
                by_annotator[f"annotator {name}"].append(document)
    by_part = {part.name: list(part.documents) for part in parts}
    by_split.pop("", None)
    # A split of one part is that part.
    splits = {f"split {name}": documents for name, documents in by_split.items()}
    if len(by_part) == len(splits):
        splits = {}
    yield from (groups for groups in (by_annotator, by_part, splits) if len(groups) > 1)


def _label_counts(documents: Iterable[Document]) -> Counter[str]:
    return Counter(segment.label for document in documents for segment in document.segments)


def _relation_labels(documents: Iterable[Document]) -> Iterator[str]:
    return (relation.label for document in documents for relation in document.relations)
