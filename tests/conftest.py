"""Fixtures for several test files: a tiny network with random weights, and its analyzer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from contend.analyzer import Analyzer
from contend.model.runtime import Runtime
from contend.model.settings import Settings
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS

# A busy machine is no error; what must be fast has a test that measures processor time.
hypothesis.settings.register_profile("contend", deadline=None)
hypothesis.settings.load_profile("contend")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than five seconds")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"model_folder", "parted_folder"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker("slow")  # their export takes that long


_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,:;!?'\"-()"
_WORDS = ("the", "bus", "lane", "must", "go", "critics", "say", "lives", "year", "##s", "##ing")


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WordPiece tokenizer that truncates and pads to 128 tokens, as pretrained ones do."""
    words = ["[PAD]", "[CLS]", "[SEP]", "[MASK]", "[UNK]"]
    words += [*_CHARACTERS, *(f"##{character}" for character in _CHARACTERS), *_WORDS[:-2]]
    tokenizer = Tokenizer(
        models.WordPiece({word: place for place, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.add_special_tokens(words[:5])
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(length=128)
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="session")
def tokenizer(tokenizer_file: Path) -> TextTokenizer:
    return TextTokenizer(tokenizer_file)


@pytest.fixture(scope="session")
def network() -> Any:
    """2 layers x 16, random weights, large enough that it has opinions."""
    torch = pytest.importorskip("torch", reason="needs the extra 'train'")
    transformers = pytest.importorskip("transformers", reason="needs the extra 'train'")
    from contend.model.network import ArgumentNetwork

    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=1024, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=128, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    network = ArgumentNetwork(transformers.BertModel(config, add_pooling_layer=False), len(LABELS))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() > 1 and not name.startswith("encoder"):
                parameter.normal_(std=2 * parameter.shape[1] ** -0.5)
    return network.eval()


@pytest.fixture(scope="session")
def runtime(network: Any) -> Runtime:
    """The network in torch."""
    from contend.model.export import TorchRuntime

    return TorchRuntime(network)


@pytest.fixture(scope="session")
def make_analyzer(tokenizer: TextTokenizer, runtime: Runtime) -> Callable[..., Analyzer]:
    """A function from settings to an analyzer; windows of 64 tokens unless told."""

    def make(**changed: Any) -> Analyzer:
        settings = {"labels": LABELS, "window_tokens": 64, "overlap_tokens": 16, **changed}
        return Analyzer(Settings(**settings), tokenizer, runtime, name="tiny")

    return make


@pytest.fixture(scope="session")
def analyzer(make_analyzer: Callable[..., Analyzer]) -> Analyzer:
    return make_analyzer()


@pytest.fixture(scope="session")
def model_folder(
    tmp_path_factory: pytest.TempPathFactory, network: Any, tokenizer: TextTokenizer
) -> Path:
    """The tiny network as a model folder, unquantised."""
    pytest.importorskip("onnxscript", reason="needs the extra 'train'")
    from contend.model.export import save_model

    folder = tmp_path_factory.mktemp("models") / "tiny"
    settings = Settings(labels=LABELS, window_tokens=64, overlap_tokens=16)
    save_model(folder, network, name="tiny", settings=settings, tokenizer=tokenizer, quantize=False)
    return folder


@pytest.fixture(scope="session")
def trainable_folder(tmp_path_factory: pytest.TempPathFactory, tokenizer: TextTokenizer) -> Path:
    """A model folder with the network of ``tiny_model``."""
    pytest.importorskip("onnxscript", reason="needs the extra 'train'")
    import tiny_model

    from contend.model.export import save_model

    folder = tmp_path_factory.mktemp("models") / "trainable"
    settings = Settings(labels=LABELS, window_tokens=32, overlap_tokens=8)
    save_model(
        folder, tiny_model.network(), name="trainable", settings=settings, tokenizer=tokenizer
    )
    return folder


@pytest.fixture(scope="session")
def parted_folder(model_folder: Path) -> Path:
    """The same saved anew as large models are: in 8 bits, in parts, graphs that refer to them."""
    from contend.model import export, weights

    folder = model_folder.parent / "parted"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "LARGE", 256)
        patch.setattr(weights, "PART_BYTES", 20_000)
        export.main([str(model_folder), str(folder), "--weights", "int8"])
    return folder
