"""Findings: what may be wrong with annotated documents, how bad it is, and what to do.

``RULES`` is the whole catalogue; docs/checking.md explains each at length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contend.document import Document, Segment

Severity = Literal["error", "warning", "note"]
#: From bad to harmless.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding.

    Attributes:
        severity: ``error``: data that are wrong, or that make a score wrong; ``warning``: most
            likely a mistake, look at it; ``note``: good to know.
        meaning: what it says, in a few words.
        advice: what to do.
    """

    severity: Severity
    meaning: str
    advice: str


RULES: dict[str, Rule] = {
    # Reading
    "unreadable": Rule(
        "error", "a file, line or document that cannot be read",
        "correct what the message names; the rest of the file was read where possible",
    ),
    "offsets": Rule(
        "error", "offsets that do not fit the text",
        "offsets count Unicode code points of the text as it is, line ends included, from 0; "
        "contend convert --repair reads UTF-16 units and bytes",
    ),
    "overlap": Rule(
        "error", "segments that overlap or lie in one another",
        "keep one of them; contend convert --repair keeps the one that begins first",
    ),
    "bad-segment": Rule(
        "error", "segments that a document cannot hold: in several pieces, or without a label",
        "correct or remove them; contend convert --repair removes them",
    ),
    "bad-relation": Rule(
        "error", "relations or marks of the thesis that a document cannot hold",
        "correct or remove them; contend convert --repair removes them",
    ),
    "passed-over": Rule(
        "note", "annotations that contend has no place for",
        "nothing, if segments and relations are all you need",
    ),
    # Documents
    "empty-document": Rule("error", "a document without text", "remove it"),
    "no-segments": Rule(
        "warning", "a document without segments among annotated ones",
        "annotate it or remove it: training learns from it that nothing is an argument",
    ),
    "unannotated": Rule(
        "note", "a part in which no document has segments",
        "nothing, if it is a pool of articles to annotate",
    ),
    "odd-characters": Rule(
        "warning", "characters that a text should not hold",
        "read the text again in its right encoding, then annotate it; U+FFFD stands for "
        "characters that are lost",
    ),
    "duplicate-id": Rule(
        "error", "one id for several documents", "give each document an id of its own"
    ),
    "no-id": Rule(
        "note", "documents without an id",
        "give them ids: annotators and reports name documents by them",
    ),
    # Duplicates
    "leak": Rule(
        "error", "the same or nearly the same text in two splits",
        "remove it from one of the splits: scores on the other are too good",
    ),
    "duplicate": Rule(
        "warning", "the same words twice", "keep one, and compare the annotations before"
    ),
    "near-duplicate": Rule(
        "warning", "texts of which half or more of the shorter one is in the other",
        "keep one, or keep both in the same split",
    ),
    # Segments
    "blank-segment": Rule("error", "a segment of white space only", "remove it"),
    "no-word": Rule(
        "warning", "a segment without a letter or digit", "remove it, or correct its edges"
    ),
    "blank-edge": Rule(
        "warning", "a segment that begins or ends with white space",
        "move the edge to the first or last visible character",
    ),
    "inside-word": Rule(
        "warning", "a segment that begins or ends inside a word", "move the edge"
    ),
    "crosses-sentence": Rule(
        "warning", "a segment that goes on after a sentence end",
        "split it: models of contend mark passages within one sentence; if your scheme has "
        "longer ones, check with --any-boundaries and train with boundaries = false",
    ),
    # Labels
    "unknown-label": Rule(
        "error", "a label that is not in the scheme",
        "rename it (contend convert --map), or name your own labels with --scheme",
    ),
    "other-labels": Rule(
        "note", "labels of another scheme than claim, evidence, counterclaim",
        "train with labels of your own, or rename them: contend convert --map",
    ),
    "label-variants": Rule(
        "warning", "labels that differ only in case, blanks or hyphens",
        "rename one of them: contend convert --map",
    ),
    "label-set": Rule(
        "note", "segments with a set of admissible labels",
        "nothing: training learns from their summed probability; evaluation needs plain labels",
    ),
    "unused-label": Rule(
        "warning", "a label that others use and one annotator, file or split does not",
        "ask the annotator how they understand the label; for a split, draw it anew",
    ),
    # Relations
    "no-relations": Rule(
        "warning", "a document without relations among documents that have them",
        "annotate its relations, or train without relations",
    ),
    "no-thesis": Rule(
        "warning", "a document without a thesis among documents that have one",
        "mark the claim that best states the main position",
    ),
    "thesis-label": Rule("error", "a thesis that is no claim", "mark a claim as the thesis"),
    "thesis-relation": Rule(
        "error", "a thesis that supports or attacks something",
        "remove the relation: the thesis is the root of the tree",
    ),
    "several-targets": Rule(
        "warning", "a segment that supports or attacks several others",
        "keep the nearest or most direct one: a tree has one relation for each segment",
    ),
    "several-roots": Rule(
        "warning", "segments beside the thesis that support and attack nothing",
        "give each of them its relation",
    ),
    "cycle": Rule(
        "error", "relations that go round in a circle",
        "remove one of them: where a counterclaim and its answer would attack one another, the "
        "counterclaim attacks the claim that it threatens",
    ),
    "relation-labels": Rule(
        "warning", "a relation between labels that the scheme rules out",
        "correct the relation or a label: claims support claims and attack counterclaims, "
        "evidence supports what it serves and attacks counterclaims, counterclaims attack claims",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found.

    Attributes:
        code: key of ``RULES``.
        severity: that of the rule.
        message: what was found, in words.
        part: the part (file, split) it was found in.
        document: the document's id; empty where it concerns no single one or one without id.
        start: first code point of the place, ``None`` if it has none.
        end: one past the last.
        others: further documents concerned, as (part, id).
    """

    code: str
    severity: Severity
    message: str
    part: str
    document: str = ""
    start: int | None = None
    end: int | None = None
    others: tuple[tuple[str, str], ...] = ()

    @property
    def advice(self) -> str:
        """What to do."""
        return RULES[self.code].advice

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain values."""
        return {
            "severity": self.severity,
            "code": self.code,
            "part": self.part,
            "document": self.document,
            "start": self.start,
            "end": self.end,
            "message": self.message,
            "advice": self.advice,
            "others": [{"part": part, "document": name} for part, name in self.others],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Documents that belong together: a file, a folder or a split of a corpus.

    Attributes:
        name: what reports call it.
        documents: in order.
        split: ``train``, ``dev``, …; texts shared by two splits are a leak. Empty if unknown.
        problems: what was found while it was read.
        numbers: the place of each document among all that the part has, from 1, those that
            cannot be read among them; empty if it is their order.
    """

    name: str
    documents: Sequence[Document]
    split: str = ""
    problems: tuple[Finding, ...] = ()
    numbers: tuple[int, ...] = ()


def finding(
    code: str,
    message: str,
    part: str,
    document: Document | None = None,
    segment: Segment | None = None,
    *,
    others: Sequence[tuple[str, str]] = (),
) -> Finding:
    """A finding of the rule ``code``, about ``segment`` if one is given."""
    return Finding(
        code=code,
        severity=RULES[code].severity,
        message=message,
        part=part,
        document="" if document is None else document.id,
        start=None if segment is None else segment.start,
        end=None if segment is None else segment.end,
        others=tuple(others),
    )


def quoted(text: str) -> str:
    """``text`` in quotation marks, shortened, on one line and without control characters."""
    line = " ".join(text.split()) or text
    if len(line) > _SHOWN:
        line = f"{line[: _SHOWN // 2].rstrip()} … {line[-_SHOWN // 2 :].lstrip()}"
    return repr(line)
