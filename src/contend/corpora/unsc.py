"""Speeches in the United Nations Security Council (Poiaganova & Stede 2025)."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from contend import scheme
from contend.corpora.base import Corpus
from contend.document import Document, Relation, Segment, with_segments
from contend.errors import FormatError


class UNSC(Corpus):
    """144 speeches on Ukraine, 2014 to 2018: ``claim`` and ``premise``, supports and attacks.

    The corpus holds sentences, not running text: a document is its sentences joined by a blank.
    Sentences marked ``non-arg`` are text without a segment.

    In our scheme a claim that is supported and not attacked is a claim, another one may be a
    position that the speaker rejects, ``claim|counterclaim``. Premises are material or reasoning,
    ``claim|evidence``; in support of an attacked claim, or attacking, they may speak for either
    side, ``claim|evidence|counterclaim``.
    """

    name = "unsc"
    folder = "argunsc"

    def data_files(self, path: Path) -> Iterable[Path]:
        """The one table that is read."""
        return [path / "base.csv"]

    def documents(self, path: Path) -> Iterator[Document]:
        """The speeches, in the order of the table."""
        file = path / "base.csv"
        try:
            with file.open(encoding="utf-8") as lines:
                rows = list(csv.DictReader(lines))
            for name, of in groupby(rows, key=lambda row: row["Speech"]):
                yield _speech(name, list(of))
        except (OSError, ValueError, KeyError, TypeError, SyntaxError) as error:
            raise FormatError(f"{file}: expected components of speeches: {error!r}") from None

    def to_scheme(self, document: Document) -> Document:
        """Labels by type and by what is attacked."""
        attacking = {r.source for r in document.relations if r.label == scheme.ATTACKS}
        attacked = {r.target for r in document.relations if r.label == scheme.ATTACKS}
        supported = {r.target for r in document.relations if r.label == scheme.SUPPORTS}
        unsure = attacking | {r.source for r in document.relations if r.target in attacked}
        segments = []
        for index, segment in enumerate(document.segments):
            labels: tuple[str, ...] = (scheme.CLAIM, scheme.COUNTERCLAIM)
            if segment.label == "premise":
                labels = scheme.LABELS if index in unsure else (scheme.CLAIM, scheme.EVIDENCE)
            elif index in supported - attacked:
                labels = (scheme.CLAIM,)
            segments.append(replace(segment, label=scheme.join_labels(labels)))
        return with_segments(document, segments, document.relations)


def _speech(name: str, rows: list[Mapping[str, str]]) -> Document:
    sentences = {row["Sentence_ID"]: row["Full_Sentence"] for row in rows}
    text, starts = "", {}
    for number, sentence in sentences.items():
        starts[number] = len(text) + (1 if text else 0)
        text = f"{text} {sentence}" if text else sentence
    placed: dict[int, Segment] = {}
    premises: dict[int, Mapping[int, str]] = {}
    for row in rows:
        if row["Component_Type"] == "non-arg":
            continue
        number, words = ast.literal_eval(row["Component"])
        # Four equal sentences of one speech are each listed with the components of all four:
        # a component belongs to the first of them that is still free.
        start = _find(text, words, starts[row["Sentence_ID"]], len(row["Full_Sentence"]))
        taken = any(start < s.end and s.start < start + len(words) for s in placed.values())
        if start < 0 or taken or number in placed:
            continue
        placed[number] = Segment(start, start + len(words), row["Component_Type"])
        if row["Premises"].startswith("{"):
            premises[number] = ast.literal_eval(row["Premises"])
    order = sorted(placed, key=lambda number: placed[number].start)
    place = {number: index for index, number in enumerate(order)}
    labels = {"support": scheme.SUPPORTS, "attack": scheme.ATTACKS}
    relations = {
        Relation(place[premise], place[claim], labels[kind])
        for claim, of in premises.items()
        for premise, kind in of.items()
        if premise in place
    }
    return Document(text, tuple(placed[n] for n in order), tuple(relations), name)


def _find(text: str, words: str, start: int, within: int) -> int:
    """Where ``words`` begin in the sentence; they may end in the next one, which was cut off."""
    return text.find(words.strip(), start, start + within + len(words))
