"""Write a trained network as a model folder: ONNX graphs, half-precision weights, tokenizer.

Needs the extra ``train``.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from contend.errors import ModelError
from contend.model import folder as files
from contend.model.features import N_FEATURES
from contend.model.network import ArgumentNetwork, build_encoder
from contend.model.runtime import Floats, Judgement, OnnxRuntime
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer

_OPSET = 20
_HALVED_FROM = 1 << 16  # values of a weight that is stored in half precision
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
    quantize: bool = False,
) -> None:
    """Write a model folder; ``training.toml`` must lie in it already if there is one.

    Args:
        folder: made if absent; files of an earlier model in it are replaced.
        network: the trained network.
        name: the model's name.
        settings: how it decides.
        tokenizer: its tokenizer.
        quantize: whether the encoder's graph is quantised to 8 bits, which makes it half as
            large and twice as fast, and costs some accuracy; otherwise its weights are stored in
            half precision and it computes in single.

    Raises:
        ModelError: if a graph does not compute what the network computes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = network.eval().cpu()
    tokenizer.save(folder / files.TOKENIZER)
    weights = {key: value.half().contiguous() for key, value in network.state_dict().items()}
    save_file(weights, folder / files.WEIGHTS)
    full = folder / f"{files.ENCODER}.part"
    ids = torch.randint(200, 1000, (1, 24))
    tokens = torch.export.Dim("tokens", min=3, max=settings.window_tokens)
    _export(network, (ids,), full, ["ids"], ["states", "log_probs"], ({1: tokens},))
    segments = torch.export.Dim("segments", min=2, max=4096)
    inputs = (
        torch.randn(5, network.hidden_size),
        torch.randn(5, network.n_labels).log_softmax(-1),
        torch.rand(5, N_FEATURES),
    )
    _export(
        _Head(network), inputs, folder / files.HEAD, ["states", "tagged", "features"],
        ["labels", "heads", "attacks"], tuple({0: segments} for _ in inputs),
    )  # fmt: skip
    for path in (full, folder / files.HEAD):
        _strip(path)
    _compare(network, OnnxRuntime(full, folder / files.HEAD), settings)
    (_quantize if quantize else _halve)(full, folder / files.ENCODER)
    full.unlink()
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
    files.verify(folder, config, (files.WEIGHTS,))
    settings = Settings.from_dict(config["settings"], str(folder / files.CONFIG))
    network = ArgumentNetwork(
        build_encoder(config["encoder"]), len(settings.labels), head_layers=config["head_layers"]
    )
    try:
        network.load_state_dict(
            {key: value.float() for key, value in load_file(folder / files.WEIGHTS).items()}
        )
    except RuntimeError as error:
        raise ModelError(f"{folder / files.WEIGHTS}: {error}") from None
    return network, settings


def _export(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    input_names: list[str],
    output_names: list[str],
    shapes: tuple[Any, ...],
) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own internals
        torch.onnx.export(
            module, inputs, str(path), input_names=input_names, output_names=output_names,
            dynamic_shapes=shapes, opset_version=_OPSET, dynamo=True, external_data=False,
            verbose=False,
        )  # fmt: skip


def _strip(path: Path) -> None:
    """Take out what the exporter notes of its own run: stack traces, with the paths of files."""
    model = onnx.load(path)
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        del part.metadata_props[:]
        part.doc_string = ""
    for tensor in graph.initializer:
        del tensor.metadata_props[:]
    onnx.save(model, path)


def _quantize(source: Path, target: Path) -> None:
    """Dynamic 8-bit weights, per channel and in the range that every CPU adds up exactly."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        quantize_dynamic(
            source, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
    finally:
        root.setLevel(level)


def _halve(source: Path, target: Path) -> None:
    """Store large weights in half precision; the runtime widens them once, when it loads."""
    model = onnx.load(source)
    casts = []
    for tensor in model.graph.initializer:
        weights = onnx.numpy_helper.to_array(tensor)
        if weights.dtype != np.float32 or weights.size < _HALVED_FROM:
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(weights.astype(np.float16), f"{name}.half"))
        casts.append(
            onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.value_info[:]
    onnx.save(model, target)


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
