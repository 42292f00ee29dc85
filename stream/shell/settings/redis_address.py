import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from stream.shell.settings.address import Address, parse_address
from stream.shell.settings.tls import NO_FILES, Tls

_CLUSTER: Final = "cluster"
_SENTINEL: Final = "sentinel"
_SCHEMES: Final = {
    "redis": "",
    "rediss": "",
    "redis+sentinel": _SENTINEL,
    "rediss+sentinel": _SENTINEL,
    "redis+cluster": _CLUSTER,
    "rediss+cluster": _CLUSTER,
}
_PORTS: Final = {"": 6379, _SENTINEL: 26379, _CLUSTER: 6379}
_DATABASE: Final = r"(?:/(?P<database>[0-9]{1,4})?)?(?:\?[^#]*)?"
_PATHS: Final = {
    "": (_DATABASE, "after the host comes /number of the database, or nothing"),
    _SENTINEL: (
        rf"/(?P<master>[A-Za-z0-9._-]+){_DATABASE}",
        "after the Sentinels comes /name of the master, then /number of the database, or nothing",
    ),
    _CLUSTER: (r"/?", "a Cluster has no database number and takes no query"),
}


@dataclass(frozen=True, slots=True, repr=False)
class RedisAddress:
    """Where Redis is: one server, the Sentinels that know which one it is, or the first nodes of a Cluster.

    `url` is what was given and may hold a password: it goes to the Redis client and nowhere else.
    `str` and `repr` give the redacted form. `database` is 0 on a Cluster; `master` is the name that Sentinels know.
    `tls_files` are those that have settings of their own; redis-py takes others in the URL's query.
    """

    url: str
    scheme: str
    nodes: tuple[Address, ...]
    master: str | None
    database: int
    username: str | None
    password: str | None
    tls_files: Tls = NO_FILES

    @property
    def cluster(self) -> bool:
        """Whether `nodes` are nodes of a Redis Cluster."""
        return _SCHEMES[self.scheme] == _CLUSTER

    @property
    def sentinel(self) -> bool:
        """Whether `nodes` are Sentinels."""
        return _SCHEMES[self.scheme] == _SENTINEL

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted (`rediss://`, `rediss+cluster://` …)."""
        return self.scheme.startswith("rediss")

    def redacted(self) -> str:
        """Write the URL for logs: no user, no password, no query (redis-py takes a password there too)."""
        secret = "***@" if self.username or self.password else ""
        name = f"/{self.master}" if self.master else ""
        path = "" if self.cluster else f"{name}/{self.database}"
        return f"{self.scheme}://{secret}{','.join(map(str, self.nodes))}{path}"

    def __repr__(self) -> str:
        return f"RedisAddress({self.redacted()})"

    def __str__(self) -> str:
        return self.redacted()


def parse_redis(url: str) -> RedisAddress:
    """Read `redis://`, `redis+sentinel://` or `redis+cluster://`, or the same with `rediss` for TLS.

    Then comes `[user[:password]@]host[:port]`. One server may have `/database` and a query for redis-py after it.
    Sentinels and nodes of a Cluster are several hosts, comma-separated; after Sentinels comes `/name` of the master,
    then as after one server. User and password are percent-encoded.
    Raises ValueError with a reason that repeats nothing of the URL.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        raise ValueError("it does not begin with " + ", ".join(f"{name}://" for name in _SCHEMES))
    authority, path = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    credentials, _, hosts = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    nodes = _parse_nodes(hosts, _SCHEMES[scheme])
    pattern, reason = _PATHS[_SCHEMES[scheme]]
    if (found := re.fullmatch(pattern, path)) is None:
        raise ValueError(reason)
    named = found.groupdict()
    return RedisAddress(
        url,
        scheme,
        nodes,
        named.get("master"),
        int(named.get("database") or 0),
        unquote(user) or None,
        unquote(password) or None,
    )


def _parse_nodes(hosts: str, kind: str) -> tuple[Address, ...]:
    if "," in hosts and not kind:
        raise ValueError("several hosts need redis+cluster:// or redis+sentinel://")
    try:
        return tuple(parse_address(host, port_default=_PORTS[kind]) for host in hosts.split(","))
    except ValueError as reason:
        raise ValueError(f"{reason} (in a password, / ? # @ : are percent-encoded)") from None
