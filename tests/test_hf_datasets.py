from __future__ import annotations

import math
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from format_documents import documents, example, scores
from hypothesis import given, settings
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.errors import FormatError, MissingDependencyError
from contend.formats.base import ReadOptions
from contend.formats.hf_datasets import (
    features,
    from_dataset,
    read_datasets,
    to_dataset,
    write_datasets,
)
from contend.formats.jsonl import encode_jsonl

datasets = pytest.importorskip("datasets", reason="needs the extra 'datasets'")

OURS = [Document("Tea!", (Segment(0, 4, "claim", True, 0.5),), (), "tea"), Document("")]


def test_features_are_typed() -> None:
    made = to_dataset(OURS)
    assert made.features == features()
    assert made.features["segments"].feature["label"].names == ["claim", "evidence", "counterclaim"]
    assert made[0] == {
        "id": "tea",
        "text": "Tea!",
        "segments": [
            {"start": 0, "end": 4, "label": 0, "score": 0.5, "thesis": True, "text": "Tea!"}
        ],
        "relations": [],
        "meta": "{}",
    }
    assert list(from_dataset(made)) == OURS
    assert to_dataset([]).num_rows == 0


def test_round_trip_is_exact(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    several = [example(), *OURS, Document("a\0b\r\n", id="ö")]
    assert not write_datasets(several, tmp_path / "ds")
    found = list(read_datasets(tmp_path / "ds"))
    assert found == several
    assert [scores(d) for d in found] == [scores(d) for d in several]
    assert [d.meta for d in found] == [d.meta for d in several]
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.glob("**/cache*"))


def test_the_library_opens_what_is_written(tmp_path: Path) -> None:
    write_datasets([example()], tmp_path / "ds")
    opened = datasets.load_from_disk(str(tmp_path / "ds"))
    names = opened.features["segments"].feature["label"]
    found = opened[0]["segments"]
    assert [names.int2str(x["label"]) for x in found] == ["evidence", "claim|counterclaim", "claim"]
    assert [x["text"] for x in found] == [s.text for s in example().segments]
    assert opened.filter(lambda row: row["id"] == "none").num_rows == 0


@settings(max_examples=15)
@given(st.lists(documents(), max_size=3))
def test_any_document_survives(several: list[Document]) -> None:
    found = list(from_dataset(to_dataset(several)))
    assert found == several
    assert [scores(d) for d in found] == [scores(d) for d in several]
    assert [d.meta for d in found] == [d.meta for d in several]


def test_splits(tmp_path: Path) -> None:
    made = to_dataset({"train": OURS, "dev": []})
    assert {name: of.num_rows for name, of in made.items()} == {"train": 2, "dev": 0}
    found = list(from_dataset(made))
    assert (found, [d.meta["split"] for d in found]) == (OURS, ["train", "train"])
    write_datasets(found, tmp_path / "ds")
    assert (tmp_path / "ds" / "dataset_dict.json").is_file()
    assert [d.meta for d in read_datasets(tmp_path / "ds")] == [{"split": "train"}] * 2
    odd = [Document("a", meta={"split": "../x"}), Document("b", meta={"split": 3})]
    write_datasets(odd, tmp_path / "odd")
    assert [d.meta for d in read_datasets(tmp_path / "odd")] == [d.meta for d in odd]


def test_labels_in_an_order_of_ones_own() -> None:
    made = to_dataset(OURS, labels=["evidence", "claim"])
    assert made[0]["segments"][0]["label"] == 1
    assert list(from_dataset(made)) == OURS
    with pytest.raises(FormatError, match="expected one of the labels evidence, found 'claim'"):
        to_dataset(OURS, labels=["evidence"])


def test_data_sets_of_others() -> None:
    """Labels as words, segments as a struct of lists, further columns, a text alone, a stream."""
    segments = {"start": [0, 4], "end": [3, 9], "label": ["Premise", "Claim"]}
    rows = {
        "text": ["Tea calms"],
        "segments": [segments],
        "relations": [[{"source": 0, "target": 1, "label": "Support"}]],
        "year": [2020],
        "meta": [{"by": "Bo"}],
    }
    (found,) = from_dataset(datasets.Dataset.from_dict(rows))
    assert found.segments == (Segment(0, 3, "Premise"), Segment(4, 9, "Claim"))
    assert found.relations == (Relation(0, 1, "supports"),)
    assert found.meta == {"year": 2020, "by": "Bo"}
    plain = datasets.Dataset.from_dict({"text": ["a", "b"], "meta": ["not JSON", None]})
    found, other = from_dataset(plain.to_iterable_dataset())
    assert (found, other, found.meta) == (Document("a"), Document("b"), {"meta": "not JSON"})
    numbered = datasets.Features(
        {"segments": features()["segments"], "text": plain.features["text"]}
    )
    old = {"text": ["ab"], "segments": [[{"start": 0, "end": 1, "label": 2}]]}
    for row in old["segments"][0]:
        row |= {"score": None, "thesis": None, "text": None}
    (found,) = from_dataset(datasets.Dataset.from_dict(old, features=numbered).with_format("numpy"))
    assert found.segments == (Segment(0, 1, "counterclaim"),)


