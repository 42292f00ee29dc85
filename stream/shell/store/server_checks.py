"""What a Redis server must be before ledgers are trusted to it (architecture, "Redis")."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.exceptions import NoPermissionError, ResponseError

from stream.shell.settings.address import Address
from stream.shell.store.finding import Finder
from stream.shell.store.store import StoreRefused, StoreUnreachable

OLDEST = (7, 0)
"""Redis Functions came with this version."""

Reply = Callable[..., Awaitable[Any]]

_LOG = logging.getLogger(__name__)


async def check_server(reply: Reply, address: Address, finder: Finder) -> None:
    """Raise `StoreRefused` if this server is too old, evicts keys, or is no master of the kind that `finder` finds.

    What cannot be read passes: an ACL may forbid INFO and CONFIG, and the stand-in of the tests lacks them.
    """
    at = f"Redis at {address} (DUEWATCH_REDIS)"
    info = _facts(await _readable(reply("INFO")) or b"")
    _check_version(info, at)
    if info.get("redis_mode") == "cluster" and not finder.cluster:
        raise StoreRefused(f"{at} is a node of a Cluster; name its nodes as redis+cluster://host:port,host:port")
    if info.get("role") == "slave":
        if finder.changing:
            raise StoreUnreachable(f"{at} is not the master that it is said to be, or not yet")
        raise StoreRefused(f"{at} is a replica; name its master")
    config = await _readable(reply("CONFIG", "GET", "maxmemory-policy"))
    policy = config[1].decode() if config else info.get("maxmemory_policy")
    if policy is None:
        _LOG.warning("%s does not tell its maxmemory-policy; see to it that it is noeviction", at)
    elif policy != "noeviction":
        raise StoreRefused(
            f"{at} has maxmemory-policy {policy} and may throw ledgers away, and with them what is blocked: "
            f"set maxmemory-policy noeviction"
        )


async def run_id_of(reply: Reply) -> str:
    """Run id of the server, by which a server that was started anew or replaced is told from the one before."""
    return _facts(await _readable(reply("INFO")) or b"").get("run_id", "")


def _check_version(info: Mapping[str, str], at: str) -> None:
    version = info.get("redis_version")
    if version is not None and tuple(map(int, version.split(".")[:2])) < OLDEST:
        raise StoreRefused(f"{at} is version {version}; Duewatch needs Redis 7.0 or later")


async def _readable(reply: Awaitable[Any]) -> Any:
    """Return the reply, or None where the server does not let this be read."""
    try:
        return await reply
    except NoPermissionError:
        return None
    except ResponseError as error:
        if "unknown command" in str(error):
            return None
        raise


def _facts(info: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in info.decode().splitlines())
    return {name: value for name, _, value in pairs}
