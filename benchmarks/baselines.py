"""Baselines that need no model: what any system must beat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from contend import Document, Segment
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


def majority(texts: Iterable[str]) -> Iterator[Document]:
    """Every sentence is a claim."""
    for text in texts:
        yield Document(
            text, tuple(Segment(start, end, "claim") for start, end in split_sentences(text))
        )


def cue_words(texts: Iterable[str]) -> Iterator[Document]:
    """Sentences with a cue of the other side are counterclaims, with figures or quotes evidence."""
    for text in texts:
        yield Document(
            text,
            tuple(
                Segment(start, end, _label(text[start:end])) for start, end in split_sentences(text)
            ),
        )


def _label(sentence: str) -> str:
    if _OTHER_SIDE.search(sentence):
        return "counterclaim"
    return "evidence" if _GIVEN.search(sentence) else "claim"
