from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tiny_model
import torch

from contend.document import Document
from contend.errors import ConfigError
from contend.training.checkpoint import (
    CHECKPOINT,
    documents_digest,
    load_checkpoint,
    save_checkpoint,
)

CPU = torch.device("cpu")


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    config = tiny_model.config("x")
    assert load_checkpoint(tmp_path, config, "abc", CPU) is None
    save_checkpoint(tmp_path, config, "abc", {"weights": torch.arange(3), "step": 2})
    state = load_checkpoint(tmp_path, config, "abc", CPU)
    assert state is not None
    assert torch.equal(state["weights"], torch.arange(3))
    assert state["step"] == 2
    assert [file.name for file in tmp_path.iterdir()] == [CHECKPOINT]


def test_that_of_another_training_is_refused(tmp_path: Path) -> None:
    config = tiny_model.config("x")
    save_checkpoint(tmp_path, config, "abc", {})
    with pytest.raises(ConfigError, match=r"another configuration \(epochs was 2 and is 3, seed"):
        load_checkpoint(tmp_path, replace(config, epochs=3, seed=5), "abc", CPU)
    with pytest.raises(ConfigError, match="other documents; choose another folder, or delete"):
        load_checkpoint(tmp_path, config, "abd", CPU)


def test_what_changes_no_weight_may_change(tmp_path: Path) -> None:
    config = tiny_model.config("x")
    save_checkpoint(tmp_path, config, "abc", {})
    assert load_checkpoint(tmp_path, replace(config, tensorboard=True), "abc", CPU) is not None


def test_settings_that_it_does_not_know_had_their_default(tmp_path: Path) -> None:
    config = tiny_model.config("x")
    save_checkpoint(tmp_path, config, "abc", {})
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    del state["config"]["patience"]
    torch.save(state, tmp_path / CHECKPOINT)
    assert load_checkpoint(tmp_path, config, "abc", CPU) is not None
    with pytest.raises(ConfigError, match="patience was 0 and is 1"):
        load_checkpoint(tmp_path, replace(config, patience=1), "abc", CPU)


def test_documents_are_their_texts_and_annotations() -> None:
    document = tiny_model.document()
    digest = documents_digest([[document]])
    assert digest == documents_digest([[replace(document, meta={"a": 1})]])
    others = ([[document, document]], [[Document(document.text, id=document.id)]], [[]])
    assert len({digest, *map(documents_digest, others)}) == 4


def test_documents_split_otherwise_are_others() -> None:
    a, b, c = tiny_model.documents()[:3]
    splits = ([[a, b, c]], [[a, b], [c]], [[a], [b, c]], [[a], [b], [c]], [[a, b, c], []])
    assert len(set(map(documents_digest, splits))) == len(splits)
