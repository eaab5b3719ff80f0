from __future__ import annotations

from pathlib import Path

import pytest

from contend import resources


def test_the_checkout_is_found() -> None:
    assert (resources.corpora_folder() / "soapbox" / "card.json").is_file()
    assert resources.models_folder().name in ("models", "_models")


def test_installed_files_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "contend"
    (package / "_models").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.models_folder() == package / "_models"
    assert resources.corpora_folder() == tmp_path / "corpora"


def test_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONTEND_DATA", str(tmp_path))
    assert resources.data_folder() == tmp_path
    monkeypatch.setenv("CONTEND_DATA", "")
    checkout = Path(resources.__file__).parents[2]
    assert resources.data_folder() == checkout.parent / "shared"
