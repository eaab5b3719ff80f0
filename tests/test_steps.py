from __future__ import annotations

import pytest
import tiny_model
import torch
from torch import Tensor

from contend.model.examples import Example, make_example
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.training.batches import collate, split_step
from contend.training.steps import LOSSES, StepLosses

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def step(tokenizer: TextTokenizer) -> list[Example]:
    documents = [
        *tiny_model.documents(),
        tiny_model.document(3, "sets", {"claim": "claim|evidence"}),
    ]
    return [make_example(document, tokenizer, LABELS) for document in documents]


@pytest.mark.parametrize("freeze_layers", [0, 1])
@pytest.mark.parametrize("n_parts", [1, 2, 3, 9])
def test_parts_add_up_to_the_whole(
    step: list[Example], tokenizer: TextTokenizer, n_parts: int, freeze_layers: int
) -> None:
    config = tiny_model.config(
        "x", label_weights={"counterclaim": 3.0}, freeze_layers=freeze_layers
    )
    network = tiny_model.network().eval()
    losses = StepLosses(network, config, CPU)
    whole = losses.of(collate(step, tokenizer, config), step)
    losses.total(whole).backward()
    expected = {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}
    network.zero_grad()
    sums = losses.nothing()
    assert sums.keys() == whole.keys() == set(LOSSES)
    for part in split_step(step, config, n_parts):
        if part:
            of_part = losses.of(collate(part, tokenizer, config), step)
            losses.total(of_part).backward()
            sums = {name: sums[name] + of_part[name].detach() for name in LOSSES}
    for name in LOSSES:
        torch.testing.assert_close(sums[name], whole[name].detach(), rtol=1e-5, atol=1e-5)
    found = {n: p.grad for n, p in network.named_parameters() if p.grad is not None}
    assert found.keys() == expected.keys()
    for name, grad in expected.items():
        torch.testing.assert_close(found[name], grad, rtol=1e-4, atol=1e-6)


def test_frozen_layers_have_no_gradient(step: list[Example], tokenizer: TextTokenizer) -> None:
    config = tiny_model.config("x", freeze_layers=2)
    network = tiny_model.network()
    losses = StepLosses(network, config, CPU)
    losses.total(losses.of(collate(step, tokenizer, config), step)).backward()
    assert all(parameter.grad is None for parameter in network.encoder.parameters())
    assert network.tagger.weight.grad is not None


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_how_much_of_the_document_head_reaches_the_encoder(
    step: list[Example], tokenizer: TextTokenizer, share: float
) -> None:
    def gradients(document_gradient: float, **settings: float) -> dict[str, Tensor]:
        config = tiny_model.config("x", document_gradient=document_gradient, **settings)
        network = tiny_model.network().eval()
        losses = StepLosses(network, config, CPU)
        losses.total(losses.of(collate(step, tokenizer, config), step)).backward()
        return {n: p.grad for n, p in network.named_parameters() if p.grad is not None}

    whole, found = gradients(1.0), gradients(share)
    tagger = gradients(1.0, label_loss=0.0, relation_loss=0.0, thesis_loss=0.0)
    assert found.keys() == whole.keys()
    for name, grad in found.items():
        expected = whole[name]
        if name.startswith("encoder."):
            expected = share * whole[name] + (1 - share) * tagger[name]
        torch.testing.assert_close(grad, expected, rtol=1e-4, atol=1e-6)


def test_the_weights_of_the_losses(step: list[Example], tokenizer: TextTokenizer) -> None:
    losses = StepLosses(tiny_model.network(), tiny_model.config("x", label_loss=0.5), CPU)
    given = dict(zip(LOSSES, map(torch.tensor, (1.0, 2.0, 4.0, 5.0, 3.0)), strict=True))
    assert float(losses.total(given)) == 1 + 0.5 * 2 + 0.25 * 4 + 0.1 * 5 + 3


@pytest.mark.parametrize("freeze_layers", [0, 1])
def test_half_the_precision_is_nearly_the_same(
    step: list[Example], tokenizer: TextTokenizer, freeze_layers: int
) -> None:
    network = tiny_model.network().eval()
    found = []
    for precision in ("float32", "bfloat16"):
        config = tiny_model.config("x", precision=precision, freeze_layers=freeze_layers)
        losses = StepLosses(network, config, CPU).of(collate(step, tokenizer, config), step)
        assert all(loss.dtype == torch.float32 for loss in losses.values())
        found.append(losses)
    assert found[0]["tag"] != found[1]["tag"]
    for name in LOSSES:
        torch.testing.assert_close(found[0][name], found[1][name], rtol=0.02, atol=0.01)
