from __future__ import annotations

import pytest
import tiny_model
import torch

from contend.model.examples import Example, make_example
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.training import frozen
from contend.training.batches import Batch, collate
from contend.training.frozen import FrozenLayers

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def examples(tokenizer: TextTokenizer) -> list[Example]:
    return [make_example(document, tokenizer, LABELS) for document in tiny_model.documents()]


def batch(examples: list[Example], tokenizer: TextTokenizer) -> Batch:
    return collate(examples, tokenizer, tiny_model.config("tiny"))


def test_states_do_not_depend_on_the_batch(
    examples: list[Example], tokenizer: TextTokenizer
) -> None:
    network = tiny_model.network().eval()
    layers = FrozenLayers(network, 1)
    alone = layers.read(batch(examples[1:2], tokenizer), CPU)
    among = layers.read(batch([examples[4], examples[1]], tokenizer), CPU)
    assert len(alone) == 1
    torch.testing.assert_close(among[-1:, : alone.shape[1]], alone, atol=1e-5, rtol=1e-4)


def test_kept_and_read_anew_are_the_same(
    examples: list[Example], tokenizer: TextTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny_model.network().eval()
    of_all = batch(examples, tokenizer)
    layers = FrozenLayers(network, 1)
    first, second = layers.read(of_all, CPU), layers.read(of_all, CPU)
    monkeypatch.setattr(frozen, "_MOST_BYTES", 0)
    forgetful = FrozenLayers(network, 1)
    assert torch.equal(first, second)
    assert torch.equal(first, forgetful.read(of_all, CPU))
    assert not forgetful._kept


def test_each_window_is_read_once(
    examples: list[Example], tokenizer: TextTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny_model.network()
    n_reads = []
    read = network.read_lower
    monkeypatch.setattr(
        network, "read_lower", lambda ids, n: n_reads.append(1) or read(ids, n)
    )  # fmt: skip
    of_all = batch(examples, tokenizer)
    layers = FrozenLayers(network, 1)
    for _ in range(3):
        layers.read(of_all, CPU)
    assert len(n_reads) <= len(of_all.ids)


def test_windows_that_do_not_come_again_are_not_kept(
    examples: list[Example], tokenizer: TextTokenizer
) -> None:
    network = tiny_model.network().eval()
    layers = FrozenLayers(network, 1, keep=False)
    of_all = batch(examples, tokenizer)
    assert torch.equal(layers.read(of_all, CPU), FrozenLayers(network, 1).read(of_all, CPU))
    assert not layers._kept


def test_the_upper_layers_learn(examples: list[Example], tokenizer: TextTokenizer) -> None:
    network = tiny_model.network()
    network.freeze_lower(1)
    FrozenLayers(network, 1).read(batch(examples, tokenizer), CPU).sum().backward()
    gradients = {n: p.grad is not None for n, p in network.encoder.named_parameters()}
    assert not any(has for name, has in gradients.items() if "layer.1." not in name)
    assert gradients["encoder.layer.1.output.dense.weight"]
