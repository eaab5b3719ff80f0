"""Write a trained network as a model folder, and read it back to train on.

``python -m contend.model.export FOLDER OUT --weights int8`` saves a model anew, for maintainers.
Needs the extra ``train``.
"""

from __future__ import annotations

import argparse
import copy
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import torch
from torch import Tensor, nn

from contend.errors import ModelError
from contend.model import folder as files
from contend.model import graphs
from contend.model.card import card
from contend.model.features import N_FEATURES
from contend.model.network import ArgumentNetwork, build_encoder
from contend.model.runtime import Floats, Judgement, OnnxRuntime
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer
from contend.model.weights import Precision, narrow, read_weights, widen, write_weights

_TOLERANCE = 1e-3  # of float32 graphs against torch, relative for values above 1


class TorchRuntime:
    """A network in torch behind the interface of ``runtime.Runtime``."""

    def __init__(self, network: ArgumentNetwork) -> None:
        self._network = network

    @torch.no_grad()
    def read(self, ids: np.ndarray[Any, np.dtype[np.int64]]) -> tuple[Floats, Floats]:
        """See ``Runtime.read``."""
        self._network.eval()
        device = next(self._network.parameters()).device
        states, log_probs = self._network(torch.from_numpy(ids)[None].to(device))
        return states[0].cpu().numpy(), log_probs[0].cpu().numpy()

    @torch.no_grad()
    def judge(self, states: Floats, tagged: Floats, features: Floats) -> Judgement:
        """See ``Runtime.judge``."""
        self._network.eval()
        device = next(self._network.parameters()).device
        inputs = [torch.from_numpy(array).to(device) for array in (states, tagged, features)]
        scores = self._network.head(*inputs)
        return Judgement(
            scores.labels.cpu().numpy(), scores.heads.cpu().numpy(), scores.attacks.cpu().numpy()
        )


class _Head(nn.Module):
    """The document head with a tuple for an output, as the exporter wants it."""

    def __init__(self, network: ArgumentNetwork) -> None:
        super().__init__()
        self.head = network.head

    def forward(self, states: Tensor, tagged: Tensor, features: Tensor) -> tuple[Tensor, ...]:
        scores = self.head(states, tagged, features)
        return scores.labels, scores.heads, scores.attacks


