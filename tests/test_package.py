from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

import contend
from contend.model.folder import DEFAULT

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "onnxruntime", "torch", "tokenizers", "click", "rich", "jinja2", "transformers")


def python(code: str) -> str:
    """What ``code`` prints in a new interpreter."""
    source = str(Path(contend.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": source},
    )  # fmt: skip
    return done.stdout.strip()


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, contend\n"
        "contend.Document('a').to_json(); dir(contend)\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    assert python(code) == ""


def test_analysing_loads_no_torch() -> None:
    code = "import sys, contend; contend.Analyzer; print('torch' in sys.modules)"
    assert python(code) == "False"


def test_public_names_have_docstrings() -> None:
    assert dir(contend) == sorted(contend.__all__) == list(contend.__all__)
    for name in contend.__all__:
        if name == "train" and find_spec("torch") is None:
            continue
        value = getattr(contend, name)
        assert name == "__version__" or value.__doc__, name
    with pytest.raises(AttributeError, match="module 'contend' has no attribute 'nothing'"):
        _ = contend.nothing


def test_modules_have_docstrings() -> None:
    package = Path(contend.__file__).parent
    for path in package.rglob("*.py"):
        assert path.read_text(encoding="utf-8").lstrip("r").startswith('"""'), path


def pyproject() -> dict:
    path = ROOT / "pyproject.toml"
    if not path.is_file():
        pytest.skip("needs a checkout")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_the_wheel_holds_the_default_model_and_no_other_file_of_models() -> None:
    folder = ROOT / "models" / DEFAULT
    if not folder.is_dir():
        pytest.skip("needs the shipped model")
    there = {
        path.relative_to(ROOT).as_posix()
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }
    included = pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    named = {source: target for source, target in included.items() if source.startswith("models/")}
    assert set(named) == there
    assert all(target == f"contend/_{source}" for source, target in named.items())


def test_everything_else_that_the_wheel_takes_along_is_there() -> None:
    included = pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for source in included:
        assert source.startswith("models/") or (ROOT / source).exists()
