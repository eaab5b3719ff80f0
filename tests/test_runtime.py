from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contend.errors import ModelError
from contend.model import folder as files
from contend.model.features import N_FEATURES
from contend.model.runtime import OnnxRuntime, Runtime


@pytest.fixture(scope="module")
def full(model_folder: Path) -> OnnxRuntime:
    """The tiny network in ONNX."""
    return OnnxRuntime(model_folder / files.ENCODER, model_folder / files.HEAD)


@pytest.fixture(scope="module")
def small(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> OnnxRuntime:
    """The same in 8 bits."""
    from contend.model.graphs import quantize

    target = tmp_path_factory.mktemp("small") / files.ENCODER
    shutil.copy(model_folder / files.ENCODER, target)
    quantize(target)
    assert target.stat().st_size < (model_folder / files.ENCODER).stat().st_size
    return OnnxRuntime(target, model_folder / files.HEAD)


def segments(n: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(n)
    states = rng.normal(size=(n, 16)).astype(np.float32)
    tagged = np.log(rng.dirichlet(np.ones(3), n)).astype(np.float32)
    return states, tagged, rng.random((n, N_FEATURES)).astype(np.float32)


@pytest.mark.parametrize("n_tokens", [3, 4, 24, 63, 64])
def test_windows_are_read_as_torch_reads_them(
    full: OnnxRuntime, runtime: Runtime, n_tokens: int
) -> None:
    ids = np.random.default_rng(n_tokens).integers(0, 90, n_tokens)
    states, log_probs = full.read(ids)
    assert states.shape == (n_tokens, 16)
    assert log_probs.shape == (n_tokens, 7)
    assert states.dtype == log_probs.dtype == np.float32
    assert np.exp(log_probs).sum(axis=1) == pytest.approx(1, abs=1e-5)
    for ours, theirs in zip((states, log_probs), runtime.read(ids), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 5, 40, 256])
def test_segments_are_judged_as_torch_judges_them(
    full: OnnxRuntime, runtime: Runtime, n: int
) -> None:
    ours, theirs = full.judge(*segments(n)), runtime.judge(*segments(n))
    assert ours.labels.shape == (n, 3)
    assert ours.heads.shape == (n, n + 1)
    assert ours.attacks.shape == (n, n)
    for name in ("labels", "heads", "attacks"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), 1e-4, 1e-3)
    assert (np.diagonal(ours.heads[:, 1:]) < -1e8).all()


def test_eight_bits_are_near_and_the_same_every_time(small: OnnxRuntime, full: OnnxRuntime) -> None:
    rng = np.random.default_rng(0)
    windows = [rng.integers(0, 90, n) for n in (64, 5, 30, 64)]
    first = [small.read(ids) for ids in windows]
    for order in ([3, 2, 1, 0], [1, 1, 0, 2, 3]):
        for place in order:
            for again, before in zip(small.read(windows[place]), first[place], strict=True):
                assert (again == before).all()
    gaps = [np.abs(small.read(ids)[1] - full.read(ids)[1]).mean() for ids in windows]
    assert 0 < max(gaps) < 0.5


def test_weights_that_lie_beside_the_graphs(
    parted_folder: Path, model_folder: Path, full: OnnxRuntime
) -> None:
    from contend.model.export import TorchRuntime, load_network

    linked = OnnxRuntime(parted_folder / files.ENCODER, parted_folder / files.HEAD)
    theirs = TorchRuntime(load_network(parted_folder)[0])
    ids = np.random.default_rng(0).integers(0, 90, 64)
    for ours, same, before in zip(linked.read(ids), theirs.read(ids), full.read(ids), strict=True):
        np.testing.assert_allclose(ours, same, atol=1e-4)
        assert 0 < np.abs(ours - before).mean() < 0.1  # the error of 8 bits
    ours, same = linked.judge(*segments(9)), theirs.judge(*segments(9))
    np.testing.assert_allclose(ours.heads, same.heads, 1e-4, 1e-3)
    # They are not in the graph as well.
    n_weights = 1024 * 16 * 4
    for folder, least, most in ((model_folder, n_weights, 1e9), (parted_folder, 0, n_weights)):
        assert least < (folder / files.ENCODER).stat().st_size < most


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(model_folder: Path, full: OnnxRuntime, threads: int) -> None:
    ids = np.random.default_rng(0).integers(0, 90, 64)
    more = OnnxRuntime(model_folder / files.ENCODER, model_folder / files.HEAD, threads=threads)
    for ours, theirs in zip(more.read(ids), full.read(ids), strict=True):
        assert (ours == theirs).all()


def test_files_that_are_no_graphs(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx: ONNX Runtime cannot run this graph"):
        OnnxRuntime(tmp_path / "none.onnx", tmp_path / "none.onnx")


def test_graphs_hold_no_path_of_the_machine_that_exported_them(
    model_folder: Path, parted_folder: Path
) -> None:
    for path in (*model_folder.glob("*.onnx"), *parted_folder.glob("*.onnx")):
        graph = path.read_bytes()
        assert b".py" not in graph
        assert b"site-packages" not in graph
