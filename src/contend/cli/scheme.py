"""``contend scheme``: the labels in words, and as settings of annotation tools."""

from __future__ import annotations

from pathlib import Path

import click

from contend.cli.outputs import open_output

TOOL_NAMES = ("label-studio", "brat", "inception", "doccano")


@click.command()
@click.option("--for", "tool", type=click.Choice(TOOL_NAMES), help="Settings of this tool.")
@click.option(
    "--labels", metavar="LABEL,…", help="Labels of your own.  [default: claim, evidence, …]"
)
@click.option("--thesis/--no-thesis", default=True, help="Whether an article has one thesis.")
@click.option(
    "--out",
    metavar="FILE|FOLDER",
    help="Write there; brat and doccano have two files, so it is a folder then.",
)
def scheme(tool: str | None, labels: str | None, thesis: bool, out: str | None) -> None:
    """Show the annotation scheme, or the settings of a tool that fit it.

    The names are those that contend writes and reads in the tool's files. docs/guidelines.md is
    the scheme at length, to hand to annotators.

    \b
    contend scheme
    contend scheme --for label-studio --out label-studio.xml
    contend scheme --for brat --out for-brat/
    contend scheme --for doccano --labels position,reason --no-thesis
    """
    from contend.formats.schemes import SCHEME, describe_scheme, scheme_for
    from contend.formats.tool_settings import tool_settings

    named = tuple(x.strip() for x in labels.split(",")) if labels is not None else SCHEME.labels
    chosen = scheme_for(named, thesis=thesis)
    files = tool_settings(tool, chosen) if tool else {"scheme.txt": describe_scheme(chosen)}
    if out is not None and len(files) > 1:
        write_files(files, Path(out))
        click.echo(f"{out}: {', '.join(files)}", err=True)
        return
    with open_output(out) as file:
        for name, content in files.items():
            head = f"# {name}\n" if len(files) > 1 else ""
            file.write(f"{head}{content}".encode())


def write_files(files: dict[str, str], folder: Path) -> None:
    """Write texts to a folder by name; other files in it stay."""
    from contend.files import replacing_folder

    with replacing_folder(folder) as place:
        for name, content in files.items():
            (place / name).write_bytes(content.encode())
