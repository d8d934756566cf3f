"""NGSI-LD as one application below /ngsi-ld/v1, which is loaded when somebody first asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route, Router

from . import context
from .answering import guarded
from .city import City
from .endpoints import Questions
from .updates import Updates

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from ...hub import Hub

ROOT = "/ngsi-ld/v1"
READ = ["GET", "HEAD"]


PREFLIGHT = Response(
    status_code=204,
    headers={
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": "accept, authorization, content-type, link",
        "access-control-max-age": "86400",
    },
)
"""Pages of other hosts may ask (CORS)."""


class NgsiLd:
    """A raw ASGI application."""

    def __init__(self, hub: Hub) -> None:
        city = City(hub)
        questions, updates = Questions(city), Updates(city)
        one = "/{entity:path}"
        self._router = Router(
            [
                Route(context.PATH, guarded(questions.own_context), methods=READ),
                Route(f"{ROOT}/entities", guarded(questions.entities), methods=READ),
                Route(f"{ROOT}/entities/", guarded(questions.entities), methods=READ),
                Route(
                    f"{ROOT}/entities{one}/attrs", guarded(updates.attributes), methods=["PATCH"]
                ),
                Route(
                    f"{ROOT}/entities{one}/attrs/", guarded(updates.attributes), methods=["PATCH"]
                ),
                Route(f"{ROOT}/entities{one}", guarded(questions.entity), methods=READ),
                Route(f"{ROOT}/entityOperations/upsert", guarded(updates.upsert), methods=["POST"]),
                Route(f"{ROOT}/types", guarded(questions.types), methods=READ),
                Route(f"{ROOT}/types/", guarded(questions.types), methods=READ),
                Route(f"{ROOT}/types/{{type:path}}", guarded(questions.type), methods=READ),
                Route(
                    f"{ROOT}/temporal/entities",
                    guarded(questions.entities_over_time),
                    methods=READ,
                ),
                Route(
                    f"{ROOT}/temporal/entities/",
                    guarded(questions.entities_over_time),
                    methods=READ,
                ),
                Route(
                    f"{ROOT}/temporal/entities{one}",
                    guarded(questions.entity_over_time),
                    methods=READ,
                ),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = PREFLIGHT if scope["method"] == "OPTIONS" else self._router
        await app(scope, receive, send)
