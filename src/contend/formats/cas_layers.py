"""What the layers of a UIMA CAS say: from XMI to a Document; see ``contend.formats.cas``."""

from __future__ import annotations

import io
import json
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contend.document import Document
from contend.errors import FormatError
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import AS_IS, ATTRIBUTES, ReadOptions
from contend.formats.cas import (
    DEPENDENT,
    GOVERNOR,
    LABEL,
    OWN_TYPE,
    SCORE,
    SPAN_LAYER,
    THESIS,
    TITLE_TYPE,
    cassis,
    check_xml,
    loaded,
)

_LABEL_FEATURES = (LABEL, "value")
# Layers of these are not a user's own; those after them are no annotations at all.
_BUILT_IN = ("uima.", "de.tudarmstadt.ukp.", "org.dkpro.core.")
_MACHINERY = re.compile(
    r"uima\.|de\.tudarmstadt\.ukp\.(inception|clarin)\.|.*\.(segmentation|metadata)\.type\."
)
_TEXT, _BOOLEAN = "uima.cas.String", "uima.cas.Boolean"
_DOCUMENT_ENDINGS = (".xmi", ".txt", ".html", ".xml", ".pdf", ".tsv", ".conll", ".json")


def decode_cas(
    raw: bytes,
    type_system: Any,
    *,
    name: str,
    where: str,
    options: ReadOptions = AS_IS,
    annotator: str = "",
) -> Document:
    """The document in the content of an ``.xmi`` file.

    All span layers of the user's own are read. The label is the feature ``label`` or ``value``,
    the only text feature there is, or else the layer's name.

    Args:
        raw: the content.
        type_system: of cassis.
        name: the document's id if it has no title.
        where: the file, for messages.
        options: what to repair and how to understand relations.
        annotator: who made the annotations; kept in ``meta["annotator"]``.

    Raises:
        FormatError: if it is not XMI of an annotated text.
    """
    check_xml(raw, where)
    cas = _load_cas(raw, type_system, where)
    text = cas.sofa_string
    if text is None:
        raise FormatError(f"{where}: expected a text (sofaString) in the view _InitialView")
    layers = _Layers(where, options)
    for structure in cas.select_all_fs():
        layers.add(structure)
    own = layers.own()
    meta = own.get("meta", {}) | ({"annotator": annotator} if annotator else {})
    return assemble(
        text,
        layers.spans,
        layers.known_links(),
        where=where,
        options=options,
        id=own.get("id", _without_ending(layers.title) or name),
        meta=meta,
        ignored=layers.ignored,
        repaired=layers.repaired,
    )


