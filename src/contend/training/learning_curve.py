"""What more articles would bring: trainings on nested parts of the documents, and a curve.

Each part (``parts``) is trained on as ``train`` would, with a seed of its draw, and scored on dev;
the scores are fitted and drawn on (``power_law``).
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from contend.document import Document
from contend.errors import ConfigError
from contend.files import replacing
from contend.metrics.signature import version
from contend.training.checkpoint import documents_digest, what_differs
from contend.training.config import Config
from contend.training.events import Event
from contend.training.parts import Part, choose, plan_parts
from contend.training.power_law import FEWEST_SIZES, PowerLaw
from contend.training.processes import Processes, joined
from contend.training.sources import read_sources
from contend.training.start import start_from
from contend.training.summary import Before
from contend.training.train import Training
from contend.training.tuning import dev_scores

SIZES = ("25%", "50%", "75%", "100%")
AHEAD = (10, 25, 50, 100)
#: The scores that get a curve.
METRICS = ("word_macro_f1", "exact_f1", "relation_f1")
RESULT = "learning-curve.json"
_PLAN = "plan.json"
_RUNS = "runs"


def learning_curve(
    corpus: Mapping[str, Sequence[Document]] | None = None,
    *,
    out: str | Path,
    config: Config | None = None,
    sizes: Sequence[str] = SIZES,
    draws: int = 3,
    ahead: Sequence[int] = AHEAD,
    on_event: Callable[[Event], None] = lambda event: None,
) -> dict[str, Any]:
    """Train on parts of the documents and say what more of them would bring.

    Runs that are finished are kept in ``out``: what was killed goes on when called again in the
    same way, and more sizes or draws cost only their own runs.

    Args:
        corpus: documents by split, as in ``train``.
        out: the folder for runs and result.
        config: the training; by default the shipped model is trained on.
        sizes: of the parts: shares of the documents, ``"25%"``, or numbers of them, ``"40"``.
        draws: how many parts of each size.
        ahead: for how many more documents to say what they would bring.
        on_event: called with the events of every training, and with ``run`` before each.

    Returns:
        The runs, the curves and what is expected, as ``learning-curve.json`` in ``out`` holds
        them.

    Raises:
        ConfigError: if there is nothing to train or choose on, a size cannot be used, or ``out``
            holds runs of another training.
    """
    config = replace(config or Config(), tensorboard=False)
    if draws < 1:
        raise ConfigError(f"draws must be at least 1, found {draws}")
    if config.threads:
        torch.set_num_threads(config.threads)
    with joined() as processes:
        curve = processes.each(lambda: _Curve(config, Path(out), corpus or {}, processes, on_event))
        parts = plan_parts([len(group.examples) for group in curve.groups], sizes, draws)
        curve.begin()
        runs = [
            curve.run(
                part, number, len(parts), left=sum(p.n_documents for p in parts[number - 1 :])
            )
            for number, part in enumerate(parts, 1)
        ]
        return processes.lead(lambda: curve.conclude(runs, ahead))


class _Curve:
    """The trainings of a learning curve."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        corpus: Mapping[str, Sequence[Document]],
        processes: Processes,
        on_event: Callable[[Event], None],
    ) -> None:
        self.config, self.folder = config, folder
        self.processes, self.on_event = processes, on_event
        self.start = start_from(config)
        self.groups, self.dev = read_sources(config, corpus, self.start.tokenizer)
        if not self.dev:
            raise ConfigError(
                "a learning curve needs documents to score on (dev): name some in the "
                "configuration, as in [[dev]] corpus = 'soapbox', or with --dev"
            )
        self.documents_sha256 = documents_digest(
            [*(group.documents for group in self.groups), self.dev]
        )
        self._seconds, self._read = 0.0, 0

    def begin(self) -> None:
        """Make the folder; refuse one with runs of another training."""
        plan = {"config": self.config.to_dict(), "documents_sha256": self.documents_sha256}
        written = json.dumps(plan, indent=1, ensure_ascii=False)

        def check() -> None:
            path = self.folder / _PLAN
            if path.is_file():
                before = json.loads(path.read_text(encoding="utf-8"))
                other = what_differs(before, self.config, self.documents_sha256, str(path))
                if other:
                    raise ConfigError(
                        f"{path}: the runs in {self.folder} are of {other}; choose another folder, "
                        "or delete it to begin anew"
                    )
            (self.folder / _RUNS).mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:  # half of it would be another configuration
                file.write(written.encode())

        self.processes.lead(check)

    def run(self, part: Part, number: int, n_runs: int, *, left: int) -> dict[str, Any]:
        """Train on a part and score it, unless that is done.

        Args:
            part: the documents.
            number: of the run, from 1.
            n_runs: how many there are.
            left: how many documents the runs from this one on have.
        """
        path = self.folder / _RUNS / f"{part.name}.json"
        done: dict[str, Any] | None = self.processes.lead(
            lambda: json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        )
        if done is not None:
            return done
        values = {"run": number, "n_runs": n_runs, "n_documents": part.n_documents}
        if self._read:
            values["eta_s"] = round(self._seconds / self._read * left)
        if self.processes.leads:
            self.on_event(Event("run", 0, 0, {**values, "draw": part.draw}))
        started_s = time.monotonic()
        scores = self._score(part)
        self._seconds += time.monotonic() - started_s
        self._read += part.n_documents
        run = {
            "n_documents": part.n_documents,
            "by_source": list(part.by_source),
            "draw": part.draw,
            "scores": scores,
        }

        def keep() -> None:
            _write_json(path, run)
            # Only now: until then its checkpoint saves the work.
            shutil.rmtree(self.folder / _RUNS / part.name, ignore_errors=True)

        self.processes.lead(keep)
        return run

    def _score(self, part: Part) -> dict[str, float]:
        config = replace(self.config, seed=self.config.seed + part.draw - 1)
        training = Training(
            config,
            self.folder / _RUNS / part.name,
            start_from(config),
            choose(self.groups, part, self.config.seed),
            self.dev,
            self.on_event,
            self.processes,
            compared=False,
        )
        training.run()
        return self.processes.lead(lambda: training.predict(training.tuned())[1])

    def conclude(self, runs: Sequence[Mapping[str, Any]], ahead: Sequence[int]) -> dict[str, Any]:
        """The result, written to the folder."""
        before = Before.of(self.start, self.config, self.dev)
        scores = {}
        if before.predicted:
            scores = dev_scores(self.dev, before.predicted, self.config.labels)
        n_documents = sum(len(group.examples) for group in self.groups)
        result = {
            "n_documents": n_documents,
            "sources": {group.name: len(group.examples) for group in self.groups},
            "n_dev_documents": len(self.dev),
            "start": {"name": self.config.start, "scores": scores, "reason": before.reason},
            "runs": list(runs),
            **_curves(runs, n_documents, ahead),
            "version": version(),
        }
        _write_json(self.folder / RESULT, result)
        return result


