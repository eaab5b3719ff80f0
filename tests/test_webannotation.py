from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_documents import documents, example, scores
from hypothesis import given, settings

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats.base import ATTRIBUTES, ReadOptions
from contend.formats.webannotation import read_webannotation, write_webannotation

TEXT = "🍵 Tea calms.\r\nDrink tea. Tea calms."


def position(start: Any, end: Any) -> dict[str, Any]:
    return {"type": "TextPositionSelector", "start": start, "end": end}


def quote(exact: str, **around: str) -> dict[str, str]:
    return {"type": "TextQuoteSelector", "exact": exact, **around}


def annotation(id: str, *selectors: Any, source: str = "http://x.org/tea.html", **more: Any) -> Any:
    target = {"source": source, "selector": list(selectors)}
    made = {"id": id, "type": "Annotation", "motivation": "classifying", "target": target}
    return made | more


def tag(value: str, purpose: str = "tagging") -> dict[str, str]:
    return {"type": "TextualBody", "purpose": purpose, "value": value}


# As RecogitoJS gives them, with more that the model allows.
FOREIGN: list[Any] = [
    annotation(
        "#a",
        quote("Tea calms.", prefix="tea. "),
        body=[tag("Premise"), tag("thesis"), tag("odd"), tag("sure?", "commenting"),
              tag("5 stars", "assessing"), tag("0.25", "assessing")],
        motivation=["oa:tagging", "highlighting"],
    ),
    annotation("#b", position(14, 24), bodyValue="Claim", motivation="tagging"),
    annotation("#c", position(0, 1), bodyValue="nice cup", motivation="commenting"),
    annotation(
        "#d", position(2, 5), quote("Tea"),
        body={"type": "SpecificResource", "purpose": "classifying", "source": "http://o.org/x#Drink"},
    ),
    {"id": "#r1", "type": "Annotation", "motivation": "linking", "body": [tag("supports")],
     "target": [{"id": "#a"}, {"id": "#b"}]},
    {"id": "#r2", "type": "Annotation", "motivation": "linking", "body": "#b", "target": "#d"},
    {"id": "#r3", "type": "Annotation", "motivation": "tagging", "body": [tag("attacks")],
     "target": "#r2"},
    {"id": "#e", "type": "Annotation", "motivation": "replying", "bodyValue": "no", "target": "#a"},
    {"id": "#f", "type": "Annotation", "bodyValue": "long", "target": "http://x.org/tea.html"},
]  # fmt: skip


def read(folder: Path, data: Any, text: str | None = None, **options: Any) -> list[Document]:
    file = folder / "notes.jsonld"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    if text is not None:
        (folder / "tea.txt").write_bytes(text.encode())
    return list(read_webannotation(file, ReadOptions(**options)))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda items: items,
        lambda items: {"type": "AnnotationPage", "items": items},
        lambda items: {
            "type": ["AnnotationCollection"],
            "first": {"items": items[:2], "next": {"items": items[2:]}},
        },
    ],
)
def test_reads_what_others_write(tmp_path: Path, wrap: Callable[[Any], Any]) -> None:
    (found,) = read(tmp_path, wrap(FOREIGN), TEXT)
    assert found.text == TEXT
    assert found.segments == (
        Segment(2, 5, "Drink"),
        Segment(14, 24, "Claim"),
        Segment(25, 35, "Premise", thesis=True),
    )
    assert scores(found)[:3] == [None, None, 0.25]
    assert found.relations == (Relation(0, 1, "attacks"), Relation(2, 1, "supports"))
    assert found.id == "tea"
    assert found.meta == {
        "attributes": {"note": [None, None, "sure?"]},
        "ignored": {
            "annotations of a whole document": 1,
            "annotations of annotations": 1,
            "annotations without a label": 1,
            "further labels of segments": 1,
        },
    }


