from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_documents import documents, example, scores
from hypothesis import assume, given, settings

from contend.document import Document, Relation, Segment
from contend.errors import FormatError, MissingDependencyError
from contend.formats import archive
from contend.formats.base import ATTRIBUTES, ReadOptions
from contend.formats.xmi import read_xmi, write_xmi

cassis = pytest.importorskip("cassis", reason="needs the extra 'formats'")

TEXT = "🍵 Tea calms.\r\nDrink tea.\nNow!"
_DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"


def inception_types(span: str = "webanno.custom.Argument") -> Any:
    """Some of the types that a TypeSystem.xml of INCEpTION has."""
    system = cassis.TypeSystem()
    for name in ("segmentation.type.Token", "segmentation.type.Sentence"):
        system.create_type(f"{_DKPRO}.{name}", "uima.tcas.Annotation")
    entity = system.create_type(f"{_DKPRO}.ner.type.NamedEntity", "uima.tcas.Annotation")
    system.create_feature(entity, "value", "uima.cas.String")
    title = system.create_type(
        f"{_DKPRO}.metadata.type.DocumentMetaData", "uima.tcas.DocumentAnnotation"
    )
    for name in ("documentTitle", "documentId"):
        system.create_feature(title, name, "uima.cas.String")
    layer = system.create_type(span, "uima.tcas.Annotation")
    for name, kind in {"value": "String", "comment": "String", "hard": "Boolean", "n": "Integer",
                       "who": "StringArray"}.items():  # fmt: skip
        system.create_feature(layer, name, f"uima.cas.{kind}")
    for name, on in {"ArgumentRelation": layer, "Near": system.get_type(f"{_DKPRO}."
                     "segmentation.type.Token")}.items():  # fmt: skip
        relation = system.create_type(f"webanno.custom.{name}", "uima.tcas.Annotation")
        system.create_feature(relation, "value", "uima.cas.String")
        for end in ("Governor", "Dependent"):
            system.create_feature(relation, end, on)
    return system


def inception_cas(title: str = "tea.txt", *, label: str | None = "Claim") -> Any:
    """A text as INCEpTION would have annotated it; cassis counts as we do and converts."""
    system = inception_types()
    cas = cassis.Cas(system, sofa_string=TEXT, sofa_mime="text")

    def add(kind: str, begin: int, end: int, **features: Any) -> Any:
        made = system.get_type(kind)(begin=begin, end=end, **features)
        cas.add(made)
        return made

    add(f"{_DKPRO}.metadata.type.DocumentMetaData", 0, len(TEXT), documentTitle=title)
    token = add(f"{_DKPRO}.segmentation.type.Token", 0, 1)
    add(f"{_DKPRO}.segmentation.type.Sentence", 0, 12)
    add(f"{_DKPRO}.ner.type.NamedEntity", 2, 5, value="DRINK")
    who = system.get_type("uima.cas.StringArray")(elements=["Ann", "Bo"])
    reason = add("webanno.custom.Argument", 2, 12, value="Premise", hard=False, who=who)
    claim = add("webanno.custom.Argument", 14, 29, value=label, comment="sure?", hard=True, n=2)
    add("webanno.custom.ArgumentRelation", 14, 29, value="Supports", Governor=reason,
        Dependent=claim)  # fmt: skip
    add("webanno.custom.Near", 0, 1, value="x", Governor=token, Dependent=token)
    return cas


