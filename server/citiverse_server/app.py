"""The ASGI application: one port for the page, the tiles, the questions and the stream."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from . import access, openapi
from .access import Role
from .answers import Answers, unchanging, with_preflight
from .clock import Clock
from .connection import serve_socket
from .consultation.endpoints import CommentEndpoints
from .hub import Hub
from .ingest import Ingest
from .library import Library
from .observations.endpoints import ObservationEndpoints
from .pages import Pages
from .proposals.endpoints import ProposalEndpoints
from .sensor_answers import SensorEndpoint
from .standards.late import Late
from .standards.ngsi_ld.door import Door
from .tiles import Tiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from .config import ServerConfig

READ = ["GET", "HEAD"]
SHARED = ["GET", "HEAD", "OPTIONS"]
WRITTEN = ["GET", "HEAD", "POST"]
KEPT = ["GET", "HEAD", "DELETE"]


class Application:
    """What `create_app` returns: an ASGI application that can be told to say goodbye."""

    def __init__(self, config: ServerConfig, clock: Clock) -> None:
        self.hub = Hub(config, Library(config.scenes, config.scene_bytes), clock)
        self._proposals = ProposalEndpoints(self.hub)
        self._ngsi_ld = Door(self.hub)
        self.routes = _routes(self.hub, self._proposals, self._ngsi_ld)
        self._starlette = Starlette(routes=self.routes, lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._starlette(scope, receive, send)

    async def close(self) -> None:
        """Ends every stream with `going-away`; new ones are refused from now on."""
        await self.hub.close()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self.hub.running(), self._proposals.running(), self._ngsi_ld.running():
            yield


def create_app(config: ServerConfig, clock: Clock | None = None) -> Application:
    """Opens the scenes and makes the application; raises `SceneError` and `ConfigError`."""
    return Application(config, clock or Clock())


def _routes(hub: Hub, proposals: ProposalEndpoints, ngsi_ld: Door) -> list[Route | WebSocketRoute]:
    answers, tiles, pages = Answers(hub), Tiles(hub), Pages(hub.config.static, hub)
    comments, observations = CommentEndpoints(hub), ObservationEndpoints(hub)
    sensors = SensorEndpoint(hub)
    # Raw ASGI applications, whose classes know their methods, stand beside plain functions.
    routes: list[Route | WebSocketRoute] = [
        Route("/", pages, methods=READ),
        Route("/s/{scene}", pages, methods=READ),
        Route("/scenes", with_preflight(answers.scenes), methods=SHARED),
        Route("/scenes/{scene}/scene.json", with_preflight(answers.manifest), methods=SHARED),
        Route("/scenes/{scene}/tileset.json", tiles),
        Route("/scenes/{scene}/buildings.json", tiles),
        Route("/scenes/{scene}/tiles/{path:path}", tiles),
        Route("/scenes/{scene}/foreign/{path:path}", Tiles(hub, "foreign")),
        Route("/scenes/{scene}/variants/{path:path}", Tiles(hub, "variants")),
        Route("/scenes/{scene}/features", with_preflight(answers.features), methods=SHARED),
        Route("/scenes/{scene}/changes", with_preflight(answers.changes), methods=SHARED),
        Route("/s/{scene}/changes", answers.changes_page, methods=READ),
        Route("/scenes/{scene}/sensors", with_preflight(sensors.things), methods=SHARED),
        Route("/scenes/{scene}/observations", with_preflight(observations.history), methods=SHARED),
        Route("/scenes/{scene}/playback", with_preflight(observations.playback), methods=SHARED),
        Route("/scenes/{scene}/comments", with_preflight(answers.comments), methods=SHARED),
        Route("/s/{scene}/comments", comments.page, methods=WRITTEN),
        Route("/s/{scene}/comments/hide", comments.hide, methods=["POST"]),
        *_of_proposals(proposals),
        *_of_things(hub, ngsi_ld),
        Route("/sensors/{source}", Ingest(hub).take, methods=["POST"]),
        Route("/healthz", answers.health, methods=READ),
        Route("/readyz", answers.readiness, methods=READ),
        Route("/metrics", answers.metrics, methods=READ),
        Route("/openapi.json", with_preflight(unchanging(openapi.document())), methods=SHARED),
        WebSocketRoute("/ws", Socket(hub)),
        Route("/{path:path}", pages, methods=READ),
    ]
    for route in routes:
        route.app = partial(_guarded, route.path, route.app)
    return routes


def _of_proposals(proposals: ProposalEndpoints) -> list[Route]:
    place = "/scenes/{scene}/proposals"
    one = f"{place}/{{proposal}}"
    return [
        Route(place, proposals.all, methods=WRITTEN),
        Route(one, proposals.one, methods=KEPT),
        Route(f"{one}/file", proposals.file, methods=["PUT"]),
        Route(f"{one}/preview.glb", proposals.preview, methods=READ),
        Route(f"{one}/placement", proposals.placement, methods=["PUT"]),
        Route(f"{one}/variant", proposals.variant, methods=["PUT", "DELETE"]),
        Route(f"{one}/work", proposals.work, methods=["DELETE"]),
    ]


def _of_things(hub: Hub, ngsi_ld: Door) -> list[Route]:
    wot = Late(hub, "wot.service", "Wot")
    sta = Late(hub, "sensorthings.endpoints", "SensorThings")
    return [
        Route("/sta/v1.1", sta),
        Route("/sta/v1.1/{path:path}", sta),
        Route("/ngsi-ld/v1/{path:path}", ngsi_ld),
        Route("/wot", wot),
        Route("/wot/{path:path}", wot),
    ]


class Socket:
    """`/ws` as a raw ASGI application."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve_socket(self._hub, scope, receive, send)


async def _guarded(path: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Lets through what the role × action table grants, and nothing else."""
    if access.may(Role.VISITOR, access.ROUTES.get(path)):
        await app(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse("This is not for visitors.\n", 403)(scope, receive, send)
