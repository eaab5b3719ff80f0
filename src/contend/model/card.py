"""The model card: ``README.md`` of a model folder, made from what lies in it and from results."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contend.corpora import get_corpus
from contend.model import folder as files
from contend.model.weights import find_tensors, n_parameters

_ENCODERS = {
    "minilm": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
    "mpnet": "sentence-transformers/all-mpnet-base-v2 (Apache-2.0)",
}
_PASSED = "documents that were passed to `contend.train`"
_METRICS = (
    "word_macro_f1",
    "word_f1/",  # of each label
    "exact_f1",
    "overlap50_f1",
    "relation_f1",
    "thesis_accuracy",
    "calibration_error",
)


def passed(n_documents: int) -> str:
    """The last line of a ``training.toml`` whose training also read documents given in Python."""
    return f"# {_PASSED}: {n_documents}\n"


def split_passed(written: str) -> tuple[str, int]:
    """A ``training.toml`` without the line that ``passed`` gave, and the number in it."""
    found = re.search(rf"^# {_PASSED}: (\d+)\n\Z", written, re.MULTILINE)
    return (written[: found.start()], int(found[1])) if found else (written, 0)


def card(folder: Path, results: Mapping[str, Any]) -> str:
    """The card of the model in ``folder``, in Markdown.

    Args:
        folder: a model folder with ``config.json`` and ``training.toml``.
        results: a record of ``benchmarks/accuracy.py`` for this model; may be empty.

    Raises:
        ModelError: if the folder holds no model.
        CorpusError: if it learned from a corpus that has no card.
    """
    config = files.read_config(folder)
    training = _training(folder)
    sections = {
        f"{config['name']}: a model of contend": _what(folder, config, training),
        "Intended use": _INTENDED,
        "Limits": _limits(config["settings"]["labels"]),
        "What it learned from": _data(training),
        "Licence": _licence(training),
        "How good it is": _metrics(config, results),
        "How to make it anew": _rebuild(training),
    }
    parts = []
    for number, (title, text) in enumerate(sections.items()):
        parts.append(f"{'##' if number else '#'} {title}\n\n{text.strip()}\n")
    return "\n".join(parts)


_INTENDED = """
Reading English opinion articles, editorials, op-eds and argumentative essays: for research on
argumentation, for teaching, for an overview of a collection, for a first pass that a person
corrects. It runs offline; no text leaves the machine.

Not for judging whether a claim is true or an argument good, not for grading or ranking people by
what they wrote, and not for decisions about anyone without a person who reads the text.
"""


def _limits(labels: Sequence[str]) -> str:
    points = [
        "It says what role a passage plays in its article, not whether the passage is right.",
        "It knows English only, and prose: no transcripts of debates, no lists, no tables.",
        "Scores are calibrated on the documents that it was chosen on; on texts of another kind "
        "they may be too high.",
    ]
    if "counterclaim" in labels:
        points.insert(
            1,
            "Counterclaims are made by discourse more than by words and are its weakest label: "
            "expect it to miss some and to take some for claims.",
        )
    return "\n".join(f"- {point}" for point in points)


def _training(folder: Path) -> dict[str, Any]:
    """What made the model; of trainings in a row the last, with the start of the first.

    Those before lie beside it under their names: ``start = "first"``, ``first.toml``; so do those
    that it is averaged with.
    """
    training = _toml(folder / files.TRAINING)
    made: dict[str, dict[str, Any]] = {}
    seen = {Path(files.TRAINING).stem}

    def make_before(each: Mapping[str, Any]) -> None:
        for name in (each.get("start", ""), *each.get("merge_with", ())):
            if name not in seen and (earlier := _toml(folder / f"{name}.toml")):
                seen.add(name)
                make_before(earlier)
                made[name] = earlier

    make_before(training)
    start = training.get("start", "")
    for _ in made:  # not longer, were they a circle
        start = made[start].get("start", "") if start in made else start
    others = [x for each in (training, *made.values()) for x in each.get("merge_with", ())]
    return {
        **training,
        "start": start,
        "after": list(made),
        "before": list(reversed(made.values())),
        "averaged": [name for name in dict.fromkeys(others) if name not in made],
    }


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    written, n_passed = split_passed(path.read_text(encoding="utf-8"))
    return {**tomllib.loads(written), "passed": n_passed}


def _what(folder: Path, config: Mapping[str, Any], training: Mapping[str, Any]) -> str:
    settings = config["settings"]
    weights = [folder / name for name in files.weight_files(config)]
    start = training.get("start", "")
    thesis = " and one segment as the thesis" if settings["thesis"] else ""
    teachers = _listed(_teachers(training))
    taught = f"- taught by: {teachers}, beside the annotation\n" if teachers else ""
    others = _listed(_quoted(training.get("merge_with", ())))
    averaged = (
        f"- weights: the mean of its own training's and of those of {others}\n" if others else ""
    )
    return f"""
