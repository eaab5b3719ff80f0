"""Hugging Face datasets: documents as a ``datasets.Dataset`` with typed features.

Source: https://huggingface.co/docs/datasets/about_dataset_features and, for folders,
https://huggingface.co/docs/datasets/process#save

A row is a document: ``id``, ``text``, ``segments`` and ``relations`` (lists of structs, labels as
``ClassLabel``) and ``meta`` as JSON. Offsets count Unicode code points. On disk it is what
``Dataset.save_to_disk`` writes, and ``datasets.load_from_disk`` reads, for documents that all have
a ``split`` in ``meta`` a ``DatasetDict``. Nothing is fetched and nothing is cached.

Read are also data sets of others that have a ``text``, with labels that are strings, segments as a
struct of lists, and further columns, which become entries of ``meta``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from contend import scheme
from contend.document import Document
from contend.errors import FormatError, MissingDependencyError
from contend.files import replacing_folder
from contend.formats.base import AS_IS, IGNORED, REPAIRED, Losses, ReadOptions
from contend.formats.hf_rows import COLUMNS, documents_in
from contend.formats.jsonl import encode_jsonl

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, Features

#: The entry of ``meta`` that says to which split a document belongs.
SPLIT = "split"

_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")


def read_datasets(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents of a folder that ``save_to_disk`` wrote, split by split.

    Raises:
        FormatError: if it is not such a folder or a row is not a document.
        MissingDependencyError: if datasets is not installed.
    """
    library = _library()
    try:
        found = library.load_from_disk(str(path))
    except Exception as error:  # of Arrow, of JSON, of the file system
        raise FormatError(
            f"{path}: expected a folder that save_to_disk of Hugging Face datasets wrote: "
            f"{type(error).__name__}: {error}"
        ) from None
    yield from from_dataset(found, options, where=str(path))


