"""A model folder: its files, their verification, and the shipped ones.

config.json           format, settings, encoder configuration, SHA-256 of every other file
tokenizer.json        the tokenizer, without truncation
weights.safetensors   the weights, in half precision or 8 bits; in parts if large (see ``weights``)
encoder.onnx          encoder and tagger; its large weights are those of weights.safetensors
head.onnx             document head, in the same way
training.toml         what rebuilds the model: corpora, schedule, seed
README.md             the model card
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contend import resources
from contend.errors import ModelError
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer

if TYPE_CHECKING:
    from contend.model.runtime import Runtime

FORMAT = 2
DEFAULT = "small"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
ENCODER = "encoder.onnx"
HEAD = "head.onnx"
WEIGHTS = "weights.safetensors"
WEIGHTS_PARTS = "weights*.safetensors"  # its name, or those of its parts
TRAINING = "training.toml"
CARD = "README.md"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A verified model folder.

    Attributes:
        folder: where it lies.
        name: the name of the folder.
        settings: how the model decides.
        tokenizer: its tokenizer.
        runtime: its graphs, loaded.
    """

    folder: Path
    name: str
    settings: Settings
    tokenizer: TextTokenizer
    runtime: Runtime


def open_model(model: str | os.PathLike[str] = "", *, threads: int = 1) -> ModelFolder:
    """Find, verify and load a model; see ``Analyzer.load``."""
    from contend.model.runtime import OnnxRuntime

    folder = find_model(model)
    config = read_config(folder)
    verify(folder, config, (TOKENIZER, ENCODER, HEAD, *weight_files(config)))
    return ModelFolder(
        folder,
        config.get("name", folder.name),
        Settings.from_dict(config["settings"], str(folder / CONFIG)),
        TextTokenizer(folder / TOKENIZER),
        OnnxRuntime(folder / ENCODER, folder / HEAD, threads=threads),
    )


def find_model(model: str | os.PathLike[str] = "") -> Path:
    """The folder of a model: ``model`` itself if it is one, or that of the shipped model.

    Raises:
        ModelError: if there is neither.
    """
    # Without a name it is the shipped one, whatever lies in the working folder.
    if model and (Path(model) / CONFIG).is_file():
        return Path(model)
    shipped = resources.models_folder() / (model or DEFAULT)
    if (shipped / CONFIG).is_file():
        return shipped
    names = ", ".join(shipped_models()) or "none"
    raise ModelError(
        f"{os.fspath(model) or DEFAULT!r}: expected a folder with {CONFIG}, or the name of a "
        f"shipped model; shipped are: {names}"
    )


def shipped_models() -> list[str]:
    """The names of the models that come with the library, sorted."""
    return sorted(path.parent.name for path in resources.models_folder().glob(f"*/{CONFIG}"))


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json`` of a model folder.

    Raises:
        ModelError: if it is absent, no JSON, or of a format that this version does not read.
    """
    path = folder / CONFIG
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = config["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"{path}: expected the configuration of a model: {_said(error)}; copy the model "
            "folder again"
        ) from None
    if found != FORMAT:
        raise ModelError(
            f"{path}: expected model format {FORMAT}, found {found!r}; a model of a newer format "
            "needs a newer contend (pip install -U contend), one of an older format must be "
            "trained anew"
        )
    for key in ("settings", "files", "encoder"):
        if not isinstance(config.get(key), dict):
            raise ModelError(
                f"{path}: expected an object under {key!r}, found {config.get(key)!r:.60}; copy "
                "the model folder again"
            )
    return config


def _said(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    return getattr(error, "strerror", None) or str(error)


def weight_files(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that hold the weights, as ``config.json`` names them."""
    return tuple(fnmatch.filter(config["files"], WEIGHTS_PARTS)) or (WEIGHTS,)


def verify(folder: Path, config: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Check that files of a model folder are those that its configuration names.

    Raises:
        ModelError: if one is absent or its SHA-256 differs.
    """
    for name in names:
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path}: this file of the model is missing; copy the whole folder")
        expected = config["files"].get(name)
        if sha256(path) != expected:
            raise ModelError(
                f"{path}: the file is not the one that {CONFIG} names (SHA-256 differs); it was "
                "damaged or altered: copy the model folder again"
            )


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_config(
    folder: Path, *, name: str, settings: Settings, encoder: Mapping[str, Any], head_layers: int
) -> None:
    """Write ``config.json`` for the files that lie in ``folder``; the last step of saving."""
    known = [folder / name for name in (TOKENIZER, ENCODER, HEAD, TRAINING)]
    files = [path for path in (*known, *sorted(folder.glob(WEIGHTS_PARTS))) if path.is_file()]
    config = {
        "format": FORMAT,
        "name": name,
        "settings": settings.to_dict(),
        "encoder": dict(encoder),
        "head_layers": head_layers,
        "files": {path.name: sha256(path) for path in files},
    }
    _write_config(folder, config)


def write_scores(folder: Path, scores: Mapping[str, float]) -> None:
    """Add the scores of the finished model on dev to ``config.json``."""
    _write_config(folder, {**read_config(folder), "scores": {"dev": dict(scores)}})


def _write_config(folder: Path, config: Mapping[str, Any]) -> None:
    written = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    temporary = folder / f"{CONFIG}.part"
    temporary.write_text(written, encoding="utf-8")
    temporary.replace(folder / CONFIG)