def save_model(
    folder: Path,
    network: ArgumentNetwork,
    *,
    name: str,
    settings: Settings,
    tokenizer: TextTokenizer,
    weights: Precision = "float16",
    quantize: bool = False,
) -> None:
    """Write a model folder; ``training.toml`` must lie in it already if there is one.

    Args:
        folder: made if absent; files of an earlier model in it are replaced.
        network: the trained network.
        name: the model's name.
        settings: how it decides.
        tokenizer: its tokenizer.
        weights: how large tensors are stored; see ``weights``. The model computes in single
            precision either way.
        quantize: whether the encoder computes in 8 bits, which is twice as fast and costs some
            accuracy. Its graphs then hold all their weights, and those stored beside them are
            to train on from.

    Raises:
        ModelError: if a graph does not compute what the network computes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder / files.TOKENIZER)
    encoder, head = folder / files.ENCODER, folder / files.HEAD
    stored = narrow(_state(network), weights)
    places = write_weights(folder, stored)
    network = copy.deepcopy(network).eval().cpu()
    _load_state(network, widen(stored))
    _export_graphs(network, encoder, head, settings)
    if not quantize:
        state = _state(network)
        for graph in (encoder, head):
            graphs.link(graph, state, places)
    _compare(network, OnnxRuntime(encoder, head), settings)
    if quantize:
        graphs.quantize(encoder)
    encoder_config = cast("Any", network.encoder.config).to_diff_dict()
    files.write_config(
        folder,
        name=name,
        settings=settings,
        encoder=encoder_config,
        head_layers=len(network.head.layers),
    )


def load_network(folder: Path) -> tuple[ArgumentNetwork, Settings]:
    """The network of a model folder, to train on from, and its settings.

    Raises:
        ModelError: if the folder holds no weights, or not those of its configuration.
    """
    config = files.read_config(folder)
    parts = files.weight_files(config)
    files.verify(folder, config, parts)
    settings = Settings.from_dict(config["settings"], str(folder / files.CONFIG))
    network = ArgumentNetwork(
        build_encoder(config["encoder"]), len(settings.labels), head_layers=config["head_layers"]
    )
    try:
        _load_state(network, read_weights(folder / part for part in parts))
    except RuntimeError as error:
        raise ModelError(f"{folder / parts[0]}: {error}") from None
    return network, settings


def resave(folder: Path, out: Path, *, weights: Precision = "float16") -> None:
    """Save the model of a folder in another one, in the present format.

    Scores are taken along if its weights stay what they are. ``benchmarks/tables.py`` completes
    the card of a shipped model.

    Args:
        folder: a model folder.
        out: another folder.
        weights: as in ``save_model``.

    Raises:
        ModelError: if ``folder`` is damaged.
    """
    config = files.read_config(folder)
    network, settings = load_network(folder)
    out.mkdir(parents=True, exist_ok=True)
    if (folder / files.TRAINING).is_file():
        shutil.copy(folder / files.TRAINING, out)
    tokenizer = TextTokenizer(folder / files.TOKENIZER)
    save_model(
        out, network, name=config["name"], settings=settings, tokenizer=tokenizer, weights=weights
    )
    before, after = _state(network), _state(load_network(out)[0])
    if "scores" in config and all(np.array_equal(before[key], after[key]) for key in before):
        files.write_scores(out, config["scores"]["dev"])
    (out / files.CARD).write_text(card(out, {}), encoding="utf-8")


def _state(network: ArgumentNetwork) -> dict[str, Floats]:
    return {name: values.cpu().numpy() for name, values in network.state_dict().items()}


def _load_state(network: ArgumentNetwork, state: Mapping[str, Floats]) -> None:
    given = {name: torch.from_numpy(values) for name, values in state.items()}
    # Models from before the perceptron over pairs lack it; as it is drawn it says nothing.
    fresh = {name: x for name, x in network.state_dict().items() if name.startswith("head.pair_")}
    network.load_state_dict(fresh | given)


def _export_graphs(network: ArgumentNetwork, encoder: Path, head: Path, settings: Settings) -> None:
    ids = torch.randint(200, 1000, (1, 24))
    tokens = torch.export.Dim("tokens", min=3, max=settings.window_tokens)
    graphs.export(network, (ids,), encoder, ["ids"], ["states", "log_probs"], ({1: tokens},))
    segments = torch.export.Dim("segments", min=2, max=4096)
    inputs = (
        torch.randn(5, network.hidden_size),
        torch.randn(5, network.n_labels).log_softmax(-1),
        torch.rand(5, N_FEATURES),
    )
    graphs.export(
        _Head(network), inputs, head, ["states", "tagged", "features"],
        ["labels", "heads", "attacks"], tuple({0: segments} for _ in inputs),
    )  # fmt: skip


def _compare(network: ArgumentNetwork, runtime: OnnxRuntime, settings: Settings) -> None:
    """Check the float32 graphs against torch at several shapes."""
    torch_runtime = TorchRuntime(network)
    generator = np.random.default_rng(0)
    hidden = network.hidden_size
    pairs: list[tuple[Floats, Floats]] = []
    for n in (3, 17, settings.window_tokens):
        ids = generator.integers(200, 1000, n)
        pairs += zip(runtime.read(ids), torch_runtime.read(ids), strict=True)
    for n in (1, 2, 40):
        states = generator.normal(size=(n, hidden)).astype(np.float32)
        tagged = np.log(generator.dirichlet(np.ones(network.n_labels), n)).astype(np.float32)
        features = generator.random((n, N_FEATURES)).astype(np.float32)
        ours = runtime.judge(states, tagged, features)
        theirs = torch_runtime.judge(states, tagged, features)
        pairs += [
            (ours.labels, theirs.labels),
            (ours.heads, theirs.heads),
            (ours.attacks, theirs.attacks),
        ]
    worst = max(float((np.abs(a - b) / np.maximum(1.0, np.abs(b))).max()) for a, b in pairs)
    if not worst < _TOLERANCE:
        raise ModelError(
            f"the exported graphs differ from the network by {worst:.2g}, more than {_TOLERANCE}; "
            "another version of torch or onnx may export them right"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Save a model anew."""
    parser = argparse.ArgumentParser(
        prog="python -m contend.model.export", description=main.__doc__
    )
    parser.add_argument("folder", type=Path, help="a model folder")
    parser.add_argument("out", type=Path, help="another folder")
    parser.add_argument(
        "--weights", choices=get_args(Precision), default="float16", help="[float16]"
    )
    options = parser.parse_args(arguments)
    resave(options.folder, options.out, weights=options.weights)


if __name__ == "__main__":
    main()
