"""The losses: negative log of the summed probability of all admissible answers.

Beside them, where another model teaches, the divergence from its answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from contend.model.examples import UNKNOWN, Example
from contend.model.network import DocumentHead, DocumentScores


def tag_loss(log_probs: Tensor, allowed: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Sum and total weight of the tagger's loss over words.

    Args:
        log_probs: tag log-probabilities of words, shape [n_words, n_tags].
        allowed: admissible tags, bool, same shape; words that may have any teach nothing.
        weights: weight of each tag, shape [n_tags]; a word has the least of its admissible tags.
    """
    taught = ~allowed.all(dim=1)
    log_probs, allowed = log_probs[taught], allowed[taught]
    weight = torch.where(allowed, weights, torch.inf).min(dim=1).values
    admissible = log_probs.masked_fill(~allowed, -torch.inf).logsumexp(dim=1)
    return -(weight * admissible).sum(), weight.sum()


def tag_weight(allowed: Tensor, weights: Tensor) -> Tensor:
    """The total weight that ``tag_loss`` gives, without the log-probabilities."""
    return tag_loss(torch.zeros_like(allowed, dtype=weights.dtype), allowed, weights)[1]


def segment_label_log_probs(log_probs: Tensor, spans: Sequence[tuple[int, int]]) -> Tensor:
    """``decoding.label_log_probs`` of several segments, shape [n_segments, n_labels].

    Args:
        log_probs: tag log-probabilities of words, shape [n_words, n_tags].
        spans: first and last word of each segment.
    """
    labels = torch.logaddexp(log_probs[:, 1::2], log_probs[:, 2::2])
    means = torch.stack([labels[first : last + 1].mean(dim=0) for first, last in spans])
    return means.log_softmax(dim=-1)


def judge_segments(
    head: DocumentHead, example: Example, states: Tensor, log_probs: Tensor
) -> DocumentScores:
    """What the document head says of the segments of a document that has some.

    Args:
        head: the document head.
        example: the document.
        states: encoder states of its tokens, shape [n_tokens, hidden_size].
        log_probs: tag log-probabilities of its words, shape [n_words, n_tags].
    """
    ranges = example.token_ranges.tolist()
    pooled = torch.stack([states[start:end].mean(dim=0) for start, end in ranges])
    spans = [(span.first, span.last) for span in example.spans]
    tagged = segment_label_log_probs(log_probs, spans).detach()
    scores: DocumentScores = head(
        pooled, tagged, torch.from_numpy(example.features).to(states.device)
    )
    return scores


def document_losses(scores: DocumentScores, example: Example, weights: Tensor) -> dict[str, Tensor]:
    """Losses of the document head on one document; sums over its segments, and its thesis.

    Args:
        scores: what the head says of its segments.
        example: the document.
        weights: weight of each label, shape [n_labels].

    Returns:
        ``label``, ``relation`` where the document has relations, ``thesis`` where it has one.
    """
    device = scores.labels.device
    allowed = torch.from_numpy(example.labels).to(device)
    weight = torch.where(allowed, weights, torch.inf).min(dim=1).values
    admissible = scores.labels.log_softmax(-1).masked_fill(~allowed, -torch.inf).logsumexp(-1)
    losses = {"label": -(weight * admissible).sum()}
    heads = torch.from_numpy(example.heads).to(device)
    known = heads != UNKNOWN
    if known.any():
        relation = functional.cross_entropy(scores.heads[known], heads[known], reduction="sum")
        attacks = torch.from_numpy(example.attacks).to(device)
        rows = (attacks != UNKNOWN).nonzero()[:, 0]
        losses["relation"] = relation + functional.binary_cross_entropy_with_logits(
            scores.attacks[rows, heads[rows] - 1], attacks[rows].float(), reduction="sum"
        )
    if example.thesis != UNKNOWN:
        # Which segment is the root, as a choice between all segments of the article.
        thesis = torch.tensor(example.thesis, device=device)
        losses["thesis"] = functional.cross_entropy(scores.heads[:, 0], thesis)
    return losses


def answers(log_probs: Tensor, scores: DocumentScores | None) -> dict[str, Tensor]:
    """The log-probabilities of all answers that a network gives about one document, by loss.

    Args:
        log_probs: tag log-probabilities of its words, shape [n_words, n_tags].
        scores: what the head says of its segments; none without segments.

    Returns:
        ``tag``, shape [n_words, n_tags], and with segments ``label``, [n_segments, n_labels],
        ``relation``, [n_segments, n_segments + 1], ``thesis``, [n_segments], and for every
        relation whether it supports or attacks, ``attack``, [n_segments, n_segments, 2].
    """
    if scores is None:
        return {"tag": log_probs}
    return {
        "tag": log_probs,
        "label": scores.labels.log_softmax(-1),
        "relation": scores.heads.log_softmax(-1),
        "thesis": scores.heads[:, 0].log_softmax(-1),
        "attack": functional.logsigmoid(torch.stack([-scores.attacks, scores.attacks], dim=-1)),
    }


def divergences(mine: Mapping[str, Tensor], taught: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Kullback-Leibler divergence of a network from its teacher, sums over one document.

    Whether a relation attacks counts as far as the teacher believes in the relation.

    Args:
        mine: the network's ``answers``.
        taught: the probabilities that the teacher gives to the same.

    Returns:
        By the loss that each belongs to; ``relation`` is that of targets and attacks.
    """
    found = {
        name: functional.kl_div(log_probs, taught[name].to(log_probs), reduction="none").sum(-1)
        for name, log_probs in mine.items()
    }
    if "attack" in found:
        believed = taught["relation"][:, 1:].to(found["attack"])
        found["relation"] = found["relation"] + (believed * found.pop("attack")).sum(-1)
    return {name: each.sum() for name, each in found.items()}
