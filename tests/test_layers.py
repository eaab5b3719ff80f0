"""The order of layers: a module imports from its own layer and from those above it only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import contend

PACKAGE = Path(contend.__file__).parent
LAYERS = (
    ("errors", "scheme", "document", "resources", "files"),  # core
    ("text",),
    ("formats", "corpora", "metrics"),  # data
    ("model",),
    ("analyzer", "checking", "evaluation", "preannotation", "training"),  # verbs
    ("render", "cli", "__init__", "__main__"),  # face
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# ``Document.to_html`` and ``_repr_html_``: what makes a document pleasant in a notebook.
EXCEPTIONS = {("document", "render")}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(module: str) -> str:
    """``contend.text.tags`` -> ``text``; what the package itself gives is ``__init__``."""
    names = module.split(".")
    return names[1] if len(names) > 1 else "__init__"


def imported(path: Path) -> Iterator[str]:
    """The parts of contend that a module imports, in functions and for types too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (part(each.name) for each in node.names if each.name.startswith("contend"))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "contend":
                submodules = [
                    each.name if each.name in LEVEL else "__init__" for each in node.names
                ]
                yield from submodules
            elif node.module and node.module.startswith("contend."):
                yield part(node.module)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_upwards(path: Path) -> None:
    here = path.relative_to(PACKAGE).with_suffix("").parts[0]
    assert here in LEVEL, f"{path.name} has no layer"
    below = {
        name
        for name in imported(path)
        if LEVEL[name] > LEVEL[here] and (here, name) not in EXCEPTIONS
    }
    assert not below, f"{here} imports {', '.join(sorted(below))}, which lie below it"


def test_exceptions_are_needed() -> None:
    found = {
        (path.relative_to(PACKAGE).with_suffix("").parts[0], name)
        for path in MODULES
        for name in imported(path)
    }
    assert found >= EXCEPTIONS
