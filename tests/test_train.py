from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch

import contend
from contend import scheme
from contend.analyzer import Analyzer
from contend.document import Document, Segment
from contend.errors import ConfigError, MissingDependencyError, ModelError
from contend.formats.jsonl import write_jsonl
from contend.model import folder as files
from contend.model.card import passed
from contend.model.examples import make_example
from contend.model.export import TorchRuntime, load_network
from contend.scheme import LABELS
from contend.training import finish, steps
from contend.training import train as module
from contend.training.config import Config, Source
from contend.training.processes import Processes
from contend.training.sources import Group
from contend.training.start import find_start, start_from
from contend.training.train import CHECKPOINT, LOG, SUMMARY, Event, train

ESSAY_LABELS = ("MajorClaim", "Claim", "Premise")
TO_ESSAYS = {"claim": "Claim", "evidence": "Premise", "counterclaim": "MajorClaim"}
Weights = dict[str, torch.Tensor]
ALONE = Processes(0, 1, torch.device("cpu"))


class Killed(BaseException):
    """Stands for the end of the process: nothing in between may catch it."""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    return tiny_model.save_encoder(tmp_path_factory.mktemp("encoders") / "tiny", tokenizer_file)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> list[Weights]:
    """No export, which takes seconds; a checkpoint after every step. Gets the final weights."""
    saved: list[Weights] = []

    def finish(self: module.Training) -> None:
        if self.best:
            self.network.load_state_dict(self.best)
        saved.append({name: value.clone() for name, value in self.network.state_dict().items()})

    monkeypatch.setattr(module.Training, "finish", finish)
    monkeypatch.setattr(module, "_CHECKPOINT_SECONDS", -1.0)
    return saved


def run(
    out: Path,
    config: Config,
    *,
    dev: Sequence[Document] = (),
    train_on: Sequence[Document] | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
) -> None:
    documents = tiny_model.documents() if train_on is None else train_on
    train({"train": documents, "dev": dev}, out=out, config=config, on_event=on_event)


def kill_at(step: int, kind: str = "step") -> Callable[[Event], None]:
    def on_event(event: Event) -> None:
        if event.kind == kind and event.step >= step:
            raise Killed

    return on_event


