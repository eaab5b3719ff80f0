from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tiny_model
from test_html import Page
from training_results import DEV, history, summary, wrong

from contend.document import Document
from contend.model.tokens import TextTokenizer
from contend.render.summary import summary_page
from contend.scheme import LABELS
from contend.training.history import History
from contend.training.start import Start
from contend.training.summary import NONE, Before


def test_history_knows_the_best_epoch() -> None:
    made = history()
    assert (made.best_epoch, made.n_epochs_since_best, made.steps) == (2, 1, [500, 1000, 1500])
    assert History(**made.to_dict()) == made


def test_what_it_says() -> None:
    found = summary()
    assert found["training"] == {
        "documents": {"mine <&>": 20}, "steps": 1500, "epochs": 3, "most_epochs": 6,
        "best_epoch": 2, "patience": 0, "seed": 13,
    }  # fmt: skip
    assert len(found["losses"]) == 200
    assert found["losses"][0]["tag"] == 3.0
    assert found["losses"][-1] == {
        "step": 1500, "tag": 1.0, "label": 1.0, "relation": 0.0, "thesis": 0.0,
        "teacher": 0.0,
    }  # fmt: skip
    dev = found["dev"]
    assert dev["scores"]["exact_f1"]["value"] == 1.0
    assert dev["scores"]["exact_f1"]["signature"].startswith("exact_f1|split:dev|docs:6|unit:segm")
    assert dev["confusion"]["labels"] == [*LABELS, NONE]
    assert sum(map(sum, dev["confusion"]["words"])) == sum(len(d.text.split()) for d in DEV)
    right = dev["errors"]["kinds"].index("right")
    assert sum(dev["errors"]["gold"][right]) == sum(len(d.segments) for d in DEV)
    assert found["comparison"] == {"with": "small", "reason": "it is a bare encoder", "scores": {}}


def test_it_is_better_than_its_start() -> None:
    compared = summary(before=Before(tuple(wrong(DEV))))["comparison"]["scores"]
    exact = compared["exact_f1"]
    assert exact["after"] == 1.0
    assert exact["before"] == pytest.approx(1.0 - exact["difference"])
    assert 0 < exact["low"] <= exact["difference"] <= exact["high"]
    assert exact["p_value"] < 0.2
    assert "boot:1000|test:paired-randomisation|seed:0" in exact["signature"]
    assert "calibration_error" not in compared
    same = summary(before=Before(tuple(DEV)))["comparison"]["scores"]["exact_f1"]
    assert (same["difference"], same["p_value"]) == (0.0, 1.0)


def test_without_dev() -> None:
    found = summary(dev=[], before=Before(reason="there are no documents to compare on (dev)"))
    assert found["dev"] is None
    assert found["comparison"]["scores"] == {}
    page = summary_page(found)
    Page(page)
    assert "No documents to choose on (dev) were given" in page


def test_when_it_cannot_be_compared(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    def why(labels: tuple[str, ...], dev: list[Document]) -> str:
        start = Start(tiny_model.network(), tokenizer, tmp_path, labels)
        found = Before.of(start, tiny_model.config("small"), dev)
        assert found.predicted == ()
        assert Before.from_dict(found.to_dict()) == found
        return found.reason

    assert why(LABELS, []) == "there are no documents to compare on (dev)"
    assert why((), DEV) == "small is a bare encoder, which finds nothing by itself"
    assert "small has other labels (Claim, Premise) than this model" in why(
        ("Claim", "Premise"), DEV
    )
    assert "expected a folder with config.json" in why(LABELS, DEV)


def test_the_start_is_asked_as_it_lies_there(
    model_folder: Path, tokenizer: TextTokenizer, tmp_path: Path
) -> None:
    folder = tmp_path / "start"
    shutil.copytree(model_folder, folder)
    start = Start(tiny_model.network(), tokenizer, folder, tuple(reversed(LABELS)))
    before = Before.of(start, tiny_model.config("small"), DEV)
    assert [document.text for document in before.predicted] == [d.text for d in DEV]
    assert before.predicted[0].meta["model"] == "tiny"
    assert Before.from_dict(before.to_dict()) == before


def test_one_document_has_a_dash_for_intervals() -> None:
    found = summary(dev=DEV[:1], before=Before(tuple(wrong(DEV[:1]))))
    exact = found["comparison"]["scores"]["exact_f1"]
    assert (exact["low"], exact["high"]) == (None, None)
    html = summary_page(found)
    assert "+.000 to" not in html
    assert "<td>–</td><td>1.000</td>" in html  # interval and p of the comparison
    assert "<td>1.000</td><td>–</td>" in html  # score and interval


@pytest.mark.parametrize("also", [0, 2])
@pytest.mark.parametrize("before", [Before(tuple(wrong(DEV))), None])
def test_page(before: Before | None, also: int) -> None:
    found = summary(before=before, also=also)
    html = summary_page(found)
    page = Page(html)
    assert "script" not in page.tags
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "mine &lt;&amp;&gt; 20" in html
    assert "3 of 6 epochs, stopped early, 1,500 steps · epoch 2 is kept" in html
    assert ("Not compared with its start: it is a bare encoder." in html) == (before is None)
    assert ("Compared with its start, small" in html) == (before is not None)
    assert ("2 of the 6 dev documents were also learnt from" in html) == bool(also)
    assert html.count("<svg") == 2
    for kind in ("merged", "invented"):
        assert f'<th scope="col">{kind}</th>' in html
