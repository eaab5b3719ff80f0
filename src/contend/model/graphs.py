"""ONNX graphs that refer to the weights of a model folder instead of holding them.

Needs the extra ``train``.
"""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from contend.errors import ModelError
from contend.model import weights
from contend.model.weights import Floats, Place

OPSET = 21  # the first in which groups of a row have their own scale
_TYPES = {
    "F16": onnx.TensorProto.FLOAT16,
    "I8": onnx.TensorProto.INT8,
    "F32": onnx.TensorProto.FLOAT,
}


def export(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    input_names: list[str],
    output_names: list[str],
    shapes: tuple[Any, ...],
) -> None:
    """Write ``module`` as a graph that holds its weights, without notes of the machine.

    Args:
        module: what is exported.
        inputs: inputs of any length.
        path: the file.
        input_names: a name for each input.
        output_names: a name for each output.
        shapes: for each input, the axes that vary.
    """
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own internals
        torch.onnx.export(
            module, inputs, str(path), input_names=input_names, output_names=output_names,
            dynamic_shapes=shapes, opset_version=OPSET, dynamo=True, external_data=False,
            verbose=False,
        )  # fmt: skip
    _strip(path)


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


def quantize(path: Path) -> None:
    """Dynamic 8-bit weights, per channel and in the range that every CPU adds up exactly."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    part = path.with_name(f"{path.name}.part")
    try:
        quantize_dynamic(
            path, part, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
    finally:
        root.setLevel(level)
    part.replace(path)


def link(path: Path, state: Mapping[str, Floats], places: Mapping[str, Place]) -> None:
    """Let the large constants of a graph refer to the stored weights.

    Nodes in front of the graph widen them; ONNX Runtime computes these once, when it loads.

    Args:
        path: the graph; it is written anew.
        state: the network's tensors, as they are after storing.
        places: where they lie, in files beside the graph.

    Raises:
        ModelError: if a large constant is neither a tensor of the network nor its transpose.

    Source: https://onnx.ai/onnx/repo-docs/ExternalData.html
    """
    model = onnx.load(path)
    graph = model.graph
    known = dict(_contents(state))
    nodes = []
    for tensor in list(graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < weights.LARGE:
            continue
        if (content := _content(values)) not in known:
            raise ModelError(
                f"{path.name}: expected tensors of the network, found a constant {tensor.name!r} "
                f"of shape {values.shape} that is none of them; another version of torch or onnx "
                "may export this encoder otherwise, and quantize keeps all weights in the graph"
            )
        name, transposed = known[content]
        nodes += _refer(graph, tensor, places, name, transposed)
    nodes += graph.node
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    onnx.save(model, path)


def _contents(state: Mapping[str, Floats]) -> Iterator[tuple[bytes, tuple[str, bool]]]:
    """What large tensors hold, transposed and as they are: the name, and whether transposed."""
    large = {name: values for name, values in state.items() if values.size >= weights.LARGE}
    for transposed in (True, False):
        for name, values in large.items():
            yield _content(values.T if transposed else values), (name, transposed)


def _content(values: Floats) -> bytes:
    digest = hashlib.sha256(repr(values.shape).encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.digest()


def _refer(
    graph: Any, tensor: Any, places: Mapping[str, Place], name: str, transposed: bool
) -> list[Any]:
    """Make ``tensor`` refer to the stored ``name``; the nodes that make of it what it was."""
    node, wide = onnx.helper.make_node, tensor.name
    stored, scale = f"{wide}.stored", f"{wide}.scale"
    in_8_bits = places[name].dtype == "I8"
    tensor.CopyFrom(_reference(stored, places[name]))
    parts = [stored]
    if in_8_bits:
        graph.initializer.append(_reference(scale, places[f"{name}.scale"]))
        parts.append(scale)
    nodes = []
    if transposed:
        nodes = [node("Transpose", [part], [f"{part}.T"]) for part in parts]
        parts = [f"{part}.T" for part in parts]
    if in_8_bits:
        axis = 0 if transposed else len(places[name].shape) - 1
        widen = node("DequantizeLinear", parts, [wide], axis=axis, block_size=weights.GROUP)
        return [*nodes, widen]
    return [*nodes, node("Cast", parts, [wide], to=onnx.TensorProto.FLOAT)]


def _reference(name: str, place: Place) -> Any:
    tensor = onnx.TensorProto(
        name=name,
        data_type=_TYPES[place.dtype],
        dims=place.shape,
        data_location=onnx.TensorProto.EXTERNAL,
    )
    where = {"location": place.file, "offset": place.offset, "length": place.length}
    for key, value in where.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor
