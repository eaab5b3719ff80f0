"""A tiny encoder and small documents, for tests of training."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertModel

from contend.document import Document, Relation, Segment
from contend.model.network import ArgumentNetwork
from contend.training.config import Config

SENTENCES = (
    ("The bus lane must go.", "claim"),
    ("Last year nine drivers in ten lost an hour a week.", "evidence"),
    ("Critics say it saves lives.", "counterclaim"),
    ("It does not.", "claim"),
)
LENGTHS = (4, 1, 3, 2, 8, 4)


def save_encoder(folder: Path, tokenizer_file: Path) -> Path:
    """A pretrained encoder as one is downloaded: 2 layers x 16, windows of at most 64 tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(tokenizer_file, folder / "tokenizer.json")
    torch.manual_seed(0)
    _bert().save_pretrained(folder)
    return folder


def document(
    n_sentences: int = 4, name: str = "", labels: dict[str, str] | None = None
) -> Document:
    """Sentences of the four kinds in turn, the first one the thesis."""
    text, segments, relations = "", [], []
    for place in range(n_sentences):
        sentence, label = SENTENCES[place % len(SENTENCES)]
        text += ("\n" if place % 3 == 0 else " ") * bool(text)
        label = (labels or {}).get(label, label)
        segments.append(Segment(len(text), len(text) + len(sentence), label, place == 0))
        text += sentence
        if place:
            attacks = place % 4 == 2
            relations.append(Relation(place, place - 1, "attacks" if attacks else "supports"))
    return Document(text, tuple(segments), tuple(relations), name)


def documents(labels: dict[str, str] | None = None, prefix: str = "d") -> list[Document]:
    return [document(n, f"{prefix}{place}", labels) for place, n in enumerate(LENGTHS)]


def config(start: Path | str, **changed: Any) -> Config:
    settings: dict[str, Any] = {
        "name": "tiny", "start": str(start), "epochs": 2, "batch_windows": 3,
        "window_tokens": 32, "overlap_tokens": 8, "learning_rate": 5e-3,
        "head_learning_rate": 1e-2, "threads": 1,
    }  # fmt: skip
    return Config(**{**settings, **changed})


def network(n_labels: int = 3, **changed: Any) -> ArgumentNetwork:
    torch.manual_seed(1)
    return ArgumentNetwork(_bert(attention_probs_dropout_prob=0.0), n_labels, **changed)


def _bert(**changed: Any) -> BertModel:
    config = BertConfig(
        vocab_size=1024, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, **changed,
    )  # fmt: skip
    return BertModel(config, add_pooling_layer=False)
