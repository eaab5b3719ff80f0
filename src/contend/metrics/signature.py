"""Signatures: everything one must know to compare a score with another."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def signature(name: str, parts: Mapping[str, object]) -> str:
    """The signature of the metric called ``name``: ``exact_f1|corpus:essays|split:test|…``.

    Parts come in the given order; the version of contend comes last. An empty part is written
    as ``-``, a bar within a part as ``/``.

    Source: Post (2018), A Call for Clarity in Reporting BLEU Scores.
    """
    everything = {**parts, "version": version()}
    written = (f"{key}:{str(value).replace('|', '/') or '-'}" for key, value in everything.items())
    return "|".join([name, *written])


def version() -> str:
    """The version of contend that runs."""
    # The package is there whenever a part of it runs; importing it would turn the layers around.
    known: str = sys.modules["contend"].__version__
    return known
