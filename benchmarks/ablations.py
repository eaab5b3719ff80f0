"""What each part of a training is worth: ``python benchmarks/ablations.py``.

Trains as benchmarks/ablations.toml says, then again with one thing changed, each with several
seeds (--seeds), and scores every model on the dev articles of editorials and opeds together after
its decoding was chosen on them, as that of the shipped models was. The trainings are much shorter
than those of the shipped models: what pays here may pay less, or more, in a long one.

Runs that are finished lie in --runs and are not done again. Variants that are in the record
already stay there if their configuration is the same, so it can be made in parts (--only); each
says where it was made. Writes benchmarks/results/ablations.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cells import read_record
from records import LIBRARIES, RESULTS, environment, write_record

from contend.training.config import Config
from contend.training.learning_curve import learning_curve

BASE = Path(__file__).with_suffix(".toml")
METRICS = ("word_macro_f1", "word_f1/counterclaim", "exact_f1", "relation_f1", "thesis_accuracy")


def variants(base: Config) -> dict[str, Config]:
    """The configuration, and it with one thing changed, by what is changed."""

    def without(corpus: str) -> Config:
        return replace(base, train=tuple(x for x in base.train if x.corpus != corpus))

    return {
        "as configured": base,
        "counterclaims weigh as much as the rest": replace(base, label_weights={}),
        "no losses of relations and thesis": replace(base, relation_loss=0.0, thesis_loss=0.0),
        "relations and thesis do not reach the encoder": replace(base, document_gradient=0.0),
        "segments do not see each other": replace(base, head_layers=0),
        "no average of weights": replace(base, ema=0.0),
        "no layer frozen": replace(base, freeze_layers=0),
        "no layer frozen, 15 % of the tokens hidden": replace(
            base, freeze_layers=0, token_dropout=0.15
        ),
        "without soapbox": without("soapbox"),
        "without op-eds": without("opeds"),
        "relations and the thesis weigh ten times as much": replace(
            base, relation_loss=10 * base.relation_loss, thesis_loss=10 * base.thesis_loss
        ),
        "taught by base": replace(base, teacher="base"),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, score, and write the record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, default=BASE, help="what to change [%(default)s]")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each variant [3]")
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"), help="[%(default)s]")
    parser.add_argument("--only", nargs="+", default=[], metavar="VARIANT", help="some of them")
    options = parser.parse_args(arguments)
    base = Config.from_toml(options.config)
    planned = variants(base)
    unknown = sorted(set(options.only) - set(planned))
    if unknown:
        parser.error(f"no variant {unknown[0]!r}; there are: {'; '.join(planned)}")
    # As they are read back.
    configs = {name: json.loads(json.dumps(each.to_dict())) for name, each in planned.items()}
    rows: dict[str, Any] = {
        row["variant"]: row
        for row in read_record("ablations", RESULTS).get("rows", [])
        if row["config"] == configs.get(row["variant"])
    }
    for place, (name, config) in enumerate(planned.items()):
        if options.only and name not in options.only:
            continue
        folder = options.runs / f"{place:02}"
        made = learning_curve(out=folder, config=config, sizes=("100%",), draws=options.seeds)
        scores = [{x: run["scores"].get(x) for x in METRICS} for run in made["runs"]]
        rows[name] = {
            "variant": name,
            "environment": environment(
                threads=config.threads, seed=config.seed, libraries=(*LIBRARIES, "torch")
            ),
            "config": configs[name],
            "seeds": [config.seed + run["draw"] - 1 for run in made["runs"]],
            "n_documents": made["n_documents"],
            "n_dev_documents": made["n_dev_documents"],
            "scores": scores,
        }
        print(f"{name}: {[each[METRICS[0]] for each in scores]}", flush=True)
        print(write_record("ablations", {"rows": [rows[x] for x in planned if x in rows]}))


if __name__ == "__main__":
    main()
