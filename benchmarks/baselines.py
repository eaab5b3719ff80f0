"""Baselines that need no training of a network: what any system must beat.

``linear`` has the one that learns from the corpora.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from contend import Analyzer, Document, Relation, Segment, scheme
from contend.document import with_segments
from contend.model.folder import open_model
from contend.model.runtime import Floats, Judgement, Runtime
from contend.text.sentences import split_sentences

# Words with which writers let the other side speak.
_OTHER_SIDE = re.compile(
    r"\b(?:critics|opponents|sceptics|skeptics|detractors|defenders) (?:say|argue|claim|warn|point)"
    r"|\bsome (?:people )?(?:say|argue|claim|believe|think|will say|would say)\b"
    r"|\b(?:it is|it's) (?:true|argued|said|often said|claimed)\b"
    r"|\b(?:one|you|they) (?:might|may|could) (?:say|argue|object|think)\b"
    r"|\bthe (?:usual |standard |main |best )?(?:argument|case|objection) (?:against|for|is)\b"
    r"|^(?:to be sure|of course|admittedly|granted|certainly|yes,|true,|although|though|while"
    r"|even if|however)\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"\d|[\"“”]|\baccording to\b|\bfor example\b|\bfor instance\b", re.IGNORECASE)


def every_claim(texts: Iterable[str]) -> Iterator[Document]:
    """Every sentence is a claim, the most frequent label of editorials, op-eds and soapbox."""
    return _sentences(texts, lambda _: scheme.CLAIM)


def cue_words(texts: Iterable[str]) -> Iterator[Document]:
    """Sentences with a cue of the other side are counterclaims, with figures or quotes evidence."""
    return _sentences(texts, _cued)


def with_tree(document: Document) -> Document:
    """``document`` with the relations that need no reading.

    The last claim is the thesis. Every other passage leads to the nearest claim before it, to the
    thesis if there is none; it attacks where just one of the two is a counterclaim.
    """
    claims = [n for n, each in enumerate(document.segments) if each.label == scheme.CLAIM]
    if not claims:
        return document
    thesis, before = claims[-1], claims[-1]
    relations = []
    for n, segment in enumerate(document.segments):
        if n != thesis:
            ends = {segment.label, document.segments[before].label}
            attacks = scheme.COUNTERCLAIM in ends and len(ends) == 2
            relations.append(Relation(n, before, scheme.ATTACKS if attacks else scheme.SUPPORTS))
        if segment.label == scheme.CLAIM:
            before = n
    segments = [replace(each, thesis=n == thesis) for n, each in enumerate(document.segments)]
    return with_segments(document, segments, relations)


class WithoutHead:
    """A runtime whose document head repeats what the tagger says and relates nothing.

    Args:
        runtime: of a model.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.read = runtime.read

    def judge(self, states: Floats, tagged: Floats, features: Floats) -> Judgement:
        """The tagger's opinion of the segments; see ``Runtime.judge``."""
        n = len(tagged)
        nothing = np.zeros((n, n + 1), dtype=np.float32)
        return Judgement(tagged, nothing, nothing[:, 1:])


def model_and_tagger(
    model: str | os.PathLike[str], *, threads: int
) -> Callable[[Iterable[str]], Iterator[tuple[Document, Document]]]:
    """A function from texts to what a model finds, with and without its document head.

    Both decode the same reading of a text, so the second costs next to nothing. It has the
    relations of ``with_tree`` and no scores, for these were calibrated with the head.
    """
    opened = open_model(model, threads=threads)
    whole, tagger = (
        Analyzer(opened.settings, opened.tokenizer, runtime, name=opened.name)
        for runtime in (opened.runtime, WithoutHead(opened.runtime))
    )

    def predict(texts: Iterable[str]) -> Iterator[tuple[Document, Document]]:
        for text in texts:
            tokens = whole.tokenize(text)
            readings = list(whole.read(tokens))
            tagged = tagger.decode(text, tokens, readings)
            plain = [replace(each, score=None, thesis=False) for each in tagged.segments]
            yield whole.decode(text, tokens, readings), with_tree(with_segments(tagged, plain))

    return predict


def _sentences(texts: Iterable[str], label: Callable[[str], str]) -> Iterator[Document]:
    for text in texts:
        segments = (
            Segment(start, end, label(text[start:end])) for start, end in split_sentences(text)
        )
        yield with_tree(Document(text, tuple(segments)))


def _cued(sentence: str) -> str:
    if _OTHER_SIDE.search(sentence):
        return scheme.COUNTERCLAIM
    return scheme.EVIDENCE if _GIVEN.search(sentence) else scheme.CLAIM
