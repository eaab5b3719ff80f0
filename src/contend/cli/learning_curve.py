"""``contend learning-curve``: what more annotated articles would bring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from contend.cli.train import read_settings, training_options
from contend.errors import MissingDependencyError


@click.command("learning-curve")
@training_options
@click.option(
    "--sizes",
    default="25%,50%,75%,100%",
    show_default=True,
    help="Parts to train on: shares of the documents, or numbers of them.",
)
@click.option(
    "--draws",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Parts of each size, drawn at random.",
)
@click.option(
    "--ahead",
    default="10,25,50,100",
    show_default=True,
    help="For how many more documents to say what they would bring.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--out", required=True, metavar="FOLDER", help="Where runs and result go.")
def learning_curve(
    sizes: str, draws: int, ahead: str, as_json: bool, out: str, **options: Any
) -> None:
    """Train on parts of the documents and say what more of them would bring.

    Trains on nested parts of the training documents, scores each on dev, fits a curve and draws
    it on, with a 95 % interval from the differences between draws. FOLDER gets
    learning-curve.json and learning-curve.svg. Options are those of contend train.

    \b
    contend learning-curve --data mine.jsonl --dev held-out.jsonl --out curve
    contend learning-curve training.toml --sizes 10,20,40 --draws 5 --out curve

    Finished runs are kept: when it is called again it goes on where it was, and more sizes or
    draws cost only their own runs.
    """
    settings = read_settings(**options)
    more = _numbers(ahead)
    try:
        from contend.training.learning_curve import learning_curve as run
        from contend.training.processes import ToldByLeaderError, this_leads
    except ModuleNotFoundError as error:
        raise MissingDependencyError.of(error.name or "torch", "train") from None
    from contend.cli.watch import Watch

    try:
        with Watch(brief=True) as watch:
            result = run(
                out=out, config=settings, sizes=sizes.split(","), draws=draws, ahead=more,
                on_event=watch,
            )  # fmt: skip
    except ToldByLeaderError:
        raise SystemExit(1) from None
    if this_leads():
        _show(result, Path(out), as_json=as_json)


def _show(result: dict[str, Any], out: Path, *, as_json: bool) -> None:
    import json

    from contend.cli.outputs import stdout_console
    from contend.files import replacing
    from contend.render.learning import learning_svg, learning_table

    picture = out / "learning-curve.svg"
    with replacing(picture) as file:
        file.write(f"{learning_svg(result)}\n".encode())
    if as_json:
        click.echo(json.dumps(result, indent=1, ensure_ascii=False))
        return
    stdout_console().print(learning_table(result))
    n_dev = result["n_dev_documents"]
    if result["reason"]:
        click.echo(f"\nNo forecast: {result['reason']}.")
    else:
        click.echo(
            "\nMeasured: mean, lowest and highest of the runs. Expected: the score, and the 95 % "
            "interval of the gain over all documents there are. On these "
            f"{n_dev} dev documents; others may differ by more."
        )
    click.echo(f"The picture: {picture}")


def _numbers(ahead: str) -> list[int]:
    try:
        numbers = [int(part) for part in ahead.split(",")]
    except ValueError:
        numbers = [0]
    if min(numbers) < 1:
        raise click.UsageError(f"--ahead {ahead}: expected numbers of documents, as in 10,25")
    return numbers
