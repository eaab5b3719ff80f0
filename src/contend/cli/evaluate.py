"""``contend evaluate``: a model, or anybody's predictions, against gold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from contend.cli.inputs import read_documents
from contend.cli.outputs import open_output, stdout_console
from contend.cli.progress import progress
from contend.errors import CorpusError, FormatError

if TYPE_CHECKING:
    from contend.document import Document
    from contend.evaluation import Predict


@click.command()
@click.option("--corpus", metavar="NAME", help="A corpus to evaluate on; see contend corpora.")
@click.option("--split", metavar="NAME", help="Its part.  [default: dev, or the only one]")
@click.option("--path", metavar="FOLDER", help="Where the corpus lies, if not where expected.")
@click.option(
    "--labels",
    type=click.Choice(("scheme", "own")),
    default="scheme",
    show_default=True,
    help="The scheme's labels, or the corpus's own.",
)
@click.option("--gold", metavar="FILE.jsonl", help="Annotated documents, instead of a corpus.")
@click.option("--model", default="", metavar="NAME|FOLDER", help="A model other than the default.")
@click.option("--predicted", metavar="FILE.jsonl", help="Predictions, instead of a model.")
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--out", metavar="FILE", help="Write the report there.")
@click.option("--html", metavar="FILE", help="Write a page with predicted beside gold there.")
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
) -> None:
    """Score a model, or any tool's predictions, against annotated documents.

    Predictions are matched with gold by their text. If there is one gold document, a table shows
    predicted beside gold.

    \b
    contend evaluate --corpus soapbox
    contend evaluate --corpus gold --html compared.html
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
    predict = _stored(predicted) if predicted else _analyzing(model, len(documents))
    report = score(predict, documents, corpus=corpus, split=split)
    if html is not None:
        from contend.render.html import compare_page

        with open_output(html) as file:
            file.write(compare_page(report.predicted, report.gold).encode())
    as_json = as_json or format == "json"
    if as_json or out is not None:
        with open_output(out) as file:
            file.write(f"{report.to_json() if as_json else report}\n".encode())
        return
    console = stdout_console()
    if len(documents) == 1:
        from contend.render.terminal import compare

        compare(report.predicted[0], report.gold[0], console)
        console.print()
    click.echo(str(report))


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
