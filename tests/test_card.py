from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from contend import resources
from contend.cli import main
from contend.corpora import get_corpus
from contend.errors import ModelError
from contend.model import folder as files
from contend.model.card import card, passed

OPEN = 'start = "minilm"\n[[train]]\ncorpus = "soapbox"\nshare = 0.5\n'
CLOSED = f'{OPEN}[[train]]\ncorpus = "essays"\n[[dev]]\ncorpus = "editorials"\n'


@pytest.fixture
def folder(tmp_path: Path, model_folder: Path) -> Path:
    shutil.copytree(model_folder, tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_model_that_says_nothing_of_its_training(folder: Path) -> None:
    written = card(folder, {})
    assert written.startswith("# tiny: a model of contend\n")
    assert "documents that were passed to `contend.train`, not recorded here" in written
    assert "No scores of it are recorded" in written
    assert "contend train training.toml" not in written


def test_how_weights_are_stored(folder: Path, parted_folder: Path) -> None:
    size = sum(path.stat().st_size for path in folder.iterdir()) - (
        (folder / files.CONFIG).stat().st_size
    )
    assert " million\n- size: " in card(folder, {})
    assert f"\n- size: {size / 1e6:.1f} MB\n" in card(folder, {})
    assert " million, stored in 8 bits\n- size: " in card(parted_folder, {})


def test_data_that_anyone_may_use(folder: Path) -> None:
    (folder / files.TRAINING).write_text(OPEN)
    written = card(folder, {})
    assert "learned from Soapbox: invented opinion articles with their argument" in written
    n_documents = get_corpus("soapbox").card.counts["train"]["documents"]
    assert f"{n_documents} documents, 50% of them an epoch" in written
    assert "`soapbox`: CC0 1.0 Universal (text and annotations)." in written
    assert "no text that it learned from restricts its use" in written
    assert "contend train training.toml --out ." in written
    assert "CONTEND_DATA" not in written


ONE_AFTER_ANOTHER = (
    "contend train first.toml --out first\n"
    "contend train second.toml --out second\n"
    "contend train training.toml --out ."
)


def test_trainings_in_a_row(folder: Path) -> None:
    (folder / "first.toml").write_text(OPEN)
    (folder / "second.toml").write_text(OPEN.replace("minilm", "first"))
    (folder / files.TRAINING).write_text(OPEN.replace("minilm", "second"))
    written = card(folder, {})
    assert "- fine-tuned from: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)" in written
    assert ONE_AFTER_ANOTHER in written
    assert "`python benchmarks/encoders.py` gets the encoder" in written


def test_trainings_that_are_averaged(folder: Path) -> None:
    after_first = OPEN.replace("minilm", "first")
    (folder / "first.toml").write_text(OPEN)
    (folder / "second.toml").write_text(after_first)
    (folder / files.TRAINING).write_text(f'merge_with = ["second"]\n{after_first}')
    written = card(folder, {})
    assert "- weights: the mean of its own training's and of those of `second`\n" in written
    assert "- fine-tuned from: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)" in written
    assert ONE_AFTER_ANOTHER in written
    assert FREE in written
    (folder / "second.toml").unlink()
    written = card(folder, {})
    assert "The terms of what it was averaged with (`second`) go on." in written
    assert FREE not in written


def test_a_teacher_is_told_and_its_terms_go_on(folder: Path) -> None:
    (folder / "first.toml").write_text(f'teacher = "/some/where/base"\n{OPEN}')
    (folder / files.TRAINING).write_text(OPEN.replace("minilm", "first"))
    written = card(folder, {})
    assert "\n- taught by: `base`, beside the annotation\n- parameters: " in written
    assert "The terms of what taught it (`base`) go on." in written
    assert "no text that it learned from restricts its use" not in written


def test_texts_that_a_teacher_alone_judges(folder: Path) -> None:
    without = f'teacher = "base"\n{OPEN}labels = "none"\n'
    (folder / files.TRAINING).write_text(without)
    written = card(folder, {})
    assert "\n- learned from the texts alone of Soapbox: invented opinion articles" in written
    assert "`soapbox`: CC0 1.0 Universal (text and annotations)." in written


def test_data_with_terms(folder: Path) -> None:
    (folder / files.TRAINING).write_text(CLOSED)
    written = card(folder, {})
    assert "solely for academic and research purposes" in written
    n_documents = get_corpus("editorials").card.counts["dev"]["documents"]
    assert "chosen on Editorials" in written
    assert f"(`editorials`), dev: {n_documents} documents" in written
    assert "the texts of `essays` and `editorials` are not free to pass on" in written
    assert "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)" in written
    assert "`python benchmarks/encoders.py` gets the encoder" in written
    assert "CONTEND_DATA" in written


FREE = "no text that it learned from restricts its use"


def test_terms_of_a_file_are_not_recorded(folder: Path) -> None:
    (folder / files.TRAINING).write_text(f'{OPEN}[[train]]\nfile = "mine.jsonl"\n')
    written = card(folder, {})
    assert FREE not in written
    assert "The terms of `mine.jsonl` are not recorded here." in written
    assert "`soapbox`: CC0 1.0 Universal (text and annotations)." in written


def test_a_start_that_may_have_learned_from_texts_with_terms(folder: Path) -> None:
    (folder / files.TRAINING).write_text(OPEN.replace("minilm", "small"))
    written = card(folder, {})
    assert FREE not in written
    assert "The terms of what it started from (small) go on." in written


def test_terms_of_the_trainings_before_count(folder: Path) -> None:
    (folder / "first.toml").write_text(CLOSED)
    (folder / files.TRAINING).write_text(OPEN.replace("minilm", "first"))
    written = card(folder, {})
    assert FREE not in written
    assert "the texts of `essays` and `editorials` are not free to pass on" in written
    assert "The texts of `essays` and `editorials` must be at hand" in written


@pytest.mark.parametrize("start", ["training", "first"])
def test_a_start_that_has_the_name_of_what_lies_beside(folder: Path, start: str) -> None:
    (folder / "first.toml").write_text(OPEN.replace("minilm", "first"))
    (folder / files.TRAINING).write_text(OPEN.replace("minilm", start))
    assert f"The terms of what it started from ({start}) go on." in card(folder, {})


def test_documents_passed_beside_sources_are_told(folder: Path) -> None:
    (folder / files.TRAINING).write_text(f"{OPEN}{passed(3)}")
    written = card(folder, {})
    assert "- documents that were passed to `contend.train` (3), not recorded here" in written
    assert "The terms of the documents that were passed to `contend.train` are not" in written
    assert "The documents that were passed to `contend.train` cannot be read again" in written
    assert FREE not in written
    assert "same seed" not in written


def test_a_start_in_a_folder_is_named_without_its_place(folder: Path) -> None:
    (folder / files.TRAINING).write_text('start = "/home/me/models/mine"\n')
    written = card(folder, {})
    assert "fine-tuned from: mine" in written
    assert "/home/me" not in written


def test_scores_on_dev(folder: Path) -> None:
    files.write_scores(folder, {"word_f1/claim": 0.5, "exact_f1": 0.25, "pk": 0.1})
    written = card(folder, {})
    assert "| word_f1, claim | 0.500 |\n| exact_f1 | 0.250 |" in written
    assert "pk" not in written


def test_results(folder: Path) -> None:
    def score(value: float | None, low: float | None = None) -> dict[str, object]:
        return {"value": value, "low": low, "high": low and 0.9, "signature": f"sig:{value}"}

    report = {
        "n_documents": 3,
        "scores": {
            "exact_f1": score(0.5, 0.4),
            "word_f1/claim": score(0.7),
            "relation_f1": score(None),
        },
    }
    rows = [
        {"system": "tiny", "corpus": "soapbox", "split": "test", "report": report},
        {"system": "tiny", "corpus": "gold", "split": "test", "skipped": "not at hand"},
        {"system": "majority", "corpus": "essays", "split": "test", "report": report},
    ]
    written = card(folder, {"rows": rows})
    assert "On soapbox, test, 3 documents:" in written
    assert "| exact_f1 | 0.500 | 0.400 to 0.900 |" in written
    assert "| word_f1, claim | 0.700 | – |" in written
    assert "| relation_f1" not in written
    assert "sig:0.5" in written
    assert "On gold" not in written
    assert "On essays" not in written


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected the configuration of a model"):
        card(tmp_path, {})


def test_contend_models_shows_the_scores_on_dev(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "models_folder", lambda: folder.parent)
    assert "see its card" in CliRunner().invoke(main, ["models"]).output
    files.write_scores(folder, {"exact_f1": 0.25, "pk": 0.1})
    assert "exact_f1 0.250" in CliRunner().invoke(main, ["models"]).output
    (row,) = json.loads(CliRunner().invoke(main, ["models", "--json"]).output)
    assert row["scores"] == {"dev": {"exact_f1": 0.25, "pk": 0.1}}
