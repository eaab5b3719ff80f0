"""Tables of the records of ``accuracy.py``, and of how far annotators agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cells import UNDEFINED, number, read_record, read_records, table, with_interval
from records import RESULTS

from contend.metrics.calibration import ReliabilityBin
from contend.metrics.errors import KINDS, RELATION_KINDS, THESIS_KINDS
from contend.metrics.selective import RiskCoverage, Threshold
from contend.render.charts import reliability_chart, risk_coverage_chart
from contend.render.errors import RELATION_TITLES, THESIS_TITLES, TITLES

ANNOTATORS = "annotators"
#: Baselines that the README shows beside the models.
_IN_README = ("TF-IDF", "every sentence a claim", ANNOTATORS)
_COLUMNS = {
    "words, macro F1": "word_macro_f1",
    "counterclaims, word F1": "word_f1/counterclaim",
    "exact segments, F1": "exact_f1",
    "50 % overlap, F1": "overlap50_f1",
    "relations, F1": "relation_f1",
    "thesis": "thesis_accuracy",
}
_MORE_COLUMNS = {
    "words, kappa": "word_kappa",
    "words and none, macro F1": "word_macro_f1_with_none",
    "B, I, O, macro F1": "bio_macro_f1",
    "edges alone, F1": "untyped_f1",
    "boundary similarity": "boundary_similarity",
    "relations without label, F1": "relation_f1_unlabelled",
    "thesis, 50 % overlap": "thesis_accuracy_overlap50",
}
#: Baselines that learn nothing.
_SENTENCES = ("cue words", "every sentence a claim")
#: The order of tests; others follow.
_TESTS = ("editorials, dev", "opeds, dev", "soapbox, test", "gold, test")
_LABELS = {"own": ", its own labels", "scheme": ""}
#: Test -> record of the agreement of annotators on articles of the same kind.
_AGREEMENT = {
    "editorials, dev": "editorials_agreement",
    "opeds, dev": "opeds_agreement",
    "gold, test": "gold_agreement",
}
#: What records of agreement call a metric.
_ALIASES = {
    "segment_label_f1": "exact_f1",
    "counterclaim_word_f1": "word_f1/counterclaim",
    "word_cohen_kappa": "word_kappa",
    "unlabelled_relation_f1": "relation_f1_unlabelled",
    "thesis_agreement": "thesis_accuracy",
    "thesis_agreement_overlap50": "thesis_accuracy_overlap50",
    "same_thesis": "thesis_accuracy",
}
_THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Groups of fewer documents say little.
_FEWEST_DOCUMENTS = 3
#: Charts of fewer segments would show noise.
_FEWEST_SEGMENTS = 500


class Row(NamedTuple):
    """A system on a test; ``is_model`` if it is a shipped model as it is."""

    test: str
    system: str
    is_model: bool
    data: Mapping[str, Any]

    @property
    def scores(self) -> Mapping[str, Any]:
        """Metric -> score."""
        scores: Mapping[str, Any] = self.data["report"]["scores"]
        return scores


def measured(results: Path = RESULTS) -> list[Row]:
    """What has been measured: one test after another, models first."""
    rows: dict[tuple[str, str], Row] = {}
    found = read_records("accuracy", results)
    for record in sorted(found, key=lambda record: "model" not in record):
        name = record.get("model", {}).get("name")
        for row in record["rows"]:
            # A model's record may be older than that of the baselines.
            own = name is None or row["system"].partition(",")[0] == name
            if own and "report" in row:
                test = f"{row['corpus']}, {row['split']}{_LABELS[row['labels']]}"
                test += f", {row['map']}" if "map" in row else ""
                of = Row(test, row["system"], row["system"] == name, row)
                rows.setdefault((test, row["system"]), of)
    tests = dict.fromkeys([*_TESTS, *(test for test, _ in rows)])
    return [row for test in tests for row in rows.values() if row.test == test]


def annotators(results: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Test -> how far annotators of such articles agree: metric -> score."""
    found = {}
    for test, name in _AGREEMENT.items():
        record = read_record(name, results)
        record = record.get("pass1-pass2", record)
        record = record.get("agreement", record)
        scores = record.get("scores", record)
        if scores:
            found[test] = {_ALIASES.get(key, key): _as_score(of) for key, of in scores.items()}
    return found


