from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from contend import resources
from contend.corpora import get_corpus, read_corpus
from contend.corpora.editorials import Editorials
from contend.corpora.gold import Gold, annotation, attach_copy, status
from contend.corpora.seal import main
from contend.corpora.webis import read_tiles
from contend.document import Document, Relation, Segment
from contend.errors import AttachError, CorpusError, FormatError
from contend.formats.standoff import read_standoff, to_standoff, write_standoff
from contend.scheme import LABELS

OWN = ("soapbox", "editorials", "webis-editorials", "opeds", "gold")


def needs(*parts: str) -> Path:
    path = resources.data_folder().joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(parts)}: set CONTEND_DATA")
    return path


def is_tree(n_segments: int, relations: tuple[Relation, ...], thesis: int) -> bool:
    parent = {relation.source: relation.target for relation in relations}
    if len(parent) != len(relations) or set(parent) != set(range(n_segments)) - {thesis}:
        return False
    for start in range(n_segments):
        at = start
        for _ in range(n_segments):
            at = parent.get(at, at)
        if at != thesis:
            return False
    return True


@pytest.mark.parametrize("name", OWN)
def test_card_counts_the_split(name: str) -> None:
    corpus = get_corpus(name)
    splits = corpus.splits()
    ids = [id for of in splits.values() for id in of]
    assert len(ids) == len(set(ids))
    counts = {split: len(of) for split, of in splits.items()}
    assert counts == {split: of["documents"] for split, of in corpus.card.counts.items()}


def test_soapbox_reads_from_the_repository() -> None:
    read = read_corpus("soapbox")
    assert {split: len(of) for split, of in read.items()} == {"train": 141, "dev": 10, "test": 10}
    for document in (document for of in read.values() for document in of):
        assert document.meta == {"corpus": "soapbox"}
        assert document.thesis is not None
        assert {segment.label for segment in document.segments} <= set(LABELS)
        thesis = document.index(document.thesis)
        assert is_tree(len(document.segments), document.relations, thesis)


def test_altered_soapbox_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "soapbox"
    shutil.copytree(get_corpus("soapbox").default_path(), copy)
    text = copy / "text" / "b01.txt"
    text.write_text(text.read_text(encoding="utf-8") + " ", encoding="utf-8", newline="")
    with pytest.raises(CorpusError, match="not those of the card"):
        read_corpus("soapbox", copy)
    with pytest.raises(CorpusError, match=r"b01\.txt: expected the text that was annotated"):
        read_corpus("soapbox", copy, check=False)


def test_editorials_annotations_are_trees_over_no_text() -> None:
    corpus = get_corpus("editorials")
    files = sorted((resources.corpora_folder() / "editorials" / "annotations").glob("*.json"))
    ids = [id for of in corpus.splits().values() for id in of]
    assert [file.stem for file in files] == sorted(ids)
    for standoff in map(read_standoff, files):
        (thesis,) = (index for index, s in enumerate(standoff.segments) if s.thesis)
        assert is_tree(len(standoff.segments), standoff.relations, thesis)


def test_editorials_and_webis_share_texts_and_split() -> None:
    needs("corpora", "webis_editorials16")
    ours, human = read_corpus("editorials"), read_corpus("webis-editorials")
    texts = {document.id: document.text for of in human.values() for document in of}
    for document in (document for of in ours.values() for document in of):
        assert texts[document.id] == document.text
    assert [d.id for d in ours["dev"]] == [d.id for d in human["dev"]]


def test_editorials_read_from_tiles_as_from_texts() -> None:
    texts, tiles = needs("corpora", "editorials"), needs("corpora", "webis_editorials16")
    assert read_corpus("editorials", texts) == read_corpus("editorials", tiles)


def test_reserved_editorials_are_nowhere() -> None:
    reserved = set(needs("corpora", "editorials", "reserved.txt").read_text().split())
    for name in ("editorials", "webis-editorials"):
        assert not reserved & {id for of in get_corpus(name).splits().values() for id in of}
    hashes = resources.corpora_folder() / "webis-editorials" / "text_sha256.json"
    assert not reserved & set(json.loads(hashes.read_text(encoding="utf-8")))


