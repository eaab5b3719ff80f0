from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contend import resources
from contend.errors import ModelError
from contend.model import folder as files
from contend.model.folder import find_model, open_model, read_config, shipped_models


@pytest.fixture
def copy(model_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_folder, tmp_path / "copy"))


@pytest.fixture
def parted(parted_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(parted_folder, tmp_path / "parted"))


def change(folder: Path, change_config: Callable[[dict[str, Any]], Any]) -> None:
    config = json.loads((folder / files.CONFIG).read_text())
    change_config(config)
    (folder / files.CONFIG).write_text(json.dumps(config))


def test_a_saved_folder(model_folder: Path) -> None:
    names = {path.name for path in model_folder.iterdir()}
    assert names == {files.CONFIG, files.TOKENIZER, files.ENCODER, files.HEAD, files.WEIGHTS}
    config = read_config(model_folder)
    assert set(config["files"]) == names - {files.CONFIG}
    opened = open_model(model_folder)
    assert (opened.folder, opened.name) == (model_folder, "tiny")
    assert opened.settings.to_dict() == config["settings"] | {
        "labels": tuple(config["settings"]["labels"]), "score_weights": (0.0, 1.0, 1.0)
    }  # fmt: skip


@pytest.mark.parametrize("name", [files.TOKENIZER, files.ENCODER, files.HEAD, files.WEIGHTS])
def test_missing_and_altered_files(copy: Path, name: str) -> None:
    raw = (copy / name).read_bytes()
    (copy / name).write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(ModelError, match=rf"{name}: the file is not the one that config\.json"):
        open_model(copy)
    (copy / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: this file of the model is missing; copy"):
        open_model(copy)


def test_a_file_that_the_configuration_does_not_name(copy: Path) -> None:
    change(copy, lambda config: config["files"].pop(files.HEAD))
    with pytest.raises(ModelError, match=r"head\.onnx: the file is not the one"):
        open_model(copy)


@pytest.mark.parametrize("place", [0, -1])
def test_missing_and_altered_parts(parted: Path, place: int) -> None:
    from contend.model.export import load_network

    parts = files.weight_files(read_config(parted))
    assert parts == tuple(sorted(path.name for path in parted.glob("*.safetensors")))
    assert len(parts) > 1
    part = parted / parts[place]
    raw = part.read_bytes()
    for load in (open_model, load_network):
        part.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        with pytest.raises(ModelError, match=rf"{part.name}: the file is not the one that"):
            load(parted)
        part.unlink()
        with pytest.raises(ModelError, match=f"{part.name}: this file of the model is missing"):
            load(parted)


def test_weights_that_the_configuration_does_not_name(copy: Path) -> None:
    change(copy, lambda config: config["files"].pop(files.WEIGHTS))
    with pytest.raises(ModelError, match=r"weights\.safetensors: the file is not the one"):
        open_model(copy)


def test_a_part_that_lacks_what_a_graph_refers_to(parted: Path) -> None:
    for name in files.weight_files(read_config(parted)):
        (parted / name).write_bytes(b"")
        digest = files.sha256(parted / name)
        change(parted, lambda config, at=(name, digest): config["files"].update([at]))
    with pytest.raises(ModelError, match=r"encoder\.onnx: ONNX Runtime cannot run this graph"):
        open_model(parted)


@pytest.mark.parametrize("found", [3, 1, 0, "2", None, [1]])
def test_other_formats(copy: Path, found: Any) -> None:
    change(copy, lambda config: config.update(format=found))
    with pytest.raises(ModelError, match=r"config\.json: expected model format 2, found"):
        open_model(copy)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected the configuration of a model"),
        (b"\xff", "expected the configuration of a model"),
        (b"[]", "expected the configuration of a model"),
        (b"{}", "the field 'format' is missing"),
        (b"[" * 100_000, "expected the configuration of a model"),
        (b'{"format": 2}', "expected an object under 'settings', found None"),
        (b'{"format": 2, "settings": [], "files": {}}', "under 'settings', found \\[\\]"),
        (b'{"format": 2, "settings": {}}', "expected an object under 'files'"),
    ],
)
def test_damaged_configurations(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / files.CONFIG).write_bytes(content)
    with pytest.raises(ModelError, match=rf"config\.json: .*{message}"):
        open_model(tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"magic": 1, "art": 2}, "unknown settings art, magic; the model was made by a newer"),
        ({"overlap_tokens": 62}, "expected 0 <= overlap_tokens < window_tokens - 2, found 62 and"),
        ({"overlap_tokens": -1}, "expected 0 <= overlap_tokens"),
        ({"window_tokens": "many"}, "expected 0 <= .* found 16 and 'many'"),
    ],
)
def test_settings_that_cannot_be(copy: Path, changed: dict[str, Any], message: str) -> None:
    change(copy, lambda config: config["settings"].update(changed))
    with pytest.raises(ModelError, match=rf"config\.json: {message}"):
        open_model(copy)


def test_a_setting_that_is_missing(copy: Path) -> None:
    change(copy, lambda config: config["settings"].pop("labels"))
    with pytest.raises(ModelError, match=r"config\.json: the setting 'labels' is missing; copy"):
        open_model(copy)


def test_a_file_that_is_no_graph(copy: Path) -> None:
    (copy / files.HEAD).write_bytes(b"no graph")
    digest = files.sha256(copy / files.HEAD)
    change(copy, lambda config: config["files"].update({files.HEAD: digest}))
    with pytest.raises(ModelError, match=r"head\.onnx: ONNX Runtime cannot run this graph"):
        open_model(copy)


def test_weights_of_another_network(copy: Path) -> None:
    from contend.model.export import load_network

    change(copy, lambda config: config["settings"].update(labels=["claim", "evidence"]))
    with pytest.raises(ModelError, match=r"weights\.safetensors: "):
        load_network(copy)


def test_models_are_found(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "shipped"
    for name in (files.DEFAULT, "base"):
        shutil.copytree(model_folder, shipped / name)
    monkeypatch.setattr(resources, "models_folder", lambda: shipped)
    assert shipped_models() == ["base", files.DEFAULT]
    assert find_model() == shipped / files.DEFAULT
    assert find_model("base") == shipped / "base"
    assert find_model(model_folder) == model_folder
    # A folder of this name where one happens to work is not the default model.
    monkeypatch.chdir(tmp_path)
    shutil.copytree(model_folder, tmp_path / files.DEFAULT)
    assert find_model() == shipped / files.DEFAULT
    with pytest.raises(ModelError, match=r"'x': .* shipped are: base, small"):
        find_model("x")


def test_no_model_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "models_folder", lambda: tmp_path / "none")
    with pytest.raises(ModelError, match=f"'{files.DEFAULT}': .* shipped are: none"):
        open_model()
