"""Ready settings for annotation tools: the labels and relations that our files use there.

Label Studio: https://labelstud.io/tags. brat: https://brat.nlplab.org/configuration.html.
doccano: ``backend/label_types`` of https://github.com/doccano/doccano. INCEpTION: the JSON of
layers with tag sets that its project settings import (``LayerImportExportUtils`` and
``ExportedAnnotationLayer`` of https://github.com/inception-project/inception).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from contend import scheme
from contend.errors import FormatError
from contend.formats import cas
from contend.formats.base import ATTRIBUTES, NOTE
from contend.formats.brat_lines import THESIS as BRAT_THESIS
from contend.formats.label_studio import LABELS, TEXT
from contend.formats.label_studio import THESIS as STUDIO_THESIS
from contend.formats.schemes import (
    SCHEME,
    THESIS_TEXT,
    TREE_TEXT,
    UNIT_TEXT,
    AnnotationScheme,
)

#: In doccano, which cannot mark one, the thesis is a label of its own.
THESIS_LABEL = "thesis"

# Of the pages that contend renders: ink on paper, and the same hues light enough for black text.
_INK = ("#1b4f93", "#17663f", "#a32a14", "#6b3a94", "#764b00", "#005f6b", "#93235f", "#4a5260")
_LIGHT = ("#92bcf5", "#7fd0a0", "#f79d88", "#cbaaf0", "#e2b660", "#70ccd8", "#f39fca", "#b9c1cb")
_ARCS = {scheme.SUPPORTS: "#17663f", scheme.ATTACKS: "#a32a14"}
_BRAT_WORD = re.compile(r"[A-Za-z0-9_-]+")
_KEYS = "123456789abcdefghijklmnopqrstuvwxyz"


def tool_settings(tool: str, of: AnnotationScheme = SCHEME) -> dict[str, str]:
    """The files that tell ``tool`` about the scheme ``of``.

    Args:
        tool: one of ``TOOLS``.
        of: labels, relations, whether there is a thesis.

    Returns:
        Name of a file -> its content.

    Raises:
        FormatError: if there are no settings for the tool, or it cannot hold a label.
    """
    if tool not in TOOLS:
        raise FormatError(f"no settings for {tool!r}; there are some for {', '.join(TOOLS)}")
    return TOOLS[tool](of)


def _label_studio(of: AnnotationScheme) -> dict[str, str]:
    lines = ["<View>"]
    if of.relations:
        # Said, for the page takes several unless told, against its documentation.
        lines.append('  <Relations choice="single">')
        lines += [
            f"    <Relation value={quoteattr(name)} background={quoteattr(_ARCS[name])}/>"
            for name in of.relations
        ]
        lines.append("  </Relations>")
    lines.append(f'  <Labels name="{LABELS}" toName="{TEXT}" choice="single">')
    for place, label in enumerate(of.labels):
        attributes = {
            "value": label,
            "background": _INK[place % len(_INK)],
            "hint": of.describe(label),
            "hotkey": _key(place),
        }
        shown = " ".join(f"{k}={quoteattr(v)}" for k, v in attributes.items() if v)
        lines.append(f"    <Label {shown}/>")
    # Offsets count every blank and line end, so the text must be shown as it is.
    lines += [
        "  </Labels>",
        "  <Style>.htx-text { white-space: pre-wrap; }</Style>",
        f'  <Text name="{TEXT}" value="${TEXT}" granularity="word"/>',
    ]
    if of.thesis:
        lines += [
            f'  <Choices name="{STUDIO_THESIS}" toName="{TEXT}" perRegion="true" '
            f'whenLabelValue={quoteattr(of.thesis_label)} choice="multiple" showInline="true">',
            f'    <Choice value="{STUDIO_THESIS}" hint="the one main position of the article"/>',
            "  </Choices>",
        ]
    lines += [
        f'  <TextArea name="{NOTE}" toName="{TEXT}" perRegion="true" editable="true" '
        'placeholder="why, if it was hard to decide"/>',
        "</View>",
    ]
    return {"label-studio.xml": "\n".join(lines) + "\n"}


def _brat(of: AnnotationScheme) -> dict[str, str]:
    for label in of.labels:
        if not _BRAT_WORD.fullmatch(label):
            raise FormatError(
                f"brat: expected labels of letters A to Z, digits, - and _, found {label!r}; "
                "rename it"
            )
    types = "|".join(of.labels)
    annotation = [
        "[entities]",
        *of.labels,
        "",
        "[relations]",
        *(f"{name}\tArg1:{types}, Arg2:{types}" for name in of.relations),
        "",
        "[events]",
        "",
        "[attributes]",
        *([f"{BRAT_THESIS}\tArg:{of.thesis_label}"] if of.thesis else []),
    ]
    visual = ["[labels]"]
    visual += [f"{label} | {label} | {label[:3]} | {label[:1]}" for label in of.labels]
    visual += [f"{name} | {name} | {name[:3]}" for name in of.relations]
    visual += ["", "[drawing]", "SPAN_DEFAULT\tfgColor:black, borderColor:darken"]
    visual += [
        f"{label}\tbgColor:{_LIGHT[place % len(_LIGHT)]}" for place, label in enumerate(of.labels)
    ]
    visual.append("ARC_DEFAULT\tcolor:black, arrowHead:triangle-5")
    visual += [
        f"{name}\tcolor:{_ARCS[name]}{', dashArray:3-3' if name == scheme.ATTACKS else ''}"
        for name in of.relations
    ]
    if of.thesis:
        visual.append(f"{BRAT_THESIS}\tglyph:★")
    return {
        "annotation.conf": "\n".join(annotation) + "\n",
        "visual.conf": "\n".join(visual) + "\n",
    }


def _inception(of: AnnotationScheme) -> dict[str, str]:
    features = [_tagged("contend labels", of.labels, of)]
    if of.thesis:
        features.append(_feature(cas.THESIS, "uima.cas.Boolean", THESIS_TEXT))
    features += [
        _feature(cas.SCORE, "uima.cas.Float", "how sure the model was, 0 to 1"),
        _feature(NOTE, "uima.cas.String", "why, if it was hard to decide"),
        _feature(ATTRIBUTES, "uima.cas.String", "of contend; leave as it is", visible=False),
    ]
    layers = [_layer(cas.SPAN_LAYER, "span", features)]
    if of.relations:
        features = [
            _tagged("contend relations", of.relations, of),
            _feature(cas.SCORE, "uima.cas.Float", "how sure the model was, 0 to 1"),
        ]
        relation = _layer(cas.RELATION_LAYER, "relation", features)
        layers.append({**relation, "attach_type": {"name": cas.SPAN_LAYER}})
    return {"layers.json": _to_json(layers)}


def _layer(name: str, kind: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "features": [{**each, "rank": rank} for rank, each in enumerate(features)],
        "uiName": name.rpartition(".")[2],
        "type": kind,
        "description": UNIT_TEXT if kind == "span" else TREE_TEXT,
        "enabled": True,
        "built_in": False,
        "readonly": False,
        "attach_type": None,
        "attach_feature": None,
        # INCEpTION's sentences need not be ours, so what we write may cross their ends.
        "cross_sentence": True,
        "show_hover": True,
        "anchoring_mode": "TOKENS",
        "overlap_mode": "NO_OVERLAP" if kind == "span" else "ANY_OVERLAP",
        "validation_mode": "NEVER",
        "linked_list_behavior": False,
    }


def _tagged(name: str, tags: Iterable[str], of: AnnotationScheme) -> dict[str, Any]:
    """The feature with the label, whose values are the given tags and no others."""
    tag_set = {
        "name": name,
        "description": None,
        "language": "en",
        "tags": [{"tag_name": tag, "tag_description": of.describe(tag)} for tag in tags],
        "create_tag": False,
    }
    feature = _feature(cas.LABEL, "uima.cas.String", "what role it plays")
    return {**feature, "tag_set": tag_set, "required": True}


def _feature(name: str, kind: str, description: str, *, visible: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "tag_set": None,
        "uiName": name,
        "type": kind,
        "enabled": True,
        "visible": visible,
        "include_in_hover": name == cas.SCORE,
        "required": False,
        "remember": False,
        "hideUnconstraintFeature": False,
        "description": description,
        "multi_value_mode": "NONE",
        "link_mode": "NONE",
        "curatable": name not in (cas.SCORE, NOTE, ATTRIBUTES),
    }


def _doccano(of: AnnotationScheme) -> dict[str, str]:
    labels = [*of.labels, *([THESIS_LABEL] if of.thesis else [])]
    spans = [
        _doccano_label(label, _LIGHT[place % len(_LIGHT)], _key(place) or None)
        for place, label in enumerate(labels)
    ]
    relations = [_doccano_label(name, _ARCS[name], None) for name in of.relations]
    files = {"labels.json": _to_json(spans)}
    return files | ({"relations.json": _to_json(relations)} if relations else {})


def _doccano_label(text: str, colour: str, key: str | None) -> dict[str, Any]:
    return {
        "text": text,
        "suffixKey": key,
        "backgroundColor": colour,
        "textColor": "#000000" if colour in _LIGHT else "#ffffff",
    }


def _key(place: int) -> str:
    return _KEYS[place] if place < len(_KEYS) else ""


def _to_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


#: Tool -> a function from a scheme to its files.
TOOLS: Mapping[str, Callable[[AnnotationScheme], dict[str, str]]] = {
    "label-studio": _label_studio,
    "brat": _brat,
    "inception": _inception,
    "doccano": _doccano,
}
