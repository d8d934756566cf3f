"""What of NGSI-LD is there at the start; the rest is loaded when somebody asks, or is told."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ...state import state_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from ...config import ServerConfig
    from ...hub import Hub
    from .service import NgsiLd

SUBSCRIPTIONS = "ngsi-ld-subscriptions.json"


class Door:
    """A raw ASGI application in the place of the real one."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._file = subscriptions_file(hub.config)
        self._service: NgsiLd | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._opened()(scope, receive, send)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Until the server ends; who subscribed before is told again."""
        if self._file is not None and self._file.is_file():
            self._opened()
        try:
            yield
        finally:
            if self._service is not None:
                await self._service.close()

    def _opened(self) -> NgsiLd:
        if self._service is None:
            from .service import NgsiLd

            self._service = NgsiLd(self._hub, self._file)
        return self._service


def subscriptions_file(config: ServerConfig) -> Path | None:
    """Where subscriptions are kept; None without a sensor file, as nothing is observed then."""
    if config.sensors is None:
        return None
    place = config.sensors.with_name(config.sensors.name.removesuffix(".toml"))
    return state_folder(place, "sensors", config.state) / SUBSCRIPTIONS
