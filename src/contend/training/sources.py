"""Reading the documents of a training and turning them into examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contend.corpora import get_corpus
from contend.document import Document
from contend.errors import ConfigError
from contend.evaluation import evaluate
from contend.formats.jsonl import read_jsonl
from contend.model.examples import Example, make_example
from contend.model.tokens import TextTokenizer
from contend.training.config import Config, Source


@dataclass(frozen=True, slots=True)
class Group:
    """The examples of one source, and how many of them an epoch reads, as a fraction."""

    examples: tuple[Example, ...]
    share: float


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
        if boundaries is None:
            boundaries = get_corpus(source.corpus).scheme_boundaries if source.corpus else True
        examples = tuple(
            make_example(
                document, tokenizer, config.labels, boundaries=boundaries,
                relations=source.relations,
            )
            for document in _documents(source)
        )  # fmt: skip
        groups.append(Group(_with_words(examples), source.share))
    given = tuple(make_example(d, tokenizer, config.labels) for d in corpus.get("train", ()))
    groups.append(Group(_with_words(given), 1.0))
    groups = [group for group in groups if group.examples]
    if not groups:
        raise ConfigError(
            "there are no documents to train on: pass a corpus with a 'train' split, or name "
            "sources in the configuration, as in [[train]] corpus = 'soapbox'"
        )
    dev = [document for source in config.dev for document in _documents(source)]
    dev += corpus.get("dev", ())
    if dev:
        _check_dev(dev, config.labels)
    return groups, dev


def _documents(source: Source) -> Sequence[Document]:
    if source.file:
        return list(read_jsonl(source.file))
    splits = get_corpus(source.corpus).read(
        Path(source.path) if source.path else None, labels=source.labels
    )
    if source.split not in splits:
        raise ConfigError(
            f"corpus {source.corpus!r} has no split {source.split!r}; it has {', '.join(splits)}"
        )
    return splits[source.split]


def _check_dev(dev: Sequence[Document], labels: Sequence[str]) -> None:
    """Refuse now what would end the training at the evaluation after its first epoch."""
    try:
        evaluate(lambda texts: map(Document, texts), dev, n_resamples=0)
    except ConfigError as error:
        raise ConfigError(f"the documents to choose on (dev): {error}") from None
    for document in dev:
        for segment in document.segments:
            if segment.label not in labels:
                raise ConfigError(
                    f"the documents to choose on (dev): {document.id!r} has the label "
                    f"{segment.label!r}; the model's are {', '.join(labels)}"
                )


def _with_words(examples: Sequence[Example]) -> tuple[Example, ...]:
    return tuple(example for example in examples if example.tokens.n_words)
