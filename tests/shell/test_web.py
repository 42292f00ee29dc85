"""The worker's listener: health and metrics, and nothing else, on loopback unless told otherwise."""

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from stream.shell.settings.address import Address
from stream.shell.settings.settings import read
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.web import Web

OPEN = {"/metrics", "/healthz", "/readyz"}


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web(Address("127.0.0.1", 0), Metrics(), lambda: "", lambda: "rebuilding, 13912345678")
    await web.start()
    yield web
    await web.stop()


async def asked(web: Web, method: str, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{web.port}{path}"
    async with aiohttp.ClientSession() as session, session.request(method, url, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_what_is_served(web: Web) -> None:
    """Metrics, life and readiness are served; a reason has nobody's number in it."""
    status, text = await asked(web, "GET", "/metrics")
    assert status == 200
    assert "duewatch_batch_seconds" in text
    assert await asked(web, "GET", "/healthz") == (200, "ok")
    assert await asked(web, "GET", "/readyz") == (503, "rebuilding, ***********")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/index.html",
        "/table/",
        "/router/",
        "/stats/",
        "/graph",
        "/metrics/x",
        "/healthz/",
        "/../metrics/.",
        "/%2e",
    ],
)
async def test_nothing_else_is(web: Web, path: str) -> None:
    """Every other path is not there, neither Faust's own pages nor a page of ours."""
    assert (await asked(web, "GET", path))[0] == 404


@pytest.mark.parametrize("path", sorted(OPEN))
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_it_is_only_read(web: Web, method: str, path: str) -> None:
    """Nothing can be sent to it."""
    assert (await asked(web, method, path))[0] == 405


async def test_loopback_unless_set(web: Web) -> None:
    """Without a setting it listens on loopback, and where it is told to it listens on no other address."""
    assert read({}).web == Address("127.0.0.1", 6066)
    with socket.socket() as outside, pytest.raises(ConnectionRefusedError):
        outside.connect(("127.0.0.2", web.port))
