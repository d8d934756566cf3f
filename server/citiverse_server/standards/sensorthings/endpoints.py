"""OGC SensorThings API 1.1 over HTTP, at `/sta/v1.1`: a subset (docs/standards/sensorthings.md)."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...answers import as_body, raw
from ...errors import StateError
from ...representation import CORS, PREFLIGHT, Answer
from ..turns import BusyError, Turns
from . import ROOT
from .entities import quoted
from .problems import QueryError, missing
from .service import JSON, Service
from .writing import Writer

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from ...hub import Hub

logger = logging.getLogger("citiverse.http")

_HOST = re.compile(r"[A-Za-z0-9.\-_]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_MORE = {
    401: (("www-authenticate", "Bearer"),),
    405: (("allow", "GET, HEAD, OPTIONS, POST"),),
    429: (("retry-after", "1"),),
    503: (("retry-after", "10"),),
}


class Problem(msgspec.Struct, frozen=True):
    """Why there is no answer, as SensorThings servers say it."""

    code: int
    type: str
    message: str


class SensorThings:
    """A raw ASGI application for all resource paths."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._service: Service | None = None
        self._writer: Writer | None = None
        # One more waits while one reads, and the live city goes on meanwhile.
        self._asking = Turns(2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            match request.method:
                case "GET" | "HEAD":
                    return await self._read(request)
                case "OPTIONS":
                    return raw(Answer(204, PREFLIGHT, b""))
                case "POST":
                    return await self._create(request)
            raise QueryError("Entities can't be changed here.", 405)
        except QueryError as error:
            return problem(error.status, error.sentence)
        except BusyError as error:
            return problem(503, str(error))
        except StateError as error:
            logger.error("%s", error)
            return problem(500, "What was observed can't be read now.")

    async def _read(self, request: Request) -> Response:
        path = request.path_params.get("path", "")
        async with self._asking.one():
            reply = await self._served().answer(path, request.url.query, root_of(request))
        if reply.body is None:
            return _public(Response(status_code=204))
        return as_body(request, reply.body, reply.media_type)

    async def _create(self, request: Request) -> Response:
        """201 once what was sent outlives the power (10.2, 12.2)."""
        service, root = self._served(), root_of(request)
        if self._writer is None:
            self._writer = Writer(self._hub, service)
        written = await self._writer.take(request)
        addresses = [
            "error" if one is None else f"{root}/Observations({quoted(one)})" for one in written.ids
        ]
        if not written.is_one:
            return _public(Response(msgspec.json.encode(addresses), 201, media_type=JSON))
        reply = await service.answer(unquote(addresses[0].removeprefix(f"{root}/")), "", root)
        return _public(Response(reply.body, 201, {"location": addresses[0]}, JSON))

    def _served(self) -> Service:
        """Raises `QueryError` where there are no sensors."""
        if self._service is None:
            store = self._hub.sensors.store
            if store is None:
                raise missing("This server has no sensors.")
            self._service = Service(self._hub, store)
        return self._service


def root_of(request: Request) -> str:
    """The service's address as whoever asks knows it; without a host where that is no name."""
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}{ROOT}" if _HOST.fullmatch(host) else ROOT


def problem(status: int, sentence: str) -> Response:
    """An answer that says why there is none."""
    body = msgspec.json.encode(Problem(status, "error", sentence))
    return _public(Response(body, status, dict(_MORE.get(status, ())), JSON))


def _public(response: Response) -> Response:
    """Any page may read it, and nobody keeps it."""
    for name, value in CORS:
        response.headers[name.decode()] = value.decode()
    response.headers["cache-control"] = "no-store"
    return response
