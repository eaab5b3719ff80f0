"""The scores of a report, by outlet, by length of the article, by place in the article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contend import scheme
from contend.document import Document, with_segments
from contend.metrics.admissible import admissible_measures, has_sets
from contend.metrics.groups import Stretch, group_documents
from contend.metrics.intervals import resampling_weights
from contend.metrics.measures import (
    OTHER,
    Measure,
    f1_measure,
    ratio_measure,
    with_known_labels,
    word_measures,
)
from contend.metrics.relations import relation_counts, thesis_counts
from contend.metrics.report import UNDEFINED, Report, Score
from contend.metrics.segments import exact_counts
from contend.metrics.signature import signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The scores of one group.

    Attributes:
        name: of the group.
        n_documents: documents that it has a part of.
        scores: metric name -> score, as far as a part of a text can have it.
    """

    name: str
    n_documents: int
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """What ``break_down`` found; printing it gives a table.

    Attributes:
        by: what divides the groups.
        parts: the groups, in order.
    """

    by: str
    parts: tuple[Part, ...] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The scores as plain values; undefined ones are ``None``."""
        return {
            "by": self.by,
            "parts": [
                {
                    "name": part.name,
                    "n_documents": part.n_documents,
                    "scores": {name: score.to_dict() for name, score in part.scores.items()},
                }
                for part in self.parts
            ],
        }

    def __str__(self) -> str:
        metrics = list(self.parts[0].scores)
        rows = [[f"by {self.by}", "documents", *metrics]]
        for part in self.parts:
            values = (part.scores[name].value for name in metrics)
            shown = (UNDEFINED if value is None else f"{value:.3f}" for value in values)
            rows.append([part.name, str(part.n_documents), *shown])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(
                [row[0].ljust(widths[0])]
                + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
            )
            for row in rows
        )


def break_down(report: Report, by: str) -> Breakdown:
    """The scores of each group of a report's documents, with intervals.

    A place belongs to a group by code points: words by their first one, segments and theses by
    their start, relations by the start of their source. So the counts of the groups add up to
    those of the report.

    Args:
        report: of ``evaluate``.
        by: ``length``, ``position`` or a key of ``meta``; see ``group_documents``.

    Raises:
        ConfigError: if no document has the key.
    """
    grouping = group_documents(report.gold, by)
    parts = []
    for group, name in enumerate(grouping.names):
        members = list(grouping.members(group))
        gold, predicted = (
            [(documents[index], stretch) for index, stretch in members]
            for documents in (report.gold, report.predicted)
        )
        weights = resampling_weights(len(members), n_resamples=report.n_resamples, seed=report.seed)
        scores = {}
        for metric, each in _measures(report, gold, predicted).items():
            signed = signature(metric, _signed(report, each, len(members), f"{by}={name}"))
            scores[metric] = Score.of(each, weights, signed)
        parts.append(Part(name=name, n_documents=len(members), scores=scores))
    return Breakdown(by=by, parts=tuple(parts))


_Stretched = Sequence[tuple[Document, Stretch]]


def _measures(report: Report, gold: _Stretched, predicted: _Stretched) -> dict[str, Measure]:
    labels = report.labels
    if has_sets(report.gold):
        return admissible_measures(
            [_clipped(*each) for each in gold], [_clipped(*each) for each in predicted], labels
        )
    known = [(with_known_labels(document, labels), stretch) for document, stretch in predicted]
    (begun, found), (related, theirs), (clipped, covered) = (
        ([cut(*each) for each in gold], [cut(*each) for each in known])
        for cut in (_begun, _related, _clipped)
    )
    words = word_measures(clipped, covered, labels)
    words.pop("word_kappa")  # it would praise agreement on the words of other groups
    annotated = any(document.relations for document in report.gold)
    segments = exact_counts(begun, found, (*labels, OTHER))
    relations = relation_counts(related, theirs) * annotated
    theses = thesis_counts(begun, [document for document, _ in known])
    return {
        **words,
        "exact_f1": f1_measure(segments, "segment", "start+end+label", labels),
        "relation_f1": f1_measure(
            relations, "relation", "source+target+label", scheme.RELATION_LABELS
        ),
        "thesis_accuracy": ratio_measure(theses, ("right", "gold"), "document", "start+end"),
    }


def _clipped(document: Document, stretch: Stretch) -> Document:
    """``document`` with the parts of its segments that lie in ``stretch``."""
    inside = (
        replace(each, start=max(each.start, stretch.start), end=min(each.end, stretch.end))
        for each in document.segments
        if max(each.start, stretch.start) < min(each.end, stretch.end)
    )
    return with_segments(document, inside)


def _begun(document: Document, stretch: Stretch) -> Document:
    """``document`` with the segments that begin in ``stretch``."""
    return with_segments(
        document, [each for each in document.segments if stretch.start <= each.start < stretch.end]
    )


def _related(document: Document, stretch: Stretch) -> Document:
    """``document`` with the relations whose source begins in ``stretch``."""
    inside = (
        relation
        for relation in document.relations
        if stretch.start <= document.segments[relation.source].start < stretch.end
    )
    return with_segments(document, document.segments, inside)


def _signed(report: Report, each: Measure, n_documents: int, part: str) -> dict[str, object]:
    labels = {"labels": "+".join(each.labels)} if each.labels else {}
    return {
        "corpus": report.corpus,
        "split": report.split,
        "part": part,
        "docs": n_documents,
        "unit": each.unit,
        "match": each.match,
        "avg": each.averaging,
        **labels,
        "boot": report.n_resamples,
        "seed": report.seed,
    }
