"""TLS before a real Redis: the packaged redis-server is built without it.

It ends TLS as stunnel does, in front of servers that have none; Redis sees plain connections.
"""

import asyncio
import contextlib
import ssl
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from stream.shell.embedded.ports import LOOPBACK
from tests.parts.certificates import Certificates, Identity

_BYTES = 64 * 1024


class TlsFront:
    """Listens on loopback and passes everything on to `target`; with `wants_certificate` only to clients that show one.

    `port` is where it listens, inside the with block.
    """

    port: int

    def __init__(
        self, certificates: Certificates, identity: Identity, target: str, *, wants_certificate: bool = False
    ) -> None:
        self._target = target
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates.authority))
        self._context.load_cert_chain(identity.certificate, identity.key)
        if wants_certificate:
            self._context.verify_mode = ssl.CERT_REQUIRED
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="TLS front", daemon=True)
        self._serving: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> int:
        self._serving = await asyncio.start_server(self._serve, LOOPBACK, 0, ssl=self._context)
        port: int = self._serving.sockets[0].getsockname()[1]
        return port

    async def _end(self) -> None:
        assert self._serving is not None
        self._serving.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        url = urlsplit(self._target)
        behind, to_redis = await asyncio.open_connection(url.hostname, url.port)
        try:
            await asyncio.wait(
                [
                    asyncio.ensure_future(_passed_on(reader, to_redis)),
                    asyncio.ensure_future(_passed_on(behind, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for each in (writer, to_redis):
                each.close()


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while some := await reader.read(_BYTES):
            writer.write(some)
            await writer.drain()