def equal(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("with_dev", [False, True])
def test_killed_and_resumed_is_undisturbed(
    encoder: Path, tmp_path: Path, fast: list[Weights], with_dev: bool
) -> None:
    config = tiny_model.config(encoder, ema=0.8, epochs=2)
    dev = tiny_model.documents(prefix="v")[:2] if with_dev else []
    events: list[Event] = []
    run(tmp_path / "whole", config, dev=dev, on_event=events.append)
    whole = fast.pop()
    n_steps = events[-1].n_steps
    assert n_steps == events[-1].step > 6
    for step in range(1, n_steps + 1) if with_dev else [3]:
        out = tmp_path / f"killed{step}"
        with pytest.raises(Killed):
            run(out, config, dev=dev, on_event=kill_at(step))
        seen: list[Event] = []
        run(out, config, dev=dev, on_event=seen.append)
        assert seen[0].step == step - 1  # the step that was killed had not been stored
        assert equal(fast.pop(), whole), f"killed at step {step}"


@pytest.mark.parametrize("freeze_layers", [0, 1])
def test_killed_and_resumed_with_hidden_tokens(
    encoder: Path, tmp_path: Path, fast: list[Weights], freeze_layers: int
) -> None:
    config = tiny_model.config(encoder, freeze_layers=freeze_layers)
    run(tmp_path / "plain", config)
    plain = fast.pop()
    config = replace(config, token_dropout=0.3)
    run(tmp_path / "whole", config)
    whole = fast.pop()
    assert not equal(whole, plain)
    with pytest.raises(Killed):
        run(tmp_path / "killed", config, on_event=kill_at(5))
    run(tmp_path / "killed", config)
    assert equal(fast.pop(), whole)


def test_killed_and_resumed_with_a_teacher(
    encoder: Path, tmp_path: Path, fast: list[Weights], model_folder: Path
) -> None:
    config = tiny_model.config(encoder, teacher=str(model_folder))
    events: list[Event] = []
    run(tmp_path / "whole", config, on_event=events.append)
    whole = fast.pop()
    assert all(event.values["teacher"] > 0 for event in events if event.kind == "step")
    with pytest.raises(Killed):
        run(tmp_path / "killed", config, on_event=kill_at(5))
    run(tmp_path / "killed", config)
    assert equal(fast.pop(), whole)


def test_a_checkpoint_that_knows_fewer_losses(
    encoder: Path, tmp_path: Path, fast: list[Weights]
) -> None:
    config = tiny_model.config(encoder)
    with pytest.raises(Killed):
        run(tmp_path, config, on_event=kill_at(4))
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    state["history"]["losses"] = [losses[:-1] for losses in state["history"]["losses"]]
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(Killed):
        run(tmp_path, config, on_event=kill_at(6))
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert {len(losses) for losses in state["history"]["losses"]} == {len(steps.LOSSES)}


def test_killed_again_and_again_and_between_checkpoints(
    encoder: Path, tmp_path: Path, fast: list[Weights], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_model.config(encoder, ema=0.9)
    run(tmp_path / "whole", config)
    whole = fast.pop()
    with pytest.raises(Killed):
        run(tmp_path / "out", config, on_event=kill_at(2))
    monkeypatch.setattr(module, "_CHECKPOINT_SECONDS", 1e9)
    for _ in range(3):  # without a new checkpoint each resumption starts at the same place
        with pytest.raises(Killed):
            run(tmp_path / "out", config, on_event=kill_at(3))
    with pytest.raises(Killed):
        run(tmp_path / "out", config, on_event=kill_at(0, "epoch"))
    run(tmp_path / "out", config)
    assert equal(fast.pop(), whole)


def test_killed_after_the_last_epoch(encoder: Path, tmp_path: Path, fast: list[Weights]) -> None:
    config = tiny_model.config(encoder)
    run(tmp_path, config)
    whole = fast.pop()
    seen: list[Event] = []
    run(tmp_path, config, on_event=seen.append)  # the checkpoint is still there
    assert [event.kind for event in seen] == ["start"]
    assert equal(fast.pop(), whole)


def test_same_seed_same_result(encoder: Path, tmp_path: Path, fast: list[Weights]) -> None:
    for place, seed in enumerate((13, 13, 14)):
        torch.rand(place)  # the global random numbers do not count
        run(tmp_path / str(place), tiny_model.config(encoder, seed=seed, epochs=1))
    first, second, other = fast
    assert equal(first, second)
    assert not equal(first, other)


def test_it_learns(encoder: Path, tmp_path: Path, fast: list[Weights]) -> None:
    losses: list[float] = []
    dev: list[dict[str, Any]] = []

    def on_event(event: Event) -> None:
        if event.kind == "step":
            losses.append(event.values["tag"])
        if event.kind == "epoch":
            dev.append(dict(event.values))

    config = tiny_model.config(encoder, epochs=12, freeze_embeddings=False)
    run(tmp_path, config, dev=tiny_model.documents(prefix="v")[:2], on_event=on_event)
    assert sum(losses[-4:]) < sum(losses[:4]) / 3
    assert dev[-1]["exact_f1"] > 0.8 > dev[0]["exact_f1"]
    kinds = [json.loads(line)["kind"] for line in (tmp_path / LOG).read_text().splitlines()]
    assert kinds == ["start", *["epoch"] * 12]


def test_the_best_epoch_is_kept(
    encoder: Path, tmp_path: Path, fast: list[Weights], monkeypatch: pytest.MonkeyPatch
) -> None:
    objectives = iter([0.1, 0.7, 0.3])
    monkeypatch.setattr(module, "dev_objective", lambda scores: next(objectives))
    config = tiny_model.config(encoder, epochs=3)
    run(tmp_path, config, dev=tiny_model.documents(prefix="v")[:1])
    last = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert last["history"]["best_objective"] == 0.7
    assert last["history"]["best_epoch"] == 2
    assert equal(fast[0], last["best"])
    assert not equal(last["best"], last["network"])


@pytest.mark.parametrize(
    ("objectives", "patience", "n_epochs", "best"),
    [
        ([0.1, 0.7, 0.3, 0.7, 0.9], 2, 4, 2),
        ([0.1, 0.7, 0.3, 0.8, 0.2, 0.1], 2, 6, 4),
        ([0.5, 0.5], 1, 2, 1),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 1, 6, 6),
        ([0.5, 0.4, 0.3, 0.2, 0.1, 0.0], 0, 6, 1),
    ],
)
def test_early_stopping(
    encoder: Path, tmp_path: Path, fast: list[Weights], monkeypatch: pytest.MonkeyPatch,
    objectives: list[float], patience: int, n_epochs: int, best: int,
) -> None:  # fmt: skip
    given = iter(objectives)
    monkeypatch.setattr(module, "dev_objective", lambda scores: next(given))
    config = tiny_model.config(encoder, epochs=6, patience=patience)
    seen: list[Event] = []
    dev = tiny_model.documents(prefix="v")[:1]
    one = [tiny_model.document(2)]
    run(tmp_path, config, dev=dev, train_on=one, on_event=seen.append)
    assert [event.kind for event in seen].count("epoch") == n_epochs
    last = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert last["history"]["best_epoch"] == best
    assert equal(fast.pop(), last["best"])
    stopped = [dict(event.values) for event in seen if event.kind == "stopped"]
    assert stopped == ([{"epoch": n_epochs, "best_epoch": best}] if n_epochs < 6 else [])
    # Killed after its end it does not train again.
    seen.clear()
    run(tmp_path, config, dev=dev, train_on=one, on_event=seen.append)
    assert {event.kind for event in seen} <= {"start", "stopped"}
    assert equal(fast.pop(), last["best"])


def test_the_start_is_asked_once(
    encoder: Path, tmp_path: Path, fast: list[Weights], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def of(*args: Any) -> module.Before:
        asked.append(1)
        return module.Before(tuple(tiny_model.documents()[:1]), "")

    monkeypatch.setattr(module.Before, "of", of)
    # Its folder may be the one that is written, so it must not be asked again at the end.
    with pytest.raises(Killed):
        run(tmp_path, tiny_model.config(encoder), on_event=kill_at(3))
    run(tmp_path, tiny_model.config(encoder))
    assert len(asked) == 1
    kept = torch.load(tmp_path / CHECKPOINT, weights_only=True)["before"]
    assert module.Before.from_dict(kept).predicted == tuple(tiny_model.documents()[:1])


def test_one_step_is_a_step(encoder: Path, tmp_path: Path, fast: list[Weights]) -> None:
    start = start_from(tiny_model.config(encoder)).network.state_dict()
    document = tiny_model.document(3)
    run(tmp_path, tiny_model.config(encoder, epochs=1), train_on=[document])
    assert not equal(fast[0], start)
    words = "encoder.embeddings.word_embeddings.weight"
    assert torch.equal(fast[0][words], start[words])


def test_the_mean_with_another_model(encoder: Path, tmp_path: Path, trainable_folder: Path) -> None:
    def trained(name: str, **changed: Any) -> Weights:
        config = tiny_model.config(encoder, epochs=1, ema=0.5, **changed)
        start = start_from(config)
        examples = [make_example(d, start.tokenizer, LABELS) for d in tiny_model.documents()]
        groups = [Group("mine", tuple(examples), 1.0)]
        training = module.Training(config, tmp_path / name, start, groups, [], print, ALONE)
        training.run()
        training.tuned()
        return training.network.state_dict()

    other = load_network(trainable_folder)[0].state_dict()
    own, mean = trained("own"), trained("mean", merge_with=(str(trainable_folder),))
    for name, weight in mean.items():
        torch.testing.assert_close(weight, (own[name] + other[name]) / 2)


def test_documents_without_segments_or_words(
    encoder: Path, tmp_path: Path, fast: list[Weights]
) -> None:
    odd = [Document(""), Document(" \n"), Document("No segment here."), Document("\u200b")]
    dev = [tiny_model.document(3, "v"), replace(odd[0], id="w"), replace(odd[2], id="x")]
    run(tmp_path, tiny_model.config(encoder), train_on=[*odd, tiny_model.document(2)], dev=dev)
    assert all(value.isfinite().all() for value in fast[0].values())


def test_only_label_sets_and_foreign_boundaries(
    encoder: Path, tmp_path: Path, fast: list[Weights]
) -> None:
    both = dict.fromkeys(("claim", "counterclaim"), "claim|counterclaim")
    write_jsonl(tiny_model.documents(both), tmp_path / "sets.jsonl")
    source = Source(file=str(tmp_path / "sets.jsonl"), boundaries=False, relations=False)
    train(out=tmp_path / "m", config=tiny_model.config(encoder, train=(source,)))
    assert all(value.isfinite().all() for value in fast[0].values())


def test_checkpoint_of_another_training_is_refused(
    encoder: Path, tmp_path: Path, fast: list[Weights]
) -> None:
    config = tiny_model.config(encoder)
    with pytest.raises(Killed):
        run(tmp_path, config, on_event=kill_at(3))
    with pytest.raises(
        ConfigError,
        match=r"checkpoint\.pt: .* with another configuration \(epochs was 2 and is 3\); choose",
    ):
        run(tmp_path, replace(config, epochs=3))
    with pytest.raises(ConfigError, match=r"checkpoint\.pt: .* with other documents; choose"):
        run(tmp_path, config, train_on=tiny_model.documents()[:-1])
    run(tmp_path, config)
    assert fast


def test_a_diverged_training_says_so(
    encoder: Path, tmp_path: Path, fast: list[Weights], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor(float("nan"), requires_grad=True), torch.tensor(1.0)

    monkeypatch.setattr(steps, "tag_loss", broken)
    with pytest.raises(ConfigError, match=r"step 0: expected finite losses, .* learning rates"):
        run(tmp_path, tiny_model.config(encoder))


def test_bad_input_leaves_no_folder(encoder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="no documents to train on"):
        train({}, out=out, config=tiny_model.config(encoder))
    with pytest.raises(ConfigError, match="the model's labels are claim"):
        run(out, tiny_model.config(encoder), train_on=tiny_model.documents(TO_ESSAYS))
    with pytest.raises(ConfigError, match=r"window_tokens = 65: .* reads at most 64 at once"):
        run(out, tiny_model.config(encoder, window_tokens=65))
    with pytest.raises(ConfigError, match=r"patience = 2: without documents to choose on \(dev\)"):
        run(out, tiny_model.config(encoder, patience=2))
    with pytest.raises(ConfigError, match="start = 'nowhere': expected a model or an encoder"):
        run(out, tiny_model.config("nowhere"))
    assert not out.exists()


def test_encoders_by_name(encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTEND_ENCODERS", str(encoder.parent))
    assert find_start("tiny") == encoder


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("evidence", "claim", "counterclaim"), "claim"),
        (ESSAY_LABELS, "MajorClaim"),
    ],
)
def test_which_label_a_thesis_has(
    encoder: Path, tmp_path: Path, labels: tuple[str, ...], expected: str
) -> None:
    config = tiny_model.config(encoder, labels=labels)
    start = start_from(config)
    training = module.Training(config, tmp_path, start, [], [], print, ALONE)
    assert training.settings.thesis_label == expected


def test_a_thesis_has_the_label_that_most_have(encoder: Path, tmp_path: Path) -> None:
    config = tiny_model.config(encoder)
    start = start_from(config)

    def label(*to: str) -> str:
        examples = [
            make_example(tiny_model.document(2, labels={"claim": each}), start.tokenizer, LABELS)
            for each in to
        ]
        group = Group("mine", tuple(examples), 1.0)
        training = module.Training(config, tmp_path, start, [group], [], print, ALONE)
        return training.settings.thesis_label

    assert label("evidence", "claim", "evidence") == "evidence"
    assert label("claim", "evidence") == label("evidence", "claim") == "claim"
    assert label("claim|evidence", "claim|evidence", "counterclaim") == "counterclaim"


# The whole way, export included: one model for all tests below.


@pytest.fixture(scope="module")
def essays_model(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the essays' labels, trained on JSON Lines files; killed while it was saved."""
    folder = tmp_path_factory.mktemp("essays")
    write_jsonl(tiny_model.documents(TO_ESSAYS), folder / "train.jsonl")
    write_jsonl(tiny_model.documents(TO_ESSAYS, prefix="v")[:3], folder / "dev.jsonl")
    config = tiny_model.config(
        encoder, name="essays", labels=ESSAY_LABELS, thesis=False, quantize=False, epochs=10,
        train=(Source(file=str(folder / "train.jsonl")),),
        dev=(Source(file=str(folder / "dev.jsonl")),),
    )  # fmt: skip
    out = folder / "model"
    (out / files.TRAINING).parent.mkdir()
    (out / files.TRAINING).write_text(f"# why it is so\n{config.to_toml()}", encoding="utf-8")

    with pytest.raises(Killed):
        train(out=out, config=config, on_event=kill_at(0, "tuned"))
    assert sorted(file.name for file in out.iterdir()) == [CHECKPOINT, LOG, files.TRAINING]
    with pytest.raises(Killed):
        train(out=out, config=config, on_event=kill_at(0, "summary"))
    assert (out / CHECKPOINT).is_file()
    seen: list[str] = []
    train(
        out=out,
        config=Config.from_toml(out / files.TRAINING),
        on_event=lambda event: seen.append(event.kind),
    )
    assert seen == ["start", "tuned", "summary", "saved"]
    return out


def test_summary(essays_model: Path) -> None:
    summary = json.loads((essays_model / SUMMARY).read_text(encoding="utf-8"))
    assert summary["training"]["documents"] == {
        str(essays_model.parent / "train.jsonl"): len(tiny_model.LENGTHS)
    }
    assert summary["training"]["epochs"] == len(summary["epochs"]) == 10
    assert summary["losses"][-1]["step"] == summary["training"]["steps"]
    stored = files.read_config(essays_model)["scores"]["dev"]
    assert summary["dev"]["scores"]["exact_f1"]["value"] == stored["exact_f1"]
    assert summary["dev"]["n_also_in_training"] == 3  # the names differ, not the texts
    assert "is a bare encoder" in summary["comparison"]["reason"]


def test_labels_of_another_scheme(essays_model: Path) -> None:
    analyzer = Analyzer.load(essays_model)
    gold = tiny_model.documents(TO_ESSAYS, prefix="v")[:3]
    report = contend.evaluate(analyzer.analyze_many, gold, n_resamples=10)
    assert report.labels == ("Claim", "MajorClaim", "Premise")
    assert (report.scores["exact_f1"].value or 0) > 0.5
    assert not any(document.thesis for document in report.predicted)
    stored = files.read_config(essays_model)["scores"]["dev"]
    assert stored["exact_f1"] == report.scores["exact_f1"].value
    assert stored["word_f1/Premise"] == report.scores["word_f1/Premise"].value


def test_what_lies_in_the_folder(essays_model: Path) -> None:
    names = {files.CONFIG, files.TOKENIZER, files.ENCODER, files.HEAD, files.WEIGHTS,
             files.TRAINING, files.CARD}  # fmt: skip
    assert {file.name for file in essays_model.iterdir()} == {*names, LOG, SUMMARY}
    config = files.read_config(essays_model)
    assert set(config["files"]) == names - {files.CONFIG, files.CARD}
    files.verify(essays_model, config, tuple(config["files"]))
    assert (essays_model / files.TRAINING).read_text().startswith("# why it is so\n")
    log = [json.loads(line) for line in (essays_model / LOG).read_text().splitlines()]
    assert [line["kind"] for line in log].count("epoch") == 10
    assert log[-1]["kind"] == "saved"


@pytest.mark.parametrize("labels", [ESSAY_LABELS, ESSAY_LABELS[1:] + ESSAY_LABELS[:1]])
def test_warm_start_with_the_same_labels(essays_model: Path, labels: tuple[str, ...]) -> None:
    config = tiny_model.config(essays_model, labels=list(labels))
    start = start_from(config)
    loaded = Analyzer.load(essays_model)
    settings = replace(loaded.settings, labels=labels)
    warm = Analyzer(settings, start.tokenizer, TorchRuntime(start.network))
    for document in tiny_model.documents():
        ours, theirs = warm.analyze(document.text), loaded.analyze(document.text)
        assert ours == theirs
        for one, other in zip(ours.segments, theirs.segments, strict=True):
            assert one.score == pytest.approx(other.score, abs=0.02)  # stored at half precision


@pytest.mark.parametrize("changed", [{"labels": scheme.LABELS}, {"head_layers": 2}])
def test_warm_start_keeps_the_encoder_alone(essays_model: Path, changed: dict[str, Any]) -> None:
    config = tiny_model.config(essays_model, **{"labels": ESSAY_LABELS, **changed})
    network = start_from(config).network
    before, _ = load_network(essays_model)
    theirs = before.encoder.state_dict()
    assert all(torch.equal(v, theirs[k]) for k, v in network.encoder.state_dict().items())
    assert not torch.equal(network.tagger.weight, before.tagger.weight)
    assert len(network.head.layers) == config.head_layers
    assert equal(network.state_dict(), start_from(config).network.state_dict())


def test_a_failed_export_keeps_the_model_before_and_the_work(
    essays_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "model"
    out.mkdir()
    for file in essays_model.iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    (out / files.TRAINING).write_text("no TOML")
    config = tiny_model.config(essays_model, labels=ESSAY_LABELS, epochs=1)

    def fail(folder: Path, *args: Any, **options: Any) -> None:
        (folder / files.WEIGHTS).write_bytes(b"half")
        raise ModelError("the exported graphs differ")

    monkeypatch.setattr(finish, "save_model", fail)
    with pytest.raises(ModelError, match="the exported graphs differ"):
        run(out, config, train_on=tiny_model.documents(TO_ESSAYS))
    text = tiny_model.document(4).text
    assert Analyzer.load(out).analyze(text) == Analyzer.load(essays_model).analyze(text)
    assert {file.name for file in out.iterdir()} == {
        CHECKPOINT,
        *(f.name for f in essays_model.iterdir()),
    }


def test_the_training_file_counts_the_documents_passed(tmp_path: Path) -> None:
    config = tiny_model.config("x", train=(Source(corpus="soapbox"),))
    (tmp_path / files.TRAINING).write_text(f"# why\n{config.to_toml()}", encoding="utf-8")
    for n_documents in (3, 4):
        written = finish.training_file(tmp_path, config, n_documents)
        assert written == f"# why\n{config.to_toml()}{passed(n_documents)}"
        (tmp_path / files.TRAINING).write_text(written, encoding="utf-8")
    assert finish.training_file(tmp_path, config, 0) == f"# why\n{config.to_toml()}"


def test_without_the_extra() -> None:
    script = """
import sys
sys.modules["torch"] = None
import contend
assert contend.Document("x").text == "x"
try:
    contend.train
except contend.ContendError as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(contend.__file__).parents[1])},
    )  # fmt: skip
    assert done.stdout.startswith("MissingDependencyError this needs torch, which is not")
    assert "pip install 'contend[train]'" in done.stdout


def test_what_the_export_needs_is_asked_for_first(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "onnxscript" else name)
    with pytest.raises(MissingDependencyError, match="this needs onnxscript"):
        run(tmp_path / "out", tiny_model.config(encoder))
    assert not (tmp_path / "out").exists()


def test_a_thesis_alone(encoder: Path, tmp_path: Path, fast: list[Weights]) -> None:
    document = Document("It does not.", (Segment(0, 12, "claim", True),))
    run(tmp_path, tiny_model.config(encoder), train_on=[document])
    assert fast
