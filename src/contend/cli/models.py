"""``contend models``: what comes with the library."""

from __future__ import annotations

import json

import click

from contend.cli.options import json_option

_SHOWN = ("word_macro_f1", "exact_f1", "relation_f1", "thesis_accuracy")


@click.command()
@json_option
def models(as_json: bool) -> None:
    """List the models that come with contend."""
    from contend import resources
    from contend.model.folder import DEFAULT, read_config, shipped_models

    rows = []
    for name in shipped_models():
        folder = resources.models_folder() / name
        n_bytes = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        config = read_config(folder)
        rows.append(
            {
                "name": name,
                "default": name == DEFAULT,
                "labels": config["settings"]["labels"],
                "size_mb": round(n_bytes / 1e6, 1),
                "scores": config.get("scores", {}),
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    from rich.table import Table

    from contend.cli.outputs import stdout_console

    table = Table(box=None, pad_edge=False)
    for heading in ("model", "labels", "MB", "on dev"):
        table.add_column(heading)
    for row in rows:
        dev = row["scores"].get("dev", {})
        scores = ", ".join(f"{name} {dev[name]:.3f}" for name in _SHOWN if name in dev)
        name = f"{row['name']} (default)" if row["default"] else row["name"]
        table.add_row(
            name, ", ".join(row["labels"]), f"{row['size_mb']:.1f}", scores or "see its card"
        )
    stdout_console().print(table)