def zipped(files: dict[str, bytes | str]) -> bytes:
    """An archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return memory.getvalue()


def exported(cas: Any) -> bytes:
    """What INCEpTION exports for one document."""
    return zipped({"ann.xmi": cas.to_xmi(), "TypeSystem.xml": cas.typesystem.to_xml()})


def test_reads_what_inception_exports(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(exported(inception_cas()))
    (found,) = read_xmi(tmp_path / "x.zip")
    assert (found.id, found.text) == ("tea", TEXT)
    assert found.segments == (Segment(2, 12, "Premise"), Segment(14, 29, "Claim"))
    assert [s.text for s in found.segments] == ["Tea calms.", "Drink tea.\nNow!"]
    assert found.relations == (Relation(0, 1, "supports"),)
    assert found.meta == {
        "attributes": {
            "comment": [None, "sure?"],
            "hard": [None, True],
            "n": [None, 2],
            "who": [["Ann", "Bo"], None],
        },
        "ignored": {"annotations of the layer NamedEntity": 1, "relations on the layer Token": 1},
    }


def test_reads_the_export_of_a_project(tmp_path: Path) -> None:
    first, ann, curated = (exported(inception_cas(label=label)) for label in ("first", "a", "c"))
    file = tmp_path / "project.zip"
    export: dict[str, bytes | str] = {
        "exportedproject.json": "{}",
        "source/tea.txt": "not read",
        "annotation/tea.txt/INITIAL_CAS.zip": first,
        "annotation/tea.txt/ann.zip": ann,
        "annotation_ser/tea.txt/ann.ser": "",
    }
    file.write_bytes(zipped(export))
    (found,) = read_xmi(file)
    assert (found.id, found.segments[1].label, found.meta["annotator"]) == ("tea", "a", "ann")
    export["annotation/tea.txt/bo.zip"] = first
    file.write_bytes(zipped(export))
    with pytest.raises(FormatError, match=r"'tea\.txt' has annotations of ann, bo and is not cur"):
        list(read_xmi(file))
    export["curation/tea.txt/CURATION_USER.zip"] = curated
    file.write_bytes(zipped(export))
    (found,) = read_xmi(file)
    assert (found.segments[1].label, "annotator" in found.meta) == ("c", False)
    file.write_bytes(zipped({name: x for name, x in export.items() if "INITIAL" in name}))
    (found,) = read_xmi(file)
    assert (found.segments[1].label, found.meta["annotator"]) == ("first", "INITIAL_CAS")


def test_offsets_are_utf_16_units(tmp_path: Path) -> None:
    """After an emoji and a CRLF the file counts one more than a document."""
    write_xmi([Document(TEXT, (Segment(14, 24, "claim"),), (), "x")], tmp_path / "x.xmi")
    written = (tmp_path / "x.xmi").read_text(encoding="utf-8")
    assert 'begin="15" end="25" label="claim"' in written
    (found,) = read_xmi(tmp_path / "x.xmi")
    assert [s.text for s in found.segments] == ["Drink tea."]
    (tmp_path / "x.xmi").write_text(written.replace('begin="15"', 'begin="1"'), encoding="utf-8")
    with pytest.raises(FormatError, match=r"x\.xmi: expected offsets in UTF-16 .*\[1\]"):
        list(read_xmi(tmp_path / "x.xmi"))


@pytest.mark.parametrize("name", ["tea.xmi", "x.zip", "folder"])
def test_round_trip_is_exact(tmp_path: Path, name: str) -> None:
    odd: dict[str, list[Any]] = {
        "note": ["a\n\tb\r", None, "&"], "class": ["x", None, None], "ö": [None, 1.5, None],
        "label": [None, {"a": [1]}, None], "w": ["\0\ud800", None, None], "value": ["v", "", "v"],
    }  # fmt: skip
    document = replace(example(), meta={**example().meta, ATTRIBUTES: odd})
    assert not write_xmi([document], tmp_path / name)
    (found,) = read_xmi(tmp_path / name)
    assert (found, scores(found)) == (document, scores(document))
    assert found.meta == document.meta


def test_cassis_opens_what_is_written(tmp_path: Path) -> None:
    write_xmi([example(), example(id="ö")], tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as made:
        assert made.namelist() == ["tea.xmi", "ö.xmi", "TypeSystem.xml"]
        system = cassis.load_typesystem(made.open("TypeSystem.xml"))
        cas = cassis.load_cas_from_xmi(made.open("tea.xmi"), typesystem=system)
    spans = cas.select("custom.Span")
    assert [x.get_covered_text() for x in spans] == [s.text for s in example().segments]
    assert [(x.label, x.score) for x in spans] == [(s.label, s.score) for s in example().segments]
    assert [x.thesis for x in spans] == [False, False, True]
    relations = cas.select("custom.Relation")
    assert [(x.Governor.label, x.label, x.Dependent.label) for x in relations] == [
        ("evidence", "supports", "claim"),
        ("claim|counterclaim", "attacks", "claim"),
    ]


@settings(max_examples=25)
@given(documents())
def test_any_document_survives(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    held = all(x in "\t\n\r" or " " <= x <= "\ufffd" or x > "\uffff" for x in document.text)
    assume(held)
    file = tmp_path_factory.mktemp("xmi") / "x.xmi"
    assert not write_xmi([document], file)
    (found,) = read_xmi(file)
    assert (found, scores(found), found.meta) == (document, scores(document), document.meta)


def test_several_files_in_folders_and_archives(tmp_path: Path) -> None:
    """A folder of exports, and an archive of such a folder."""
    folder = tmp_path / "f"
    folder.mkdir()
    for name in ("tea", "milk"):
        (folder / f"{name}.zip").write_bytes(exported(inception_cas(f"{name}.txt")))
    assert [d.id for d in read_xmi(folder)] == ["milk", "tea"]
    (tmp_path / "x.zip").write_bytes(zipped({x.name: x.read_bytes() for x in folder.iterdir()}))
    assert [d.id for d in read_xmi(tmp_path / "x.zip")] == ["milk", "tea"]
    (tmp_path / "y.zip").write_bytes(zipped({"x.zip": (tmp_path / "x.zip").read_bytes()}))
    with pytest.raises(FormatError, match=r"y\.zip, x\.zip, milk\.zip: expected no further"):
        list(read_xmi(tmp_path / "y.zip"))


def test_a_layer_for_each_label(tmp_path: Path) -> None:
    system = cassis.TypeSystem()
    for name in ("Claim", "Premise"):
        system.create_type(f"custom.{name}", "uima.tcas.Annotation")
    cas = cassis.Cas(system, sofa_string="ab")
    cas.add(system.get_type("custom.Premise")(begin=1, end=2))
    cas.add(system.get_type("custom.Claim")(begin=0, end=1))
    (tmp_path / "x.zip").write_bytes(exported(cas))
    (found,) = read_xmi(tmp_path / "x.zip")
    assert (found.id, [s.label for s in found.segments]) == ("ann", ["Claim", "Premise"])


def test_segments_without_a_label(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(exported(inception_cas(label=None)))
    with pytest.raises(FormatError, match=r"ann\.xmi, xmi:id \d+: .* 14:29 .* has no label"):
        list(read_xmi(tmp_path / "x.zip"))
    (found,) = read_xmi(tmp_path / "x.zip", ReadOptions(repair=True))
    assert found.meta["repaired"] == {
        "relations to segments that are not there, dropped": 1,
        "segments without a label, dropped": 1,
    }


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<x>&b;</x>"
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: BOMB, r"has a document type declaration"),
        (lambda x: "hello", r"expected XML in UTF-8, found b'hello'"),
        (lambda x: "<?xml version='1.0' encoding='UTF-7'?>" + x, r"found the encoding 'UTF-7'"),
        (lambda x: x.encode("utf-16"), r"expected XML in UTF-8"),
        (lambda x: x[:-20], r"dkpro-cassis says: XMLSyntaxError"),
        (lambda x: x.replace('Governor="2"', 'Governor="77"'), r"dkpro-cassis says: KeyError"),
        (lambda x: x.replace('begin="0"', 'begin="x"'), r"dkpro-cassis says: ValueError"),
        (lambda x: x.replace('sofaString="ab"', ""), r"expected a text \(sofaString\)"),
        (lambda x: x.replace('end="1" label', 'end="2" label'), r"xmi:id 3: segment 3 1:2 .* over"),
        (lambda x: x.replace('"supports"', '"because"'), r"xmi:id 4: a relation of type 'because'"),
        (lambda x: x.replace('score="0.5"', 'score="7"'), r"score"),
        (lambda x: x.replace('json="{', 'json="['), r"expected JSON, found"),
        (lambda x: x.replace("'1.0'", "'1.1'").replace('"ab"', '"a&#1;"'), r"export it as XML 1.0"),
    ],
)
def test_errors_name_the_file(
    tmp_path: Path, change: Callable[[str], str | bytes], message: str
) -> None:
    segments = (Segment(0, 1, "claim", score=0.5), Segment(1, 2, "evidence"))
    write_xmi([Document("ab", segments, (Relation(0, 1, "supports"),), "x")], tmp_path / "x.xmi")
    changed = change((tmp_path / "x.xmi").read_text(encoding="utf-8"))
    (tmp_path / "x.xmi").write_bytes(changed.encode() if isinstance(changed, str) else changed)
    with pytest.raises(FormatError, match=rf"(?s)x\.xmi.*{message}"):
        list(read_xmi(tmp_path / "x.xmi"))


def test_type_systems_that_are_not_there_or_wrong(tmp_path: Path) -> None:
    write_xmi([example()], tmp_path / "tea.xmi")
    types = tmp_path / "TypeSystem.xml"
    types.write_text(BOMB)
    with pytest.raises(FormatError, match=r"TypeSystem\.xml: has a document type"):
        list(read_xmi(tmp_path / "tea.xmi"))
    with pytest.raises(FormatError, match=r"describes the layers of other files"):
        write_xmi([example()], tmp_path / "other.xmi")
    with pytest.raises(FormatError, match=r"describes the layers of other files"):
        write_xmi([example()], tmp_path)
    types.unlink()
    with pytest.raises(FormatError, match=r"tea\.xmi: expected TypeSystem\.xml beside it"):
        list(read_xmi(tmp_path / "tea.xmi"))
    (tmp_path / "x.zip").write_bytes(zipped({"a.xmi": "<x/>"}))
    with pytest.raises(FormatError, match=r"a\.xmi: expected TypeSystem\.xml beside it"):
        list(read_xmi(tmp_path / "x.zip"))
    assert sorted(x.name for x in tmp_path.iterdir()) == ["tea.xmi", "x.zip"]


@pytest.mark.parametrize("name", ["../x.xmi", "/x.xmi", "a/../../x.xmi", "..\\x.xmi", "C:x.xmi"])
def test_archives_that_climb_out(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        made.writestr(name, "<x/>")
    with pytest.raises(FormatError, match=r"x\.zip: the name .* leads out of the folder"):
        list(read_xmi(tmp_path / "x.zip"))


def test_archives_that_are_too_large_or_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.zip"
    for content, message in (
        (b"PK no", "expected a zip archive"),
        (zipped({"read.me": "x"}), r"expected \.xmi files .*found read\.me"),
        (zipped({}), r"expected \.xmi files .*found nothing"),
    ):
        file.write_bytes(content)
        with pytest.raises(FormatError, match=f"x.zip: {message}"):
            list(read_xmi(file))
    good = exported(inception_cas())
    at = good.index(b"<?xml") + 500
    file.write_bytes(good[:at] + b"~~~~" + good[at + 4 :])
    with pytest.raises(FormatError, match="is damaged: Bad CRC"):
        list(read_xmi(file))
    file.write_bytes(zipped({"inner.zip": good}))
    monkeypatch.setattr(archive, "LARGEST_ARCHIVE_BYTES", len(good) + 100)
    with pytest.raises(FormatError, match=r"inner\.zip: unpacks to .* attack"):
        list(read_xmi(file))
    monkeypatch.undo()
    monkeypatch.setattr(archive, "LARGEST_PIECE_BYTES", 100)
    with pytest.raises(FormatError, match=r"inner\.zip: expected at most 0 MiB"):
        list(read_xmi(file))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Document("a\0", id="x"), r"the text of document 'x' has U\+0000 at 1"),
        (Document("\ud800", id="x"), r"the text of document 'x' has U\+D800 at 0"),
        (Document("\uffff", id="x"), r"the text of document 'x' has U\+FFFF at 0"),
        (Document("a", (Segment(0, 1, "\x02"),), id="x"), r"the label of document 'x' has U\+0002"),
        (Document("a", id="x", meta={"a": float("nan")}), r"JSON cannot hold its meta"),
        (Document("a", id="x", meta={"a": "\ud83d\ude00"}), r"pair of surrogates"),
        (Document("a", id="../x"), r"cannot be one"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, document: Document, message: str) -> None:
    for name in ("f", "x.zip"):
        with pytest.raises(FormatError, match=message):
            write_xmi([document], tmp_path / name)
    with pytest.raises(FormatError, match=r"x\.xmi: an \.xmi file holds one document, found 2"):
        write_xmi([example(), example()], tmp_path / "x.xmi")
    assert not list(tmp_path.iterdir())


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'contend\[formats\]'"):
        write_xmi([example()], tmp_path / "x.xmi")
    (tmp_path / "x.xmi").write_text("<x/>")
    (tmp_path / "TypeSystem.xml").write_text("<x/>")
    with pytest.raises(MissingDependencyError, match="dkpro-cassis"):
        list(read_xmi(tmp_path / "x.xmi"))
