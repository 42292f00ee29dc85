"""The jars of Apache Kafka: fetched once per clone, whole or not at all."""

import fcntl
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext
from jgo.parse import Endpoint

KAFKA_VERSION = "4.1.1"
CACHE = Path(__file__).parents[2] / ".cache"

# Kafka logs through SLF4J and brings no binding: this one writes to the process's standard error.
_ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
_TIMEOUT_SECONDS = 60


class Jar(Protocol):
    """Something that a repository has."""

    def resolve(self) -> Path:
        """Fetch it, compare its checksum, and return where it is now."""


def maven_jars(repository: Path) -> Sequence[Jar]:
    """Return all that a broker needs at run time, to be fetched into the folder; raises as `kafka_jars` does."""
    maven = MavenContext(repo_cache=repository, remote_repos={"central": MAVEN_CENTRAL_URL}, timeout=_TIMEOUT_SECONDS)
    wanted = [
        maven.create_dependency(replace(coordinate, scope="compile"))
        for coordinate in Endpoint.parse(_ENDPOINT).coordinates
    ]
    named, implied = maven.resolver.resolve(wanted)
    return [found.artifact for found in [*named, *implied] if found.scope in {"compile", "runtime"}]


def kafka_jars(cache: Path = CACHE, find: Callable[[Path], Sequence[Jar]] = maven_jars) -> Path:
    """Return the folder with every jar that a broker needs, fetched on first use.

    Two runs at once fetch once: the second waits for the first. A fetch that was cut off leaves nothing that
    is taken for whole.

    Raises:
        RuntimeError: a jar is not to be had.
        requests.RequestException: the network fails.

    """
    jars = cache / f"kafka-{KAFKA_VERSION}"
    if not jars.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(cache / "kafka.lock"):
            if not jars.is_dir():
                _fetch(jars, find)
    return jars


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the kernel takes it back from whoever dies
        yield


def _fetch(jars: Path, find: Callable[[Path], Sequence[Jar]]) -> None:
    for leftover in jars.parent.glob("fetching-*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=jars.parent) as folder:
        _say(f"\nfetching Apache Kafka {KAFKA_VERSION} for the tests, once: about 45 MB\n")
        whole = Path(folder) / "jars"
        whole.mkdir()
        found = find(Path(folder) / "repository")
        for number, jar in enumerate(found, start=1):
            shutil.copy2(jar.resolve(), whole)
            if sys.stderr.isatty():
                _say(f"\r  jar {number} of {len(found)} ")
        whole.rename(jars)
        _say(f"\r  {len(found)} jars fetched\n")


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
