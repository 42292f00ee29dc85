"""The worker's listener: `/metrics`, `/healthz` and `/readyz`, and nothing else."""

import logging
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from stream.shell.codec.personal import masked_text
from stream.shell.settings.address import Address
from stream.shell.worker.metrics import Metrics

_LOG = logging.getLogger(__name__)


class Web:
    """Serves on one address; port 0 takes a free one, `port` and the log say which.

    `alive` and `ready` give the reason why not, or an empty text.
    """

    def __init__(self, address: Address, metrics: Metrics, alive: Callable[[], str], ready: Callable[[], str]) -> None:
        self._address = address
        self._metrics = metrics
        self._alive = alive
        self._ready = ready
        self._runner: web.AppRunner | None = None
        self.port = address.port

    async def start(self) -> None:
        """Listens; raises OSError where the address is taken."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/metrics", self._serve_metrics),
                web.get("/healthz", self._serve_life),
                web.get("/readyz", self._serve_readiness),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._address.host, self._address.port)
        try:
            await site.start()
        except OSError as error:
            raise OSError(f"nothing can listen on {self._address} (DUEWATCH_WEB): {error.strerror}") from error
        self.port = self._runner.addresses[0][1]
        _LOG.info("listening on http://%s/metrics, /healthz, /readyz", Address(self._address.host, self.port))

    async def stop(self) -> None:
        """Closes the listener."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve_metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _serve_life(self, _: web.Request) -> web.Response:
        return self._state(self._alive())

    async def _serve_readiness(self, _: web.Request) -> web.Response:
        return self._state(self._ready())

    @staticmethod
    def _state(reason: str) -> web.Response:
        return web.Response(text=masked_text(reason) or "ok", status=503 if reason else 200)
