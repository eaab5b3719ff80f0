"""The training itself: epochs, evaluation on dev, resumption, and the finished model folder."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from contend import scheme
from contend.analyzer import Analyzer
from contend.document import Document
from contend.errors import ConfigError, MissingDependencyError
from contend.model.examples import UNKNOWN, Example
from contend.model.export import TorchRuntime
from contend.model.settings import Settings
from contend.training.batches import collate, hide_tokens, plan_epoch, split_step
from contend.training.checkpoint import (
    CHECKPOINT,
    documents_digest,
    load_checkpoint,
    save_checkpoint,
)
from contend.training.config import Config
from contend.training.events import LOG, Event, Events
from contend.training.finish import write_finished
from contend.training.history import History
from contend.training.optimization import Average, merge_networks, parameter_groups
from contend.training.processes import Processes, joined
from contend.training.sources import Group, read_sources
from contend.training.start import Start, start_from
from contend.training.steps import LOSSES, StepLosses
from contend.training.summary import SUMMARY, Before
from contend.training.tuning import dev_objective, dev_scores, tune

__all__ = ["CHECKPOINT", "LOG", "SUMMARY", "Event", "Training", "train"]

_CHECKPOINT_SECONDS = 300.0
# Dev wanted at least this for every model so far; epochs are compared with it, then it is tuned.
_SWITCH_PENALTY = 2.0


def train(
    corpus: Mapping[str, Sequence[Document]] | None = None,
    *,
    out: str | Path,
    config: Config | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
) -> Analyzer:
    """Fine-tune a model and write it to a folder.

    A training that was killed goes on where it was when called again with the same ``out`` and
    configuration, and ends with the same weights as an undisturbed one. The model's files appear
    in ``out`` when all are finished; a model that lay there before is whole until then.

    Processes that ``torchrun`` or ``accelerate launch`` started train one model together; all of
    them must see the same folder ``out``.

    Args:
        corpus: documents by split, as ``read_corpus`` gives them: ``train``, and ``dev`` to
            choose on. Added to those that the configuration names.
        out: the model folder to write.
        config: everything else; by default the shipped model is trained on. Written to
            ``out`` as ``training.toml``.
        on_event: called at every step and epoch; of several processes, in the first.

    Returns:
        The finished model, loaded from ``out``.

    Raises:
        ConfigError: if there is nothing to train on, a label is unknown, or ``out`` holds
            another training.
        MissingDependencyError: if a library of the extra ``train`` is not installed, or that of
            ``tensorboard`` if it is wanted.
    """
    for package in ("onnx", "onnxscript"):  # used when all the work is done
        if find_spec(package) is None:
            raise MissingDependencyError.of(package, "train")
    config = config or Config()
    if config.threads:
        torch.set_num_threads(config.threads)
    with joined() as processes:

        def prepare() -> Training:
            start = start_from(config)
            groups, dev = read_sources(config, corpus or {}, start.tokenizer)
            return Training(config, Path(out), start, groups, dev, on_event, processes)

        training = processes.each(prepare)
        training.run()
        return training.finish()


class Training:
    """The state of one training.

    Args:
        config: its configuration.
        folder: where it writes.
        start: the network to train.
        groups: the documents to learn from.
        dev: the documents to choose on; may be none.
        on_event: called with what happens.
        processes: those that train together.
        compared: whether the model is to be compared with its start.
    """

    def __init__(
        self,
        config: Config,
        folder: Path,
        start: Start,
        groups: Sequence[Group],
        dev: Sequence[Document],
        on_event: Callable[[Event], None],
        processes: Processes,
        *,
        compared: bool = True,
    ) -> None:
        if config.patience and not dev:
            raise ConfigError(
                f"patience = {config.patience}: without documents to choose on (dev) no epoch is "
                "better than another; name some, or leave patience out"
            )
        self.config, self.folder, self.start = config, folder, start
        self.groups, self.dev, self.processes = groups, dev, processes
        self.compared = compared
        self.events = Events(
            folder, on_event, tensorboard=config.tensorboard, silent=not processes.leads
        )
        self.documents_sha256 = documents_digest([*(group.documents for group in groups), dev])
        self.network = start.network.to(processes.device)
        if config.freeze_embeddings:
            self.network.freeze_word_embeddings()
        self.losses = StepLosses(self.network, config, processes.device)
        self.losses.check(example for group in groups for example in group.examples)
        shares = [(group.examples, group.share) for group in groups]
        self.epochs = [plan_epoch(shares, config, epoch) for epoch in range(config.epochs)]
        self.n_steps = sum(len(epoch) for epoch in self.epochs)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.network, config), betas=(0.9, 0.98)
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)
        self.average = Average(self.network, config.ema)
        self.history = History()
        self.before = Before()
        self.best: dict[str, Tensor] = {}
        self.settings = Settings(
            labels=config.labels,
            window_tokens=config.window_tokens,
            overlap_tokens=config.overlap_tokens,
            thesis=config.thesis,
            thesis_label=_thesis_label(groups, config.labels),
            switch_penalty=_SWITCH_PENALTY,
        )

    @property
    def step(self) -> int:
        """How many steps are done."""
        return len(self.history.losses)

    @property
    def stopped(self) -> bool:
        """Whether dev has not been better for too long."""
        return 0 < self.config.patience <= self.history.n_epochs_since_best

    def run(self) -> None:
        """All epochs, from where the last run was stopped."""
        self._begin()
        saved_s = time.monotonic()
        end = 0
        for number, epoch in enumerate(self.epochs, 1):
            start, end = end, end + len(epoch)
            if self.stopped:
                best = self.history.best_epoch
                self.emit("stopped", epoch=len(self.history.epochs), best_epoch=best)
                break
            while self.step < end:
                self.emit("step", **self._train_step(epoch[self.step - start]))
                if time.monotonic() - saved_s > _CHECKPOINT_SECONDS:
                    self._save_checkpoint()
                    saved_s = time.monotonic()
            if number > len(self.history.epochs):
                self._end_epoch(number)
                self._save_checkpoint()

    def tuned(self) -> Analyzer:
        """The network as the best epoch left it, with the settings that do best on dev."""
        if self.best:
            self.network.load_state_dict(self.best)
        else:
            self.average.copy_to(self.network)
        merge_networks(self.network, self.start.others)
        if self.dev:
            self.settings = tune(self._analyzer(), self.dev)
            self.emit("tuned", **self.settings.to_dict())
        return self._analyzer()

    def finish(self) -> Analyzer:
        """Tune on dev, write the model folder, measure what lies in it, sum everything up."""
        self.processes.lead(lambda: write_finished(self))
        self.events.close()
        return self.processes.each(lambda: Analyzer.load(self.folder))

    def predict(self, analyzer: Analyzer) -> tuple[list[Document], dict[str, float]]:
        """What a model says of dev, and its scores; nothing without dev."""
        predicted = list(analyzer.analyze_many(self.dev))
        scores = dev_scores(self.dev, predicted, self.config.labels) if self.dev else {}
        return predicted, scores

    def emit(self, kind: str, **values: Any) -> None:
        """Tell what happens."""
        self.events.emit(Event(kind, self.step, self.n_steps, values))

    def _begin(self) -> None:
        """Make the folder; go on from its checkpoint, or begin anew."""
        self.folder.mkdir(parents=True, exist_ok=True)
        restored = self.processes.each(self._restore)
        self.processes.check_same(
            {"documents (SHA-256)": self.documents_sha256, "number of steps done": self.step},
            f"all of them must read the same files, and see the same folder {self.folder}",
        )
        self.processes.share(self.network)
        if not restored:
            self.processes.lead(self._begin_anew)
        n_parameters = sum(p.numel() for p in self.network.parameters())
        self.emit("start", n_parameters=n_parameters, n_processes=self.processes.size)

    def _begin_anew(self) -> None:
        self.events.forget()
        if self.compared:
            # Now, for the start may lie in the folder that will be written.
            self.before = Before.of(self.start, self.config, self.dev)

    def _train_step(self, step: Sequence[Example]) -> dict[str, float]:
        started_s = time.monotonic()
        # A function of the step alone, so that a resumed training draws the same dropout.
        seed = self.config.seed * 1_000_003 + self.step
        torch.manual_seed(seed + (self.processes.rank << 40))
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        losses, error = self.losses.nothing(), None
        tokenizer = self.start.tokenizer
        try:
            examples = split_step(step, self.config, self.processes.size)[self.processes.rank]
            if examples:
                batch = collate(examples, tokenizer, self.config)
                if self.config.token_dropout:
                    batch = hide_tokens(batch, tokenizer, self.config.token_dropout)
                losses = self.losses.of(batch, step)
                self.losses.total(losses).backward()  # type: ignore[no-untyped-call]
        except Exception as failure:
            error = failure
        values = self.processes.add_up(self.network, losses, error)
        if not all(map(math.isfinite, values.values())):
            raise ConfigError(
                f"step {self.step}: expected finite losses, found {values}; the training has "
                f"diverged, try learning rates below {self.config.learning_rate:g} and "
                f"{self.config.head_learning_rate:g}"
            )
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        rate = self._rate(self.step) * self.config.learning_rate
        self.schedule.step()
        self.average.update(self.network)
        self.history.losses.append([values[name] for name in LOSSES])
        return {**values, "learning_rate": rate, "duration_s": time.monotonic() - started_s}

    def _end_epoch(self, number: int) -> None:
        def evaluate() -> dict[str, float]:
            with self.average.swapped_into(self.network):
                return self.predict(self._analyzer())[1]

        scores = self.processes.lead(evaluate)
        objective = dev_objective(scores) if self.dev else float(number)
        if self.history.end_epoch(scores, objective) and self.processes.leads:
            with self.average.swapped_into(self.network):
                self.best = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self.emit("epoch", epoch=number, **scores)

    def _analyzer(self) -> Analyzer:
        return Analyzer(self.settings, self.start.tokenizer, TorchRuntime(self.network))

    def _rate(self, step: int) -> float:
        """Factor of the learning rates at a step, counted from 0; none is without effect."""
        n_warmup = max(1.0, self.config.warmup * self.n_steps)
        rising = (step + 1) / n_warmup
        falling = (self.n_steps - step) / max(1.0, self.n_steps - n_warmup)
        return max(0.0, min(rising, falling))

    def _save_checkpoint(self) -> None:
        if not self.processes.leads:
            return
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average.state_dict(),
            "history": self.history.to_dict(),
            "before": self.before.to_dict(),
            "best": self.best,
        }
        save_checkpoint(self.folder, self.config, self.documents_sha256, state)

    def _restore(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        state = load_checkpoint(
            self.folder, self.config, self.documents_sha256, self.processes.device
        )
        if state is None:
            return False
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.average.load_state_dict(state["average"])
        self.history = History(**state["history"])
        for losses in self.history.losses:  # an older checkpoint knows fewer
            losses.extend([0.0] * (len(LOSSES) - len(losses)))
        self.before = Before.from_dict(state["before"])
        self.best = state["best"]
        return True


def _thesis_label(groups: Sequence[Group], labels: Sequence[str]) -> str:
    """The label that most theses have; a ``claim``, or the first of ``labels``, if none is more."""
    usual = scheme.CLAIM if scheme.CLAIM in labels else labels[0]
    found = Counter(
        labels[example.labels[example.thesis].argmax()]
        for group in groups
        for example in group.examples
        if example.thesis != UNKNOWN and example.labels[example.thesis].sum() == 1
    )
    return max((usual, *labels), key=lambda label: found[label])