@dataclass(slots=True)
class _Layers:
    """What the layers of a CAS say."""

    where: str
    options: ReadOptions
    spans: list[Span] = field(default_factory=list)
    links: list[tuple[Link, str]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    title: str = ""
    json: str = ""

    def add(self, structure: Any) -> None:
        kind = structure.type.name
        features = {each.name: each.rangeType.name for each in structure.type.all_features}
        if kind == OWN_TYPE:
            self.json = structure["json"] or ""
        elif kind == TITLE_TYPE:
            self.title = structure["documentTitle"] or ""
        elif kind.startswith(_BUILT_IN) or "begin" not in features:
            if not _MACHINERY.match(kind):
                self.ignored[f"annotations of the layer {_short(kind)}"] += 1
        elif GOVERNOR in features and DEPENDENT in features:
            self._add_link(structure, features)
        else:
            self._add_span(structure, features)

    def _add_link(self, structure: Any, features: Mapping[str, str]) -> None:
        ends = [structure.Governor, structure.Dependent]
        link = Link(
            source=_name(ends[0]),
            target=_name(ends[1]),
            label=_label(structure, features) or "",
            where=f"xmi:id {structure.xmiID}",
            score=structure.score if _is_number(features.get(SCORE)) else None,
        )
        layer = next((each.type.name for each in ends if each is not None), "")
        self.links.append((link, layer))

    def known_links(self) -> list[Link]:
        """The relations between segments; those of a layer on words, say, are counted only."""
        names = {span.name for span in self.spans}
        kept = []
        for link, layer in self.links:
            if layer.startswith(_BUILT_IN) and not {link.source, link.target} & names:
                self.ignored[f"relations on the layer {_short(layer)}"] += 1
            else:
                kept.append(link)
        return kept

    def _add_span(self, structure: Any, features: Mapping[str, str]) -> None:
        label = _label(structure, features)
        name = _name(structure)
        if not label:
            if not self.options.repair:
                raise FormatError(
                    f"{self.where}, xmi:id {name}: the annotation {structure.begin}:"
                    f"{structure.end} of the layer {_short(structure.type.name)} has no label; "
                    "give it one, or convert with --repair, which leaves it out"
                )
            self.repaired["segments without a label, dropped"] += 1
            return
        self.spans.append(
            Span(
                start=structure.begin,
                end=structure.end,
                label=label,
                name=name,
                where=f"xmi:id {name}",
                thesis=features.get(THESIS) == _BOOLEAN and bool(structure.thesis),
                score=structure.score if _is_number(features.get(SCORE)) else None,
                attributes=self._attributes_of(structure, features),
            )
        )

    def _attributes_of(self, structure: Any, features: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, kind in features.items():
            value = structure[name]
            if name in ("sofa", "begin", "end", _label_feature(features)) or value is None:
                continue
            if name == THESIS and kind == _BOOLEAN:
                continue
            if name == SCORE and _is_number(kind):
                continue
            if kind == _BOOLEAN:
                if value:  # INCEpTION sets all others to false
                    found[name] = True
            elif name == ATTRIBUTES and structure.type.name == SPAN_LAYER:
                found |= self._parsed(value)
            elif kind == "uima.cas.StringArray":
                found[name] = list(value.elements or [])
            elif isinstance(value, str | int | float):
                found[name.removesuffix("_") if name in ("type_", "self_") else name] = value
            else:
                self.ignored[f"features {name} of segments"] += 1
        return found

    def own(self) -> dict[str, Any]:
        """Id and meta as we wrote them, empty if another program wrote the file."""
        own = self._parsed(self.json) if self.json else {}
        if not isinstance(own.get("id", ""), str) or not isinstance(own.get("meta", {}), dict):
            raise FormatError(f"{self.where}: expected id and meta in {OWN_TYPE}, found {own}")
        return own

    def _parsed(self, written: str) -> dict[str, Any]:
        try:
            value = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise FormatError(
                f"{self.where}: expected JSON, found {written[:60]!r}: {error}"
            ) from None
        if not isinstance(value, dict):
            raise FormatError(f"{self.where}: expected a JSON object, found {written[:60]!r}")
        return value


def _load_cas(raw: bytes, type_system: Any, where: str) -> Any:
    def load(file: io.BytesIO) -> Any:
        return cassis().load_cas_from_xmi(file, typesystem=type_system, lenient=True)

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        cas = loaded(load, raw, where)
    # cassis leaves offsets that it cannot convert as they are, which may look like others.
    wrong = next((str(each.message) for each in told if "offset" in str(each.message)), "")
    if wrong:
        raise FormatError(
            f"{where}: expected offsets in UTF-16 units of the text, none of them inside of a "
            f"character: {wrong}"
        )
    return cas


def _label_feature(features: Mapping[str, str]) -> str:
    """The name of the feature that is the label, empty if there is none."""
    texts = [name for name, kind in features.items() if kind == _TEXT]
    named = [name for name in _LABEL_FEATURES if name in texts]
    if named:
        return named[0]
    return texts[0] if len(texts) == 1 else ""


def _label(structure: Any, features: Mapping[str, str]) -> str | None:
    feature = _label_feature(features)
    value: str | None = structure[feature] if feature else _short(structure.type.name)
    return value


def _is_number(kind: str | None) -> bool:
    return kind in ("uima.cas.Float", "uima.cas.Double")


def _name(structure: Any) -> str:
    return "" if structure is None else str(structure.xmiID)


def _short(kind: str) -> str:
    return kind.rpartition(".")[2]


def _without_ending(title: str) -> str:
    for ending in _DOCUMENT_ENDINGS:
        if title.lower().endswith(ending):
            return title[: -len(ending)]
    return title
