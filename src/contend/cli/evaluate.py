"""``contend evaluate``: a model, or anybody's predictions, against gold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from contend.cli.inputs import read_documents
from contend.cli.options import json_format_option, labels_option, model_option, path_option
from contend.cli.outputs import file_console, open_output, stdout_console, write_json
from contend.cli.progress import progress
from contend.errors import CorpusError, FormatError

if TYPE_CHECKING:
    from rich.console import Console

    from contend.document import Document
    from contend.evaluation import Predict
    from contend.metrics.breakdown import Breakdown
    from contend.metrics.error_report import ErrorReport
    from contend.metrics.report import Report


@click.command()
@click.option("--corpus", metavar="NAME", help="A corpus to evaluate on; see contend corpora.")
@click.option("--split", metavar="NAME", help="Its part.  [default: dev, or the only one]")
@path_option
@labels_option("labels", "The scheme's labels, or the corpus's own.")
@click.option("--gold", metavar="FILE.jsonl", help="Annotated documents, instead of a corpus.")
@model_option
@click.option("--predicted", metavar="FILE.jsonl", help="Predictions, instead of a model.")
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@json_format_option
@click.option("--out", metavar="FILE", help="Write the report there.")
@click.option(
    "--html",
    metavar="FILE",
    help="Write a page there: predicted beside gold, or with --errors what goes wrong.",
)
@click.option("--errors", is_flag=True, help="Say what goes wrong, how often, with examples.")
@click.option(
    "--examples",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    metavar="N",
    help="With --errors: passages of each kind and label.",
)
@click.option(
    "--by",
    multiple=True,
    metavar="length|position|KEY",
    help="Scores, and with --errors errors, by length of the article, by place in it, or by what "
    "its meta has under KEY, such as outlet. May be given several times.",
)
def evaluate(
    corpus: str | None,
    split: str | None,
    path: str | None,
    labels: Literal["scheme", "own"],
    gold: str | None,
    model: str,
    predicted: str | None,
    format: str,
    as_json: bool,
    out: str | None,
    html: str | None,
    errors: bool,
    examples: int,
    by: tuple[str, ...],
) -> None:
    """Score a model, or any tool's predictions, against annotated documents.

    Predictions are matched with gold by their text. If there is one gold document, a table shows
    predicted beside gold.

    \b
    contend evaluate --corpus soapbox
    contend evaluate --corpus gold --html compared.html
    contend evaluate --corpus editorials --errors --by outlet --html errors.html
    contend evaluate --gold mine.jsonl --predicted theirs.jsonl --json
    """
    from contend.evaluation import evaluate as score

    if corpus is not None and gold is not None:
        raise click.UsageError("give either --corpus or --gold, not both")
    if model and predicted:
        raise click.UsageError("give either --model or --predicted, not both")
    if corpus is not None:
        split, documents = _read_split(corpus, split, path, labels)
    elif gold is not None:
        documents = list(read_documents(gold))
        corpus, split = Path(gold).stem, split or ""
    else:
        raise click.UsageError("give --corpus or --gold")
    _check_wanted(documents, errors=errors, by=by)
    predict = _stored(predicted) if predicted else _analyzing(model, len(documents))
    report = score(predict, documents, corpus=corpus, split=split)
    found = _Findings.of(report, errors=errors, n_examples=examples, by=by)
    if html is not None:
        with open_output(html) as file:
            file.write(found.page().encode())
    if as_json or format == "json":
        write_json(found.to_json(), out)
    elif out is not None:
        with open_output(out) as file, file_console(file) as console:
            found.show(console)
    else:
        found.show(stdout_console())


def _check_wanted(documents: Sequence[Document], *, errors: bool, by: Sequence[str]) -> None:
    """Refuse what cannot be shown before a model reads all texts."""
    from contend.metrics.error_report import check_plain
    from contend.metrics.groups import group_documents

    for key in by:
        group_documents(documents, key)
    if errors:
        check_plain(documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    """A report and what was asked for beside it."""

    report: Report
    errors: ErrorReport | None
    breakdowns: tuple[Breakdown, ...]
    n_examples: int

    @classmethod
    def of(cls, report: Report, *, errors: bool, n_examples: int, by: Sequence[str]) -> _Findings:
        from contend.metrics.breakdown import break_down
        from contend.metrics.error_report import find_errors

        return cls(
            report=report,
            errors=find_errors(report.gold, report.predicted) if errors else None,
            breakdowns=tuple(break_down(report, each) for each in by),
            n_examples=n_examples,
        )

    def page(self) -> str:
        if self.errors is None:
            from contend.render.html import compare_page

            return compare_page(self.report.predicted, self.report.gold)
        from contend.render.error_page import error_page

        return error_page(
            self.report, self.errors, breakdowns=self.breakdowns, n_examples=self.n_examples
        )

    def to_json(self) -> str:
        data = self.report.to_dict()
        if self.breakdowns:
            data["breakdowns"] = [each.to_dict() for each in self.breakdowns]
        if self.errors is not None:
            by = [each.by for each in self.breakdowns]
            data["errors"] = self.errors.to_dict(by=by, n_examples=self.n_examples)
        return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)

    def show(self, console: Console) -> None:
        from contend.render.errors import show_breakdown, show_errors, show_thresholds
        from contend.render.terminal import compare

        if len(self.report.gold) == 1:
            compare(self.report.predicted[0], self.report.gold[0], console)
            console.print()
        console.print(str(self.report), soft_wrap=True, markup=False)
        for each in self.breakdowns:
            show_breakdown(each, console)
        if self.errors is not None:
            by = [each.by for each in self.breakdowns]
            show_thresholds(self.report, console)
            show_errors(self.errors, console, by=by, n_examples=self.n_examples)


def _read_split(
    corpus: str, split: str | None, path: str | None, labels: Literal["scheme", "own"]
) -> tuple[str, Sequence[Document]]:
    from contend.corpora import read_corpus

    splits = read_corpus(corpus, path, labels=labels)
    wanted = split or ("dev" if "dev" in splits or len(splits) > 1 else next(iter(splits)))
    if not splits.get(wanted):
        raise CorpusError(
            f"corpus {corpus!r}: there is no split {wanted!r}; choose one with --split: "
            f"{', '.join(name for name, documents in splits.items() if documents)}"
        )
    return wanted, splits[wanted]


def _analyzing(model: str, n_documents: int) -> Predict:
    from contend.analyzer import Analyzer

    analyzer = Analyzer.load(model)

    def predict(texts: Iterable[str]) -> Iterator[Document]:
        with progress("analysing", total=n_documents, shown=n_documents > 1) as advance:
            for document in analyzer.analyze_many(texts):
                yield document
                advance()

    return predict


def _stored(name: str) -> Predict:
    by_text = {document.text: document for document in read_documents(name)}

    def predict(texts: Iterable[str]) -> Iterator[Document]:
        for number, text in enumerate(texts, 1):
            if text not in by_text:
                raise FormatError(
                    f"{name}: expected a document with exactly the text of gold document {number} "
                    f"({text[:40]!r}…), found none among {len(by_text)}"
                )
            yield by_text[text]

    return predict
