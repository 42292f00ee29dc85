import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from stream.shell.settings.address import Address, parse_address
from stream.shell.settings.tls import NO_FILES, Tls

_CLUSTER: Final = "redis+cluster"
_SCHEMES: Final = ("redis", "rediss", _CLUSTER)
_PORT: Final = 6379


@dataclass(frozen=True, slots=True, repr=False)
class RedisAddress:
    """Where Redis is: one server, or the first nodes of a Cluster.

    `url` is what was given and may hold a password: it goes to the Redis client and nowhere else.
    `str` and `repr` give the redacted form. `database` is 0 on a Cluster. `tls_files` are those that have settings of
    their own; redis-py takes others in the URL's query.
    """

    url: str
    scheme: str
    nodes: tuple[Address, ...]
    database: int
    username: str | None
    password: str | None
    tls_files: Tls = NO_FILES

    @property
    def cluster(self) -> bool:
        """Whether `nodes` are nodes of a Redis Cluster."""
        return self.scheme == _CLUSTER

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted (`rediss://`)."""
        return self.scheme == "rediss"

    def redacted(self) -> str:
        """Write the URL for logs: no user, no password, no query (redis-py takes a password there too)."""
        secret = "***@" if self.username or self.password else ""
        path = "" if self.cluster else f"/{self.database}"
        return f"{self.scheme}://{secret}{','.join(map(str, self.nodes))}{path}"

    def __repr__(self) -> str:
        return f"RedisAddress({self.redacted()})"

    def __str__(self) -> str:
        return self.redacted()


def parse_redis(url: str) -> RedisAddress:
    """Read `redis://`, `rediss://` or `redis+cluster://` with `[user[:password]@]host[:port]`.

    One server may have `/database` and a query for redis-py after it; a Cluster has several hosts, comma-separated.
    User and password are percent-encoded. Raises ValueError with a reason that repeats nothing of the URL.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        raise ValueError("it does not begin with " + ", ".join(f"{name}://" for name in _SCHEMES))
    authority, path = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    credentials, _, hosts = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    return RedisAddress(
        url,
        scheme,
        _parse_nodes(hosts, several=scheme == _CLUSTER),
        _parse_database(path, allowed=scheme != _CLUSTER),
        unquote(user) or None,
        unquote(password) or None,
    )


def _parse_nodes(hosts: str, *, several: bool) -> tuple[Address, ...]:
    if "," in hosts and not several:
        raise ValueError(f"several hosts need {_CLUSTER}://")
    try:
        return tuple(parse_address(host, port_default=_PORT) for host in hosts.split(","))
    except ValueError as reason:
        raise ValueError(f"{reason} (in a password, / ? # @ : are percent-encoded)") from None


def _parse_database(path: str, *, allowed: bool) -> int:
    if not allowed:
        if path.strip("/"):
            raise ValueError("a Cluster has no database number and takes no query")
        return 0
    match = re.fullmatch(r"(?:/(?P<database>[0-9]{1,4})?)?(?:\?[^#]*)?", path)
    if match is None:
        raise ValueError("after the host comes /number of the database, or nothing")
    return int(match["database"] or 0)
