"""How scores carry over to other kinds of text: ``python benchmarks/cross_domain.py``.

Every corpus with labels of the scheme, or sets of them, is a test. Without options the TF-IDF
baseline is trained on all other corpora and tested on the one that was left out, and trained on
all of them for comparison. With --model NAME a model is tested; what it learned from is said in
the record. Scores are over the words of gold segments, since corpora mark by different rules what
is a segment: a predicted label is right if it is among those that the gold admits, recall is over
the words with just one (see contend.metrics.admissible).

Writes benchmarks/results/cross_domain-linear.json or cross_domain-MODEL.json.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

from baselines import every_claim
from records import environment, model_files, write_record

from contend import Analyzer, ContendError, Document
from contend.corpora import get_corpus
from contend.evaluation import Predict
from contend.metrics import resampling_weights, signature
from contend.metrics.admissible import admissible_measures, plain_labels
from contend.metrics.report import Score
from contend.model.folder import TRAINING, find_model

SEED = 0
TESTS = {
    "editorials": "dev",
    "opeds": "dev",
    "soapbox": "test",
    "essays": "test",
    "persuade": "test",
    "microtexts": "test",
    "cdcp": "test",
    "abstrct": "test",
    "unsc": "test",
    "cmv": "test",
}

Corpora = dict[str, dict[str, list[Document]]]


def read(names: Iterable[str]) -> Corpora:
    """The corpora that are at hand, by name and split."""
    found = {}
    for name in names:
        try:
            found[name] = get_corpus(name).read(labels="scheme")
        except ContendError as error:
            print(f"{name} is skipped: {error}", file=sys.stderr)
    return found


def scored(
    predict: Predict, corpora: Corpora, name: str, n_resamples: int
) -> dict[str, dict[str, Any]]:
    """Metric -> score of the test part of a corpus."""
    gold = corpora[name][TESTS[name]]
    predicted = list(predict([document.text for document in gold]))
    weights = resampling_weights(len(gold), n_resamples=n_resamples, seed=SEED)
    common = {"corpus": name, "split": TESTS[name], "docs": len(gold)}
    scores = {}
    for metric, each in admissible_measures(gold, predicted, plain_labels(gold)).items():
        how = {"unit": each.unit, "match": each.match, "avg": each.averaging}
        if each.labels:
            how["labels"] = "+".join(each.labels)
        signed = signature(metric, {**common, **how, "boot": n_resamples, "seed": SEED})
        scores[metric] = Score.of(each, weights, signed).to_dict()
    return scores


def row(
    system: str,
    predict: Predict,
    corpora: Corpora,
    name: str,
    learned_from: Sequence[str],
    n_resamples: int,
) -> dict[str, Any]:
    """A system on a test."""
    scores = scored(predict, corpora, name, n_resamples)
    found = scores["admissible_macro_f1"]["value"]
    print(f"{name}, {system}: {'undefined' if found is None else f'{found:.3f}'}", flush=True)
    return {
        "system": system,
        "corpus": name,
        "split": TESTS[name],
        "n_documents": len(corpora[name][TESTS[name]]),
        "learned_from": list(learned_from),
        "scores": scores,
    }


def of_linear(corpora: Corpora, n_resamples: int) -> list[dict[str, Any]]:
    """TF-IDF without a corpus and with all of them, and claims everywhere."""
    from linear import Linear

    def learned(names: Sequence[str]) -> Linear:
        return Linear(seed=SEED).fit(
            (document, get_corpus(name).scheme_boundaries)
            for name in names
            for document in corpora[name]["train"]
        )

    everything = learned(list(corpora))
    rows = []
    for name in corpora:
        others = [other for other in corpora if other != name]
        for system, predict, names in (
            ("TF-IDF, all others", learned(others), others),
            ("TF-IDF, all", everything, list(corpora)),
            ("every sentence a claim", every_claim, []),
        ):
            rows.append(row(system, predict, corpora, name, names, n_resamples))
    return rows


def of_model(model: str, corpora: Corpora, threads: int, n_resamples: int) -> list[dict[str, Any]]:
    """A model on every test."""
    analyzer = Analyzer.load(model, threads=threads)
    training = find_model(model) / TRAINING
    sources = tomllib.loads(training.read_text(encoding="utf-8")) if training.is_file() else {}
    names = [source["corpus"] for source in sources.get("train", ()) if source.get("corpus")]
    return [
        row(analyzer.name, analyzer.analyze_many, corpora, name, names, n_resamples)
        for name in corpora
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate and write the record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="name or folder, instead of TF-IDF")
    parser.add_argument("--corpus", action="append", choices=TESTS, help="only this one")
    parser.add_argument("--threads", type=int, default=2, help="of the encoder [2]")
    parser.add_argument("--resamples", type=int, default=1000, help="for the intervals [1000]")
    options = parser.parse_args(arguments)

    corpora = read(options.corpus or TESTS)
    if not corpora:
        sys.exit("no corpus is at hand: set CONTEND_DATA to the folder that holds corpora/")
    record: dict[str, Any]
    if options.model:
        name = Analyzer.load(options.model).name
        made = environment(threads=options.threads, seed=SEED)
        record = {
            "environment": made,
            "model": {"name": name, "files": model_files(options.model)},
            "rows": of_model(options.model, corpora, options.threads, options.resamples),
        }
    else:
        name = "linear"
        made = environment(threads=1, seed=SEED, libraries=("numpy", "scikit-learn"))
        record = {"environment": made, "rows": of_linear(corpora, options.resamples)}
    print(write_record(f"cross_domain-{name}", record))


if __name__ == "__main__":
    main()
