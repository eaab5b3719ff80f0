from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from tokenizers import Tokenizer

from contend.errors import ConfigError, ModelError
from contend.model.export import load_network
from contend.model.network import build_encoder
from contend.scheme import LABELS
from contend.training.config import Config
from contend.training.start import check_windows, start_from


@pytest.mark.parametrize(
    ("kind", "n_positions", "longest"),
    [("bert", 32, 32), ("mpnet", 34, 32), ("roberta", 34, 32), ("xlm-roberta", 40, 38)],
)
def test_the_longest_windows_are_read(kind: str, n_positions: int, longest: int) -> None:
    sizes: dict[str, Any] = {
        "model_type": kind, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
        "intermediate_size": 8, "vocab_size": 50, "max_position_embeddings": n_positions,
        "pad_token_id": 0 if kind == "bert" else 1,
    }  # fmt: skip
    encoder = build_encoder(sizes)
    config = Config(window_tokens=longest, overlap_tokens=4)
    check_windows(config, encoder, Path("x"))
    encoder(input_ids=torch.full((1, longest), 7))
    with pytest.raises(
        ConfigError, match=rf"window_tokens = {longest + 1}: x reads at most {longest} "
    ):
        check_windows(Config(window_tokens=longest + 1, overlap_tokens=4), encoder, Path("x"))


def test_nothing_to_hide_tokens_behind(tokenizer_file: Path, tmp_path: Path) -> None:
    folder = tiny_model.save_encoder(tmp_path / "encoder", tokenizer_file)
    start_from(tiny_model.config(folder, token_dropout=0.2))
    file = folder / "tokenizer.json"
    file.write_text(file.read_text(encoding="utf-8").replace("[MASK]", "[GAP]"), encoding="utf-8")
    assert Tokenizer.from_file(str(file)).token_to_id("[MASK]") is None
    start_from(tiny_model.config(folder))
    with pytest.raises(ConfigError, match=r"token_dropout = 0\.2: the tokenizer of .* has neither"):
        start_from(tiny_model.config(folder, token_dropout=0.2))


def test_what_cannot_be_averaged(
    tokenizer_file: Path, tmp_path: Path, trainable_folder: Path
) -> None:
    folder = tiny_model.save_encoder(tmp_path / "encoder", tokenizer_file)
    names = (str(trainable_folder), str(trainable_folder))
    assert len(start_from(tiny_model.config(folder, merge_with=names)).others) == 2
    for error, message, changed in (
        (ConfigError, "labels claim, evidence, counterclaim, the model to be trained a, b", {
            "labels": ("a", "b"),
        }),
        (ConfigError, "another encoder or other head_layers", {"head_layers": 2}),
        (ModelError, "expected a folder with config.json", {"merge_with": ("no/where",)}),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            start_from(tiny_model.config(folder, **{"merge_with": names, **changed}))


def test_what_is_averaged_has_the_labels_in_the_same_order(
    tokenizer_file: Path, tmp_path: Path, trainable_folder: Path
) -> None:
    folder = tiny_model.save_encoder(tmp_path / "encoder", tokenizer_file)
    given = load_network(trainable_folder)[0].tagger.bias
    config = tiny_model.config(
        folder, labels=tuple(reversed(LABELS)), merge_with=(str(trainable_folder),)
    )
    (other,) = start_from(config).others
    assert other.tagger.bias.tolist() == given[[0, 5, 6, 3, 4, 1, 2]].tolist()
