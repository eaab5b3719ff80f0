"""Write the tables of README.md and the models' cards from the records in benchmarks/results.

A table stands between the lines ``<!-- table: NAME -->`` and ``<!-- end -->``.
``python benchmarks/tables.py`` writes them, with --check it says whether they agree.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from records import RESULTS

from contend.model.card import card

ROOT = Path(__file__).parents[1]
_MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_COLUMNS = {
    "words, macro F1": "word_macro_f1",
    "counterclaims, word F1": "word_f1/counterclaim",
    "exact segments, F1": "exact_f1",
    "50 % overlap, F1": "overlap50_f1",
    "relations, F1": "relation_f1",
    "thesis": "thesis_accuracy",
}
_LABELS = {"own": ", its own labels", "scheme": ""}


def records(kind: str, results: Path = RESULTS) -> list[dict[str, Any]]:
    """The records whose name begins with ``kind``, the default model's first."""
    files = sorted(
        results.glob(f"{kind}-*.json"), key=lambda file: ("-small" not in file.stem, file)
    )
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def accuracy_table(results: Path = RESULTS) -> str:
    """Tests and systems as rows, metrics as columns, the baselines once."""
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    for record in records("accuracy", results):
        for row in record["rows"]:
            if "report" in row:
                test = f"{row['corpus']}, {row['split']}{_LABELS[row['labels']]}"
                rows.setdefault((test, row["system"]), row["report"]["scores"])
    # One test after another; within it models, then baselines.
    tests = list(dict.fromkeys(test for test, _ in rows))
    body = [
        [test, system, *(_score(scores.get(metric)) for metric in _COLUMNS.values())]
        for test in tests
        for (of, system), scores in rows.items()
        if of == test
    ]
    return _table(["on", "system", *_COLUMNS], body)


def speed_table(results: Path = RESULTS) -> str:
    """Models and threads as rows."""
    body = []
    for record in records("speed", results):
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
        made = records("speed", results)[0]["environment"]
        machine = f"\nOn {made['cpu']}, {made['cores']} cores, Python {made['python']}.\n"
    return _table(headings, body) + machine


def _score(score: Mapping[str, Any] | None) -> str:
    if score is None or score["value"] is None:
        return "–"
    if score["low"] is None:
        return _number(score["value"])
    return f"{_number(score['value'])} ({_number(score['low'])}–{_number(score['high'])})"


def _number(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _table(headings: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table; nothing where there are no rows."""
    if not body:
        return ""
    lines = [headings, ["---"] * len(headings), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


TABLES = {"accuracy": accuracy_table, "speed": speed_table}


def with_tables(text: str, results: Path = RESULTS) -> str:
    """``text`` with every marked table as the records have it."""
    return _MARKED.sub(
        lambda found: found[1] + TABLES[found[2]](results) + found[3],
        text,
    )


def pages(root: Path = ROOT, results: Path = RESULTS) -> Iterator[tuple[Path, str]]:
    """Every generated page with the content that it should have."""
    readme = root / "README.md"
    if readme.is_file():
        yield readme, with_tables(readme.read_text(encoding="utf-8"), results)
    measured: dict[str, dict[str, Any]] = {}
    for record in records("accuracy", results):
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
                path.write_text(content, encoding="utf-8")
    if check and stale:
        sys.exit(f"{', '.join(stale)}: not as the records say; run python benchmarks/tables.py")


if __name__ == "__main__":
    main()
