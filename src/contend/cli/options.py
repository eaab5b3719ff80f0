"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from contend.formats import FORMATS

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

model_option = click.option(
    "--model", default="", metavar="NAME|FOLDER", help="A model other than the default."
)
format_names = click.Choice(tuple(FORMATS))
format_option = click.option(
    "--from",
    "format",
    type=format_names,
    callback=lambda context, parameter, value: value or "",
    help="As in contend convert.",
)
path_option = click.option(
    "--path", metavar="FOLDER", help="Where the corpus lies, if not where expected."
)
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")
json_format_option = click.option(
    "--json", "as_json", is_flag=True, help="The same as --format json."
)


def min_score_option(help: str) -> _Decorator:
    """``--min-score``, with what the command does with it."""
    return click.option("--min-score", type=click.FloatRange(0, 1), default=0.0, help=help)


def labels_option(name: str, help: str) -> _Decorator:
    """``--labels`` of a corpus, under ``name``."""
    return click.option(
        "--labels",
        name,
        type=click.Choice(("scheme", "own")),
        default="scheme",
        show_default=True,
        help=help,
    )
