"""What more annotated text of each kind brings: ``python benchmarks/more_text.py``.

TF-IDF with a linear model learns from some of the editorials, with and without all of soapbox and
all op-eds; then from all editorials and soapbox with some of the op-eds. Parts are drawn at random
(--draws), nested within a draw. Tested on the dev parts of editorials and opeds.

Writes benchmarks/results/more-text.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from linear import Linear
from records import environment, write_record

from contend import ContendError, Document, evaluate, read_corpus

SEED = 0
CORPORA = ("editorials", "soapbox", "opeds")
TESTS = ("editorials", "opeds")
EDITORIALS = (25, 50, 100)
OPEDS = (100, 200, 400, 800)
METRICS = ("word_macro_f1", "word_f1/counterclaim", "exact_f1")


class Part(NamedTuple):
    """How many documents of each corpus are learned from."""

    editorials: int
    soapbox: int
    opeds: int


def plan(total: Part) -> Iterator[Part]:
    """The parts to learn from; ``total`` is all there is."""
    sizes = [*(n for n in EDITORIALS if n < total.editorials), total.editorials]
    for soapbox, opeds in ((0, 0), (total.soapbox, 0), (total.soapbox, total.opeds)):
        for editorials in sizes:
            yield Part(editorials, soapbox, opeds)
    for opeds in OPEDS:
        if opeds < total.opeds:
            yield Part(total.editorials, total.soapbox, opeds)


def learn(train: Sequence[Sequence[Document]], part: Part, draw: int) -> Linear:
    """A model of the first documents of each corpus in the order of a draw."""
    documents: list[Document] = []
    for place, (all_of_it, n) in enumerate(zip(train, part, strict=True)):
        order = np.random.default_rng((SEED, draw, place)).permutation(len(all_of_it))
        documents += [all_of_it[index] for index in order[:n]]
    return Linear(seed=SEED).fit([(document, True) for document in documents])


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn, test, and write the record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=3, help="of each part [3]")
    options = parser.parse_args(arguments)
    try:
        read = {name: read_corpus(name, labels="scheme") for name in CORPORA}
    except ContendError as error:
        sys.exit(f"needs {', '.join(CORPORA)}: {error}")
    train = [read[name]["train"] for name in CORPORA]
    total = Part(*map(len, train))
    rows: list[dict[str, Any]] = []
    for part in plan(total):
        # All of a corpus is the same in every draw.
        for draw in range(1, 2 if part == total else 1 + options.draws):
            model = learn(train, part, draw)
            for test in TESTS:
                report = evaluate(model, read[test]["dev"], corpus=test, n_resamples=0)
                scores = {name: report.scores[name].value for name in METRICS}
                rows.append(
                    {"learned_from": part._asdict(), "draw": draw, "corpus": test, **scores}
                )
                print(part, draw, test, scores, flush=True)
    made = environment(threads=1, seed=SEED, libraries=("numpy", "scikit-learn"))
    print(write_record("more-text", {"environment": made, "rows": rows}))


if __name__ == "__main__":
    main()
