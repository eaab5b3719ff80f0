from __future__ import annotations

import pytest
import tiny_model
import torch

from contend.training.optimization import Average, merge_networks, parameter_groups


def test_rates_fall_from_layer_to_layer() -> None:
    network = tiny_model.network()
    config = tiny_model.config(
        "x", learning_rate=1e-2, layer_decay=0.5, head_learning_rate=0.1, weight_decay=0.3
    )
    groups = parameter_groups(network, config)
    rate, decay = {}, {}
    for group in groups:
        for parameter in group["params"]:
            rate[id(parameter)], decay[id(parameter)] = group["lr"], group["weight_decay"]
    for name, parameter in network.named_parameters():
        decayed = parameter.ndim > 1
        if name.startswith("encoder.encoder.layer.1."):
            expected = 1e-2
        elif name.startswith("encoder.encoder.layer.0."):
            expected = 0.5e-2
        elif name.startswith("encoder."):
            expected = 0.25e-2  # embeddings lie below the lowest layer
        elif name.endswith((".distance", ".paragraph", "_pair", ".attack_bias", ".near")):
            expected, decayed = 20 * 0.1, False  # log-odds
        else:
            expected = 0.1
        assert rate[id(parameter)] == pytest.approx(expected), name
        assert decay[id(parameter)] == (0.3 if decayed else 0.0), name
    assert sum(len(group["params"]) for group in groups) == len(list(network.parameters()))


def test_frozen_weights_are_in_no_group() -> None:
    network = tiny_model.network()
    network.freeze_word_embeddings()
    frozen = network.encoder.get_input_embeddings().weight  # type: ignore[operator]
    groups = parameter_groups(network, tiny_model.config("x"))
    assert all(parameter is not frozen for group in groups for parameter in group["params"])


def steps(network: torch.nn.Linear, average: Average, first: int, last: int) -> None:
    for step in range(first, last):
        with torch.no_grad():
            network.weight.fill_(float(step))
        average.update(network)


def averaged(network: torch.nn.Linear, average: Average) -> float:
    with average.swapped_into(network):
        return float(network.weight.detach()[0, 0])


def test_average_by_hand() -> None:
    network = torch.nn.Linear(1, 1)
    with torch.no_grad():
        network.weight.fill_(5.0)
    average = Average(network, 0.5)
    steps(network, average, 1, 30)
    expected = 5.0
    for step in range(1, 30):
        decay = min(0.5, step / (step + 10))
        expected = decay * expected + (1 - decay) * step
    assert averaged(network, average) == pytest.approx(expected)
    assert float(network.weight.detach()) == 29.0  # its own again
    average.copy_to(network)
    assert float(network.weight.detach()) == pytest.approx(expected)


def test_the_own_weights_come_back_after_an_error() -> None:
    network = torch.nn.Linear(1, 1)
    average = Average(network, 0.9)
    steps(network, average, 1, 4)
    with pytest.raises(KeyError), average.swapped_into(network):
        raise KeyError
    assert float(network.weight.detach()) == 3.0


def test_no_average() -> None:
    network = torch.nn.Linear(1, 1)
    average = Average(network, 0.0)
    steps(network, average, 1, 4)
    assert averaged(network, average) == 3.0


def test_an_average_goes_on_from_its_state() -> None:
    network = torch.nn.Linear(1, 1)
    with torch.no_grad():
        network.weight.fill_(0.0)
    whole, half = Average(network, 0.9), Average(network, 0.9)
    steps(network, whole, 1, 20)
    steps(network, half, 1, 7)
    resumed = Average(network, 0.9)
    resumed.load_state_dict(half.state_dict())
    steps(network, resumed, 7, 20)
    assert averaged(network, resumed) == averaged(network, whole)


def test_the_mean_of_networks() -> None:
    network, *others = (torch.nn.BatchNorm1d(2) for _ in range(3))
    for number, each in enumerate((network, *others)):
        with torch.no_grad():
            each.weight.copy_(torch.tensor([1.0, 4.0 * number]))
    merge_networks(network, others)
    assert network.weight.tolist() == [1.0, 4.0]
    assert others[1].weight.tolist() == [1.0, 8.0]
    assert network.num_batches_tracked == 0
    merge_networks(network, [])
    assert network.weight.tolist() == [1.0, 4.0]
