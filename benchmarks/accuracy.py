"""How good a model is, beside baselines: ``python benchmarks/accuracy.py``.

Evaluates on the dev part of editorials and on the test part of soapbox, which is always at hand;
with --gold on the gold article too. With --own CORPUS a model of a corpus's own labels is
evaluated on that corpus's test part instead. What is not at hand is skipped, and the record says
so. Writes benchmarks/results/accuracy-MODEL.json (with --own: accuracy-MODEL-CORPUS.json).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from baselines import cue_words, majority
from records import environment, model_files, write_record

from contend import Analyzer, ContendError, evaluate, read_corpus
from contend.corpora.base import Labels
from contend.evaluation import Predict

SEED = 0


def measure(
    systems: dict[str, Predict], tests: Sequence[tuple[str, str]], labels: Labels, n_resamples: int
) -> list[dict[str, Any]]:
    """A row for each test and system: the report, or why there is none."""
    rows: list[dict[str, Any]] = []
    for corpus, split in tests:
        test = {"corpus": corpus, "split": split, "labels": labels}
        try:
            gold = read_corpus(corpus, labels=labels)[split]
        except ContendError as error:
            print(f"{corpus} is skipped: {error}", file=sys.stderr)
            rows += [{"system": system, **test, "skipped": "not at hand"} for system in systems]
            continue
        for system, predict in systems.items():
            report = evaluate(
                predict, gold, corpus=corpus, split=split, n_resamples=n_resamples, seed=SEED
            )
            print(f"{system}\n{report}\n")
            rows.append({"system": system, **test, "report": report.to_dict()})
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate and write the record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="small", help="name or folder [small]")
    parser.add_argument("--gold", action="store_true", help="also on the gold article")
    parser.add_argument("--own", metavar="CORPUS", help="on its test part, in its own labels")
    parser.add_argument("--threads", type=int, default=2, help="of the encoder [2]")
    parser.add_argument("--resamples", type=int, default=1000, help="for the intervals [1000]")
    options = parser.parse_args(arguments)

    analyzer = Analyzer.load(options.model, threads=options.threads)
    systems: dict[str, Predict] = {analyzer.name: analyzer.analyze_many}
    if options.own:
        name = f"accuracy-{analyzer.name}-{options.own}"
        rows = measure(systems, [(options.own, "test")], "own", options.resamples)
    else:
        name = f"accuracy-{analyzer.name}"
        systems |= {"cue words": cue_words, "majority": majority}
        tests = [("editorials", "dev"), ("soapbox", "test")]
        tests += [("gold", "test")] if options.gold else []
        rows = measure(systems, tests, "scheme", options.resamples)
    record = {
        "environment": environment(threads=options.threads, seed=SEED),
        "model": {"name": analyzer.name, "files": model_files(options.model)},
        "rows": rows,
    }
    print(write_record(name, record))


if __name__ == "__main__":
    main()
