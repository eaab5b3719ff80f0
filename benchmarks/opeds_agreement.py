"""Agreement of the three passes over 15 op-eds: ``python benchmarks/opeds_agreement.py``.

Writes ``benchmarks/results/opeds_agreement.json``. The texts are not needed; see
``gold_agreement``.
"""

from __future__ import annotations

from pathlib import Path

from gold_agreement import over_words

from contend import resources
from contend.formats.standoff import read_standoff
from contend.metrics import agree

RESULT = Path(__file__).parent / "results" / "opeds_agreement.json"


def main() -> None:
    """Compare the articles that were annotated three times and write the record."""
    folder = resources.corpora_folder() / "opeds"
    files = sorted((folder / "second").glob("*.json"))
    passes = {
        "first": [over_words(read_standoff(folder / "annotations" / file.name)) for file in files],
        "second": [over_words(read_standoff(file)) for file in files],
        "third": [over_words(read_standoff(folder / "third" / file.name)) for file in files],
    }
    RESULT.write_text(agree(passes).to_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
