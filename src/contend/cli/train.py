"""``contend train``: a model from a configuration or a few flags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from contend.cli.options import format_names
from contend.errors import MissingDependencyError

if TYPE_CHECKING:
    from contend.training.config import Config

_F = TypeVar("_F", bound=Callable[..., Any])
_OPTIONS = (
    click.argument("config", required=False, metavar="[CONFIG.toml]"),
    click.option("--corpus", multiple=True, metavar="NAME", help="Learn from its train split."),
    click.option("--data", multiple=True, metavar="FILE", help="Learn from these documents."),
    click.option("--dev", multiple=True, metavar="FILE", help="Choose on these documents."),
    click.option(
        "--from",
        "format",
        type=format_names,
        help="What --data and --dev are, if their names do not say.",
    ),
    click.option("--start", metavar="MODEL|ENCODER", help="What to start from."),
    click.option("--epochs", type=click.IntRange(1), help="How often to read the documents."),
    click.option(
        "--patience", type=click.IntRange(0), help="End after so many epochs without a better one."
    ),
    click.option("--seed", type=int, help="Of everything random."),
)


def training_options(command: _F) -> _F:
    """The flags that change a configuration, for a command; ``read_settings`` takes them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_settings(
    config: str | None,
    corpus: tuple[str, ...],
    data: tuple[str, ...],
    dev: tuple[str, ...],
    format: str | None,
    **changed: Any,
) -> Config:
    """The configuration that a file and flags make together.

    Raises:
        UsageError: if there is nothing to learn from.
    """
    from dataclasses import replace

    from contend.training.config import Config, Source

    settings = Config.from_toml(config) if config else Config()
    changed = {name: value for name, value in changed.items() if value is not None}

    def files(names: tuple[str, ...]) -> tuple[Source, ...]:
        return tuple(Source(file=name, format=format or "") for name in names)

    if corpus or data:
        changed["train"] = (*(Source(corpus=name) for name in corpus), *files(data))
        if not settings.dev:
            changed["dev"] = tuple(Source(corpus=name, split="dev") for name in corpus)
    if dev:
        changed["dev"] = files(dev)
    settings = replace(settings, **changed)
    if not settings.train:
        raise click.UsageError("nothing to learn from: give CONFIG.toml, --corpus or --data")
    return settings


@click.command()
@training_options
@click.option("--tensorboard/--no-tensorboard", default=None, help="Write for TensorBoard as well.")
@click.option("--out", required=True, metavar="FOLDER", help="Where the model goes.")
def train(out: str, **options: Any) -> None:
    """Train a model; flags change or replace what CONFIG.toml says.

    FILE may be in any format that contend convert reads. In FOLDER, summary.html tells at the end
    how it went, and whether the model is better than the one that it started from.

    \b
    contend train --corpus soapbox --out my-model
    contend train --data mine.jsonl --dev held-out.jsonl --start small --out my-model
    contend train training.toml --out my-model
    torchrun --nproc-per-node 2 -m contend train training.toml --out my-model

    A training that was stopped goes on where it was when it is called again in the same way.
    """
    settings = read_settings(**options)
    try:
        from contend.training.processes import ToldByLeaderError, this_leads
        from contend.training.train import train as run
    except ModuleNotFoundError as error:
        raise MissingDependencyError.of(error.name or "torch", "train") from None
    from contend.cli.watch import Watch

    page = Path(out) / "summary.html"

    def write(summary: dict[str, Any]) -> None:
        from contend.files import replacing
        from contend.render.summary import summary_page

        with replacing(page) as file:
            file.write(summary_page(summary).encode())

    try:
        with Watch(write) as watch:
            run(out=out, config=settings, on_event=watch)
    except ToldByLeaderError:
        raise SystemExit(1) from None
    if this_leads():
        click.echo(f"The model is in {out}; to use it: contend analyze --model {out} FILE")
        click.echo(f"How it went: {page}")
