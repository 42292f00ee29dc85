"""A way to a server that can be cut: a TCP proxy on loopback, in a thread of its own."""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from stream.shell.embedded.ports import LOOPBACK, free_port

_CHUNK_BYTES = 65_536


class Proxy:
    """Passes on what comes to `port` to another port, and back. A context manager.

    It has a loop of its own, so that whoever waits in the test does not hold up the traffic.
    """

    def __init__(self, to_port: int) -> None:
        """Name the port of the server; it need not be up yet."""
        self.to_port = to_port
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy to {to_port}", daemon=True)
        self._open: set[asyncio.StreamWriter] = set()
        self._mute = False
        self._closed = False

    def __enter__(self) -> Self:
        self._thread.start()
        listening = asyncio.start_server(self._serve, LOOPBACK, self.port)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{LOOPBACK}:{self.port}"

    def mute(self) -> None:
        """From now on the server gets requests and its answers are lost, until a cut: what was asked is done."""
        self._mute = True

    def cut(self) -> None:
        """Cuts every connection; until `mend`, new ones are closed at once."""
        self._closed = True
        asyncio.run_coroutine_threadsafe(self._abort(), self._loop).result()

    def mend(self) -> None:
        """From now on everything is passed on again."""
        self._mute = self._closed = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if not self._closed:
                await self._join(reader, writer)
        except OSError:
            pass  # the server is not up: the client sees its connection closed
        finally:
            await _closed(writer)
            self._open.discard(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(LOOPBACK, self.to_port)
        ways = {asyncio.ensure_future(self._pass_on(reader, requests, may_be_mute=False))}
        ways.add(asyncio.ensure_future(self._pass_on(answers, writer, may_be_mute=True)))
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await _closed(requests)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, may_be_mute: bool) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            if not (may_be_mute and self._mute):
                writer.write(chunk)
                await writer.drain()

    async def _abort(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        while self._open:
            await asyncio.sleep(0.01)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()
