"""How fast a model is and how much memory it takes: ``python benchmarks/speed.py``.

Measures one article of about 900 words and tokens a second over the whole of soapbox, both with one
thread and with two; with one thread alone the command line from a cold start and the peak memory
for one very long text. Medians of several runs after one that does not count; of one run for tokens
a second, and a single one for memory. --quick takes fewer runs and less text and is done in two
minutes; the record says how much it was.
Writes benchmarks/results/speed-MODEL.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from records import environment, model_files, write_record

from contend import Analyzer, read_corpus

ARTICLE_WORDS = 900
#: Runs, texts for tokens a second, words of the long text.
THOROUGH, QUICK = (7, None, 200_000), (3, 3, 5_000)
COMMAND_LINE = "from contend.cli import main; main()"
MEMORY = """
import resource, sys
from pathlib import Path
from contend import Analyzer
document = Analyzer.load(sys.argv[1]).analyze(Path(sys.argv[2]).read_text(encoding="utf-8"))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB; bytes on macOS
print(peak * (1 if sys.platform == "darwin" else 1024), document.meta["n_tokens"])
"""


def soapbox_texts() -> list[str]:
    """All texts of soapbox."""
    splits = read_corpus("soapbox")
    return [document.text for split in sorted(splits) for document in splits[split]]


def timed(run: Callable[[], object], n_runs: int) -> dict[str, Any]:
    """Seconds of each run, after one that does not count, and their median."""
    run()
    seconds = []
    for _ in range(n_runs):
        started = time.perf_counter()
        run()
        seconds.append(round(time.perf_counter() - started, 4))
    return {"median_s": median(seconds), "runs_s": seconds}


def speed(
    model: str, threads: int, texts: Sequence[str], n_runs: int, n_texts: int | None
) -> dict[str, Any]:
    """An article's seconds, and tokens a second over the first ``n_texts`` texts or all."""
    analyzer = Analyzer.load(model, threads=threads)
    article = min(texts, key=lambda text: abs(len(text.split()) - ARTICLE_WORDS))
    of_article = timed(lambda: analyzer.analyze(article), n_runs)
    texts = texts[:n_texts]
    n_tokens = sum(analyzer.tokenize(text).n_tokens for text in texts)
    of_all = timed(lambda: list(analyzer.analyze_many(texts)), 1)
    return {
        "threads": threads,
        "article": {"n_words": len(article.split()), **of_article},
        "throughput": {
            "n_texts": len(texts),
            "n_tokens": n_tokens,
            **of_all,
            "tokens_per_s": round(n_tokens / of_all["median_s"]),
        },
    }


def cold_start(model: str, text: str, n_runs: int) -> dict[str, Any]:
    """Seconds of ``contend analyze FILE`` as a new process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "article.txt"
        file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-c", COMMAND_LINE, "analyze", "--model", model, "--json"]
        return timed(
            lambda: subprocess.run([*command, str(file)], check=True, stdout=subprocess.DEVNULL),
            n_runs,
        )


def memory(model: str, texts: Sequence[str], n_words: int) -> dict[str, Any]:
    """Peak resident memory of a process that analyses one text of at least ``n_words`` words."""
    parts: list[str] = []
    n = 0
    for text in cycle(texts):
        if n >= n_words:
            break
        parts.append(text)
        n += len(text.split())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.txt"
        file.write_text("\n\n".join(parts), encoding="utf-8")
        found = subprocess.run(
            [sys.executable, "-c", MEMORY, model, str(file)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
    return {
        "n_words": n,
        "n_tokens": int(found[1]),
        "peak_mb": round(int(found[0]) / 1e6, 1),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="small", help="name or folder [small]")
    parser.add_argument("--quick", action="store_true", help="in two minutes")
    parser.add_argument("--runs", type=int, help="that count [7; quick: 3]")
    parser.add_argument("--words", type=int, help="of the long text [200000; quick: 5000]")
    options = parser.parse_args(arguments)
    n_runs, n_texts, n_words = QUICK if options.quick else THOROUGH
    n_runs, n_words = options.runs or n_runs, options.words or n_words

    name = Analyzer.load(options.model).name
    texts = soapbox_texts()
    record = {
        "environment": environment(threads=2),
        "model": {"name": name, "files": model_files(options.model)},
        "rows": [speed(options.model, threads, texts, n_runs, n_texts) for threads in (1, 2)],
        "cold_start": cold_start(options.model, texts[0], n_runs),
        "memory": memory(options.model, texts, n_words),
    }
    print(write_record(f"speed-{name}", record))


if __name__ == "__main__":
    main()
