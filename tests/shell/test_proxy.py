"""The proxy of tests passes everything on, and is as cut as it says."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from stream.shell.embedded.ports import LOOPBACK, free_port
from tests.parts.kafka import KafkaServer
from tests.parts.proxy import Proxy
from tests.parts.records import create_topic, first_record, send


class Echo(socketserver.StreamRequestHandler):
    """Answers each line with itself, and tells the server's `heard` of it."""

    def handle(self) -> None:
        assert isinstance(self.server, EchoServer)
        while line := self.rfile.readline():
            self.wfile.write(line)
            self.server.heard.append(line)
            self.server.answered.set()


class EchoServer(socketserver.ThreadingTCPServer):
    """A server of `Echo`; `answered` is set as it has answered."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.answered = threading.Event()
        super().__init__((LOOPBACK, 0), Echo)


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    """A server, for as long as a test."""
    with EchoServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def answer(proxy: Proxy, line: bytes) -> bytes:
    """What a client is answered; nothing where its connection is closed."""
    try:
        with socket.create_connection((LOOPBACK, proxy.port), timeout=60) as client:
            client.sendall(line)
            return received(client)
    except ConnectionError:
        return b""


def received(client: socket.socket) -> bytes:
    """What comes next; nothing where the connection is closed."""
    try:
        return client.recv(100)
    except ConnectionError:
        return b""


def test_bytes_come_through_both_ways(echo: EchoServer) -> None:
    """Whoever talks to the proxy talks to the server."""
    with Proxy(echo.server_address[1]) as proxy:
        assert answer(proxy, b"one\n") == b"one\n"


def test_what_was_asked_before_a_cut_is_done_and_nobody_knows(echo: EchoServer) -> None:
    """Muted, it passes requests on and keeps the answers back; a cut then ends the connection."""
    with Proxy(echo.server_address[1]) as proxy, socket.create_connection((LOOPBACK, proxy.port), timeout=60) as client:
        proxy.mute()
        client.sendall(b"lost\n")
        assert echo.answered.wait(60)
        proxy.cut()
        assert received(client) == b""
        assert echo.heard == [b"lost\n"]


def test_nobody_gets_through_a_cut_until_it_is_mended(echo: EchoServer) -> None:
    """New connections are closed at once while the way is cut, and led on afterwards."""
    with Proxy(echo.server_address[1]) as proxy:
        proxy.cut()
        assert answer(proxy, b"one\n") == b""
        assert echo.heard == []
        proxy.mend()
        assert answer(proxy, b"two\n") == b"two\n"


def test_a_server_that_is_down_closes_the_connection() -> None:
    """Behind the proxy a server may be down, and come back."""
    with Proxy(free_port()) as proxy:
        assert answer(proxy, b"one\n") == b""


async def test_kafka_through_a_proxy(topic_prefix: str) -> None:
    """Who asks a broker through the proxy is sent to its partitions through the proxy, too."""
    proxy = Proxy(free_port())
    with proxy, KafkaServer(proxy=proxy) as server:
        await create_topic(proxy.address, topic_prefix)
        await send(proxy.address, topic_prefix, key=b"k", value=b"v")
        assert (await first_record(server.address, topic_prefix)).value == b"v"
