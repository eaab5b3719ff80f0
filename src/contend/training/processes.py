"""Several processes that train one model together, and what they tell each other.

``torchrun --nproc-per-node 2 -m contend train …`` starts them. Each reads its part of the
documents of a step; gradients and losses are added up, so all take the same step. Process 0 leads:
it logs, evaluates and saves. What fails in one process fails in all, with its message; only the
leader tells it.

Source: https://docs.pytorch.org/docs/stable/elastic/run.html for the environment of a process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from contend.errors import ConfigError, ContendError

# How long a process waits for another, for instance while the leader evaluates. One that ends is
# noticed at once.
_LONGEST_WAIT = timedelta(hours=6)

_T = TypeVar("_T")


class ToldByLeaderError(ContendError):
    """An error that process 0 raises as well, with its own type; others need not tell it."""


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of a training, seen from one of them.

    Attributes:
        rank: the number of this one, from 0.
        size: how many there are.
        device: what this one computes on.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process logs, evaluates and saves."""
        return self.rank == 0

    @property
    def together(self) -> bool:
        """Whether there is anybody to talk to."""
        return self.size > 1

    def lead(self, work: Callable[[], _T]) -> _T:
        """What ``work`` gives in process 0; the others wait for it.

        Raises:
            ContendError: if it fails there.
        """
        if not self.together:
            return work()
        box: list[Any] = [None, None]
        own: Exception | None = None
        if self.leads:
            try:
                box[0] = work()
            except Exception as error:
                own, box[1] = error, _said(error)
        with _talking():
            dist.broadcast_object_list(box, src=0)
        if box[1] is not None:
            raise own or ToldByLeaderError(f"process 0: {box[1]}")
        given: _T = box[0]
        return given

    def each(self, work: Callable[[], _T]) -> _T:
        """What ``work`` gives in every process.

        Raises:
            ContendError: if it fails in any of them.
        """
        try:
            given, own = work(), None
        except Exception as error:
            if not self.together:
                raise
            given, own = None, error
        if self.together:
            self._raise_any(own)
        return given  # type: ignore[return-value]

    def check_same(self, facts: Mapping[str, object], advice: str) -> None:
        """Check that all processes know the same.

        Raises:
            ConfigError: if they do not; ``advice`` says what to do.
        """
        if not self.together:
            return
        found: list[Any] = [None] * self.size
        with _talking():
            dist.all_gather_object(found, dict(facts))
        for rank, theirs in enumerate(found):
            for name, value in found[0].items():
                if theirs[name] != value:
                    raise ConfigError(
                        f"the processes of a training must have the same {name}; process 0 has "
                        f"{value}, process {rank} has {theirs[name]}: {advice}"
                    )

    def share(self, network: nn.Module) -> None:
        """Give every process the weights of process 0."""
        if self.together:
            with _talking():
                for values in network.state_dict().values():
                    dist.broadcast(values, src=0)

    def add_up(
        self, network: nn.Module, losses: Mapping[str, Tensor], error: Exception | None
    ) -> dict[str, float]:
        """Add up gradients, in place, and losses of all processes.

        Args:
            network: its gradients are this process's part.
            losses: this process's parts.
            error: what kept this process from computing them, if anything did.

        Returns:
            The losses of the whole step.

        Raises:
            ContendError: if there was an error in any process.
        """
        if not self.together:
            if error is not None:
                raise error
            return {name: float(loss.detach()) for name, loss in losses.items()}
        parameters = [p for p in network.parameters() if p.requires_grad]
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        # What no process has a gradient for is left alone, as in a single process.
        has_grad = [float(p.grad is not None) for p in parameters]
        numbers = [*has_grad, *(float(loss.detach()) for loss in losses.values())]
        flat = torch.cat(
            [
                *(grad.flatten() for grad in grads),
                torch.tensor([*numbers, float(error is not None)], device=self.device),
            ]
        )
        with _talking():
            dist.all_reduce(flat)
        *numbers, n_failed = flat[-len(numbers) - 1 :].tolist()
        if n_failed:
            self._raise_any(error)
        start = 0
        for parameter, grad, n_with_grad in zip(parameters, grads, numbers, strict=False):
            summed = flat[start : start + grad.numel()].view_as(grad)
            parameter.grad = summed.clone() if n_with_grad else None
            start += grad.numel()
        return dict(zip(losses, numbers[len(parameters) :], strict=True))

    def _raise_any(self, own: Exception | None) -> None:
        """Raise what any process failed with; called by all of them."""
        said: list[Any] = [None] * self.size
        with _talking():
            dist.all_gather_object(said, None if own is None else _said(own))
        failed = [(rank, message) for rank, message in enumerate(said) if message is not None]
        if not failed:
            return
        # A flaw of the program is told with its traceback where it happened.
        if own is not None and (self.leads or not isinstance(own, ContendError | OSError)):
            raise own
        rank, message = failed[0]
        told = f"process {rank}: {message}"
        raise ContendError(told) if self.leads else ToldByLeaderError(told)


@contextmanager
def joined() -> Iterator[Processes]:
    """The processes of this training: those that a launcher started, or this one alone.

    Raises:
        ContendError: if the processes cannot find each other, or one ends.
    """
    begun = False
    if not dist.is_available():
        yield Processes(0, 1, _device())
        return
    if not dist.is_initialized() and int(os.environ.get("WORLD_SIZE") or 1) > 1:
        backend = "gloo"
        if torch.cuda.is_available():
            torch.cuda.set_device(_device())
            backend = "cpu:gloo,cuda:nccl"
        with _talking():
            dist.init_process_group(backend, timeout=_LONGEST_WAIT)
        begun = True
    there = dist.is_initialized()
    processes = Processes(
        dist.get_rank() if there else 0, dist.get_world_size() if there else 1, _device()
    )
    try:
        yield processes
    except ContendError as error:
        if processes.leads or isinstance(error, ToldByLeaderError):
            raise
        raise ToldByLeaderError(str(error)) from error
    if begun:
        dist.destroy_process_group()


def this_leads() -> bool:
    """Whether this is process 0, or the only one."""
    return int(os.environ.get("RANK") or 0) == 0


def _device() -> torch.device:
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK") or 0))


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ContendError) else f"{type(error).__name__}: {error}"


@contextmanager
def _talking() -> Iterator[None]:
    """Turns the end of another process into an error for people."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ContendError(
            f"the processes of this training did not find or lost each other ({reason:.200}); "
            "perhaps one of them has ended, see its message. Start all again in the same way: the "
            "training goes on from its last checkpoint"
        ) from error
