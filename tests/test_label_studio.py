from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_documents import assert_quay_as_corrected, documents, example, scores
from hypothesis import given, settings
from oracles import ask

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats.base import ATTRIBUTE_VALUES, ReadOptions
from contend.formats.label_studio import read_label_studio, write_label_studio
from contend.formats.tool_settings import tool_settings

TEXT = "🍵 Tea calms.\r\nDrink tea.\nNow!"
FIXTURES = Path(__file__).parent / "fixtures" / "label_studio"


def region(id: str, start: Any, end: Any, *labels: str, **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": list(labels), **more.pop("value", {})}
    return {
        "id": id,
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": value,
        **more,
    }


# As Label Studio exports it: the editor writes a line end as a backslash and an n, and a task has
# much besides; offsets count code points, the emoji is one and the CRLF two.
EXPORT: list[dict[str, Any]] = [
    {
        "id": 41,
        "data": {"text": TEXT},
        "meta": {},
        "project": 3,
        "annotations": [
            {"id": 7, "completed_by": 1, "was_cancelled": True, "result": []},
            {
                "id": 9,
                "completed_by": {"id": 2, "email": "ann@example.org"},
                "was_cancelled": False,
                "ground_truth": False,
                "result": [
                    region(
                        "aa", 14, 29, "claim", value={"text": "Drink tea.\\nNow!"}, origin="manual"
                    ),
                    region("bb", 2, 12, "claim", "evidence", value={"text": "Tea calms."}),
                    {
                        "id": "aa",
                        "from_name": "thesis",
                        "to_name": "text",
                        "type": "choices",
                        "value": {"start": 14, "end": 29, "choices": ["thesis"]},
                    },
                    {
                        "id": "bb",
                        "from_name": "note",
                        "to_name": "text",
                        "type": "textarea",
                        "value": {"start": 2, "end": 12, "text": ["sure?", "ask Bo"]},
                    },
                    {
                        "from_id": "bb",
                        "to_id": "aa",
                        "type": "relation",
                        "direction": "right",
                        "labels": ["supports"],
                    },
                    {"from_name": "mood", "type": "choices", "value": {"choices": ["angry"]}},
                ],
            },
        ],
        "predictions": [{"model_version": "m", "result": [region("zz", 0, 1, "claim")]}],
    }
]


def read(path: Path, content: Any, **options: Any) -> list[Document]:
    file = path / "export.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return list(read_label_studio(file, ReadOptions(**options)))


def test_reads_an_export(tmp_path: Path) -> None:
    (found,) = read(tmp_path, EXPORT)
    assert found.segments == (
        Segment(2, 12, "claim|evidence"),
        Segment(14, 29, "claim", thesis=True),
    )
    assert [s.text for s in found.segments] == ["Tea calms.", "Drink tea.\nNow!"]
    assert found.relations == (Relation(0, 1, "supports"),)
    assert (found.id, found.text) == ("41", TEXT)
    assert found.meta == {
        "annotator": "ann@example.org",
        "attributes": {"note": ["sure?\nask Bo", None]},
        "ignored": {"predictions": 1, "results of type choices": 1, "skipped annotations": 1},
    }


def test_reads_what_the_library_writes() -> None:
    """A correction made with label-studio-sdk; the fixture's README.md says how."""
    (found,) = read_label_studio(FIXTURES / "quay.json")
    assert found.id == "quay"
    assert_quay_as_corrected(found)
    note = "said and then answered"
    assert found.meta["attributes"] == {"note": [None, None, note, None, None]}
    assert found.meta["annotator"] == "1"
    assert found.meta["ignored"] == {"predictions": 1}


def test_reads_what_the_server_exports() -> None:
    """A correction made in Label Studio's page; the fixture's README.md says how."""
    (found,) = read_label_studio(FIXTURES / "exported.json")
    assert [(s.start, s.end, s.label, s.score) for s in found.segments] == [
        (0, 22, "claim", None),  # drawn
        (26, 96, "claim", 0.8533683278175963),
        (97, 177, "evidence", 0.4653052031209399),
        (178, 238, "counterclaim", None),  # predicted with another label
        (239, 326, "evidence", 0.8246822077126398),
    ]
    assert found.thesis == found.segments[1]
    assert found.relations == (
        Relation(2, 1, "supports"),
        Relation(3, 1, "attacks"),
        Relation(4, 3, "attacks"),
    )
    note = "reported, and answered"
    assert found.meta["attributes"] == {"note": [None, None, None, note, None]}
    assert found.meta["annotator"] == "1"
    assert found.meta["ignored"] == {"predictions": 1}


def test_results_without_a_place_of_their_own_are_counted(tmp_path: Path) -> None:
    def said(name: str, type: str, words: list[str], of: str = "a") -> dict[str, Any]:
        value = {"start": 0, "end": 1, "text" if type == "textarea" else type: words}
        return {"id": of, "from_name": name, "to_name": "text", "type": type, "value": value}

    results = [
        region("a", 0, 1, "x"), region("a", 2, 3, "y"), said("thesis", "choices", ["no"]),
        said("note", "textarea", ["one"]), said("note", "textarea", ["two"]),
        said("note", "textarea", ["of nothing"], of="b"),
    ]  # fmt: skip
    (found,) = read(tmp_path, [{"data": {"text": "a b"}, "annotations": [{"result": results}]}])
    assert found.segments == (Segment(0, 1, "x"),)
    assert found.meta["attributes"] == {"thesis": ["no"], "note": ["one\ntwo"]}
    assert found.meta["ignored"] == {
        "choices and notes of regions without a label": 1,
        "regions with the id of another": 1,
    }


def test_offsets_count_code_points(tmp_path: Path) -> None:
    """A segment after an emoji and a CRLF; offsets of old versions are found out and converted."""
    write_label_studio([Document(TEXT, (Segment(14, 24, "claim"),), (), "x")], tmp_path / "x.json")
    (task,) = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    value = task["annotations"][0]["result"][0]["value"]
    assert value == {"start": 14, "end": 24, "text": "Drink tea.", "labels": ["claim"]}
    value["start"], value["end"] = 15, 25
    with pytest.raises(
        FormatError, match=r"region s0: .* all offsets fit if they are UTF-16 units"
    ):
        read(tmp_path, [task])
    (found,) = read(tmp_path, [task], repair=True)
    assert [s.text for s in found.segments] == ["Drink tea."]
    assert found.meta["repaired"] == {"documents with offsets in UTF-16 units, converted": 1}


def test_round_trip_is_exact(tmp_path: Path) -> None:
    others = [Document("a", id="bare"), Document("a", (Segment(0, 1, "claim"),), (), "gold")]
    assert not write_label_studio([example(), *others], tmp_path / "x.json")
    first, *rest = read_label_studio(tmp_path / "x.json")
    assert first == example()
    read_of = {"documents read from predictions, others have annotations": 1}
    assert scores(first) == scores(example())
    assert first.meta == {**example().meta, "ignored": read_of}
    assert rest == others
    tasks = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert [sorted(task) for task in tasks] == [
        ["data", "predictions"],
        ["data"],
        ["annotations", "data"],
    ]
    assert tasks[0]["predictions"][0]["score"] == pytest.approx((0.5 + 1 / 3) / 2)


@settings(max_examples=40)
@given(documents(surrogates=True))
def test_any_document_survives(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    file = tmp_path_factory.mktemp("ls") / "x.json"
    assert not write_label_studio([document], file)
    (found,) = read_label_studio(file)
    assert (found, scores(found)) == (document, scores(document))
    assert found.meta | {"model": 0} == document.meta | {"model": 0}


def test_who_is_read_of_several(tmp_path: Path) -> None:
    def annotation(label: str, **more: Any) -> dict[str, Any]:
        return {"result": [region("a", 0, 1, label)], **more}

    task = {"id": 1, "data": {"article": "ab"}, "predictions": [annotation("p", model_version="m")]}
    (found,) = read(tmp_path, [task])
    assert (found.segments[0].label, found.meta) == ("p", {"model": "m"})
    task["annotations"] = [annotation("one", completed_by=5), annotation("two")]
    (found,) = read(tmp_path, task)
    assert (found.segments[0].label, found.meta) == (
        "two",
        {"ignored": {"further annotations": 1, "predictions": 1}},
    )
    task["annotations"][0]["ground_truth"] = True
    (found,) = read(tmp_path, [task])
    assert (found.segments[0].label, found.meta["annotator"]) == ("one", "5")


def test_predictions_are_no_annotations(tmp_path: Path) -> None:
    """Nobody vouches for the prediction of a skipped task; of unfinished ones it is said."""
    predicted = [{"result": [region("p", 0, 1, "x")]}, {"result": [region("p", 1, 2, "x")]}]
    skipped = {"was_cancelled": True, "result": [region("s", 0, 1, "x")]}
    tasks: list[dict[str, Any]] = [
        {"data": {"text": "ab"}, "annotations": [skipped], "predictions": predicted},
        {"data": {"text": "ab"}, "annotations": [], "predictions": predicted},
        {"data": {"text": "ab"}, "drafts": [{"result": [region("d", 0, 1, "x")]}, {}]},
    ]
    first, second, third = read(tmp_path, tasks)
    assert (first.segments, third.segments) == ((), ())
    assert first.meta["ignored"] == {"predictions": 2, "skipped annotations": 1}
    assert second.segments == (Segment(1, 2, "x"),)
    assert second.meta["ignored"] == {
        "documents read from predictions, others have annotations": 1,
        "predictions": 1,
    }
    assert third.meta["ignored"] == {"drafts": 2}
    # A file of predictions only is what it is.
    (found,) = read(tmp_path, tasks[1:2])
    assert found.meta["ignored"] == {"predictions": 1}


def test_completions_of_old_versions_are_read(tmp_path: Path) -> None:
    made = [{"result": [region("a", 0, 1, "x")]}, {"skipped": True, "result": []}]
    (found,) = read(tmp_path, [{"data": {"text": "ab"}, "completions": made}])
    assert found.segments == (Segment(0, 1, "x"),)
    assert found.meta["ignored"] == {"skipped annotations": 1}


def test_further_fields_and_labels(tmp_path: Path) -> None:
    data = {"body": "ab", "meta": {"n": 2, "page": 3}, "id": None, "page": 1, "tags": ["t"]}
    other = {**region("a", 0, 1, "sure", "firm"), "from_name": "certainty"}
    task = {"data": data, "annotations": [{"result": [region("a", 0, 1, "x"), other]}]}
    (found,) = read(tmp_path, [task])
    assert found.segments == (Segment(0, 1, "x"),)
    assert found.meta == {
        "page": 3,
        "n": 2,
        "tags": ["t"],
        "ignored": {"further labels of a region": 2},
    }


def test_meta_that_is_no_object(tmp_path: Path) -> None:
    (found,) = read(tmp_path, [{"data": {"text": "a", "meta": 3}}])
    assert found.meta == {"meta": 3}


def test_no_id(tmp_path: Path) -> None:
    named, bare = {"data": {"text": "a", "id": None}, "id": 4}, {"data": {"text": "a"}, "id": None}
    assert [found.id for found in read(tmp_path, [named, bare])] == ["4", ""]


def test_words_that_are_no_lists(tmp_path: Path) -> None:
    """A text field may be a string, which is not a list of letters."""
    result = region("a", 0, 1, "x")
    value = {"start": 0, "end": 1}
    more = [
        {**result, "type": "textarea", "from_name": "why", "value": {**value, "text": "so"}},
        {**result, "type": "choices", "from_name": "sure", "value": {**value, "choices": "no"}},
    ]
    (found,) = read(
        tmp_path, [{"data": {"text": "ab"}, "annotations": [{"result": [result, *more]}]}]
    )
    assert found.meta["attributes"] == {"why": ["so"], "sure": ["no"]}


def test_directions_and_types_of_relations(tmp_path: Path) -> None:
    results = [region("a", 0, 1, "x"), region("b", 1, 2, "x")]
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "left"}
    task = {"data": {"text": "ab"}, "annotations": [{"result": [*results, relation]}]}
    with pytest.raises(FormatError, match=r"a relation without a type.*--relations"):
        read(tmp_path, [task])
    relation["labels"] = ["backs", "really"]
    (found,) = read(tmp_path, [task], relation_types={"backs": "supports"})
    assert found.relations == (Relation(1, 0, "supports"),)
    assert found.meta["ignored"] == {"further labels of relations": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"data":\n {]', "line 2: expected JSON"),
        ('[{"data": {}, "id": 1, "id": 2}]', "expected JSON: an object has the key 'id' twice"),
        ("[" * 100_000, "nested too deep"),
        ("3", "expected a list of tasks, found int"),
        ([{"data": "text"}], "task 1: expected an object with 'data'"),
        ([{"text": "a", "label": []}], "task 1: expected an object with 'data'.*not as JSON-MIN"),
        ([{"data": {"a": "x", "b": "y"}}], r"task 1: expected the article under data.text .*a, b"),
        (
            [{"data": {"text": "ab"}, "annotations": [{"result": 1}]}],
            "expected a list under 'result'",
        ),
        ([{"data": {"text": "ab"}, "annotations": [7]}], "'annotations', found 7"),
        ([{"data": {"text": "ab"}, "annotations": {"a": 1}}], "'annotations', found {'a': 1}"),
        ([{"data": {"text": "ab"}, "predictions": 7}], "'predictions', found 7"),
        ([{"data": {"text": "ab"}, "drafts": 7}], "'drafts', found 7"),
        (
            [
                {
                    "data": {"text": "ab"},
                    "annotations": [
                        {"result": [region("a", 0, 1, value={"labels": "claim"})]},
                    ],
                }
            ],
            "region a: expected a list of labels, found 'claim'",
        ),
        (
            [
                {
                    "data": {"text": "ab"},
                    "annotations": [
                        {"result": [{"type": "relation", "from_id": 1, "to_id": 2, "labels": 5}]}
                    ],
                }
            ],
            "relation 1: expected a list of labels, found 5",
        ),
        (
            [{"data": {"text": "ab"}, "annotations": [{"result": [{"type": "labels"}]}]}],
            "expected a result of type labels .*no 'value'",
        ),
        (
            [
                {
                    "data": {"text": "ab"},
                    "annotations": [{"result": [region("a", "/p[1]", "/p[1]", "x")]}],
                }
            ],
            "region a: expected whole numbers .*HyperText",
        ),
        (
            [
                {
                    "data": {"text": "ab"},
                    "annotations": [{"result": [region("a", 0, 2, "x"), region("b", 1, 2, "x")]}],
                }
            ],
            r"task 1 \(\), region b: segment b 1:2 \(x\) overlaps segment a 0:2 \(x\) of region a",
        ),
    ],
)
def test_errors_name_file_and_task(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(FormatError, match=rf"export\.json.*{message}"):
        read(tmp_path, content)


def test_what_it_cannot_hold_is_counted(tmp_path: Path) -> None:
    meta = {"attributes": {"n": [1, None], "w": ["w", "u"], "thesis": [True, None]}}
    document = Document("ab", (Segment(0, 1, "x"), Segment(1, 2, "x")), (), "d", meta)
    losses = write_label_studio([document], tmp_path / "x.json")
    assert losses.counts == {ATTRIBUTE_VALUES: 3}
    (found,) = read_label_studio(tmp_path / "x.json")
    assert found.meta == {"attributes": {"w": [None, "u"]}}
    with pytest.raises(FormatError, match="surrogates at 0"):
        write_label_studio([Document("\ud83d\ude00")], tmp_path / "y.json")
    assert not (tmp_path / "y.json").exists()


def test_predictions_on_request(tmp_path: Path) -> None:
    write_label_studio([Document("a", id="x")], tmp_path / "x.json", predictions=True)
    (task,) = json.loads((tmp_path / "x.json").read_text())
    assert task["predictions"] == [{"result": [], "model_version": ""}]
    write_label_studio([], tmp_path / "x.json")
    assert list(read_label_studio(tmp_path / "x.json")) == []


# What the import of the server asks of predictions.
ORACLE = """
import json, sys
from label_studio_sdk.label_interface import LabelInterface

config, tasks = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
interface = LabelInterface(config)
interface.validate()
for task in json.loads(tasks):
    for each in task["predictions"]:
        print(json.dumps(interface.validate_prediction(each, return_errors=True)))
"""


def test_the_library_finds_what_is_written_valid(tmp_path: Path) -> None:
    (config,) = tool_settings("label-studio").values()
    (tmp_path / "config.xml").write_text(config, encoding="utf-8")
    # Our configuration has no sets of labels.
    segments = tuple(replace(s, label=s.label.split("|")[0]) for s in example().segments)
    documents = [
        replace(example(id=name), segments=segments, meta={}) for name in ("tea", "coffee")
    ]
    write_label_studio(documents, tmp_path / "tasks.json", predictions=True)
    assert ask(ORACLE, tmp_path / "config.xml", tmp_path / "tasks.json") == [[], []]
    other = [Document("a", (Segment(0, 1, "premise", score=0.5),))]
    write_label_studio(other, tmp_path / "tasks.json")
    ((error,),) = ask(ORACLE, tmp_path / "config.xml", tmp_path / "tasks.json")
    assert "Invalid value for control 'label'" in error


@pytest.mark.parametrize("data", [{"id": "essay-1", "turns": []}, {"id": "e", "text": None}])
def test_the_id_of_a_task_is_not_its_text(tmp_path: Path, data: Any) -> None:
    with pytest.raises(FormatError, match=r"expected the article under data\.text"):
        read(tmp_path, [{"id": 1, "data": data}])
