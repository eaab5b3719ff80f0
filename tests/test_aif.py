from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_documents import documents, example, scores, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import ask

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats.aif import encode_aif, read_aif, write_aif
from contend.formats.base import ATTRIBUTES, ReadOptions
from contend.formats.marked_text import mark, unmark


def node(id: str | int, type: str, text: str) -> dict[str, Any]:
    return {"nodeID": id, "type": type, "text": text}


def edges(*ends: tuple[str | int, str | int]) -> list[dict[str, Any]]:
    return [{"edgeID": n, "fromID": a, "toID": b} for n, (a, b) in enumerate(ends)]


# As OVA saves a dialogue: what is marked are locutions, the statements say it in other words.
DIALOGUE: dict[str, Any] = {
    "AIF": {
        "nodes": [
            node("1_7", "I", "tea is calming"),
            node("2_7", "L", "Ann: Tea &\ncalms"),
            node("3_7", "YA", "Asserting"),
            node("4_7", "I", "Bo should drink tea"),
            node("5_7", "L", "Ann: drink it"),
            node("6_7", "YA", "Asserting"),
            node("7_7", "RA", "Default Inference"),
            node("8_7", "TA", "Default Transition"),
            node("9_7", "I", "Coffee is dear"),
            node("10_7", "CA", "Default Conflict"),
            node("11_7", "MA", "Default Rephrase"),
            node("12_7", "I", "never said"),
        ],
        "edges": edges(
            ("2_7", "3_7"), ("3_7", "1_7"), ("5_7", "6_7"), ("6_7", "4_7"),
            ("1_7", "7_7"), ("9_7", "7_7"), ("7_7", "4_7"), ("2_7", "8_7"), ("8_7", "5_7"),
            ("9_7", "10_7"), ("10_7", "7_7"), ("1_7", "11_7"), ("11_7", "12_7"),
        ),
        "schemefulfillments": None, "participants": [], "locutions": [],
    },
    "text": '🍵 <span id="node2_7" class="highlighted">Tea &amp;<br>calms</span>, so '
    '<b><span class="x" id=node5_7>drink</span> it</b>!<div>Coffee&nbsp;is <i>dear</i>.</div>',
    "OVA": {"nodes": [], "edges": []},
}  # fmt: skip


def read(folder: Path, data: Any, text: str | None = None, **options: Any) -> Document:
    file = folder / "talk.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    if text is not None:
        (folder / "talk.txt").write_bytes(text.encode())
    (found,) = read_aif(file, ReadOptions(**options))
    return found


def test_reads_what_ova_saves(tmp_path: Path) -> None:
    found = read(tmp_path, DIALOGUE)
    assert found.text == "🍵 Tea &\ncalms, so drink it!\nCoffee\u00a0is dear."
    assert [s.text for s in found.segments] == ["Tea &\ncalms", "drink", "Coffee\u00a0is dear"]
    assert {s.label for s in found.segments} == {"proposition"}
    assert found.relations == (Relation(0, 1, "supports"), Relation(2, 1, "supports"))
    assert found.id == "talk"
    assert found.meta["ignored"] == {
        "nodes of type CA not between two statements": 1,
        "nodes of type L": 2,
        "nodes of type MA": 1,
        "nodes of type TA": 1,
        "nodes of type YA": 2,
        "statements whose words are not in the text": 1,
    }
    found = read(
        tmp_path, DIALOGUE, relation_types={"MA": "supports", "Default Inference": "attacks"}
    )
    assert [r.label for r in found.relations] == ["attacks", "attacks"]
    assert found.meta["ignored"]["relations of statements without a place"] == 1


def test_what_leads_nowhere_is_counted(tmp_path: Path) -> None:
    graph = {
        "nodes": [node(1, "I", "Tea calms"), node(2, "I", "calms me"), node(3, "I", "It is dear"),
                  node(4, "RA", "Default Inference")],
        "edges": edges((1, 4), (4, 9), (8, 4), (3, 1), (2, 4), (4, 3)),
    }  # fmt: skip
    (tmp_path / "talk.txt").write_text("Tea calms me. It is dear.")
    found = read(tmp_path, graph)
    assert [s.text for s in found.segments] == ["Tea calms", "It is dear"]
    assert found.relations == (Relation(0, 1, "supports"),)
    assert found.meta["ignored"] == {
        "edges between statements without a node of inference or conflict": 1,
        "edges from or to a node that is not there": 2,
        "relations of statements without a place": 1,
        "statements whose words overlap another's": 1,
    }


