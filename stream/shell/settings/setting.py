from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stream.shell.settings.form import Form

PREFIX: Final = "DUEWATCH_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its environment variable, how it is written, its default (as text) and its meaning.

    `computed` makes the default where it depends on the machine; `default` then says in words what it is. One without
    a default has the value None where it is not set.
    """

    name: str
    form: Form
    default: str | None
    meaning: str
    computed: Callable[[], str] | None = None

    @property
    def field(self) -> str:
        """Name of the field of `Settings` that holds the value."""
        return self.name.removeprefix(PREFIX).lower()

    @property
    def default_shown(self) -> str:
        """The default for people."""
        return "not set" if self.default is None else self.default

    def default_text(self) -> str | None:
        """Give the default as it would be written in the environment."""
        return self.computed() if self.computed else self.default
