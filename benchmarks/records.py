"""What every record in ``benchmarks/results`` says beside its numbers."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import contend
from contend.model.folder import find_model, sha256

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("numpy", "onnxruntime", "tokenizers")


def environment(
    *, threads: int, seed: int | None = None, libraries: Sequence[str] = LIBRARIES
) -> dict[str, Any]:
    """Where and with what the numbers were made.

    Args:
        threads: threads of the encoder.
        seed: of everything random; ``None`` if nothing is.
        libraries: whose versions count.
    """
    return {
        "contend": contend.__version__,
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries},
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": threads,
        "seed": seed,
    }


def model_files(model: str) -> dict[str, str]:
    """SHA-256 of each file of a model, by name, without its card."""
    files = sorted(find_model(model).iterdir())
    return {
        file.name: sha256(file)
        for file in files
        if file.suffix in (".json", ".onnx", ".safetensors", ".toml")
    }


def write_record(name: str, record: Mapping[str, Any]) -> Path:
    """Write ``results/<name>.json``."""
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _commit() -> str:
    """The commit of the checkout, marked where its sources were changed since."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        commit = subprocess.run(
            [*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "../src"], check=False)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{commit}+changes" if changed.returncode else commit


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