def test_positions_count_code_points(tmp_path: Path) -> None:
    """After an emoji; those of programs that count UTF-16 units are found out and converted."""
    write_webannotation([Document(TEXT, (Segment(14, 24, "claim"),), (), "x")], tmp_path / "x.json")
    items = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["first"]["items"]
    assert items[1]["target"]["selector"] == [
        position(14, 24),
        quote("Drink tea.", prefix="🍵 Tea calms.\r\n", suffix=" Tea calms."),
    ]
    items[1]["target"]["selector"][0] = position(15, 25)
    with pytest.raises(FormatError, match=r"annotation 2: .* all offsets fit if they are UTF-16"):
        read(tmp_path, items)
    (found,) = read(tmp_path, items, repair=True)
    assert [s.text for s in found.segments] == ["Drink tea."]


def test_round_trip_is_exact(tmp_path: Path) -> None:
    attributes = {"note": ["a\n", None, ""], "Sure": [True, None, 1.5], "m": [None, {"a": 1}, "b"]}
    document = replace(example(), meta={**example().meta, ATTRIBUTES: attributes})
    several = [document, Document("", id=""), Document("a"), Document("a"), example(id="ö")]
    assert not write_webannotation(several, tmp_path / "x.jsonld")
    found = list(read_webannotation(tmp_path / "x.jsonld"))
    assert found == several
    assert [scores(d) for d in found] == [scores(d) for d in several]
    assert [d.meta for d in found] == [d.meta for d in several]
    assert not write_webannotation([], tmp_path / "x.jsonld")
    assert list(read_webannotation(tmp_path / "x.jsonld")) == []


