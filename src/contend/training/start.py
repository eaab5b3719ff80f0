"""Where a training starts: a model, or a pretrained encoder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from contend.errors import ConfigError, ModelError
from contend.model import folder as files
from contend.model.export import load_network
from contend.model.network import ArgumentNetwork, load_encoder
from contend.model.tokens import TextTokenizer
from contend.training.config import Config


@dataclass(frozen=True, slots=True)
class Start:
    """A network that is ready to be trained, and where it comes from.

    Attributes:
        network: the network.
        tokenizer: its tokenizer.
        folder: of the model or the encoder.
        labels: those of the model; none of a bare encoder.
        others: the networks that it is averaged with when it has been trained.
    """

    network: ArgumentNetwork
    tokenizer: TextTokenizer
    folder: Path
    labels: tuple[str, ...] = ()
    others: tuple[ArgumentNetwork, ...] = ()


def start_from(config: Config) -> Start:
    """The network that ``config`` starts from; what it lacks is drawn with its seed.

    A model with the same labels, in any order, and as many layers in the document head is taken
    whole; of another, the encoder.

    Raises:
        ConfigError: if there is no such model or encoder, its windows are shorter, its
            tokenizer has no mask token where one is needed, or a model to average with is of
            another kind.
        ModelError: if a model or encoder is damaged, or there is none to average with.
    """
    torch.manual_seed(config.seed)
    folder = find_start(config.start)
    tokenizer = TextTokenizer(folder / files.TOKENIZER)
    if config.token_dropout and tokenizer.mask_id is None:
        raise ConfigError(
            f"token_dropout = {config.token_dropout}: the tokenizer of {folder} has neither [MASK] "
            "nor <mask> to put in the place of a token; train with token_dropout = 0"
        )
    labels: tuple[str, ...] = ()
    if _is_model(folder):
        network, settings = load_network(folder)
        encoder, labels = network.encoder, settings.labels
        same_labels = set(labels) == set(config.labels)
        fits = same_labels and len(network.head.layers) == config.head_layers
        if fits:
            network.reorder_labels([labels.index(label) for label in config.labels])
    else:
        encoder, fits = load_encoder(folder), False
    check_windows(config, encoder, folder)
    if not fits:
        network = ArgumentNetwork(encoder, len(config.labels), head_layers=config.head_layers)
    if config.freeze_layers > network.n_layers:
        raise ConfigError(
            f"freeze_layers = {config.freeze_layers}: the encoder of {folder} has "
            f"{network.n_layers} layers"
        )
    others = tuple(_other(name, config, network) for name in config.merge_with)
    return Start(network, tokenizer, folder, labels, others)


def _other(name: str, config: Config, network: ArgumentNetwork) -> ArgumentNetwork:
    """A model whose weights can be averaged with those of ``network``, labels in its order."""
    other, _ = load_beside(name, config, setting="merge_with")
    shapes = {key: value.shape for key, value in network.state_dict().items()}
    if shapes != {key: value.shape for key, value in other.state_dict().items()}:
        raise ConfigError(
            f"merge_with: {name!r} has another encoder or other head_layers than the model to be "
            "trained; only models with the same weights in number and shape can be averaged"
        )
    return other


def load_beside(name: str, config: Config, *, setting: str) -> tuple[ArgumentNetwork, Path]:
    """A finished model that a training needs beside its start, and its folder.

    Args:
        name: of a shipped model, or its folder.
        config: the training; the network's labels are brought into its order.
        setting: what names the model in ``config``, for messages.

    Raises:
        ConfigError: if the model has other labels.
        ModelError: if there is no such model, or it is damaged.
    """
    folder = files.find_model(name)
    network, settings = load_network(folder)
    if set(settings.labels) != set(config.labels):
        raise ConfigError(
            f"{setting} = {name!r}: it labels {', '.join(settings.labels)}, the model to be "
            f"trained {', '.join(config.labels)}; both must have the same labels"
        )
    network.reorder_labels([settings.labels.index(label) for label in config.labels])
    return network, folder


def check_windows(config: Config, encoder: nn.Module, folder: Path) -> None:
    """Refuse an encoder whose windows are shorter than those of ``config``.

    Raises:
        ConfigError: if they are; it names ``folder``, where the encoder comes from.
    """
    longest = min(
        (
            # RoBERTa's and MPNet's positions are counted from behind the padding's.
            positions.num_embeddings
            - (0 if positions.padding_idx is None else positions.padding_idx + 1)
            for name, positions in encoder.named_modules()
            if name.endswith("position_embeddings") and isinstance(positions, nn.Embedding)
        ),
        default=config.window_tokens,
    )
    if config.window_tokens > longest:
        raise ConfigError(
            f"window_tokens = {config.window_tokens}: {folder} reads at most {longest} at once"
        )


def find_start(start: str) -> Path:
    """The folder of a model, or of an encoder.

    Encoders that are called by name lie in ``$CONTEND_ENCODERS``, by default
    ``~/.cache/contend/encoders``; ``benchmarks/encoders.py`` puts two there.

    Raises:
        ConfigError: if there is neither.
    """
    root = Path(os.environ.get("CONTEND_ENCODERS") or "~/.cache/contend/encoders").expanduser()
    for folder in (Path(start), root / start):
        if (folder / files.TOKENIZER).is_file():
            return folder
    try:
        return files.find_model(start)
    except ModelError as error:
        raise ConfigError(
            f"start = {start!r}: expected a model or an encoder. There is no folder {start}, no "
            f"encoder of that name in {root} (python benchmarks/encoders.py puts minilm and mpnet "
            f"there), and: {error}"
        ) from None


def _is_model(folder: Path) -> bool:
    return any(folder.glob(files.WEIGHTS_PARTS))
