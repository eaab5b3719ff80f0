"""What the network learns from an annotated document, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contend import scheme
from contend.document import Document
from contend.errors import ConfigError
from contend.model.features import segment_features
from contend.model.tokens import TextTokenizer, Tokens
from contend.text.tags import OUTSIDE, TaggedSpan, begin_tag, inside_tag

UNKNOWN = -1
ROOT = 0


@dataclass(frozen=True, slots=True)
class Example:
    """A document as the network learns it.

    Attributes:
        document: what it was made from.
        tokens: its text as tokens.
        tags: the tags that each word may have, bool, shape [n_words, n_tags]; all of them where
            the corpus does not say.
        spans: the words of each segment; the label id is that of its first admissible label.
        token_ranges: the tokens of each segment, half-open, shape [n_segments, 2].
        labels: the labels that each segment may have, bool, shape [n_segments, n_labels].
        features: layout features, shape [n_segments, N_FEATURES].
        heads: column of each segment's target in the head's scores: 0 the root, ``1 + index``
            a segment, -1 unknown; shape [n_segments].
        attacks: 1 if the segment attacks its target, 0 if it supports it, -1 unknown; same shape.
        thesis: index of the thesis, -1 if none is marked or it is not to be learned.
    """

    document: Document
    tokens: Tokens
    tags: NDArray[np.bool_]
    spans: tuple[TaggedSpan, ...]
    token_ranges: NDArray[np.int64]
    labels: NDArray[np.bool_]
    features: NDArray[np.float32]
    heads: NDArray[np.int64]
    attacks: NDArray[np.int64]
    thesis: int


def make_example(
    document: Document,
    tokenizer: TextTokenizer,
    labels: Sequence[str],
    *,
    boundaries: bool = True,
    relations: bool = True,
) -> Example:
    """The arrays of ``document``.

    Args:
        document: labels may be sets of admissible ones, joined by a bar.
        tokenizer: the model's.
        labels: the model's labels, in the order of its tags.
        boundaries: whether the document's segments begin and end where the model's should. If
            not, words outside of segments teach nothing, and words inside only the label.
        relations: whether the document's relations and thesis follow the model's scheme.

    Raises:
        ConfigError: if the document has a label that the model has not.
    """
    tokens = tokenizer.encode(document.text)
    n_tags = 1 + 2 * len(labels)
    tags = np.full((tokens.n_words, n_tags), not boundaries)
    tags[:, OUTSIDE] = True
    spans: list[TaggedSpan] = []
    admissible: list[list[int]] = []
    place_of: dict[int, int] = {}
    for index, segment in enumerate(document.segments):
        ids = _label_ids(segment.label, labels, document.id)
        words = tokens.word_range(segment)
        # A word shared by two segments belongs to the first; one without any word teaches nothing.
        if words is not None and spans and words[0] <= spans[-1].last:
            words = (spans[-1].last + 1, words[1]) if spans[-1].last < words[1] else None
        if words is None:
            continue
        first, last = words
        place_of[index] = len(spans)
        spans.append(TaggedSpan(first, last, ids[0]))
        admissible.append(ids)
        begins, insides = [begin_tag(i) for i in ids], [inside_tag(i) for i in ids]
        tags[first : last + 1] = False
        tags[first : last + 1, insides] = True
        if boundaries:
            tags[first] = False
            tags[first, begins] = True
        else:
            tags[first : last + 1, begins] = True
    label_sets = np.zeros((len(spans), len(labels)), dtype=bool)
    for row, ids in enumerate(admissible):
        label_sets[row, ids] = True
    ranges = np.array([tokens.token_range(span) for span in spans], dtype=np.int64).reshape(-1, 2)
    heads, attacks, thesis = _relations(document, place_of, known=relations)
    return Example(
        document, tokens, tags, tuple(spans), ranges, label_sets,
        segment_features(tokens, spans), heads, attacks, thesis,
    )  # fmt: skip


def _label_ids(label: str, labels: Sequence[str], document_id: str) -> list[int]:
    ids = [labels.index(part) for part in scheme.split_label(label) if part in labels]
    if not ids or len(ids) < len(scheme.split_label(label)):
        raise ConfigError(
            f"document {document_id!r}: the model's labels are {', '.join(labels)}, but a segment "
            f"is labelled {label!r}; map the corpus's labels, or train with labels of its own"
        )
    return ids


def _relations(
    document: Document, place_of: dict[int, int], *, known: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Heads and attacks of the segments that kept their words, and the thesis."""
    heads = np.full(len(place_of), UNKNOWN, dtype=np.int64)
    attacks = np.full(len(place_of), UNKNOWN, dtype=np.int64)
    if not known:
        return heads, attacks, UNKNOWN
    marked = [place_of[i] for i, s in enumerate(document.segments) if s.thesis and i in place_of]
    thesis = marked[0] if marked else UNKNOWN
    if not document.relations:
        return heads, attacks, thesis
    targets: dict[int, list[tuple[int, str]]] = {index: [] for index in place_of}
    for relation in document.relations:
        if relation.source in place_of:
            targets[relation.source].append((relation.target, relation.label))
    for index, place in place_of.items():
        if not targets[index]:
            heads[place] = ROOT
        elif len(targets[index]) == 1 and targets[index][0][0] in place_of:
            target, label = targets[index][0]
            heads[place] = 1 + place_of[target]
            attacks[place] = int(label == scheme.ATTACKS)
    return heads, attacks, thesis