def _as_score(found: Any) -> dict[str, Any]:
    if isinstance(found, Mapping):
        return {"value": found.get("value"), "low": found.get("low"), "high": found.get("high")}
    return {"value": float(found) if isinstance(found, int | float) else None}


def accuracy_table(results: Path = RESULTS) -> str:
    """Models, the main baselines and annotators on every test, with intervals."""
    return _accuracy(results, _COLUMNS, lambda row: row.is_model or row.system in _IN_README)


def all_systems_table(results: Path = RESULTS) -> str:
    """All systems on every test, with intervals."""
    return _accuracy(results, _COLUMNS, lambda row: True)


def more_metrics_table(results: Path = RESULTS) -> str:
    """All systems on every test, the other metrics."""
    return _accuracy(results, _MORE_COLUMNS, lambda row: True)


def _accuracy(results: Path, columns: Mapping[str, str], wanted: Any) -> str:
    rows = [row for row in measured(results) if wanted(row)]
    people = annotators(results)
    body = []
    for test in dict.fromkeys(row.test for row in rows):
        systems = [(row.system, row.scores) for row in rows if row.test == test]
        if test in people:
            systems.insert(0, (ANNOTATORS, people[test]))
        body += [
            [test, system, *(with_interval(scores.get(metric)) for metric in columns.values())]
            for system, scores in systems
        ]
    return table(["on", "system", *columns], body)


def labels_table(results: Path = RESULTS) -> str:
    """Each label on every test: words and exact segments, of models and TF-IDF."""
    body = []
    for row in measured(results):
        if row.system in _SENTENCES:
            continue
        for label in row.data["report"]["labels"]:
            cells = []
            for metric in ("word_f1", "exact_f1"):
                score = row.scores[f"{metric}/{label}"]
                cells += [number(score["precision"]), number(score["recall"]), with_interval(score)]
            body.append([row.test, row.system, label, *cells])
    shares = ("precision", "recall", "F1")
    headings = [f"{unit}: {share}" for unit in ("words", "exact segments") for share in shares]
    return table(["on", "system", "label", *headings], body)


def breakdown_table(by: str, results: Path = RESULTS) -> str:
    """Models and TF-IDF by group."""
    columns = {name: of for name, of in _COLUMNS.items() if of != "overlap50_f1"}
    body = [
        [row.test, part["name"], str(part["n_documents"]), row.system]
        + [with_interval(part["scores"].get(metric)) for metric in columns.values()]
        for row in measured(results)
        if row.is_model or row.system == "TF-IDF"
        for breakdown in row.data.get("breakdowns", ())
        if breakdown["by"] == by
        for part in breakdown["parts"]
        if part["n_documents"] >= _FEWEST_DOCUMENTS
    ]
    ordered = sorted(body, key=lambda cells: _order(cells, body))
    return table(["on", by, "documents", "system", *columns], ordered)


