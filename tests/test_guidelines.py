"""The examples of docs/guidelines.md say what soapbox says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from contend import scheme
from contend.corpora import read_corpus
from contend.formats.schemes import LABEL_TEXTS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "guidelines.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^(?:(?P<number>\d+)\.|-) \*\*(?P<label>claim|evidence|counterclaim|unmarked)"
    r"(?P<thesis>, thesis)?(?:, (?P<relation>\w+) (?P<target>.+?))?\*\* (?P<text>.+)$",
    re.MULTILINE,
)
DOCUMENTS = [each for split in read_corpus("soapbox").values() for each in split]


def test_examples_have_the_labels_of_the_corpus() -> None:
    found = list(EXAMPLE.finditer(PAGE))
    assert len(found) > 40
    segments = {each.text: each for document in DOCUMENTS for each in document.segments}
    for example in found:
        text = example["text"]
        if example["label"] == "unmarked":
            assert text not in segments
            assert any(text in document.text for document in DOCUMENTS), text
        else:
            assert text in segments, text
            assert segments[text].label == example["label"], text
            assert segments[text].thesis == bool(example["thesis"]), text
            assert example["relation"] in (None, *scheme.RELATION_LABELS)


def test_the_whole_article_is_whole() -> None:
    (document,) = (each for each in DOCUMENTS if each.id == "f08")
    numbered = [each for each in EXAMPLE.finditer(PAGE) if each["number"]]
    assert [each["text"] for each in numbered] == [each.text for each in document.segments]
    assert {
        (int(each["number"]) - 1, int(each["target"]) - 1, each["relation"])
        for each in numbered
        if each["target"]
    } == {(each.source, each.target, each.label) for each in document.relations}


def test_every_label_is_explained() -> None:
    for label in LABEL_TEXTS:
        assert f"| `{label}` |" in PAGE


def test_agreement_is_that_of_the_record() -> None:
    scores = json.loads(
        (ROOT / "benchmarks" / "results" / "opeds_agreement.json").read_text(encoding="utf-8")
    )["scores"]
    for metric in ("exact_f1", "relation_f1"):
        assert f"| {scores[metric]['value']:.3f} |".replace("0.", ".") in PAGE
    assert f"| {round(45 * scores['thesis_agreement']['value'])} of 45 |" in PAGE
