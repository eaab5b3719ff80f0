"""Learning rates by layer, and averages of weights: a running one, and of several networks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from contend.model.network import ArgumentNetwork
from contend.training.config import Config

# Tables of log-odds must move further than weights do in the same few steps.
_LOG_ODDS = re.compile(r"head\..*(?:distance|paragraph|label_pair|attack_pair|attack_bias|near)$")
_LOG_ODDS_RATE = 20.0
_LAYER = re.compile(r"encoder\.encoder\.layer\.(\d+)\.")


def parameter_groups(network: ArgumentNetwork, config: Config) -> list[dict[str, Any]]:
    """Parameter groups for an optimizer: layer-wise decayed rates, no decay of biases and norms.

    Source: Howard and Ruder 2018 (https://aclanthology.org/P18-1031) for the rates by layer.
    """
    names = [name for name, _ in network.named_parameters()]
    n_layers = 1 + max((int(m[1]) for m in map(_LAYER.match, names) if m), default=0)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        layer = _LAYER.match(name)
        if not name.startswith("encoder."):
            rate = config.head_learning_rate
            if _LOG_ODDS.match(name):
                rate *= _LOG_ODDS_RATE
        else:
            depth = n_layers - 1 - int(layer[1]) if layer else n_layers
            rate = config.learning_rate * config.layer_decay**depth
        decay = 0.0 if parameter.ndim < 2 or _LOG_ODDS.match(name) else config.weight_decay
        groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "weight_decay": decay}
        for (rate, decay), parameters in groups.items()
    ]


class Average:
    """Exponential running average of the trainable weights, bias-corrected by a growing decay.

    Args:
        network: the network whose weights are averaged.
        decay: weight of the past; 0 keeps the weights themselves.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self._n_updates = 0
        self._weights: dict[str, Tensor] = {}
        if decay:
            self._weights = {name: p.detach().clone() for name, p in _trainable(network)}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights after a step."""
        if not self._weights:
            return
        self._n_updates += 1
        decay = min(self._decay, self._n_updates / (self._n_updates + 10))
        for name, parameter in _trainable(network):
            self._weights[name].lerp_(parameter, 1.0 - decay)

    @torch.no_grad()
    def copy_to(self, network: nn.Module) -> None:
        """Put the averages in the place of the weights."""
        for name, parameter in _trainable(network):
            if name in self._weights:
                parameter.copy_(self._weights[name])

    @contextmanager
    def swapped_into(self, network: nn.Module) -> Iterator[None]:
        """The network with the averages for weights, for as long as the block lasts."""
        own = {name: p.detach().clone() for name, p in _trainable(network)} if self._weights else {}
        self.copy_to(network)
        try:
            yield
        finally:
            with torch.no_grad():
                for name, parameter in _trainable(network):
                    if name in own:
                        parameter.copy_(own[name])

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must hold."""
        return {"n_updates": self._n_updates, "weights": self._weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what ``state_dict`` gave."""
        self._n_updates, self._weights = state["n_updates"], state["weights"]


@torch.no_grad()
def merge_networks(network: nn.Module, others: Sequence[nn.Module]) -> None:
    """Make every weight of ``network`` the mean of its own and of those of the others."""
    states = [other.state_dict() for other in others]
    for name, weight in network.state_dict().items():
        if weight.is_floating_point():
            same = [weight, *(state[name].to(weight) for state in states)]
            weight.copy_(torch.stack(same).mean(dim=0))


def _trainable(network: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, p) for name, p in network.named_parameters() if p.requires_grad)
