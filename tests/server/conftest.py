"""A scene folder, and a real server on a free port in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
import websockets

from citiverse.certificates import Files, make
from citiverse_server.app import Application, create_app
from citiverse_server.config import ServerConfig
from citiverse_server.run import Server, listen
from server.scenes import write_scene
from server.stranger import Stranger

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 10.0


@dataclass(frozen=True)
class Running:
    """A server that listens."""

    application: Application
    server: Server
    port: int

    @property
    def http(self) -> str:
        """Its root over HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def stranger(self) -> AsyncIterator[Stranger]:
        """A connected client that has said nothing yet."""
        url = f"ws://127.0.0.1:{self.port}/ws"
        subprotocols = [websockets.Subprotocol("citiverse.v1")]
        async with websockets.connect(url, subprotocols=subprotocols, max_size=None) as socket:
            yield Stranger(socket)


Serving = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def anyio_backend() -> str:
    """asyncio, as in production."""
    return "asyncio"


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small town, read-only."""
    return write_scene(tmp_path_factory.mktemp("scenes") / "town")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A certificate for this machine, and the authority that vouches for it."""
    files = Files(tmp_path_factory.mktemp("certificate"))
    make(files, ("localhost", ip_address("127.0.0.1")), datetime.now(UTC))
    return files


@pytest.fixture
def serving(scene: Path, tmp_path: Path) -> Serving:
    """Starts a server: `async with serving(max_sessions=1) as running`."""

    @contextlib.asynccontextmanager
    async def start(patience_s: float = PATIENCE_S, **settings: Any) -> AsyncIterator[Running]:
        config = ServerConfig(scenes=(scene,), static=tmp_path / "static", state=tmp_path / "state")
        async with started(replace(config, **settings), patience_s) as running:
            yield running

    return start


@contextlib.asynccontextmanager
async def started(config: ServerConfig, patience_s: float = PATIENCE_S) -> AsyncIterator[Running]:
    """A server with this configuration, in the test's own event loop."""
    application = create_app(config)
    with contextlib.closing(listen("127.0.0.1", 0)) as listener:
        server = Server(application, config, announce=False)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with asyncio.timeout(patience_s):
                await server.listening.wait()
                yield Running(application, server, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task
