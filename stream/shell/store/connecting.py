"""How the store connects to Redis: what redis-py is told, and what an operator may change after the URL's `?`."""

from typing import Any
from urllib.parse import parse_qs

from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from stream.shell.settings.address import Address
from stream.shell.settings.redis_address import RedisAddress
from stream.shell.store.finding import Finder, OneServer
from stream.shell.store.store import StoreRefused

_OPTIONS = frozenset(
    {"client_name", "password", "socket_connect_timeout", "socket_keepalive", "socket_timeout", "username"}
)
_OPTIONS_TLS = frozenset(
    {"ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile"}
)


def finder_to(address: RedisAddress) -> Finder:
    """Make what finds the masters at this address; raises StoreRefused for a Cluster."""
    if address.cluster:
        raise StoreRefused(
            "DUEWATCH_REDIS: a Cluster is not yet supported; name a single server as redis://host:6379/0"
        )
    return OneServer(address.nodes[0])


def pool_to(address: RedisAddress, at: Address, timeout_seconds: float) -> ConnectionPool:
    """Make connections to this server, each wait bounded by `timeout_seconds`, nothing tried twice.

    Raises StoreRefused for options that would change what the store reads or how it fails.
    """
    server: dict[str, Any] = {
        "connection_class": SSLConnection if address.tls else Connection,
        "host": at.host,
        "port": at.port,
        "db": address.database,
        "username": address.username,
        "password": address.password,
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
        # RESP 2: its replies are the same on every version, and nothing is pushed.
        "protocol": 2,
    }
    return ConnectionPool(**server | _tls_files(address) | _options(address))


def _tls_files(address: RedisAddress) -> dict[str, Any]:
    files = address.tls_files
    named = {
        "ssl_ca_certs": files.ca_file,
        "ssl_certfile": files.certificate_file,
        "ssl_keyfile": files.key_file,
    }
    return {name: file for name, file in named.items() if file is not None}


def _options(address: RedisAddress) -> dict[str, Any]:
    query = address.url.partition("?")[2]
    known = _OPTIONS | _OPTIONS_TLS if address.tls else _OPTIONS
    if parse_qs(query, keep_blank_values=True).keys() - known:
        raise StoreRefused(f"DUEWATCH_REDIS: unknown option after the ?; there are {', '.join(sorted(known))}")
    try:
        return dict(parse_url(f"redis://?{query}"))
    except ValueError as error:
        raise StoreRefused(f"DUEWATCH_REDIS: {error}") from error
