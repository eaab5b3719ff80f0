from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch

import contend
from contend.analyzer import Analyzer
from contend.errors import ConfigError, ContendError
from contend.formats.jsonl import write_jsonl
from contend.training.config import Source
from contend.training.processes import Processes, joined
from contend.training.train import CHECKPOINT, SUMMARY

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(Path(contend.__file__).parents[1]), str(HERE)]),
    "TOKENIZERS_PARALLELISM": "false",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    """What all scenarios left; a process of their own, whose sockets nobody forbids."""
    folder = tmp_path_factory.mktemp("processes")
    done = subprocess.run(
        [sys.executable, str(HERE / "two_processes.py"), str(tokenizer_file), str(folder)],
        capture_output=True, text=True, timeout=900, env=ENVIRONMENT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def seen(folder: Path, name: str) -> list[dict[str, Any]]:
    return [torch.load(path, weights_only=True) for path in sorted(folder.glob(f"{name}-?.pt"))]


def weights(folder: Path) -> list[dict[str, torch.Tensor]]:
    return [torch.load(path, weights_only=True) for path in sorted(folder.glob("weights-?.pt"))]


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_two_give_the_losses_and_gradients_of_one(folder: Path) -> None:
    (alone,), (first, second) = seen(folder, "alone"), seen(folder, "both")
    assert "error" not in alone | first | second
    assert len(alone["losses"]) > 6
    torch.testing.assert_close(first["losses"], alone["losses"], rtol=1e-4, atol=1e-5)
    assert len(alone["grads"]) == len(first["grads"])
    for ours, theirs, again in zip(first["grads"], alone["grads"], second["grads"], strict=True):
        assert (ours is None) == (theirs is None) == (again is None)
        if ours is not None:
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
            assert torch.equal(ours, again)
    assert first["scores"] == pytest.approx(alone["scores"])


def test_only_the_first_tells_evaluates_and_saves(folder: Path) -> None:
    first, second = seen(folder, "whole")
    assert first["kinds"][0] == "start"
    assert first["kinds"].count("epoch") == 2
    assert "kinds" not in second
    log = [json.loads(line) for line in (folder / "whole" / "log.jsonl").read_text().splitlines()]
    assert log[0]["n_processes"] == 2
    assert [line["kind"] for line in log] == ["start", "epoch", "epoch"]
    ours, theirs = weights(folder / "whole")
    assert equal(ours, theirs)


def test_killed_and_resumed_is_undisturbed(folder: Path) -> None:
    first, second = seen(folder, "killed")
    assert first["error"].startswith("Killed")
    assert "the processes of this training did not find or lost each other" in second["error"]
    assert "error" not in seen(folder, "resumed")[0]
    for ours, theirs in zip(weights(folder / "killed"), weights(folder / "whole"), strict=True):
        assert equal(ours, theirs)


def test_what_fails_in_one_fails_in_all(folder: Path) -> None:
    first, second = seen(folder, "one_fails")
    assert first["error"] == "ContendError: process 1: MemoryError: no room"
    assert second["error"] == "MemoryError: no room"
    first, second = seen(folder, "leader_fails")
    assert first["error"] == "OSError: disk full"
    assert second["error"] == "ToldByLeaderError: process 0: OSError: disk full"
    first, second = seen(folder, "bad_label")
    assert first["error"].startswith("ContendError: process 1: the documents given: the model's")
    assert second["error"].startswith("ToldByLeaderError: process 1: the documents given")


def test_all_must_see_the_same(folder: Path) -> None:
    first, second = seen(folder, "other_documents")
    assert first["error"].startswith("ConfigError: the processes of a training must have the same")
    assert "all of them must read the same files" in first["error"]
    assert second["error"].startswith("ToldByLeaderError: the processes of a training must")


def test_all_stop_early(folder: Path) -> None:
    first, second = seen(folder, "stops_early")
    assert "error" not in first | second
    assert first["kinds"].count("epoch") == 2
    assert first["kinds"][-1] == "stopped"


@pytest.mark.parametrize(
    "launch",
    [
        ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
        ["accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1",
         "--mixed_precision", "no", "--dynamo_backend", "no"],
    ],
    ids=["torchrun", "accelerate"],
)  # fmt: skip
def test_launchers(tmp_path: Path, tokenizer_file: Path, launch: list[str]) -> None:
    """The commands of the documentation, the whole way."""
    encoder = tiny_model.save_encoder(tmp_path / "tiny", tokenizer_file)
    write_jsonl(tiny_model.documents(), tmp_path / "train.jsonl")
    config = tiny_model.config(encoder, train=(Source(file=str(tmp_path / "train.jsonl")),))
    (tmp_path / "tiny.toml").write_text(config.to_toml(), encoding="utf-8")
    train = [
        "-m",
        "contend",
        "train",
        str(tmp_path / "tiny.toml"),
        "--out",
        str(tmp_path / "model"),
    ]
    command = [sys.executable, "-m", *launch, *train, "--dev", str(tmp_path / "train.jsonl")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("The model is in") == 1
    assert done.stderr.count("epoch: epoch 1") == 1
    summary = json.loads((tmp_path / "model" / SUMMARY).read_text(encoding="utf-8"))
    assert summary["dev"]["n_also_in_training"] == len(tiny_model.documents())
    assert (tmp_path / "model" / "summary.html").is_file()
    assert not (tmp_path / "model" / CHECKPOINT).exists()
    assert Analyzer.load(tmp_path / "model").analyze(tiny_model.document(2).text).segments


def test_alone() -> None:
    with joined() as processes:
        assert (processes.rank, processes.size, processes.leads) == (0, 1, True)
        assert processes.lead(lambda: 3) == processes.each(lambda: 3) == 3
        processes.check_same({"x": 1}, "")
        with pytest.raises(KeyError):
            processes.each(lambda: {}["x"])
    network = torch.nn.Linear(1, 1)
    losses = {"tag": torch.tensor(2.0, requires_grad=True)}
    assert processes.add_up(network, losses, None) == {"tag": 2.0}
    with pytest.raises(ConfigError):
        processes.add_up(network, losses, ConfigError("x"))


def test_without_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("contend.training.processes.dist.is_initialized", lambda: False)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    monkeypatch.delenv("RANK", raising=False)
    lost = "the processes of this training did not find or lost each other"
    with pytest.raises(ContendError, match=lost), joined():
        pass
    assert Processes(1, 2, torch.device("cpu")).leads is False
