"""``contend corpora``: which there are, what they hold, and the gold article."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import click

from contend import scheme
from contend.cli.options import json_option
from contend.cli.outputs import stdout_console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from contend.corpora import Card, Corpus
    from contend.corpora.gold import GoldStatus

_GOLD = "gold"
_LICENCE_CHARACTERS = 44


class _ShowByDefault(click.Group):
    """``contend corpora NAME`` is ``contend corpora show NAME``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_ShowByDefault, invoke_without_command=True)
@json_option
@click.pass_context
def corpora(ctx: click.Context, as_json: bool) -> None:
    """List the corpora, or show the card of one.

    \b
    contend corpora
    contend corpora essays
    contend corpora gold
    contend corpora attach gold MY_COPY.txt

    "At hand" are the corpora of this repository, and those below the folder that the environment
    variable CONTEND_DATA names.
    """
    if ctx.invoked_subcommand is not None:
        return
    rows = _rows()
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("corpus", "documents", "at hand"):
        table.add_column(heading, no_wrap=True)
    table.add_column("licence")
    for row in rows:
        cells = (row["name"], f"{row['n_documents']:,}", "yes" if row["at_hand"] else "no")
        licence = shorten(row["licence"], _LICENCE_CHARACTERS, placeholder=" …")
        table.add_row(*cells, Text(licence))
    stdout_console().print(table)


@corpora.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the card of a corpus."""
    from contend.corpora import get_corpus

    corpus = get_corpus(name)
    if as_json:
        click.echo(json.dumps(asdict(corpus.card), indent=2, ensure_ascii=False))
        return
    console = stdout_console()
    console.print(_card(corpus.card, str(corpus.default_path()), at_hand=_at_hand(corpus)))
    if name == _GOLD:
        from contend.corpora.gold import status

        console.print()
        _print_gold(status(), console)


@corpora.command()
@click.argument("name", type=click.Choice((_GOLD,)))
@click.argument("copy", metavar="MY_COPY.txt", type=click.Path(path_type=Path))
def attach(name: str, copy: Path) -> None:
    """Attach the annotation of the gold article to your own copy of its text.

    The copy may differ in line ends, quotation marks, blanks, headings and byline; every passage
    is verified word by word. The copy is kept for later, in the folder that the environment
    variable CONTEND_HOME names, or in .contend in your home folder.
    """
    from contend.corpora.gold import attach_copy

    _print_gold(attach_copy(copy), stdout_console())


def _print_gold(found: GoldStatus, console: Console) -> None:
    console.print(f"“{found.title}”", style="bold", markup=False)
    console.print(
        f"{found.author}, {found.newspaper}, {found.date}; {found.n_words:,} words", markup=False
    )
    if found.attachment is None:
        console.print(
            "\nIts text is not at hand, and not ours to give. Save your copy of the article as "
            "plain text, then: contend corpora attach gold MY_COPY.txt"
        )
        return
    console.print(f"\nYour copy: {found.file}", markup=False, soft_wrap=True)
    console.print(found.attachment.summary(), markup=False)
    console.print("To score the model on it: contend evaluate --corpus gold")


def _card(card: Card, path: str, *, at_hand: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    place = path if at_hand else f"not at hand; expected in {path}"
    lines = [
        (card.name, card.title),
        ("", card.description),
        ("licence", card.licence),
        ("in the repository", "text and annotations" if card.redistributable else "not its texts"),
        ("citation", card.citation),
        ("source", card.source),
        ("place", place),
    ]
    lines += [
        (split, ", ".join(f"{number:,} {what}" for what, number in _counts(of)))
        for split, of in card.counts.items()
    ]
    lines += [("mind" if not place else "", caveat) for place, caveat in enumerate(card.caveats)]
    for heading, text in lines:
        table.add_row(Text(heading), Text(text))
    return table


def _counts(of: Mapping[str, int]) -> list[tuple[str, int]]:
    """Documents first, then labels, then relations."""
    last = scheme.RELATION_LABELS
    return sorted(of.items(), key=lambda item: (item[0] != "documents", item[0] in last, item[0]))


def _rows() -> list[dict[str, Any]]:
    from contend.corpora import CORPORA, get_corpus

    rows = []
    for name in CORPORA:
        corpus = get_corpus(name)
        card = corpus.card
        rows.append(
            {
                "name": name,
                "title": card.title,
                "n_documents": sum(of.get("documents", 0) for of in card.counts.values()),
                "at_hand": _at_hand(corpus),
                "licence": card.licence,
            }
        )
    return rows


def _at_hand(corpus: Corpus) -> bool:
    """Whether the corpus's folder is there; that it holds the right files is seen on reading."""
    return corpus.default_path().is_dir()
