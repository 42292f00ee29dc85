"""What a command says when it cannot do its work: one clear line on stderr and an exit code of sysexits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from stream.shell.codec.personal import masked_text


class CommandFailed(click.ClickException):
    """A failure that the user can do something about; printed as one line, without a traceback."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Prints the message on stderr, without the phone and ID-card numbers that somebody may have typed."""
        click.echo(click.style("duewatch: ", fg="red", bold=True) + masked_text(self.message), err=True)


@contextmanager
def failing_with(codes: Mapping[type[Exception], int]) -> Iterator[None]:
    """Turns the errors named into CommandFailed with their exit codes; every other error stays what it is."""
    try:
        yield
    except tuple(codes) as error:
        code = next(code for kind, code in codes.items() if isinstance(error, kind))
        raise CommandFailed(str(error), code) from error