@settings(max_examples=40)
@given(documents(surrogates=True))
def test_any_document_survives(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    file = tmp_path_factory.mktemp("anno") / "x.jsonld"
    assert not write_webannotation([document], file)
    (found,) = read_webannotation(file)
    assert (found, scores(found), found.meta) == (document, scores(document), document.meta)


def test_what_is_written_keeps_to_the_model(tmp_path: Path) -> None:
    """What https://www.w3.org/TR/annotation-model/ says an annotation MUST have."""
    write_webannotation([example(), example(id="b")], tmp_path / "x.jsonld")
    data = json.loads((tmp_path / "x.jsonld").read_text(encoding="utf-8"))
    assert data["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert (data["type"], data["first"]["type"]) == ("AnnotationCollection", "AnnotationPage")
    items = data["first"]["items"]
    assert data["total"] == len(items) == 12
    assert len({each["id"] for each in items} | {data["id"]}) == 13
    for each in items:
        assert each["type"] == "Annotation"
        assert each["id"].startswith("urn:uuid:")
        for body in each["body"]:
            is_link = isinstance(body, str) and each["motivation"] == "linking"
            assert is_link or (body["type"] == "TextualBody" and isinstance(body["value"], str))
    before = (tmp_path / "x.jsonld").read_bytes()
    write_webannotation([example(), example(id="b")], tmp_path / "x.jsonld")
    assert (tmp_path / "x.jsonld").read_bytes() == before


def test_texts_beside(tmp_path: Path) -> None:
    items = [annotation("a", quote("Tea"), bodyValue="x", motivation="tagging")]
    with pytest.raises(FormatError, match=r"of http://x\.org/tea\.html.*tea\.txt or notes\.txt"):
        read(tmp_path, items)
    (tmp_path / "notes.txt").write_text("No tea. Tea")
    (found,) = read(tmp_path, items)
    assert (found.id, found.segments) == ("tea", (Segment(8, 11, "x"),))
    milk = annotation("b", quote("Milk"), source="urn:x:y", bodyValue="x", motivation="tagging")
    with pytest.raises(FormatError, match=r"the text of urn:x:y.*put a file of text beside"):
        read(tmp_path, [*items, milk], TEXT)
    milk["target"]["source"] = {"id": "http://x.org/my%20milk.txt"}
    (tmp_path / "my milk.txt").write_text("Milk!")
    first, second = read(tmp_path, [*items, milk])
    assert (first.text, second.text, second.id) == (TEXT, "Milk!", "my milk")
    milk["target"]["source"] = "http://x.org/..%2f..%2fsecret.txt"
    with pytest.raises(FormatError, match=r"put secret\.txt beside it"):
        read(tmp_path, [*items, milk])
    milk["target"]["source"] = "http://[x"
    with pytest.raises(FormatError, match=r"the text of http://\[x.*put a file of text beside"):
        read(tmp_path, [*items, milk])


def test_quotations_are_found_by_what_is_around(tmp_path: Path) -> None:
    places = []
    for around in ({}, {"suffix": " Tea"}, {"prefix": "calms. "}, {"prefix": "b ", "suffix": " d"}):
        items = [annotation("a", quote("Tea", **around), bodyValue="x", motivation="tagging")]
        (found,) = read(tmp_path, items, "Tea. Tea Tea b Tea calms. Tea b Tea d")
        places.append(found.segments[0].start)
    assert places == [0, 5, 26, 32]
    items = [annotation("a", quote("Beer"), bodyValue="x", motivation="tagging")]
    with pytest.raises(FormatError, match=r"annotation 1: the quotation 'Beer' is not in the text"):
        read(tmp_path, items)
    (found,) = read(tmp_path, items, repair=True)
    assert found.meta["repaired"] == {"segments whose quotation is not in the text, dropped": 1}


LINK = {"type": "Annotation", "motivation": "linking"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("[\n}", "line 2: expected JSON"),
        ("3", "expected annotations in JSON-LD, found '3'"),
        ({"type": "Note"}, "expected an Annotation, AnnotationPage .* found the type 'Note'"),
        ({"type": "AnnotationCollection", "first": "http://x.org/1"}, "fetch all pages"),
        ({"type": "AnnotationPage", "items": [], "next": "http://x.org/2"}, "fetch all pages"),
        ([1], "annotation 1: expected an annotation with a target"),
        ([annotation("a", position(0, "3"), body=tag("x"))], "annotation 1: expected whole num"),
        ([annotation("a", {"type": "XPathSelector"}, body=tag("x"))], "found XPathSelector"),
        ([{"id": "a", "target": ["b", "c"]}], "expected one passage as the target, found 2"),
        ([{"id": "a", "target": []}], "expected one passage as the target, found 0"),
        ([{**LINK, "id": "a", "target": "b", "body": [tag("x")]}], "annotation 1: .*found one end"),
        ([{**LINK, "id": "a", "target": ["b", "c"]}], "links b and c, which are not in the file"),
        ([*FOREIGN, {**LINK, "id": "#z", "target": ["#a", "#q"]}], "#z: .* there is no segment #q"),
        ([*FOREIGN, {**LINK, "id": "#z", "target": ["#d", "#a"]}], "#z: a relation without a type"),
        ([annotation("a", position(0, 99), body=tag("x"))], "annotation 1: segment a 0:99"),
        ([annotation("a", position(0, 1), quote("Z"), body=tag("x"))], "says 'Z', but the text"),
        (
            [annotation("a", position(0, 1), body=[tag("x"), {"value": "[", "format":
             "application/json"}])],
            "annotation 1: expected a JSON object in the body",
        ),
    ],
)  # fmt: skip
def test_errors_name_file_and_annotation(tmp_path: Path, data: Any, message: str) -> None:
    with pytest.raises(FormatError, match=rf"notes\.jsonld.*{message}"):
        read(tmp_path, data, TEXT)


def test_what_json_cannot_hold(tmp_path: Path) -> None:
    for document in (Document("\ud83d\ude00"), Document("a", meta={"a": {1, 2}})):
        with pytest.raises(FormatError, match=r"surrogates at 0|JSON cannot hold"):
            write_webannotation([example(), document], tmp_path / "x.jsonld")
    assert not list(tmp_path.iterdir())


def test_addresses_that_are_too_long_for_a_file(tmp_path: Path) -> None:
    source = f"http://x.org/{'a-very-long-title-' * 20}"
    data = annotation("urn:a", position(0, 4), source=source)
    (tmp_path / "notes.txt").write_bytes(TEXT.encode())
    (document,) = read(tmp_path, data)
    assert document.text == TEXT
