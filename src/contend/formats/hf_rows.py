"""Rows of a Hugging Face data set as documents; see ``contend.formats.hf_datasets``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

from contend.document import Document
from contend.errors import FormatError
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import ReadOptions

#: What a row of ours has.
COLUMNS = ("id", "text", "segments", "relations", "meta")


def documents_in(
    dataset: Any, *, where: str, options: ReadOptions, more: Mapping[str, Any] | None = None
) -> Iterator[Document]:
    """The documents in the rows of a ``Dataset`` or ``IterableDataset``.

    Args:
        dataset: of Hugging Face datasets.
        where: its name, for messages.
        options: what to repair and how to understand relations.
        more: further entries of ``meta`` of all documents.

    Raises:
        FormatError: if a row is not a document, or has a value that JSON cannot hold; the message
            names it, counted from 0.
    """
    names = {key: _class_names(dataset.features, key) for key in ("segments", "relations")}
    for number, row in enumerate(dataset.with_format(None)):
        with options.reading_one():
            yield _decode(row, f"{where}, row {number}", dataset.features, names, options, more)


def _decode(
    row: Mapping[str, Any],
    place: str,
    features: Any,
    names: Mapping[str, list[str]],
    options: ReadOptions,
    more: Mapping[str, Any] | None,
) -> Document:
    text = row.get("text")
    if not isinstance(text, str):
        raise FormatError(
            f"{place}: expected the article in a column 'text', found the columns {', '.join(row)}"
        )
    try:
        spans = [
            _span(item, str(index), names["segments"])
            for index, item in enumerate(_structs(row.get("segments")))
        ]
        links = [_link(item, names["relations"]) for item in _structs(row.get("relations"))]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise FormatError(
            f"{place}: expected segments with start, end and label, relations with source, "
            f"target and label; missing or of another kind: {error}"
        ) from None
    id = "" if row.get("id") is None else str(row["id"])
    others = {key: value for key, value in row.items() if key not in COLUMNS}
    meta = {
        **_held(others, features or {}, place),
        **_held(_meta(row.get("meta")), {}, place),
    }
    return assemble(
        text,
        spans,
        links,
        where=f"{place} ({id})" if id else place,
        options=options,
        id=id,
        meta={**meta, **(more or {})},
    )


def _class_names(features: Any, column: str) -> list[str]:
    """The names of the labels in a column, empty if they are not numbers."""
    feature = (features or {}).get(column)
    inner = getattr(feature, "feature", feature)
    label = inner.get("label") if isinstance(inner, Mapping) else None
    label = getattr(label, "feature", label)  # of a struct of lists
    return list(getattr(label, "names", None) or [])


def _structs(value: Any) -> list[dict[str, Any]]:
    """A list of structs, also out of a struct of lists, as older data sets have it."""
    if isinstance(value, Mapping):
        return [dict(zip(value, of, strict=True)) for of in zip(*value.values(), strict=True)]
    return list(value or [])


def _span(item: Mapping[str, Any], name: str, names: list[str]) -> Span:
    return Span(
        start=_whole(item["start"]),
        end=_whole(item["end"]),
        label=_label(item["label"], names),
        name=name,
        where=f"segment {name}",
        quoted=item.get("text"),
        thesis=bool(item.get("thesis")),
        score=item.get("score"),
    )


def _link(item: Mapping[str, Any], names: list[str]) -> Link:
    return Link(
        source=str(_whole(item["source"])),
        target=str(_whole(item["target"])),
        label=_label(item["label"], names),
        score=item.get("score"),
    )


def _label(value: Any, names: list[str]) -> str:
    if isinstance(value, str):
        return value
    number = _whole(value)
    if not 0 <= number < len(names):
        raise ValueError(f"label {number} of {len(names)}")
    return names[number]


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"a whole number, not {value!r}")
    return value


def _held(values: Mapping[str, Any], features: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Entries of ``meta``, as JSON holds them."""
    held = {}
    for key, value in values.items():
        try:
            held[key] = _plain(value, features.get(key))
        except TypeError as error:
            raise FormatError(
                f"{place}: the column {key!r} has {error}, which JSON and so meta cannot hold; "
                f"leave it out, dataset.remove_columns({key!r})"
            ) from None
    return held


def _plain(value: Any, feature: Any) -> Any:
    """A value as JSON holds it: names of classes, dates as ISO text, NaN as null.

    Raises:
        TypeError: if JSON cannot hold it; the message says what it is.
    """
    if isinstance(value, Mapping):
        of = feature if isinstance(feature, Mapping) else {}
        return {str(key): _plain(each, of.get(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        inner = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
        return [_plain(each, inner) for each in value]
    names = getattr(feature, "names", None)
    if names and type(value) is int and 0 <= value < len(names):
        return names[value]
    if isinstance(value, float):
        if math.isinf(value):
            raise TypeError(f"the number {value}")
        return None if math.isnan(value) else value
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a value of the type {type(value).__name__}")


def _meta(value: Any) -> dict[str, Any]:
    """The entries in a column of JSON objects or structs; anything else is an entry itself."""
    try:
        meta = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        meta = None
    if isinstance(meta, Mapping):
        return dict(meta)
    return {} if value is None else {"meta": value}
