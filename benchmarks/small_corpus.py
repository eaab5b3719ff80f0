"""What 20 articles of your own are worth: ``python benchmarks/small_corpus.py``.

Plays a user with a small corpus of another kind: abstracts of clinical trials (abstrct), comments
on a rule (cdcp), speeches in the UN Security Council (unsc). Their labels become claim and evidence
as ``contend convert --map`` would make them. Of the train part 20 documents are drawn at random; 16
are learnt from, starting with the default model, and 4 chosen on; then the trained model and the
one it started from read the corpus's whole test part, and are compared document by document. That
is done several times, with other documents each time.

These corpora know no counterclaims, so what the default model calls one is always wrong. It is
therefore also scored with its counterclaims counted as claims; that is the fairer comparison.

Corpora that are not at hand are skipped. Writes benchmarks/results/small-corpus.json.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from records import environment, model_files, write_record

from contend import Analyzer, ContendError, Document, evaluate, read_corpus, scheme, train
from contend.evaluation import Predict
from contend.formats.relabel import LabelMap, relabel
from contend.metrics.report import Report
from contend.training.config import Config

SEED = 7
MAPS = {
    "abstrct": "MajorClaim=claim,Claim=claim,Premise=evidence",
    "cdcp": "value=claim,policy=claim,fact=evidence,testimony=evidence,reference=evidence",
    "unsc": "claim=claim,premise=evidence",
}
METRICS = ("word_macro_f1", "exact_f1", "overlap50_f1", "relation_f1")
N_DEV = 4


def read_mapped(corpus: str) -> dict[str, list[Document]]:
    """The annotated documents of a corpus by split, with our labels.

    Raises:
        ContendError: if the corpus is not at hand.
    """
    labels = LabelMap.parse([MAPS[corpus]])
    return {
        split: [relabel(each, labels, where=corpus)[0] for each in documents if each.segments]
        for split, documents in read_corpus(corpus).items()
    }


def draw(documents: Sequence[Document], n_articles: int, number: int) -> list[Document]:
    """The ``number``-th draw of ``n_articles`` documents, those to choose on last."""
    order = np.random.default_rng([SEED, number]).permutation(len(documents))
    return [documents[index] for index in order[:n_articles].tolist()]


def without_counterclaims(predict: Predict) -> Predict:
    """``predict``, its counterclaims counted as claims."""

    def changed(texts: Iterable[str]) -> Iterator[Document]:
        for document in predict(texts):
            segments = tuple(
                replace(each, label=scheme.CLAIM) if each.label == scheme.COUNTERCLAIM else each
                for each in document.segments
            )
            yield replace(document, segments=segments)

    return changed


def measure_draw(
    corpus: str, number: int, splits: Mapping[str, Sequence[Document]], config: Config,
    before: Mapping[str, Report], options: argparse.Namespace,
) -> dict[str, Any]:  # fmt: skip
    """Train on one draw and compare with the start."""
    drawn = draw(splits["train"], options.articles, number)
    n_dev = min(N_DEV, options.articles // 4)
    parts = {"train": drawn[:-n_dev], "dev": drawn[-n_dev:]}
    n_epochs = 0

    def count(event: Any) -> None:
        nonlocal n_epochs
        n_epochs += event.kind == "epoch"

    with TemporaryDirectory() as folder:
        started_s = time.monotonic()
        train(parts, out=folder, config=config, on_event=count)
        duration_s = time.monotonic() - started_s
        trained = Analyzer.load(Path(folder), threads=config.threads)
        report = score(trained.analyze_many, splits["test"], corpus, options)
    return {
        "corpus": corpus,
        "draw": number,
        "articles": [each.id for each in drawn],
        "n_train": len(parts["train"]),
        "n_dev": n_dev,
        "n_test": len(report.gold),
        "n_words": sum(len(each.text.split()) for each in drawn),
        "n_epochs": n_epochs,
        "duration_s": round(duration_s, 1),
        "scores": {name: values(each) for name, each in {**before, "trained": report}.items()},
        "comparisons": {
            name: {
                metric: {
                    key: None if isnan(value) else value for key, value in asdict(each).items()
                }
                for metric, each in report.compare(start).items()
                if metric in METRICS
            }
            for name, start in before.items()
        },
        "signatures": {x: report.scores[x].signature for x in METRICS if x in report.scores},
    }


def score(
    predict: Predict, gold: Sequence[Document], corpus: str, options: argparse.Namespace
) -> Report:
    """The report over the test part."""
    return evaluate(
        predict, gold, corpus=corpus, split="test", n_resamples=options.resamples, seed=SEED
    )


def values(report: Report) -> dict[str, float | None]:
    """The scores of ``METRICS`` that are defined."""
    return {name: report.scores[name].value for name in METRICS if name in report.scores}


def show(row: Mapping[str, Any]) -> str:
    """A line for the terminal."""
    parts = [f"{row['corpus']}, draw {row['draw']}: {row['duration_s'] / 60:.1f} min"]
    for metric in METRICS[:2]:
        start, trained = (row["scores"][x][metric] for x in ("start, counterclaims as claims",
                                                             "trained"))  # fmt: skip
        p_value = row["comparisons"]["start, counterclaims as claims"][metric]["p_value"]
        parts.append(f"{metric} {start:.3f} -> {trained:.3f} (p = {p_value:.3f})")
    return "; ".join(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, train, compare, and write the record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", default=",".join(MAPS), help="[%(default)s]")
    parser.add_argument("--draws", type=int, default=5, help="of each corpus [5]")
    parser.add_argument("--articles", type=int, default=20, help="of each draw [20]")
    parser.add_argument("--model", default="small", help="to start from [small]")
    parser.add_argument("--epochs", type=int, default=20, help="at most [20]")
    parser.add_argument("--patience", type=int, default=5, help="epochs without a better one [5]")
    parser.add_argument("--batch", type=int, default=2, help="windows in a step [2]")
    parser.add_argument("--rate", type=float, default=1e-4, help="learning rate [1e-4]")
    parser.add_argument("--threads", type=int, default=2, help="[2]")
    parser.add_argument("--documents", type=int, default=0, help="of the test part; 0 for all [0]")
    parser.add_argument("--resamples", type=int, default=1000, help="for the tests [1000]")
    options = parser.parse_args(arguments)
    if options.articles < N_DEV:
        parser.error(f"--articles {options.articles}: of fewer than {N_DEV} none is to choose on")
    config = Config(
        start=options.model, epochs=options.epochs, patience=options.patience,
        batch_windows=options.batch, learning_rate=options.rate, threads=options.threads,
    )  # fmt: skip
    start = Analyzer.load(options.model, threads=options.threads)
    systems = {
        "start": start.analyze_many,
        "start, counterclaims as claims": without_counterclaims(start.analyze_many),
    }
    rows: list[dict[str, Any]] = []
    for corpus in options.corpora.split(","):
        try:
            splits = read_mapped(corpus)
        except ContendError as error:
            print(f"{corpus} is skipped: {error}", file=sys.stderr)
            continue
        splits["test"] = splits["test"][: options.documents or None]
        before = {
            name: score(predict, splits["test"], corpus, options)
            for name, predict in systems.items()
        }
        for number in range(options.draws):
            rows.append(measure_draw(corpus, number, splits, config, before, options))
            print(show(rows[-1]), flush=True)
    record = {
        "environment": environment(threads=options.threads, seed=SEED),
        "model": {"name": start.name, "files": model_files(options.model)},
        "config": config.to_dict(),
        "maps": MAPS,
        "options": vars(options),
        "rows": rows,
    }
    print(write_record("small-corpus", record))


if __name__ == "__main__":
    main()
