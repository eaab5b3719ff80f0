"""UIMA CAS: the XMI that is written for a Document, through dkpro-cassis; what reading needs, too.

Source: https://uima.apache.org/d/uimaj-current/references.html#ugr.ref.xmi and, for what INCEpTION
makes of it, https://inception-project.github.io/releases/latest/docs/user-guide.html

A segment is an annotation of the span layer ``custom.Span`` with the features ``label``,
``thesis`` and ``score``, a relation one of the relation layer ``custom.Relation`` with ``label``
and ``score``, from its ``Governor`` to its ``Dependent``. These are the layers of a new project of
the kind "Basic annotation (span/relation)". Attributes of segments that are words are features
under their own names; others are JSON in the feature ``attributes``. The title of the document's
``DocumentMetaData`` is its id. Id and ``meta`` stand as JSON in an annotation ``contend.Document``,
which INCEpTION passes over.

Offsets count UTF-16 units; cassis converts them.
"""

from __future__ import annotations

import io
import json
import keyword
import re
from collections.abc import Iterable
from typing import Any

from contend.document import Document
from contend.errors import FormatError, MissingDependencyError
from contend.formats.base import ATTRIBUTES, IGNORED, REPAIRED, attributes_of
from contend.formats.jsonl import encode_jsonl

#: The layers that are written, and their features.
SPAN_LAYER, RELATION_LAYER = "custom.Span", "custom.Relation"
LABEL, THESIS, SCORE = "label", "thesis", "score"
#: What INCEpTION calls the ends of a relation: from, to.
GOVERNOR, DEPENDENT = "Governor", "Dependent"
#: Other types that are written.
TITLE_TYPE = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData"
OWN_TYPE = "contend.Document"

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FEATURE_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?")
_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
_XML_1_1 = re.compile(rb"""<\?xml\s+version\s*=\s*["']1\.1""")
# Of the span layer, or of every class of cassis.
_TAKEN = frozenset((LABEL, THESIS, SCORE, ATTRIBUTES, "type", "self", "id"))


def cassis() -> Any:
    """The library.

    Raises:
        MissingDependencyError: if it is not installed.
    """
    try:
        import cassis
    except ImportError:
        raise MissingDependencyError.of("dkpro-cassis", "formats") from None
    return cassis


