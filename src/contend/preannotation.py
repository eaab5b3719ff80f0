"""Suggestions for annotators: predictions, with what an annotation tool needs to show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, Protocol

from contend.document import Document, with_segments
from contend.errors import ConfigError
from contend.formats import Format
from contend.formats.base import META, THESES, meta_of_text
from contend.formats.tool_settings import THESIS_LABEL
from contend.model.decoding import check_min_score, drop_segments

#: How sure a document is, out of the scores of its segments: their mean, or the least of them.
Certainty = Literal["mean", "min"]
CERTAINTIES: tuple[Certainty, ...] = ("mean", "min")
#: Where ``meta`` says it.
CERTAINTY = "certainty"


class Annotates(Protocol):
    """What analyses many texts, as ``contend.Analyzer`` does."""

    def analyze_many(
        self, texts: Iterable[str | Document], *, min_score: float = 0.0
    ) -> Iterator[Document]:
        """Documents for texts, one after another, in order."""


def preannotate(
    analyzer: Annotates,
    articles: Iterable[Document],
    *,
    min_score: float = 0.0,
    least_certain_first: bool = False,
    by: Certainty = "mean",
) -> Iterator[Document]:
    """Analyse ``articles`` for people to correct.

    Args:
        analyzer: a model.
        articles: texts with ids; annotations that they have already do not count.
        min_score: leave out suggestions that are less sure, in [0, 1]; how certain a document
            is counts all of them.
        least_certain_first: whether to order the documents, those first in which nothing was
            found; all are then held in memory.
        by: what certainty is; ``meta["certainty"]`` has it.

    Raises:
        ConfigError: if ``by`` is unknown or ``min_score`` is not in [0, 1].
    """
    if by not in CERTAINTIES:
        raise ConfigError(f"certainty is one of {', '.join(CERTAINTIES)}, found {by!r}")
    check_min_score(min_score)
    bare = (Document(each.text, id=each.id, meta=meta_of_text(each)) for each in articles)
    judged: Iterable[tuple[float | None, Document]] = (
        (certainty(each, by), each) for each in analyzer.analyze_many(bare)
    )
    if least_certain_first:
        # Nothing vouches for a document without segments.
        judged = sorted(judged, key=lambda pair: -1.0 if pair[0] is None else pair[0])
    for sure, document in judged:
        meta = {k: v for k, v in document.meta.items() if k != "n_tokens"}
        if sure is not None:
            meta[CERTAINTY] = round(sure, 4)
        yield replace(_surer(document, min_score), meta=meta)


def certainty(document: Document, by: Certainty = "mean") -> float | None:
    """How sure the segments of ``document`` are, in [0, 1]; ``None`` if none has a score."""
    scores = [segment.score for segment in document.segments if segment.score is not None]
    if not scores:
        return None
    return min(scores) if by == "min" else sum(scores) / len(scores)


def for_tool(documents: Iterable[Document], to: Format, *, in_order: int = 0) -> Iterator[Document]:
    """``documents`` as the tool that reads the format ``to`` shows most of them.

    Ids become different, and names of files where the format writes a file for each; where it
    cannot mark a thesis, that is labelled ``thesis``; where it cannot hold ``meta``, what
    analysis put there is left out.

    Args:
        documents: suggestions.
        to: the format that they are written in.
        in_order: how many there are, if ids must sort as the documents come; 0 if they need not.
    """
    taken: set[str] = set()
    width = len(str(in_order))
    for number, document in enumerate(documents, 1):
        name = document.id
        if to.container != "file":
            name = re.sub(r"[^\w.-]+", "_", name).lstrip(".")
            name = f"{number:0{width}}-{name}".rstrip("-") if in_order else name
        name = _another(name or "article", taken)
        meta = dict(document.meta)
        if META in to.cannot_hold:
            meta = {k: v for k, v in meta.items() if k not in ("model", CERTAINTY)}
        shown = _thesis_as_label(document) if THESES in to.cannot_hold else document
        yield replace(shown, id=name, meta=meta)


def _surer(document: Document, min_score: float) -> Document:
    if min_score <= 0.0:
        return document
    keep = [each.score is None or each.score >= min_score for each in document.segments]
    return with_segments(document, *drop_segments(document.segments, document.relations, keep))


def _thesis_as_label(document: Document) -> Document:
    segments = tuple(
        replace(each, label=THESIS_LABEL, thesis=False) if each.thesis else each
        for each in document.segments
    )
    return replace(document, segments=segments)


def _another(name: str, taken: set[str]) -> str:
    """``name``, or with a number if it is taken in any case; the result is then taken."""
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{name}-{number}"
    taken.add(found.casefold())
    return found
