"""Where the library's files that are not code lie, and where third-party data lie."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


def models_folder() -> Path:
    """The folder of the shipped models."""
    return _resource("models")


def corpora_folder() -> Path:
    """The folder of corpus cards and of the annotations that are the project's own."""
    return _resource("corpora")


def data_folder() -> Path:
    """The folder of third-party texts: ``$CONTEND_DATA``, or ``shared`` beside the checkout."""
    return Path(os.environ.get("CONTEND_DATA") or _PACKAGE.parents[2] / "shared")


def _resource(name: str) -> Path:
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name
