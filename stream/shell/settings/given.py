from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.shell.settings.setting import Setting

_FILE: Final = "_FILE"
_BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """What the environment says of one setting: the variable's name, and its text or None where it is not set."""

    name: str
    text: str | None


def file_name(setting: Setting) -> str | None:
    """Name the variable that may name a file with the setting's value; only secrets have one."""
    return setting.name + _FILE if setting.form.secret else None


def given(setting: Setting, environ: Mapping[str, str]) -> Given:
    """Read what is given for a setting, out of its file where one is named.

    Raises ValueError with a reason, which repeats nothing of a secret, where both are set or the file is unfit.
    """
    name, text = file_name(setting), environ.get(setting.name)
    if name is None or name not in environ:
        return Given(setting.name, text)
    if text is not None:
        raise ValueError(f"{setting.name} is set, too; set one of the two")
    return Given(name, _content(environ[name]))


def _content(path: str) -> str:
    """The text of a file without the line's end that editors put behind it."""
    try:
        with Path(path).open("rb") as opened:
            content = opened.read(_BYTES_MAX + 1)
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    if len(content) > _BYTES_MAX:
        raise ValueError(f"the file has more than {_BYTES_MAX} bytes")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise ValueError("the file is not UTF-8") from None
    return text.removesuffix("\n").removesuffix("\r")
