from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.errors import ConfigError
from contend.training.config import Config, Source

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SHARES = st.floats(0.001, 8, allow_nan=False)
SOURCES = st.builds(
    Source,
    corpus=NAMES, path=NAMES, split=NAMES, labels=st.sampled_from(["own", "scheme"]), share=SHARES,
    boundaries=st.none() | st.booleans(), relations=st.booleans(),
) | st.builds(Source, file=NAMES, format=NAMES)  # fmt: skip


@st.composite
def configs(draw: st.DrawFn) -> Config:
    labels = draw(st.lists(NAMES.filter(lambda n: "|" not in n), min_size=1, unique=True))
    weights = st.dictionaries(st.sampled_from(labels), st.floats(0, 9) | st.integers(0, 9))
    return Config(
        name=draw(NAMES),
        labels=tuple(labels),
        label_weights=draw(weights),
        train=tuple(draw(st.lists(SOURCES, max_size=3))),
        dev=tuple(draw(st.lists(SOURCES, max_size=2))),
        learning_rate=draw(st.floats(0, 1)),
        seed=draw(st.integers(0, 9999)),
        thesis=draw(st.booleans()),
    )


@given(configs())
def test_toml_round_trip(config: Config) -> None:
    assert Config.from_dict(tomllib.loads(config.to_toml())) == config


def test_toml_file(tmp_path: Path) -> None:
    path = tmp_path / "training.toml"
    path.write_text(
        'labels = ["a", "b"]\nlabel_weights = { b = 2 }\nlearning_rate = 1\n'
        '[[train]]\ncorpus = "soapbox"\nshare = 0.5\n[[train]]\nfile = "mine.jsonl"\n'
    )
    config = Config.from_toml(path)
    assert config.labels == ("a", "b")
    assert config.train == (Source(corpus="soapbox", share=0.5), Source(file="mine.jsonl"))
    path.write_text(config.to_toml(), encoding="utf-8")
    assert Config.from_toml(path) == config


def test_a_corpus_to_choose_on_is_its_dev_split() -> None:
    written = '[[train]]\ncorpus = "a"\n[[dev]]\ncorpus = "a"\n[[dev]]\nfile = "b.jsonl"\n'
    config = Config.from_dict(tomllib.loads(written))
    assert config.train == (Source(corpus="a", split="train"),)
    assert config.dev == (Source(corpus="a", split="dev"), Source(file="b.jsonl"))
    other = Config(dev=(Source(corpus="a"), Source(corpus="a", split="test")))
    assert [source.split for source in other.dev] == ["train", "test"]
    assert Config.from_dict(tomllib.loads(other.to_toml())) == other


def test_lists_become_tuples() -> None:
    # A model's labels are compared with the configuration's: a list would not equal them.
    config = Config(labels=["a", "b"], train=[Source(corpus="soapbox")])  # type: ignore[arg-type]
    assert config.labels == ("a", "b")
    assert config.train == (Source(corpus="soapbox"),)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("epoch = 3", r"training\.toml: unknown setting 'epoch'; known are batch_windows, dev, "),
        ("epochs = '3'", r"training\.toml: epochs must be a whole number, found '3'"),
        ("epochs = true", "epochs must be a whole number, found True"),
        ("epochs = 2.5", r"epochs must be a whole number, found 2\.5"),
        ("epochs = 0", "epochs must be at least 1, found 0"),
        ("seed = -1", "seed must be at least 0"),
        ("ema = 1", "ema must be at least 0 and at most 0.999999, found 1"),
        ("learning_rate = nan", "learning_rate must be at least 0 and at most 1, found nan"),
        ("learning_rate = 'high'", "learning_rate must be a number, found 'high'"),
        ("patience = -1", "patience must be at least 0, found -1"),
        ("precision = 'half'", "precision must be 'float32' or 'bfloat16', found 'half'"),
        ("weights = 'int4'", "weights must be 'float16' or 'int8', found 'int4'"),
        ("[[dev]]\ncorpus = 'a'\nformat = 'brat'", "a: a corpus has no format, only a file"),
        ("thesis = 1", "thesis must be true or false, found 1"),
        ("labels = 'claim'", "labels must be a list of names, found 'claim'"),
        ("labels = [1]", "labels must be a list of names"),
        ("labels = []", r"labels must be different names, found \[\]"),
        ("labels = ['a', 'a']", "labels must be different names"),
        ("labels = ['a|b']", r"labels must be plain names, found 'a\|b'"),
        ("overlap_tokens = 510", r"overlap_tokens \(510\) must be less than window_tokens \(512\)"),
        ("label_weights = 2", "label_weights must be a number for each label"),
        ("label_weights = { claim = 'x' }", "label_weights must be a number for each label"),
        ("label_weights = { clam = 2.0 }", "label_weights name clam, which is not among the"),
        ("label_weights = { claim = -1 }", "label_weights must be at least 0"),
        ("train = 'soapbox'", r"expected \[\[train\]\] before each source, found 'soapbox'"),
        ("[train]\ncorpus = 'soapbox'", r"expected \[\[train\]\] before each source"),
        ("train = ['soapbox']", r"\[\[train\]\]: expected settings with names, found 'soapbox'"),
        ("[[dev]]\nname = 'soapbox'", r"\[\[dev\]\]: unknown setting 'name'; known are boundaries"),
        ("[[dev]]\nsplit = 'dev'", r"\[\[dev\]\]: a source of documents needs either a corpus or"),
        ("[[train]]\ncorpus = 'a'\nfile = 'b'", "needs either a corpus or a file"),
        ("[[train]]\ncorpus = 'a'\nshare = 0", "a: share must be above 0, found 0"),
        ("[[train]]\ncorpus = 'a'\nlabels = 'mine'", "a: labels must be 'own', 'scheme' or 'none'"),
        ("[[train]]\ncorpus = 'a'\nlabels = 'none'", "a: labels = 'none' leaves texts alone"),
        ("teacher = 'base'\n[[dev]]\ncorpus = 'a'\nlabels = 'none'", "only a teacher .* below"),
        ("[[train]]\ncorpus = 'a'\nboundaries = 'no'", "boundaries must be true or false"),
        ("epochs = ", "training.toml: expected a training configuration in TOML: "),
    ],
)
def test_errors_say_what_is_wrong(tmp_path: Path, written: str, message: str) -> None:
    path = tmp_path / "training.toml"
    path.write_text(written)
    with pytest.raises(ConfigError, match=message):
        Config.from_toml(path)


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent.toml: expected a training .* No such file"):
        Config.from_toml(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        Config.from_toml(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"name = 'caf\xe9'")
    with pytest.raises(ConfigError, match=r"latin.toml: expected a training configuration"):
        Config.from_toml(tmp_path / "latin.toml")


@pytest.mark.parametrize("changed", [{"epochs": "6"}, {"train": ("soapbox",)}, {"threads": -1}])
def test_keyword_arguments_are_checked_too(changed: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"{next(iter(changed))} must be "):
        Config(**changed)
