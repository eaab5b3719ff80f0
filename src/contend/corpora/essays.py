"""Argument Annotated Essays, version 2 (Stab & Gurevych 2017)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from contend import scheme
from contend.corpora.base import Corpus
from contend.document import Document, Relation, with_segments
from contend.formats.brat import read_brat

_FOR, _AGAINST = 1, -1
_UNDECIDED = scheme.join_labels((scheme.CLAIM, scheme.COUNTERCLAIM))


class Essays(Corpus):
    """402 students' essays: ``MajorClaim``, ``Claim``, ``Premise``; premises support or attack.

    The stance of each claim lies in ``meta["attributes"]["Stance"]`` (``"For"``, ``"Against"``).

    In our scheme a major claim and a claim for the author's position are claims, a claim
    against it is a counterclaim, and the first major claim is the thesis. A premise stands on
    the side of what it supports and against what it attacks. On the author's side it may be
    material or the author's own reasoning: ``claim|evidence``. On the other side it is a
    ``counterclaim`` where it attacks, and ``evidence|counterclaim`` where it supports a
    counterclaim. Claims and further major claims support or attack the thesis by their stance.
    """

    name = "essays"
    folder = "aae2"

    def data_files(self, path: Path) -> Iterable[Path]:
        """The texts and annotations of the essays."""
        files = (path / "brat-project-final").glob("essay*")
        return (file for file in files if file.suffix in (".txt", ".ann"))

    def documents(self, path: Path) -> Iterator[Document]:
        """The essays, by name."""
        for file in sorted((path / "brat-project-final").glob("essay*.ann")):
            yield read_brat(file)

    def to_scheme(self, document: Document) -> Document:
        """Labels by stance and by the side that each premise takes; claims lead to the thesis."""
        sides = _sides(document)
        outgoing = {relation.source: relation for relation in document.relations}
        thesis = next((i for i, s in enumerate(document.segments) if s.label == "MajorClaim"), None)
        segments = []
        relations = list(document.relations)
        for index, segment in enumerate(document.segments):
            side, relation = sides[index], outgoing.get(index)
            if segment.label == "Premise":
                label = _premise_label(side, relation)
            else:
                label = {_FOR: scheme.CLAIM, _AGAINST: scheme.COUNTERCLAIM}.get(side, _UNDECIDED)
                if index != thesis is not None and relation is None and side:
                    towards = scheme.SUPPORTS if side == _FOR else scheme.ATTACKS
                    relations.append(Relation(index, thesis, towards))
            segments.append(replace(segment, label=label, thesis=index == thesis))
        return with_segments(document, segments, relations)


def _sides(document: Document) -> list[int]:
    """For each segment ``_FOR`` or ``_AGAINST`` the author's position, 0 where nothing says."""
    stances = document.meta.get("attributes", {}).get("Stance", [None] * len(document.segments))
    sides = [
        _FOR
        if segment.label == "MajorClaim" or stance == "For"
        else _AGAINST * (stance == "Against")
        for segment, stance in zip(document.segments, stances, strict=True)
    ]
    # Premises lean on premises: one round for each step of the longest chain.
    for _ in document.segments:
        before = list(sides)
        for relation in document.relations:
            if document.segments[relation.source].label == "Premise":
                turn = 1 if relation.label == scheme.SUPPORTS else -1
                sides[relation.source] = turn * sides[relation.target]
        if sides == before:
            break
    return sides


def _premise_label(side: int, relation: Relation | None) -> str:
    if side == _FOR:
        return scheme.join_labels((scheme.CLAIM, scheme.EVIDENCE))
    if side == _AGAINST and relation is not None and relation.label == scheme.ATTACKS:
        return scheme.COUNTERCLAIM
    if side == _AGAINST:
        return scheme.join_labels((scheme.EVIDENCE, scheme.COUNTERCLAIM))
    return scheme.join_labels(scheme.LABELS)
