r"""Stand-off annotation: segments and relations of a text that is not there.

The file holds offsets into the annotated text, its SHA-256, and an anchor for each segment, so
that the annotation attaches to any copy with the same words (``contend.text.anchor``). JSON, a
segment or relation a line::

    {"version": 1, "id": "…", "text_sha256": "…", "n_words": 900, "meta": {},
    "segments": [
    {"start": 0, "end": 57, "label": "claim", "thesis": true, "first_word": 0, "n_words": 9,
     "words_sha256": "…", "before": "\\"", "after": ".\\""}],
    "relations": [
    {"source": 1, "target": 0, "label": "supports"}]}

``thesis``, ``before`` and ``after`` are left out where false or empty. Scores are not kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from contend.document import Document, Relation, Segment
from contend.errors import AttachError, DocumentError, FormatError
from contend.text.anchor import Anchor, Reason, make_anchors, place, split_words

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Standoff:
    """The annotation of a text without the text.

    Attributes:
        id: the document's id.
        text_sha256: SHA-256 of the annotated text in UTF-8, hexadecimal.
        n_words: words of the annotated text.
        segments: with offsets into the annotated text.
        anchors: one for each segment.
        relations: indices refer to ``segments``.
        meta: the document's meta.
    """

    id: str
    text_sha256: str
    n_words: int
    segments: tuple[Segment, ...]
    anchors: tuple[Anchor, ...]
    relations: tuple[Relation, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A segment that is not in the copy as it was annotated.

    Attributes:
        index: its place in ``Standoff.segments``.
        segment: the segment, with offsets into the annotated text.
        reason: ``"missing"``, ``"differs"``, ``"moved"`` or ``"no words"``; see
            ``contend.text.anchor.Placement``.
        start: first code point of the place in the copy where it should be.
        end: one past the last code point.
    """

    index: int
    segment: Segment
    reason: Reason
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A stand-off annotation attached to a copy of its text.

    Attributes:
        document: the copy, unaltered, with every segment that is verified in it.
        identical: whether the copy is the annotated text, character by character.
        unplaced: the segments that could not be placed.
        dropped: relations that went with them; indices refer to ``Standoff.segments``.
        n_words: words of all segments.
        n_words_placed: words of the placed ones.
    """

    document: Document
    identical: bool
    unplaced: tuple[Unplaced, ...]
    dropped: tuple[Relation, ...]
    n_words: int
    n_words_placed: int

    def summary(self) -> str:
        """What was placed, and a line for each segment that was not."""
        n_segments = len(self.document.segments) + len(self.unplaced)
        lines = [
            f"{len(self.document.segments)} of {n_segments} segments placed, "
            f"{self.n_words_placed} of {self.n_words} words verified"
            + (" (the text is identical)" if self.identical else "")
        ]
        # Neighbours that are lost together share a line.
        for (start, end, reason), group in groupby(
            self.unplaced, lambda lost: (lost.start, lost.end, lost.reason)
        ):
            seen = " ".join(self.document.text[start:end].split())
            seen = seen if len(seen) <= 60 else f"{seen[:30]} … {seen[-30:]}"
            lines.append(
                f"{_name(list(group))} {_REASONS[reason]}; your copy has at {start}:{end} {seen!r}"
            )
        if self.dropped:
            lines.append(f"{len(self.dropped)} relations dropped with them")
        return "\n".join(lines)


_REASONS: dict[Reason, str] = {
    "missing": "words are missing",
    "differs": "words differ",
    "moved": "words stand elsewhere, out of order",
    "no words": "no words of their own",
}


def _name(lost: Sequence[Unplaced]) -> str:
    first, last = lost[0].index, lost[-1].index
    which = f"segment {first}" if first == last else f"segments {first} to {last}"
    labels = Counter("thesis" if one.segment.thesis else one.segment.label for one in lost)
    return f"{which} ({', '.join(f'{n} {label}' for label, n in labels.items())}):"


def hash_text(text: str) -> str:
    """SHA-256 of ``text`` in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def to_standoff(document: Document) -> Standoff:
    """``document`` without its text."""
    spans = [(segment.start, segment.end) for segment in document.segments]
    return Standoff(
        id=document.id,
        text_sha256=hash_text(document.text),
        n_words=len(split_words(document.text)),
        segments=tuple(
            Segment(segment.start, segment.end, segment.label, segment.thesis)
            for segment in document.segments
        ),
        anchors=tuple(make_anchors(document.text, spans)),
        relations=tuple(Relation(r.source, r.target, r.label) for r in document.relations),
        meta=document.meta,
    )


