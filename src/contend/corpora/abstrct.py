"""AbstRCT: abstracts of clinical trials (Mayer, Cabrio & Villata 2020)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from contend import scheme
from contend.corpora.base import Corpus
from contend.document import Document, with_segments
from contend.formats.base import ReadOptions
from contend.formats.brat import read_brat

_OPTIONS = ReadOptions(
    relation_types={
        "Support": scheme.SUPPORTS,
        "Attack": scheme.ATTACKS,
        "Partial-Attack": scheme.ATTACKS,
    }
)


class AbstRCT(Corpus):
    """669 abstracts: ``MajorClaim``, ``Claim``, ``Premise``; ``Partial-Attack`` is an attack.

    An abstract that is in two of the three test sets is one document, in both splits.

    In our scheme major claims and claims are claims, and premises, which are observations, are
    evidence; a single major claim is the thesis. The corpus says which segments are in conflict
    but not which of the two the authors hold, so both ends of an attack may be counterclaims:
    ``claim|counterclaim`` and ``evidence|counterclaim``.
    """

    name = "abstrct"
    folder = "abstrct"

    def data_files(self, path: Path) -> Iterable[Path]:
        """The texts and annotations of all sets."""
        return (file for file in path.rglob("*") if file.suffix in (".txt", ".ann"))

    def documents(self, path: Path) -> Iterator[Document]:
        """The abstracts, each once, by set and name."""
        seen = set()
        for file in sorted(path.rglob("*.ann")):
            if file.stem not in seen:
                seen.add(file.stem)
                yield read_brat(file, _OPTIONS)

    def to_scheme(self, document: Document) -> Document:
        """Labels by type, open on both ends of an attack."""
        attacks = [r for r in document.relations if r.label == scheme.ATTACKS]
        disputed = {index for r in attacks for index in (r.source, r.target)}
        major = [i for i, s in enumerate(document.segments) if s.label == "MajorClaim"]
        segments = []
        for index, segment in enumerate(document.segments):
            labels = [scheme.EVIDENCE if segment.label == "Premise" else scheme.CLAIM]
            if index in disputed and segment.label != "MajorClaim":
                labels.append(scheme.COUNTERCLAIM)
            label = scheme.join_labels(labels)
            segments.append(replace(segment, label=label, thesis=major == [index]))
        return with_segments(document, segments, document.relations)
