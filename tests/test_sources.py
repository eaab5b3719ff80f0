from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tiny_model

from contend.document import Document, Segment
from contend.errors import ConfigError, CorpusError, FormatError
from contend.formats import write_documents
from contend.formats.jsonl import write_jsonl
from contend.model.tokens import TextTokenizer
from contend.training.config import Source
from contend.training.sources import read_sources


def test_sources_in_their_order(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    write_jsonl([*tiny_model.documents(), Document(" ", id="blank")], tmp_path / "mine.jsonl")
    config = tiny_model.config(
        "x",
        train=(Source(file=str(tmp_path / "mine.jsonl"), share=0.5, boundaries=False),
               Source(corpus="soapbox", split="test", relations=False)),
        dev=(Source(corpus="soapbox", split="dev"),),
    )  # fmt: skip
    given = {"train": tiny_model.documents(prefix="t"), "dev": tiny_model.documents(prefix="v")}
    groups, dev = read_sources(config, given, tokenizer)
    assert [(len(group.examples), group.share) for group in groups] == [(6, 0.5), (10, 1.0), (6, 1)]
    mine, soapbox, passed = groups
    assert (mine.examples[0].tags.sum(axis=1) > 1).all()
    assert set(soapbox.examples[0].heads) == {-1}
    assert (passed.examples[0].tags.sum(axis=1) == 1).all()
    assert len(dev) == 16


def test_texts_alone(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    foreign = tiny_model.documents({"claim": "Claim"})
    write_jsonl(foreign, tmp_path / "mine.jsonl")
    config = tiny_model.config(
        "x",
        teacher="base",
        train=(Source(file=str(tmp_path / "mine.jsonl"), labels="none", boundaries=True),
               Source(corpus="soapbox", labels="none", split="dev")),
    )  # fmt: skip
    (mine, soapbox), _ = read_sources(config, {}, tokenizer)
    assert [document.text for document in mine.documents] == [each.text for each in foreign]
    for example in (*mine.examples, *soapbox.examples):
        assert example.tags.all()
        assert not example.spans
        assert example.thesis == -1


def test_boundaries_as_the_corpus_says(tokenizer: TextTokenizer) -> None:
    config = tiny_model.config("x", train=(Source(corpus="soapbox", split="dev"),))
    (group,), _ = read_sources(config, {}, tokenizer)
    assert (group.examples[0].tags.sum(axis=1) == 1).all()


def test_documents_without_words_are_passed_over(tokenizer: TextTokenizer) -> None:
    given = {"train": [Document(""), Document("One word.", (Segment(0, 9, "claim"),))]}
    (group,), _ = read_sources(tiny_model.config("x"), given, tokenizer)
    assert len(group.examples) == 1


def test_nothing_to_train_on(tokenizer: TextTokenizer) -> None:
    for given in ({}, {"train": []}, {"train": [Document("\n")]}, {"test": [Document("Text.")]}):
        with pytest.raises(ConfigError, match="there are no documents to train on: pass a corpus"):
            read_sources(tiny_model.config("x"), given, tokenizer)


def test_files_of_other_formats(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    documents = tiny_model.documents()
    write_documents(documents, tmp_path / "mine", format="brat")
    write_documents(documents, tmp_path / "mine.txt", format="conll")
    by_hand = Source(file=str(tmp_path / "mine.txt"), format="conll")
    config = tiny_model.config(
        "x", train=(Source(file=str(tmp_path / "mine")), by_hand), dev=(by_hand,)
    )
    (first, second, *_), dev = read_sources(config, {}, tokenizer)
    assert first.name == str(tmp_path / "mine")
    for group in (first, second):
        read = [example.document for example in group.examples]
        assert [document.text for document in read] == [d.text for d in documents]
        assert [document.segments for document in read] == [d.segments for d in documents]
    assert len(dev) == len(documents)
    unknown = replace(by_hand, format="xyz")
    with pytest.raises(FormatError, match="no format is called 'xyz'"):
        read_sources(tiny_model.config("x", train=(unknown,)), {}, tokenizer)


def test_other_labels_say_how_they_could_be_learnt(
    tokenizer: TextTokenizer, tmp_path: Path
) -> None:
    foreign = tiny_model.documents({"claim": "Claim", "evidence": "Prämisse|Claim"})
    write_jsonl(foreign, tmp_path / "mine.jsonl")
    config = tiny_model.config("x", train=(Source(file=str(tmp_path / "mine.jsonl")),))
    with pytest.raises(ConfigError) as raised:
        read_sources(config, {}, tokenizer)
    assert str(raised.value) == (
        f"{tmp_path / 'mine.jsonl'}: the model's labels are claim, evidence, counterclaim, but "
        "document 'd0' has 'Claim'. To train on the labels found, write into the configuration: "
        'labels = ["Claim", "Prämisse", "counterclaim"]; or map them to the model\'s (contend '
        "convert --map)"
    )


def test_an_empty_file_is_named(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    write_jsonl([Document(" ")], tmp_path / "mine.jsonl")
    config = tiny_model.config("x", train=(Source(file=str(tmp_path / "mine.jsonl")),))
    with pytest.raises(ConfigError, match=r"train on: .*mine\.jsonl: found no text with a word"):
        read_sources(config, {}, tokenizer)


def test_what_is_not_there(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    def read(**source: str) -> None:
        config = tiny_model.config("x", train=(Source(**source),))  # type: ignore[arg-type]
        read_sources(config, {}, tokenizer)

    with pytest.raises(CorpusError, match="no corpus is called 'soap'"):
        read(corpus="soap")
    with pytest.raises(ConfigError, match="corpus 'soapbox' has no split 'valid'; it has train, "):
        read(corpus="soapbox", split="valid")
    with pytest.raises(FormatError, match=r"absent\.jsonl: cannot be read"):
        read(file=str(tmp_path / "absent.jsonl"))


def test_dev_is_checked_before_the_training(tokenizer: TextTokenizer) -> None:
    train = tiny_model.documents()

    def read(dev: list[Document]) -> None:
        read_sources(tiny_model.config("x"), {"train": train, "dev": dev}, tokenizer)

    first = train[1]
    undecided = replace(first.segments[0], label="claim|counterclaim")
    with pytest.raises(ConfigError, match=r"\(dev\): 'd1' has the set of labels"):
        read([replace(first, segments=(undecided,))])
    foreign = replace(first.segments[0], label="premise")
    with pytest.raises(ConfigError, match=r"\(dev\): the model's labels are .*'d1' has 'premise'"):
        read([replace(first, segments=(foreign,))])
    with pytest.raises(ConfigError, match=r"\(dev\): the gold names 1 documents more than once"):
        read([first, first])
    with pytest.raises(ConfigError, match=r"\(dev\): none of the 1 gold documents has a segment"):
        read([Document("No segment.")])
