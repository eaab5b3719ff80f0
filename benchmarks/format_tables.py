"""The tables of file formats, from the record of ``benchmarks/formats.py``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cells import UNDEFINED, read_record, table
from records import RESULTS

from contend.formats import FORMATS

# What documents have, in the record of formats -> its letter in the table.
_LOST = {
    "texts": "X",
    "segments": "G",
    "labels": "L",
    "relations": "R",
    "thesis": "T",
    "segment scores": "S",
    "relation scores": "Z",
    "ids": "I",
    "meta": "M",
}


def formats_table(results: Path = RESULTS) -> str:
    """First formats as rows, second ones as columns, letters for what is lost."""
    pairs = _format_pairs(results)
    names = list(dict.fromkeys(first for first, _ in pairs))
    body = [[f"**{a}**", *(_lost(pairs[a, b]) or "·" for b in names)] for a in names]
    return table(["from, to", *names], body) + _measured_on(results)


def format_features_table(results: Path = RESULTS) -> str:
    """Formats as rows, what documents have as columns, how much of it survives."""
    pairs = {names[0]: kept for names, kept in _format_pairs(results).items() if len({*names}) == 1}
    body = [
        [
            f"`{name}`",
            " ".join(FORMATS[name].extensions) or "folder",
            f"`contend[{FORMATS[name].extra}]`" if FORMATS[name].extra else "",
            *(_share(*kept[feature]) for feature in _LOST),
        ]
        for name, kept in pairs.items()
    ]
    return table(["format", "endings", "needs", *_LOST], body)


def _format_pairs(results: Path) -> dict[tuple[str, str], dict[str, tuple[int, int]]]:
    """Two formats -> feature -> how many survived both and how many there were, in all corpora."""
    pairs: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for corpus in read_record("formats", results).get("corpora", []):
        for row in corpus["rows"]:
            of = pairs.setdefault(tuple(row["formats"]), dict.fromkeys(_LOST, (0, 0)))
            for feature, total in corpus["totals"].items():
                kept = of[feature][0] + row["kept"][feature]
                of[feature] = (kept, of[feature][1] + total)
    return pairs


def _measured_on(results: Path) -> str:
    measured = read_record("formats", results).get("corpora", [])
    if not measured:
        return ""
    counts = [f"{each['n_documents']} documents of {each['corpus']}" for each in measured]
    letters = ", ".join(f"{letter} {feature}" for feature, letter in _LOST.items())
    legend = f"· nothing is lost; {letters}; in lower case: a part of them"
    return f"\n{legend}. On {' and '.join(counts)}.\n"


def _lost(kept: Mapping[str, tuple[int, int]]) -> str:
    return "".join(
        letter if not kept[feature][0] else letter.lower()
        for feature, letter in _LOST.items()
        if kept[feature][0] < kept[feature][1]
    )


def _share(kept: int, total: int) -> str:
    if not total:
        return ""
    return "yes" if kept == total else f"{100 * kept / total:.1f} %" if kept else UNDEFINED
