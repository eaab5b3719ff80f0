"""Agreement of the two passes over the gold article: ``python benchmarks/gold_agreement.py``.

Writes ``benchmarks/results/gold_agreement.json``. The text is not needed: the stand-off files say
which words each segment has.
"""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

from contend import resources
from contend.document import Document, Segment
from contend.formats.standoff import Standoff, read_standoff
from contend.metrics import agree

RESULT = Path(__file__).parent / "results" / "gold_agreement.json"
FILES = ("pass1", "pass2", "gold")
#: Name in the record -> name of the measure.
MEASURES = {
    "word_kappa": "word_cohen_kappa",
    "word_alpha": "word_alpha",
    "alpha_u": "alpha_u",
    "word_macro_f1": "word_macro_f1",
    "counterclaim_word_f1": "word_f1/counterclaim",
    "segment_label_f1": "exact_f1",
    "overlap50_f1": "overlap50_f1",
    "relation_f1": "relation_f1",
    "unlabelled_relation_f1": "relation_f1_unlabelled",
}


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


def agreement(one: Document, other: Document) -> dict[str, float | int | bool | None]:
    """How far two annotations of the same words agree; no side counts as the right one."""
    found = agree({"one": [one], "other": [other]}, n_resamples=0)
    (document,) = found.documents
    return {
        "n_words": document.n_words,
        "words_equal": document.n_words - round(sum(n for _, _, n in found.confusions())),
        **{
            name: None if value is None else round(value, 4)
            for name, value in ((name, found.scores[of].value) for name, of in MEASURES.items())
        },
        "n_segments": len(one.segments),
        "n_segments_other": len(other.segments),
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
