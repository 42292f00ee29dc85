"""Names of the keys in Redis (architecture, "Redis")."""

from stream.core.partition import BUCKETS

LAYOUT_VERSION = 1


class Layout:
    """Keys of one namespace: `namespace:1:{b017}:institution|debtor`, and a bucket's own keys beside them.

    All keys of a bucket share the hash tag `{b017}`, so they lie in one slot of a Cluster. Only the first `{…}` of a
    key is its tag, therefore a debtor may have braces and the namespace may not. A bucket's own keys have no `|`,
    a ledger's always has one: the two never meet.
    """

    def __init__(self, namespace: str) -> None:
        if not namespace or set(namespace) & set("{}"):
            raise ValueError("a namespace of Redis keys is not empty and has no braces")
        space = f"{namespace}:{LAYOUT_VERSION}:"
        self._prefixes = tuple(f"{space}{{b{bucket:03d}}}:".encode() for bucket in range(BUCKETS))
        self.prefix_bytes = len(self._prefixes[0])
        """Length of what stands before `institution|debtor` in a ledger's key, the same in all buckets."""
        self.due = self._named(b"due")
        """Sorted set of a bucket: debtor by due moment."""
        self.index = self._named(b"index")
        """Sorted set of a bucket: its debtors in key order."""
        self.marker = self._named(b"marker")
        """String of a bucket: the highest rev ever saved there."""
        self.registry = self._named(b"registry")
        """String of a bucket: the registry entries that it was swept with, as in `registry_mark`."""
        self.space = space
        """What every key begins with."""
        self.lock = f"{space}rebuild".encode()
        """String of the namespace: who rebuilds it, while somebody does."""
        self.holder = f"{space}holder".encode()
        """String of the namespace: run id of the server that held the data when they were last complete."""
        self.rebuilt = f"{space}rebuilt".encode()
        """Hash of the namespace: how it was filled, token → JSON; the highest counts."""
        self.wanted = f"{space}wanted".encode()
        """Hash of the namespace: rebuilds that were asked for, when → from when on contacts are to be read."""
        self.progress = f"{space}progress".encode()
        """Hash of the namespace: how far each input partition has been read."""

    def ledger(self, bucket: int, key: str) -> bytes:
        """Key of the ledger of the debtor `key`, who belongs into `bucket`."""
        return self._prefixes[bucket] + key.encode()

    def _named(self, name: bytes) -> tuple[bytes, ...]:
        return tuple(prefix + name for prefix in self._prefixes)


def waited_beside(key: bytes) -> bytes:
    """String of the bucket that `key` is in, written for no other reason than to wait until replicas have it."""
    return tag_of(key) + b":waited"


def tag_of(key: bytes) -> bytes:
    """What keys of one bucket begin with; a key of the namespace itself is alone with it."""
    head, brace, _ = key.partition(b"}")
    return head + brace