class TypeSystems:
    """Type systems of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[bytes, Any] = {}

    def of(self, raw: bytes, where: str) -> Any:
        """The type system in the content of a ``TypeSystem.xml``.

        Raises:
            FormatError: if it is not one.
        """
        if raw not in self._known:
            check_xml(raw, where)
            self._known = {raw: loaded(cassis().load_typesystem, raw, where)}
        return self._known[raw]


def check_xml(raw: bytes, where: str) -> None:
    """Refuse what an XML parser should not see.

    Raises:
        FormatError: if ``raw`` is not XML in UTF-8, or declares a document type, which no XMI
            needs and entity bombs do.
    """
    declared = _ENCODING.match(raw.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared[1].decode("ascii", "replace") if declared else "UTF-8"
    if not raw.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") or b"\0" in raw[:4]:
        raise FormatError(f"{where}: expected XML in UTF-8, found {raw[:20]!r}")
    if encoding.upper() not in ("UTF-8", "UTF8", "US-ASCII", "ASCII"):
        raise FormatError(
            f"{where}: expected XML in UTF-8, found the encoding {encoding!r}; convert the file"
        )
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise FormatError(
            f"{where}: has a document type declaration (<!DOCTYPE), which may hide an attack and "
            "which XMI does not need; export it anew, or remove the declaration"
        )


def encode_cas(document: Document, types: OwnTypes, *, where: str) -> bytes:
    """The content of an ``.xmi`` file for ``document``.

    Args:
        document: any.
        types: of this and other documents; gets features for its attributes.
        where: the file, for messages.

    Raises:
        FormatError: if text or a label has a character that XML cannot hold, or JSON cannot hold
            ``meta``.
    """
    encode_jsonl(document)  # finds what JSON cannot hold, and says it
    _check_held(document, where)
    features, others = _attributes(document)
    system = types.with_features(features)
    cas = cassis().Cas(system, sofa_string=document.text, sofa_mime="text/plain")
    span_type, relation_type = (system.get_type(name) for name in (SPAN_LAYER, RELATION_LAYER))
    spans = []
    for index, segment in enumerate(document.segments):
        values = {key: of[index] for key, of in features.items() if of[index] is not None}
        rest = {key: of[index] for key, of in others.items() if of[index] is not None}
        span = span_type(
            begin=segment.start,
            end=segment.end,
            label=segment.label,
            thesis=segment.thesis,
            score=segment.score,
            attributes=json.dumps(rest) if rest else None,
            **values,
        )
        cas.add(span)
        spans.append(span)
    for relation in document.relations:
        source, target = spans[relation.source], spans[relation.target]
        cas.add(
            relation_type(
                begin=target.begin,
                end=target.end,
                Governor=source,
                Dependent=target,
                label=relation.label,
                score=relation.score,
            )
        )
    title = _NOT_XML.sub("\ufffd", f"{document.id}.xmi")
    cas.add(system.get_type(TITLE_TYPE)(begin=0, end=len(document.text), documentTitle=title))
    held = ATTRIBUTES if features or others else None
    meta = {k: v for k, v in document.meta.items() if k not in (IGNORED, REPAIRED, held)}
    cas.add(system.get_type(OWN_TYPE)(json=json.dumps({"id": document.id, "meta": meta})))
    written: str = cas.to_xmi()
    return written.encode("utf-8")


class OwnTypes:
    """The type system of what is written."""

    def __init__(self) -> None:
        self._attributes: dict[str, None] = {}
        self._system: Any = None

    def with_features(self, names: Iterable[str]) -> Any:
        """The type system, with features of these names in the span layer."""
        new = dict.fromkeys(names, None)
        if self._system is None or not new.keys() <= self._attributes.keys():
            self._attributes |= new
            self._system = _type_system(self._attributes)
        return self._system

    def encode(self) -> bytes:
        """The content of ``TypeSystem.xml``."""
        written: str = self.with_features(()).to_xml()
        return written.encode("utf-8")


def loaded(load: Any, raw: bytes, where: str) -> Any:
    """What ``load`` makes of ``raw``; cassis lets all sorts of errors through."""
    try:
        return load(io.BytesIO(raw))
    except Exception as error:
        hint = "; export it as XML 1.0" if _XML_1_1.match(raw) else ""
        raise FormatError(
            f"{where}: expected UIMA CAS XMI that fits its TypeSystem.xml; dkpro-cassis says: "
            f"{type(error).__name__}: {error}{hint}"
        ) from None


def _type_system(attributes: Iterable[str]) -> Any:
    system = cassis().TypeSystem()
    span = system.create_type(SPAN_LAYER, "uima.tcas.Annotation")
    relation = system.create_type(RELATION_LAYER, "uima.tcas.Annotation")
    for name in (GOVERNOR, DEPENDENT):
        system.create_feature(relation, name, span)
    for layer in (span, relation):
        system.create_feature(layer, LABEL, "uima.cas.String")
        system.create_feature(layer, SCORE, "uima.cas.Float")
    system.create_feature(span, THESIS, "uima.cas.Boolean")
    for name in (*attributes, ATTRIBUTES):
        system.create_feature(span, name, "uima.cas.String")
    title = system.create_type(TITLE_TYPE, "uima.tcas.DocumentAnnotation")
    system.create_feature(title, "documentTitle", "uima.cas.String")
    own = system.create_type(OWN_TYPE, "uima.cas.AnnotationBase")
    system.create_feature(own, "json", "uima.cas.String")
    return system


def _attributes(document: Document) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Attributes that can be features, and the others."""
    features: dict[str, list[Any]] = {}
    others: dict[str, list[Any]] = {}
    for name, values in attributes_of(document).items():
        words = all(
            value is None or (isinstance(value, str) and not _NOT_XML.search(value))
            for value in values
        )
        (features if words and _can_be_feature(name) else others)[name] = values
    return features, others


def _can_be_feature(name: str) -> bool:
    taken = name in _TAKEN or keyword.iskeyword(name)
    taken = taken or hasattr(cassis().typesystem.Annotation, name)
    return not taken and _FEATURE_NAME.fullmatch(name) is not None


def _check_held(document: Document, where: str) -> None:
    for what, value in (("text", document.text), *(("label", x.label) for x in document.segments)):
        found = _NOT_XML.search(value)
        if found:
            raise FormatError(
                f"{where}: the {what} of document {document.id!r} has U+{ord(found[0]):04X} at "
                f"{found.start()}, which XML cannot hold; write the document as JSON Lines instead"
            )
