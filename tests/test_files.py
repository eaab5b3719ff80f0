from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.errors import FormatError
from contend.files import decode_text, read_text, replacing


@given(st.text())
def test_utf8_is_read_exactly(text: str) -> None:
    assert decode_text(text.encode(), where="x") == text.removeprefix("\ufeff")
    assert decode_text(b"\xef\xbb\xbf" + text.encode(), where="x") == text


@given(st.binary())
def test_any_bytes_give_text_or_a_format_error(raw: bytes) -> None:
    with suppress(FormatError):
        assert decode_text(raw, where="x").encode() == raw.removeprefix(b"\xef\xbb\xbf")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read: Is a directory"):
        read_text(tmp_path)
    with pytest.raises(FormatError, match="cannot be written"), replacing(tmp_path):
        pass


def test_what_the_body_raises_is_passed_on(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with pytest.raises(TypeError), replacing(file) as out:
        out.writelines([b"half", "no bytes"])  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []


def test_new_files_have_the_usual_mode(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as out:
        out.write(b"x")
    (tmp_path / "b").write_bytes(b"x")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"}
    assert len(modes) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_devices_are_written_to_directly() -> None:
    with replacing(os.devnull) as out:
        out.write(b"x")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
