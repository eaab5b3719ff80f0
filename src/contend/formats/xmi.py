"""INCEpTION: annotated texts as UIMA CAS XMI, in archives, folders or single files.

Source: https://inception-project.github.io/releases/latest/docs/user-guide.html, "UIMA CAS XMI
(XML 1.0)"

A document is ``NAME.xmi``; ``TypeSystem.xml`` beside it describes its layers, the same for all
documents of a folder or archive. ``contend.formats.cas`` has what stands in them. INCEpTION
imports ``.xmi`` files into a project with the layers, which ``TypeSystem.xml`` can be imported as.
It exports a document as an archive of both files, and a project with this format as the secondary
one as an archive of such archives; there the curated annotations of a document are read, or else
those of its only annotator.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from contend.document import Document
from contend.errors import FormatError
from contend.files import read_whole, replacing, replacing_folder
from contend.formats.archive import Archive, open_archive
from contend.formats.base import AS_IS, Losses, ReadOptions, file_stem
from contend.formats.cas import OwnTypes, TypeSystems, encode_cas
from contend.formats.cas_layers import decode_cas

TYPES = "TypeSystem.xml"
_XMI, _ZIP = ".xmi", ".zip"
_ADVICE = "an article has no such size; is it XMI?"
# Where the export of a project has a document's annotations: by whom, or curated.
_IN_PROJECT = re.compile(r"(?:.*/)?(annotation|curation)/([^/]+)/([^/]+)\.(?:zip|xmi)")
_AT_FIRST = "INITIAL_CAS"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # archives of the same documents are the same


def read_xmi(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents of a file, a folder or an archive.

    Args:
        path: ``NAME.xmi`` with ``TypeSystem.xml`` beside it, a folder or ``.zip`` of such, or of
            archives with one document each, or the export of an INCEpTION project.
        options: what to repair and how to understand relations.

    Raises:
        FormatError: if a file is absent or is not XMI of an annotated text, or a document of a
            project has several annotators and is not curated.
        MissingDependencyError: if dkpro-cassis is not installed.
    """
    path = Path(path)
    systems = TypeSystems()
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.suffix.lower() in (_XMI, _ZIP))
        if not files:
            raise FormatError(f"{path}: expected .xmi or .zip files in this folder, found none")
    else:
        files = [path]
    for file in files:
        with options.reading_one():
            if file.suffix.lower() == _ZIP:
                with open_archive(file) as archive:
                    yield from _read_archive(archive, systems, options)
            else:
                yield _read_file(file, systems, options)


def write_xmi(documents: Iterable[Document], path: str | Path) -> Losses:
    """Write ``documents`` for INCEpTION.

    Args:
        documents: with ids that can be names of files, or a single one.
        path: an archive (``.zip``), a folder, or ``NAME.xmi`` for a single document; then
            ``TypeSystem.xml`` comes beside it.

    Returns:
        No losses: a CAS holds all that a document has.

    Raises:
        FormatError: if an id cannot name a file or is given twice, a text or label has a
            character that XML cannot hold, or another ``TypeSystem.xml`` is in the way.
        MissingDependencyError: if dkpro-cassis is not installed.
    """
    path = Path(path)
    types = OwnTypes()
    if path.suffix.lower() == _ZIP and not path.is_dir():
        _write_archive(documents, path, types)
    elif path.suffix.lower() == _XMI and not path.is_dir():
        every = list(documents)
        if len(every) != 1:
            raise FormatError(
                f"{path}: an .xmi file holds one document, found {len(every)}; name a folder or "
                "a .zip file"
            )
        content = encode_cas(every[0], types, where=str(path))
        _check_types(path.parent, types)
        with replacing(path) as file:
            file.write(content)
        with replacing(path.with_name(TYPES)) as file:
            file.write(types.encode())
    else:
        with replacing_folder(path) as folder:
            for stem, content in _encoded(documents, path, types):
                (folder / f"{stem}{_XMI}").write_bytes(content)
            _check_types(path, types)
            (folder / TYPES).write_bytes(types.encode())
    return Losses()


def _read_file(file: Path, systems: TypeSystems, options: ReadOptions) -> Document:
    raw = read_whole(file, advice=_ADVICE)
    beside = next((x for x in file.parent.glob("*") if x.name.lower() == TYPES.lower()), None)
    if beside is None:
        raise FormatError(
            f"{file}: expected {TYPES} beside it, which describes the layers; INCEpTION exports "
            "both in one archive"
        )
    types = systems.of(read_whole(beside, advice=_ADVICE), str(beside))
    return decode_cas(raw, types, name=file.stem, where=str(file), options=options)


