"""Libraries that check what we write, in a Python of their own.

arguebuf caps lxml and cannot live beside dkpro-cassis. ``CONTEND_ORACLES`` names a Python with
arguebuf and label-studio-sdk; ``.ci/run`` makes one.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest


def ask(code: str, *files: Path) -> list[Any]:
    """What ``code`` prints, a line of JSON each, with ``files`` as its arguments."""
    python = os.environ.get("CONTEND_ORACLES")
    if not python:
        pytest.skip("needs arguebuf and label-studio-sdk in the Python of CONTEND_ORACLES")
    done = subprocess.run(
        [python, "-c", code, *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
