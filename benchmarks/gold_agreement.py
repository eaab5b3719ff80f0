"""Agreement of the two passes over the gold article: ``python benchmarks/gold_agreement.py``.

Writes ``benchmarks/results/gold_agreement.json``. The text is not needed: the stand-off files say
which words each segment has.
"""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np

from contend import resources, scheme
from contend.document import Document, Segment
from contend.formats.standoff import Standoff, read_standoff
from contend.metrics import cohen_kappa, exact_counts, f1, micro_f1, relation_counts, word_confusion

RESULT = Path(__file__).parent / "results" / "gold_agreement.json"
FILES = ("pass1", "pass2", "gold")


def over_words(standoff: Standoff) -> Document:
    """The annotation over a text whose words are all ``x``, with as many words as the article."""
    segments = [
        Segment(
            2 * anchor.first_word,
            2 * (anchor.first_word + anchor.n_words) - 1,
            segment.label,
            segment.thesis,
        )
        for segment, anchor in zip(standoff.segments, standoff.anchors, strict=True)
    ]
    text = "x " * standoff.n_words
    return Document(text, tuple(segments), standoff.relations, standoff.id)


def agreement(one: Document, other: Document) -> dict[str, float | int | bool]:
    """How far two annotations of the same words agree; no side counts as the right one."""
    confusion = word_confusion([one], [other], scheme.LABELS).sum(axis=0)
    exact = exact_counts([one], [other], scheme.LABELS).sum(axis=0)
    relations = relation_counts([one], [other]).sum(axis=0)
    targets = relation_counts([one], [other], labelled=False).sum(axis=0)
    return {
        "n_words": int(confusion.sum()),
        "words_equal": int(np.trace(confusion)),
        "word_kappa": round(float(cohen_kappa(confusion)), 4),
        "n_segments": len(one.segments),
        "n_segments_other": len(other.segments),
        "segment_label_f1": round(float(micro_f1(exact)), 4),
        "relation_f1": round(float(micro_f1(relations)), 4),
        "unlabelled_relation_f1": round(float(f1(targets)[0]), 4),
        "same_thesis": one.thesis == other.thesis,
    }


def main() -> None:
    """Compare every two of the files and write the record."""
    folder = resources.corpora_folder() / "gold"
    documents = {name: over_words(read_standoff(folder / f"{name}.json")) for name in FILES}
    record = {
        f"{one}-{other}": agreement(documents[one], documents[other])
        for one, other in combinations(FILES, 2)
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
