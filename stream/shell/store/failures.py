"""What redis-py raises, told in the store's own errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as raised

from stream.shell.store.rights import FURTHER, RIGHTS
from stream.shell.store.store import StoreFull, StoreRefused, StoreUnreachable

_NOT_NOW = ("MISCONF", "NOREPLICAS", "BUSY")
"""Replies of a server that cannot write at present: no disk, too few replicas, a script that does not end."""


_ELSEWHERE = (raised.ReadOnlyError, raised.ClusterDownError, raised.TryAgainError, raised.AskError)
"""Replies while a replica becomes the master, or slots move; a MOVED is an AskError, a MASTERDOWN a CLUSTERDOWN."""


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Within this, errors of redis-py become those of the store, naming the server by `address`."""
    try:
        yield
    except raised.AuthenticationError as error:
        raise StoreRefused(f"Redis at {address} (DUEWATCH_REDIS) wants another user or password: {error}") from error
    except raised.NoPermissionError as error:
        raise StoreRefused(
            f"Redis at {address} (DUEWATCH_REDIS) does not allow this user what Duewatch needs: {error}. Grant its ACL "
            f"{RIGHTS} on its keys, with {FURTHER}"
        ) from error
    except (raised.ConnectionError, raised.TimeoutError) as error:
        raise StoreUnreachable(f"Redis at {address} (DUEWATCH_REDIS) does not answer: {error}") from error
    except raised.OutOfMemoryError as error:
        raise StoreFull(f"Redis at {address} (DUEWATCH_REDIS) is full: raise its maxmemory ({error})") from error
    except _ELSEWHERE as error:
        raise StoreUnreachable(f"Redis at {address} (DUEWATCH_REDIS) cannot be written to now: {error}") from error
    except raised.RedisError as error:
        if str(error).startswith(_NOT_NOW):
            raise StoreUnreachable(f"Redis at {address} (DUEWATCH_REDIS) cannot be written to now: {error}") from error
        raise StoreRefused(f"Redis at {address} (DUEWATCH_REDIS) refused a command: {error}") from error
