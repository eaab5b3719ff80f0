from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from format_documents import documents, example, scores
from hypothesis import given, settings

from contend.document import Document, Relation, Segment
from contend.errors import FormatError
from contend.formats import conll_lines
from contend.formats.base import ReadOptions
from contend.formats.conll import BLANK_SEGMENTS, EDGES, read_conll, write_conll

PLAIN = """-DOCSTART- -X- O O

Cars NNS O B-Claim
kill NN O I-Claim
. . O O

It NN O I-Premise
is NN O I-Premise
so NN O B-Premise

-DOCSTART- -X- O O

# NN O B-Claim
"""


HEADER = "# global.columns = FORM CONTEND:TAG CONTEND:START MISC\n"


def read(path: Path, content: str | bytes, **options: bool) -> list[Document]:
    file = path / "file.conll"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_conll(file, ReadOptions(**options)))


def test_round_trip_is_exact(tmp_path: Path) -> None:
    file = tmp_path / "x.conll"
    others = [
        Document("", id="empty"),
        Document(" \r\n\u2028", id="blank"),
        Document("a", meta={"n": 1}),
    ]
    assert not write_conll([example(), *others], file)
    first, *rest = read_conll(file)
    assert first == example()
    assert (scores(first), first.meta) == (scores(example()), example().meta)
    assert rest == others
    assert rest[2].meta == {"n": 1}


def test_a_comment_may_hold_a_tab(tmp_path: Path) -> None:
    (document,) = read(tmp_path, "# a note:\tmine\nCars\tB-claim\n#go\tI-claim\n")
    assert document.text == "Cars #go"
    with pytest.raises(FormatError, match="line 1: expected a tag in the last column"):
        read(tmp_path, "#go\tmine\n")


