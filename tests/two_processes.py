"""Trainings by two processes, for ``test_processes``: run as a script, it forks them.

``python two_processes.py TOKENIZER FOLDER`` writes what each process of each scenario saw to
``FOLDER/<scenario>-<rank>.pt``. Heavy libraries are imported once, before the processes part.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tiny_model
import torch
import torch.distributed as dist

from contend.training import train as module
from contend.training.train import Event, Training, train

Seen = dict[str, Any]
DEV = tiny_model.documents(prefix="v")[:2]


class Killed(BaseException):
    """Stands for the end of the process."""


def run(out: Path, encoder: Path, seen: Seen, *, kill_at: int = 0, **changed: Any) -> None:
    documents = changed.pop("documents", tiny_model.documents())
    dev = changed.pop("dev", DEV)

    def on_event(event: Event) -> None:
        seen.setdefault("kinds", []).append(event.kind)
        if event.kind == "step":
            seen.setdefault("losses", []).append([event.values[n] for n in module.LOSSES])
        if event.kind == "epoch":
            seen.setdefault("scores", []).append(event.values["word_macro_f1"])
        if kill_at and event.step >= kill_at:
            raise Killed

    config = tiny_model.config(encoder, **{"ema": 0.8, **changed})
    train({"train": documents, "dev": dev}, out=out, config=config, on_event=on_event)


def without_dropout(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    torch.nn.functional.dropout = lambda values, *args, **options: values  # type: ignore[assignment]
    clip = torch.nn.utils.clip_grad_norm_

    def noting(parameters: Any, most: float) -> Any:
        parameters = list(parameters)
        if "grads" not in seen:
            seen["grads"] = [None if p.grad is None else p.grad.clone() for p in parameters]
        return clip(parameters, most)

    torch.nn.utils.clip_grad_norm_ = noting  # type: ignore[assignment]
    # With a small rate, rounding stays rounding: Adam divides by the size of a gradient.
    run(out, encoder, seen, learning_rate=1e-4, head_learning_rate=1e-4)


def whole(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    run(out, encoder, seen)


def killed(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    run(out, encoder, seen, kill_at=4)


def one_fails(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    losses = module.StepLosses.of
    seen["calls"] = []

    def of(*args: Any) -> Any:
        if rank == 1 and len(seen["calls"]) == 2:
            raise MemoryError("no room")
        seen["calls"].append(1)
        return losses(*args)

    module.StepLosses.of = of  # type: ignore[method-assign]
    run(out, encoder, seen)


def leader_fails(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    def predict(*args: Any) -> Any:
        raise OSError("disk full")

    module.Training.predict = predict  # type: ignore[method-assign]
    run(out, encoder, seen)


def bad_label(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    documents = tiny_model.documents({"claim": "Claim"} if rank == 1 else None)
    run(out, encoder, seen, documents=documents)


def other_documents(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    run(out, encoder, seen, documents=tiny_model.documents()[rank:])


def stops_early(out: Path, encoder: Path, rank: int, seen: Seen) -> None:
    module.dev_objective = lambda scores: 0.0
    run(out, encoder, seen, epochs=5, patience=1)


SCENARIOS: dict[str, Callable[[Path, Path, int, Seen], None]] = {
    each.__name__: each
    for each in (
        without_dropout, whole, killed, one_fails, leader_fails, bad_label, other_documents,
        stops_early,
    )
}  # fmt: skip


def play(
    scenario: str, folder: Path, encoder: Path, *, n: int, out: str = "", name: str = ""
) -> None:
    """Run a scenario in ``n`` processes, which leave what they saw."""
    name = name or scenario
    children = []
    for rank in range(n):
        child = os.fork()
        if child == 0:
            seen: Seen = {}
            try:
                if n > 1:
                    store = f"file://{folder / name}.store"
                    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=n)
                SCENARIOS[scenario](folder / (out or name), encoder, rank, seen)
            except BaseException as error:
                seen["error"] = f"{type(error).__name__}: {error}"
                seen["traceback"] = traceback.format_exc()
            torch.save(seen, folder / f"{name}-{rank}.pt")
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def main(tokenizer_file: Path, folder: Path) -> None:
    def finish(self: Training) -> None:
        weights = {name: value.clone() for name, value in self.network.state_dict().items()}
        torch.save(weights, self.folder / f"weights-{self.processes.rank}.pt")

    Training.finish = finish  # type: ignore[method-assign, assignment]
    module._CHECKPOINT_SECONDS = -1.0
    # The children make it: a parent that has computed must not fork.
    encoder = folder / "tiny"
    child = os.fork()
    if child == 0:
        tiny_model.save_encoder(encoder, tokenizer_file)
        os._exit(0)
    os.waitpid(child, 0)
    play("without_dropout", folder, encoder, n=1, name="alone")
    play("without_dropout", folder, encoder, n=2, name="both")
    play("whole", folder, encoder, n=2)
    play("killed", folder, encoder, n=2)
    play("whole", folder, encoder, n=2, out="killed", name="resumed")
    for scenario in ("one_fails", "leader_fails", "bad_label", "other_documents", "stops_early"):
        play(scenario, folder, encoder, n=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
