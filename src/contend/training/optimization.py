"""Learning rates by layer, and the running average of the weights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from contend.model.network import ArgumentNetwork
from contend.training.config import Config

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
        else:
            depth = n_layers - 1 - int(layer[1]) if layer else n_layers
            rate = config.learning_rate * config.layer_decay**depth
        decay = 0.0 if parameter.ndim < 2 else config.weight_decay
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
        self.state: dict[str, Tensor] = {}
        if decay:
            self.state = {name: p.detach().clone() for name, p in _trainable(network)}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights after a step."""
        if not self.state:
            return
        self._n_updates += 1
        decay = min(self._decay, self._n_updates / (self._n_updates + 10))
        for name, parameter in _trainable(network):
            self.state[name].lerp_(parameter, 1.0 - decay)

    @torch.no_grad()
    def copy_to(self, network: nn.Module) -> None:
        """Put the averages in the place of the weights."""
        for name, parameter in _trainable(network):
            if name in self.state:
                parameter.copy_(self.state[name])

    @contextmanager
    def swapped_into(self, network: nn.Module) -> Iterator[None]:
        """The network with the averages for weights, for as long as the block lasts."""
        own = {name: p.detach().clone() for name, p in _trainable(network)} if self.state else {}
        self.copy_to(network)
        try:
            yield
        finally:
            with torch.no_grad():
                for name, parameter in _trainable(network):
                    if name in own:
                        parameter.copy_(own[name])


def _trainable(network: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, p) for name, p in network.named_parameters() if p.requires_grad)
