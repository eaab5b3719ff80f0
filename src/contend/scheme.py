"""The label scheme: names of labels, of relations, and sets of admissible labels.

A corpus that does not draw a distinction of the scheme names all labels that a segment may
have, joined by a bar: ``"claim|counterclaim"``. Such a name is an ordinary label to documents
and formats; training reads it as a set and learns from the summed probability of its members.
"""

from __future__ import annotations

from collections.abc import Iterable

CLAIM = "claim"
EVIDENCE = "evidence"
COUNTERCLAIM = "counterclaim"
LABELS = (CLAIM, EVIDENCE, COUNTERCLAIM)

SUPPORTS = "supports"
ATTACKS = "attacks"
RELATION_LABELS = (SUPPORTS, ATTACKS)


def split_label(label: str) -> tuple[str, ...]:
    """The labels that ``label`` admits: ``"claim|counterclaim"`` gives both, ``"claim"`` itself."""
    return tuple(label.split("|"))


def join_labels(labels: Iterable[str]) -> str:
    """The name of a set of admissible labels, in an order that does not depend on the input."""
    known = {label: place for place, label in enumerate(LABELS)}
    return "|".join(sorted(set(labels), key=lambda label: (known.get(label, len(known)), label)))