def test_webis_maps_to_sets_of_admissible_labels() -> None:
    needs("corpora", "webis_editorials16")
    mapped = read_corpus("webis-editorials", labels="scheme")
    labels = {s.label for of in mapped.values() for d in of for s in d.segments}
    assert labels == {
        "claim|counterclaim",
        "evidence|counterclaim",
        "claim|evidence|counterclaim",
    }


def write_tiles(folder: Path) -> Path:
    paragraphs = [
        [("Mind the ferry.", "title")],
        [("It sank in 1\\.", "anecdote"), (".", "no-unit"), ("so", "no-unit"), ("beware", "other")],
        [(" mend it ", "assumption"), ("!", "no-unit"), ("\"Never\"", "testimony")],
    ]  # fmt: skip
    file = folder / "data-source" / "gazette" / "007-ferry.json"
    file.parent.mkdir(parents=True)
    tiles = [[{"text": text, "label": label} for text, label in row] for row in paragraphs]
    file.write_text(json.dumps({"paragraphs": tiles}), encoding="utf-8")
    return file


def test_tiles_are_joined(tmp_path: Path) -> None:
    document = read_tiles(write_tiles(tmp_path))
    assert document.id == "gazette-007"
    assert document.text == 'Mind the ferry.\n\nIt sank in 1.. so beware\n\nmend it! "Never"'
    assert [(s.text, s.label) for s in document.segments] == [
        ("It sank in 1.", "anecdote"),
        ("beware", "other"),
        ("mend it", "assumption"),
        ('"Never"', "testimony"),
    ]


def test_editorials_names_a_missing_or_other_text(tmp_path: Path) -> None:
    write_tiles(tmp_path)
    with pytest.raises(CorpusError, match="expected the text of aljazeera-006 below"):
        list(Editorials().documents(tmp_path))
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "aljazeera-006.txt").write_text("Another text.")
    with pytest.raises(CorpusError, match="expected the text that was annotated"):
        list(Editorials().documents(tmp_path))


def test_opeds_annotations_are_trees_over_no_text() -> None:
    splits = get_corpus("opeds").splits()
    files = sorted((resources.corpora_folder() / "opeds" / "annotations").glob("*.json"))
    assert sorted(file.stem for file in files) == sorted([*splits["train"], *splits["dev"]])
    for standoff in map(read_standoff, files):
        (thesis,) = (index for index, s in enumerate(standoff.segments) if s.thesis)
        assert is_tree(len(standoff.segments), standoff.relations, thesis)


def test_opeds_are_annotated_and_none_is_reserved() -> None:
    folder = needs("corpora", "opeds")
    read = read_corpus("opeds")
    reserved = set((folder / "reserved.txt").read_text().split())
    for split, documents in read.items():
        for document in documents:
            assert document.id not in reserved
            assert document.meta["outlet"]
            assert bool(document.segments) is (split != "unlabelled")


def test_opeds_over_another_text_are_refused(tmp_path: Path) -> None:
    folder = needs("corpora", "opeds")
    for name in ("INDEX.tsv", "reserved.txt", "unlabelled.jsonl.gz"):
        shutil.copy(folder / name, tmp_path)
    shutil.copytree(folder / "text", tmp_path / "text")
    first = get_corpus("opeds").splits()["dev"][0]
    altered = tmp_path / "text" / f"{first}.txt"
    altered.chmod(0o644)
    altered.write_text("Another text.")
    with pytest.raises(CorpusError, match=f"expected the text of '{first}' that was annotated"):
        list(get_corpus("opeds").documents(tmp_path))


# The gold article is not ours to ship: these tests attach an annotation of a text that is.
PIER = "Mend the pier\n\nThe pier is rotten. “It sways,” says its keeper. Mend it — now."


