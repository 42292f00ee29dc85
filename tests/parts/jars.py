"""The jars of Apache Kafka: fetched once per clone, whole or not at all."""

import fcntl
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext
from jgo.parse import Endpoint

KAFKA_VERSION = "4.1.1"
CACHE = Path(__file__).parents[2] / ".cache"

# Kafka logs through SLF4J and brings no binding: this one writes to the process's standard error.
_ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
_TIMEOUT_SECONDS = 60


def kafka_jars(cache: Path = CACHE) -> Path:
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
                _fetch(jars)
    return jars


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the kernel takes it back from whoever dies
        yield


def _fetch(jars: Path) -> None:
    for leftover in jars.parent.glob("fetching-*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=jars.parent) as folder:
        whole = Path(folder) / "jars"
        whole.mkdir()
        artifacts = _artifacts(Path(folder) / "repository")
        for number, artifact in enumerate(artifacts, start=1):
            _say(f"\rfetching Apache Kafka {KAFKA_VERSION} for the tests: jar {number} of {len(artifacts)}")
            shutil.copy2(artifact.resolve(), whole)  # resolve() compares its SHA-1 with the repository's
        _say("\n")
        whole.rename(jars)


def _artifacts(repository: Path) -> list[Artifact]:
    maven = MavenContext(repo_cache=repository, remote_repos={"central": MAVEN_CENTRAL_URL}, timeout=_TIMEOUT_SECONDS)
    wanted = [
        maven.create_dependency(replace(coordinate, scope="compile"))
        for coordinate in Endpoint.parse(_ENDPOINT).coordinates
    ]
    named, implied = maven.resolver.resolve(wanted)
    return [found.artifact for found in [*named, *implied] if found.scope in {"compile", "runtime"}]


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
