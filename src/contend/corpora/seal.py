"""Write checksum and counts of a corpus into its card: ``python -m contend.corpora.seal NAME…``.

For maintainers, after the data, the reader or the split of a corpus have changed; the change
of the card then shows in the diff.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from contend import resources
from contend.corpora import get_corpus
from contend.corpora.base import count, files_digest


def seal(name: str, path: Path | None = None) -> None:
    """Read the corpus ``name`` unchecked and write what was found into its card.

    Args:
        name: one of ``contend.corpora.CORPORA``.
        path: the folder with its data; by default where the corpus expects them.

    Raises:
        CorpusError: if the corpus cannot be read.
    """
    corpus = get_corpus(name)
    path = path or corpus.default_path()
    counts = {split: count(of) for split, of in corpus.read(path, check=False).items()}
    files = sorted(corpus.data_files(path))
    file = resources.corpora_folder() / name / "card.json"
    card = json.loads(file.read_text(encoding="utf-8"))
    card["files_sha256"] = files_digest(path, files) if files else ""
    card["counts"] = counts
    written = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
    file.write_text(written, encoding="utf-8", newline="\n")


def main(names: Sequence[str]) -> None:
    """Seal each of ``names``."""
    for name in names:
        seal(name)


if __name__ == "__main__":
    main(sys.argv[1:])
