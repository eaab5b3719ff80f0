from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
import pytest

onnx = pytest.importorskip("onnx", reason="needs the extra 'train'")
pytest.importorskip("torch", reason="needs the extra 'train'")

from contend.errors import ModelError  # noqa: E402
from contend.model import graphs, weights  # noqa: E402
from contend.model.runtime import session_options  # noqa: E402
from contend.model.weights import Floats, narrow, widen, write_weights  # noqa: E402

Precision = Literal["float16", "int8"]


@pytest.fixture(autouse=True, scope="module")
def eight_values_are_large() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "LARGE", 8)
        patch.setattr(weights, "GROUP", 3)  # which divides no row
        yield


def stored_state(precision: Precision) -> tuple[dict[str, Floats], dict[str, Any]]:
    """A network's tensors after storing, and as they are stored."""
    rng = np.random.default_rng(0)
    shapes = {"words": (9, 4), "linear.weight": (5, 4), "square.weight": (5, 5), "bias": (5,)}
    state = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    stored = narrow(state, precision)
    return widen(stored), stored


def save_graph(path: Path, **constants: Floats) -> None:
    """Looks up words, multiplies by two matrices and adds a bias."""
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("Gather", ["words", "ids"], ["states"]),
        helper.make_node("MatMul", ["states", "first"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "second"], ["more"]),
        helper.make_node("Add", ["more", "bias"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("ids", kinds.INT64, ["n"])],
        [helper.make_tensor_value_info("out", kinds.FLOAT, ["n", 5])],
        [onnx.numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)]), path)


def run(path: Path) -> Floats:
    session = onnxruntime.InferenceSession(str(path), session_options())
    return session.run(None, {"ids": np.arange(9)})[0]


@pytest.mark.parametrize("part_bytes", [10, 10_000])
@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_constants_become_references(
    tmp_path: Path, precision: Precision, part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, stored = stored_state(precision)
    graph = tmp_path / "graph.onnx"
    constants = {
        "words": state["words"],  # as it is, under its name or another
        "first": np.ascontiguousarray(state["linear.weight"].T),
        "second": state["square.weight"],
        "bias": state["bias"],
    }
    save_graph(graph, **constants)
    before = run(graph)
    monkeypatch.setattr(weights, "PART_BYTES", part_bytes)
    places = write_weights(tmp_path, stored)
    assert (len({place.file for place in places.values()}) > 1) == (part_bytes < 100)
    graphs.link(graph, state, places)
    assert (run(graph) == before).all()
    inside = onnx.load(graph, load_external_data=False).graph.initializer
    assert [t.name for t in inside if t.data_location == onnx.TensorProto.DEFAULT] == ["bias"]
    onnx.checker.check_model(graph, full_check=True)

    linked = graph.read_bytes()
    save_graph(graph, **constants)
    graphs.link(graph, dict(reversed(state.items())), places)
    assert graph.read_bytes() == linked


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_weights_are_widened_once_and_their_file_let_go(
    tmp_path: Path, precision: Precision
) -> None:
    state, stored = stored_state(precision)
    graph = tmp_path / "graph.onnx"
    save_graph(graph, words=state["words"], first=state["linear.weight"].T,
               second=state["square.weight"].T, bias=state["bias"])  # fmt: skip
    graphs.link(graph, state, write_weights(tmp_path, stored))
    options = session_options()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    session = onnxruntime.InferenceSession(str(graph), options)
    kinds = {node.op_type for node in onnx.load(tmp_path / "loaded.onnx").graph.node}
    assert not kinds & {"Cast", "Transpose", "DequantizeLinear"}
    (tmp_path / "weights.safetensors").write_bytes(b"")  # another training wrote there
    assert np.isfinite(session.run(None, {"ids": np.arange(9)})[0]).all()


@pytest.mark.parametrize("changed", ["one value", "shape"])
def test_a_constant_that_is_no_weight(tmp_path: Path, changed: str) -> None:
    state, stored = stored_state("float16")
    foreign = state["linear.weight"].T.copy()
    if changed == "shape":
        foreign = foreign.reshape(2, 10)
    else:
        foreign[0, 0] += 1
    save_graph(tmp_path / "graph.onnx", words=state["words"], first=foreign)
    with pytest.raises(ModelError, match=r"graph\.onnx: expected tensors .* 'first' of shape \("):
        graphs.link(tmp_path / "graph.onnx", state, write_weights(tmp_path, stored))
