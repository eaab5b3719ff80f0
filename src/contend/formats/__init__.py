"""File formats, one file each: read and write.

``FORMATS`` has them all; a new one is a file beside this one and an entry here. Nothing but the
format that is asked for is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from contend.document import Document
from contend.errors import FormatError
from contend.formats.base import (
    AS_IS,
    META,
    RELATION_SCORES,
    RELATIONS,
    SEGMENT_SCORES,
    THESES,
    Format,
    Losses,
    ReadOptions,
)

__all__ = [
    "FORMATS",
    "Format",
    "Losses",
    "ReadOptions",
    "find_format",
    "read_documents",
    "write_documents",
]

FORMATS = {
    each.name: each
    for each in (
        Format(
            name="jsonl",
            title="contend JSON Lines",
            extensions=(".jsonl", ".ndjson"),
            specification="https://jsonlines.org",
            container="file",
            cannot_hold=(),
            module="jsonl",
            functions=("read_jsonl", "write_jsonl"),
        ),
        Format(
            name="brat",
            title="brat standoff",
            extensions=(".ann",),
            specification="https://brat.nlplab.org/standoff.html",
            container="either",
            cannot_hold=(META, "labels of several words", "lone surrogates"),
            module="brat",
            functions=("read_brat_corpus", "write_brat_corpus"),
            several=False,
        ),
        Format(
            name="conll",
            title="CoNLL, a word and its BIO tag a line",
            extensions=(".conll", ".conllup", ".bio", ".iob", ".tsv"),
            specification="https://universaldependencies.org/ext-format.html",
            container="file",
            cannot_hold=("white space at the edges of segments", "lone surrogates"),
            module="conll",
            functions=("read_conll", "write_conll"),
        ),
        Format(
            name="label-studio",
            title="Label Studio tasks",
            extensions=(".json",),
            specification="https://labelstud.io/guide/task_format",
            container="file",
            cannot_hold=("attributes other than words",),
            module="label_studio",
            functions=("read_label_studio", "write_label_studio"),
        ),
        Format(
            name="inception",
            title="INCEpTION, UIMA CAS XMI",
            extensions=(".xmi", ".zip"),
            specification="https://inception-project.github.io/releases/latest/docs/user-guide.html",
            container="either",
            cannot_hold=("characters that XML cannot hold", "lone surrogates"),
            module="xmi",
            functions=("read_xmi", "write_xmi"),
            extra="formats",
        ),
        Format(
            name="doccano",
            title="doccano JSON Lines with relations",
            extensions=(".jsonl",),
            specification="https://github.com/doccano/doccano/pull/1823",
            container="file",
            cannot_hold=(THESES, SEGMENT_SCORES, RELATION_SCORES),
            module="doccano",
            functions=("read_doccano", "write_doccano"),
        ),
        Format(
            name="kaggle",
            title="Kaggle Feedback Prize: train.csv and a folder of essays",
            extensions=(".csv",),
            specification="https://www.kaggle.com/competitions/feedback-prize-2021/data",
            container="either",
            cannot_hold=(
                RELATIONS,
                THESES,
                SEGMENT_SCORES,
                RELATION_SCORES,
                META,
                "lone surrogates",
            ),
            module="kaggle",
            functions=("read_kaggle", "write_kaggle"),
        ),
        Format(
            name="aif",
            title="AIF and xAIF argument graphs",
            extensions=(".json",),
            specification="http://www.argumentinterchange.org/specification",
            container="either",
            cannot_hold=(),
            module="aif",
            functions=("read_aif", "write_aif"),
            several=False,
        ),
        Format(
            name="web-annotation",
            title="W3C Web Annotation",
            extensions=(".jsonld", ".json"),
            specification="https://www.w3.org/TR/annotation-model/",
            container="file",
            cannot_hold=(),
            module="webannotation",
            functions=("read_webannotation", "write_webannotation"),
        ),
        Format(
            name="datasets",
            title="Hugging Face datasets.Dataset on disk",
            extensions=(),
            specification="https://huggingface.co/docs/datasets/about_dataset_features",
            container="folder",
            cannot_hold=("lone surrogates",),
            module="hf_datasets",
            functions=("read_datasets", "write_datasets"),
            extra="datasets",
        ),
    )
}

# Of several formats with one ending these are meant unless the other is named.
_USUAL = {".jsonl": "jsonl"}
# What lies in a folder of the format; a folder that is not there yet becomes one of brat.
_IN_FOLDERS = {
    "*.ann": "brat",
    "*.xmi": "inception",
    "train.csv": "kaggle",
    "state.json": "datasets",
    "dataset_dict.json": "datasets",
    "*.json": "aif",
}

_NAME_IT = "name the format (format=NAME, on the command line --from or --to)"


def find_format(path: str | Path, name: str = "") -> Format:
    """The format called ``name``, or else the one that ``path`` looks like.

    Args:
        path: a file or folder, which need not be there yet.
        name: one of ``FORMATS``, or empty to go by the ending of a file's name or by what lies
            in a folder; a folder that is not there yet is one of brat.

    Raises:
        FormatError: if there is no such format, or the path does not tell.
    """
    if name:
        if name not in FORMATS:
            raise FormatError(f"no format is called {name!r}; there are {', '.join(FORMATS)}")
        return FORMATS[name]
    if Path(path).is_dir():
        return _by_content(Path(path))
    extension = Path(path).suffix.lower()
    if not extension or str(path).endswith(("/", os.sep)):
        return FORMATS["brat"]
    able = [each.name for each in FORMATS.values() if extension in each.extensions]
    if extension in _USUAL:
        able = [_USUAL[extension]]
    if len(able) != 1:
        fault = "may be" if able else "belongs to no format; there are"
        raise FormatError(
            f"{path}: the ending {extension} {fault} {', '.join(able or FORMATS)}; {_NAME_IT}"
        )
    return FORMATS[able[0]]


def _by_content(folder: Path) -> Format:
    found = [_IN_FOLDERS[pattern] for pattern in _patterns_in(folder)]
    if not found and any(folder.iterdir()):
        below = (each for each in sorted(folder.iterdir()) if each.is_dir())
        meant = next((each for each in below if _patterns_in(each)), None)
        advice = f"there are some in {meant}, name that folder" if meant else _NAME_IT
        raise FormatError(
            f"{folder}: expected a folder with {', '.join(_IN_FOLDERS)}, found none of them; "
            f"{advice}"
        )
    return FORMATS[found[0] if found else "brat"]


def _patterns_in(folder: Path) -> list[str]:
    return [pattern for pattern in _IN_FOLDERS if any(folder.glob(pattern))]


def read_documents(
    path: str | Path, *, format: str = "", options: ReadOptions = AS_IS
) -> Iterator[Document]:
    """The documents in ``path``, a file or a folder.

    Args:
        path: where they lie.
        format: one of ``FORMATS``; by default ``find_format`` decides.
        options: what to repair and how to understand relations.

    Raises:
        FormatError: if the path does not tell its format or is not what the format says.
    """
    if not Path(path).exists():
        raise FormatError(f"{path}: cannot be read: there is no such file or folder")
    yield from find_format(path, format).read(path, options)


def write_documents(documents: Iterable[Document], path: str | Path, *, format: str = "") -> Losses:
    """Write ``documents`` to ``path``, whole or not at all.

    Args:
        documents: any number; each is written as it comes where the format allows it.
        path: a file or a folder.
        format: one of ``FORMATS``; by default ``find_format`` decides.

    Returns:
        What the format could not hold.

    Raises:
        FormatError: if the path does not tell its format, or a document cannot be written.
    """
    return find_format(path, format).write(documents, path)