def test_two_nodes_with_one_id(tmp_path: Path) -> None:
    graph = {"nodes": [node(1, "I", "Tea"), node(1, "I", "calms")], "edges": []}
    (tmp_path / "talk.txt").write_text("Tea calms me.")
    with pytest.raises(FormatError, match=r"talk\.json: two nodes have the nodeID 1"):
        read(tmp_path, graph)


def test_reads_aif_with_the_text_beside(tmp_path: Path) -> None:
    """As AIFdb exports it; equal words stand at different places."""
    graph = {
        "nodes": [node(1, "I", "Tea  calms"), node(2, "I", "tea calms"), node(3, "CA", "Conflict"),
                  node(4, "I", "Tea calms")],
        "edges": edges((1, 3), (3, 4)),
        "locutions": [],
    }  # fmt: skip
    with pytest.raises(FormatError, match=r"talk\.json: expected the article.*into talk\.txt"):
        read(tmp_path, graph)
    found = read(tmp_path, graph, "Tea\r\ncalms. Tea calms.")
    assert [(s.start, s.end) for s in found.segments] == [(0, 10), (12, 21)]
    assert found.relations == (Relation(0, 1, "attacks"),)
    graph["text"] = "Tea calms & is <3. Tea calms."
    assert read(tmp_path, graph).text == graph["text"]


def test_labels_of_a_classifier(tmp_path: Path) -> None:
    data = {
        "AIF": {"nodes": [node(3, "I", "Tea"), node(5, "I", "calms")], "edges": []},
        "text": {"txt": 'Tea <span id="5" class="highlighted">calms</span>'},
        "propositionClassifier": {"nodes": [{"nodeID": "3", "propType": "value"}]},
    }
    found = read(tmp_path, data)
    assert found.segments == (Segment(0, 3, "value"), Segment(4, 9, "proposition"))


@pytest.mark.parametrize("name", ["tea.json", "folder"])
def test_round_trip_is_exact(tmp_path: Path, name: str) -> None:
    meta = {**example().meta, ATTRIBUTES: {"note": ["a\n", None, ""], "n": [None, {"a": 1}, 0]}}
    document = replace(example(), meta=meta)
    assert not write_aif([document], tmp_path / name)
    (found,) = read_aif(tmp_path / name)
    assert (found, scores(found), found.meta) == (document, scores(document), document.meta)