Finds the segments of an article, labels them {_listed(settings["labels"])}, and marks which of
them supports or attacks which{thesis}.

- fine-tuned from: {_ENCODERS.get(start, Path(start).name) or "not recorded"}
{taught}{averaged}- parameters: {n_parameters(weights) / 1e6:.1f} million{_precision(weights)}
- size: {_size(folder, config)}
- reads windows of {settings["window_tokens"]} tokens that share {settings["overlap_tokens"]}, and
  texts of any length to their end
"""


def _teachers(training: Mapping[str, Any]) -> list[str]:
    found = dict.fromkeys(each.get("teacher") for each in (*training["before"], training))
    return _quoted(teacher for teacher in found if teacher)


def _quoted(models: Iterable[str]) -> list[str]:
    return [f"`{Path(model).name}`" for model in models]


def _precision(weights: Sequence[Path]) -> str:
    dtypes = {place.dtype for path in weights for place in find_tensors(path).values()}
    return ", stored in 8 bits" if "I8" in dtypes else ""


def _size(folder: Path, config: Mapping[str, Any]) -> str:
    return f"{sum((folder / name).stat().st_size for name in config['files']) / 1e6:.1f} MB"


def _read(training: Mapping[str, Any], what: str) -> list[str]:
    """The corpora, or files, that all trainings learned from or chose on, each once."""
    sources = [
        source
        for each in (training, *training["before"])
        for source in (*each.get("train", ()), *each.get("dev", ()))
    ]
    return list(dict.fromkeys(source[what] for source in sources if source.get(what)))


def _data(training: Mapping[str, Any]) -> str:
    lines = [*_sources(training, "train"), *_sources(training, "dev")]
    n_passed = training.get("passed")
    if n_passed or not training.get("train"):
        number = f" ({n_passed})" if n_passed else ""
        lines.insert(0, f"- {_PASSED}{number}, not recorded here")
    if training.get("notes"):
        lines += ["", training["notes"]]
    return "\n".join(lines)


def _sources(training: Mapping[str, Any], key: str) -> Iterator[str]:
    for source in training.get(key, ()):
        what = {"train": "learned from", "dev": "chosen on"}[key]
        if source.get("labels") == "none":
            what += " the texts alone of"
        if source.get("file"):
            yield f"- {what} the file `{source['file']}`"
            continue
        of = get_corpus(source["corpus"]).card
        split = source.get("split", key)
        n_documents = of.counts.get(split, {}).get("documents", 0)
        share = source.get("share", 1.0)
        some = f", {share:.0%} of them an epoch" if share != 1.0 else ""
        yield f"- {what} {of.title} (`{of.name}`), {split}: {n_documents} documents{some}"


def _licence(training: Mapping[str, Any]) -> str:
    start = training.get("start", "")
    origin = (
        "The encoder that it started from is under Apache-2.0."
        if start in _ENCODERS
        else f"The terms of what it started from ({Path(start).name or 'not recorded'}) go on."
    )
    if teachers := _teachers(training):
        origin += f" The terms of what taught it ({_listed(teachers)}) go on."
    if others := _quoted(training["averaged"]):
        origin += f" The terms of what it was averaged with ({_listed(others)}) go on."
    cards = [get_corpus(name).card for name in _read(training, "corpus")]
    unknown = [f"`{file}`" for file in _read(training, "file")]
    if any(each.get("passed") or not each.get("train") for each in (training, *training["before"])):
        unknown.append(f"the {_PASSED}")
    not_recorded = f"The terms of {_listed(unknown)} are not recorded here."
    if not cards:
        return f"{origin} {not_recorded}"
    lines = [
        f"{origin} The texts that it learned from are not in this folder; their corpora say:",
        "",
        *(f"- `{each.name}`: {each.licence.rstrip('.')}." for each in cards),
        "",
    ]
    closed = [f"`{each.name}`" for each in cards if not each.redistributable]
    if closed:
        lines += [
            f"What this means: the texts of {_listed(closed)} are not free to pass on. Whether "
            "weights that were learned from a text are bound by its terms is not settled and "
            "differs by country; read these terms before you use it, or train on corpora whose "
            "terms suit you: `contend train --corpus soapbox --start minilm --out FOLDER` needs no "
            "text but those of the public domain.",
        ]
    if unknown:
        lines += ["", not_recorded] if closed else [not_recorded]
    if not closed and not unknown and not teachers and not others and start in _ENCODERS:
        lines += ["What this means: no text that it learned from restricts its use."]
    return "\n".join(lines)


def _metrics(config: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    rows = [row for row in results.get("rows", ()) if row["system"] == config["name"]]
    measured = [row for row in rows if "report" in row]
    if not measured:
        return _dev_metrics(config.get("scores", {}).get("dev", {}))
    parts = []
    for row in measured:
        scores = row["report"]["scores"]
        of = row["report"]["n_documents"]
        shown = [name for name in _shown(scores) if scores[name]["value"] is not None]
        parts += [
            f"On {row['corpus']}, {row['split']}, {of} document{'' if of == 1 else 's'}:",
            "",
            "| metric | score | 95 % interval |",
            "|---|---|---|",
            *(f"| {_named(name)} | {_scored(scores[name])} |" for name in shown),
            "",
        ]
    signatures = [
        row["report"]["scores"][name]["signature"]
        for row in measured
        for name in _METRICS
        if name in row["report"]["scores"]
    ]
    parts += ["Signatures:", "", "```", *signatures, "```"]
    return "\n".join(parts)


def _dev_metrics(scores: Mapping[str, float]) -> str:
    if not scores:
        return "No scores of it are recorded."
    rows = "\n".join(f"| {_named(name)} | {scores[name]:.3f} |" for name in _shown(scores))
    return (
        "On the documents that it was chosen on, so rather too high:\n\n"
        f"| metric | score |\n|---|---|\n{rows}"
    )


def _shown(scores: Mapping[str, Any]) -> list[str]:
    """The metrics of a card, in its order, as far as they are among ``scores``."""
    return [
        name
        for wanted in _METRICS
        for name in scores
        if name == wanted or (wanted.endswith("/") and name.startswith(wanted))
    ]


def _named(metric: str) -> str:
    name, _, label = metric.partition("/")
    return f"{name}, {label}" if label else name


def _scored(score: Mapping[str, Any]) -> str:
    if score["low"] is None:
        return f"{score['value']:.3f} | –"
    return f"{score['value']:.3f} | {score['low']:.3f} to {score['high']:.3f}"


def _rebuild(training: Mapping[str, Any]) -> str:
    if not training.get("train"):
        return f"{_PASSED.capitalize()} cannot be read again from here."
    lacking = [f"`{name}`" for name in _read(training, "corpus")
               if not get_corpus(name).card.redistributable]  # fmt: skip
    data = (
        f" The texts of {_listed(lacking)} must be at hand (`contend corpora NAME` says where to "
        "get them); CONTEND_DATA names their folder."
        if lacking
        else ""
    )
    encoder = " `python benchmarks/encoders.py` gets the encoder." * (
        training.get("start") in _ENCODERS
    )
    before = "".join(
        f"contend train {name}.toml --out {name}\n" for name in training.get("after", ())
    )
    same = "On one machine the same seed gives the same weights."
    if any(each["passed"] for each in (training, *training["before"])):
        same = f"The {_PASSED} cannot be read again from here: without them it is another model."
    return (
        f"In this folder:\n\n```sh\n{before}contend train training.toml --out .\n```\n\n"
        f"{same}{encoder}{data}"
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
