"""NGSI-LD as one application below /ngsi-ld/v1: what is asked, written and subscribed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route, Router

from . import context
from .answering import guarded, refused
from .city import City
from .endpoints import Questions
from .notifier import Notifier
from .problems import Kind, NgsiError
from .subscribers import Subscribers
from .subscribing import Subscribing
from .updates import Updates
from .webhook import Sender

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from ...hub import Hub
    from .answering import Endpoint

ROOT = "/ngsi-ld/v1"
GET = ("GET", "HEAD")
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

    def __init__(self, hub: Hub, subscriptions: Path | None) -> None:
        """`subscriptions` is the file of those; who is in it is told from now on."""
        city = City(hub)
        subscribers = Subscribers(subscriptions)
        subscribers.load(city.now_us)
        sender = Sender(frozenset(hub.sensors.file.ngsi_ld.private_receivers))
        self._notifier = Notifier(city, subscribers, sender)
        if len(subscribers):
            self._notifier.start()
        questions, updates = Questions(city), Updates(city)
        subscribing = Subscribing(city, subscribers, self._notifier)
        # An id may hold slashes, so what is longer comes first.
        table: tuple[tuple[str, Endpoint, tuple[str, ...]], ...] = (
            ("/entities", questions.entities, GET),
            ("/entities/{entity:path}/attrs", updates.attributes, ("PATCH",)),
            ("/entities/{entity:path}", questions.entity, GET),
            ("/entityOperations/upsert", updates.upsert, ("POST",)),
            ("/types", questions.types, GET),
            ("/types/{type:path}", questions.type, GET),
            ("/temporal/entities", questions.entities_over_time, GET),
            ("/temporal/entities/{entity:path}", questions.entity_over_time, GET),
            ("/subscriptions", subscribing.all, (*GET, "POST")),
            ("/subscriptions/{subscription:path}", subscribing.one, (*GET, "PATCH", "DELETE")),
            (context.PATH.removeprefix(ROOT), questions.own_context, GET),
            ("/{path:path}", _unknown, (*GET, "POST", "PUT", "PATCH", "DELETE")),
        )
        self._router = Router(
            [
                Route(ROOT + path, guarded(endpoint), methods=list(methods))
                for path, endpoint, methods in table
            ]
        )

    async def close(self) -> None:
        """Ends what is being sent."""
        await self._notifier.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The standard writes its addresses with a slash at the end (6.4), clients without.
        whole = {**scope, "path": scope["path"].rstrip("/")}
        app = PREFLIGHT if scope["method"] == "OPTIONS" else self._router
        await app(whole, receive, send)


async def _unknown(_request: Request) -> Response:
    return refused(
        NgsiError(Kind.OPERATION_NOT_SUPPORTED, "This part of NGSI-LD isn't there, see the docs.")
    )
