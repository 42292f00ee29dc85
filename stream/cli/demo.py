"""`duewatch demo`: a sample day on embedded parts."""

from pathlib import Path

import click

from stream.cli.failures import CommandFailed
from stream.shell.demo.failure import DemoFailed
from stream.shell.demo.interruption import LAST_LINE, Interrupted, Interruption

_NOT_INSTALLED, _CANNOT_WRITE = 69, 74
_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="The same seed, the same day.")
@click.option(
    "--seconds", default=20.0, show_default=True, type=click.FloatRange(min=1), help="How long the day takes to play."
)
@click.option(
    "--speed", type=click.FloatRange(min=1), help="Or: how many times as fast as the wall clock it is played."
)
@click.option("--save", type=_FILE, help="Save the board as an SVG picture of the afternoon.", metavar="FILE.svg")
@click.option("--events", type=_FILE, help="Save what is played as NDJSON, for `duewatch replay`.", metavar="FILE")
def demo(seed: int, seconds: float, speed: float | None, save: Path | None, events: Path | None) -> None:
    """Play a sample day through embedded parts and show what happens.

    Starts a broker, a Redis and a worker, all on loopback and gone afterwards; needs nothing but the extra `demo`. On a
    terminal it shows a board, in a pipe plain lines. At the end the topics are compared with `duewatch replay`.

    Exit status: 0 when they say the same, 1 when not, 130 after Ctrl-C.
    """
    try:
        with Interruption() as interruption:
            _run(seed, seconds, speed, save, events, interruption)
    except Interrupted as interrupted:
        click.echo(LAST_LINE, err=True)
        raise SystemExit(interrupted.exit_code) from None
    except DemoFailed as failed:
        raise CommandFailed(str(failed), failed.exit_code) from failed


def _run(
    seed: int, seconds: float, speed: float | None, save: Path | None, events: Path | None, interruption: Interruption
) -> None:
    # What follows is slow to import, and Ctrl-C is heard by now.
    from stream.shell.demo.parts import missing

    if lacking := missing():
        raise CommandFailed(f"{' and '.join(lacking)} not installed: pip install 'duewatch[demo]'", _NOT_INSTALLED)
    from stream.shell.demo.run import Wishes, run

    try:
        run(Wishes(seed, seconds, speed, save, events), interruption)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandFailed(f"{error.filename or 'a file'}: {error.strerror}", _CANNOT_WRITE) from error
