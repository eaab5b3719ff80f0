"""What happens in a training, and where it is written: a log, TensorBoard, whoever listens."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contend.errors import MissingDependencyError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LOG = "log.jsonl"
TENSORBOARD = "tensorboard"
_NOT_LOGGED = ("step", "summary")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a training.

    Attributes:
        kind: ``start``, ``step``, ``epoch``, ``stopped`` (early), ``tuned``, ``summary``,
            ``saved``; in a learning curve also ``run``.
        step, n_steps: how far it is; the number of steps is the most there can be.
        values: losses, scores on dev, learning rates, seconds.
    """

    kind: str
    step: int
    n_steps: int
    values: Mapping[str, Any] = field(default_factory=dict)


class Events:
    """Where the events of a training go.

    Args:
        folder: where the log and the files of TensorBoard lie.
        listener: called with every event, last of all.
        tensorboard: whether to write for TensorBoard.
        silent: whether this process only follows, and all goes nowhere.

    Raises:
        MissingDependencyError: if TensorBoard is wanted and not installed.
    """

    def __init__(
        self,
        folder: Path,
        listener: Callable[[Event], None],
        *,
        tensorboard: bool = False,
        silent: bool = False,
    ) -> None:
        if tensorboard and find_spec("tensorboard") is None:
            raise MissingDependencyError.of("tensorboard", "tensorboard")
        self._folder, self._listener, self._silent = folder, listener, silent
        self._for_board = tensorboard and not silent
        self._board: SummaryWriter | None = None

    def forget(self) -> None:
        """Take away what an earlier training in the same folder has written."""
        (self._folder / LOG).unlink(missing_ok=True)
        shutil.rmtree(self._folder / TENSORBOARD, ignore_errors=True)

    def emit(self, event: Event) -> None:
        """Write an event down and tell it."""
        if self._silent:
            return
        if self._for_board:
            self._draw(event)
        if event.kind not in _NOT_LOGGED:
            line = json.dumps({"kind": event.kind, "step": event.step, **event.values})
            with (self._folder / LOG).open("a", encoding="utf-8") as log:
                log.write(f"{line}\n")
        self._listener(event)

    def close(self) -> None:
        """Write down what is still in memory."""
        if self._board is not None:
            self._board.close()
            self._board = None

    def _draw(self, event: Event) -> None:
        if self._board is None:
            self._board = _open_board(self._folder / TENSORBOARD, event.step)
        if event.kind not in ("step", "epoch", "saved"):
            return
        group = {"step": "training", "epoch": "dev", "saved": "model"}[event.kind]
        for name, value in event.values.items():
            if isinstance(value, float):
                # A slash in the name of a score would open another group.
                tag = f"{group}/{name.replace('/', '.')}"
                self._board.add_scalar(tag, value, event.step)
        if event.kind != "step":
            self._board.flush()


def _open_board(folder: Path, step: int) -> SummaryWriter:
    """A writer that goes on after ``step``: what was written of later steps is taken back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its libraries warn of each other
        from torch.utils.tensorboard import SummaryWriter
    return SummaryWriter(str(folder), purge_step=step + 1)
