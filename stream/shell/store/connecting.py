"""How the store connects to Redis: what redis-py is told, and what an operator may change after the URL's `?`."""

from typing import Any
from urllib.parse import parse_qs

from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from stream.shell.settings.redis_address import RedisAddress
from stream.shell.store.cluster import Cluster
from stream.shell.store.finding import OneServer
from stream.shell.store.masters import Masters
from stream.shell.store.node import Connect, Node
from stream.shell.store.sentinels import Sentinels
from stream.shell.store.store import StoreRefused

_OPTIONS = frozenset(
    {"client_name", "password", "socket_connect_timeout", "socket_keepalive", "socket_timeout", "username"}
)
_OPTIONS_TLS = frozenset(
    {"ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile"}
)

_SENTINEL = "sentinel_"
_OF_A_USER = frozenset({"username", "password"})
_OPTIONS_SENTINEL = frozenset(_SENTINEL + name for name in _OF_A_USER)


def masters_at(address: RedisAddress, timeout_seconds: float) -> Masters:
    """Make what finds, and connects to, the masters at this address; each wait is bounded by `timeout_seconds`.

    Raises StoreRefused for options that would change what the store reads or how it fails.
    """
    options, sentinel_options = _options(address)
    whose = {"username": address.username, "password": address.password, "db": address.database}
    connect = _connecting(address, timeout_seconds, whose | options)
    if address.cluster:
        return Masters(Cluster(address.nodes, connect), connect)
    if address.sentinel:
        asking = _connecting(address, timeout_seconds, sentinel_options)
        return Masters(Sentinels(address.nodes, str(address.master), asking), connect)
    return Masters(OneServer(address.nodes[0]), connect)


def _connecting(address: RedisAddress, timeout_seconds: float, options: dict[str, Any]) -> Connect:
    common: dict[str, Any] = {
        "connection_class": SSLConnection if address.tls else Connection,
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        # Nothing is tried twice: who calls knows what may be.
        "retry": Retry(NoBackoff(), 0),
        # RESP 2: its replies are the same on every version, and nothing is pushed.
        "protocol": 2,
    }
    how = common | _tls_files(address) | options
    return lambda at: Node(at, ConnectionPool(host=at.host, port=at.port, **how))


def _tls_files(address: RedisAddress) -> dict[str, Any]:
    files = address.tls_files
    named = {
        "ssl_ca_certs": files.ca_file,
        "ssl_certfile": files.certificate_file,
        "ssl_keyfile": files.key_file,
    }
    return {name: file for name, file in named.items() if file is not None}


def _options(address: RedisAddress) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands after the URL's `?`: for the masters, and for Sentinels."""
    query = address.url.partition("?")[2]
    known = _OPTIONS | (_OPTIONS_TLS if address.tls else set()) | (_OPTIONS_SENTINEL if address.sentinel else set())
    if parse_qs(query, keep_blank_values=True).keys() - known:
        raise StoreRefused(f"DUEWATCH_REDIS: unknown option after the ?; there are {', '.join(sorted(known))}")
    try:
        options = dict(parse_url(f"redis://?{query}"))
    except ValueError as error:
        raise StoreRefused(f"DUEWATCH_REDIS: {error}") from error
    theirs = {name.removeprefix(_SENTINEL): options.pop(name) for name in _OPTIONS_SENTINEL if name in options}
    shared = {name: value for name, value in options.items() if name not in _OF_A_USER}
    return options, shared | theirs
