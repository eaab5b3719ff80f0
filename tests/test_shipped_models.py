"""The models that come with the library, end to end."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest

import contend
from contend.document import Document
from contend.model import folder as files
from contend.scheme import LABELS

MODELS = files.shipped_models()
TEXTS = [document.text for document in contend.read_corpus("soapbox")["test"]]

pytestmark = pytest.mark.skipif(not MODELS, reason="no model is shipped")


@pytest.fixture(scope="module", params=MODELS)
def analyzer(request: pytest.FixtureRequest) -> contend.Analyzer:
    return contend.Analyzer.load(request.param)


@pytest.fixture(scope="module")
def documents(analyzer: contend.Analyzer) -> list[Document]:
    return list(analyzer.analyze_many(TEXTS))


def scored(document: Document) -> list[tuple[object, ...]]:
    """Everything that was found, scores included."""
    return [
        *((s.start, s.end, s.label, s.thesis, s.score) for s in document.segments),
        *((r.source, r.target, r.label, r.score) for r in document.relations),
    ]


@pytest.mark.parametrize("model", MODELS)
def test_every_file_is_there_and_verified(model: str) -> None:
    folder = files.find_model(model)
    config = files.read_config(folder)
    files.verify(folder, config, tuple(config["files"]))
    assert {*files.weight_files(config), files.TRAINING} <= config["files"].keys()
    assert (folder / files.CARD).is_file()


@pytest.mark.parametrize("model", MODELS)
def test_it_fits_into_a_repository_and_has_its_weights_once(model: str) -> None:
    folder = files.find_model(model)
    config = files.read_config(folder)
    sizes = {name: (folder / name).stat().st_size for name in config["files"]}
    assert max(sizes.values()) < 90e6
    assert sum(sizes.values()) < sum(sizes[name] for name in files.weight_files(config)) + 3e6


def test_offsets_thesis_and_tree(documents: list[Document]) -> None:
    for text, document in zip(TEXTS, documents, strict=True):
        assert document.text == text
        assert all(s.text == text[s.start : s.end] for s in document.segments)
        assert document.thesis is not None
        targets = {relation.source: relation.target for relation in document.relations}
        assert len(targets) == len(document.relations) == len(document.segments) - 1
        thesis = document.index(document.thesis)
        for index in range(len(document.segments)):
            path = [index]
            while path[-1] != thesis:
                path.append(targets[path[-1]])
                assert len(path) <= len(document.segments)  # else there is a cycle


def test_every_label_is_found(documents: list[Document]) -> None:
    found = Counter(segment.label for document in documents for segment in document.segments)
    assert found.keys() == set(LABELS)


def test_alone_as_among_others(analyzer: contend.Analyzer, documents: list[Document]) -> None:
    for text, document in zip(reversed(TEXTS), reversed(documents), strict=True):
        assert scored(analyzer.analyze(text)) == scored(document)


def test_in_another_process(analyzer: contend.Analyzer, documents: list[Document]) -> None:
    loaded = pickle.loads(pickle.dumps(analyzer))
    assert scored(loaded.analyze(TEXTS[0])) == scored(documents[0])


def test_min_score_leaves_out_the_less_sure(
    analyzer: contend.Analyzer, documents: list[Document]
) -> None:
    kept = analyzer.analyze(TEXTS[0], min_score=0.6)
    assert list(kept.segments) == [s for s in documents[0].segments if (s.score or 0) >= 0.6]


@pytest.mark.parametrize(
    "text",
    ["", " \n\t ", "Taxes", "No.", "\x00", "🙂" * 50, "e\u0301 \ud800", "Cut it.\r\n\r\nNow.\r\n"],
)
def test_odd_texts(analyzer: contend.Analyzer, text: str) -> None:
    document = analyzer.analyze(text)
    assert document.text == text


def test_the_first_use(documents: list[Document]) -> None:
    if files.DEFAULT in MODELS:
        assert contend.analyze(TEXTS[0]).segments
