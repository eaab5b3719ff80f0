from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from rich.console import Console
from training_results import curve

from contend.errors import ConfigError
from contend.render.learning import learning_svg, learning_table
from contend.training.events import Event
from contend.training.learning_curve import RESULT, learning_curve


class Killed(BaseException):
    """Stands for the end of the process: nothing in between may catch it."""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    return tiny_model.save_encoder(tmp_path_factory.mktemp("encoders") / "tiny", tokenizer_file)


def run(out: Path, encoder: Path, **options: Any) -> dict[str, Any]:
    config = tiny_model.config(encoder, epochs=1, **options.pop("config", {}))
    corpus = {
        "train": tiny_model.documents(),
        "dev": options.pop("dev", tiny_model.documents(prefix="v")[:2]),
    }
    return learning_curve(corpus, out=out, config=config, **options)


def test_all_of_it(encoder: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    result = run(tmp_path, encoder, draws=2, sizes=("2", "4", "100%"), on_event=events.append)
    assert [(r["n_documents"], r["draw"]) for r in result["runs"]] == [
        (2, 1), (2, 2), (4, 1), (4, 2), (6, 1), (6, 2),
    ]  # fmt: skip
    told = [dict(event.values) for event in events if event.kind == "run"]
    assert [each["run"] for each in told] == [1, 2, 3, 4, 5, 6]
    assert "eta_s" in told[1]
    assert result["start"]["scores"] == {}
    assert "is a bare encoder" in result["start"]["reason"]
    assert [p["n_documents"] for p in result["curves"]["exact_f1"]["ahead"]] == [16, 31, 56, 106]
    assert json.loads((tmp_path / RESULT).read_text(encoding="utf-8")) == result
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == [RESULT, "plan.json", "runs"]
    assert len(list((tmp_path / "runs").iterdir())) == 6
    # More of it costs only what is new.
    events.clear()
    more = run(tmp_path, encoder, draws=2, sizes=("2", "3", "4", "6"), on_event=events.append)
    assert [event.values["n_documents"] for event in events if event.kind == "run"] == [3, 3]
    assert [r for r in more["runs"] if r["n_documents"] != 3] == result["runs"]


def test_settings_that_a_plan_does_not_know_had_their_default(
    encoder: Path, tmp_path: Path
) -> None:
    run(tmp_path, encoder, draws=1, sizes=("6",))
    path = tmp_path / "plan.json"
    plan = json.loads(path.read_text(encoding="utf-8"))
    del plan["config"]["token_dropout"]
    path.write_text(json.dumps(plan), encoding="utf-8")
    run(tmp_path, encoder, draws=1, sizes=("6",))


def kill_at(n_events: int, kind: str) -> Callable[[Event], None]:
    left = [n_events]

    def on_event(event: Event) -> None:
        left[0] -= event.kind == kind
        if not left[0]:
            raise Killed

    return on_event


def test_killed_and_resumed_is_undisturbed(encoder: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"draws": 1, "sizes": ("3", "6")}
    whole = run(tmp_path / "whole", encoder, **options)
    assert whole["curves"] == {}
    assert whole["reason"] == "a curve needs at least 3 sizes and 2 draws; found 2 and 1"
    for place, kind in ((2, "run"), (2, "step"), (1, "tuned")):
        out = tmp_path / f"{kind}{place}"
        with pytest.raises(Killed):
            run(out, encoder, on_event=kill_at(place, kind), **options)
        assert run(out, encoder, **options) == whole


def test_another_training_is_refused(encoder: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"draws": 1, "sizes": ("3",)}
    run(tmp_path, encoder, **options)
    with pytest.raises(ConfigError, match=r"plan\.json: the runs in .* are of another config"):
        run(tmp_path, encoder, config={"ema": 0.5}, **options)


def test_bad_input_leaves_no_folder(encoder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="a learning curve needs documents to score on"):
        run(out, encoder, dev=[])
    with pytest.raises(ConfigError, match="draws must be at least 1, found 0"):
        run(out, encoder, draws=0)
    with pytest.raises(ConfigError, match="size '7': expected a share such as 25%"):
        run(out, encoder, sizes=("7",))
    assert not out.exists()


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("n_draws", [1, 2])
def test_picture_and_table(n_draws: int, before: bool) -> None:
    result = curve(n_draws, before)
    picture = learning_svg(result)
    assert picture.startswith("<svg xmlns=")
    assert picture.endswith("</svg>")
    assert "var(" not in picture
    assert picture.count("<circle") == 2 * 3 * n_draws
    assert ("small as it is" in picture) == before
    console = Console(width=120, record=True, file=StringIO())
    console.print(learning_table(result))
    lines = console.export_text().splitlines()
    assert len(lines) == 1 + before + 3 + (2 if n_draws > 1 else 0)
    if n_draws > 1:
        assert lines[-1].strip().startswith("80 (+50)  expected  .")
        assert re.search(r" \.\d{3} \(\+\.\d{3} to \+\.\d{3}\)", lines[-1])
