"""Reading the documents of a training and turning them into examples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contend import scheme
from contend.corpora import get_corpus
from contend.document import Document
from contend.errors import ConfigError
from contend.evaluation import evaluate
from contend.formats import read_documents
from contend.model.examples import Example, make_example
from contend.model.tokens import TextTokenizer
from contend.training.config import Config, Source

#: The name of the group of documents that no source of the configuration gives.
PASSED = "the documents given"


@dataclass(frozen=True, slots=True)
class Group:
    """The examples of one source, and how many of them an epoch reads, as a fraction."""

    name: str
    examples: tuple[Example, ...]
    share: float

    @property
    def documents(self) -> list[Document]:
        """What the examples were made from."""
        return [example.document for example in self.examples]


def read_sources(
    config: Config, corpus: Mapping[str, Sequence[Document]], tokenizer: TextTokenizer
) -> tuple[list[Group], list[Document]]:
    """The examples to learn from, by source, and the documents to choose on.

    Raises:
        ConfigError: if there is nothing to learn from, a label is not the model's, or the
            documents to choose on cannot be evaluated.
    """
    groups = []
    for source in config.train:
        boundaries = source.boundaries
        if source.labels == "none":
            boundaries = False  # that a text has no segment is not said
        elif boundaries is None:
            boundaries = get_corpus(source.corpus).scheme_boundaries if source.corpus else True
        documents = _documents(source)
        _check_labels(documents, config.labels, source.name)
        examples = tuple(
            make_example(
                document, tokenizer, config.labels, boundaries=boundaries,
                relations=source.relations,
            )
            for document in documents
        )  # fmt: skip
        groups.append(Group(source.name, _with_words(examples), source.share))
    _check_labels(corpus.get("train", ()), config.labels, PASSED)
    given = tuple(make_example(d, tokenizer, config.labels) for d in corpus.get("train", ()))
    groups.append(Group(PASSED, _with_words(given), 1.0))
    groups = [group for group in groups if group.examples]
    if not groups:
        empty = [source.name for source in config.train]
        raise ConfigError(
            f"there are no documents to train on: {', '.join(empty)}: found no text with a word"
            if empty
            else "there are no documents to train on: pass a corpus with a 'train' split, or name "
            "sources in the configuration, as in [[train]] corpus = 'soapbox'"
        )
    dev = [document for source in config.dev for document in _documents(source)]
    dev += corpus.get("dev", ())
    if dev:
        _check_dev(dev, config.labels)
    return groups, dev


def _documents(source: Source) -> Sequence[Document]:
    documents = _annotated(source)
    if source.labels == "none":
        return [Document(each.text, id=each.id) for each in documents]
    return documents


def _annotated(source: Source) -> Sequence[Document]:
    if source.file:
        return list(read_documents(source.file, format=source.format))
    splits = get_corpus(source.corpus).read(
        Path(source.path) if source.path else None,
        labels="own" if source.labels == "none" else source.labels,
    )
    if source.split not in splits:
        raise ConfigError(
            f"corpus {source.corpus!r} has no split {source.split!r}; it has {', '.join(splits)}"
        )
    return splits[source.split]


def _check_labels(documents: Iterable[Document], labels: Sequence[str], where: str) -> None:
    """Refuse documents with labels that the model has not, and say how it could have them."""
    found: dict[str, Document] = {}
    for document in documents:
        for segment in document.segments:
            for label in scheme.split_label(segment.label):
                found.setdefault(label, document)
    foreign = sorted(found.keys() - set(labels))
    if foreign:
        raise ConfigError(
            f"{where}: the model's labels are {', '.join(labels)}, but document "
            f"{found[foreign[0]].id!r} has {foreign[0]!r}. To train on the labels found, write "
            f"into the configuration: labels = {json.dumps(sorted(found), ensure_ascii=False)}; "
            "or map them to the model's (contend convert --map)"
        )


def _check_dev(dev: Sequence[Document], labels: Sequence[str]) -> None:
    """Refuse now what would end the training at the evaluation after its first epoch."""
    where = "the documents to choose on (dev)"
    try:
        evaluate(lambda texts: map(Document, texts), dev, n_resamples=0)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    _check_labels(dev, labels, where)
    for document in dev:
        for segment in document.segments:
            if segment.label not in labels:
                raise ConfigError(
                    f"{where}: {document.id!r} has the set of labels {segment.label!r}; only "
                    "plain labels can be right or wrong, so choose on documents that have them"
                )


def _with_words(examples: Sequence[Example]) -> tuple[Example, ...]:
    return tuple(example for example in examples if example.tokens.n_words)
