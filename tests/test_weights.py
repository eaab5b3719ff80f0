from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import load_file

from contend.model import folder as files
from contend.model import weights
from contend.model.weights import (
    Floats,
    find_tensors,
    n_parameters,
    narrow,
    read_weights,
    widen,
    write_weights,
)

matrices = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=3, max_side=6),
    elements=st.floats(-100, 100, width=32, allow_subnormal=False),
)


@pytest.fixture(autouse=True, scope="module")
def eight_values_are_large() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "LARGE", 8)
        patch.setattr(weights, "GROUP", 4)
        yield


def state() -> dict[str, Floats]:
    rng = np.random.default_rng(0)
    shapes = {"b.weight": (6, 4), "a.weight": (30, 4), "a.bias": (4,), "c": (), "d": (5, 4)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@given(matrices)
def test_eight_bits_err_by_half_a_scale_at_most(values: Floats) -> None:
    stored = narrow({"w": values}, "int8")
    wide = widen(stored)["w"]
    assert wide.dtype == np.float32
    assert wide.shape == values.shape
    if values.size < 8:
        assert (wide == values).all()
        return
    assert stored["w"].dtype == np.int8
    scale = stored["w.scale"]
    assert scale.shape == (*values.shape[:-1], -(-values.shape[-1] // 4))
    for start in range(0, values.shape[-1], 4):
        of_group = slice(start, start + 4)
        largest = np.abs(values[..., of_group]).max(axis=-1)
        assert scale[..., start // 4] == pytest.approx(largest / weights.LEVELS)
        error = np.abs(wide - values)[..., of_group].max(axis=-1)
        assert (error <= scale[..., start // 4] / 2 * (1 + 1e-5)).all()
    # What was stored once is stored again as it is.
    again = narrow({"w": wide}, "int8")
    assert (again["w"] == stored["w"]).all()


@given(matrices)
def test_half_precision_errs_by_half_a_unit(values: Floats) -> None:
    wide = widen(narrow({"w": values}, "float16"))["w"]
    assert np.abs(wide - values).max() <= max(np.abs(values).max() * 2.0**-11, 2.0**-25)
    assert (widen(narrow({"w": wide}, "float16"))["w"] == wide).all()


def test_groups_do_not_share_a_scale_and_zeros_stay() -> None:
    values = np.array([[0, 0, 0, 0, 1e-6, -2e-6], [1, -31, 2, 3, 0, 0]], dtype=np.float32)
    wide = widen(narrow({"w": values}, "int8"))["w"]
    assert wide == pytest.approx(values, abs=4e-8)
    assert (wide[1] == values[1]).all()


def test_small_tensors_stay_as_they_are() -> None:
    for precision in ("float16", "int8"):
        wide = widen(narrow(state(), precision))
        assert wide.keys() == state().keys()
        for name in ("a.bias", "c"):
            assert (wide[name] == state()[name]).all()


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Literal["float16", "int8"]
) -> None:
    stored = narrow(state(), precision)
    write_weights(tmp_path, stored)
    assert [path.name for path in tmp_path.iterdir()] == [files.WEIGHTS]
    monkeypatch.setattr(weights, "PART_BYTES", 100)
    places = write_weights(tmp_path, stored)
    paths = sorted(tmp_path.iterdir())  # the one file is gone
    n = len(paths)
    assert n > 1
    assert [p.name for p in paths] == [
        f"weights-{number:05}-of-{n:05}.safetensors" for number in range(1, n + 1)
    ]
    names = [name for path in paths for name in sorted(load_file(path))]
    assert names == sorted(stored)  # each once, in order
    for path in paths:
        of_part = load_file(path)
        assert sum(tensor.nbytes for tensor in of_part.values()) <= 100 or len(of_part) == 1
    for name, place in places.items():
        raw = (tmp_path / place.file).read_bytes()[place.offset :][: place.length]
        assert raw == stored[name].tobytes()
        assert place.shape == stored[name].shape
    read, wide = read_weights(paths), widen(stored)
    assert {name: values.shape for name, values in read.items()} == {
        name: values.shape for name, values in wide.items()
    }
    assert all((read[name] == wide[name]).all() for name in wide)
    assert n_parameters(paths) == sum(values.size for values in state().values())

    before = [path.read_bytes() for path in paths]
    assert write_weights(tmp_path, dict(reversed(stored.items()))) == places
    assert [path.read_bytes() for path in paths] == before


def test_tensors_that_do_not_lie_in_order(tmp_path: Path) -> None:
    turned = np.arange(40, dtype=np.float32).reshape(5, 8).T
    place = write_weights(tmp_path, {"w": turned})["w"]
    assert (read_weights([tmp_path / files.WEIGHTS])["w"] == turned).all()
    assert find_tensors(tmp_path / files.WEIGHTS) == {"w": place}
    assert (place.file, place.dtype, place.shape) == (files.WEIGHTS, "F32", (8, 5))


def test_anyone_may_read_the_file_who_may_read_the_others(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_weights(tmp_path, state())
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1
