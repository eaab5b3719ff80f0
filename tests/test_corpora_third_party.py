from __future__ import annotations

from pathlib import Path

import pytest

from contend import resources, scheme
from contend.corpora import CORPORA, get_corpus
from contend.corpora.base import Card
from contend.document import Document
from contend.errors import CorpusError

FIXTURES = Path(__file__).parent / "fixtures"
THIRD_PARTY = ("essays", "microtexts", "persuade", "abstrct", "cdcp", "unsc", "cmv")

Rows = list[tuple[str, str, str]]


def read(name: str) -> tuple[list[Document], list[Document]]:
    corpus = get_corpus(name)
    own = list(corpus.documents(FIXTURES / name))
    return own, [corpus.to_scheme(document) for document in own]


def rows(own: Document, mapped: Document) -> Rows:
    return [(a.text, a.label, b.label) for a, b in zip(own.segments, mapped.segments, strict=True)]


def edges(document: Document) -> list[tuple[int, int, str]]:
    return [(r.source, r.target, r.label) for r in document.relations]


def thesis(document: Document) -> str | None:
    return document.thesis.text if document.thesis else None


def test_essays() -> None:
    (own,), (mapped,) = read("essays")
    assert rows(own, mapped) == [
        ("the night bus must stay", "MajorClaim", "claim"),
        ("the bus costs too much", "Claim", "counterclaim"),
        ("it often runs empty", "Premise", "evidence|counterclaim"),
        ("its price is that of one street lamp a year", "Premise", "claim|evidence"),
        ("it brings nurses home", "Claim", "claim"),
        ("last winter forty of them rode it", "Premise", "claim|evidence"),
        ("a few shifts end before midnight", "Premise", "counterclaim"),
        ("the town should keep its bus", "MajorClaim", "claim"),
        ("so do I", "Claim", "claim|counterclaim"),
    ]
    within = [(2, 1, "supports"), (3, 1, "attacks"), (5, 4, "supports"), (6, 4, "attacks")]
    assert edges(own) == within
    to_thesis = [(1, 0, "attacks"), (4, 0, "supports"), (7, 0, "supports")]
    assert edges(mapped) == sorted(within + to_thesis)
    assert (thesis(own), thesis(mapped)) == (None, "the night bus must stay")


def test_microtexts() -> None:
    own, mapped = read("microtexts")
    assert rows(own[0], mapped[0]) == [
        ("The market hall should open on Sundays.", "pro", "claim"),
        ("Shopkeepers do want their rest,", "opp", "counterclaim"),
        ("and a quiet day is worth something.", "opp", "evidence|counterclaim"),
        ("but they could close on Mondays instead,", "pro", "claim"),
        ("when hardly anybody buys.", "pro", "claim|evidence"),
        ("In the next town, twelve stalls do so already.", "pro", "evidence"),
        ("So let the hall open.", "pro", "claim"),
    ]
    within = [
        (1, 0, "attacks"),
        (2, 1, "supports"),
        (3, 1, "attacks"),
        (4, 1, "attacks"),
        (5, 3, "supports"),
    ]
    assert edges(own[0]) == within
    assert edges(mapped[0]) == [*within, (6, 0, "supports")]
    assert thesis(own[0]) == thesis(mapped[0]) == "The market hall should open on Sundays."


def test_microtexts_lose_what_annotators_added() -> None:
    own, mapped = read("microtexts")
    assert own[1].text.endswith("but the river has more fish.")
    assert edges(own[1]) == edges(mapped[1]) == [(2, 1, "attacks")]
    assert [s.label for s in mapped[1].segments] == [
        "claim|evidence",
        "counterclaim",
        "claim|evidence",
    ]
    assert thesis(own[1]) is thesis(mapped[1]) is None


def test_persuade() -> None:
    (own,), (mapped,) = read("persuade")
    assert [s.label for s in own.segments][:2] == ["Lead", "Position"]
    assert [s.label for s in mapped.segments] == [
        "claim",
        "claim",
        "claim|evidence",
        "counterclaim",
        "claim|evidence|counterclaim",
        "claim",
        "claim",
    ]
    assert thesis(mapped) == "I think lunch should be longer."


def test_abstrct() -> None:
    own, mapped = read("abstrct")
    assert [document.id for document in own] == ["200", "100"]
    assert [(a, b) for _, a, b in rows(own[0], mapped[0])] == [
        ("Premise", "evidence|counterclaim"),
        ("Premise", "evidence|counterclaim"),
        ("Premise", "evidence"),
        ("MajorClaim", "claim"),
        ("Claim", "claim|counterclaim"),
    ]
    assert edges(own[0]) == [
        (0, 3, "supports"),
        (1, 0, "attacks"),
        (2, 3, "supports"),
        (4, 3, "attacks"),
    ]
    assert thesis(mapped[0]) == "Bright lamps help sleepers to wake."


