"""``contend convert``: documents from one file format to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import click

from contend.cli.inputs import STDIN, check_stream, standard_input
from contend.cli.options import format_names
from contend.document import Document
from contend.errors import FormatError
from contend.formats.base import IGNORED, REPAIRED, Losses, ReadOptions, report_of, without_reports
from contend.formats.relabel import OTHERS, LabelMap, mark_thesis, relabel


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--from", "source_format", type=format_names, help="What IN is, if its name does not say."
)
@click.option("--to", "target_format", type=format_names, help="What OUT becomes.")
@click.option(
    "--map",
    "entries",
    multiple=True,
    metavar="OLD=NEW,…",
    help="New labels. NEW may be a set, claim|counterclaim; OLD= leaves segments out; *=NEW is for "
    "all that are not named, *=* keeps them. Without *, other labels are an error.",
)
@click.option(
    "--thesis-from",
    metavar="LABEL",
    help="The first segment with this label of IN is the thesis, unless one is marked.",
)
@click.option(
    "--relations",
    multiple=True,
    metavar="TYPE=supports|attacks,…",
    help="What IN's types of relation mean, if they are not called support and attack. TYPE is "
    "empty for relations without one.",
)
@click.option(
    "--repair",
    is_flag=True,
    help="Mend what can be mended instead of refusing it: offsets in other units, overlapping "
    "segments, relations to nothing, ids given twice. Says how often.",
)
def convert(
    source: str,
    target: str,
    source_format: str | None,
    target_format: str | None,
    entries: tuple[str, ...],
    thesis_from: str | None,
    relations: tuple[str, ...],
    repair: bool,
) -> None:
    """Convert annotated documents from one file format to another.

    The format goes by the ending of a name, by what lies in a folder, or by --from and --to; a
    new folder is one of brat, - is JSON Lines on standard input or output. docs/formats.md has
    the formats and what each cannot hold; what is lost is reported, with counts. OUT is written
    whole or not at all.

    \b
    contend convert analysed.jsonl for-brat/
    contend convert for-brat/ corrected.jsonl
    contend convert export.json mine.jsonl --from label-studio
    contend convert essays/ mine.jsonl --map MajorClaim=claim,Claim=claim,Premise=evidence \\
        --thesis-from MajorClaim
    """
    check_stream(source, "--from", source_format)
    check_stream(target, "--to", target_format)
    options = ReadOptions(repair=repair, relation_types=_relation_types(relations))
    conversion = _Conversion(
        source, repair, LabelMap.parse(entries) if entries else None, thesis_from
    )
    documents = conversion.converted(_read(source, source_format, options))
    losses = _write(documents, target, target_format)
    if target != STDIN:
        plural = "" if conversion.n_documents == 1 else "s"
        click.echo(f"{target}: {conversion.n_documents:,} document{plural}", err=True)
    if absent := conversion.absent_labels():
        click.echo(f"named, but on no segment: {', '.join(absent)}", err=True)
    _report("dropped by --map", conversion.dropped)
    _report("repaired", conversion.repaired)
    _report(f"ignored in {source}", conversion.ignored)
    _report(f"lost, {target} cannot hold them", losses)


@dataclass(slots=True)
class _Conversion:
    """What happens to documents between reading and writing, with counts."""

    source: str
    repair: bool
    labels: LabelMap | None
    thesis_from: str | None
    n_documents: int = 0
    dropped: Losses = field(default_factory=Losses)
    repaired: Losses = field(default_factory=Losses)
    ignored: Losses = field(default_factory=Losses)
    ids: dict[str, int] = field(default_factory=dict)  # id -> which document has it, from 1
    found: set[str] = field(default_factory=set)

    def converted(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            self.n_documents += 1
            self.ignored += Losses(report_of(document, IGNORED))
            self.repaired += Losses(report_of(document, REPAIRED))
            # Said once, on this conversion's report, and not again by the next one's.
            yield self._one(self._named(without_reports(document)))

    def absent_labels(self) -> list[str]:
        """Labels of the map and of ``thesis_from`` that no segment had."""
        named = [*(self.labels.labels if self.labels else ()), self.thesis_from]
        return [label for label in named if label and label not in {*self.found, OTHERS}]

    def _one(self, document: Document) -> Document:
        self.found |= {segment.label for segment in document.segments}
        if self.thesis_from is not None:
            document = mark_thesis(document, self.thesis_from)
        if self.labels is not None:
            where = f"{self.source}, number {self.n_documents}"
            document, dropped = relabel(document, self.labels, where=where)
            self.dropped += dropped
        return document

    def _named(self, document: Document) -> Document:
        """The document with an id that no other one has; ids may be empty."""
        name = document.id
        if name in self.ids and not self.repair:
            raise FormatError(
                f"{self.source}: documents {self.ids[name]} and {self.n_documents} both have the "
                f"id {name!r}; rename one, or convert with --repair, which numbers them"
            )
        if self.repair and (not name or name in self.ids):
            stem, number = name or "document", 1 if not name else 2
            while f"{stem}-{number}" in self.ids:
                number += 1
            document = replace(document, id=f"{stem}-{number}")
            what = "ids given twice, numbered" if name else "documents without an id, numbered"
            self.repaired += Losses({what: 1})
        if document.id:
            self.ids[document.id] = self.n_documents
        return document


def _read(source: str, name: str | None, options: ReadOptions) -> Iterator[Document]:
    if source == STDIN:
        from contend.formats.jsonl import decode_jsonl

        return decode_jsonl(standard_input(), where="standard input", options=options)
    from contend.formats import read_documents

    return read_documents(source, format=name or "", options=options)


def _write(documents: Iterator[Document], target: str, name: str | None) -> Losses:
    if target == STDIN:
        from contend.cli.outputs import write_documents as write_lines

        write_lines(documents, format="jsonl", out=None, single=False)
        return Losses()
    from contend.formats import write_documents

    return write_documents(documents, target, format=name or "")


def _relation_types(entries: tuple[str, ...]) -> dict[str, str] | None:
    if not entries:
        return None
    types = {}
    for entry in ",".join(entries).split(","):
        old, _, new = (part.strip() for part in entry.partition("="))
        if new not in ("supports", "attacks"):
            raise click.UsageError(f"--relations: expected TYPE=supports or TYPE=attacks: {entry}")
        types[old] = new
    return types


def _report(what: str, counts: Losses) -> None:
    if counts:
        click.echo(f"{what}: {counts}", err=True)
