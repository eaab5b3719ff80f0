"""Running a network without torch: what the analyzer asks of it, and ONNX Runtime's answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from contend.errors import ModelError

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the document head says of ``s`` segments; see ``network.DocumentScores``.

    Attributes:
        labels: logits, shape [s, n_labels].
        heads: logits, shape [s, s + 1]; column 0 is the root.
        attacks: logits, shape [s, s].
    """

    labels: Floats
    heads: Floats
    attacks: Floats


class Runtime(Protocol):
    """A network that reads windows and judges segments."""

    def read(self, ids: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """States, shape [n, hidden_size], and tag log-probabilities, shape [n, n_tags].

        ``ids`` is one window with its two special tokens, shape [n]: never a padded batch, so
        that a result cannot depend on what else is analysed.
        """
        ...

    def judge(self, states: Floats, tagged: Floats, features: Floats) -> Judgement:
        """Judge the segments of one document; see ``network.DocumentHead.forward``."""
        ...


class OnnxRuntime:
    """The two exported graphs of a model folder.

    Args:
        encoder: ``encoder.onnx``: encoder and tagger. Weights that it refers to lie beside it.
        head: ``head.onnx``: the document head; likewise.
        threads: threads of one call; more than one helps only where cores are idle.

    Raises:
        ModelError: if a file is no graph that ONNX Runtime can run.
    """

    def __init__(self, encoder: Path, head: Path, *, threads: int = 1) -> None:
        options = session_options(threads)
        self._encoder = _session(encoder, options)
        self._head = _session(head, options)

    def read(self, ids: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """See ``Runtime.read``."""
        states, log_probs = self._encoder.run(None, {"ids": ids[None, :]})
        return states[0], log_probs[0]

    def judge(self, states: Floats, tagged: Floats, features: Floats) -> Judgement:
        """See ``Runtime.judge``."""
        inputs = {"states": states, "tagged": tagged, "features": features}
        return Judgement(*self._head.run(None, inputs))


def session_options(threads: int = 1) -> onnxruntime.SessionOptions:
    """How the graphs of a model folder are run.

    Args:
        threads: threads of one call.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights that are stored in 8 bits are widened at load, not in every call.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return options


def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises many kinds, all of its own
        raise ModelError(f"{path}: ONNX Runtime cannot run this graph: {error}") from None
