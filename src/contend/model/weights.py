"""The weights of a model folder: every tensor of the network once, in safetensors.

A tensor below 65,536 values is stored as it is. Larger ones are stored in half precision, or in 8
bits: then NAME holds whole numbers from -31 to 31, and NAME.scale one float32 for every 64 of
them that are neighbours along the last axis (the inputs of an output of a linear layer, a token's
values in an embedding); the last group of a row may be smaller. A value is its number times the
scale of its group.

Tensors lie in the order of their names in ``weights.safetensors``, or in as many parts as keep
each file small (``weights-00001-of-00002.safetensors`` …). The graphs of the folder refer to
them by file and place; see ``graphs.link``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contend.model import folder as files

Precision = Literal["float16", "int8"]
Stored = NDArray[Any]
Floats = NDArray[np.float32]

LARGE = 1 << 16  # values of a tensor that is stored in less than single precision
GROUP = 64  # values that share a scale
# Not 127: a quarter of their size goes when they are packed, in a wheel or a repository.
LEVELS = 31
PART_BYTES = 85_000_000  # of tensors in a file; a larger tensor has a file of its own


class Place(NamedTuple):
    """Where a stored tensor lies.

    Attributes:
        file: the name of its file.
        dtype: ``F32``, ``F16`` or ``I8``, as safetensors call them.
        shape: its shape.
        offset: bytes in the file before it.
        length: its bytes.
    """

    file: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    length: int


def narrow(state: Mapping[str, Floats], precision: Precision) -> dict[str, Stored]:
    """The tensors of a network as they are stored, with their scales if in 8 bits.

    The error of a value is at most half a unit of half precision, or half the scale of its group.
    """
    stored: dict[str, Stored] = {}
    for name, values in state.items():
        if values.size < LARGE:
            stored[name] = values
        elif precision == "float16":
            stored[name] = values.astype(np.float16)
        else:
            starts = range(0, values.shape[-1], GROUP)
            scale = np.maximum.reduceat(np.abs(values), starts, axis=-1) / np.float32(LEVELS)
            units = values / _spread(np.where(scale > 0, scale, 1), values)
            stored[name] = np.rint(units).clip(-LEVELS, LEVELS).astype(np.int8)
            stored[_scale(name)] = scale
    return stored


def widen(stored: Mapping[str, Stored]) -> dict[str, Floats]:
    """The tensors of a network in single precision, from what ``narrow`` gave."""
    scales = {_scale(name) for name, values in stored.items() if values.dtype == np.int8}
    state = {}
    for name, values in stored.items():
        if name not in scales:
            state[name] = values.astype(np.float32)
            if values.dtype == np.int8:
                state[name] *= _spread(stored[_scale(name)], values)
    return state


def _spread(scale: Floats, values: Stored) -> Floats:
    """The scale of each value."""
    return np.repeat(scale, GROUP, axis=-1)[..., : values.shape[-1]]


def write_weights(folder: Path, stored: Mapping[str, Stored]) -> dict[str, Place]:
    """Write tensors to a model folder, in place of those that lie there.

    Args:
        folder: the model folder.
        stored: what ``narrow`` gave.

    Returns:
        Where each tensor lies.
    """
    from safetensors.numpy import save

    parts: list[dict[str, Stored]] = [{}]
    n_bytes = 0
    for name in sorted(stored):
        n_bytes += stored[name].nbytes
        if n_bytes > PART_BYTES and parts[-1]:
            parts.append({})
            n_bytes = stored[name].nbytes
        parts[-1][name] = np.asarray(stored[name], order="C")
    for path in folder.glob(files.WEIGHTS_PARTS):
        path.unlink()
    places = {}
    for number, part in enumerate(parts, 1):
        one_of = f"weights-{number:05}-of-{len(parts):05}.safetensors"
        path = folder / (one_of if len(parts) > 1 else files.WEIGHTS)
        path.write_bytes(save(part))
        places.update(find_tensors(path))
    return places


def read_weights(paths: Iterable[Path]) -> dict[str, Floats]:
    """The tensors of all parts, in single precision.

    Raises:
        OSError: if a file cannot be read.
    """
    from safetensors.numpy import load_file

    stored: dict[str, Stored] = {}
    for path in paths:
        stored.update(load_file(path))
    return widen(stored)


def find_tensors(path: Path) -> dict[str, Place]:
    """Where the tensors of a safetensors file lie.

    Source: https://github.com/huggingface/safetensors#format
    """
    with path.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(n_header))
    places = {}
    for name, tensor in header.items():
        if name != "__metadata__":
            start, end = tensor["data_offsets"]
            shape = tuple(tensor["shape"])
            places[name] = Place(
                path.name, tensor["dtype"], shape, 8 + n_header + start, end - start
            )
    return places


def n_parameters(paths: Iterable[Path]) -> int:
    """The number of parameters in safetensors files; scales are none."""
    places = {name: place for path in paths for name, place in find_tensors(path).items()}
    scales = {_scale(name) for name, place in places.items() if place.dtype == "I8"}
    return sum(int(np.prod(places[name].shape)) for name in places.keys() - scales)


def _scale(name: str) -> str:
    return f"{name}.scale"
