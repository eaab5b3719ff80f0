"""The network: an encoder, a head that tags words, and a head that reads the whole document.

Needs the extra ``train``. Analysis runs the exported graphs instead (``runtime``).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from logging import ERROR
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.utils import logging

from contend.errors import ModelError
from contend.model.features import N_FEATURES
from contend.text.tags import OUTSIDE, begin_tag, inside_tag

# Buckets of the distance between two segments and between their paragraphs, in either direction.
_DISTANCES = 10
_PARAGRAPHS = 3


@dataclass(frozen=True, slots=True)
class DocumentScores:
    """What the document head says of ``s`` segments.

    Attributes:
        labels: logits of the labels, shape [s, n_labels].
        heads: logits of what each segment (row) supports or attacks, shape [s, s + 1]; column 0
            is the root: the segment has no target. A segment as its own target has -1e9.
        attacks: logits that the relation from row to column attacks, shape [s, s].
    """

    labels: Tensor
    heads: Tensor
    attacks: Tensor


class DocumentHead(nn.Module):
    """Labels, thesis and relations of segments, from all segments of an article at once.

    A segment is the mean of its token states, the tagger's opinion of it and its place. One
    transformer layer lets segments see each other. Relations are biaffine (Dozat and Manning
    2017, https://arxiv.org/abs/1611.01734) with a bias for distance and for the two labels, and a
    small perceptron over the pair.

    Args:
        hidden_size: size of the encoder's states.
        n_labels: number of labels.
        size: size of the head's own states.
        n_layers: transformer layers over segments; 0 judges each segment alone.
        dropout: dropout in training.
    """

    def __init__(
        self,
        hidden_size: int,
        n_labels: int,
        *,
        size: int = 128,
        n_layers: int = 1,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.entry = nn.Linear(hidden_size + n_labels + N_FEATURES - 1, size)
        self.layers = nn.ModuleList(_SegmentLayer(size, dropout) for _ in range(n_layers))
        self.norm = nn.LayerNorm(size)
        self.labels = nn.Linear(size, n_labels)
        self.tagger_weight = nn.Parameter(torch.ones(()))
        self.source = nn.Linear(size, size)
        self.target = nn.Linear(size, size)
        self.root = nn.Linear(size + n_labels, 1)
        self.to_thesis = nn.Linear(size + n_labels, 1)
        self.distance = nn.Parameter(torch.zeros(n_labels, 2 * _DISTANCES + 1))
        self.paragraph = nn.Parameter(torch.zeros(n_labels, 2 * _PARAGRAPHS + 1))
        self.label_pair = nn.Parameter(torch.zeros(n_labels, n_labels))
        self.pair_source = nn.Linear(size, size // 2)
        self.pair_target = nn.Linear(size, size // 2)
        self.pair_factor = nn.Linear(size, size // 2)
        self.pair_place = nn.Parameter(torch.randn(2 * _DISTANCES + 1, size // 2))
        self.pair_out = nn.Linear(size // 2, 1, bias=False)
        self.attack_source = nn.Linear(size, size // 2)
        self.attack_target = nn.Linear(size, size // 2)
        self.attack_pair = nn.Parameter(torch.zeros(n_labels, n_labels))
        self.attack_bias = nn.Parameter(torch.zeros(()))
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.labels.weight)
        nn.init.zeros_(self.labels.bias)
        nn.init.zeros_(self.pair_out.weight)  # so that a model from before it says what it said

    def forward(self, states: Tensor, tagged: Tensor, features: Tensor) -> DocumentScores:
        """Score the segments of one document.

        Args:
            states: mean encoder state of each segment, shape [s, hidden_size].
            tagged: the tagger's log-probability of each label, shape [s, n_labels].
            features: layout features, shape [s, N_FEATURES].
        """
        entry = torch.cat([states, tagged.exp(), features[:, :-1]], dim=-1)
        hidden = torch.tanh(self.entry(self.dropout(entry)))
        for layer in self.layers:
            hidden = layer(hidden)
        hidden = self.dropout(self.norm(hidden))
        labels = self.tagger_weight * tagged + self.labels(hidden)
        # Relations learn from the labels; the labels must not bend to the relations.
        probs = labels.detach().softmax(-1)
        with_probs = torch.cat([hidden, probs], dim=-1)
        root = self.root(with_probs)
        scale = hidden.shape[-1] ** -0.5
        place = torch.arange(hidden.shape[0], device=hidden.device)
        offset = _offsets(place, _DISTANCES)
        pairs = self.source(hidden) @ self.target(hidden).T * scale
        pairs = pairs + self._judge_pairs(hidden, offset)
        pairs = pairs + self.to_thesis(with_probs) * root.softmax(dim=0).T
        pairs = pairs + probs @ self.label_pair @ probs.T
        pairs = pairs + (probs @ self.distance).gather(1, offset)
        paragraph = features[:, -1].long()
        pairs = pairs + (probs @ self.paragraph).gather(1, _offsets(paragraph, _PARAGRAPHS))
        pairs = pairs + torch.diag(torch.full_like(pairs[:, 0], -1e9))
        attacks = self.attack_source(hidden) @ self.attack_target(hidden).T * scale
        attacks = attacks + probs @ self.attack_pair @ probs.T + self.attack_bias
        return DocumentScores(labels, torch.cat([root, pairs], dim=-1), attacks)

    def _judge_pairs(self, hidden: Tensor, offset: Tensor) -> Tensor:
        """What the perceptron says of each segment (row) with each other one, shape [s, s]."""
        source, factor = self.pair_source(hidden)[:, None], self.pair_factor(hidden)[:, None]
        target = self.pair_target(hidden)[None]
        inner = source + target + factor * target + self.pair_place[offset]
        scores: Tensor = self.pair_out(functional.gelu(inner))
        return scores.squeeze(-1)


def _offsets(place: Tensor, most: int) -> Tensor:
    """How far each place (column) is from each (row), as a bucket from 0 to ``2 * most``."""
    return (place[None, :] - place[:, None]).clamp(-most, most) + most


class _SegmentLayer(nn.Module):
    """A pre-norm transformer layer over the segments of one document, shape [s, size]."""

    def __init__(self, size: int, dropout: float, n_heads: int = 4) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.attention_norm = nn.LayerNorm(size)
        self.query_key_value = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)
        self.near = nn.Parameter(torch.zeros(n_heads, 2 * _DISTANCES + 1))
        self.feed_norm = nn.LayerNorm(size)
        self.feed = nn.Sequential(
            nn.Linear(size, 2 * size), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * size, size)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        n_segments, size = hidden.shape
        offset = _offsets(torch.arange(n_segments, device=hidden.device), _DISTANCES)
        parts = self.query_key_value(self.attention_norm(hidden)).chunk(3, dim=-1)
        query, key, value = (
            part.reshape(n_segments, self.n_heads, size // self.n_heads).transpose(0, 1)
            for part in parts
        )
        weights = query @ key.transpose(1, 2) * (size // self.n_heads) ** -0.5
        mixed = (weights + self.near[:, offset]).softmax(-1) @ value
        hidden = hidden + self.dropout(self.out(mixed.transpose(0, 1).reshape(n_segments, size)))
        fed: Tensor = hidden + self.dropout(self.feed(self.feed_norm(hidden)))
        return fed


class ArgumentNetwork(nn.Module):
    """Encoder, tagging head and document head.

    Args:
        encoder: a transformer whose output has ``last_hidden_state``.
        n_labels: number of labels.
        head_layers: transformer layers of the document head.
    """

    def __init__(self, encoder: nn.Module, n_labels: int, *, head_layers: int = 1) -> None:
        super().__init__()
        self.encoder = encoder
        self.hidden_size: int = cast("PretrainedConfig", encoder.config).hidden_size
        self.n_labels = n_labels
        self.tagger = nn.Linear(self.hidden_size, 1 + 2 * n_labels)
        self.head = DocumentHead(self.hidden_size, n_labels, n_layers=head_layers)
        self.dropout = nn.Dropout(0.1)
        nn.init.normal_(self.tagger.weight, std=0.02)
        nn.init.zeros_(self.tagger.bias)

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read windows.

        Args:
            ids: token ids with the first and last special token, shape [windows, tokens].
            mask: 1 for tokens, 0 for padding, same shape; ``None`` if there is no padding.

        Returns:
            Encoder states, shape [windows, tokens, hidden_size], and tag log-probabilities,
            shape [windows, tokens, n_tags].
        """
        states = self.encode(ids, mask)
        return states, self.tag(states)

    def encode(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encoder states of windows, shape [windows, tokens, hidden_size]; see ``forward``."""
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return states

    def tag(self, states: Tensor) -> Tensor:
        """Tag log-probabilities of encoder states, shape [..., n_tags]."""
        return functional.log_softmax(self.tagger(self.dropout(states)), dim=-1)

    @torch.no_grad()
    def reorder_labels(self, order: Sequence[int]) -> None:
        """Say the same of labels in another order.

        Args:
            order: for each label of the new order, its place in the one before.
        """
        tags = [OUTSIDE, *(tag for label in order for tag in (begin_tag(label), inside_tag(label)))]
        head, size = self.head, self.head.norm.normalized_shape[0]
        for rows, places in (
            (self.tagger.weight, tags), (self.tagger.bias, tags),
            (head.labels.weight, order), (head.labels.bias, order),
            (head.distance, order), (head.paragraph, order),
            (head.label_pair, order), (head.attack_pair, order),
        ):  # fmt: skip
            rows.copy_(rows[list(places)])
        for columns, first in (
            (head.entry.weight, self.hidden_size),
            (head.root.weight, size), (head.to_thesis.weight, size),
            (head.label_pair, 0), (head.attack_pair, 0),
        ):  # fmt: skip
            places = [first + label for label in order]
            columns[:, first : first + len(order)] = columns[:, places]

    @property
    def n_layers(self) -> int:
        """The number of the encoder's layers."""
        return len(_layers(self.encoder))

    def freeze_lower(self, n_layers: int) -> None:
        """Keep the embeddings and the lower ``n_layers`` layers as they are."""
        trained = {id(p) for p in _layers(self.encoder)[n_layers:].parameters()}
        for parameter in self.encoder.parameters():
            if id(parameter) not in trained:
                parameter.requires_grad_(False)

    @torch.no_grad()
    def read_lower(self, ids: Tensor, n_layers: int) -> Tensor:
        """States after the lower ``n_layers`` layers without dropout, shape [1, tokens, hidden].

        Args:
            ids: one window, shape [1, tokens].
            n_layers: how many layers read it.
        """
        lower = _part(self.encoder, slice(0, n_layers)).eval()
        states: Tensor = lower(input_ids=ids).last_hidden_state
        return states

    def read_upper(self, states: Tensor, mask: Tensor, n_layers: int) -> Tensor:
        """As ``encode``, from what ``read_lower`` gave for each window."""
        upper = _part(self.encoder, slice(n_layers, None))
        upper.embeddings = _Given()
        states = upper(inputs_embeds=states, attention_mask=mask).last_hidden_state
        return states

    def freeze_word_embeddings(self) -> None:
        """Keep the word embeddings as they are: half the weights of a small encoder."""
        embeddings = cast("PreTrainedModel", self.encoder).get_input_embeddings()
        cast("nn.Embedding", embeddings).weight.requires_grad_(False)


class _Given(nn.Module):
    """In the place of an encoder's embeddings: the states of its lower layers."""

    def forward(self, *, inputs_embeds: Tensor, **_: Any) -> Tensor:
        return inputs_embeds


def _layers(encoder: nn.Module) -> nn.ModuleList:
    return cast("nn.ModuleList", encoder.get_submodule("encoder.layer"))


def _part(encoder: nn.Module, layers: slice) -> nn.Module:
    """The encoder with only some of its layers; the weights are shared, not copied."""
    whole, inner = _twin(encoder), _twin(encoder.get_submodule("encoder"))
    inner.layer = _layers(encoder)[layers]
    whole.encoder = inner
    return whole


def _twin(module: nn.Module) -> nn.Module:
    """A module of its own with the same parts, so that a part can be exchanged."""
    twin = copy.copy(module)
    twin._modules = dict(module._modules)
    return twin


def load_encoder(folder: Path) -> nn.Module:
    """The pretrained encoder in a folder with ``config.json`` and ``model.safetensors``.

    Attention dropout is switched off: on a CPU it costs a factor of three.

    Raises:
        ModelError: if the folder holds no encoder.
    """
    verbosity = logging.get_verbosity()
    logging.set_verbosity(ERROR)  # it reports the pooling layer, which we do not want
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        encoder = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            attention_probs_dropout_prob=0.0,
            add_pooling_layer=False,
        )
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder}: expected a pretrained encoder: {error}") from None
    finally:
        logging.set_verbosity(verbosity)
    return cast("nn.Module", encoder)


def build_encoder(config: dict[str, Any]) -> nn.Module:
    """An encoder with random weights, from the dictionary of its configuration."""
    settings = AutoConfig.for_model(**{**config, "attention_probs_dropout_prob": 0.0})
    encoder = AutoModel.from_config(settings, add_pooling_layer=False)  # type: ignore[no-untyped-call]
    return cast("nn.Module", encoder)
