"""How a demo ends that could not be played, or whose end is wrong."""


class DemoFailed(Exception):  # noqa: N818 - what the command says, with its exit code
    """One line for the user; the log says more."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class PartFailedError(Exception):
    """A part of the demo failed while it played."""
