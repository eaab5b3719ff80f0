"""The doctor: everything that may be wrong with annotated documents, in one report."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contend import scheme
from contend.checking.duplicates import SIMILAR, check_duplicates
from contend.checking.findings import SEVERITIES, Finding, Part, Severity, finding, quoted
from contend.checking.relations import check_relations, check_tree
from contend.checking.segments import check_segments, check_text
from contend.checking.statistics import Statistics, check_usage
from contend.document import Document
from contend.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What ``check`` found.

    Attributes:
        findings: errors first, then warnings, then notes; each by part and document.
        statistics: name of a part -> what it holds, in the order of the parts.
        total: what all parts hold together.
        labels: the labels of the scheme that was expected.
    """

    findings: tuple[Finding, ...]
    statistics: Mapping[str, Statistics]
    total: Statistics
    labels: tuple[str, ...]

    def count(self, severity: Severity) -> int:
        """The number of findings of ``severity``."""
        return sum(each.severity == severity for each in self.findings)

    def passed(self, *, strict: bool = False) -> bool:
        """Whether there is no error, and with ``strict`` no warning either."""
        return not self.count("error") and not (strict and self.count("warning"))

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "counts": {severity: self.count(severity) for severity in SEVERITIES},
            "labels": list(self.labels),
            "findings": [each.to_dict() for each in self.findings],
            "statistics": {name: each.to_dict() for name, each in self.statistics.items()},
            "total": self.total.to_dict(),
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """The report as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent, allow_nan=False)


def check(
    parts: Sequence[Part],
    *,
    labels: Sequence[str] | None = None,
    thesis: bool | None = None,
    sentences: bool = True,
    similar: float = SIMILAR,
) -> CheckReport:
    """Check annotated documents.

    Args:
        parts: the documents, by file or split.
        labels: the labels of the scheme; by default claim, evidence and counterclaim if any of
            them is used, else whatever is.
        thesis: whether a document has one thesis, the root of its tree; by default whether at
            least half of the annotated documents mark one.
        sentences: whether a segment should lie within one sentence.
        similar: containment from which on two texts are near-duplicates, above 0 and up to 1.

    Raises:
        ConfigError: if there is no part, two have one name, or ``similar`` is out of range.
    """
    names = [part.name for part in parts]
    if not parts or len(set(names)) < len(names):
        raise ConfigError(
            f"expected parts with names that differ, found {', '.join(names) or 'none'}"
        )
    if not 0 < similar <= 1:
        raise ConfigError(f"expected a containment above 0 and up to 1, found {similar}")
    every = [document for part in parts for document in part.documents]
    known = _expected_labels(every) if labels is None else tuple(labels)
    if thesis is None:
        thesis = _is_convention(every)
    found = [problem for part in parts for problem in part.problems]
    for part in parts:
        found += _check_part(part, known, thesis=thesis, sentences=sentences)
    found += [
        *_check_ids(parts),
        *_check_variants(parts),
        *check_usage(parts),
        *check_duplicates(parts, similar=similar),
    ]
    return CheckReport(
        findings=tuple(sorted(found, key=lambda each: SEVERITIES.index(each.severity))),
        statistics={part.name: Statistics.of(part.documents) for part in parts},
        total=Statistics.of(every),
        labels=known,
    )


def _is_convention(documents: Sequence[Document]) -> bool:
    """Whether marking a thesis is what annotators did, and leaving it out an exception."""
    annotated = [document for document in documents if document.segments]
    marked = sum(document.thesis is not None for document in annotated)
    return bool(marked) and 2 * marked >= len(annotated)


def _expected_labels(documents: Sequence[Document]) -> tuple[str, ...]:
    used = {
        label
        for document in documents
        for segment in document.segments
        for label in scheme.split_label(segment.label)
    }
    return scheme.LABELS if used & set(scheme.LABELS) or not used else tuple(sorted(used))


def _check_part(
    part: Part, labels: Sequence[str], *, thesis: bool, sentences: bool
) -> Iterator[Finding]:
    annotated = any(document.segments for document in part.documents)
    related = any(document.relations for document in part.documents)
    if part.documents and not annotated:
        message = f"none of {len(part.documents):,} documents has a segment"
        yield finding("unannotated", message, part.name)
    for document in part.documents:
        yield from check_text(document, part.name)
        if annotated and not document.segments:
            yield finding("no-segments", "expected segments, found none", part.name, document)
        yield from check_segments(document, part.name, sentences=sentences)
        yield from _check_unknown(document, part.name, labels)
        yield from check_relations(document, part.name)
        if thesis and related and len(document.segments) > 1 and not document.relations:
            message = f"expected relations between {len(document.segments)} segments, found none"
            yield finding("no-relations", message, part.name, document)
        if thesis:
            yield from check_tree(document, part.name)
    yield from _check_sets(part)
    nameless = sum(not document.id for document in part.documents)
    if nameless:
        message = f"{nameless:,} of {len(part.documents):,} documents have no id"
        yield finding("no-id", message, part.name)


def _check_unknown(document: Document, part: str, labels: Sequence[str]) -> Iterator[Finding]:
    for segment in document.segments:
        unknown = set(scheme.split_label(segment.label)).difference(labels)
        if unknown:
            yield finding(
                "unknown-label",
                f"{', '.join(map(repr, sorted(unknown)))} of {quoted(segment.text)}; expected one "
                f"of {', '.join(labels)}",
                part,
                document,
                segment,
            )


def _check_sets(part: Part) -> Iterator[Finding]:
    used = Counter(segment.label for document in part.documents for segment in document.segments)
    for label, count in sorted(used.items()):
        if len(scheme.split_label(label)) > 1:
            share = count / used.total()
            message = f"{count:,} segments ({share:.0%}) are {label!r}"
            yield finding("label-set", message, part.name)


def _check_ids(parts: Sequence[Part]) -> Iterator[Finding]:
    owners: defaultdict[str, list[tuple[Part, int, Document]]] = defaultdict(list)
    for part in parts:
        numbers = part.numbers or range(1, len(part.documents) + 1)
        for number, document in zip(numbers, part.documents, strict=True):
            if document.id:
                owners[document.id].append((part, number, document))
    for name, group in owners.items():
        places: defaultdict[str, list[int]] = defaultdict(list)
        for part, number, _ in group:
            places[part.name].append(number)
        # One text in several parts is one document: a matter of duplicates, not of ids.
        if len({document.text for *_, document in group}) > 1 or max(map(len, places.values())) > 1:
            shown = "; ".join(
                f"number {', '.join(map(str, numbers))} in {part}"
                for part, numbers in places.items()
            )
            yield finding(
                "duplicate-id",
                f"{len(group)} documents have the id {name!r}: {shown}",
                group[0][0].name,
                group[0][2],
                others=[(part.name, name) for part, *_ in group[1:]],
            )


def _check_variants(parts: Sequence[Part]) -> Iterator[Finding]:
    used = Counter(
        label
        for part in parts
        for document in part.documents
        for segment in document.segments
        for label in scheme.split_label(segment.label)
    )
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(used):
        alike[re.sub(r"[\W_]+", "", label).casefold()].append(label)
    for group in alike.values():
        if len(group) > 1:
            counted = ", ".join(f"{label!r} ({used[label]:,})" for label in group)
            yield finding("label-variants", f"these are probably one label: {counted}", "")
    if used and not set(used) & set(scheme.LABELS):
        yield finding("other-labels", f"the labels are {', '.join(sorted(used))}", "")
