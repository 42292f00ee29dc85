"""Asking whether somebody listens."""

import socket


def listens(host: str | None, port: int | None) -> bool:
    """Whether a connection is taken there now."""
    with socket.socket() as client:
        return client.connect_ex((host, port)) == 0
