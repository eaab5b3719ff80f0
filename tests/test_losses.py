from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import tiny_model
import torch
from torch import Tensor

from contend.document import Document, Segment
from contend.model.decoding import label_log_probs
from contend.model.examples import UNKNOWN, Example, make_example
from contend.model.network import DocumentScores
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.training.losses import (
    answers,
    divergences,
    document_losses,
    judge_segments,
    segment_label_log_probs,
    tag_loss,
    tag_weight,
)

N_TAGS = 7


def random_log_probs(n_words: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_words, N_TAGS, generator=generator).log_softmax(-1)


def test_tag_loss_is_the_log_of_the_summed_probability() -> None:
    log_probs = random_log_probs(20)
    allowed = torch.rand(20, N_TAGS, generator=torch.Generator().manual_seed(1)) < 0.4
    allowed[:, 0] |= ~allowed.any(dim=1)
    allowed[3] = True
    weights = torch.tensor([1.0, 1, 1, 2, 2, 0.5, 0.5])
    loss, weight = tag_loss(log_probs, allowed, weights)
    expected, total = 0.0, 0.0
    for word in range(20):
        tags = [tag for tag in range(N_TAGS) if allowed[word, tag]]
        if len(tags) == N_TAGS:
            continue
        of_word = min(float(weights[tag]) for tag in tags)
        expected -= of_word * math.log(sum(math.exp(log_probs[word, tag]) for tag in tags))
        total += of_word
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    assert float(weight) == pytest.approx(total)
    assert torch.equal(tag_weight(allowed, weights), weight)


def test_words_that_may_be_anything_teach_nothing() -> None:
    log_probs = random_log_probs(4).requires_grad_()
    loss, weight = tag_loss(log_probs, torch.ones(4, N_TAGS, dtype=torch.bool), torch.ones(N_TAGS))
    assert (loss.item(), weight.item()) == (0.0, 0.0)
    loss.backward()
    assert log_probs.grad is not None
    assert not log_probs.grad.any()


def test_one_admissible_tag_is_cross_entropy() -> None:
    log_probs = random_log_probs(9)
    tags = torch.arange(9) % N_TAGS
    allowed = torch.nn.functional.one_hot(tags, N_TAGS).bool()
    loss, weight = tag_loss(log_probs, allowed, torch.ones(N_TAGS))
    nll = torch.nn.functional.nll_loss(log_probs, tags, reduction="sum")
    assert float(loss) == pytest.approx(float(nll))
    assert float(weight) == 9


def test_training_and_analysis_see_the_same_opinion_of_the_tagger() -> None:
    log_probs = random_log_probs(12)
    spans = [(0, 0), (1, 4), (5, 11)]
    ours = segment_label_log_probs(log_probs, spans).numpy()
    theirs = label_log_probs(log_probs.numpy(), *np.array(spans).T)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    np.testing.assert_allclose(np.exp(ours).sum(axis=1), 1, atol=1e-5)


def losses_of(example: Example, weights: tuple[float, ...] = (1, 1, 1)) -> dict[str, Tensor]:
    network = tiny_model.network().eval()
    generator = torch.Generator().manual_seed(2)
    states = torch.randn(example.tokens.n_tokens, 16, generator=generator)
    log_probs = random_log_probs(example.tokens.n_words, seed=3)
    scores = judge_segments(network.head, example, states, log_probs)
    losses = document_losses(scores, example, torch.tensor(weights))
    return {name: value.detach() for name, value in losses.items()}


def scores_of(example: Example) -> tuple[Tensor, Tensor, Tensor]:
    network = tiny_model.network().eval()
    generator = torch.Generator().manual_seed(2)
    states = torch.randn(example.tokens.n_tokens, 16, generator=generator)
    pooled = torch.stack([states[a:b].mean(0) for a, b in example.token_ranges.tolist()])
    log_probs = random_log_probs(example.tokens.n_words, seed=3)
    tagged = segment_label_log_probs(log_probs, [(s.first, s.last) for s in example.spans])
    scores = network.head(pooled, tagged, torch.from_numpy(example.features))
    return scores.labels.softmax(-1).detach(), scores.heads.detach(), scores.attacks.detach()


def test_document_losses_by_hand(tokenizer: TextTokenizer) -> None:
    example = make_example(tiny_model.document(6), tokenizer, LABELS)
    labels, heads, attacks = scores_of(example)
    losses = losses_of(example, weights=(1, 1, 3))
    gold = [LABELS.index(segment.label) for segment in example.document.segments]
    weights = [3 if label == 2 else 1 for label in gold]
    expected = -sum(
        w * math.log(labels[row, label])
        for row, (w, label) in enumerate(zip(weights, gold, strict=True))
    )
    assert float(losses["label"]) == pytest.approx(expected, rel=1e-5)

    head_probs = heads.softmax(-1)
    expected = -sum(math.log(head_probs[row, row]) for row in range(1, 6))  # column 1 + (row - 1)
    expected -= math.log(head_probs[0, 0])
    for row in range(1, 6):
        attack = float(attacks[row, row - 1].sigmoid())
        expected -= math.log(attack if row % 4 == 2 else 1 - attack)
    assert float(losses["relation"]) == pytest.approx(expected, rel=1e-4)
    expected = -math.log(heads[:, 0].softmax(-1)[0])
    assert float(losses["thesis"]) == pytest.approx(expected, rel=1e-4)


