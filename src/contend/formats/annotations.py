"""Web annotations as they are read: motivation, bodies, targets, what they select.

``contend.formats.webannotation`` has what they look like.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from contend.errors import FormatError

#: Motivations of annotations and purposes of bodies.
ASSESSING, CLASSIFYING, COMMENTING = "assessing", "classifying", "commenting"
DESCRIBING, IDENTIFYING, LINKING, TAGGING = "describing", "identifying", "linking", "tagging"
#: The format of a body that is JSON.
JSON_FORMAT = "application/json"
#: The tag of the thesis.
THESIS = "thesis"


class Quote(NamedTuple):
    """A quotation with what stands around it."""

    exact: str
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What an annotation says.

    Attributes:
        purpose: of the body, or the motivation of its annotation.
        value: its text, or the last part of the address of a tag; ``None`` for another resource.
        address: of a resource, empty for a text.
        format: its media type, if it is told.
    """

    purpose: str
    value: str | None
    address: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An annotation, with lists where the model allows one thing or several.

    Attributes:
        where: its place in the file, for messages.
        id: its address.
        motivations: without a prefix.
        bodies: what it says.
        targets: what it says it of: addresses, or resources with selectors.
    """

    where: str
    id: str
    motivations: tuple[str, ...]
    bodies: tuple[Body, ...]
    targets: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, item: Any, where: str) -> Annotation:
        """The annotation in a JSON object.

        Raises:
            FormatError: if it is not one.
        """
        if not isinstance(item, Mapping) or "target" not in item:
            raise FormatError(
                f"{where}: expected an annotation with a target, found {str(item)[:60]!r}"
            )
        motivations = tuple(str(x).rpartition(":")[2] for x in _list(item.get("motivation")))
        said = _list(item.get("body"))
        if isinstance(item.get("bodyValue"), str):
            said.append({"type": "TextualBody", "value": item["bodyValue"]})
        default = motivations[0] if motivations else ""
        return cls(
            where=where,
            id=str(item.get("id") or where),
            motivations=motivations,
            bodies=tuple(_body(each, default) for each in said),
            targets=tuple(_resource(each) for each in _list(item["target"])),
        )

    @property
    def label(self) -> str:
        """The class or else the first tag, but not that of the thesis; may be empty."""
        return next((value for value in self._labels() if value), "")

    @property
    def n_further_labels(self) -> int:
        """How many more classes and tags there are."""
        return max(len({value for value in self._labels() if value}) - 1, 0)

    def _labels(self) -> Iterator[str | None]:
        for purpose in (CLASSIFYING, TAGGING):
            for body in self.bodies:
                is_thesis = purpose == TAGGING and body.value == THESIS
                if body.purpose == purpose and not is_thesis and body.format != JSON_FORMAT:
                    yield body.value

    def said(self, purpose: str) -> list[str]:
        """The texts of the bodies with ``purpose``, without JSON."""
        return [
            body.value
            for body in self.bodies
            if body.purpose == purpose and body.value is not None and body.format != JSON_FORMAT
        ]

    def score(self) -> float | None:
        """The assessment, if it is a probability."""
        for value in self.said(ASSESSING):
            try:
                score = float(value)
            except ValueError:
                continue
            if 0 <= score <= 1:
                return score
        return None

    def json(self) -> dict[str, Any]:
        """The object in the bodies that are JSON.

        Raises:
            FormatError: if one is not a JSON object.
        """
        found: dict[str, Any] = {}
        for body in self.bodies:
            if body.format == JSON_FORMAT:
                try:
                    found |= json.loads(body.value or "")
                except (ValueError, TypeError, RecursionError) as error:
                    raise FormatError(
                        f"{self.where}: expected a JSON object in the body of the format "
                        f"{JSON_FORMAT}, found {str(body.value)[:60]!r}: {error}"
                    ) from None
        return found

    def selected(self) -> tuple[tuple[int, int] | None, Quote]:
        """Start and end, if they are told, and the quotation, which may be empty.

        Raises:
            FormatError: if a passage is selected in another way.
        """
        selectors = [x for target in self.targets for x in _list(target.get("selector"))]
        position: tuple[int, int] | None = None
        quote = Quote("", "", "")
        for selector in selectors:
            kind = selector.get("type") if isinstance(selector, Mapping) else None
            if kind == "TextPositionSelector":
                start, end = selector.get("start"), selector.get("end")
                if type(start) is not int or type(end) is not int:
                    raise FormatError(
                        f"{self.where}: expected whole numbers for start and end, found "
                        f"{start!r} and {end!r}"
                    )
                position = (start, end)
            elif kind == "TextQuoteSelector":
                exact, prefix, suffix = (
                    str(selector.get(key) or "") for key in ("exact", "prefix", "suffix")
                )
                quote = Quote(exact, prefix, suffix)
        if position is None and not quote.exact:
            found = ", ".join(str(_kind(selector)) for selector in selectors)
            raise FormatError(
                f"{self.where}: expected a TextPositionSelector or a TextQuoteSelector, found "
                f"{found or 'none'}"
            )
        return position, quote


def annotations_in(data: Any, where: str) -> list[Annotation]:
    """The annotations of a collection, a page, a list, or the single one.

    Args:
        data: what a JSON file holds.
        where: the file, for messages.

    Raises:
        FormatError: if it is something else, or a page is elsewhere.
    """
    items = _items(data, where)
    return [Annotation.of(item, f"{where}, annotation {n}") for n, item in enumerate(items, 1)]


def _items(data: Any, where: str) -> list[Any]:
    if isinstance(data, list):
        return data
    if not isinstance(data, Mapping):
        raise FormatError(f"{where}: expected annotations in JSON-LD, found {str(data)[:60]!r}")
    kinds = [str(kind).rpartition(":")[2] for kind in _list(data.get("type"))]
    if "AnnotationCollection" in kinds:
        page = data.get("first")
    elif "AnnotationPage" in kinds:
        page = data
    elif "Annotation" in kinds:
        return [data]
    else:
        raise FormatError(
            f"{where}: expected an Annotation, AnnotationPage or AnnotationCollection, found the "
            f"type {data.get('type')!r}"
        )
    items: list[Any] = []
    while page is not None:
        if not isinstance(page, Mapping) or not isinstance(page.get("items", []), list):
            raise FormatError(
                f"{where}: expected a page with a list of items in the file, found "
                f"{str(page)[:60]!r}; fetch all pages and put them into one file"
            )
        items += page.get("items", [])
        page = page.get("next")
    return items


def _body(item: Any, default: str) -> Body:
    """A body; one without a purpose has that of its annotation."""
    if not isinstance(item, Mapping):
        return Body(purpose=LINKING, value=None, address=str(item))
    purposes = _list(item.get("purpose")) or [default]
    address = str(item.get("source") or item.get("id") or "")
    value = item.get("value")
    if value is None and "purpose" in item:
        value = address.rstrip("/").rpartition("#")[2].rpartition("/")[2]
    return Body(
        purpose=str(purposes[0]).rpartition(":")[2],
        value=None if value is None else str(value),
        address=address,
        format=str(item.get("format", "")),
    )


def _resource(item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        return {"id": str(item)}
    source = item.get("source", item.get("id", ""))
    source = source.get("id", "") if isinstance(source, Mapping) else source
    return {**item, "id": str(source)}


def _kind(selector: Any) -> Any:
    return selector.get("type") if isinstance(selector, Mapping) else selector


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
