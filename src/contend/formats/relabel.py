"""Other names for labels: what ``contend convert --map`` and ``--thesis-from`` do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from contend import scheme
from contend.document import Document, Segment
from contend.errors import FormatError
from contend.formats.base import RELATIONS, Losses, meta_of_kept

#: In a map: every label that is not named; as a new name: as it is.
OTHERS = "*"


@dataclass(frozen=True, slots=True)
class LabelMap:
    """A label of a file -> the label that it becomes, or nothing if its segments are left out.

    A new label may be a set of admissible ones, ``"claim|counterclaim"``. The entry ``*`` says
    what becomes of all labels that are not named: ``{"*": "*"}`` keeps them as they are.

    Attributes:
        labels: old -> new; an empty new one drops the segments.
    """

    labels: Mapping[str, str]

    @classmethod
    def parse(cls, entries: Iterable[str]) -> LabelMap:
        """A map out of entries such as ``"Claim=claim,Premise=evidence"``.

        Raises:
            FormatError: if an entry is not a pair, or a label is named twice.
        """
        labels: dict[str, str] = {}
        for entry in ",".join(entries).split(","):
            old, equals, new = (part.strip() for part in entry.partition("="))
            members = scheme.split_label(new)
            if not equals or not old or (new and "" in members):
                raise FormatError(
                    f"label map: expected old=new, old=new|new, old= or *=..., found {entry!r}"
                )
            if old in labels:
                raise FormatError(f"label map: {old!r} is named twice")
            labels[old] = scheme.join_labels(members)
        return cls(labels)

    def __call__(self, label: str) -> str:
        """The new label, empty for one that is dropped.

        Raises:
            KeyError: if the map does not say.
        """
        new = self.labels[label] if label in self.labels else self.labels[OTHERS]
        return label if new == OTHERS else new


def relabel(document: Document, labels: LabelMap, *, where: str) -> tuple[Document, Losses]:
    """``document`` with new labels, without the segments that ``labels`` drops.

    Args:
        document: any.
        labels: what its labels become.
        where: its file, for messages.

    Returns:
        The document, and how many segments and relations were dropped.

    Raises:
        FormatError: if the map does not say what becomes of a label.
    """
    segments: list[Segment] = []
    place: dict[int, int] = {}
    for index, segment in enumerate(document.segments):
        try:
            label = labels(segment.label)
        except KeyError:
            known = ", ".join(labels.labels)
            raise FormatError(
                f"{where}, document {document.id!r}: expected one of the labels that the map "
                f"names ({known}), found {segment.label!r} at {segment.start}:{segment.end}; add "
                f"{segment.label}=LABEL, {segment.label}= to leave such segments out, or *=* to "
                "keep all others as they are"
            ) from None
        if label:
            place[index] = len(segments)
            segments.append(replace(segment, label=label))
    relations = [
        replace(relation, source=place[relation.source], target=place[relation.target])
        for relation in document.relations
        if relation.source in place and relation.target in place
    ]
    dropped = Losses(
        {
            "segments": len(document.segments) - len(segments),
            RELATIONS: len(document.relations) - len(relations),
        }
    )
    meta = meta_of_kept(document, place)
    return (
        replace(document, segments=tuple(segments), relations=tuple(relations), meta=meta),
        dropped,
    )


def mark_thesis(document: Document, label: str) -> Document:
    """``document`` with its first segment of ``label`` as the thesis, unless one is marked."""
    if document.thesis is not None:
        return document
    first = next((i for i, each in enumerate(document.segments) if each.label == label), None)
    if first is None:
        return document
    segments = list(document.segments)
    segments[first] = replace(segments[first], thesis=True)
    return replace(document, segments=tuple(segments))