def test_sets_of_labels_sum_their_probability(tokenizer: TextTokenizer) -> None:
    plain = tiny_model.document(2)
    segments = [
        replace(segment, label="claim|counterclaim", thesis=False) for segment in plain.segments
    ]
    example = make_example(Document(plain.text, tuple(segments)), tokenizer, LABELS)
    labels, _, _ = scores_of(example)
    expected = -sum(math.log(row[0] + row[2]) for row in labels)
    losses = losses_of(example)
    assert float(losses["label"]) == pytest.approx(expected, rel=1e-5)
    assert "relation" not in losses  # there are none in the document


def test_without_known_relations_there_is_no_relation_loss(tokenizer: TextTokenizer) -> None:
    example = make_example(tiny_model.document(3), tokenizer, LABELS, relations=False)
    assert set(example.heads) == {UNKNOWN}
    assert set(losses_of(example)) == {"label"}


def test_a_thesis_is_taught_without_relations(tokenizer: TextTokenizer) -> None:
    plain = tiny_model.document(3)
    example = make_example(Document(plain.text, plain.segments), tokenizer, LABELS)
    _, heads, _ = scores_of(example)
    expected = -math.log(heads[:, 0].softmax(-1)[0])
    losses = losses_of(example)
    assert float(losses["thesis"]) == pytest.approx(expected, rel=1e-4)
    assert "relation" not in losses


def test_gradients_are_finite_and_reach_the_encoder(tokenizer: TextTokenizer) -> None:
    example = make_example(tiny_model.document(5), tokenizer, LABELS)
    network = tiny_model.network()
    states = torch.randn(example.tokens.n_tokens, 16, requires_grad=True)
    log_probs = random_log_probs(example.tokens.n_words).requires_grad_()
    scores = judge_segments(network.head, example, states, log_probs)
    losses = document_losses(scores, example, torch.ones(3))
    sum(losses.values()).backward()  # type: ignore[union-attr]
    assert states.grad is not None
    assert states.grad.isfinite().all()
    assert states.grad.any()
    assert log_probs.grad is None  # the tagger learns from its own loss alone


def test_a_single_segment(tokenizer: TextTokenizer) -> None:
    example = make_example(
        Document("It does not.", (Segment(0, 12, "claim", True),)), tokenizer, LABELS
    )
    assert float(losses_of(example)["label"]) > 0


def judged(example: Example, seed: int) -> tuple[Tensor, DocumentScores]:
    network = tiny_model.network().eval()
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(example.tokens.n_tokens, 16, generator=generator)
    log_probs = random_log_probs(example.tokens.n_words, seed=seed)
    return log_probs, judge_segments(network.head, example, states, log_probs)


def probabilities(log_probs: Tensor, scores: DocumentScores | None) -> dict[str, Tensor]:
    return {name: each.exp().half() for name, each in answers(log_probs, scores).items()}


def test_divergence_from_a_teacher_by_hand(tokenizer: TextTokenizer) -> None:
    example = make_example(tiny_model.document(4), tokenizer, LABELS)
    mine, my_scores = judged(example, 4)
    its, its_scores = judged(example, 5)
    found = divergences(answers(mine, my_scores), probabilities(its, its_scores))
    pairs = {
        "tag": (its, mine),
        "label": (its_scores.labels.log_softmax(-1), my_scores.labels.log_softmax(-1)),
        "relation": (its_scores.heads.log_softmax(-1), my_scores.heads.log_softmax(-1)),
        "thesis": (
            its_scores.heads[:, 0].log_softmax(-1),
            my_scores.heads[:, 0].log_softmax(-1),
        ),
    }
    # Of whether a relation attacks, as far as the teacher believes in the relation.
    p, q = its_scores.attacks.sigmoid(), my_scores.attacks.sigmoid()
    of_attacks = p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()
    believed = its_scores.heads.softmax(-1)[:, 1:]
    assert found.keys() == pairs.keys()
    for name, (p, q) in pairs.items():
        expected = (p.exp() * (p - q)).sum().item()
        if name == "relation":
            expected += (believed * of_attacks).sum().item()
        assert found[name].item() == pytest.approx(expected, rel=0.02, abs=1e-3)


def test_who_says_what_the_teacher_says_does_not_diverge(tokenizer: TextTokenizer) -> None:
    example = make_example(tiny_model.document(4), tokenizer, LABELS)
    log_probs, scores = judged(example, 4)
    said = probabilities(log_probs, scores)
    for value in divergences(answers(log_probs, scores), said).values():
        assert value.item() == pytest.approx(0, abs=2e-3)  # they are kept in half precision


def test_without_segments_a_teacher_teaches_tags() -> None:
    mine, its = random_log_probs(5, seed=1), random_log_probs(5, seed=2)
    assert set(divergences(answers(mine, None), probabilities(its, None))) == {"tag"}
