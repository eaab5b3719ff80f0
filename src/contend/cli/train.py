"""``contend train``: a model from a configuration or a few flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from contend.errors import MissingDependencyError

if TYPE_CHECKING:
    from contend.training.train import Event


@click.command()
@click.argument("config", required=False, metavar="[CONFIG.toml]")
@click.option("--corpus", multiple=True, metavar="NAME", help="Learn from its train split.")
@click.option("--data", multiple=True, metavar="FILE.jsonl", help="Learn from these documents.")
@click.option("--dev", multiple=True, metavar="FILE.jsonl", help="Choose on these documents.")
@click.option("--start", metavar="MODEL|ENCODER", help="What to start from.")
@click.option("--epochs", type=click.IntRange(1))
@click.option("--seed", type=int)
@click.option("--out", required=True, metavar="FOLDER", help="Where the model goes.")
def train(
    config: str | None,
    corpus: tuple[str, ...],
    data: tuple[str, ...],
    dev: tuple[str, ...],
    start: str | None,
    epochs: int | None,
    seed: int | None,
    out: str,
) -> None:
    """Train a model; flags change or replace what CONFIG.toml says.

    \b
    contend train --corpus soapbox --out my-model
    contend train --data mine.jsonl --dev held-out.jsonl --start small --out my-model
    contend train training.toml --out my-model

    A training that was stopped goes on where it was when it is called again in the same way.
    """
    from dataclasses import replace

    from contend.training.config import Config, Source

    settings = Config.from_toml(config) if config else Config()
    changed: dict[str, Any] = {"start": start, "epochs": epochs, "seed": seed}
    changed = {name: value for name, value in changed.items() if value is not None}
    if corpus or data:
        changed["train"] = (
            *(Source(corpus=name) for name in corpus),
            *(Source(file=name) for name in data),
        )
        if not dev:
            changed["dev"] = tuple(Source(corpus=name, split="dev") for name in corpus)
    if dev:
        changed["dev"] = tuple(Source(file=name) for name in dev)
    settings = replace(settings, **changed)
    if not settings.train:
        raise click.UsageError("nothing to learn from: give CONFIG.toml, --corpus or --data")
    try:
        from contend.training.train import train as run
    except ModuleNotFoundError as error:
        raise MissingDependencyError.of(error.name or "torch", "train") from None
    run(out=out, config=settings, on_event=_report)
    click.echo(f"The model is in {out}; to use it: contend analyze --model {out} FILE")


def _report(event: Event) -> None:
    values = ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in event.values.items()
    )
    click.echo(f"{event.step}/{event.n_steps} {event.kind}: {values}", err=True)
