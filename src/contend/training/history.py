"""What a training has seen so far: kept in its checkpoint, told by its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class History:
    """Losses by step and scores by epoch.

    Attributes:
        losses: the ``steps.LOSSES`` of each step, in their order.
        epochs: the scores on dev after each epoch; empty ones without dev.
        best_epoch: the number of the epoch that is kept, from 1; 0 before the first.
        best_objective: its objective on dev.
        steps: the number of steps after each epoch.
    """

    losses: list[list[float]] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    best_epoch: int = 0
    best_objective: float = float("-inf")

    def end_epoch(self, scores: Mapping[str, float], objective: float) -> bool:
        """Note the end of an epoch; whether it is the best so far."""
        self.epochs.append(dict(scores))
        self.steps.append(len(self.losses))
        if objective <= self.best_objective:
            return False
        self.best_epoch, self.best_objective = len(self.epochs), objective
        return True

    @property
    def n_epochs_since_best(self) -> int:
        """Epochs that were not better than the best one."""
        return len(self.epochs) - self.best_epoch

    def to_dict(self) -> dict[str, Any]:
        """The history as plain values."""
        return {
            "losses": self.losses,
            "epochs": self.epochs,
            "steps": self.steps,
            "best_epoch": self.best_epoch,
            "best_objective": self.best_objective,
        }
