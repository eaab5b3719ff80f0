from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("onnxscript", reason="needs the extra 'train'")

from contend.errors import ModelError  # noqa: E402
from contend.model import export  # noqa: E402
from contend.model import folder as files  # noqa: E402
from contend.model.features import N_FEATURES  # noqa: E402
from contend.model.network import ArgumentNetwork  # noqa: E402
from contend.model.settings import Settings  # noqa: E402
from contend.model.tokens import TextTokenizer  # noqa: E402


@pytest.fixture
def exported(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs of the tiny network without the seconds that its export takes."""

    def copy_graphs(network: Any, encoder: Path, head: Path, settings: Settings) -> None:
        for graph in (encoder, head):
            shutil.copy(model_folder / graph.name, graph)

    monkeypatch.setattr(export, "_export_graphs", copy_graphs)


def save(folder: Path, network: Any, tokenizer: TextTokenizer, **options: Any) -> None:
    settings = Settings(labels=("claim", "evidence", "counterclaim"), window_tokens=64)
    settings = Settings.from_dict(settings.to_dict() | {"overlap_tokens": 16}, "")
    export.save_model(
        folder, network, name="tiny", settings=settings, tokenizer=tokenizer, **options
    )


def test_what_is_loaded_is_what_was_saved(model_folder: Path, network: Any) -> None:
    loaded, settings = export.load_network(model_folder)
    assert settings.window_tokens == 64
    theirs = network.state_dict()
    assert loaded.state_dict().keys() == theirs.keys()
    assert all(torch.equal(value, theirs[key]) for key, value in loaded.state_dict().items())


def test_a_model_from_before_the_perceptron_over_pairs(network: Any) -> None:
    network = copy.deepcopy(network)
    torch.nn.init.zeros_(network.head.pair_out.weight)
    state = export._state(network)
    state = {name: x for name, x in state.items() if not name.startswith("head.pair_")}
    torch.manual_seed(0)
    other = ArgumentNetwork(network.encoder, network.n_labels).eval()
    export._load_state(other, state)
    inputs = (torch.randn(5, 16), torch.randn(5, 3).log_softmax(-1), torch.rand(5, N_FEATURES))
    expected = network.eval().head(*inputs)
    torch.testing.assert_close(other.head(*inputs).heads, expected.heads)
    assert other.head.pair_source.weight.any()
    del state["head.source.weight"]
    with pytest.raises(RuntimeError, match=r"head\.source\.weight"):
        export._load_state(other, state)


@pytest.mark.usefixtures("exported")
def test_computing_in_eight_bits(
    tmp_path: Path, model_folder: Path, network: Any, tokenizer: TextTokenizer
) -> None:
    (tmp_path / "weights-00001-of-00002.safetensors").touch()  # of an earlier model
    save(tmp_path, network, tokenizer, quantize=True)
    assert {path.name for path in tmp_path.iterdir()} == {p.name for p in model_folder.iterdir()}
    encoder, full = (folder / files.ENCODER for folder in (tmp_path, model_folder))
    assert encoder.stat().st_size < full.stat().st_size
    assert files.open_model(tmp_path).name == "tiny"
    before, after = (export.load_network(f)[0].state_dict() for f in (model_folder, tmp_path))
    assert all(torch.equal(before[key], after[key]) for key in before)


@pytest.mark.usefixtures("exported")
def test_a_graph_that_computes_something_else(
    tmp_path: Path, network: Any, tokenizer: TextTokenizer
) -> None:
    other = torch.nn.Module.cpu(network.__class__(network.encoder, 3))
    before = {key: value.clone() for key, value in other.state_dict().items()}
    with pytest.raises(ModelError, match="the exported graphs differ from the network by"):
        save(tmp_path, other, tokenizer)
    assert not (tmp_path / files.CONFIG).exists()
    assert all(torch.equal(value, before[key]) for key, value in other.state_dict().items())


@pytest.mark.usefixtures("exported")
def test_saved_anew(model_folder: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copytree(model_folder, old)
    (old / files.TRAINING).write_text('start = "minilm"\n')
    files.write_scores(old, {"exact_f1": 0.5})
    export.main([str(old), str(new)])
    assert {path.name for path in new.iterdir()} == {path.name for path in old.iterdir()} | {
        files.CARD
    }
    config = files.read_config(new)
    assert {**files.read_config(old), "files": None} == {**config, "files": None}
    files.verify(new, config, tuple(config["files"]))
    assert files.TRAINING in config["files"]
    assert "exact_f1 | 0.500" in (new / files.CARD).read_text()


def test_scores_of_other_weights_are_not_kept(
    parted_folder: Path, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copytree(model_folder, old)
    files.write_scores(old, {"exact_f1": 0.5})

    def save_model(out: Path, *args: Any, **options: Any) -> None:
        assert options["weights"] == "int8"
        shutil.copytree(parted_folder, out, dirs_exist_ok=True)

    monkeypatch.setattr(export, "save_model", save_model)
    export.resave(old, new, weights="int8")
    assert "scores" not in files.read_config(new)
