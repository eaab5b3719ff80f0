"""Studies: what several annotators made of the same texts, brought together.

Documents belong together if they have the same text, and the same id too where an annotator has
a text twice. A text that only one annotator has says nothing about agreement; it is kept apart
and named, unless another annotator has a different text of the same id: that is an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from contend import scheme
from contend.document import Document
from contend.errors import ConfigError
from contend.metrics.counts import text_difference

#: A document of each annotator, ``None`` where an annotator has none.
Row = tuple[Document | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One text and its annotations.

    Attributes:
        id: the document's id; the beginning of the text where no annotator gives one.
        documents: one for each annotator of the study, ``None`` for those who lack the text.
    """

    id: str
    documents: Row

    @property
    def present(self) -> tuple[Document, ...]:
        """The documents of those who annotated the text; at least two, over one text."""
        return tuple(document for document in self.documents if document is not None)

    @property
    def text(self) -> str:
        """The text."""
        return self.present[0].text


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Annotations of the same texts by several annotators.

    Attributes:
        annotators: their names.
        items: the texts that at least two of them annotated.
        labels: the labels that anybody uses, those of the scheme first.
        alone: annotator and id of each document that nobody else has.
    """

    annotators: tuple[str, ...]
    items: tuple[Item, ...]
    labels: tuple[str, ...]
    alone: tuple[tuple[str, str], ...] = ()

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The indices of every two annotators."""
        yield from combinations(range(len(self.annotators)), 2)

    def of(self, *annotators: int) -> Study:
        """The study of some of the annotators, over the texts that at least two of them have."""
        items = (
            Item(id=item.id, documents=tuple(item.documents[index] for index in annotators))
            for item in self.items
        )
        return Study(
            annotators=tuple(self.annotators[index] for index in annotators),
            items=tuple(item for item in items if len(item.present) > 1),
            labels=self.labels,
        )


def align(annotations: Mapping[str, Sequence[Document]]) -> Study:
    """Bring together the documents of several annotators.

    Args:
        annotations: name of an annotator -> documents, in any order.

    Raises:
        ConfigError: if there are fewer than two annotators or no text of two of them, if an
            annotator has a document twice, or if documents of one id have different texts.
    """
    if len(annotations) < 2:
        raise ConfigError(
            f"agreement needs at least two annotators, found {len(annotations)}; give the "
            "documents of each under a name of its own"
        )
    for name, documents in annotations.items():
        for document in documents:
            if not isinstance(document, Document):
                raise ConfigError(
                    f"{name}: expected documents, found {type(document).__name__}; read a file "
                    "with contend.formats.read_documents"
                )
    names = tuple(annotations)
    items, alone = [], []
    rows = _rows(annotations)
    _check_texts(names, rows)
    for row in rows:
        present = [index for index, document in enumerate(row) if document is not None]
        if len(present) > 1:
            items.append(Item(id=_name(row), documents=row))
        else:
            alone.append((present[0], row))
    if not items:
        raise ConfigError(
            f"no text is annotated by two of {', '.join(names)}: documents belong together if "
            "they have exactly the same text, line ends included, and none do"
        )
    return Study(
        annotators=names,
        items=tuple(items),
        labels=_labels(items),
        alone=tuple((names[index], _name(row)) for index, row in alone),
    )


def _rows(annotations: Mapping[str, Sequence[Document]]) -> list[Row]:
    """The documents in rows of the same text, in the order in which they first appear."""
    twice = {
        text
        for documents in annotations.values()
        for text, count in Counter(document.text for document in documents).items()
        if count > 1
    }
    rows: dict[tuple[str, str], list[Document | None]] = {}
    for index, (annotator, documents) in enumerate(annotations.items()):
        for document in documents:
            # Only where a text is there twice must ids tell which one is meant.
            key = (document.text, document.id if document.text in twice else "")
            row = rows.setdefault(key, [None] * len(annotations))
            if row[index] is not None:
                raise ConfigError(
                    f"{annotator}: {_called(document)} is there twice; expected every text once "
                    "from each annotator, remove one of the two"
                )
            row[index] = document
    return [tuple(row) for row in rows.values()]


def _check_texts(names: Sequence[str], rows: Sequence[Row]) -> None:
    """Refuse a text that one annotator alone has, if another has a different one of its id."""
    by_id: dict[str, dict[int, Document]] = {}
    for row in rows:
        for index, document in enumerate(row):
            if document is not None and document.id:
                by_id.setdefault(document.id, {}).setdefault(index, document)
    for row in rows:
        present = [(index, document) for index, document in enumerate(row) if document is not None]
        index, document = present[0]
        others = [each for each in by_id.get(document.id, {}).items() if each[0] != index]
        if len(present) == 1 and others:
            (first, one), (second, other) = sorted([present[0], min(others)])
            raise ConfigError(
                f"{_called(document)}: {names[first]} and {names[second]} have different texts "
                f"under this id ({text_difference(one.text, other.text)}); agreement is measured "
                "on exactly the same text, line ends included: give both annotators one file"
            )


def _called(document: Document) -> str:
    return f"document {document.id!r}" if document.id else f"document {document.text[:40]!r}…"


def _name(row: Row) -> str:
    documents = [document for document in row if document is not None]
    named = (document.id for document in documents if document.id)
    return next(named, f"{' '.join(documents[0].text.split())[:40]}…")


def _labels(items: Sequence[Item]) -> tuple[str, ...]:
    found = {
        segment.label
        for item in items
        for document in item.present
        for segment in document.segments
    }
    known = [label for label in scheme.LABELS if label in found]
    return (*known, *sorted(found.difference(known)))
