"""All measures of an agreement, by name.

No annotator counts as the right one: every measure is the same whoever comes first. What compares
two annotations (F1, boundary similarity, relations, thesis) is counted for every two annotators
and added up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from contend import scheme
from contend.document import Document
from contend.metrics.boundaries import boundary_similarity_counts
from contend.metrics.coefficients import (
    coincidence_counts,
    fleiss_counts,
    fleiss_kappa,
    fleiss_of,
    krippendorff_alpha,
    table_of,
)
from contend.metrics.counts import Counts, divide, macro_f1
from contend.metrics.differences import marking
from contend.metrics.measures import WORD, Measure, by_label, f1_measure, ratio_measure
from contend.metrics.relations import relation_counts
from contend.metrics.segments import exact_counts, overlap_counts, overlapping_pairs, untyped_counts
from contend.metrics.study import Study
from contend.metrics.unitizing import alpha_u, unitizing_counts
from contend.metrics.words import cohen_kappa, word_confusion, word_counts

#: What reports call the words of no segment.
NONE = "none"

PairCount = Callable[[Sequence[Document], Sequence[Document]], Counts]


def agreement_measures(study: Study) -> dict[str, Measure]:
    """Count everything that an ``Agreement`` has, by the name of the measure.

    Relations are compared among those annotators who mark any in the study, and likewise theses:
    who never does has not annotated them.
    """
    return (
        _chance_corrected(study)
        | _unitizing(study)
        | _segments(study)
        | _words(study)
        | _relations(study)
        | _theses(study)
    )


def _chance_corrected(study: Study) -> dict[str, Measure]:
    """Kappa and alpha on words, of all labels together and of each against all else."""
    coincidences, fleiss = coincidence_counts(study), fleiss_counts(study)
    confusions = _confusions(study)
    measures: dict[str, Measure] = {}
    for name, counts, score, one_label in (
        ("word_alpha", coincidences, krippendorff_alpha, table_of),
        ("word_cohen_kappa", confusions, _mean_kappa, table_of),
        ("word_fleiss_kappa", fleiss, fleiss_kappa, fleiss_of),
    ):
        whole = Measure(
            counts=counts, score=score, describe=lambda sums: {}, unit=WORD, match="label",
            averaging="pairs" if counts is confusions else "none",
            labels=(*study.labels, NONE),
        )  # fmt: skip
        measures[name] = whole
        measures |= {
            f"{name}/{label}": replace(whole, counts=one_label(counts, index), labels=(label,))
            for index, label in enumerate(study.labels)
        }
    return measures


def _confusions(study: Study) -> Counts:
    """Words by their labels, for every two annotators: [n_items, n_pairs, n + 1, n + 1]."""
    count = partial(word_confusion, labels=study.labels)
    return np.stack([_of_pair(study, count, pair) for pair in study.pairs()], axis=1)


def _mean_kappa(confusions: Counts) -> Counts:
    """The mean of Cohen's kappa over pairs, from [..., n_pairs, k, k]; undefined ones left out.

    Source: Light (1971), Measures of Response Agreement for Qualitative Data.
    """
    kappas = cohen_kappa(confusions)
    defined = ~np.isnan(kappas)
    return divide(np.where(defined, kappas, 0.0).sum(axis=-1), defined.sum(axis=-1))


def _unitizing(study: Study) -> dict[str, Measure]:
    counts = unitizing_counts(study)
    whole = Measure(
        counts=counts.packed(), score=partial(alpha_u, lengths=counts.lengths),
        describe=lambda sums: {}, unit=WORD, match="start+end+label",
        averaging="sum", labels=study.labels,
    )  # fmt: skip
    return {"alpha_u": whole, **by_label("alpha_u", whole)}


def _segments(study: Study) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for name, count, unit, match in (
        ("exact_f1", exact_counts, "segment", "start+end+label"),
        ("overlap50_f1", overlap_counts, f"segment/{WORD}", "overlap>50%+label"),
    ):
        counts = _over_pairs(study, partial(count, labels=study.labels))
        whole = f1_measure(counts, unit, match, study.labels)
        measures |= {name: whole} | by_label(name, whole)
    untyped = f1_measure(_over_pairs(study, untyped_counts), "segment", "start+end")
    similarity = ratio_measure(
        _over_pairs(study, boundary_similarity_counts), ("credit", "pairs"), WORD, "B,n_t=2"
    )
    return {**measures, "untyped_f1": untyped, "boundary_similarity": similarity}


def _words(study: Study) -> dict[str, Measure]:
    counts = word_counts(_confusions(study).sum(axis=1))
    whole = f1_measure(counts, WORD, "label", study.labels)
    macro = replace(whole, score=macro_f1, averaging="macro")
    return {"word_macro_f1": macro, **by_label("word_f1", whole)}


def _relations(study: Study) -> dict[str, Measure]:
    names = marking(study, lambda document: bool(document.relations))
    labelled = _over_pairs(study, relation_counts, names)
    unlabelled = _over_pairs(study, partial(relation_counts, labelled=False), names)
    whole = f1_measure(labelled, "relation", "source+target+label", scheme.RELATION_LABELS)
    attachment = f1_measure(unlabelled, "relation", "source+target")
    return {
        "relation_f1": whole,
        **by_label("relation_f1", whole),
        "relation_f1_unlabelled": attachment,
    }


def _theses(study: Study) -> dict[str, Measure]:
    names = marking(study, lambda document: document.thesis is not None)
    return {
        name: ratio_measure(
            _over_pairs(study, partial(_thesis_counts, overlap=overlap), names),
            ("same", "pairs"),
            unit,
            match,
        )
        for name, overlap, unit, match in (
            ("thesis_agreement", False, "document", "start+end"),
            ("thesis_agreement_overlap50", True, f"document/{WORD}", "overlap>50%"),
        )
    }


def _thesis_counts(
    ones: Sequence[Document], others: Sequence[Document], *, overlap: bool
) -> Counts:
    """Whether two name the same thesis, and whether either names one; shape [n_documents, 2]."""
    counts = np.zeros((len(ones), 2))
    for index, (one, other) in enumerate(zip(ones, others, strict=True)):
        a, b = one.thesis, other.thesis
        same = a is not None and b is not None and (a.start, a.end) == (b.start, b.end)
        if overlap and a is not None and b is not None:
            same = (one.index(a), other.index(b)) in overlapping_pairs(one, other)
        counts[index] = same, a is not None or b is not None
    return counts


def _over_pairs(study: Study, count: PairCount, names: frozenset[str] | None = None) -> Counts:
    """What ``count`` finds between every two of the annotators called ``names``, added up."""
    counts = [
        _of_pair(study, count, (a, b))
        for a, b in study.pairs()
        if names is None or {study.annotators[a], study.annotators[b]} <= names
    ]
    # Nobody to compare: counts of the right shape in which there is nothing.
    return sum(counts[1:], counts[0]) if counts else 0 * _of_pair(study, count, (0, 1))


def _of_pair(study: Study, count: PairCount, pair: tuple[int, int]) -> Counts:
    """What ``count`` finds between two annotators, by text; 0 where one of them lacks the text."""
    both = [[item.documents[index] for index in pair] for item in study.items]
    shared = [place for place, (a, b) in enumerate(both) if a is not None and b is not None]
    documents = [[d for d in both[place] if d is not None] for place in shared]
    found = count([one for one, _ in documents], [other for _, other in documents])
    counts = np.zeros((len(study.items), *found.shape[1:]))
    counts[shared] = found
    return counts