def attach(standoff: Standoff, text: str) -> Attachment:
    """Attach ``standoff`` to ``text``, a copy of the annotated text.

    Args:
        standoff: the annotation.
        text: the copy; quotation marks, dashes, blanks, line ends, case and whatever stands
            between segments may differ.

    Returns:
        The document over the copy, and what could not be placed.

    Raises:
        AttachError: if none of the segments is found in ``text``.
    """
    identical = hash_text(text) == standoff.text_sha256
    kept: list[tuple[int, Segment]] = []
    unplaced: list[Unplaced] = []
    if identical:
        kept = list(enumerate(standoff.segments))
    else:
        placements = place(standoff.anchors, text, n_words=standoff.n_words)
        for index, (segment, at) in enumerate(zip(standoff.segments, placements, strict=True)):
            if at.reason is None:
                kept.append((index, Segment(at.start, at.end, segment.label, segment.thesis)))
            else:
                unplaced.append(Unplaced(index, segment, at.reason, at.start, at.end))
    if unplaced and not kept:
        raise AttachError(
            f"annotation {standoff.id!r}: none of its {len(unplaced)} segments is in the text of "
            f"{len(text):,} characters; expected a copy of the same article, with the same words"
        )
    new = {old: index for index, (old, _) in enumerate(kept)}
    stays = {r: r.source in new and r.target in new for r in standoff.relations}
    return Attachment(
        document=Document(
            text,
            tuple(segment for _, segment in kept),
            tuple(
                Relation(new[r.source], new[r.target], r.label) for r, stay in stays.items() if stay
            ),
            standoff.id,
            standoff.meta,
        ),
        identical=identical,
        unplaced=tuple(unplaced),
        dropped=tuple(r for r, stay in stays.items() if not stay),
        n_words=sum(anchor.n_words for anchor in standoff.anchors),
        n_words_placed=sum(standoff.anchors[index].n_words for index in new),
    )


def write_standoff(standoff: Standoff, path: Path) -> None:
    """Write ``standoff`` to the JSON file ``path``."""
    head = {
        "version": VERSION,
        "id": standoff.id,
        "text_sha256": standoff.text_sha256,
        "n_words": standoff.n_words,
        "meta": dict(standoff.meta),
    }
    segments = [
        {
            "start": segment.start,
            "end": segment.end,
            "label": segment.label,
            **({"thesis": True} if segment.thesis else {}),
            "first_word": anchor.first_word,
            "n_words": anchor.n_words,
            "words_sha256": anchor.words_sha256,
            **({"before": anchor.before} if anchor.before else {}),
            **({"after": anchor.after} if anchor.after else {}),
        }
        for segment, anchor in zip(standoff.segments, standoff.anchors, strict=True)
    ]
    relations = [
        {"source": relation.source, "target": relation.target, "label": relation.label}
        for relation in standoff.relations
    ]
    path.write_text(
        f"{_json(head)[:-1]},\n"
        f'"segments": [\n{_lines(segments)}],\n"relations": [\n{_lines(relations)}]}}\n',
        encoding="utf-8",
        newline="\n",
    )


def read_standoff(path: Path) -> Standoff:
    """The stand-off annotation in the JSON file ``path``.

    Raises:
        FormatError: if the file is not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            raise ValueError(f"version {VERSION} is read here, not {data['version']!r}")
        standoff = Standoff(
            id=data["id"],
            text_sha256=data["text_sha256"],
            n_words=data["n_words"],
            segments=tuple(
                Segment(s["start"], s["end"], s["label"], bool(s.get("thesis")))
                for s in data["segments"]
            ),
            anchors=tuple(
                Anchor(
                    s["first_word"],
                    s["n_words"],
                    s["words_sha256"],
                    s.get("before", ""),
                    s.get("after", ""),
                )
                for s in data["segments"]
            ),
            relations=tuple(
                Relation(r["source"], r["target"], r["label"]) for r in data["relations"]
            ),
            meta=data["meta"],
        )
    except KeyError as error:
        raise FormatError(f"{path}: a stand-off annotation needs the field {error}") from None
    except (OSError, ValueError, TypeError, DocumentError) as error:
        raise FormatError(f"{path}: expected a stand-off annotation in JSON: {error}") from None
    return standoff


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(items: list[dict[str, Any]]) -> str:
    return ",\n".join(_json(item) for item in items)
