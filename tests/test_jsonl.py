from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.files import decode_text, read_text, replacing
from contend.formats.base import ReadOptions
from contend.formats.jsonl import encode_jsonl, read_jsonl, write_jsonl

# A high surrogate before a low one is refused, see test_surrogate_pair.
TEXTS = st.text(alphabet=st.characters(exclude_categories=())).filter(
    lambda text: not any("\ud800" <= a <= "\udbff" and b >= "\udc00" for a, b in pairwise(text))
)


def example() -> Document:
    text = "Shut the road. Cars kill.\u2028Some need them.\r\n"
    return Document(
        text,
        (
            Segment(0, 14, "claim", True, 0.75),
            Segment(15, 25, "evidence", score=1 / 3),
            Segment(26, 41, "counterclaim"),
        ),
        (Relation(1, 0, "supports", 0.5), Relation(2, 0, "attacks")),
        "road",
        {"model": "small", "n": [1, None]},
    )


def scores(document: Document) -> list[float | None]:
    of_segments = [segment.score for segment in document.segments]
    return of_segments + [relation.score for relation in document.relations]


def test_round_trip_is_lossless(tmp_path: Path) -> None:
    file = tmp_path / "documents.jsonl"
    write_jsonl([example(), Document("")], file)
    read = list(read_jsonl(file))
    assert read == [example(), Document("")]
    assert scores(read[0]) == scores(example())
    assert read[0].meta == example().meta
    assert file.read_bytes().count(b"\n") == 2


@given(TEXTS, TEXTS)
def test_any_text_and_id_survive(
    tmp_path_factory: pytest.TempPathFactory, text: str, id: str
) -> None:
    file = tmp_path_factory.mktemp("jsonl") / "one.jsonl"
    write_jsonl([Document(text, id=id), Document(id)], file)
    assert [(d.text, d.id) for d in read_jsonl(file)] == [(text, id), (id, "")]


def test_surrogate_pair_is_refused() -> None:
    with pytest.raises(FormatError, match="surrogates at 1"):
        encode_jsonl(Document("a\ud83d\ude00"))


def test_blank_lines_and_missing_line_end_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b'{"text": "a"}\r\n\n  \n{"text": "b"}')
    assert [d.text for d in read_jsonl(file)] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbf{}", "line 1: begins with a byte order mark"),
        (b"\xff\xfe{\x00", "line 1: begins with a byte order mark"),
        (
            b'{"text": "a"}\n{"text": "\xe9"}',
            "line 2: expected UTF-8, found the byte 0xe9 at position 10",
        ),
        (b'{"text": "a"}\n\n{"text": 1}', "line 3: .*'text' must be a string"),
        (b"[]", "line 1: expected a JSON object"),
        (b"{", "line 1: expected the JSON of a document"),
        (b"[" * 100_000, "line 1: .*too deep"),
        (b'{"text": "a", "text": "b"}', "line 1: .* an object has the key 'text' twice; leave"),
        (b'{"text": "a", "segments": [{"start": 0, "end": 9, "label": "claim"}]}', "line 1: .*9"),
        (
            b'{"text": "a", "segments": [{"start": 0, "end": 1, "label": "x", "text": 5}]}',
            "line 1: segment 0 0:1: expected a quoted text",
        ),
        (
            b'{"text": "ab", "segments": [{"start": 0, "end": 1, "label": "x"}, {"start": 1, "end":'
            b' 2, "label": "x"}], "relations": [{"source": 0, "target": 1, "label": 5}]}',
            "line 1: the relation 0 -> 1: expected a type that is a string, found 5",
        ),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(content)
    with pytest.raises(FormatError, match=f"bad.jsonl, {message}"):
        list(read_jsonl(file))


def test_repair_on_request(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    segments = [{"start": 2, "end": 3, "label": "b"}, {"start": 0, "end": 1, "label": "a"}]
    relations = [
        {"source": 0, "target": 1, "label": "supports"},
        {"source": 0, "target": 9, "label": "attacks"},
    ]
    data = {"id": "d", "text": "a b", "segments": segments, "relations": relations}
    file.write_text(json.dumps(data))
    with pytest.raises(
        FormatError, match=r"line 1: document 'd': the relation 0 -> 9: there is no"
    ):
        list(read_jsonl(file))
    (found,) = read_jsonl(file, ReadOptions(repair=True))
    assert found.segments == (Segment(0, 1, "a"), Segment(2, 3, "b"))
    assert found.relations == (Relation(1, 0, "supports"),)
    assert found.meta["repaired"] == {
        "documents with segments out of order, sorted": 1,
        "relations to segments that are not there, dropped": 1,
    }
    file.write_text(json.dumps({**data, "relations": []}))
    with pytest.raises(FormatError, match=r"line 1: .*must be in text order"):
        list(read_jsonl(file))


def test_unknown_fields_are_counted(tmp_path: Path) -> None:
    """Fields of other programs are passed over, which is said."""
    file = tmp_path / "x.jsonl"
    segments = [
        {"start": 0, "end": 1, "label": "x", "note": "?"},
        {"start": 2, "end": 3, "label": "x", "note": "!"},
    ]
    relations = [{"source": 0, "target": 1, "label": "supports", "id": 7}]
    data = {"text": "a b", "title": "T", "label": "news", "meta": {"n": 1}}
    file.write_text(json.dumps({**data, "segments": segments, "relations": relations}))
    ignored = {
        "fields label": 1,
        "fields title": 1,
        "fields note of segments": 2,
        "fields id of relations": 1,
    }
    (found,) = read_jsonl(file)
    assert (len(found.segments), found.meta) == (2, {"n": 1, "ignored": ignored})
    relations.append({"source": 0, "target": 9, "label": "supports"})
    file.write_text(json.dumps({**data, "segments": segments, "relations": relations}))
    (found,) = read_jsonl(file, ReadOptions(repair=True))
    assert found.meta["ignored"] == ignored
    assert set(found.meta["repaired"]) == {"relations to segments that are not there, dropped"}


@pytest.mark.parametrize("key", ["label", "labels", "entities"])
def test_files_of_doccano_are_not_without_segments(tmp_path: Path, key: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(f'{{"text": "a"}}\n{{"text": "a", "{key}": []}}')
    for repair in (False, True):
        with pytest.raises(FormatError, match=rf"line 2: .*'segments', found '{key}'.* doccano"):
            list(read_jsonl(file, ReadOptions(repair=repair)))
    file.write_text(f'{{"text": "a", "segments": [], "{key}": []}}')
    (found,) = read_jsonl(file)
    assert found.meta == {"ignored": {f"fields {key}": 1}}


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.jsonl: cannot be read"):
        list(read_jsonl(tmp_path / "none.jsonl"))


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text("old")
    with pytest.raises(FormatError, match="surrogates"):
        write_jsonl([Document("new"), Document("\ud83d\ude00")], file)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.jsonl"]


def test_replacing_keeps_mode_and_follows_links(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    with replacing(link) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(FormatError, match="cannot be written"), replacing(tmp_path / "no" / "file"):
        pass


def test_text_is_read_exactly(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeffa\r\nb\rc\n\0 é\ufeff".encode())
    assert read_text(file) == "a\r\nb\rc\n\0 é\ufeff"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            b"one\ntwo \xe9",
            r"article: expected UTF-8, found the byte 0xe9 at position 8 \(line 2\)",
        ),
        (b"\xef\xbb\xbf\xff", "found the byte 0xff at position 3"),
        (b"\xff\xfea\x00", "byte order mark of UTF-16"),
    ],
)
def test_other_encodings_are_refused(raw: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        decode_text(raw, where="article")