@settings(max_examples=40)
@given(documents())
def test_any_document_survives_but_for_the_edges_of_segments(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    file = tmp_path_factory.mktemp("conll") / "x.conll"
    losses = write_conll([document], file)
    (found,) = read_conll(file)
    kept = [each for each in document.segments if each.text.strip()]
    assert (found.text, found.id, found.meta) == (document.text, document.id, document.meta)
    assert [each.text for each in found.segments] == [each.text.strip() for each in kept]
    assert [(s.label, s.thesis, s.score) for s in found.segments] == [
        (s.label, s.thesis, s.score) for s in kept
    ]
    assert losses.counts.get(BLANK_SEGMENTS, 0) == len(document.segments) - len(kept)
    assert losses.counts.get(EDGES, 0) == sum(s.text != s.text.strip() for s in kept)
    if not losses:
        assert (found, scores(found)) == (document, scores(document))


def test_words_begin_and_end_with_segments(tmp_path: Path) -> None:
    document = Document(
        "It isn't so.", (Segment(3, 6, "a"), Segment(6, 12, "b", True, 0.5)), (), "x"
    )
    document = replace(document, relations=(Relation(1, 0, "supports"),))
    file = tmp_path / "x.conll"
    write_conll([document], file)
    assert file.read_text().splitlines()[1:] == [
        "# newdoc id = x",
        "It\tO\t0\t_",
        "isn\tB-a\t3\tSpaceAfter=No",
        "'\tB-b\t6\tSpaceAfter=No|Thesis=Yes|Score=0.5|Relations=supports:0",
        "t\tI-b\t7\t_",
        "so\tI-b\t9\tSpaceAfter=No",
        ".\tI-b\t11\tSpaceAfter=No",
        "",
    ]
    assert list(read_conll(file)) == [document]


def test_sentences_are_parted_but_not_segments(tmp_path: Path) -> None:
    text = "One is. Two is.\n\nThree is."
    file = tmp_path / "x.conll"
    write_conll([Document(text, (Segment(0, 15, "claim"),), (), "x")], file)
    assert file.read_text().split("\n\n")[1].startswith("Three\tO\t17")
    write_conll([Document(text, id="x")], file)
    assert file.read_text().count("\n\n") == 3


def test_plain_columns(tmp_path: Path) -> None:
    one, two = read(tmp_path, PLAIN)
    assert (one.id, one.text) == ("file", "Cars kill .\nIt is so")
    assert [(s.label, s.text) for s in one.segments] == [
        ("Claim", "Cars kill"),
        ("Premise", "It is"),
        ("Premise", "so"),
    ]
    assert (two.id, two.text, two.segments) == ("file-2", "#", (Segment(0, 1, "Claim"),))
    assert read(tmp_path, PLAIN.replace("\n", "\r\n")) == [one, two]
    assert read(tmp_path, b"\xef\xbb\xbf" + PLAIN.encode()) == [one, two]


def test_other_schemes_and_columns(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "a\tS-x\nb\tB-x\nc\tE-x\nd\tE-y\ne\tO\nf\tI-y\ng\tI-x")
    assert [(s.label, s.text) for s in found.segments] == [
        ("x", "a"),
        ("x", "b c"),
        ("y", "d"),
        ("y", "f"),
        ("x", "g"),
    ]
    columns = "# global.columns = ID FORM MISC NER\n# newdoc id = n 1\n# text = Don't.\n"
    words = "1-2\tDon't\t_\tO\n1\tDo\tSpaceAfter=No\tB-x\n2\tn't\t_\tI-x\n3\tgo\tx=y\tO\n"
    (found,) = read(tmp_path, columns + words)
    assert (found.id, found.text, found.segments) == ("n 1", "Don't go", (Segment(0, 5, "x"),))
    assert read(tmp_path, "\n\n") == []


def test_a_blank_line_ends_a_segment(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "Shut I-claim\nit I-claim\n\nPeople I-claim\ndie I-claim\n")
    assert [s.text for s in found.segments] == ["Shut it", "People die"]


def test_numbers_of_words_are_not_the_words(tmp_path: Path) -> None:
    words = "1 Shut B-x\n2 it I-x\n\n1 Now O\n\n1-2 Don't O\n1 Do O\n2 n't O\n"
    for content in (words, words.replace(" ", "\t"), "0 a O\n1 b O\n\n2 c O\n"):
        with pytest.raises(FormatError, match=r"line 1: .* numbers the words.* # global\.columns"):
            read(tmp_path, content)
        (found,) = read(tmp_path, f"# global.columns = ID FORM CONTEND:TAG\n{content}")
        assert found.text in ("Shut it\nNow\nDo n't", "a b\nc")
    for other in ("1 O\n3 O\n", "1 O\n\n2 O\n", "1999 O\n2000 O\n", "1 O\n2 O\n. O\n"):
        assert read(tmp_path, other)


def test_document_lines_have_any_number_of_columns(tmp_path: Path) -> None:
    for start in ("-DOCSTART-", "-DOCSTART- O", "-DOCSTART-\t(one)\tO"):
        found = read(tmp_path, f"{start}\n\na NN O\n\n{start}\n\nb NN B-x\n")
        assert [each.text for each in found] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("one\n", "line 1: expected 2 columns, a word first and its tag last"),
        ("a O\nb NN O\n", "line 2: expected 2 columns as in line 1, .* found 3"),
        ("a O\n\nb X-claim\n", "line 3: expected a tag in the last column"),
        ("a O\nb B-\n", "line 2: expected a tag"),
        (b"a O\ncaf\xe9 O\n", "line 2: expected UTF-8, found the byte 0xe9 at position 3"),
        (
            f"{HEADER}a\tO\t0\t_\nb\tO\t3\t_\n",
            "line 3: the word 'b' should begin at 3, but .* end at 2",
        ),
        (
            f"{HEADER}a\tO\tx\t_\n",
            "line 2: expected an offset in the column CONTEND:START",
        ),
        (
            f"{HEADER}a\tO\t{'9' * 5000}\t_\n",
            "line 2: expected an offset in the column CONTEND:START, found '9999",
        ),
        (
            f"{HEADER}a\tB-x\t0\tRelations=up\n",
            "line 2: expected Relations=label:target:score",
        ),
        (
            f"{HEADER}a\tB-x\t0\tRelations=supports:7\n",
            "line 2: the relation 0 -> 7: there is no segment 7",
        ),
        (
            f"{HEADER}# newdoc\n# meta = [\n",
            "line 3: expected a JSON object",
        ),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(FormatError, match=f"file.conll, {message}"):
        read(tmp_path, content)


def test_documents_that_are_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conll_lines, "MOST_WORDS", 5)
    assert len(read(tmp_path, "-DOCSTART- O\n" + "a O\n" * 5 + "-DOCSTART- O\na O\n")) == 2
    with pytest.raises(FormatError, match="line 6: expected documents of at most 5 words; begin"):
        read(tmp_path, "a O\n" * 6)


def test_relations_to_nothing_are_repaired(tmp_path: Path) -> None:
    (found,) = read(tmp_path, f"{HEADER}a\tB-x\t0\tRelations=supports:7\n", repair=True)
    assert found.relations == ()
    assert found.meta == {"repaired": {"relations to segments that are not there, dropped": 1}}


def test_what_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="lone surrogate"):
        write_conll([Document("a\ud800")], tmp_path / "x.conll")
    with pytest.raises(FormatError, match=r"labels without tabs and line ends, not 'a\\tb'"):
        write_conll([Document("a", (Segment(0, 1, "a\tb"),))], tmp_path / "x.conll")
    assert list(tmp_path.iterdir()) == []
    write_conll([Document("a", (Segment(0, 1, "Concluding Statement"),))], tmp_path / "x.conll")
    (found,) = read_conll(tmp_path / "x.conll")
    assert found.segments[0].label == "Concluding Statement"


def test_attributes_of_segments_that_are_left_out_go_with_them(tmp_path: Path) -> None:
    segments = (Segment(0, 8, "claim"), Segment(8, 9, "claim"), Segment(9, 13, "evidence"))
    meta = {"attributes": {"note": ["first", "blank", "last"]}}
    write_conll([Document("Shut it. Why?", segments, meta=meta)], tmp_path / "x.conll")
    (back,) = read_conll(tmp_path / "x.conll")
    assert len(back.segments) == 2
    assert back.meta["attributes"] == {"note": ["first", "last"]}
