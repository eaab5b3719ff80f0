"""Write the tables of README.md, docs and the models' cards from the records in benchmarks/results.

A table stands between the lines ``<!-- table: NAME -->`` and ``<!-- end -->``.
``python benchmarks/tables.py`` writes them, with --check it says whether they agree.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from accuracy_tables import (
    accuracy_table,
    all_systems_table,
    breakdown_table,
    calibration_table,
    charts,
    charts_table,
    errors_table,
    labels_table,
    made_table,
    min_score_table,
    more_metrics_table,
    relation_errors_table,
)
from cells import number, read_records, table
from format_tables import format_features_table, formats_table
from model_tables import (
    ablations_table,
    cross_domain_accuracy_table,
    cross_domain_table,
    models_table,
    more_text_table,
    speed_table,
)
from records import RESULTS

from contend.model.card import card

ROOT = Path(__file__).parents[1]
_MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def small_corpus_table(results: Path = RESULTS) -> str:
    """Corpora as rows, over all draws: before and after a training on a few documents."""
    file = results / "small-corpus.json"
    if not file.is_file():
        return ""
    record = json.loads(file.read_text(encoding="utf-8"))
    start = "start, counterclaims as claims"
    body = []
    for corpus in dict.fromkeys(row["corpus"] for row in record["rows"]):
        rows = [row for row in record["rows"] if row["corpus"] == corpus]
        counts = f"{rows[0]['n_train']} + {rows[0]['n_dev']}, {rows[0]['n_test']}"
        cells = [corpus, str(len(rows)), counts]
        for metric in ("word_macro_f1", "exact_f1"):
            after = [row["scores"]["trained"][metric] for row in rows]
            p_values = [row["comparisons"][start][metric]["p_value"] for row in rows]
            before = number(rows[0]["scores"][start][metric])
            cells.append(f"{before} → {number(sum(after) / len(after))}")
            cells.append(f"{number(min(after))}–{number(max(after))}, p ≤ {max(p_values):.3f}")
        cells.append(f"{max(row['duration_s'] for row in rows) / 60:.1f}")
        body.append(cells)
    headings = ["corpus", "draws", "articles: learnt + chosen on, tested on", "words, macro F1"]
    headings += ["over draws", "exact segments, F1", "over draws", "minutes, most"]
    made = record["environment"]
    return table(headings, body) + (
        f"\nOn {made['cpu']}, {made['threads']} threads; started from {record['model']['name']}.\n"
    )


TABLES: dict[str, Callable[[Path], str]] = {
    "accuracy": accuracy_table,
    "all_systems": all_systems_table,
    "more_metrics": more_metrics_table,
    "labels": labels_table,
    "by_outlet": partial(breakdown_table, "outlet"),
    "by_length": partial(breakdown_table, "length"),
    "by_position": partial(breakdown_table, "position"),
    "calibration": calibration_table,
    "min_score": min_score_table,
    "charts": charts_table,
    "errors": errors_table,
    "relation_errors": relation_errors_table,
    "cross_domain": cross_domain_table,
    "cross_domain_accuracy": cross_domain_accuracy_table,
    "models": models_table,
    "more_text": more_text_table,
    "ablations": ablations_table,
    "made": made_table,
    "speed": speed_table,
    "formats": formats_table,
    "format_features": format_features_table,
    "small_corpus": small_corpus_table,
}


def with_tables(text: str, results: Path = RESULTS) -> str:
    """``text`` with every marked table as the records have it."""
    return _MARKED.sub(
        lambda found: found[1] + TABLES[found[2]](results) + found[3],
        text,
    )


def pages(root: Path = ROOT, results: Path = RESULTS) -> Iterator[tuple[Path, str]]:
    """Every generated page with the content that it should have."""
    docs = sorted((root / "docs").glob("*.md"))
    for page in (root / "README.md", root / "models" / "README.md", *docs):
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        if _MARKED.search(text):
            yield page, with_tables(text, results)
            if "<!-- table: charts -->" in text:
                yield from ((page.parent / "charts" / name, svg) for name, svg in charts(results))
    measured: dict[str, dict[str, Any]] = {}
    for record in read_records("accuracy", results):
        if "model" in record:
            name = record["model"]["name"]
            measured.setdefault(name, {"rows": []})["rows"] += record["rows"]
    for folder in sorted(path.parent for path in (root / "models").glob("*/config.json")):
        yield folder / "README.md", card(folder, measured.get(folder.name, {}))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if not equal")
    check = parser.parse_args(arguments).check
    stale = []
    for path, content in pages():
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            stale.append(path.relative_to(ROOT).as_posix())
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(content, encoding="utf-8")
    if check and stale:
        sys.exit(f"{', '.join(stale)}: not as the records say; run python benchmarks/tables.py")


if __name__ == "__main__":
    main()
