"""A part of the server that is loaded when somebody first asks for it: most cities need few."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..hub import Hub


class Late:
    """A raw ASGI application in the place of `name(hub)` of a module of this package."""

    def __init__(self, hub: Hub, module: str, name: str) -> None:
        self._hub = hub
        self._module = module
        self._name = name
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            made = getattr(import_module(f".{self._module}", __package__), self._name)
            self._app = made(self._hub)
        await self._app(scope, receive, send)
