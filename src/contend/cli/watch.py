"""A training, watched: a bar on a terminal, elsewhere a line from time to time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from contend.training.events import Event

_EVERY_SECONDS = 10.0  # between two lines of steps
_LOSSES = ("tag", "label", "relation")  # in the bar, which has no room for more
_HIDDEN = ("duration_s", "learning_rate")


class Watch:
    """Shows the events of a training on standard error; a context manager.

    Args:
        on_summary: called with the summary of a finished training.
        brief: whether to leave out what happens once an epoch or once a training.
        clock: seconds from any moment on.
    """

    def __init__(
        self,
        on_summary: Callable[[dict[str, Any]], None] = lambda summary: None,
        *,
        brief: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_summary, self._brief, self._clock = on_summary, brief, clock
        self._prefix = ""
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._first_step, self._began_s, self._said_s = 0, clock(), float("-inf")

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        # Not before: of several processes only the first has events to show.
        if self._bar is None and sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
        if event.kind == "step":
            self._step(event)
        elif event.kind == "summary":
            self._on_summary(event.values["summary"])
        elif event.kind == "run":
            self._begin(event)
            self._prefix = f"{event.values['run']}/{event.values['n_runs']} "
            self._say(f"{self._prefix}{_line(event)}")
        else:
            if event.kind == "start":
                self._begin(event)
            if not self._brief:
                self._say(f"{self._prefix}{event.step}/{event.n_steps} {_line(event)}")

    def eta_s(self, event: Event) -> float | None:
        """Seconds to the last step, evaluations included, as long as it goes on like this."""
        n_done = event.step - self._first_step
        if n_done < 1:
            return None
        return (self._clock() - self._began_s) / n_done * (event.n_steps - event.step)

    def _begin(self, event: Event) -> None:
        self._first_step, self._began_s, self._said_s = event.step, self._clock(), float("-inf")
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)
        self._task = None

    def _step(self, event: Event) -> None:
        eta_s = self.eta_s(event)
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task(f"{self._prefix}training", loss="", left="")
            losses = " ".join(f"{name} {event.values[name]:.3f}" for name in _LOSSES)
            self._bar.update(
                self._task, completed=event.step, total=event.n_steps, loss=losses,
                left=_duration(eta_s),
            )  # fmt: skip
            if event.step == event.n_steps:
                self._bar.update(self._task, description=f"{self._prefix}evaluating, saving")
        elif self._clock() - self._said_s >= _EVERY_SECONDS:
            self._said_s = self._clock()
            left = "" if eta_s is None else f", eta_s {eta_s:.0f}"
            self._say(f"{self._prefix}{event.step}/{event.n_steps} {_line(event)}{left}")

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            click.echo(text, err=True)


def _line(event: Event) -> str:
    values = ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in event.values.items()
        if name not in _HIDDEN
    )
    return f"{event.kind}: {values}"


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"
