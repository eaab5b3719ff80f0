"""docs/tutorial.md: its commands run, in order, in a folder that has nothing but the corpora."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from contend.cli import main
from contend.formats import read_documents

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# What the page says that the test changes.
TINY = (
    ('start = "small"', 'start = "{model}"\nwindow_tokens = 64\noverlap_tokens = 16'),
    ("epochs = 20", "epochs = 1"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Path:
    """The folder after all commands of the page, with what they wrote."""
    place = tmp_path_factory.mktemp("clone")
    (place / "corpora").symlink_to(ROOT / "corpora")
    script = "".join(BLOCKS)
    for said, tiny in TINY:
        assert script.count(said) == 1, said
        script = script.replace(said, tiny.format(model=model_folder))
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",  # faster for a tiny model, and polite to other tests
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=place, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (place / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return place


def test_the_commands_leave_what_the_page_says(folder: Path) -> None:
    counts = {
        name: len(list(read_documents(folder / name, format=format)))
        for name, format in (
            ("tasks.json", "label-studio"), ("for-brat", "brat"), ("mine.jsonl", ""),
            ("train.jsonl", ""), ("dev.jsonl", ""), ("test.jsonl", ""),
            ("more-tasks.json", "label-studio"),
        )
    }  # fmt: skip
    assert counts == {
        "tasks.json": 10, "for-brat": 1, "mine.jsonl": 10, "train.jsonl": 6, "dev.jsonl": 2,
        "test.jsonl": 2, "more-tasks.json": 10,
    }  # fmt: skip
    for name in ("label-studio.xml", "for-brat/visual.conf", "errors.html"):
        assert (folder / name).stat().st_size > 0
    for name in ("config.json", "summary.html"):
        assert (folder / "my-model" / name).is_file()


def test_the_export_lost_nothing(folder: Path) -> None:
    from contend.corpora import read_corpus

    corpus = {d.id: d for split in read_corpus("soapbox").values() for d in split}
    for document in read_documents(folder / "mine.jsonl"):
        assert document == corpus[document.id]


def test_the_commands_say_what_they_found(folder: Path) -> None:
    output = (folder / "output.txt").read_text(encoding="utf-8")
    assert "word_macro_f1: " in output
    assert "(p = " in output
    assert "Traceback" not in output


def test_every_verb_on_the_page_exists() -> None:
    found = re.findall(r"^contend ([a-z-]+)|`contend ([a-z-]+)", PAGE, re.MULTILINE)
    verbs = {"".join(each) for each in found}
    assert {"preannotate", "scheme", "convert", "check", "agree", "train", "evaluate"} < verbs
    assert verbs <= set(main.commands), verbs - set(main.commands)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([\w.-]+\.md)(?:#[\w-]+)?\)", PAGE):
        assert (ROOT / "docs" / target).is_file(), target
