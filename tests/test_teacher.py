from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_model
import torch
from tokenizers import Tokenizer, pre_tokenizers

from contend.document import Document
from contend.errors import ConfigError, ModelError
from contend.model.examples import Example, make_example
from contend.model.export import load_network
from contend.model.tokens import TextTokenizer
from contend.scheme import LABELS
from contend.training.batches import collate
from contend.training.config import Config
from contend.training.losses import tag_loss
from contend.training.steps import StepLosses
from contend.training.teacher import Teacher

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def examples(tokenizer: TextTokenizer) -> list[Example]:
    return [make_example(document, tokenizer, LABELS) for document in tiny_model.documents()]


def config(teacher: Path, **changed: object) -> Config:
    return tiny_model.config("x", teacher=str(teacher), **changed)


def test_it_says_what_its_network_says(examples: list[Example], model_folder: Path) -> None:
    said = Teacher(config(model_folder), CPU).answers(examples[4])
    network, _ = load_network(model_folder)
    network.eval()
    example = examples[4]
    batch = collate([example], TextTokenizer(model_folder / "tokenizer.json"), config(model_folder))
    with torch.no_grad():
        _, log_probs = network(batch.ids, batch.mask)
    words = log_probs.flatten(0, 1)[batch.rows[0]][torch.from_numpy(example.tokens.word_token)]
    np.testing.assert_allclose(said["tag"].float(), words.exp(), atol=1e-3)
    n = len(example.spans)
    assert said["label"].shape == (n, 3)
    assert said["relation"].shape == (n, n + 1)
    assert said["thesis"].shape == (n,)
    assert said["attack"].shape == (n, n, 2)
    for each in said.values():
        np.testing.assert_allclose(each.float().sum(-1), 1, atol=5e-3)


def test_labels_in_another_order(examples: list[Example], model_folder: Path) -> None:
    order = [2, 0, 1]
    labels = tuple(LABELS[place] for place in order)
    teacher = Teacher(config(model_folder, labels=labels), CPU)
    example = make_example(examples[3].document, teacher._tokenizer, labels)
    usual = Teacher(config(model_folder), CPU).answers(examples[3])
    assert torch.equal(teacher.answers(example)["label"], usual["label"][:, order])


def test_each_document_is_read_once(
    examples: list[Example], model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = Teacher(config(model_folder), CPU)
    reads: list[int] = []
    encode = teacher._network.encode
    monkeypatch.setattr(teacher._network, "encode", lambda *a: reads.append(1) or encode(*a))
    for example in (*examples, *examples):
        teacher.answers(example)
    assert len(reads) == len({example.document.text for example in examples})


def test_what_is_not_annotated_is_taught_too(tokenizer: TextTokenizer, model_folder: Path) -> None:
    document = Document(tiny_model.document(4).text)
    example = make_example(document, tokenizer, LABELS, boundaries=False)
    network = tiny_model.network()
    allowed = torch.from_numpy(example.tags)
    assert float(tag_loss(torch.zeros(allowed.shape), allowed, torch.ones(7))[1]) == 0
    settings = config(model_folder)
    losses = StepLosses(network, settings, CPU)
    found = losses.of(collate([example], tokenizer, settings), [example])
    assert found["teacher"].item() > 0
    losses.total(found).backward()
    assert network.tagger.weight.grad is not None
    assert network.tagger.weight.grad.any()


def test_a_network_comes_nearer_to_its_teacher(
    examples: list[Example], tokenizer: TextTokenizer, model_folder: Path
) -> None:
    network, settings = tiny_model.network().eval(), config(model_folder)
    losses = StepLosses(network, settings, CPU)
    batch = collate(examples, tokenizer, settings)
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    seen = []
    for _ in range(15):
        optimizer.zero_grad()
        loss = losses.of(batch, examples)["teacher"]
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert seen[-1] < 0.7 * seen[0]


def test_other_labels(model_folder: Path) -> None:
    with pytest.raises(ConfigError, match="it labels claim, evidence, counterclaim, the model to"):
        Teacher(config(model_folder, labels=("Claim", "Premise")), CPU)


def test_longer_windows(model_folder: Path) -> None:
    with pytest.raises(ConfigError, match="reads at most 128 at once"):
        Teacher(config(model_folder, window_tokens=256), CPU)


def test_no_such_teacher(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nobody"):
        Teacher(config(tmp_path / "nobody"), CPU)


def test_other_words(
    examples: list[Example], tokenizer_file: Path, model_folder: Path, tmp_path: Path
) -> None:
    other = Tokenizer.from_file(str(tokenizer_file))
    other.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    other.save(str(tmp_path / "tokenizer.json"))
    example = make_example(examples[0].document, TextTokenizer(tmp_path / "tokenizer.json"), LABELS)
    with pytest.raises(ConfigError, match=r"'d0' into 2. words, the model to be trained into 2"):
        Teacher(config(model_folder), CPU).check([examples[0], example])