def _order(cells: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Tests in their order, groups in theirs, so that systems stand side by side."""
    tests = list(dict.fromkeys(each[0] for each in body))
    groups = list(dict.fromkeys(each[1] for each in body if each[0] == cells[0]))
    return tests.index(cells[0]), groups.index(cells[1])


def calibration_table(results: Path = RESULTS) -> str:
    """How far scores are probabilities, and how well they rank."""
    body = []
    for row in _with_curve(results):
        curve = row.data["report"]["risk_coverage"]
        error = with_interval(row.scores["calibration_error"])
        areas = (number(curve[key]) for key in ("aurc", "risk", "least"))
        body.append([row.test, row.system, str(curve["n_segments"]), error, *areas])
    headings = ["on", "system", "segments", "expected calibration error"]
    headings += ["area under the risk-coverage curve", "if scores said nothing"]
    return table([*headings, "if they ranked best"], body)


def min_score_table(results: Path = RESULTS) -> str:
    """Coverage and precision at a few thresholds."""
    body = []
    for row in _with_curve(results):
        curve = _curve(row)
        found = [curve.at(least) for least in _THRESHOLDS]
        cells = (
            f"{number(each.precision)} of {each.coverage:.0%}" if each else UNDEFINED
            for each in found
        )
        body.append([row.test, row.system, *cells])
    return table(["on", "system", *(f"min_score {least:.1f}" for least in _THRESHOLDS)], body)


def charts(results: Path = RESULTS) -> Iterator[tuple[str, str]]:
    """File name and SVG of the charts of models on tests with enough segments."""
    for row in _with_curve(results):
        curve = _curve(row)
        if row.is_model and curve.n_segments >= _FEWEST_SEGMENTS:
            name = f"{row.system}-{row.data['corpus']}"
            bins = [ReliabilityBin(**each) for each in row.data["report"]["reliability"]]
            what = f"{row.system} on {row.test}"
            yield f"reliability-{name}.svg", reliability_chart(bins, title=f"Reliability: {what}")
            yield f"min_score-{name}.svg", risk_coverage_chart(curve, title=f"min_score: {what}")


def charts_table(results: Path = RESULTS) -> str:
    """The charts, side by side."""
    names = [name for name, _ in charts(results)]
    pairs = zip(names[::2], names[1::2], strict=True)
    return "".join(
        f"![{one.removesuffix('.svg')}](charts/{one}) ![{other.removesuffix('.svg')}]"
        f"(charts/{other})\n\n"
        for one, other in pairs
    )


def _with_curve(results: Path) -> list[Row]:
    return [row for row in measured(results) if row.data["report"].get("risk_coverage")]


def _curve(row: Row) -> RiskCoverage:
    data = row.data["report"]["risk_coverage"]
    thresholds = tuple(Threshold(**each) for each in data["thresholds"])
    return RiskCoverage(**{**data, "thresholds": thresholds})


def errors_table(results: Path = RESULTS) -> str:
    """Passages by what became of them."""
    body = []
    for row in measured(results):
        if "errors" in row.data:
            segments = row.data["errors"]["segments"]
            sides = (
                [sum(segments[kind][side].values()) for side in ("gold", "predicted")]
                for kind in KINDS
            )
            body.append([row.test, row.system, *(_sides(*of) for of in sides)])
    return table(["on", "system", *(TITLES[kind].partition(":")[0] for kind in KINDS)], body)


def _sides(gold: int, predicted: int) -> str:
    if gold == predicted or not (gold and predicted):
        return str(max(gold, predicted))
    return f"{gold} as {predicted}"


def relation_errors_table(results: Path = RESULTS) -> str:
    """Gold relations and theses by what became of them."""
    body = []
    for row in measured(results):
        if "errors" in row.data:
            relations = row.data["errors"]["relations"]["gold"]
            theses = row.data["errors"]["theses"]
            counts = [sum(relations[kind].values()) for kind in RELATION_KINDS]
            counts += [theses[kind] for kind in THESIS_KINDS]
            body.append([row.test, row.system, *map(str, counts)])
    headings = [f"relations: {RELATION_TITLES[kind]}" for kind in RELATION_KINDS]
    headings += [f"thesis: {THESIS_TITLES[kind]}" for kind in THESIS_KINDS]
    return table(["on", "system", *headings], body)


def made_table(results: Path = RESULTS) -> str:
    """With what the records were made."""
    body = []
    for record in read_records("accuracy", results):
        made = record["environment"]
        versions = ", ".join(f"{name} {of}" for name, of in made["libraries"].items())
        systems = dict.fromkeys(row["system"] for row in record["rows"])
        name = record.get("model", {}).get("name")
        what = name or ", ".join(systems)
        machine = f"{made['cpu']}, {made['cores']} cores"
        cells = (
            made["date"][:10],
            f"`{made['commit'][:12]}`",
            f"Python {made['python']}, {versions}",
        )
        body.append([what, *cells, machine, str(made["seed"])])
    return table(["record of", "date", "commit", "with", "on", "seed"], body)
