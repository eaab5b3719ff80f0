"""The output of frozen lower layers, computed once for each window that comes again."""

from __future__ import annotations

import torch
from torch import Tensor

from contend.model.network import ArgumentNetwork
from contend.training.batches import Batch

# Kept states, in half precision; windows beyond this are read again in every epoch.
_MOST_BYTES = 4 << 30


class FrozenLayers:
    """States after the frozen layers of a network.

    Each window is read alone and rounded to half precision whether it is kept or not, so that
    they do not depend on the batch, the epoch or a resumption.

    Args:
        network: the network; its lower layers must not be trained.
        n_layers: how many of them are frozen, at least one.
        keep: whether the same windows come again.
    """

    def __init__(self, network: ArgumentNetwork, n_layers: int, *, keep: bool = True) -> None:
        self._network = network
        self._n_layers = n_layers
        self._most_bytes = _MOST_BYTES if keep else 0
        self._kept: dict[bytes, Tensor] = {}
        self._n_bytes = 0

    def read(self, batch: Batch, device: torch.device) -> Tensor:
        """As ``ArgumentNetwork.encode`` on the windows of ``batch``, without reading below."""
        lengths = batch.mask.sum(dim=1).tolist()
        states = [
            self._lower(ids[:length], device)
            for ids, length in zip(batch.ids, lengths, strict=True)
        ]
        padded = torch.nn.utils.rnn.pad_sequence([s.to(device) for s in states], batch_first=True)
        return self._network.read_upper(padded.float(), batch.mask.to(device), self._n_layers)

    def _lower(self, ids: Tensor, device: torch.device) -> Tensor:
        key = ids.numpy().tobytes()
        if key in self._kept:
            return self._kept[key]
        states = self._network.read_lower(ids[None].to(device), self._n_layers)[0].half().cpu()
        n_bytes = states.numel() * states.element_size()
        if self._n_bytes + n_bytes <= self._most_bytes:
            self._kept[key] = states
            self._n_bytes += n_bytes
        return states
