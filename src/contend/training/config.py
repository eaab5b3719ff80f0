"""What a training is made of: corpora, start, schedule, seed; a TOML file or keyword arguments."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from contend import scheme
from contend.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Documents that a training reads.

    Attributes:
        corpus: the name of a corpus; either this or ``file``.
        file: a JSON Lines file of documents.
        path: the folder of the corpus, if it is not where it is expected.
        split: the part of the corpus.
        labels: ``"scheme"`` for our labels, ``"own"`` for the corpus's.
        share: how many of its documents an epoch reads, as a fraction; above 1, some twice.
        boundaries: whether its segments begin and end where the model's should; by default as
            the corpus says, and yes for a file.
        relations: whether its relations and thesis teach the document head.
    """

    corpus: str = ""
    file: str = ""
    path: str = ""
    split: str = "train"
    labels: Literal["own", "scheme"] = "scheme"
    share: float = 1.0
    boundaries: bool | None = None
    relations: bool = True

    def __post_init__(self) -> None:
        if bool(self.corpus) == bool(self.file):
            raise ConfigError(
                "a source of documents needs either a corpus or a file, as in corpus = 'soapbox'; "
                f"found corpus {self.corpus!r} and file {self.file!r}"
            )
        if self.share <= 0:
            raise ConfigError(f"{self.corpus or self.file}: share must be above 0: {self.share}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A training.

    Attributes:
        name: the model's name.
        start: a model (folder or shipped name) or a pretrained encoder (folder, or a name below
            the encoder folder; see ``start.find_encoder``).
        labels: the model's labels.
        thesis: whether an article has one thesis, the root of a tree of relations.
        train: where the documents to learn from come from.
        dev: where the documents to choose on come from; may be empty.
        epochs: how often the training documents are read.
        seed: of everything random.
        batch_windows: windows in a step; whole documents, so some steps have more.
        window_tokens: the most tokens of a window.
        overlap_tokens: how many of them neighbours share.
        learning_rate: of the encoder's top layer.
        head_learning_rate: of the two heads.
        layer_decay: factor of the learning rate from each layer to the one below.
        warmup: share of the steps in which the learning rates rise; then they fall to 0.
        weight_decay: of all weights but biases and norms.
        label_weights: weight in the losses, by label; 1 if not named.
        head_layers: transformer layers of the document head.
        label_loss, relation_loss: weight of the document head's losses beside the tagger's.
        ema: decay of the running average of the weights, which is what is saved; 0 for none.
        freeze_embeddings: whether the word embeddings stay as they are.
        quantize: whether the saved encoder graph is 8-bit.
        threads: threads of torch on a CPU; 0 leaves it to torch.
    """

    name: str = "model"
    start: str = "small"
    labels: tuple[str, ...] = scheme.LABELS
    thesis: bool = True
    train: tuple[Source, ...] = ()
    dev: tuple[Source, ...] = ()
    epochs: int = 6
    seed: int = 13
    batch_windows: int = 8
    window_tokens: int = 512
    overlap_tokens: int = 96
    learning_rate: float = 2e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 0.9
    warmup: float = 0.1
    weight_decay: float = 0.01
    label_weights: Mapping[str, float] = field(default_factory=dict)
    head_layers: int = 1
    label_loss: float = 0.5
    relation_loss: float = 0.25
    ema: float = 0.0
    freeze_embeddings: bool = True
    quantize: bool = True
    threads: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_windows", "window_tokens"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, found {getattr(self, name)}")
        if not 0 <= self.overlap_tokens < self.window_tokens - 2:
            raise ConfigError(
                f"overlap_tokens ({self.overlap_tokens}) must be less than window_tokens "
                f"({self.window_tokens}) less 2"
            )
        unknown = set(self.label_weights) - set(self.labels)
        if unknown or not self.labels:
            raise ConfigError(
                f"label_weights name {sorted(unknown)}, which are not among the labels "
                f"{list(self.labels)}"
            )

    def to_dict(self) -> dict[str, Any]:
        """The configuration as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str = "config") -> Config:
        """The configuration in a mapping as a TOML file gives it.

        Raises:
            ConfigError: if a setting is unknown or cannot be used; ``where`` names the file.
        """
        values = dict(data)
        for key in ("train", "dev"):
            values[key] = tuple(
                _build(Source, item, f"{where}: [[{key}]]") for item in values.get(key, ())
            )
        if "labels" in values:
            values["labels"] = tuple(values["labels"])
        return _build(cls, values, where)

    @classmethod
    def from_toml(cls, path: str | Path) -> Config:
        """The configuration in a TOML file.

        Raises:
            ConfigError: if the file is absent, no TOML, or not a configuration.
        """
        try:
            data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: expected a training configuration: {error}") from None
        return cls.from_dict(data, str(path))


_T = TypeVar("_T", Source, Config)


def _build(cls: type[_T], values: Mapping[str, Any], where: str) -> _T:
    known = {item.name for item in fields(cls)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(
            f"{where}: unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}"
        )
    try:
        return cls(**values)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    except TypeError as error:
        raise ConfigError(f"{where}: a setting has a value of the wrong type: {error}") from None
