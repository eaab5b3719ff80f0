"""Progress on standard error, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(description: str, *, total: int | None, shown: bool) -> Iterator[Callable[[], None]]:
    """A bar; the function that it gives is called after each step.

    Args:
        description: what is being done.
        total: how many steps there will be, ``None`` if nobody knows.
        shown: whether to show it if standard error is a terminal.
    """
    if not (shown and sys.stderr.isatty()):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda: bar.advance(task)
