from __future__ import annotations

import json
from pathlib import Path

import pytest
from format_documents import documents, example, without
from hypothesis import given, settings

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats.base import RELATION_SCORES, SEGMENT_SCORES, THESES, ReadOptions
from contend.formats.doccano import read_doccano, write_doccano

# As doccano exports it: ids of the database, metadata beside the text, UTF-16 units.
LINE = (
    '{"id": 12, "text": "🍵 Tea calms. Drink tea.", "outlet": "Kettle", "Comments": ["sure?"],'
    ' "entities": [{"id": 71, "label": "evidence", "start_offset": 3, "end_offset": 13},'
    ' {"id": 70, "label": "claim", "start_offset": 14, "end_offset": 24}],'
    ' "relations": [{"id": 5, "from_id": 71, "to_id": 70, "type": "supports"}]}\n'
)


def read(path: Path, content: str, **options: bool) -> list[Document]:
    file = path / "all.jsonl"
    file.write_text(content, encoding="utf-8")
    return list(read_doccano(file, ReadOptions(**options)))


def test_reads_an_export_in_utf16_units(tmp_path: Path) -> None:
    (found,) = read(tmp_path, LINE)
    assert [(s.label, s.text) for s in found.segments] == [
        ("evidence", "Tea calms."),
        ("claim", "Drink tea."),
    ]
    assert found.relations == (Relation(0, 1, "supports"),)
    assert (found.id, found.meta) == ("12", {"outlet": "Kettle", "comments": ["sure?"]})


@pytest.mark.parametrize("key", ["label", "labels", "entities"])
def test_reads_older_forms(tmp_path: Path, key: str) -> None:
    items = '[{"id": 1, "start_offset": 0, "end_offset": 2, "label": "x"}]'
    line = f'{{"data": "ab", "{key}": {items if key == "entities" else [[0, 2, "x"]]}}}'
    (found,) = read(tmp_path, line.replace("'", '"'))
    assert found == Document("ab", (Segment(0, 2, "x"),))


def test_no_id(tmp_path: Path) -> None:
    (found,) = read(tmp_path, '{"id": null, "text": "a", "label": []}')
    assert found.id == ""


def test_writes_utf16_units(tmp_path: Path) -> None:
    losses = write_doccano([example()], tmp_path / "x.jsonl")
    assert losses.counts == {THESES: 1, SEGMENT_SCORES: 2, RELATION_SCORES: 1}
    line = json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))
    first = line["entities"][0]
    units = line["text"].encode("utf-16-le")
    at = units[2 * first["start_offset"] : 2 * first["end_offset"]].decode("utf-16-le")
    assert at == example().segments[0].text
    assert line["relations"][0] == {"from_id": 0, "to_id": 2, "type": "supports"}


@settings(max_examples=40)
@given(documents(surrogates=True))
def test_what_it_holds_survives(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    file = tmp_path_factory.mktemp("doccano") / "x.jsonl"
    write_doccano([document, document], file)
    expected = without(document, thesis=True)
    found, again = read_doccano(file)
    assert (found, found.meta) == (expected, expected.meta)
    assert again == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "expected a JSON object"),
        ("[]", "expected an object with the article under 'text'"),
        ('{"text": 1}', "expected an object with the article under 'text'"),
        ('{"text": "a", "cats": []}', "expected 'entities' and 'relations', or 'label'"),
        ('{"text": "a", "entities": [{}]}', "entities with id, .* missing .*: 'start_offset'"),
        ('{"text": "a", "label": [[0, 1]]}', "entities with id, label"),
        (
            '{"text": "a", "entities": [{"start_offset": 0.5, "end_offset": 1, "label": "x"}]}',
            "whole numbers",
        ),
        ('{"text": "🍵a", "label": [[1, 3, "x"]]}', "1:3: expected UTF-16 units, .*grapheme"),
        ('{"text": "a", "label": [[0, 9, "x"]]}', r"segment 0 0:9 \(x\): expected 0 <= start"),
        ('{"id": 3, "text": "ab", "label": [[0, 2, "x"], [1, 2, "y"]]}', "document '3'.*overlaps"),
        (
            '{"text": "a", "label": [[0, 1, "x"]], "relations":'
            ' [{"from_id": 0, "to_id": 4, "type": "supports"}]}',
            "there is no segment 4",
        ),
        (
            '{"text": "ab", "label": [[0, 1, "x"], [1, 2, "x"]], "relations":'
            ' [{"from_id": 0, "to_id": 1, "type": null}]}',
            "the relation 0 -> 1: expected a type that is a string, found None",
        ),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"all\.jsonl, line 3.*{message}"):
        read(tmp_path, f"{LINE}\n{line}")


def test_repair(tmp_path: Path) -> None:
    (found,) = read(tmp_path, '{"text": "ab", "label": [[0, 2, "x"], [1, 2, "y"]]}', repair=True)
    assert found.segments == (Segment(0, 2, "x"),)
    assert found.meta == {"repaired": {"nested segments dropped": 1}}


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text("old")
    with pytest.raises(FormatError, match="surrogates at 0"):
        write_doccano([Document("a"), Document("\ud83d\ude00")], file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(FormatError, match=r"none\.jsonl: cannot be read"):
        list(read_doccano(tmp_path / "none.jsonl"))


def test_meta_that_is_no_object(tmp_path: Path) -> None:
    line = '{"id": 1, "text": "Shut it.", "meta": ["a"], "entities": [], "relations": []}'
    (document,) = read(tmp_path, line)
    assert document.meta == {"meta": ["a"]}


def test_what_is_there_twice_is_read_once(tmp_path: Path) -> None:
    line = (
        '{"id": 1, "text": "Shut it.", "data": "Open it.", "entities": [], "relations": [], '
        '"label": [[0, 4, "claim"]]}'
    )
    (document,) = read(tmp_path, line)
    assert (document.text, document.segments) == ("Shut it.", ())
    assert document.meta == {"ignored": {"fields data": 1, "fields label": 1}}
