"""Documents as HTML: a page, a fragment for notebooks, predicted beside gold.

The text of an article stands in the elements of class ``text``; put together it is the document's
text. Only what HTML cannot hold, NUL and lone surrogates, appears as U+FFFD. Everything else on
the page, tags before passages included, stands outside of these elements, so copying the
article copies the article.

Source: https://html.spec.whatwg.org/multipage/parsing.html#preprocessing-the-input-stream
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contend import scheme
from contend.document import Document
from contend.errors import DocumentError
from contend.render.layout import (
    Pair,
    Paragraph,
    ordered_labels,
    pair_segments,
    paragraphs,
    relation_targets,
)

if TYPE_CHECKING:
    from jinja2 import Environment

_N_STYLES = 8
_SHORT = {scheme.COUNTERCLAIM: "counter"}
_MEANING = {
    scheme.CLAIM: "what the author asserts",
    scheme.EVIDENCE: "what is offered to make a claim believable",
    scheme.COUNTERCLAIM: "what speaks for the other side, reported in order to be answered",
}
_VERDICTS = {"same": "✓", "bounds": "≈", "label": "≠", "only": "∅"}
_UNHOLDABLE = re.compile("[\0\ud800-\udfff]")


def page(*documents: Document) -> str:
    """One self-contained HTML page: a summary, then the article with its segments marked.

    Args:
        documents: usually one; several follow one another under a table of contents.
    """
    styles = label_styles(documents)
    views = [_View.of(document, f"d{n}", styles) for n, document in enumerate(documents, 1)]
    return environment().get_template("page.html").render(views=views)


def fragment(document: Document) -> str:
    """The article of ``page`` for a notebook; its styles apply to nothing outside of it."""
    # The same key for the same document keeps a notebook that is run again free of changes.
    written = document.to_json().encode("utf-8", "backslashreplace")
    key = f"c{hashlib.sha256(written).hexdigest()[:10]}"
    view = _View.of(document, key, label_styles([document]))
    return environment().get_template("fragment.html").render(view=view)


def compare_page(
    predicted: Iterable[Document],
    gold: Iterable[Document],
    *,
    names: tuple[str, str] | None = None,
) -> str:
    """One self-contained HTML page: gold on the left, predicted on the right.

    Args:
        predicted: what a model says.
        gold: the documents to compare with, of the same texts in the same order.
        names: what the left and the right side are called instead; two annotators, for instance.

    Raises:
        DocumentError: if the texts are not the same.
    """
    both = list(zip(predicted, gold, strict=True))
    for number, (found, wanted) in enumerate(both, 1):
        if found.text != wanted.text:
            raise DocumentError(
                f"document {number}: predicted {found.id!r} and gold {wanted.id!r} have "
                "different texts; only documents over one text can be set side by side"
            )
    styles = label_styles([document for pair in both for document in pair])
    comparisons = []
    for number, (found, wanted) in enumerate(both, 1):
        pairs = pair_segments(wanted, found)
        left = _View.of(wanted, f"g{number}", styles, [(p.gold, p.verdict) for p in pairs])
        right = _View.of(found, f"p{number}", styles, [(p.predicted, p.verdict) for p in pairs])
        comparisons.append({"gold": left, "predicted": right, "counts": _tally(pairs)})
    return (
        environment()
        .get_template("compare.html")
        .render(
            comparisons=comparisons,
            heading="Predicted beside gold" if names is None else f"{names[1]} beside {names[0]}",
            sides=names or ("Gold", "Predicted"),
            only=("in gold", "predicted")
            if names is None
            else (f"in {names[0]}", f"in {names[1]}"),
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """What the templates need to know of a segment; ``number`` counts from 1."""

    number: int
    label: str
    short: str
    style: int
    thesis: bool
    score: str
    strength: str
    targets: list[tuple[str, int]]
    start: str
    width: str
    text: str
    verdict: str
    sign: str

    @property
    def title(self) -> str:
        """What the pointer shows."""
        parts = [f"{self.number} {self.label}"]
        if self.thesis:
            parts.append("thesis")
        parts += [f"{relation} {target}" for relation, target in self.targets]
        if self.score:
            parts.append(f"score {self.score}")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of the summary: a label, its segments, their share of the text."""

    label: str
    style: int
    meaning: str
    share: str
    segments: list[_Segment]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A document as the templates see it; ``key`` makes the ids on one page differ."""

    key: str
    title: str
    model: str
    n_words: int
    n_supports: int
    n_attacks: int
    paragraphs: list[Paragraph]
    segments: list[_Segment]
    rows: list[_Row]
    thesis: _Segment | None

    @classmethod
    def of(
        cls,
        document: Document,
        key: str,
        styles: dict[str, int],
        verdicts: Sequence[tuple[int | None, str]] = (),
    ) -> _View:
        """``verdicts`` holds the index of a segment and how it compares with another document."""
        segments = _segments(document, styles, dict(verdicts))
        labels = [relation.label for relation in document.relations]
        model = document.meta.get("model")
        return cls(
            key=key,
            title=document.id or "Untitled article",
            model=model if isinstance(model, str) else "",
            n_words=len(document.text.split()),
            n_supports=labels.count(scheme.SUPPORTS),
            n_attacks=labels.count(scheme.ATTACKS),
            paragraphs=paragraphs(document),
            segments=segments,
            rows=_rows(document, segments, styles),
            thesis=next((segment for segment in segments if segment.thesis), None),
        )


def _segments(
    document: Document, styles: dict[str, int], verdicts: dict[int | None, str]
) -> list[_Segment]:
    targets = relation_targets(document)
    length = len(document.text)
    return [
        _Segment(
            number=index + 1,
            label=segment.label,
            short=_SHORT.get(segment.label, segment.label),
            style=styles[segment.label],
            thesis=segment.thesis,
            score="" if segment.score is None else f"{segment.score:.2f}",
            strength="0.6" if segment.score is None else f"{segment.score:.2f}",
            targets=[(label, target + 1) for label, target in targets[index]],
            start=f"{1000 * segment.start / length:.2f}",
            width=f"{1000 * (segment.end - segment.start) / length:.2f}",
            text=segment.text,
            verdict=verdicts.get(index, ""),
            sign=_VERDICTS.get(verdicts.get(index, ""), ""),
        )
        for index, segment in enumerate(document.segments)
    ]


def _rows(document: Document, segments: list[_Segment], styles: dict[str, int]) -> list[_Row]:
    n_characters = max(1, len(document.text))
    rows = []
    for label in ordered_labels([document]):
        covered = sum(segment.end - segment.start for segment in document.labelled(label))
        rows.append(
            _Row(
                label=label,
                style=styles[label],
                meaning=_MEANING.get(label, ""),
                share=f"{covered / n_characters:.0%}",
                segments=[segment for segment in segments if segment.label == label],
            )
        )
    ours = any(row.segments for row in rows if row.label in scheme.LABELS)
    return [row for row in rows if row.segments or (ours and row.label in scheme.LABELS)]


def label_styles(documents: Iterable[Document]) -> dict[str, int]:
    """The number of each label's style: 0 to 2 for the scheme's labels, the rest in turn."""
    n_ours = len(scheme.LABELS)
    return {
        label: place if place < n_ours else n_ours + (place - n_ours) % (_N_STYLES - n_ours)
        for place, label in enumerate(ordered_labels(documents))
    }


def _tally(pairs: list[Pair]) -> dict[str, int]:
    verdicts = [pair.verdict for pair in pairs if pair.verdict != "only"]
    return {
        "same": verdicts.count("same"),
        "bounds": verdicts.count("bounds"),
        "label": verdicts.count("label"),
        "only_gold": sum(pair.predicted is None for pair in pairs),
        "only_predicted": sum(pair.gold is None for pair in pairs),
    }


@functools.cache
def environment() -> Environment:
    """The templates, made so that all text of theirs is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("contend.render"),
        autoescape=True,
        finalize=_holdable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _holdable(value: object) -> object:
    """Strings as HTML can hold them, escaped; other values, and markup, as they are."""
    from markupsafe import Markup, escape

    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    # A parser reads a bare carriage return as a line feed, but not its character reference.
    escaped = str(escape(_UNHOLDABLE.sub("\ufffd", value))).replace("\r", "&#13;")
    return Markup(escaped)
