"""The training itself: epochs, evaluation on dev, resumption, and the finished model folder."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from contend import scheme
from contend.analyzer import Analyzer
from contend.document import Document
from contend.errors import ConfigError, MissingDependencyError
from contend.model import folder as files
from contend.model.card import card
from contend.model.examples import Example
from contend.model.export import TorchRuntime, save_model
from contend.model.network import ArgumentNetwork
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer
from contend.training.batches import Batch, collate, plan_epoch
from contend.training.config import Config
from contend.training.frozen import FrozenLayers
from contend.training.losses import document_losses, tag_loss
from contend.training.optimization import Average, parameter_groups
from contend.training.sources import Group, read_sources
from contend.training.start import start_from
from contend.training.tuning import dev_objective, dev_scores, tune

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
_UNFINISHED = "unfinished"  # folder in which the model is put together
_CHECKPOINT_SECONDS = 300.0
# Dev wanted at least this for every model so far; epochs are compared with it, then it is tuned.
_SWITCH_PENALTY = 2.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a training.

    Attributes:
        kind: ``start``, ``step``, ``epoch``, ``tuned`` or ``saved``.
        step, n_steps: how far it is.
        values: losses, scores on dev, seconds.
    """

    kind: str
    step: int
    n_steps: int
    values: Mapping[str, Any] = field(default_factory=dict)


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

    Args:
        corpus: documents by split, as ``read_corpus`` gives them: ``train``, and ``dev`` to
            choose on. Added to those that the configuration names.
        out: the model folder to write.
        config: everything else; by default the shipped model is trained on. Written to
            ``out`` as ``training.toml``.
        on_event: called at every step and epoch.

    Returns:
        The finished model, loaded from ``out``.

    Raises:
        ConfigError: if there is nothing to train on, a label is unknown, or ``out`` holds
            another training.
        MissingDependencyError: if a library of the extra ``train`` is not installed.
    """
    for package in ("onnx", "onnxscript"):  # used when all the work is done
        if find_spec(package) is None:
            raise MissingDependencyError.of(package, "train")
    config = config or Config()
    if config.threads:
        torch.set_num_threads(config.threads)
    start = start_from(config)
    groups, dev = read_sources(config, corpus or {}, start.tokenizer)
    training = _Training(config, Path(out), start.network, start.tokenizer, groups, dev, on_event)
    training.run()
    return training.finish()


class _Training:
    """The state of one training."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        network: ArgumentNetwork,
        tokenizer: TextTokenizer,
        groups: Sequence[Group],
        dev: Sequence[Document],
        on_event: Callable[[Event], None],
    ) -> None:
        self.config, self.folder, self.tokenizer = config, folder, tokenizer
        self.groups = [(group.examples, group.share) for group in groups]
        self.dev, self.on_event = dev, on_event
        examples = [example.document for group in groups for example in group.examples]
        self.documents_sha256 = _documents_sha256([*examples, *dev])
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)
        if config.freeze_embeddings:
            network.freeze_word_embeddings()
        self.frozen: FrozenLayers | None = None
        if config.freeze_layers:
            network.freeze_lower(config.freeze_layers)
            self.frozen = FrozenLayers(network, config.freeze_layers)
        self.epochs = [plan_epoch(self.groups, config, epoch) for epoch in range(config.epochs)]
        self.n_steps = sum(len(epoch) for epoch in self.epochs)
        self.optimizer = torch.optim.AdamW(parameter_groups(network, config), betas=(0.9, 0.98))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)
        self.average = Average(network, config.ema)
        self.step = 0
        self.n_epochs_done = 0
        self.best_score = -math.inf
        self.best: dict[str, Tensor] = {}
        self.settings = Settings(
            labels=config.labels,
            window_tokens=config.window_tokens,
            overlap_tokens=config.overlap_tokens,
            thesis=config.thesis,
            thesis_label=scheme.CLAIM if scheme.CLAIM in config.labels else config.labels[0],
            switch_penalty=_SWITCH_PENALTY,
        )
        weights = [config.label_weights.get(label, 1.0) for label in config.labels]
        self.label_weights = torch.tensor(weights, device=self.device)
        per_tag = [1.0, *(weight for weight in weights for _ in "BI")]
        self.tag_weights = torch.tensor(per_tag, device=self.device)

    def run(self) -> None:
        """All epochs, from where the last run was stopped."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._restore():
            (self.folder / LOG).unlink(missing_ok=True)
        self._emit("start", n_parameters=sum(p.numel() for p in self.network.parameters()))
        saved_s = time.monotonic()
        end = 0
        for number, epoch in enumerate(self.epochs):
            start, end = end, end + len(epoch)
            while self.step < end:
                self._emit("step", **self._train_step(epoch[self.step - start]))
                if time.monotonic() - saved_s > _CHECKPOINT_SECONDS:
                    self._save_checkpoint()
                    saved_s = time.monotonic()
            if number >= self.n_epochs_done:
                self._end_epoch(number)
                self.n_epochs_done = number + 1
                self._save_checkpoint()

    def finish(self) -> Analyzer:
        """Tune on dev, write the model folder and measure what lies in it."""
        if self.best:
            self.network.load_state_dict(self.best)
        else:
            self.average.copy_to(self.network)
        if self.dev:
            self.settings = tune(self._analyzer(), self.dev)
            self._emit("tuned", **self.settings.to_dict())
        unfinished = self.folder / _UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            scores = self._save(unfinished)
            # The configuration last: it verifies the others.
            for file in sorted(unfinished.iterdir(), key=lambda file: file.name == files.CONFIG):
                file.replace(self.folder / file.name)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
        self._emit("saved", **scores)
        return Analyzer.load(self.folder)

    def _save(self, folder: Path) -> dict[str, float]:
        """Write all files of the model to an empty folder; its scores on dev."""
        folder.mkdir()
        (folder / files.TRAINING).write_text(self._training_file(), encoding="utf-8")
        save_model(
            folder,
            self.network,
            name=self.config.name,
            settings=self.settings,
            tokenizer=self.tokenizer,
            quantize=self.config.quantize,
        )
        scores = self._scores(Analyzer.load(folder))
        files.write_scores(folder, scores)
        (folder / files.CARD).write_text(card(folder, {}), encoding="utf-8")
        return scores

    def _training_file(self) -> str:
        """``training.toml``; the one in the folder, with its comments, if it says the same."""
        path = self.folder / files.TRAINING
        with suppress(ConfigError):
            if Config.from_toml(path) == self.config:
                return path.read_text(encoding="utf-8")
        return self.config.to_toml()

    def _train_step(self, examples: Sequence[Example]) -> dict[str, float]:
        started_s = time.monotonic()
        # A function of the step alone, so that a resumed training draws the same dropout.
        torch.manual_seed(self.config.seed * 1_000_003 + self.step)
        self.network.train()
        batch = collate(examples, self.tokenizer, self.config)
        losses = self._losses(batch)
        total = (
            losses["tag"]
            + self.config.label_loss * losses["label"]
            + self.config.relation_loss * losses["relation"]
        )
        values = {name: float(loss.detach()) for name, loss in losses.items()}
        if not all(map(math.isfinite, values.values())):
            raise ConfigError(
                f"step {self.step}: expected finite losses, found {values}; the training has "
                f"diverged, try learning rates below {self.config.learning_rate:g} and "
                f"{self.config.head_learning_rate:g}"
            )
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.step += 1
        self.average.update(self.network)
        return {**values, "duration_s": time.monotonic() - started_s}

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        if self.frozen:
            states, log_probs = self.frozen.read(batch, self.device)
        else:
            states, log_probs = self.network(batch.ids.to(self.device), batch.mask.to(self.device))
        states, log_probs = states.flatten(0, 1), log_probs.flatten(0, 1)
        zero = log_probs.sum() * 0.0
        sums = {"tag": zero, "label": zero, "relation": zero}
        tag_weight = torch.zeros((), device=self.device)
        n_segments = 0
        for example, rows in zip(batch.examples, batch.rows, strict=True):
            at = rows.to(self.device)
            words = log_probs[at[torch.from_numpy(example.tokens.word_token).to(self.device)]]
            allowed = torch.from_numpy(example.tags).to(self.device)
            loss, weight = tag_loss(words, allowed, self.tag_weights)
            sums["tag"] = sums["tag"] + loss
            tag_weight = tag_weight + weight
            if not example.spans:
                continue
            n_segments += len(example.spans)
            for name, value in document_losses(
                self.network.head, example, states[at], words, self.label_weights
            ).items():
                sums[name] = sums[name] + value
        return {
            "tag": sums["tag"] / tag_weight.clamp(min=1.0),
            "label": sums["label"] / max(n_segments, 1),
            "relation": sums["relation"] / max(n_segments, 1),
        }

    def _end_epoch(self, number: int) -> None:
        with self.average.swapped_into(self.network):
            scores = self._scores(self._analyzer())
            objective = dev_objective(scores) if self.dev else float(number)
            if objective > self.best_score:
                self.best_score = objective
                self.best = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self._emit("epoch", epoch=number + 1, **scores)

    def _scores(self, analyzer: Analyzer) -> dict[str, float]:
        """The scores on dev; none without dev."""
        if not self.dev:
            return {}
        predicted = list(analyzer.analyze_many(self.dev))
        return dev_scores(self.dev, predicted, self.config.labels)

    def _analyzer(self) -> Analyzer:
        return Analyzer(self.settings, self.tokenizer, TorchRuntime(self.network))

    def _rate(self, step: int) -> float:
        """Factor of the learning rates at a step, counted from 0; none is without effect."""
        n_warmup = max(1.0, self.config.warmup * self.n_steps)
        rising = (step + 1) / n_warmup
        falling = (self.n_steps - step) / max(1.0, self.n_steps - n_warmup)
        return max(0.0, min(rising, falling))

    def _save_checkpoint(self) -> None:
        state = {
            "config": self.config.to_dict(),
            "documents_sha256": self.documents_sha256,
            "step": self.step,
            "n_epochs_done": self.n_epochs_done,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "best_score": self.best_score,
        }
        temporary = self.folder / f"{CHECKPOINT}.part"
        torch.save(state, temporary)
        temporary.replace(self.folder / CHECKPOINT)

    def _restore(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return False
        state = torch.load(path, map_location=self.device, weights_only=True)
        same_config = state["config"] == self.config.to_dict()
        if not same_config or state["documents_sha256"] != self.documents_sha256:
            raise ConfigError(
                f"{path}: this is the checkpoint of a training with "
                f"{'other documents' if same_config else 'another configuration'}; "
                "choose another folder, or delete the file to begin anew"
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.average.load_state_dict(state["average"])
        self.best, self.best_score = state["best"], state["best_score"]
        self.step, self.n_epochs_done = state["step"], state["n_epochs_done"]
        return True

    def _emit(self, kind: str, **values: Any) -> None:
        event = Event(kind, self.step, self.n_steps, values)
        if kind != "step":
            with (self.folder / LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps({"kind": kind, "step": self.step, **values}) + "\n")
        self.on_event(event)


def _documents_sha256(documents: Iterable[Document]) -> str:
    digest = hashlib.sha256()
    for document in documents:
        digest.update(replace(document, meta={}).to_json().encode() + b"\n")
    return digest.hexdigest()
