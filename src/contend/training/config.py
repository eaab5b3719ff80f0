"""What a training is made of: corpora, start, schedule, seed; a TOML file or keyword arguments."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from contend import scheme
from contend.errors import ConfigError
from contend.training.toml import toml_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Documents that a training reads.

    Attributes:
        corpus: the name of a corpus; either this or ``file``.
        file: a file or folder of documents, in any format that ``contend.formats`` reads.
        format: the format of the file, if its name does not tell.
        path: the folder of the corpus, if it is not where it is expected.
        split: the part of the corpus; in a TOML file, ``dev`` below ``[[dev]]`` unless told.
        labels: ``"scheme"`` for our labels, ``"own"`` for the corpus's; ``"none"`` to read the
            texts without their annotation, which only a ``teacher`` can make use of.
        share: how many of its documents an epoch reads, as a fraction; above 1, some twice.
        boundaries: whether its segments begin and end where the model's should; by default as
            the corpus says, and yes for a file.
        relations: whether its relations and thesis teach the document head.
    """

    corpus: str = ""
    file: str = ""
    format: str = ""
    path: str = ""
    split: str = "train"
    labels: Literal["own", "scheme", "none"] = "scheme"
    share: float = 1.0
    boundaries: bool | None = None
    relations: bool = True

    def __post_init__(self) -> None:
        _check_kinds(self)
        if bool(self.corpus) == bool(self.file):
            raise ConfigError(
                "a source of documents needs either a corpus or a file, as in corpus = 'soapbox'; "
                f"found corpus {self.corpus!r} and file {self.file!r}"
            )
        if self.corpus and self.format:
            raise ConfigError(f"{self.name}: a corpus has no format, only a file has one")
        if self.labels not in ("own", "scheme", "none"):
            raise ConfigError(
                f"{self.name}: labels must be 'own', 'scheme' or 'none', found {self.labels!r}"
            )
        if not 0 < self.share < math.inf:
            raise ConfigError(f"{self.name}: share must be above 0, found {self.share}")

    @property
    def name(self) -> str:
        """Its corpus, or its file."""
        return self.corpus or self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A training.

    Attributes:
        name: the model's name.
        notes: what a reader of the model's card must know of its training.
        start: a model (folder or shipped name) or a pretrained encoder (folder, or a name below
            the encoder folder; see ``start.find_start``).
        labels: the model's labels.
        thesis: whether an article has one thesis, the root of a tree of relations. It has the
            label of most theses that are learned from; where none is marked it is a ``claim``,
            or has the first of the labels where none is called so.
        train: where the documents to learn from come from.
        dev: where the documents to choose on come from; may be empty.
        epochs: how often the training documents are read, at most.
        patience: epochs without a better result on dev after which the training ends; 0 for none.
        seed: of everything random.
        batch_windows: windows in a step, of all processes together; whole documents, so some
            steps have more.
        window_tokens: the most tokens of a window.
        overlap_tokens: how many of them neighbours share.
        learning_rate: of the encoder's top layer.
        head_learning_rate: of the two heads.
        layer_decay: factor of the learning rate from each layer to the one below.
        warmup: share of the steps in which the learning rates rise; then they fall to 0.
        weight_decay: of all weights but biases and norms.
        label_weights: weight in the losses, by label; 1 if not named.
        head_layers: transformer layers of the document head.
        label_loss, relation_loss, thesis_loss: weight of the document head's losses beside the
            tagger's: means over segments, over segments, and over documents.
        document_gradient: share of the document head's gradient that reaches the encoder; with 0
            only the tagger's losses change it.
        teacher: a model (folder or shipped name) whose answers are learned too; "" for none. It
            reads each document once.
        teacher_loss: weight of the losses against its answers beside those against the
            annotation; the four of them are weighted among each other as those are.
        token_dropout: share of the tokens that are hidden behind the tokenizer's mask token,
            drawn anew at every step; against learning articles by heart.
        ema: decay of the running average of the weights, which is what is saved; 0 for none.
        merge_with: models (folders or shipped names) with the same labels and as many weights,
            trained from the same ``start``. At the end, before decoding is chosen on dev, every
            weight becomes the mean of theirs and this training's. Source: Wortsman et al. 2022
            (https://arxiv.org/abs/2203.05482).
        freeze_embeddings: whether the word embeddings stay as they are.
        freeze_layers: how many of the encoder's lower layers stay as they are, with all
            embeddings; what they say is computed once, so a training with half of them frozen
            takes half the time; not with ``token_dropout``, for then no window comes again.
        precision: what the encoder computes in while it is trained: ``"bfloat16"`` is twice as
            fast where the processor has instructions for it (AVX-512 BF16, AMX, most GPUs).
        weights: how the saved model's large weights are stored; see ``model.weights``.
        quantize: whether the saved encoder computes in 8 bits: faster, a little less exact.
        threads: threads of torch on a CPU; 0 leaves it to torch.
        tensorboard: whether losses, rates and scores are written for TensorBoard as well.
    """

    name: str = "model"
    notes: str = ""
    start: str = "small"
    labels: tuple[str, ...] = scheme.LABELS
    thesis: bool = True
    train: tuple[Source, ...] = ()
    dev: tuple[Source, ...] = ()
    epochs: int = 6
    patience: int = 0
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
    thesis_loss: float = 0.1
    document_gradient: float = 1.0
    teacher: str = ""
    teacher_loss: float = 1.0
    token_dropout: float = 0.0
    ema: float = 0.0
    merge_with: tuple[str, ...] = ()
    freeze_embeddings: bool = True
    freeze_layers: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"
    weights: Literal["float16", "int8"] = "float16"
    quantize: bool = False
    threads: int = 0
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name in ("labels", "merge_with", "train", "dev"):
            value = getattr(self, name)
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)
        _check_kinds(self)
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                most = f" and at most {high:g}" if high < math.inf else ""
                raise ConfigError(f"{name} must be at least {low:g}{most}, found {value}")
        if not self.overlap_tokens < self.window_tokens - 2:
            raise ConfigError(
                f"overlap_tokens ({self.overlap_tokens}) must be less than window_tokens "
                f"({self.window_tokens}) less 2"
            )
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                known = " or ".join(map(repr, choices))
                raise ConfigError(f"{name} must be {known}, found {value!r}")
        self._check_labels()
        self._check_texts_alone()

    def _check_labels(self) -> None:
        if not self.labels or len(set(self.labels)) < len(self.labels):
            raise ConfigError(f"labels must be different names, found {list(self.labels)}")
        sets = [label for label in self.labels if not label or "|" in label]
        if sets:
            raise ConfigError(
                f"labels must be plain names, found {sets[0]!r}; only documents have sets of "
                "labels, such as 'claim|counterclaim'"
            )
        unknown = sorted(set(self.label_weights) - set(self.labels))
        if unknown:
            raise ConfigError(
                f"label_weights name {', '.join(unknown)}, which is not among the labels "
                f"{', '.join(self.labels)}"
            )
        below = [label for label, weight in self.label_weights.items() if not weight >= 0]
        if below:
            raise ConfigError(f"label_weights must be at least 0: {dict(self.label_weights)}")

    def _check_texts_alone(self) -> None:
        needs_annotation = self.dev if self.teacher else (*self.train, *self.dev)
        for source in needs_annotation:
            if source.labels == "none":
                raise ConfigError(
                    f"{source.name}: labels = 'none' leaves texts alone, which only a teacher can "
                    "make use of, below [[train]]: name one, as in teacher = 'base'"
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
            sources = values.get(key, ())
            if not isinstance(sources, list | tuple):
                raise ConfigError(
                    f"{where}: expected [[{key}]] before each source, found {sources!r:.60}"
                )
            if key == "dev":
                sources = [_of_dev(item) for item in sources]
            values[key] = tuple(_build(Source, item, f"{where}: [[{key}]]") for item in sources)
        return _build(cls, values, where)

    def to_toml(self) -> str:
        """The configuration as TOML, every setting of it; ``from_toml`` reads it back."""
        values = self.to_dict()
        tables = [(key, values.pop(key)) for key in ("train", "dev")]
        lines = toml_lines(values)
        for key, sources in tables:
            for source in sources:
                lines += ["", f"[[{key}]]", *toml_lines(source)]
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, path: str | Path) -> Config:
        """The configuration in a TOML file.

        Raises:
            ConfigError: if the file is absent, no TOML, or not a configuration.
        """
        try:
            data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(
                f"{path}: expected a training configuration in TOML; the file cannot be read: "
                f"{error.strerror or error}"
            ) from None
        except ValueError as error:
            raise ConfigError(
                f"{path}: expected a training configuration in TOML: {error}"
            ) from None
        return cls.from_dict(data, str(path))


def _of_dev(source: Any) -> Any:
    """A source below ``[[dev]]``: of a corpus the split ``dev``, unless it says another."""
    is_corpus = isinstance(source, Mapping) and "corpus" in source
    return {"split": "dev", **source} if is_corpus else source


_RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, math.inf),
    "patience": (0, math.inf),
    "seed": (0, 2**31),
    "batch_windows": (1, math.inf),
    "window_tokens": (4, math.inf),
    "overlap_tokens": (0, math.inf),
    "learning_rate": (0, 1),
    "head_learning_rate": (0, 1),
    "layer_decay": (0, 1),
    "warmup": (0, 1),
    "weight_decay": (0, 1),
    "head_layers": (0, math.inf),
    "label_loss": (0, math.inf),
    "relation_loss": (0, math.inf),
    "thesis_loss": (0, math.inf),
    "document_gradient": (0, 1),
    "teacher_loss": (0, math.inf),
    "token_dropout": (0, 0.9),
    "ema": (0, 0.999999),
    "freeze_layers": (0, math.inf),
    "threads": (0, math.inf),
}
_CHOICES = {"weights": ("float16", "int8"), "precision": ("float32", "bfloat16")}
_KINDS = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}

_T = TypeVar("_T", Source, Config)


def _build(cls: type[_T], values: Any, where: str) -> _T:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}: expected settings with names, found {values!r:.60}")
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


def _check_kinds(settings: Source | Config) -> None:
    """Check that every setting is of the kind of its default."""
    for item in fields(settings):
        value, default = getattr(settings, item.name), item.default
        if item.name == "boundaries":
            right, kind = value is None or isinstance(value, bool), _KINDS[bool]
        elif item.name in ("labels", "merge_with") and isinstance(settings, Config):
            right, kind = _all_are(value, str), "a list of names"
        elif isinstance(default, tuple):
            right, kind = _all_are(value, Source), "a list of sources"
        elif default is MISSING:
            right = isinstance(value, Mapping) and all(_is(x, float) for x in value.values())
            kind = "a number for each label, as in { counterclaim = 2.0 }"
        else:
            right, kind = _is(value, type(default)), _KINDS[type(default)]
        if not right:
            raise ConfigError(f"{item.name} must be {kind}, found {value!r:.60}")


def _all_are(values: Any, kind: type) -> bool:
    return isinstance(values, tuple) and all(isinstance(value, kind) for value in values)


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
