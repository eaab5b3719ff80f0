"""Agreement: how far several annotators of the same texts agree, and where they do not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from contend.document import Document
from contend.metrics.agreement_measures import NONE, agreement_measures
from contend.metrics.coefficients import coincidence_counts
from contend.metrics.differences import Difference, differences
from contend.metrics.intervals import resampling_weights
from contend.metrics.measures import Measure
from contend.metrics.report import UNDEFINED, Score
from contend.metrics.signature import signature
from contend.metrics.study import Study, align
from contend.metrics.words import word_starts


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAgreement:
    """How far the annotators agree on one document.

    Attributes:
        id: the document's id.
        n_words: words of its text.
        n_segments: annotator -> number of segments; those who lack the document are left out.
        n_differences: places where they differ.
        values: measure -> score, ``None`` where not defined; without those of single labels.
    """

    id: str
    n_words: int
    n_segments: Mapping[str, int]
    n_differences: int
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What ``agree`` found; printing it gives a table.

    Attributes:
        study: the annotations, brought together.
        scores: measure -> score; ``measure/label`` for one label against all else.
        pairs: the two annotators -> the scores of just these two, without intervals; empty if
            there are only two.
        documents: document by document, in the order of the study.
        differences: where they differ, in the same order.
        n_resamples, seed: of the intervals.
    """

    study: Study = field(repr=False)
    scores: Mapping[str, Score]
    pairs: Mapping[tuple[str, str], Mapping[str, Score]] = field(repr=False)
    documents: tuple[DocumentAgreement, ...] = field(repr=False)
    differences: tuple[Difference, ...] = field(repr=False)
    n_resamples: int
    seed: int

    def confusions(self) -> list[tuple[str, str, float]]:
        """The pairs of labels that are taken for one another, with numbers of words.

        ``none`` stands for words of no segment. The most frequent pair comes first. With more
        than two annotators the numbers are those of ``coincidences``.
        """
        names = (*self.study.labels, NONE)
        table = coincidence_counts(self.study).sum(axis=0)
        pairs = [
            (names[a], names[b], float(table[a, b]))
            for a, b in zip(*np.triu_indices(len(names), 1), strict=True)
        ]
        return sorted((pair for pair in pairs if pair[2]), key=lambda pair: -pair[2])

    def to_dict(self) -> dict[str, Any]:
        """The agreement as plain values, without the documents; undefined scores are ``None``."""
        return {
            "annotators": list(self.study.annotators),
            "n_documents": len(self.study.items),
            "labels": list(self.study.labels),
            "n_segments": {name: dict(of) for name, of in segments_by_label(self.study).items()},
            "alone": [{"annotator": name, "document": id} for name, id in self.study.alone],
            "n_resamples": self.n_resamples,
            "seed": self.seed,
            "scores": {name: _plain(score) for name, score in self.scores.items()},
            "pairs": [
                {"annotators": list(pair), "scores": {k: s.value for k, s in scores.items()}}
                for pair, scores in self.pairs.items()
            ],
            "confusions": [
                {"labels": [one, other], "words": n} for one, other, n in self.confusions()
            ],
            "documents": [
                {
                    "id": each.id,
                    "n_words": each.n_words,
                    "n_segments": dict(each.n_segments),
                    "n_differences": each.n_differences,
                    "scores": dict(each.values),
                }
                for each in self.documents
            ],
            "differences": [each.to_dict() for each in self.differences],
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """The agreement as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent, allow_nan=False)

    def __str__(self) -> str:
        lines = [f"{' and '.join(self.study.annotators)}: {len(self.study.items)} documents", ""]
        for name, score in self.scores.items():
            value = UNDEFINED if score.value is None else f"{score.value:.3f}"
            between = ""
            if score.low is not None and score.high is not None:
                between = f"  ({score.low:.3f} to {score.high:.3f})"
            lines.append(f"{name:<32} {value:>6}{between}")
        return "\n".join(lines)


def agree(
    annotations: Mapping[str, Sequence[Document]], *, n_resamples: int = 1000, seed: int = 0
) -> Agreement:
    """Measure how far annotators of the same texts agree.

    Args:
        annotations: name of an annotator -> documents; matched by their text (see ``align``).
        n_resamples: bootstrap resamples over documents for the 95 % intervals; 0 for none.
        seed: start of the random numbers of the resamples.

    Raises:
        ConfigError: if there are fewer than two annotators or no text of two of them, if an
            annotator has a document twice, or if documents of one id have different texts.
    """
    study = align(annotations)
    measures = agreement_measures(study)
    found = differences(study)
    return Agreement(
        study=study,
        scores=_scores(study, measures, n_resamples=n_resamples, seed=seed),
        pairs=_pairs(study) if len(study.annotators) > 2 else {},
        documents=_documents(study, measures, found),
        differences=found,
        n_resamples=n_resamples,
        seed=seed,
    )


def segments_by_label(study: Study) -> dict[str, dict[str, int]]:
    """Annotator -> label -> number of segments, over the texts of the study."""
    table = {name: dict.fromkeys(study.labels, 0) for name in study.annotators}
    for item in study.items:
        for name, document in zip(study.annotators, item.documents, strict=True):
            for segment in document.segments if document is not None else ():
                table[name][segment.label] += 1
    return table


def _scores(
    study: Study, measures: Mapping[str, Measure], *, n_resamples: int, seed: int
) -> dict[str, Score]:
    weights = resampling_weights(len(study.items), n_resamples=n_resamples, seed=seed)
    scores = {}
    for name, each in measures.items():
        parts: dict[str, object] = {
            "annotators": "+".join(study.annotators),
            "docs": len(study.items),
            "unit": each.unit,
            "match": each.match,
            "avg": each.averaging,
        }
        if each.labels:
            parts["labels"] = "+".join(each.labels)
        resampling = {"boot": n_resamples, "seed": seed}
        scores[name] = Score.of(each, weights, signature(name, {**parts, **resampling}))
    return scores


def _pairs(study: Study) -> dict[tuple[str, str], dict[str, Score]]:
    found = {}
    for pair in study.pairs():
        both = study.of(*pair)
        if both.items:
            measures = {n: m for n, m in agreement_measures(both).items() if "/" not in n}
            names = (both.annotators[0], both.annotators[1])
            found[names] = _scores(both, measures, n_resamples=0, seed=0)
    return found


def _documents(
    study: Study, measures: Mapping[str, Measure], found: Sequence[Difference]
) -> tuple[DocumentAgreement, ...]:
    values = {name: m.score(m.counts) for name, m in measures.items() if "/" not in name}
    n_differences = Counter(each.item for each in found)
    return tuple(
        DocumentAgreement(
            id=item.id,
            n_words=len(word_starts(item.text)),
            n_segments={
                name: len(document.segments)
                for name, document in zip(study.annotators, item.documents, strict=True)
                if document is not None
            },
            n_differences=n_differences[index],
            values={
                name: None if np.isnan(of[index]) else float(of[index])
                for name, of in values.items()
            },
        )
        for index, item in enumerate(study.items)
    )


def _plain(score: Score) -> dict[str, Any]:
    return {
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "n_documents": score.n_documents,
        "signature": score.signature,
    }
