"""What a training leaves: the model folder, whose files appear together, and the summary."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from contend.analyzer import Analyzer
from contend.document import Document
from contend.errors import ConfigError
from contend.files import replacing
from contend.model import folder as files
from contend.model.card import card, passed, split_passed
from contend.model.export import save_model
from contend.training.checkpoint import CHECKPOINT
from contend.training.config import Config
from contend.training.sources import PASSED
from contend.training.summary import SUMMARY, summarize

if TYPE_CHECKING:
    from contend.training.train import Training

_UNFINISHED = "unfinished"  # folder in which the model is put together


def write_finished(training: Training) -> None:
    """Tune on dev, write the model folder, measure what lies in it, sum everything up.

    Raises:
        ModelError: if the model cannot be saved; the one before stays as it was.
    """
    training.tuned()
    config, folder = training.config, training.folder
    with _replacing_model(folder) as unfinished:
        n_passed = sum(len(g.examples) for g in training.groups if g.name == PASSED)
        written = training_file(folder, config, n_passed)
        (unfinished / files.TRAINING).write_text(written, encoding="utf-8")
        save_model(
            unfinished,
            training.network,
            name=config.name,
            settings=training.settings,
            tokenizer=training.start.tokenizer,
            weights=config.weights,
            quantize=config.quantize,
        )
        predicted, scores = training.predict(Analyzer.load(unfinished))
        files.write_scores(unfinished, scores)
        (unfinished / files.CARD).write_text(card(unfinished, {}), encoding="utf-8")
    _summarize(training, predicted)
    training.emit("saved", **scores)
    # Last of all: until everything is there, a call in the same way goes on from it.
    (folder / CHECKPOINT).unlink(missing_ok=True)


def _summarize(training: Training, predicted: Sequence[Document]) -> None:
    groups, dev = training.groups, training.dev
    learnt = {example.document.text for group in groups for example in group.examples}
    summary = summarize(
        training.config,
        training.history,
        training.before,
        n_documents={group.name: len(group.examples) for group in groups},
        n_also_in_training=sum(document.text in learnt for document in dev),
        dev=dev,
        predicted=predicted,
    )
    written = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    with replacing(training.folder / SUMMARY) as file:
        file.write(f"{written}\n".encode())
    training.emit("summary", summary=summary)


@contextmanager
def _replacing_model(folder: Path) -> Iterator[Path]:
    """An empty folder whose files take their places in ``folder`` once all are written.

    If the body raises, the model that lay in ``folder`` before stays as it was.
    """
    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        yield unfinished
        made = {file.name for file in unfinished.iterdir()}
        # The configuration last: it verifies the others.
        for name in sorted(made, key=lambda name: name == files.CONFIG):
            (unfinished / name).replace(folder / name)
        for file in folder.glob(files.WEIGHTS_PARTS):
            if file.name not in made:
                file.unlink()
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def training_file(folder: Path, config: Config, n_passed: int) -> str:
    """``training.toml``; the one in the folder, with its comments, if it says the same.

    Args:
        folder: where a model may lie already.
        config: the configuration.
        n_passed: how many documents to learn from it does not name.
    """
    path, written = folder / files.TRAINING, config.to_toml()
    with suppress(ConfigError):
        if Config.from_toml(path) == config:
            written, _ = split_passed(path.read_text(encoding="utf-8"))
    return f"{written.rstrip()}\n{passed(n_passed)}" if n_passed else written
