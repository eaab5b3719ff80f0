"""The command line: ``contend analyze``, ``evaluate``, ``train``, ``render`` and more.

One file a group of commands. Only click is imported at the top, so that help and
usage errors come at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from contend import __version__
from contend.cli.agree import agree
from contend.cli.analyze import analyze, render
from contend.cli.check import check
from contend.cli.convert import convert
from contend.cli.corpora import corpora
from contend.cli.evaluate import evaluate
from contend.cli.learning_curve import learning_curve
from contend.cli.models import models
from contend.cli.preannotate import preannotate
from contend.cli.scheme import scheme
from contend.cli.train import train
from contend.errors import ContendError

INTERRUPTED = 130


@contextmanager
def _stopping_cleanly() -> Iterator[None]:
    """End as after an error when told to stop, so that nothing half-written is left behind."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Not where somebody has decided otherwise: nohup ignores SIGHUP.
    stopping = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    stopping = [number for number in stopping if signal.getsignal(number) == signal.SIG_DFL]
    for number in stopping:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in stopping:
            signal.signal(number, signal.SIG_DFL)


class _Contend(click.Group):
    """Errors of the library become messages, an interrupt ends without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            with _stopping_cleanly():
                return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click ends silently
        except (ContendError, OSError) as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=_Contend, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="contend")
def main() -> None:
    """Find claims, evidence and counterclaims in opinion articles.

    \b
    contend analyze article.txt                      read it in the terminal
    contend analyze article.txt --format html --out article.html
    contend evaluate --corpus soapbox                how good is the model?
    contend COMMAND --help                           more on each command

    Everything runs on this machine; nothing is fetched.
    """


for command in (
    analyze,
    evaluate,
    train,
    learning_curve,
    render,
    convert,
    corpora,
    models,
    preannotate,
    scheme,
    check,
    agree,
):
    main.add_command(command)