@pytest.fixture
def pier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    spans = [("The pier is rotten.", "claim"), ("“It sways,” says its keeper.", "evidence")]
    segments = [
        Segment(PIER.index(x), PIER.index(x) + len(x), label, label == "claim")
        for x, label in spans
    ]
    meta = {"title": "Mend the pier", "author": "A. Plank", "outlet": "The Quay", "date": "1999"}
    document = Document(PIER, tuple(segments), (Relation(1, 0, "supports"),), "gold", meta)
    folder = tmp_path / "corpora" / "gold"
    folder.mkdir(parents=True)
    write_standoff(to_standoff(document), folder / "gold.json")
    (folder / "splits.json").write_text('{"test": ["gold"]}')
    shutil.copy(resources.corpora_folder() / "gold" / "card.json", folder)
    monkeypatch.setattr(resources, "corpora_folder", lambda: tmp_path / "corpora")
    monkeypatch.setenv("CONTEND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CONTEND_DATA", str(tmp_path / "data"))
    return tmp_path


def test_gold_without_a_copy(pier: Path) -> None:
    found = status()
    assert (found.title, found.author, found.newspaper, found.date) == (
        "Mend the pier",
        "A. Plank",
        "The Quay",
        "1999",
    )
    assert found.n_words == 15
    assert found.file is None
    assert found.attachment is None
    with pytest.raises(CorpusError, match="contend corpora attach gold"):
        Gold().read()
    with pytest.raises(CorpusError, match="Plank"):
        list(Gold().documents(pier))


def test_gold_attached_to_a_copy(pier: Path) -> None:
    copy = pier / "my copy.txt"
    copy.write_bytes(b'By A. Plank\r\nThe pier is rotten.\r\n"It sways", says its keeper.\r\n')
    found = attach_copy(copy)
    assert found.file == pier / "home" / "gold" / "article.txt"
    assert found.file.read_bytes() == copy.read_bytes()
    assert found.attachment is not None
    assert not found.attachment.identical
    main(["gold"])
    assert get_corpus("gold").card.counts == {
        "test": {"claim": 1, "documents": 1, "evidence": 1, "supports": 1}
    }
    (document,) = read_corpus("gold")["test"]
    assert [s.text for s in document.segments] == [
        "The pier is rotten.",
        '"It sways", says its keeper.',
    ]


def test_gold_refuses_an_incomplete_copy_unless_told_not_to_check(pier: Path) -> None:
    (pier / "data" / "gold").mkdir(parents=True)
    (pier / "data" / "gold" / "article.txt").write_text("The pier is rotten.", encoding="utf-8")
    with pytest.raises(CorpusError, match="but the card says"):
        Gold().read()
    (document,) = Gold().read(check=False)["test"]
    assert len(document.segments) == 1
    assert not document.relations


def test_another_article_is_refused_and_not_kept(pier: Path) -> None:
    other = pier / "other.txt"
    other.write_text("Something else.", encoding="utf-8")
    with pytest.raises(AttachError):
        attach_copy(other)
    other.write_bytes(b"caf\xe9")
    with pytest.raises(FormatError, match="expected plain text in UTF-8"):
        attach_copy(other)
    with pytest.raises(FormatError, match="cannot be read"):
        attach_copy(pier / "absent.txt")
    assert status().file is None


def test_gold_annotation_is_a_tree() -> None:
    for name in ("gold", "pass1", "pass2"):
        standoff = read_standoff(resources.corpora_folder() / "gold" / f"{name}.json")
        (thesis,) = (index for index, s in enumerate(standoff.segments) if s.thesis)
        assert is_tree(len(standoff.segments), standoff.relations, thesis)
    assert annotation().meta["author"] == "Mark Galeotti"


def test_gold_reads_over_the_annotated_copy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    needs("gold", "article.txt")
    monkeypatch.setenv("CONTEND_HOME", str(tmp_path))
    (document,) = read_corpus("gold")["test"]
    assert len(document.segments) == 68
    found = status()
    assert found.attachment is not None
    assert found.attachment.identical