def _curves(runs: Sequence[Mapping[str, Any]], now: int, ahead: Sequence[int]) -> dict[str, Any]:
    """A curve for each score, and what it promises; why not, where there are too few runs."""
    per_size = Counter(run["n_documents"] for run in runs)
    if len(per_size) < FEWEST_SIZES or max(per_size.values()) < 2:
        return {
            "curves": {},
            "reason": f"a curve needs at least {FEWEST_SIZES} sizes and 2 draws; found "
            f"{len(per_size)} and {max(per_size.values())}",
        }
    curves = {}
    for name in METRICS:
        known = [run for run in runs if name in run["scores"]]
        if len(known) < len(runs):
            continue
        law = PowerLaw.fit(
            [run["n_documents"] for run in known], [run["scores"][name] for run in known]
        )
        low, high = min(per_size), now + max([0, *ahead])
        grid = sorted({*np.linspace(low, high, 60).round().astype(int).tolist(), now})
        curves[name] = {
            "a": law.a,
            "b": law.b,
            "c": law.c,
            "noise": law.noise,
            "line": [asdict(law.predict(n, now=now)) for n in grid],
            "ahead": [asdict(law.predict(now + more, now=now)) for more in ahead],
        }
    return {"curves": curves, "reason": ""}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    written = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    with replacing(path) as file:
        file.write(f"{written}\n".encode())