def write_datasets(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` to a folder as ``save_to_disk`` does; all are held in memory.

    Returns:
        No losses: a data set holds all that a document has.

    Raises:
        FormatError: if the folder has files already, a text has a lone surrogate, or JSON cannot
            hold ``meta``.
        MissingDependencyError: if datasets is not installed.
    """
    path = Path(path)
    if path.is_dir() and any(path.iterdir()):
        raise FormatError(
            f"{path}: expected a folder that is not there yet or is empty, since files of an "
            "older data set would stay in it; remove it or name another"
        )
    every = list(documents)
    splits = _by_split(every)
    with replacing_folder(path) as folder, _quiet():
        if splits:
            to_dataset(splits).save_to_disk(str(folder))
        else:
            to_dataset(every).save_to_disk(str(folder))
    return Losses()


@overload
def to_dataset(
    documents: Iterable[Document], *, labels: Iterable[str] | None = None
) -> Dataset: ...
@overload
def to_dataset(
    documents: Mapping[str, Iterable[Document]], *, labels: Iterable[str] | None = None
) -> DatasetDict: ...
def to_dataset(
    documents: Iterable[Document] | Mapping[str, Iterable[Document]],
    *,
    labels: Iterable[str] | None = None,
) -> Dataset | DatasetDict:
    """``documents`` as a data set in memory.

    Args:
        documents: any, or split -> documents, as ``contend.read_corpus`` gives them.
        labels: of segments, in the order of their numbers; by default ours, if there are no
            others, or else all that occur.

    Returns:
        A data set with the features that ``features`` describes, or one for each split.

    Raises:
        FormatError: if a document has a label that is not among ``labels``, text with a lone
            surrogate, or a ``meta`` that JSON cannot hold.
        MissingDependencyError: if datasets is not installed.
    """
    library = _library()
    if isinstance(documents, Mapping):
        splits = {name: list(of) for name, of in documents.items()}
        names = _labels([each for of in splits.values() for each in of], labels)
        return library.DatasetDict(
            {name: _dataset(library, of, names) for name, of in splits.items()}
        )
    every = list(documents)
    return _dataset(library, every, _labels(every, labels))


def from_dataset(
    dataset: Any, options: ReadOptions = AS_IS, *, where: str = "dataset"
) -> Iterator[Document]:
    """The documents in the rows of a data set.

    Args:
        dataset: a ``Dataset`` or ``IterableDataset``, or a dictionary of them, whose splits are
            then kept in ``meta["split"]``.
        options: what to repair and how to understand relations.
        where: its name, for messages.

    Raises:
        FormatError: if a row is not a document; the message names it, counted from 0.
    """
    if isinstance(dataset, Mapping):
        for name, of in dataset.items():
            yield from documents_in(
                of, where=f"{where}, split {name}", options=options, more={SPLIT: str(name)}
            )
    else:
        yield from documents_in(dataset, where=where, options=options)


def features(labels: Iterable[str] = scheme.LABELS) -> Features:
    """The features of what ``to_dataset`` gives, for segments with these labels.

    Raises:
        MissingDependencyError: if datasets is not installed.
    """
    library = _library()
    number, text, score = (library.Value(kind) for kind in ("int64", "string", "float64"))
    return library.Features(
        {
            "id": text,
            "text": text,
            "segments": library.List(
                {
                    "start": number,
                    "end": number,
                    "label": library.ClassLabel(names=list(labels)),
                    "score": score,
                    "thesis": library.Value("bool"),
                    "text": text,
                }
            ),
            "relations": library.List(
                {
                    "source": number,
                    "target": number,
                    "label": library.ClassLabel(names=list(scheme.RELATION_LABELS)),
                    "score": score,
                }
            ),
            "meta": text,
        }
    )


def _library() -> Any:
    try:
        import datasets
    except ImportError:
        raise MissingDependencyError.of("datasets", "datasets") from None
    return datasets


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars: only the command line prints."""
    utils = _library().utils
    were_shown = not utils.are_progress_bars_disabled()
    utils.disable_progress_bars()
    try:
        yield
    finally:
        if were_shown:
            utils.enable_progress_bars()


def _by_split(documents: list[Document]) -> dict[str, list[Document]]:
    """Split -> documents, empty unless all say to which they belong."""
    splits: dict[str, list[Document]] = {}
    for document in documents:
        name = document.meta.get(SPLIT)
        if not isinstance(name, str) or not _SPLIT_NAME.fullmatch(name):
            return {}
        splits.setdefault(name, []).append(document)
    return splits


def _labels(documents: list[Document], labels: Iterable[str] | None) -> list[str]:
    used = {segment.label for document in documents for segment in document.segments}
    if labels is None:
        return sorted(used) if used - set(scheme.LABELS) else list(scheme.LABELS)
    names = list(labels)
    for document in documents:
        for segment in document.segments:
            if segment.label not in names:
                raise FormatError(
                    f"{document!r}: expected one of the labels {', '.join(names)}, found "
                    f"{segment.label!r}"
                )
    return names


def _dataset(library: Any, documents: list[Document], labels: list[str]) -> Any:
    rows = [_row(document, labels) for document in documents]
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return library.Dataset.from_dict(columns, features=features(labels))


def _row(document: Document, labels: list[str]) -> dict[str, Any]:
    encode_jsonl(document)  # finds what JSON cannot hold, and says it
    row = document.to_dict()
    for segment in row["segments"]:
        segment["label"] = labels.index(segment["label"])
    for relation in row["relations"]:
        relation["label"] = scheme.RELATION_LABELS.index(relation["label"])
    meta = {k: v for k, v in document.meta.items() if k not in (IGNORED, REPAIRED)}
    row["meta"] = json.dumps(meta)
    try:
        "".join([document.text, document.id, *labels]).encode()
    except UnicodeEncodeError:
        raise FormatError(
            f"{document!r}: its text, id or a label has a lone surrogate, which Arrow cannot hold; "
            "write the document as JSON Lines instead"
        ) from None
    return row