def test_columns_of_others_become_what_json_holds() -> None:
    day = datetime(2020, 2, 29, 12, 30, tzinfo=UTC)
    topic = datasets.ClassLabel(names=["road", "tea"])
    rows = {
        "text": ["a", "b"],
        "id": [0, None],
        "topic": [1, -1],
        "topics": [[0, 1], []],
        "deep": [{"topic": 1}, {"topic": None}],
        "day": [day.date(), None],
        "at": [day, None],
        "score": [math.nan, 0.5],
    }
    kinds = datasets.Dataset.from_dict(rows).features | {
        "topic": topic,
        "topics": datasets.List(topic),
        "deep": {"topic": topic},
    }
    made = datasets.Dataset.from_dict(rows, features=datasets.Features(kinds))
    one, two = from_dataset(made)
    assert (one.id, two.id) == ("0", "")
    assert one.meta == {
        "topic": "tea",
        "topics": ["road", "tea"],
        "deep": {"topic": "tea"},
        "day": "2020-02-29",
        "at": "2020-02-29T12:30:00+00:00",
        "score": None,
    }
    nothing = {"topics": [], "deep": {"topic": None}, "day": None, "at": None}
    assert two.meta == {"topic": -1, "score": 0.5} | nothing
    assert encode_jsonl(one)
    for value, kind in ((b"x", "type bytes"), (math.inf, "number inf")):
        made = datasets.Dataset.from_dict({"text": ["a"], "odd": [value]})
        with pytest.raises(FormatError, match=rf"row 0: the column 'odd' has .* {kind}, .*remove_"):
            list(from_dataset(made))


def row(segments: Any = (), relations: Any = (), **more: Any) -> Any:
    return datasets.Dataset.from_list(
        [{"text": "a"}, {"text": "Tea 🍵 calms", **more}]
        if not segments
        else [{"text": "Tea 🍵 calms", "segments": segments, "relations": list(relations), **more}]
    )


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: datasets.Dataset.from_dict({"words": ["a"]}), r"row 0: .*columns words"),
        (lambda: row([{"start": 0, "end": 3}]), r"row 0: expected segments .*'label'"),
        (lambda: row([{"start": 0.5, "end": 3, "label": "x"}]), r"a whole number, not 0\.5"),
        (lambda: row([{"start": 0, "end": 3, "label": 1}]), r"label 1 of 0"),
        (lambda: row([{"start": 0, "end": 99, "label": "x"}]), r"segment 0: segment 0 0:99"),
        (lambda: row([{"start": 7, "end": 12, "label": "x", "text": "calms"}], id="q"),
         r"row 0 \(q\), segment 0: .*UTF-16"),
        (lambda: row([{"start": 0, "end": 3, "label": "x"}],
                     [{"source": 0, "target": 5, "label": "supports"}]), r"there is no segment 5"),
    ],
)  # fmt: skip
def test_errors_name_the_row(made: Any, message: str) -> None:
    with pytest.raises(FormatError, match=f"(?s)mine.*{message}"):
        list(from_dataset(made(), where="mine"))


def test_offsets_of_others_are_converted() -> None:
    made = row([{"start": 7, "end": 12, "label": "x", "text": "calms"}])
    (found,) = from_dataset(made, ReadOptions(repair=True))
    assert [s.text for s in found.segments] == ["calms"]


def test_folders_that_are_none(tmp_path: Path) -> None:
    for content in ("", "{"):
        if content:
            (tmp_path / "state.json").write_text(content)
            (tmp_path / "dataset_info.json").write_text(content)
        with pytest.raises(FormatError, match=r"expected a folder that save_to_disk"):
            list(read_datasets(tmp_path))
    with pytest.raises(FormatError, match=r"expected a folder that is not there yet or is empty"):
        write_datasets(OURS, tmp_path)
    (tmp_path / "new").mkdir()
    write_datasets(OURS, tmp_path / "new")
    assert list(read_datasets(tmp_path / "new")) == OURS


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Document("a\ud800"), "has a lone surrogate, which Arrow cannot hold"),
        (Document("a", id="\ud800"), "has a lone surrogate"),
        (Document("\ud83d\ude00"), "pair of surrogates"),
        (Document("a", meta={"a": float("inf")}), "JSON cannot hold its meta"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, document: Document, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        write_datasets([*OURS, document], tmp_path / "ds")
    assert not list(tmp_path.iterdir())


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'contend\[datasets\]'"):
        write_datasets(OURS, tmp_path / "ds")
    with pytest.raises(MissingDependencyError):
        list(read_datasets(tmp_path))