def test_cdcp() -> None:
    (own,), (mapped,) = read("cdcp")
    assert rows(own, mapped) == [
        ("I was called nine times in a day.", "testimony", "evidence"),
        ("Nobody should be called so often.", "policy", "claim"),
        ("Calls at night scare children.", "value", "claim"),
        ("The law allows three.", "fact", "evidence"),
        ("See __URL__", "reference", "evidence"),
    ]
    assert edges(own) == [(2, 1, "supports"), (3, 1, "supports"), (4, 3, "supports")]


def test_unsc() -> None:
    own, mapped = read("unsc")
    assert rows(own[0], mapped[0]) == [
        ("The truce is broken", "claim", "claim|counterclaim"),
        ("we must\nrepair it.", "claim", "claim"),
        (
            "Guns were heard near hill No. 7 last night.",
            "premise",
            "claim|evidence|counterclaim",
        ),
        ("Some towns are calm.", "premise", "claim|evidence|counterclaim"),
        ("That is wrong.", "claim", "claim|counterclaim"),
        ("That is wrong.", "claim", "claim|counterclaim"),
    ]
    assert edges(own[0]) == [(2, 0, "supports"), (2, 1, "supports"), (3, 0, "attacks")]
    assert own[1].id == "MEETING.2_spch001"


def test_cmv() -> None:
    (own,), (mapped,) = read("cmv")
    assert rows(own, mapped) == [
        ("CMV: Tea & toast beat coffee.", "main_claim", "claim"),
        ("Coffee does wake you faster", "claim", "claim|counterclaim"),
        ("tea keeps you calm (no shaking hands)", "claim", "claim"),
        ("My nurse drinks it.", "premise", "claim|evidence"),
        ("Only green tea does.", "claim", "claim"),
        ("Prices differ.", "claim", "claim|counterclaim"),
    ]
    assert edges(own) == [
        (1, 0, "attacks"),
        (2, 0, "supports"),
        (3, 2, "supports"),
        (4, 0, "attacks"),
        (4, 2, "attacks"),
    ]
    assert "example.org" not in own.text
    assert "!" not in own.text
    assert "> tea" in own.text
    assert own.meta["attributes"]["author"] == ["0", "0", "0", "0", "1", "1"]
    assert thesis(mapped) == "CMV: Tea & toast beat coffee."


@pytest.mark.parametrize("name", THIRD_PARTY)
def test_altered_data_are_refused(name: str) -> None:
    with pytest.raises(CorpusError, match=r"are not those of the card"):
        get_corpus(name).read(FIXTURES / name)


CARDED = [n for n in CORPORA if (resources.corpora_folder() / n / "card.json").is_file()]


@pytest.mark.parametrize("name", CARDED)
def test_every_corpus_has_a_card_and_a_split(name: str) -> None:
    corpus = get_corpus(name)
    card: Card = corpus.card
    assert card.name == name == corpus.name
    for said in (card.title, card.description, card.licence, card.citation, card.source):
        assert said.strip()
    splits = corpus.splits()
    assert set(card.counts) == set(splits)
    for split, names in splits.items():
        assert len(set(names)) == len(names) == card.counts[split]["documents"]
    # The test sets of AbstRCT share documents by design; nothing shares one with train or dev.
    for split in {"train", "dev"} & set(splits):
        others = {n for other, names in splits.items() if other != split for n in names}
        assert not others & set(splits[split])


@pytest.mark.parametrize("name", CARDED)
def test_every_corpus_reads_as_its_card_says(name: str) -> None:
    corpus = get_corpus(name)
    if not corpus.default_path().is_dir():
        pytest.skip(f"needs {name}: set CONTEND_DATA")
    own, mapped = corpus.read(), corpus.read(labels="scheme", check=False)
    reserved = set()
    for file in (resources.data_folder() / "corpora").glob("*/reserved.txt"):
        reserved |= set(file.read_text(encoding="utf-8").split())
    for split, documents in own.items():
        known = set(corpus.card.counts[split])
        for document, in_scheme in zip(documents, mapped[split], strict=True):
            assert document.id not in reserved
            assert document.text == in_scheme.text
            for segment in (*document.segments, *in_scheme.segments):
                assert segment.text == document.text[segment.start : segment.end]
                assert segment.text == segment.text.strip()
            assert {segment.label for segment in document.segments} <= known
            for segment in in_scheme.segments:
                assert set(scheme.split_label(segment.label)) <= set(scheme.LABELS)
                assert segment.label == scheme.join_labels(scheme.split_label(segment.label))
