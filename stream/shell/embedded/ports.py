"""Ports for servers that are to be found again after a restart."""

import os
import secrets
import socket

from stream.shell.embedded.child import StartupError

LOOPBACK = "127.0.0.1"

# Below the ports that kernels hand to outgoing connections (32768 and up on Linux, 49152 and up on macOS):
# a client that tries a stopped server there again and again would sooner or later be connected to itself,
# and keep the server from its port.
_LOWEST, _HIGHEST = 20_000, 32_000
_TRIES = 200
_STRIPES = 8
_given: set[int] = set()


def free_port() -> int:
    """Return a loopback port that nobody listens on now, and that was not given in this process before.

    A server takes its port seconds later; processes that ask at the same time draw from different ports, mostly.

    Raises:
        StartupError: none was found.

    """
    for _ in range(_TRIES):
        port = _LOWEST + _STRIPES * secrets.randbelow((_HIGHEST - _LOWEST) // _STRIPES) + os.getpid() % _STRIPES
        if port not in _given and _can_be_bound(port):
            _given.add(port)
            return port
    raise StartupError(f"no free port on {LOOPBACK} between {_LOWEST} and {_HIGHEST}")


def _can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
