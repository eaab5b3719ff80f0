"""``contend analyze`` and ``render``: documents made and shown."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from contend.cli.inputs import Inputs, read_documents
from contend.cli.options import json_format_option, min_score_option, model_option
from contend.cli.outputs import FORMATS, check_output, write_documents
from contend.cli.progress import progress
from contend.document import Document


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER|-…")
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@json_format_option
@model_option
@min_score_option("Leave out passages that are less sure.")
@click.option(
    "--out",
    metavar="FILE|FOLDER",
    help="Write there, whole or not at all; a folder (or a name that ends with /) gets a file "
    "for each article.",
)
def analyze(
    files: tuple[str, ...],
    format: str,
    as_json: bool,
    model: str,
    min_score: float,
    out: str | None,
) -> None:
    """Find claims, evidence and counterclaims in articles.

    FILE is a text in UTF-8, whose line ends count as they are and whose byte order mark, if any,
    does not; or a .jsonl file, whose documents' texts are analysed. Of a FOLDER the .txt and .md
    files are read, in sorted order. - is standard input.

    JSON of one file is an object, of several a list; for many use jsonl. A file that cannot be
    read is reported and the others are analysed; the exit code is then 1. No file
    that is read is replaced.

    \b
    contend analyze article.txt
    contend analyze article.txt --json > article.json
    contend analyze articles/ --format html --out pages/
    pbpaste | contend analyze -
    """
    from contend.analyzer import Analyzer

    inputs = Inputs(files)
    check_output(out, inputs.files, "json" if as_json else format)
    analyzer = Analyzer.load(model)
    # A bar would tear the text that is printed to the same terminal.
    shown = (len(inputs.files) > 1 or inputs.has_lines) and (
        out is not None or not sys.stdout.isatty()
    )
    total = None if inputs.has_lines else len(inputs.files)
    with progress("analysing", total=total, shown=shown) as advance:
        analysed: Iterable[Document] = analyzer.analyze_many(
            inputs.documents(on_file=advance), min_score=min_score
        )
        if inputs.single:
            # Nothing is written, and no file replaced, if the only article cannot be read.
            analysed = list(analysed)
        if analysed:
            write_documents(
                analysed, format="json" if as_json else format, out=out, single=inputs.single
            )
    if inputs.n_failed:
        raise SystemExit(1)


@click.command()
@click.argument("file", metavar="FILE.jsonl|-")
@click.option("--format", type=click.Choice(("text", "html")), default="text", show_default=True)
@click.option("--out", metavar="FILE|FOLDER", help="As in analyze.")
def render(file: str, format: str, out: str | None) -> None:
    """Show documents that are analysed already.

    \b
    contend render analysed.jsonl
    contend render analysed.jsonl --format html --out pages/
    """
    check_output(out, [file], format)
    write_documents(read_documents(file), format=format, out=out, single=False)
