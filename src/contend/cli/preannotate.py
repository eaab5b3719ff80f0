"""``contend preannotate``: predictions as suggestions in the files of an annotation tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contend.cli.inputs import ARTICLE_SUFFIXES, Inputs, is_read
from contend.cli.options import min_score_option, model_option
from contend.cli.progress import progress
from contend.document import Document

if TYPE_CHECKING:
    from contend.analyzer import Analyzer
    from contend.formats import Format, Losses
    from contend.preannotation import Certainty

_TOOLS = ("label-studio", "brat", "inception", "doccano", "jsonl")


@click.command()
@click.argument("articles", nargs=-1, required=True, metavar="FILE|FOLDER|-…")
@click.argument("out", metavar="OUT")
@click.option("--for", "tool", type=click.Choice(_TOOLS), required=True, help="The tool.")
@model_option
@min_score_option("Suggest only passages that are at least this sure.")
@click.option(
    "--least-certain-first",
    is_flag=True,
    help="Order the articles so that the model learns most from the first ones that you correct.",
)
@click.option(
    "--certainty",
    "by",
    type=click.Choice(("mean", "min")),
    default="mean",
    show_default=True,
    help="Of an article: the mean score of its passages, or the lowest.",
)
def preannotate(
    articles: tuple[str, ...],
    out: str,
    tool: str,
    model: str,
    min_score: float,
    least_certain_first: bool,
    by: Certainty,
) -> None:
    """Write what the model finds for people to correct in an annotation tool.

    Articles are read as analyze reads them. OUT is a file for label-studio, doccano and jsonl, a
    folder for brat, a folder or a .zip file for inception; it is written whole or not at all, and
    never in the place of an article, nor into a folder with annotations of brat.

    Scores are shown by Label Studio (beside each passage, and the mean as the prediction score),
    brat (as notes) and INCEpTION (as a feature); doccano shows only how certain the article is,
    among its metadata. With --least-certain-first, names of files get numbers in front where a
    tool sorts by name.

    \b
    contend preannotate articles/ tasks.json --for label-studio
    contend preannotate articles/ for-brat/ --for brat --least-certain-first
    """
    from contend.analyzer import Analyzer
    from contend.formats import find_format, write_documents
    from contend.preannotation import for_tool
    from contend.preannotation import preannotate as suggest

    inputs = Inputs(articles)
    to = find_format(out, tool)
    if _is_article(out, inputs, to):
        raise click.UsageError(f"{out} is an article; name the file to write last")
    _check_folder(Path(out), inputs, to)
    analyzer = Analyzer.load(model)
    total = None if inputs.has_lines else len(inputs.files)
    with progress("analysing", total=total, shown=True) as advance:
        found: Iterable[Document] = suggest(
            analyzer,
            inputs.documents(on_file=advance),
            min_score=min_score,
            least_certain_first=least_certain_first,
            by=by,
        )
        in_order = 0
        if least_certain_first:
            found = list(found)
            in_order = len(found)
        counted = _Counted(for_tool(found, to, in_order=in_order))
        first = next(counted, None)
        if first is None:
            if not inputs.n_failed:
                click.echo(f"Error: {', '.join(articles)}: no articles in there", err=True)
            raise SystemExit(1)
        losses = write_documents(_from(first, counted), out, format=to.name)
    _say(out, to, counted, analyzer, losses)
    if inputs.n_failed:
        raise SystemExit(1)


def _is_article(out: str, inputs: Inputs, to: Format) -> bool:
    """Whether ``out`` is a file that is read, or looks like one and not like earlier output."""
    target = Path(out)
    if not target.is_file():
        return False
    if target.suffix in ARTICLE_SUFFIXES and target.suffix not in to.extensions:
        return True
    return is_read(target, inputs.files)


def _check_folder(out: Path, inputs: Inputs, to: Format) -> None:
    """Check that nothing in the folder ``out`` is an article, or annotated by people.

    Raises:
        click.UsageError: if something is.
    """
    if not out.is_dir():
        _check_pair(out, inputs, to)
        return
    place = out.resolve()
    inside = next((each for each in inputs.files if place in Path(each).resolve().parents), None)
    if inside is not None:
        raise click.UsageError(f"{inside} lies in {out}; name a folder without articles to write")
    # In brat people correct the files themselves.
    annotated = next(out.glob("*.ann"), None) if to.name == "brat" else None
    if annotated is not None:
        raise click.UsageError(
            f"{annotated} may have been corrected; name a new folder, or delete the .ann files"
        )


def _check_pair(out: Path, inputs: Inputs, to: Format) -> None:
    """Check the same of the text and the annotation that brat wants side by side.

    The text may be there if it is that of the one article.

    Raises:
        click.UsageError: if something is there.
    """
    if to.name != "brat" or out.suffix not in (".ann", ".txt"):
        return
    text, annotation = out.with_suffix(".txt"), out.with_suffix(".ann")
    if annotation.exists():
        raise click.UsageError(
            f"{annotation} may have been corrected; name a new file, or delete it"
        )
    if text.exists() and [each.resolve() for each in map(Path, inputs.files)] != [text.resolve()]:
        raise click.UsageError(f"{text} may be another article; name a new file")


class _Counted(Iterator[Document]):
    """Documents as they pass, with how many segments they have."""

    def __init__(self, documents: Iterator[Document]) -> None:
        self._documents = documents
        self.n_documents = self.n_segments = 0

    def __next__(self) -> Document:
        document = next(self._documents)
        self.n_documents += 1
        self.n_segments += len(document.segments)
        return document


def _from(first: Document, others: Iterator[Document]) -> Iterator[Document]:
    yield first
    yield from others


def _say(out: str, to: Format, counted: _Counted, analyzer: Analyzer, losses: Losses) -> None:
    """What was written, and what to do with it."""
    articles = f"{counted.n_documents:,} article{'' if counted.n_documents == 1 else 's'}"
    click.echo(f"{out}: {articles}, {counted.n_segments:,} suggestions", err=True)
    if losses:
        click.echo(f"left out, {to.name} cannot hold them: {losses}", err=True)
    if to.name == "jsonl":
        return
    settings = _settings(analyzer)
    if to.name == "brat" and Path(out).is_dir():
        _configure_brat(Path(out), analyzer)
    else:
        click.echo(f"settings of the tool: contend scheme --for {to.name}{settings}", err=True)
    back = f"contend convert CORRECTED mine.jsonl --from {to.name}{_thesis_back(to, analyzer)}"
    click.echo(f"when corrected: {back}", err=True)


def _settings(analyzer: Analyzer) -> str:
    from contend.formats.schemes import SCHEME

    labels = analyzer.settings.labels
    given = "" if labels == SCHEME.labels else f" --labels {','.join(labels)}"
    return given + ("" if analyzer.settings.thesis else " --no-thesis")


def _thesis_back(to: Format, analyzer: Analyzer) -> str:
    """How convert marks a thesis again that has been a label."""
    from contend.formats.base import THESES
    from contend.formats.tool_settings import THESIS_LABEL

    if THESES not in to.cannot_hold or not analyzer.settings.thesis:
        return ""
    label = analyzer.settings.thesis_label
    return f" --map '{THESIS_LABEL}={label},*=*' --thesis-from {THESIS_LABEL}"


def _configure_brat(folder: Path, analyzer: Analyzer) -> None:
    """Put the settings beside the texts, where brat looks for them, unless there are some."""
    from contend.cli.scheme import write_files
    from contend.formats.schemes import scheme_for
    from contend.formats.tool_settings import tool_settings

    of = scheme_for(analyzer.settings.labels, thesis=analyzer.settings.thesis)
    files = {
        name: content
        for name, content in tool_settings("brat", of).items()
        if not (folder / name).exists()
    }
    if files:
        write_files(files, folder)
        click.echo(f"settings of the tool: {', '.join(files)} in {folder}", err=True)
