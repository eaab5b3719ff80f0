"""The checkpoint of a training: all that it needs to go on as if it had not been stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from contend.document import Document
from contend.errors import ConfigError
from contend.training.config import Config

CHECKPOINT = "checkpoint.pt"
# Changes no weight, so it may be another when a stopped training goes on.
_INDIFFERENT: dict[str, Any] = {"tensorboard": False}


def save_checkpoint(
    folder: Path, config: Config, documents_sha256: str, state: dict[str, Any]
) -> None:
    """Write the checkpoint of a training, whole or not at all.

    Args:
        folder: the training's.
        config: its configuration.
        documents_sha256: of its documents; see ``documents_digest``.
        state: tensors and plain values, by name.
    """
    temporary = folder / f"{CHECKPOINT}.part"
    written = {"config": config.to_dict(), "documents_sha256": documents_sha256, **state}
    torch.save(written, temporary)
    temporary.replace(folder / CHECKPOINT)


def load_checkpoint(
    folder: Path, config: Config, documents_sha256: str, device: torch.device
) -> dict[str, Any] | None:
    """What ``save_checkpoint`` wrote; ``None`` if there is no checkpoint.

    Raises:
        ConfigError: if it is that of another training.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    other = what_differs(state, config, documents_sha256, str(path))
    if not other:
        return state
    raise ConfigError(
        f"{path}: this is the checkpoint of a training with {other}; choose another folder, or "
        "delete the file to begin anew"
    )


def what_differs(
    written: Mapping[str, Any], config: Config, documents_sha256: str, where: str
) -> str:
    """What a training has that the one in a file had not, in words; nothing if it is the same.

    Args:
        written: what the file says under ``config`` and ``documents_sha256``.
        config: of the training.
        documents_sha256: of its documents.
        where: the file.
    """
    # Settings that it does not know had their default.
    before = Config.from_dict(written["config"], where)
    if replace(before, **_INDIFFERENT) != replace(config, **_INDIFFERENT):
        return f"another configuration ({_difference(before, config)})"
    return "" if written["documents_sha256"] == documents_sha256 else "other documents"


def documents_digest(groups: Iterable[Iterable[Document]]) -> str:
    """SHA-256 of texts and annotations, and of which group they are in, hexadecimal.

    Args:
        groups: the documents of each source, and last those to choose on.
    """
    digest = hashlib.sha256()
    for documents in groups:
        for document in documents:
            digest.update(replace(document, meta={}).to_json().encode() + b"\n")
        digest.update(b"\n")
    return digest.hexdigest()


def _difference(before: Config, config: Config) -> str:
    """The settings that differ, and how."""
    now = config.to_dict()
    return ", ".join(
        f"{name} was {value!r:.60} and is {now[name]!r:.60}"
        for name, value in before.to_dict().items()
        if value != now[name] and name not in _INDIFFERENT
    )