def _read_archive(
    archive: Archive, systems: TypeSystems, options: ReadOptions, *, is_inner: bool = False
) -> Iterator[Document]:
    chosen = _chosen(archive)
    if not chosen:
        raise FormatError(
            f"{archive.where}: expected .xmi files with their {TYPES}, found "
            f"{', '.join(archive.names[:5]) or 'nothing'}; export documents as UIMA CAS XMI "
            "(XML 1.0), a project with it as the secondary format"
        )
    for name, title, annotator in chosen:
        with options.reading_one():
            if name.lower().endswith(_XMI):
                yield _read_member(archive, name, systems, options, title, annotator)
            elif is_inner:
                raise FormatError(
                    f"{archive.where}, {name}: expected no further archives in an archive of an "
                    "archive"
                )
            else:
                with archive.inner(name) as inner:
                    yield from _read_inner(inner, systems, options, title, annotator)


def _read_inner(
    inner: Archive, systems: TypeSystems, options: ReadOptions, title: str, annotator: str
) -> Iterator[Document]:
    if not title:
        yield from _read_archive(inner, systems, options, is_inner=True)
        return
    (only, *more) = [x for x in inner.names if x.lower().endswith(_XMI)] or [""]
    if not only or more:
        raise FormatError(f"{inner.where}: expected one .xmi file in it")
    yield _read_member(inner, only, systems, options, title, annotator)


def _read_member(
    archive: Archive,
    name: str,
    systems: TypeSystems,
    options: ReadOptions,
    title: str,
    annotator: str,
) -> Document:
    where = f"{archive.where}, {name}"
    folders = [str(folder / TYPES).lower() for folder in PurePosixPath(name).parents]
    by_lower = {each.lower(): each for each in archive.names}
    types = next((by_lower[each] for each in folders if each in by_lower), "")
    if not types:
        raise FormatError(f"{where}: expected {TYPES} beside it, which describes the layers")
    system = systems.of(archive.read(types), f"{archive.where}, {types}")
    stem = PurePosixPath(title or name).stem
    raw = archive.read(name)
    return decode_cas(raw, system, name=stem, where=where, options=options, annotator=annotator)


def _chosen(archive: Archive) -> list[tuple[str, str, str]]:
    """What to read: name in the archive; in a project's export also the document and by whom."""
    of_document: dict[str, dict[str, str]] = {}
    for name in archive.names:
        found = _IN_PROJECT.fullmatch(name)
        if found:
            curated = found[1] == "curation"
            of_document.setdefault(found[2], {})["" if curated else found[3]] = name
    if not of_document:
        return [(x, "", "") for x in archive.names if x.lower().endswith((_XMI, _ZIP))]
    chosen = []
    for document, by in sorted(of_document.items()):
        first = by.pop(_AT_FIRST, None)
        if "" in by:
            chosen.append((by[""], document, ""))
        elif len(by) > 1:
            raise FormatError(
                f"{archive.where}: document {document!r} has annotations of {', '.join(by)} and is "
                "not curated; convert the files of one annotator: unpack the archive and copy "
                f"annotation/*/{next(iter(by))}.zip into a folder, named by their documents"
            )
        elif by:
            ((annotator, name),) = by.items()
            chosen.append((name, document, annotator))
        elif first:
            chosen.append((first, document, _AT_FIRST))
    return chosen


def _write_archive(documents: Iterable[Document], path: Path, types: OwnTypes) -> None:
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for stem, content in _encoded(documents, path, types):
            archive.writestr(_info(f"{stem}{_XMI}"), content)
        archive.writestr(_info(TYPES), types.encode())


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _encoded(
    documents: Iterable[Document], path: Path, types: OwnTypes
) -> Iterator[tuple[str, bytes]]:
    taken: set[str] = set()
    for document in documents:
        stem = file_stem(document, path, taken)
        yield stem, encode_cas(document, types, where=str(path))


def _check_types(folder: Path, types: OwnTypes) -> None:
    """Refuse to take the place of a type system that describes other files."""
    there = folder / TYPES
    if there.exists() and read_whole(there, advice=_ADVICE) != types.encode():
        raise FormatError(
            f"{there}: describes the layers of other files in this folder and would be replaced; "
            "choose another folder"
        )
