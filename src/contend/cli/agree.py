"""``contend agree``: how far annotators agree, and where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contend.cli.options import format_option, json_option
from contend.cli.outputs import open_output, printable, stdout_console, write_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from contend.document import Document
    from contend.metrics.agreement import Agreement
    from contend.metrics.differences import Difference, Reading
    from contend.metrics.report import Score

_TITLES = {
    "word_alpha": "words, Krippendorff's alpha",
    "word_cohen_kappa": "words, Cohen's kappa",
    "word_fleiss_kappa": "words, Fleiss' kappa",
    "word_macro_f1": "words, macro F1",
    "word_f1": "words, F1",
    "alpha_u": "units, alpha-U",
    "exact_f1": "segments, exact F1",
    "overlap50_f1": "segments, 50 % overlap F1",
    "untyped_f1": "boundaries only, F1",
    "boundary_similarity": "boundary similarity",
    "relation_f1": "relations, F1",
    "relation_f1/supports": "  supports, F1",
    "relation_f1/attacks": "  attacks, F1",
    "relation_f1_unlabelled": "relations without label, F1",
    "thesis_agreement": "same thesis",
    "thesis_agreement_overlap50": "same thesis, 50 % overlap",
}
#: measure -> short heading, for tables with a row a document or a pair of annotators.
_COLUMNS = {
    "word_alpha": "alpha",
    "alpha_u": "alpha-U",
    "exact_f1": "exact",
    "relation_f1": "relat.",
    "thesis_agreement": "thesis",
}
_UNDEFINED = "–"


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="A B [C…]")
@format_option
@click.option(
    "--names", metavar="NAME,…", help="The annotators' names.  [default: from the file names]"
)
@click.option(
    "--show",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="How many documents and differences to show; --json has all.",
)
@click.option(
    "--resamples",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="Bootstrap resamples over documents for the intervals.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@json_option
@click.option("--html", metavar="FILE", help="Write a page with two annotations side by side.")
def agree(
    files: tuple[str, ...],
    format: str,
    names: str | None,
    show: int,
    resamples: int,
    seed: int,
    as_json: bool,
    html: str | None,
) -> None:
    """Measure how far two or more annotators of the same texts agree.

    Each of A, B, C is a file or a folder of one annotator, in any format that contend convert
    reads. Documents are matched by their text; different texts under one id are an error.
    docs/checking.md defines every measure. Brackets hold 95 % intervals over documents.

    \b
    contend agree anna.jsonl ben.jsonl
    contend agree anna/ ben/ cem/ --names Anna,Ben,Cem --show 50
    contend agree anna.jsonl ben.jsonl --html side-by-side.html
    """
    from contend.metrics.agreement import agree as run

    if len(files) < 2:
        raise click.UsageError("agreement needs two annotators at least: give a file for each")
    if html is not None and len(files) != 2:
        raise click.UsageError("--html sets two annotations side by side: give two files")
    called = _names(files) if names is None else [name.strip() for name in names.split(",")]
    if len(called) != len(files) or len(set(called)) < len(called):
        raise click.UsageError(f"--names needs {len(files)} names that differ, found {names}")
    found = {name: _read(file, format) for name, file in zip(called, files, strict=True)}
    result = run(found, n_resamples=resamples, seed=seed)
    if html is not None:
        _write_page(result, html)
    if as_json:
        write_json(result.to_json())
    else:
        _print(result, stdout_console(), show=show)


def _names(files: Sequence[str]) -> list[str]:
    """The stems of the files, or whole paths, numbered where even these are the same."""
    stems = [Path(file).stem or file for file in files]
    names = stems if len(set(stems)) == len(stems) else list(files)
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        names[place] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def _read(file: str, format: str) -> list[Document]:
    from contend.formats import read_documents

    return list(read_documents(file, format=format))


def _write_page(result: Agreement, html: str) -> None:
    from contend.render.html import compare_page

    one, other = result.study.annotators
    left, right = zip(*(item.present for item in result.study.items), strict=True)
    with open_output(html) as file:
        file.write(compare_page(right, left, names=(one, other)).encode())


def _print(result: Agreement, console: Console, *, show: int) -> None:
    from rich.text import Text

    study = result.study
    n_words = sum(each.n_words for each in result.documents)
    names = ", ".join(map(printable, study.annotators))
    counts = f"{_counted(len(study.items), 'document')}, {n_words:,} words"
    console.print(Text(f"{names}: {counts}", style="bold"))
    if study.alone:
        listed = ", ".join(
            f"{printable(id)} ({printable(name)})" for name, id in study.alone[:show]
        )
        console.print(
            Text(f"{_counted(len(study.alone), 'document')} of one annotator only: {listed}")
        )
    console.print()
    console.print(_scores(result))
    confusions = result.confusions()[:show]
    if confusions:
        shown = ", ".join(f"{printable(a)}/{printable(b)} {n:,.0f}" for a, b, n in confusions)
        console.print()
        console.print(Text(f"Words taken for one another: {shown}"))
    if result.pairs:
        console.print()
        console.print(_pairs(result))
    if show and len(result.documents) > 1:
        console.print()
        console.print(_documents(result, show))
    if show:
        _print_differences(result, console, show)


def _scores(result: Agreement) -> Table:
    from rich.text import Text

    from contend.metrics.agreement import segments_by_label

    labels = result.study.labels
    table = _table("", "all", *labels)
    for name, counts in segments_by_label(result.study).items():
        cells = [f"{counts[label]:,}" for label in labels]
        table.add_row(Text(f"segments of {printable(name)}"), f"{sum(counts.values()):,}", *cells)
    for name, title in _TITLES.items():
        whole = result.scores.get(name)
        parts = [result.scores.get(f"{name}/{label}") for label in labels]
        if whole is not None or any(parts):
            cells = ["" if part is None else _number(part.value) for part in parts]
            table.add_row(title, "" if whole is None else _with_interval(whole), *cells)
    return table


def _pairs(result: Agreement) -> Table:
    from rich.text import Text

    measures = {"word_cohen_kappa": "kappa", **_COLUMNS}
    table = _table("two annotators", *measures.values())
    for (one, other), scores in result.pairs.items():
        cells = [_number(scores[name].value) for name in measures]
        table.add_row(Text(f"{printable(one)}, {printable(other)}"), *cells)
    return table


def _documents(result: Agreement, show: int) -> Table:
    from rich.text import Text

    names = result.study.annotators
    worst = sorted(
        result.documents,
        key=lambda each: (each.values["word_alpha"] is None, each.values["word_alpha"] or 0.0),
    )
    heading = "document" if len(worst) <= show else "least agreement"
    table = _table(heading, "words", "segments", *_COLUMNS.values(), "differ")
    for each in worst[:show]:
        counts = "/".join(str(each.n_segments.get(name, _UNDEFINED)) for name in names)
        cells = [
            _yes_or_no(value) if name.startswith("thesis") else _number(value)
            for name, value in ((name, each.values[name]) for name in _COLUMNS)
        ]
        table.add_row(
            Text(printable(each.id)), f"{each.n_words:,}", counts, *cells, f"{each.n_differences:,}"
        )
    return table


def _print_differences(result: Agreement, console: Console, show: int) -> None:
    from rich.padding import Padding
    from rich.text import Text

    found = result.differences
    console.print()
    console.print(Text(_counted(len(found), "difference"), style="bold"))
    for each in found[:show]:
        place = f"{printable(each.document)} {each.start}:{each.end} "
        console.print(Text.assemble((place, "dim"), (each.kind, "bold"), ": ", _readings(each)))
        console.print(Padding(Text(_passage(each.text)), (0, 0, 0, 2)))
    if len(found) > show:
        console.print(
            Text(f"… and {len(found) - show:,} more (--show N, --json, --html)", style="dim")
        )


def _readings(each: Difference) -> Text:
    from rich.text import Text

    written = (
        f"{printable(name)} {' + '.join(_reading(one, each) for one in found) or 'nothing'}"
        for name, found in each.readings.items()
    )
    return Text("; ".join(written))


def _reading(reading: Reading, at: Difference) -> str:
    same = (reading.start, reading.end) == (at.start, at.end)
    return printable(reading.label) + ("" if same else f" {reading.start}:{reading.end}")


def _table(*headings: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        justify = "right" if place else "left"
        table.add_column(Text(printable(heading)), justify=justify, no_wrap=not place)  # type: ignore[arg-type]
    return table


def _with_interval(score: Score) -> str:
    if "same" in score.counts and score.value is not None:
        return f"{score.counts['same']:,} of {score.counts['pairs']:,}"
    if score.low is None or score.high is None:
        return _number(score.value)
    return f"{_number(score.value)} ({_number(score.low)}–{_number(score.high)})"


def _number(value: float | None) -> str:
    """Three digits, as ``.950``."""
    return _UNDEFINED if value is None else f"{value:.3f}".replace("0.", ".", 1)


def _yes_or_no(value: float | None) -> str:
    return {None: _UNDEFINED, 0.0: "no", 1.0: "yes"}.get(value) or _number(value)


def _passage(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= 160 else f"{line[:80].rstrip()} … {line[-75:].lstrip()}"


def _counted(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"
