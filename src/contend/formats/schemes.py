"""Annotation schemes: what the labels mean, in words that annotators and their tools show.

``SCHEME`` is the project's own; docs/guidelines.md has it at length, with examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contend import scheme
from contend.errors import ConfigError

LABEL_TEXTS = {
    scheme.CLAIM: "an assertion that the author puts forward and that a reader could dispute: a "
    "position, judgement, interpretation, cause, prediction or recommendation; also the author's "
    "answer to an opposing view",
    scheme.EVIDENCE: "material that the reader is asked to accept as given and that is offered to "
    "make a claim believable: facts, figures, events, examples, anecdotes, quotations, testimony, "
    "documents, comparisons",
    scheme.COUNTERCLAIM: "a position or fact that runs against the thesis or a claim and that the "
    "author reports, anticipates, concedes or attributes to opponents in order to answer, limit or "
    "reject it",
}
RELATION_TEXTS = {
    scheme.SUPPORTS: "the first passage makes the second one more believable",
    scheme.ATTACKS: "the first passage makes the second one less believable: a counterclaim "
    "against what it threatens, a rebuttal against the counterclaim",
}
THESIS_TEXT = (
    "exactly one claim of an article, the sentence of its body that best states the main position"
)
UNIT_TEXT = (
    "A segment is one stretch of text inside one sentence that plays one role, by default the "
    "whole sentence. Split a sentence only where its clauses play different roles. What plays no "
    "role stays unmarked."
)
DECISION_ORDER = (
    ("Does it speak for the side that the author argues against?", scheme.COUNTERCLAIM),
    ("Is it a disputable statement on the author's own reasoning?", scheme.CLAIM),
    ("Is it checkable material or testimony, used for a claim?", scheme.EVIDENCE),
    ("None of these?", "leave it unmarked"),
)
TREE_TEXT = (
    "Every segment but the thesis has exactly one relation to another segment, so all lead to the "
    "thesis and none in a circle."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationScheme:
    """What annotators choose from.

    Attributes:
        labels: of segments, in the order in which a tool shows them.
        thesis: whether one segment of a document is marked as its thesis.
        relations: ``supports``, ``attacks``, both or neither.
        descriptions: label or relation -> what it is; may lack some.
    """

    labels: tuple[str, ...] = scheme.LABELS
    thesis: bool = True
    relations: tuple[str, ...] = scheme.RELATION_LABELS
    descriptions: Mapping[str, str] = field(
        default_factory=lambda: {**LABEL_TEXTS, **RELATION_TEXTS}
    )

    def __post_init__(self) -> None:
        labels = tuple(self.labels)
        object.__setattr__(self, "labels", labels)
        bad = [x for x in labels if not x or x != " ".join(x.split()) or "|" in x]
        if not labels or bad or len(set(labels)) < len(labels):
            raise ConfigError(
                f"labels must be different names without '|', line ends or blanks around them, "
                f"found {list(labels)}"
            )
        unknown = [x for x in self.relations if x not in scheme.RELATION_LABELS]
        if unknown:
            raise ConfigError(
                f"relations can be {' and '.join(scheme.RELATION_LABELS)}, found {unknown[0]!r}"
            )

    @property
    def thesis_label(self) -> str:
        """The label of a thesis: ``claim``, or the first where none is called so."""
        return scheme.CLAIM if scheme.CLAIM in self.labels else self.labels[0]

    def describe(self, name: str) -> str:
        """What the label or relation ``name`` is, empty if nobody says."""
        return self.descriptions.get(name, "")


#: The scheme of the project's own corpora.
SCHEME = AnnotationScheme()


def scheme_for(labels: Iterable[str], *, thesis: bool = True) -> AnnotationScheme:
    """The scheme with these labels, described where they are ours.

    Raises:
        ConfigError: if two labels are the same or one is not a plain name.
    """
    return AnnotationScheme(labels=tuple(labels), thesis=thesis)


def describe_scheme(of: AnnotationScheme = SCHEME) -> str:
    """The scheme as text for people: labels, decision order, thesis, relations."""
    names = [*of.labels, *(["thesis"] if of.thesis else []), *of.relations]
    width = max(map(len, names)) + 2
    lines = ["SEGMENTS", *_wrapped(UNIT_TEXT, ""), "", "LABELS"]
    for label in of.labels:
        lines += _wrapped(of.describe(label) or "(a label of your own)", label.ljust(width))
    if of.labels == scheme.LABELS:
        lines += ["", "DECISION ORDER"]
        lines += [
            f"{number}. {question} {answer}"
            for number, (question, answer) in enumerate(DECISION_ORDER, 1)
        ]
        lines += _wrapped("Rhetorical questions and irony count as what they imply.", "   ")
    if of.thesis:
        lines += ["", "THESIS", *_wrapped(THESIS_TEXT, "thesis".ljust(width))]
    if of.relations:
        lines += ["", "RELATIONS"]
        for name in of.relations:
            lines += _wrapped(of.describe(name), name.ljust(width))
        if of.thesis:
            lines += _wrapped(TREE_TEXT, "")
    return "\n".join(lines) + "\n"


def _wrapped(text: str, before: str) -> list[str]:
    from textwrap import wrap

    return wrap(text, 88, initial_indent=before, subsequent_indent=" " * len(before))
