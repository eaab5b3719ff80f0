"""Cornell eRulemaking Corpus, CDCP (Park & Cardie 2018; Niculae, Park & Cardie 2017)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from contend import scheme
from contend.corpora.base import Corpus
from contend.document import Document, Relation, Segment, with_segments
from contend.errors import FormatError


class CDCP(Corpus):
    """731 comments on a rule of debt collection, cut into propositions; supports only.

    Labels: ``value``, ``policy``, ``testimony``, ``fact``, ``reference``. Reasons and evidences
    are supports; a source that is a range of propositions is one relation for each of them.

    In our scheme a policy is a claim, testimony and reference are evidence. The corpus marks no
    opposing views, so only a value in a relation is surely a claim and only a fact that supports
    something is surely evidence; others are ``claim|counterclaim`` and
    ``claim|evidence|counterclaim``.
    """

    name = "cdcp"
    folder = "cdcp"

    def data_files(self, path: Path) -> Iterable[Path]:
        """The texts and annotations of all parts."""
        return (f for f in path.rglob("*") if f.name.endswith((".txt", ".ann.json")))

    def documents(self, path: Path) -> Iterator[Document]:
        """The comments, by part and number."""
        for file in sorted(path.rglob("*.ann.json")):
            yield _read(file)

    def to_scheme(self, document: Document) -> Document:
        """Labels by kind, open where only a relation could tell the side."""
        sources = {relation.source for relation in document.relations}
        related = sources | {relation.target for relation in document.relations}
        segments = []
        for index, segment in enumerate(document.segments):
            labels: tuple[str, ...] = (scheme.EVIDENCE,)
            if segment.label == "policy" or (segment.label == "value" and index in related):
                labels = (scheme.CLAIM,)
            elif segment.label == "value":
                labels = (scheme.CLAIM, scheme.COUNTERCLAIM)
            elif segment.label == "fact" and index not in sources:
                labels = scheme.LABELS
            segments.append(replace(segment, label=scheme.join_labels(labels)))
        return with_segments(document, segments, document.relations)


def _read(file: Path) -> Document:
    name = file.name.removesuffix(".ann.json")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        text = (file.parent / f"{name}.txt").read_bytes().decode("utf-8")
        segments = []
        for (first, end), label in zip(data["prop_offsets"], data["prop_labels"], strict=True):
            # Propositions are cut without gaps, so they begin with the blank before them.
            words = text[first:end]
            start = first + len(words) - len(words.lstrip())
            segments.append(Segment(start, first + len(words.rstrip()), label))
        relations = {
            Relation(source, target, scheme.SUPPORTS)
            for (first, last), target in data["reasons"] + data["evidences"]
            for source in range(first, last + 1)
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{file}: expected the propositions of a comment: {error!r}") from None
    return Document(text, tuple(segments), tuple(relations), name)
