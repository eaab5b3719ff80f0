"""The benchmark of small corpora, with a training that is none."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contend.document import Document, Segment
from contend.errors import CorpusError

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import records
import small_corpus
import tables
from tiny_model import documents

TEXT = "The bus lane must go. Critics say it saves lives."


def test_draws_differ_and_are_repeatable() -> None:
    every = documents() * 2
    first = small_corpus.draw(every, 4, 0)
    assert len(first) == 4
    assert first == small_corpus.draw(every, 4, 0)
    assert any(first != small_corpus.draw(every, 4, number) for number in range(1, 5))


def test_counterclaims_become_claims() -> None:
    found = Document(TEXT, (Segment(0, 21, "evidence"), Segment(22, 49, "counterclaim", score=0.5)))
    (changed,) = small_corpus.without_counterclaims(lambda texts: [found])([TEXT])
    assert [each.label for each in changed.segments] == ["evidence", "claim"]
    assert changed.segments[1].score == 0.5


def test_record_and_table(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    trained: list[Mapping[str, Sequence[Document]]] = []

    def read(name: str) -> dict[str, list[Document]]:
        if name == "unsc":
            raise CorpusError("not at hand")
        own = {"claim": "Claim", "counterclaim": "MajorClaim", "evidence": "Premise"}
        every = [replace(d, id=f"{d.id}") for d in documents(own)]
        return {"train": every, "test": every[:3]}

    def train(corpus: Any, *, out: str, config: Any, on_event: Any) -> None:
        trained.append(corpus)
        shutil.copytree(model_folder, out, dirs_exist_ok=True)
        for kind in ("step", "epoch", "epoch"):
            on_event(SimpleNamespace(kind=kind))

    monkeypatch.setattr(records, "RESULTS", tmp_path)
    monkeypatch.setattr(small_corpus, "read_corpus", read)
    monkeypatch.setattr(small_corpus, "train", train)
    small_corpus.main(
        ["--model", str(model_folder), "--corpora", "abstrct,unsc", "--draws", "2",
         "--articles", "4", "--resamples", "20", "--threads", "1"]
    )  # fmt: skip
    record = json.loads((tmp_path / "small-corpus.json").read_text(encoding="utf-8"))
    assert "unsc is skipped" in capsys.readouterr().err
    assert [len(parts["train"]) + len(parts["dev"]) for parts in trained] == [4, 4]
    assert [row["n_epochs"] for row in record["rows"]] == [2, 2]
    row = record["rows"][0]
    assert row["articles"] == [each.id for part in trained[0].values() for each in part]
    # The training was none, so nothing can differ from the start.
    assert row["scores"]["trained"] == row["scores"]["start"]
    assert row["comparisons"]["start"]["word_macro_f1"]["p_value"] == 1.0
    table = tables.small_corpus_table(tmp_path)
    assert table.startswith("| corpus | draws |")
    assert "| abstrct | 2 | 3 + 1, 3 |" in table
    assert tables.small_corpus_table(tmp_path / "nothing") == ""


def test_too_few_articles_to_choose_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        small_corpus.main(["--articles", "3"])
    assert "of fewer than 4 none is to choose on" in capsys.readouterr().err


def test_maps_name_every_label_of_the_corpora() -> None:
    from contend.corpora import get_corpus
    from contend.formats.relabel import LabelMap

    for corpus, entries in small_corpus.MAPS.items():
        named = set(LabelMap.parse([entries]).labels)
        counts = get_corpus(corpus).card.counts["train"]
        assert named == set(counts) - {"documents", "supports", "attacks"}
