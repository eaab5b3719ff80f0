"""``contend check``: a doctor for annotated documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from contend.cli.inputs import STDIN, check_stream, standard_input
from contend.cli.options import format_option, json_option, labels_option, path_option
from contend.cli.outputs import printable, stdout_console, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from contend.checking import CheckReport, Finding, Part
    from contend.checking.statistics import Lengths, Statistics

_SPLITS = ("train", "dev", "test")
_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_MOST_COLUMNS = 6


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|-]…")
@click.option("--train", multiple=True, metavar="FILE", help="Documents to train on.")
@click.option("--dev", multiple=True, metavar="FILE", help="Documents to choose on.")
@click.option("--test", multiple=True, metavar="FILE", help="Documents to test on.")
@click.option("--corpus", multiple=True, metavar="NAME", help="A corpus; see contend corpora.")
@path_option
@labels_option("corpus_labels", "For a corpus: the scheme's labels, or its own.")
@format_option
@click.option(
    "--scheme",
    "scheme_labels",
    metavar="LABEL,…",
    help="The labels that there should be.  [default: claim, evidence, counterclaim, or if none "
    "of them is used whatever there is]",
)
@click.option(
    "--thesis/--no-thesis",
    default=None,
    help="Whether each document has a thesis, the root of a tree.  [default: if most have]",
)
@click.option("--any-boundaries", is_flag=True, help="Segments may go on after a sentence end.")
@click.option(
    "--similar",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="How much of the shorter text makes two texts near-duplicates.",
)
@click.option("--strict", is_flag=True, help="Warnings count as errors for the exit code.")
@click.option(
    "--show",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    metavar="N",
    help="How many findings of a kind to show; --json has all.",
)
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[str, ...],
    train: tuple[str, ...],
    dev: tuple[str, ...],
    test: tuple[str, ...],
    corpus: tuple[str, ...],
    path: str | None,
    corpus_labels: Literal["scheme", "own"],
    format: str,
    scheme_labels: str | None,
    thesis: bool | None,
    any_boundaries: bool,
    similar: float,
    strict: bool,
    show: int,
    as_json: bool,
) -> None:
    """Look for mistakes in annotated documents before you train on them.

    Offsets that do not fit, overlapping segments, segments across sentence ends, texts that are
    there twice or in two splits, unknown labels, relations that are no tree, and more:
    docs/checking.md explains every finding. Also counts labels and lengths. Files may be of any
    format that contend convert reads; - is JSON Lines on standard input.

    \b
    contend check mine.jsonl
    contend check --train a.jsonl --dev b.jsonl
    contend check for-brat/ --scheme Claim,Premise --no-thesis
    contend check --corpus soapbox --json

    The exit code is 0 if there is no error, 1 if there is one (with --strict also for a warning),
    2 if the command was used wrongly.
    """
    from contend.checking import check as run

    given = [("", name) for name in files]
    for split, names in zip(_SPLITS, (train, dev, test), strict=True):
        given += [(split, name) for name in names]
    if not given and not corpus:
        raise click.UsageError("nothing to check: give files, or --train, --dev, or --corpus")
    if path is not None and len(corpus) != 1:
        raise click.UsageError("--path says where one corpus lies: give one --corpus")
    parts = [_read_file(name, split, format) for split, name in dict.fromkeys(given)]
    sentences = not any_boundaries
    for name in corpus:
        from_corpus, scheme_boundaries = _read_corpus(name, path, corpus_labels, len(corpus) > 1)
        parts += from_corpus
        sentences = sentences and scheme_boundaries
    report = run(
        parts,
        labels=_split(scheme_labels),
        thesis=thesis,
        sentences=sentences,
        similar=similar,
    )
    if as_json:
        write_json(report.to_json())
    else:
        _print(report, stdout_console(), show=show)
    ctx.exit(0 if report.passed(strict=strict) else 1)


def _read_file(name: str, split: str, format: str) -> Part:
    from contend.checking.reading import read_lines_part, read_part

    if name == STDIN:
        check_stream(name, "--from", format)
        return read_lines_part(standard_input(), name="standard input", split=split)
    return read_part(name, split=split, format=format, name=name)


def _read_corpus(
    name: str, path: str | None, labels: Literal["scheme", "own"], several: bool
) -> tuple[list[Part], bool]:
    """The splits of a corpus, and whether its segments should lie in sentences."""
    from contend.checking.findings import Part, finding
    from contend.corpora import get_corpus
    from contend.errors import CorpusError

    corpus = get_corpus(name)
    folder = Path(path) if path else None
    problems: tuple[Finding, ...] = ()
    try:
        splits = corpus.read(folder, labels=labels)
    except CorpusError as error:
        # What is not as the card says can be looked at all the same, if it can be read.
        splits = corpus.read(folder, labels=labels, check=False)
        problems = (finding("unreadable", str(error), name),)
    parts = [
        Part(name=f"{name}/{split}" if several else split, documents=documents, split=split)
        for split, documents in splits.items()
    ]
    if problems:
        parts.append(Part(name=name, documents=(), problems=problems))
    return parts, corpus.scheme_boundaries


def _split(labels: str | None) -> list[str] | None:
    if labels is None:
        return None
    return [label.strip() for label in labels.split(",") if label.strip()]


def _print(report: CheckReport, console: Console, *, show: int) -> None:
    _print_statistics(report, console)
    by_code: dict[str, list[Finding]] = {}
    for each in report.findings:
        by_code.setdefault(each.code, []).append(each)
    for code, found in by_code.items():
        _print_findings(code, found, console, show=show)
    console.print()
    console.print(_verdict(report), style="bold")


def _print_statistics(report: CheckReport, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    columns = dict(report.statistics)
    if len(columns) > 1:
        columns = {**columns, "all": report.total} if len(columns) < _MOST_COLUMNS else {}
    columns = columns or {"all": report.total}
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in columns:
        table.add_column(Text(printable(name)), justify="right", overflow="fold")
    for heading, cells in _rows(report, list(columns.values())):
        table.add_row(Text(printable(heading)), *cells)
    console.print(table)
    console.print(Text("lengths: median (least–most)", style="dim"))


def _rows(report: CheckReport, parts: Sequence[Statistics]) -> Iterable[tuple[str, list[str]]]:
    labels = sorted(report.total.labels, key=lambda label: -report.total.labels[label])
    yield "documents", [f"{each.n_documents:,}" for each in parts]
    if report.total.n_annotated < report.total.n_documents:
        yield "  with segments", [f"{each.n_annotated:,}" for each in parts]
    yield "words", [f"{each.n_words:,}" for each in parts]
    for label in labels:
        yield (
            label,
            [_share(each.labels, label) for each in parts],
        )
    if report.total.n_theses:
        yield "theses", [f"{each.n_theses:,}" for each in parts]
    for label in report.total.relations:
        yield label, [f"{each.relations.get(label, 0):,}" for each in parts]
    yield "words a document", [_lengths(each.document_words) for each in parts]
    if labels:
        yield "segments a document", [_lengths(each.document_segments) for each in parts]
        for label in labels:
            yield f"words a {label}", [_lengths(each.segment_words.get(label)) for each in parts]
        covered = [each.covered for each in parts]
        yield "words in segments", ["–" if each is None else f"{each:.0%}" for each in covered]


def _share(counts: Mapping[str, int], label: str) -> str:
    count = counts.get(label, 0)
    return f"{count:,} ({count / sum(counts.values()):.0%})" if count else "0"


def _lengths(of: Lengths | None) -> str:
    return "–" if of is None else f"{of.median:g} ({of.least:,}–{of.most:,})"


def _print_findings(code: str, found: Sequence[Finding], console: Console, *, show: int) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from contend.checking import RULES

    severity = found[0].severity
    heading = Text.assemble(
        (f"{severity} ", _COLOURS[severity]), (code, "bold"), f": {RULES[code].meaning}"
    )
    if len(found) > 1:
        documents = {(each.part, each.document) for each in found if each.document}
        heading.append(f"; {len(found):,} times")
        heading.append(f" in {len(documents):,} documents" if len(documents) > 1 else "")
    console.print()
    console.print(heading)
    for each in found[:show]:
        line = Text.assemble((_place(each), "dim"), printable(each.message))
        console.print(Padding(line, (0, 0, 0, 2)))
    if len(found) > show:
        console.print(Text(f"  … and {len(found) - show:,} more (--show N, --json)", style="dim"))
    console.print(Padding(Text(f"→ {RULES[code].advice}", style="italic"), (0, 0, 0, 2)))


def _place(each: Finding) -> str:
    offsets = "" if each.start is None else f" {each.start}:{each.end}"
    names = [printable(name) for name in (each.part, each.document) if name]
    return f"{' '.join(names)}{offsets}: " if names else ""


def _verdict(report: CheckReport) -> str:
    counts = [
        f"{count:,} {name}{'' if count == 1 else 's'}"
        for name, count in (
            (severity, report.count(severity)) for severity in ("error", "warning", "note")
        )
        if count
    ]
    return ", ".join(counts) or "Nothing found."
