import ipaddress
import re
from dataclasses import dataclass

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_PORT_MAX = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a TCP port. `str` gives `host:port`, with brackets around an IPv6 host."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, *, port_min: int = 1, port_default: int | None = None) -> Address:
    """Read `host:port` or `[ipv6]:port`; without a default a port is required.

    Raises ValueError with a reason that does not repeat the text, as it may hold a secret.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("an IPv6 host is written [address]:port")
        _check_ipv6(host)
        port = rest[1:] if rest else None
    else:
        host, colon, after = text.partition(":")
        if not _HOST.fullmatch(host):
            raise ValueError("no host name or address before the port")
        port = after if colon else None
    return Address(host, _parse_port(port, port_min, port_default))


def _check_ipv6(host: str) -> None:
    try:
        ipaddress.IPv6Address(host)
    except ipaddress.AddressValueError:
        raise ValueError("what stands in brackets is no IPv6 address") from None


def _parse_port(text: str | None, low: int, default: int | None) -> int:
    if text is None:
        if default is None:
            raise ValueError("the port is missing")
        return default
    if not re.fullmatch(r"[0-9]{1,5}", text) or not low <= int(text) <= _PORT_MAX:
        raise ValueError(f"the port is no number from {low} to {_PORT_MAX}")
    return int(text)
