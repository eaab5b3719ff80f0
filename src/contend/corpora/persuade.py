"""PERSUADE, as far as its spans can be reconstructed (Crossley et al. 2024)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from contend import scheme
from contend.corpora.base import Corpus
from contend.document import Document, Segment, with_segments
from contend.errors import FormatError

_LABELS = {
    "Position": scheme.CLAIM,
    "Claim": scheme.CLAIM,
    "Rebuttal": scheme.CLAIM,
    "Concluding Statement": scheme.CLAIM,
    "Counterclaim": scheme.COUNTERCLAIM,
}


class Persuade(Corpus):
    """712 essays by pupils, in passages of one to many sentences; no relations.

    Labels: ``Lead``, ``Position``, ``Claim``, ``Evidence``, ``Counterclaim``, ``Rebuttal``,
    ``Concluding Statement``. Only essays whose reconstructed spans are all sure are read.

    In our scheme position, claim, rebuttal and conclusion are claims, and the first position is
    the thesis. ``Evidence`` is "ideas or examples", so it may be reasoning, ``claim|evidence``;
    following a counterclaim it may serve the other side too, ``claim|evidence|counterclaim``.
    A lead may be anything or nothing and is left out.
    """

    name = "persuade"
    folder = "persuade_reconstructed"

    def data_files(self, path: Path) -> Iterable[Path]:
        """The spans and all texts."""
        return [path / "spans.jsonl", *(path / "txt").glob("*.txt")]

    def documents(self, path: Path) -> Iterator[Document]:
        """The essays whose spans are all sure, in the order of ``spans.jsonl``."""
        file = path / "spans.jsonl"
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                essay = json.loads(line)
                if not essay["all_sure"]:
                    continue
                spans = [(span["start"], span["end"], span["type"]) for span in essay["spans"]]
                name = essay["essay_id"]
                text = (path / "txt" / f"{name}.txt").read_bytes().decode("utf-8")
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise FormatError(f"{file}, line {number}: expected an essay: {error!r}") from None
            yield Document(text, tuple(Segment(*span) for span in sorted(spans)), (), name)

    def to_scheme(self, document: Document) -> Document:
        """Labels by type; evidence by what it follows; without leads."""
        segments: list[Segment] = []
        thesis = next((s for s in document.segments if s.label == "Position"), None)
        served = ""
        for segment in document.segments:
            if segment.label == "Lead":
                continue
            if segment.label == "Evidence":
                other_side = served == "Counterclaim"
                labels = scheme.LABELS if other_side else (scheme.CLAIM, scheme.EVIDENCE)
                label = scheme.join_labels(labels)
            else:
                label, served = _LABELS[segment.label], segment.label
            segments.append(replace(segment, label=label, thesis=segment is thesis))
        return with_segments(document, segments)
