from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_model
import torch
from transformers import MPNetConfig, MPNetModel

from contend.errors import ModelError
from contend.model.features import N_FEATURES
from contend.model.network import ArgumentNetwork, _offsets, build_encoder, load_encoder


def head_inputs(n_segments: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return (
        torch.randn(n_segments, 16, generator=generator),
        torch.randn(n_segments, 3, generator=generator).log_softmax(-1),
        torch.rand(n_segments, N_FEATURES, generator=generator),
    )


@pytest.mark.parametrize("n_segments", [1, 2, 30])
@pytest.mark.parametrize("head_layers", [0, 1, 2])
def test_head_shapes(n_segments: int, head_layers: int) -> None:
    network = tiny_model.network(head_layers=head_layers).eval()
    scores = network.head(*head_inputs(n_segments))
    assert scores.labels.shape == (n_segments, 3)
    assert scores.heads.shape == (n_segments, n_segments + 1)
    assert scores.attacks.shape == (n_segments, n_segments)
    own = scores.heads[torch.arange(n_segments), torch.arange(n_segments) + 1]
    assert bool((own < -1e8).all())  # no segment supports itself
    assert all(values.isfinite().all() for values in (scores.labels, scores.heads, scores.attacks))


def test_before_training_the_head_follows_the_tagger() -> None:
    states, tagged, features = head_inputs(8)
    labels = tiny_model.network().eval().head(states, tagged, features).labels
    torch.testing.assert_close(labels, tagged)


def test_without_layers_labels_depend_on_the_segment_alone() -> None:
    states, tagged, features = head_inputs(6)
    head = tiny_model.network(head_layers=0).eval().head
    torch.nn.init.normal_(head.labels.weight)
    whole = head(states, tagged, features).labels
    alone = [head(states[i : i + 1], tagged[i : i + 1], features[i : i + 1]) for i in range(6)]
    torch.testing.assert_close(whole, torch.cat([scores.labels for scores in alone]))


def test_pairs_of_segments_are_judged_together() -> None:
    head = tiny_model.network().eval().head
    torch.nn.init.normal_(head.pair_out.weight)
    hidden = torch.randn(30, head.norm.normalized_shape[0])
    judged = head._judge_pairs(hidden, _offsets(torch.arange(30), 10))
    for source, target, place in ((3, 4, 11), (29, 5, 0), (0, 25, 20)):
        target_part = head.pair_target(hidden[target])
        inner = head.pair_source(hidden[source]) + target_part + head.pair_place[place]
        inner = inner + head.pair_factor(hidden[source]) * target_part
        expected = head.pair_out(torch.nn.functional.gelu(inner)).squeeze()
        torch.testing.assert_close(judged[source, target], expected)


def test_labels_in_another_order() -> None:
    network, other = tiny_model.network().eval(), tiny_model.network().eval()
    generator = torch.Generator().manual_seed(7)
    for parameter in network.parameters():  # some are zero at first
        torch.nn.init.normal_(parameter, std=0.3, generator=generator)
    other.load_state_dict(network.state_dict())
    order = [2, 0, 1]
    other.reorder_labels(order)
    ids = torch.randint(5, 1000, (1, 11), generator=generator)
    tags = network(ids)[1][..., [0, 5, 6, 1, 2, 3, 4]]
    torch.testing.assert_close(other(ids)[1], tags)
    states, tagged, features = head_inputs(6)
    ours = other.head(states, tagged[:, order], features)
    theirs = network.head(states, tagged, features)
    torch.testing.assert_close(ours.labels, theirs.labels[:, order])
    torch.testing.assert_close(ours.heads, theirs.heads)
    torch.testing.assert_close(ours.attacks, theirs.attacks)
    assert not torch.allclose(ours.labels, theirs.labels)


def test_padding_changes_nothing() -> None:
    network = tiny_model.network().eval()
    ids = torch.randint(5, 1000, (1, 11), generator=torch.Generator().manual_seed(0))
    states, log_probs = network(ids)
    padded = torch.cat([ids, torch.zeros(1, 9, dtype=torch.long)], dim=1)
    mask = (torch.arange(20) < 11).long()[None]
    padded_states, padded_log_probs = network(padded, mask)
    torch.testing.assert_close(padded_states[:, :11], states, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(padded_log_probs[:, :11], log_probs, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(log_probs.exp().sum(-1), torch.ones(1, 11))


def test_frozen_embeddings() -> None:
    network = tiny_model.network()
    network.freeze_word_embeddings()
    frozen = [name for name, p in network.named_parameters() if not p.requires_grad]
    assert frozen == ["encoder.embeddings.word_embeddings.weight"]


def mpnet() -> ArgumentNetwork:
    config = MPNetConfig(
        vocab_size=1024, hidden_size=16, num_hidden_layers=3, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    return ArgumentNetwork(MPNetModel(config, add_pooling_layer=False), 3)


@pytest.mark.parametrize("make", [tiny_model.network, mpnet])
def test_frozen_lower_layers(make: Callable[[], ArgumentNetwork]) -> None:
    network = make()
    network.freeze_lower(1)
    trained = {name for name, p in network.encoder.named_parameters() if p.requires_grad}
    assert trained
    assert all(name.startswith("encoder.layer.") for name in trained)
    assert not any(name.startswith("encoder.layer.0.") for name in trained)


@pytest.mark.parametrize("make", [tiny_model.network, mpnet])
@pytest.mark.parametrize("n_layers", [1, 2])
def test_lower_then_upper_layers_read_as_all(
    make: Callable[[], ArgumentNetwork], n_layers: int
) -> None:
    network = make().eval()
    names = list(network.state_dict())
    ids = torch.randint(5, 1000, (1, 11), generator=torch.Generator().manual_seed(0))
    lower = network.read_lower(ids, n_layers)
    padded = torch.nn.functional.pad(lower, (0, 0, 0, 4))
    mask = (torch.arange(15) < 11).long()[None]
    states = network.read_upper(padded, mask, n_layers)
    torch.testing.assert_close(states[:, :11], network.encode(ids), atol=1e-5, rtol=1e-4)
    assert list(network.state_dict()) == names


def test_encoders_are_loaded_and_rebuilt(tmp_path: Path, tokenizer_file: Path) -> None:
    encoder = load_encoder(tiny_model.save_encoder(tmp_path / "tiny", tokenizer_file))
    assert encoder.config.attention_probs_dropout_prob == 0.0  # type: ignore[union-attr]
    rebuilt = build_encoder(encoder.config.to_diff_dict())  # type: ignore[union-attr,operator]
    rebuilt.load_state_dict(encoder.state_dict())
    assert rebuilt.config.attention_probs_dropout_prob == 0.0  # type: ignore[union-attr]
    assert not any(name.startswith("pooler") for name, _ in rebuilt.named_parameters())


def test_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a pretrained encoder"):
        load_encoder(tmp_path)
    with pytest.raises(ModelError, match="expected a pretrained encoder"):
        load_encoder(tmp_path / "absent")
