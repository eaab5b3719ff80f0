"""Settings for annotation tools: they name what our files in the tools' formats name."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contend import scheme
from contend.cli import main
from contend.cli.scheme import TOOL_NAMES
from contend.document import Document, Relation, Segment
from contend.errors import ConfigError, FormatError
from contend.formats import find_format, write_documents
from contend.formats.schemes import SCHEME, AnnotationScheme, describe_scheme, scheme_for
from contend.formats.tool_settings import THESIS_LABEL, TOOLS, tool_settings
from contend.preannotation import for_tool

OWN = AnnotationScheme(labels=("Position", 'a "b" <c>'), thesis=False)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def document() -> Document:
    """All labels, a thesis, both relations, a note beside a segment."""
    text = "Shut it. Nine died. Some say no."
    segments = (
        Segment(0, 8, scheme.CLAIM, True, 0.5),
        Segment(9, 19, scheme.EVIDENCE, score=0.25),
        Segment(20, 32, scheme.COUNTERCLAIM, score=0.75),
    )
    relations = (Relation(1, 0, scheme.SUPPORTS), Relation(2, 0, scheme.ATTACKS))
    return Document(text, segments, relations, "road", {"attributes": {"note": ["?", None, None]}})


def test_there_are_settings_for_every_tool() -> None:
    assert set(TOOLS) == set(TOOL_NAMES)
    with pytest.raises(FormatError, match="label-studio, brat"):
        tool_settings("paper")


def test_label_studio_names_what_the_tasks_name(tmp_path: Path) -> None:
    root = ET.fromstring(tool_settings("label-studio")["label-studio.xml"])
    (text,) = root.iter("Text")
    controls = {tag.get("name"): tag for tag in root if tag.get("toName")}
    assert {tag.get("toName") for tag in controls.values()} == {text.get("name")}
    allowed = {name: {child.get("value") for child in tag} for name, tag in controls.items()}
    (relations,) = root.iter("Relations")
    related = {tag.get("value") for tag in relations}
    assert relations.get("choice") == "single"
    write_documents([document()], tmp_path / "tasks.json", format="label-studio")
    (task,) = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    assert text.get("value") == "$text"
    assert task["data"]["text"] == document().text
    used: dict[str, set[str]] = {}
    for result in task["predictions"][0]["result"]:
        if result["type"] == "relation":
            used.setdefault("relation", set()).update(result["labels"])
            continue
        assert result["to_name"] == text.get("name")
        assert result["from_name"] in controls
        used.setdefault(result["from_name"], set()).update(result["value"].get(result["type"], ()))
    assert used.pop("relation") == related == set(scheme.RELATION_LABELS)
    assert used.pop("note") == set()
    assert used == {name: values for name, values in allowed.items() if values}


def test_brat_names_what_the_files_name(tmp_path: Path) -> None:
    files = tool_settings("brat")
    sections: dict[str, list[str]] = {}
    for line in files["annotation.conf"].splitlines():
        if line.startswith("["):
            section = sections.setdefault(line, [])
        elif line:
            section.append(line.split("\t")[0])
    write_documents([document()], tmp_path / "x.ann", format="brat")
    written = (tmp_path / "x.ann").read_text(encoding="utf-8").splitlines()
    used: dict[str, set[str]] = {}
    for line in written:
        used.setdefault(line[0], set()).add(line.split("\t")[1].split()[0])
    assert used["T"] == set(sections["[entities]"])
    assert used["R"] == set(sections["[relations]"])
    assert used["A"] == set(sections["[attributes]"])
    assert "[events]" in sections
    for name in (*scheme.LABELS, *scheme.RELATION_LABELS, "Thesis"):
        assert f"\n{name}\t" in files["visual.conf"]
    with pytest.raises(FormatError, match="letters A to Z"):
        tool_settings("brat", OWN)


def test_doccano_names_what_the_lines_name(tmp_path: Path) -> None:
    files = {name: json.loads(text) for name, text in tool_settings("doccano").items()}
    to = find_format("x", "doccano")
    losses = write_documents(for_tool([document()], to), tmp_path / "x", format="doccano")
    assert "thesis" not in str(losses)
    line = json.loads((tmp_path / "x").read_text(encoding="utf-8"))
    named = [label["text"] for label in files["labels.json"]]
    assert named == [*scheme.LABELS, THESIS_LABEL]
    assert {entity["label"] for entity in line["entities"]} == set(named) - {"claim"}
    types = {relation["type"] for relation in line["relations"]}
    assert types == {label["text"] for label in files["relations.json"]}
    keys = [label["suffixKey"] for label in files["labels.json"]]
    assert len(set(keys)) == len(keys)
    # What doccano's model of a label accepts.
    for label in (*files["labels.json"], *files["relations.json"]):
        assert label["suffixKey"] is None or len(label["suffixKey"]) == 1
        assert len(label["backgroundColor"]) == 7


def test_inception_layers_are_those_of_the_files(tmp_path: Path) -> None:
    cassis = pytest.importorskip("cassis", reason="needs the extra 'formats'")
    layers = {x["name"]: x for x in json.loads(tool_settings("inception")["layers.json"])}
    write_documents([document()], tmp_path, format="inception")
    types = cassis.load_typesystem(tmp_path / "TypeSystem.xml")
    cas = cassis.load_cas_from_xmi(tmp_path / "road.xmi", typesystem=types)
    for name, layer in layers.items():
        ends = {"Governor", "Dependent"} if layer["type"] == "relation" else set()
        described = {each.name: each.rangeType.name for each in types.get_type(name).features}
        wanted = {key: kind for key, kind in described.items() if key not in ends}
        assert {each["name"]: each["type"] for each in layer["features"]} == wanted
        assert ends <= described.keys()
        tags = {tag["tag_name"] for tag in layer["features"][0]["tag_set"]["tags"]}
        assert {each.label for each in cas.select(name)} == tags
    span, relation = layers.values()
    assert relation["attach_type"] == {"name": span["name"]}
    # The first bytes tell INCEpTION that it is JSON, not a type system.
    assert tool_settings("inception")["layers.json"].startswith("[")


def test_labels_of_ones_own() -> None:
    root = ET.fromstring(tool_settings("label-studio", OWN)["label-studio.xml"])
    assert [tag.get("value") for tag in root.iter("Label")] == list(OWN.labels)
    assert list(root.iter("Choices")) == []
    labels = json.loads(tool_settings("doccano", OWN)["labels.json"])
    assert [label["text"] for label in labels] == list(OWN.labels)
    many = scheme_for([f"l{n}" for n in range(40)])
    assert many.thesis_label == "l0"
    for tool in TOOLS:
        assert tool_settings(tool, many)


@pytest.mark.parametrize("labels", [(), ("a", "a"), ("",), (" a",), ("a|b",), ("a\nb",)])
def test_labels_that_no_tool_can_have(labels: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="different names"):
        scheme_for(labels)


def test_relations_that_there_are_not() -> None:
    with pytest.raises(ConfigError, match="supports and attacks, found 'rebuts'"):
        AnnotationScheme(relations=("rebuts",))


def test_the_scheme_in_words() -> None:
    shown = describe_scheme()
    for name in (*scheme.LABELS, "thesis", *scheme.RELATION_LABELS, "DECISION ORDER"):
        assert name in shown
    assert "DECISION ORDER" not in describe_scheme(OWN)
    assert max(map(len, shown.splitlines())) <= 88
    assert run("scheme").output == shown


def test_command_writes_files(tmp_path: Path) -> None:
    xml = tmp_path / "label-studio.xml"
    assert run("scheme", "--for", "label-studio", "--out", str(xml)).exit_code == 0
    assert xml.read_text(encoding="utf-8") == tool_settings("label-studio")["label-studio.xml"]
    result = run("scheme", "--for", "brat", "--labels", "a, b", "--out", str(tmp_path / "brat"))
    assert result.exit_code == 0
    assert "annotation.conf, visual.conf" in result.stderr
    expected = tool_settings("brat", scheme_for(["a", "b"]))
    for name, content in expected.items():
        assert (tmp_path / "brat" / name).read_text(encoding="utf-8") == content
    assert "# visual.conf\n[labels]" in run("scheme", "--for", "brat").output
    assert run("scheme", "--labels", "a,,b").exit_code == 1


def test_descriptions_reach_the_tools() -> None:
    root = ET.fromstring(tool_settings("label-studio")["label-studio.xml"])
    hints = {tag.get("value"): tag.get("hint") for tag in root.iter("Label")}
    assert hints == {label: SCHEME.describe(label) for label in scheme.LABELS}
