"""contend reads an opinion article and says what is claimed, on what evidence, against what.

    import contend

    doc = contend.analyze(text)
    doc.thesis, doc.claims, doc.evidence, doc.counterclaims, doc.relations

``import contend`` loads neither numpy nor onnxruntime nor torch; what needs them loads them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from contend.document import Document, Relation, Segment
from contend.errors import ContendError, MissingDependencyError

if TYPE_CHECKING:
    from contend.analyzer import Analyzer
    from contend.corpora import read_corpus
    from contend.evaluation import evaluate
    from contend.training.train import train

__version__ = "0.1.0"

__all__ = [
    "Analyzer",
    "ContendError",
    "Document",
    "Relation",
    "Segment",
    "__version__",
    "analyze",
    "evaluate",
    "read_corpus",
    "train",
]

_LAZY = {
    "Analyzer": "contend.analyzer",
    "evaluate": "contend.evaluation",
    "read_corpus": "contend.corpora",
    "train": "contend.training.train",
}


def analyze(text: str, *, id: str = "", min_score: float = 0.0) -> Document:
    """Analyse one text with the default model, which is loaded at the first call.

    Args:
        text: an article of any length; read to its end, never altered.
        id: the document's id.
        min_score: leave out segments with a lower score, in [0, 1].

    Returns:
        The document: its text, segments and relations.

    Raises:
        ModelError: if the shipped model was damaged.
        DocumentError: if ``text`` is no string.
        ConfigError: if ``min_score`` is not in [0, 1].
    """
    return _default().analyze(text, id=id, min_score=min_score)


@cache
def _default() -> Analyzer:
    from contend.analyzer import Analyzer

    return Analyzer.load()


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        try:
            return getattr(import_module(_LAZY[name]), name)
        except ModuleNotFoundError as error:
            if name != "train":
                raise
            raise MissingDependencyError.of(error.name or "a library", "train") from None
    raise AttributeError(f"module 'contend' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
