"""Tables of models side by side: score, size, time; and of scores in other domains."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from accuracy_tables import measured
from cells import UNDEFINED, number, read_record, read_records, table, with_interval
from records import RESULTS

from contend.model.weights import n_parameters

ROOT = Path(__file__).parents[1]


def speed_table(results: Path = RESULTS) -> str:
    """Models and threads as rows."""
    found = read_records("speed", results)
    body = []
    for record in found:
        for row in record["rows"]:
            article, throughput, memory = row["article"], row["throughput"], record["memory"]
            body.append(
                [
                    record["model"]["name"],
                    str(row["threads"]),
                    f"{article['median_s']:.2f} s ({article['n_words']} words)",
                    f"{throughput['tokens_per_s']:,} a second",
                    f"{record['cold_start']['median_s']:.1f} s",
                    f"{memory['peak_mb']:,.0f} MB ({memory['n_words']:,} words)",
                ]
            )
    headings = ["model", "threads", "an article", "tokens", "command line, cold", "peak memory"]
    machine = ""
    if body:
        made = found[0]["environment"]
        machine = f"\nOn {made['cpu']}, {made['cores']} cores, Python {made['python']}.\n"
    return table(headings, body) + machine


def models_table(results: Path = RESULTS, root: Path = ROOT) -> str:
    """Shipped models as rows: size, scores, time and memory."""
    rows = [row for row in measured(results) if row.is_model and row.data["labels"] == "scheme"]
    tests = list(dict.fromkeys(row.test for row in rows))
    scores = {(row.system, row.test): row.scores for row in rows}
    speeds = {record["model"]["name"]: record for record in read_records("speed", results)}
    body = []
    for config in sorted((root / "models").glob("*/config.json")):
        data = json.loads(config.read_text(encoding="utf-8"))
        files = [config.parent / name for name in data["files"]]
        weights = [file for file in files if file.suffix == ".safetensors"]
        cells = [
            f"[{data['name']}]({data['name']}/README.md)",
            f"{n_parameters(weights) / 1e6:.0f} M",
            f"{sum(file.stat().st_size for file in files) / 1e6:.0f} MB",
        ]
        for test in tests:
            of = scores.get((data["name"], test), {})
            cells.append(
                " / ".join(
                    number(of.get(metric, {}).get("value"))
                    for metric in ("word_macro_f1", "word_f1/counterclaim", "exact_f1")
                )
            )
        body.append([*cells, *_time(speeds.get(data["name"]))])
    headings = [
        "model",
        "parameters",
        "size",
        *tests,
        "an article",
        "the same, 2 threads",
        "memory",
    ]
    return table(headings, body)


def _time(record: dict[str, Any] | None) -> list[str]:
    if record is None:
        return [UNDEFINED] * 3
    by_threads = {row["threads"]: row["article"] for row in record["rows"]}
    seconds = [
        f"{by_threads[n]['median_s']:.2f} s ({by_threads[n]['n_words']} words)"
        if n in by_threads
        else UNDEFINED
        for n in (1, 2)
    ]
    return [*seconds, f"{record['memory']['peak_mb']:,.0f} MB"]


def cross_domain_table(results: Path = RESULTS) -> str:
    """Corpora as rows, systems as columns, macro F1."""
    return _cross_domain(results, "admissible_macro_f1")


def cross_domain_accuracy_table(results: Path = RESULTS) -> str:
    """Corpora as rows, systems as columns, the share of words with an admissible label."""
    return _cross_domain(results, "admissible_accuracy")


def _cross_domain(results: Path, metric: str) -> str:
    rows = [row for record in read_records("cross_domain", results) for row in record["rows"]]
    systems = list(dict.fromkeys(row["system"] for row in rows))
    body = []
    for test in dict.fromkeys((row["corpus"], row["split"]) for row in rows):
        of = {row["system"]: row for row in rows if (row["corpus"], row["split"]) == test}
        first = next(iter(of.values()))
        sure = [
            name.partition("/")[2]
            for name, score in first["scores"].items()
            if name.startswith("admissible_f1/") and score["value"] is not None
        ]
        cells = []
        for system in systems:
            row = of.get(system)
            home = "*" if row and test[0] in row["learned_from"] else ""
            cells.append(with_interval(row["scores"][metric]) + home if row else UNDEFINED)
        labels = [", ".join(sure)] if metric == "admissible_macro_f1" else []
        body.append([", ".join(test), str(first["n_documents"]), *labels, *cells])
    labels = ["labels that count"] if metric == "admissible_macro_f1" else []
    return table(["on", "documents", *labels, *systems], body)


def more_text_table(results: Path = RESULTS) -> str:
    """What was learned from as rows, tests as columns: means over draws."""
    rows = read_record("more-text", results).get("rows", [])
    tests = list(dict.fromkeys(row["corpus"] for row in rows))
    metrics = ("word_macro_f1", "word_f1/counterclaim", "exact_f1")
    body = []
    for part in dict.fromkeys(tuple(row["learned_from"].items()) for row in rows):
        cells = [f"{n:,}" if n else UNDEFINED for _, n in part]
        for test in tests:
            of = [
                r for r in rows if r["corpus"] == test and tuple(r["learned_from"].items()) == part
            ]
            means = (sum(row[metric] for row in of) / len(of) for metric in metrics)
            cells.append(" / ".join(number(mean) for mean in means))
        body.append(cells)
    corpora = list(rows[0]["learned_from"]) if rows else []
    return table([*corpora, *(f"on {test}, dev" for test in tests)], body)


def ablations_table(results: Path = RESULTS) -> str:
    """Variants of a training as rows, metrics as columns: means and deviations over seeds."""
    record = read_record("ablations", results)
    rows = record.get("rows", [])
    metrics = list(rows[0]["scores"][0]) if rows else []
    body = []
    for row in rows:
        cells = [row["variant"], str(len(row["seeds"]))]
        for metric in metrics:
            found = [each[metric] for each in row["scores"] if each[metric] is not None]
            deviation = f" ± {number(stdev(found))}" if len(found) > 1 else ""
            cells.append(f"{number(mean(found))}{deviation}" if found else UNDEFINED)
        body.append(cells)
    headings = ["training", "seeds", "words, macro F1", "counterclaims, word F1"]
    headings += ["exact segments, F1", "relations, F1", "thesis"]
    return table(headings, body)
