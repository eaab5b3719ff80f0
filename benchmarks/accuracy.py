"""How good the models are, beside baselines: ``python benchmarks/accuracy.py``.

Without options: every shipped model and the baselines; that is every row of the README's table but
essays (--own) and annotators (gold_agreement.py, opeds_agreement.py; editorials_agreement.json is
copied from corpora/editorials/README.md). With --model NAME only that model and its tagger without
the document head, with --baselines only the baselines: every sentence a claim, cue words, and
TF-IDF with a linear model, which learns from the train parts of editorials, opeds and soapbox, as
far as they are at hand.

Each on the dev parts of editorials and opeds, the test part of soapbox, and the gold article,
which is to be looked at once for each model that ships (--no-gold leaves it out). With --own
CORPUS a model of a corpus's own labels is evaluated on that corpus's test part instead, where
--map counts labels as others, as the literature on AbstRCT has it. What is not at hand is skipped,
and the record says so.

Writes benchmarks/results/accuracy-MODEL.json, accuracy-baselines.json, with --own
accuracy-MODEL-CORPUS.json, with --map accuracy-MODEL-CORPUS-mapped.json: reports with signatures,
scores by outlet, length and position, counts of errors. Tables are made of them by
``python benchmarks/tables.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from baselines import cue_words, every_claim, model_and_tagger, with_tree
from records import environment, model_files, write_record

from contend import Analyzer, ContendError, Document, evaluate, read_corpus
from contend.corpora.base import Labels
from contend.errors import ConfigError
from contend.formats.relabel import LabelMap, relabel
from contend.metrics.breakdown import break_down
from contend.metrics.error_report import find_errors
from contend.metrics.report import Report
from contend.model.folder import shipped_models

SEED = 0
TESTS = (("editorials", "dev"), ("opeds", "dev"), ("soapbox", "test"))
GOLD = ("gold", "test")
LEARNED_FROM = ("editorials", "opeds", "soapbox")

#: From texts to what each system finds in them.
Systems = Callable[[Sequence[str]], Mapping[str, Sequence[Document]]]


def of_model(model: str, *, threads: int) -> tuple[str, Systems]:
    """The name of a model, and it and its tagger alone as systems."""
    name = Analyzer.load(model).name
    predict = model_and_tagger(model, threads=threads)

    def systems(texts: Sequence[str]) -> dict[str, Sequence[Document]]:
        both = list(predict(texts))
        return {name: [whole for whole, _ in both], f"{name}, tagger": [of for _, of in both]}

    return name, systems


def of_baselines() -> tuple[list[str], Systems]:
    """What TF-IDF learned from, and the baselines as systems."""
    from linear import Linear

    learned_from, documents = [], []
    for corpus in LEARNED_FROM:
        try:
            train = read_corpus(corpus, labels="scheme")["train"]
        except ContendError as error:
            print(f"TF-IDF learns without {corpus}: {error}", file=sys.stderr)
            continue
        learned_from.append(f"{corpus}, train: {len(train)} documents")
        documents += train
    linear = Linear(seed=SEED).fit([(document, True) for document in documents])

    def systems(texts: Sequence[str]) -> dict[str, Sequence[Document]]:
        return {
            "TF-IDF": [with_tree(document) for document in linear(texts)],
            "cue words": list(cue_words(texts)),
            "every sentence a claim": list(every_claim(texts)),
        }

    return learned_from, systems


def only(systems: Systems, name: str) -> Systems:
    """One of several systems."""
    return lambda texts: {name: systems(texts)[name]}


def measure(
    systems: Systems,
    tests: Sequence[tuple[str, str]],
    labels: Labels,
    n_resamples: int,
    merged: str = "",
) -> list[dict[str, Any]]:
    """A row for each test and system: the report and more, or why there is none.

    Args:
        systems: what is measured.
        tests: corpora and their splits.
        labels: whose labels they have.
        n_resamples: for the intervals.
        merged: which labels, found or right, count as which, as ``contend convert --map`` has it.
    """
    to = LabelMap.parse(["*=*", *([merged] if merged else [])])
    rows: list[dict[str, Any]] = []
    for corpus, split in tests:
        test = {"corpus": corpus, "split": split, "labels": labels}
        named = f"{corpus}({merged})" if merged else corpus  # in signatures
        if merged:
            test["map"] = merged
        try:
            gold = read_corpus(corpus, labels=labels)[split]
        except ContendError as error:
            print(f"{corpus} is skipped: {error}", file=sys.stderr)
            rows += [{"system": system, **test, "skipped": "not at hand"} for system in systems([])]
            continue
        gold = [relabel(document, to, where=corpus)[0] for document in gold]
        for system, found in systems([document.text for document in gold]).items():
            predicted = [relabel(document, to, where=system)[0] for document in found]
            report = evaluate(
                lambda _, found=predicted: found,  # type: ignore[misc]
                gold, corpus=named, split=split, n_resamples=n_resamples, seed=SEED,
            )  # fmt: skip
            print(f"{system}\n{report}\n")
            rows.append(
                {
                    "system": system,
                    **test,
                    "report": report.to_dict(),
                    "breakdowns": list(breakdowns(report)),
                    "errors": find_errors(report.gold, report.predicted).to_dict(),
                }
            )
    return rows


def breakdowns(report: Report) -> Iterator[dict[str, Any]]:
    """Scores by outlet, if the documents have one, by length and by position, in short."""
    if len(report.gold) == 1:
        return
    for by in ("outlet", "length", "position"):
        try:
            found = break_down(report, by).to_dict()
        except ConfigError:  # no document says where it was published
            continue
        for part in found["parts"]:
            part["scores"] = {
                name: {key: score[key] for key in ("value", "low", "high")}
                for name, score in part["scores"].items()
            }
        yield found


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate and write the records."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", action="append", default=[], help="name or folder")
    parser.add_argument("--baselines", action="store_true", help="the baselines")
    parser.add_argument(
        "--gold", action=argparse.BooleanOptionalAction, default=True, help="the gold article too"
    )
    parser.add_argument("--own", metavar="CORPUS", help="on its test part, in its own labels")
    parser.add_argument("--map", default="", help="with --own: MajorClaim=Claim and the like")
    parser.add_argument("--threads", type=int, default=2, help="of the encoder [2]")
    parser.add_argument("--resamples", type=int, default=1000, help="for the intervals [1000]")
    options = parser.parse_args(arguments)
    if options.own and not options.model:
        parser.error("--own needs the --model of that corpus")
    if options.map and not options.own:
        parser.error("--map is for --own")

    tests = [*TESTS, GOLD] if options.gold else list(TESTS)
    everything = not (options.model or options.baselines)
    made = environment(threads=options.threads, seed=SEED)
    for model in options.model or (shipped_models() if everything else []):
        name, systems = of_model(model, threads=options.threads)
        record: dict[str, Any] = {
            "environment": made,
            "model": {"name": name, "files": model_files(model)},
        }
        if options.own:
            own = [(options.own, "test")]
            rows = measure(only(systems, name), own, "own", options.resamples, options.map)
            mapped = "-mapped" if options.map else ""
            print(write_record(f"accuracy-{name}-{options.own}{mapped}", {**record, "rows": rows}))
        else:
            rows = measure(systems, tests, "scheme", options.resamples)
            print(write_record(f"accuracy-{name}", {**record, "rows": rows}))
    if options.baselines or everything:
        learned_from, systems = of_baselines()
        made = environment(threads=1, seed=SEED, libraries=("numpy", "scikit-learn"))
        rows = measure(systems, tests, "scheme", options.resamples)
        record = {"environment": made, "learned_from": learned_from, "rows": rows}
        print(write_record("accuracy-baselines", record))


if __name__ == "__main__":
    main()
