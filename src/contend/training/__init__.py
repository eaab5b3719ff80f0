"""Fine-tuning: from annotated documents to a model folder. Needs the extra ``train``."""

from __future__ import annotations

from contend.training.config import Config, Source

__all__ = ["Config", "Source"]
