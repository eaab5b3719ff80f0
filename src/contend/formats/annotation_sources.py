"""What web annotations say of their sources: documents; see ``contend.formats.webannotation``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from contend.document import Document
from contend.errors import FormatError
from contend.files import read_json, read_text
from contend.formats.annotations import (
    COMMENTING,
    DESCRIBING,
    IDENTIFYING,
    LINKING,
    TAGGING,
    THESIS,
    Annotation,
    Quote,
    annotations_in,
)
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import NOTE, ReadOptions

_ADVICE = "write the articles in several files"


def read_annotations(path: Path, options: ReadOptions) -> Iterator[Document]:
    """The documents of a file; see ``contend.formats.webannotation.read_webannotation``."""
    every = annotations_in(read_json(path, advice=_ADVICE), str(path))
    ids = {each.id for each in every}
    sources: dict[str, _Source] = {}
    source_of: dict[str, _Source] = {}
    links: list[Annotation] = []
    remarks: list[tuple[str, Annotation]] = []
    for each in every:
        about = each.targets[0]["id"] if each.targets else ""
        if LINKING in each.motivations:
            links.append(each)
        elif about in ids:
            remarks.append((about, each))
        else:
            name = _source_name(each)
            source = sources.setdefault(name, _Source(name, path))
            source.add(each)
            source_of[each.id] = source
    # What is said of a relation is its label; Annotorious says it apart.
    labels = {about: each.label for about, each in remarks if about not in source_of}
    for about, _ in remarks:
        if about in source_of:
            source_of[about].ignored["annotations of annotations"] += 1
    for each in links:
        link = _link(each, labels.get(each.id, ""))
        ends = [source_of[end] for end in (link.source, link.target) if end in source_of]
        if not ends:
            raise FormatError(
                f"{each.where}: links {link.source} and {link.target}, which are not in the file"
            )
        ends[0].links.append(link)
    for source in sources.values():
        with options.reading_one():
            yield source.document(options, alone=len(sources) == 1)


@dataclass(slots=True)
class _Source:
    """A resource and what is said of it."""

    name: str
    path: Path
    text: str | None = None
    id: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    passages: list[Annotation] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)

    def add(self, annotation: Annotation) -> None:
        if any("selector" in target for target in annotation.targets):
            if annotation.label:
                self.passages.append(annotation)
                if annotation.n_further_labels:
                    self.ignored["further labels of segments"] += annotation.n_further_labels
            else:
                self.ignored["annotations without a label"] += 1
        elif DESCRIBING in annotation.motivations and annotation.said(IDENTIFYING):
            texts = annotation.said(DESCRIBING)
            self.text = texts[0] if texts else None
            self.id = annotation.said(IDENTIFYING)[0]
            self.meta = annotation.json()
        else:
            self.ignored["annotations of a whole document"] += 1

    def document(self, options: ReadOptions, *, alone: bool) -> Document:
        text = self.text if self.text is not None else self._beside(alone=alone)
        places = (self._span(each, text, options) for each in self.passages)
        spans = [span for span in places if span is not None]
        return assemble(
            text,
            spans,
            self.links,
            where=str(self.path),
            options=options,
            id=self.id if self.id is not None else self._last_part() or self.path.stem,
            meta=self.meta,
            ignored=self.ignored,
            repaired=self.repaired,
        )

    def _span(self, annotation: Annotation, text: str, options: ReadOptions) -> Span | None:
        position, quote = annotation.selected()
        if position is None:
            position = _find(text, quote)
        if position is None:
            if not options.repair:
                raise FormatError(
                    f"{annotation.where}: the quotation {quote.exact[:60]!r} is not in the text; "
                    "is it the text of another version? --repair leaves such segments out"
                )
            self.repaired["segments whose quotation is not in the text, dropped"] += 1
            return None
        note = "\n".join(annotation.said(COMMENTING))
        return Span(
            start=position[0],
            end=position[1],
            label=annotation.label,
            name=annotation.id,
            where=annotation.where.removeprefix(f"{self.path}, "),
            quoted=quote.exact or None,
            thesis=THESIS in annotation.said(TAGGING),
            score=annotation.score(),
            attributes=({NOTE: note} if annotation.said(COMMENTING) else {}) | annotation.json(),
        )

    def _last_part(self) -> str:
        """The name of a file that the address of the source ends with; may be empty."""
        try:
            parts = urlsplit(self.name)
        except ValueError:  # not an address
            return ""
        if parts.scheme == "urn":
            return ""
        name = unquote(parts.path).rstrip("/").rpartition("/")[2]
        return "" if "\0" in name or Path(name).name != name else Path(name).stem

    def _beside(self, *, alone: bool) -> str:
        names = [name for name in (self._last_part(), self.path.stem if alone else "") if name]
        files = [self.path.with_name(f"{name}.txt") for name in names]
        found = next((file for file in files if os.path.isfile(file)), None)
        if found is None:
            shown = " or ".join(file.name for file in files) or "a file of text"
            raise FormatError(
                f"{self.path}: expected the text of {self.name or 'the source'}, which is not in "
                f"the file; put {shown} beside it"
            )
        return read_text(found)


def _source_name(annotation: Annotation) -> str:
    names = {target["id"] for target in annotation.targets}
    n_passages = sum("selector" in target for target in annotation.targets)
    if len(names) != 1 or n_passages > 1:
        raise FormatError(
            f"{annotation.where}: expected one passage as the target, found "
            f"{len(annotation.targets)}; segments are single stretches of text"
        )
    return str(names.pop())


def _link(annotation: Annotation, label: str) -> Link:
    """From the first target to the second, or else to what the body is."""
    ends = [target["id"] for target in annotation.targets]
    ends += [body.address for body in annotation.bodies if body.address and body.value is None]
    if len(ends) < 2:
        raise FormatError(
            f"{annotation.where}: expected a link between two annotations, found one end"
        )
    return Link(
        source=ends[0],
        target=ends[1],
        label=annotation.label or label,
        where=f"annotation {annotation.id}",
        score=annotation.score(),
    )


def _find(text: str, quote: Quote) -> tuple[int, int] | None:
    """Where the quotation stands; of several places that with most of what should be around it."""
    exact, prefix, suffix = quote
    best, most = None, -1
    start = text.find(exact)
    while start >= 0:
        end = start + len(exact)
        before = text[max(0, start - len(prefix)) : start]
        agreeing = _n_common(prefix[::-1], before[::-1]) + _n_common(
            suffix, text[end : end + len(suffix)]
        )
        if agreeing > most:
            best, most = (start, end), agreeing
        start = text.find(exact, start + 1)
    return best


def _n_common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