@settings(max_examples=25)
@given(documents(surrogates=True))
def test_any_document_survives(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    file = tmp_path_factory.mktemp("aif") / "x.json"
    assert not write_aif([document], file)
    (found,) = read_aif(file)
    assert (found, scores(found), found.meta) == (document, scores(document), document.meta)


@settings(max_examples=40)
@given(texts(surrogates=True), st.data())
def test_marked_text_is_read_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [(f'n"{a}<', a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    assert unmark(mark(text, spans)) == (text, {name: (a, b) for name, a, b in spans})


def test_what_another_tool_changed_is_read(tmp_path: Path) -> None:
    """Statements deleted and added, text edited, our field kept."""
    data = json.loads(encode_aif(example()))
    data["AIF"]["nodes"][0] = node("99", "I", "is dear")
    data["AIF"]["edges"] = []
    data["text"] = "Oh! " + data["text"].replace('id="node1"', 'id="node99"')
    found = read(tmp_path, data)
    assert [s.text for s in found.segments] == [s.text for s in example().segments]
    assert [s.label for s in found.segments] == ["proposition", "claim|counterclaim", "claim"]
    assert found.meta["ignored"] == {"nodes of type CA not between two statements": 1,
                                     "nodes of type RA not between two statements": 1}  # fmt: skip


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *keys, last = [int(key) if key.isdigit() else key for key in path.split(".")]

    def apply(data: Any) -> None:
        for key in keys:
            data = data[key]
        data[last] = value

    return apply


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (change("AIF.nodes.0", {"nodeID": "1"}), r"missing or of another kind: 'type'"),
        (change("AIF.nodes", 3), r"expected AIF: 'nodes' with"),
        (change("AIF", {}), r"missing or of another kind: 'nodes'"),
        (change("contend.meta", 3), r"contend\.id and contend\.meta"),
        (change("contend", "x"), r"expected AIF"),
        (change("contend.nodes.0.score", 3), r"node 1.*score|score"),
        (change("contend.nodes.0.thesis", True), r"node 3: expected at most one thesis"),
        (change("contend.nodes.0.label", ""), r"label"),
        (change("contend.nodes.0.label", 5), r"node 1: .*expected a label that is a string"),
        (change("contend.nodes.0.attributes", 5), r"node 1: .*expected attributes .*found 5"),
        (change("AIF.edges.0.fromID", "3"), r"node 4: the relation 3 -> 3 leads .* to itself"),
    ],
)
def test_errors_name_file_and_node(
    tmp_path: Path, wrong: Callable[[Any], None], message: str
) -> None:
    data = json.loads(encode_aif(example()))
    wrong(data)
    with pytest.raises(FormatError, match=rf"talk\.json.*{message}"):
        read(tmp_path, data)


def test_files_that_are_no_graphs(tmp_path: Path) -> None:
    for content, message in (("{\n]", "line 2: expected JSON"), ("[]", "expected AIF")):
        with pytest.raises(FormatError, match=rf"talk\.json.*{message}"):
            read(tmp_path, content)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match=r"empty: expected \.json files"):
        list(read_aif(tmp_path / "empty"))
    with pytest.raises(FormatError, match=r"x\.json: a file of xAIF holds one document, found 2"):
        write_aif([example(), example()], tmp_path / "x.json")
    with pytest.raises(FormatError, match="two documents have the id 'tea'"):
        write_aif([example(), example()], tmp_path / "folder")
    with pytest.raises(FormatError, match="surrogates at 0"):
        write_aif([Document("\ud83d\ude00", id="x")], tmp_path / "folder")
    own = json.loads(encode_aif(example()))
    own["contend"]["nodes"][0] |= {"text": 5, "type": 5}
    (tmp_path / "talk.json").write_text(json.dumps(own))
    assert list(read_aif(tmp_path / "talk.json")) == [example()]
    assert sorted(x.name for x in tmp_path.iterdir()) == ["empty", "talk.json"]


def test_ova_gets_a_place_for_every_node() -> None:
    """Also where relations lead in a circle, and one node argues for several."""
    segments = tuple(Segment(i, i + 1, "x") for i in range(5))
    pairs = [(0, 1), (1, 0), (3, 2), (4, 2), (4, 3)]
    document = Document("abcde", segments, tuple(Relation(*pair, "supports") for pair in pairs))
    data = json.loads(encode_aif(document))
    assert [x["nodeID"] for x in data["OVA"]["nodes"]] == [
        x["nodeID"] for x in data["AIF"]["nodes"]
    ]
    places = [(x["x"], x["y"]) for x in data["OVA"]["nodes"]][:5]
    assert len(set(places)) == 5
    assert [y for _, y in places] == [50, 50, 50, 350, 350]


ORACLE = """
import arguebuf, json, sys
data = json.load(open(sys.argv[1], encoding="utf-8"))
for graph in (arguebuf.load.xaif(data), arguebuf.load.aif(data["AIF"])):
    print(json.dumps([
        sorted(node.plain_text for node in graph.atom_nodes.values()),
        sorted([edge.source.plain_text, type(between.scheme).__name__, other.target.plain_text]
               for between in graph.scheme_nodes.values()
               for edge in graph.incoming_edges(between)
               for other in graph.outgoing_edges(between)),
    ]))
"""


def test_arguebuf_opens_what_is_written(tmp_path: Path) -> None:
    write_aif([example()], tmp_path / "x.json")
    statements = [segment.text for segment in example().segments]
    expected = [
        sorted(statements),
        sorted(
            [
                [statements[0], "Support", statements[2]],
                [statements[1], "Attack", statements[2]],
            ]
        ),
    ]
    assert ask(ORACLE, tmp_path / "x.json") == [expected, expected]
