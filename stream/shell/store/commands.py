"""Commands to Redis, and how those that touch several buckets are shared out."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

Argument = bytes | str | int

Command = tuple[Argument, ...]

Share = tuple[Sequence[int], Any]
"""Some buckets that one command was about, and its reply."""

CommandOf = Callable[[Sequence[int]], Command]
"""Makes the command for these buckets: for all there are, or, on a Cluster, for a single one."""


def fcall(function: str, keys: Collection[bytes], args: Iterable[Argument]) -> Command:
    """Call one of the store's functions."""
    return ("FCALL", function, len(keys), *keys, *args)


def key_of(command: Command) -> bytes:
    """The first key of a command, by which it is known who has to do it."""
    key = command[3] if command[0] == "FCALL" else command[1]
    return key if isinstance(key, bytes) else str(key).encode()
