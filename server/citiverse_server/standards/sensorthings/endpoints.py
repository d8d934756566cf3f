"""OGC SensorThings API 1.1 over HTTP, at `/sta/v1.1`: a subset (docs/standards/sensorthings.md)."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from ...answers import as_body
from ...errors import SceneError, StateError
from ...representation import CORS
from . import ROOT
from .problems import QueryError, missing

if TYPE_CHECKING:
    from starlette.requests import Request

    from ...hub import Hub
    from .service import Service

logger = logging.getLogger("citiverse.http")

_HOST = re.compile(r"[A-Za-z0-9.\-_]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


class Problem(msgspec.Struct, frozen=True):
    """Why there is no answer, as SensorThings servers say it."""

    code: int
    type: str
    message: str


class SensorThingsEndpoints:
    """One method for all paths; what it needs is loaded with the first question."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._service: Service | None = None
        # One more waits while one reads, and the live city goes on meanwhile.
        self._asking = asyncio.Semaphore(2)

    async def answer(self, request: Request) -> Response:
        """GET and HEAD of any resource path."""
        try:
            async with self._asking:
                path = request.path_params.get("path", "")
                service = self._served()
                reply = await service.answer(path, request.url.query, root_of(request))
        except QueryError as error:
            return problem(error.status, error.sentence)
        except SceneError as error:
            logger.error("%s", error)
            return problem(500, "A scene of this server can't be opened any more.")
        except StateError as error:
            logger.error("%s", error)
            return problem(500, "What was observed can't be read now.")
        if reply.body is None:
            return _with_cors(Response(status_code=204))
        return as_body(request, reply.body, reply.media_type)

    def _served(self) -> Service:
        """Raises `QueryError` where there are no sensors."""
        if self._service is None:
            store = self._hub.sensors.store
            if store is None:
                raise missing("This server has no sensors.")
            # Numbers and shapes are loaded for those who ask, not for a city without sensors.
            from .service import Service

            self._service = Service(self._hub, store)
        return self._service


def root_of(request: Request) -> str:
    """The service's address as whoever asks knows it; without a host where that is no name."""
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}{ROOT}" if _HOST.fullmatch(host) else ROOT


def problem(status: int, sentence: str) -> Response:
    """An answer that says why there is none."""
    body = msgspec.json.encode(Problem(status, "error", sentence))
    return _with_cors(Response(body, status, media_type="application/json"))


def _with_cors(response: Response) -> Response:
    for name, value in CORS:
        response.headers[name.decode()] = value.decode()
    response.headers["cache-control"] = "no-store"
    return response
