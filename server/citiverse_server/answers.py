"""The small answers over HTTP, as docs/contract/http.md has them: lists, questions, health."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import re
import sqlite3
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from starlette.responses import Response

from . import changes_page, features
from .changes import ChangeList, changes
from .consultation.endpoints import STYLE, html_response, said_plainly
from .consultation.listing import BadPageError, listing, page_query
from .errors import SceneError
from .features import MAX_LIMIT, MAX_QUERY_LENGTH, FeatureQuery
from .manifest import Attribution
from .representation import CORS, PREFLIGHT, REVALIDATED, Answer, Representation, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from .hub import Hub
    from .scene import Scene

    Endpoint = Callable[[Request], Awaitable[Response]]

logger = logging.getLogger("citiverse.http")


class SceneEntry(Struct, frozen=True):
    """One line of `/scenes`; addresses are absolute paths on this server."""

    name: str
    title: str
    page: str
    manifest: str
    tileset: str
    attributions: list[Attribution]


class SceneList(Struct, frozen=True):
    """The answer to `/scenes`."""

    scenes: list[SceneEntry]


class Problem(Struct, frozen=True):
    """A question that can't be answered, in a sentence."""

    error: str


class BadQuestionError(ValueError):
    """A parameter can't be used; the text says which and why."""


class Answers:
    """One method for each route; all take a request and return a response."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        # Questions share threads with the reading of tiles and mustn't take them all.
        self._asking = asyncio.Semaphore(2)

    async def scenes(self, request: Request) -> Response:
        """All scenes, in the order they were named."""
        entries = [
            _entry(name, (about := entry.manifest_file.manifest).title, about.named)
            for name, entry in self._hub.scenes.entries.items()
        ]
        if (name := self._hub.forthcoming) is not None:
            entries.append(_entry(name, name, []))
        return as_json(request, msgspec.json.encode(SceneList(entries)))

    async def manifest(self, request: Request) -> Response:
        """scene.json as it is on disk."""
        entry = self._hub.scenes.entries.get(request.path_params["scene"])
        if entry is None:
            return problem(404, "This server has no such scene.")
        return as_json(request, entry.manifest_file.json)

    async def _entered(self, request: Request) -> Scene | Response:
        """The scene of the path, or what to answer where there is none."""
        try:
            scene = await self._hub.enter(request.path_params["scene"])
        except SceneError:
            return problem(500, "This scene can't be opened any more.")
        return scene or problem(404, "This server has no such scene.")

    async def features(self, request: Request) -> Response:
        """CityObjects by identity, words and box."""
        scene = await self._entered(request)
        if isinstance(scene, Response):
            return scene
        try:
            query = parse_query(request.query_params)
            async with self._asking:
                found = await features.find(scene.features, query)
        except BadQuestionError as error:
            return problem(400, str(error))
        except TimeoutError:
            return problem(503, "This question takes too long; ask for less.")
        except sqlite3.Error as error:
            logger.error("%s can't be read: %s.", scene.features, error)
            return problem(500, "The features of this scene can't be read.")
        return as_json(request, msgspec.json.encode(found))

    async def changes(self, request: Request) -> Response:
        """What each variant adds, hides and restyles."""
        found = await self._changes(request)
        if isinstance(found, Response):
            return found
        return as_json(request, msgspec.json.encode(found[1]))

    async def changes_page(self, request: Request) -> Response:
        """The same as a plain page."""
        found = await self._changes(request)
        if isinstance(found, Response):
            return said_plainly(found.status_code, "What each variant changes can't be told now.")
        title = found[0].manifest_file.manifest.title
        return html_response(200, changes_page.page(found[0].name, title, found[1], STYLE))

    async def _changes(self, request: Request) -> tuple[Scene, ChangeList] | Response:
        scene = await self._entered(request)
        if isinstance(scene, Response):
            return scene
        try:
            async with self._asking:
                manifest = scene.manifest_file.manifest
                return scene, await asyncio.to_thread(changes, manifest, scene.features)
        except TimeoutError:
            return problem(503, "This question takes too long.")
        except sqlite3.Error as error:
            logger.error("%s can't be read: %s.", scene.features, error)
            return problem(500, "The features of this scene can't be read.")

    async def comments(self, request: Request) -> Response:
        """Comments that aren't hidden, by time or by place."""
        scene = await self._entered(request)
        if isinstance(scene, Response):
            return scene
        folder = self._hub.boards[scene.name].folder
        try:
            query = page_query(request.query_params)
            async with self._asking:
                found = await asyncio.to_thread(listing, folder, scene.features, query)
        except BadPageError as error:
            return problem(400, str(error))
        except sqlite3.Error as error:
            logger.error("The comments of %s can't be read: %s.", scene.name, error)
            return problem(500, "The comments of this scene can't be read.")
        return as_json(request, found)

    async def health(self, _request: Request) -> Response:
        """The process answers."""
        return Response(b"ok\n", media_type="text/plain")

    async def readiness(self, _request: Request) -> Response:
        """New visitors are welcome."""
        ready = self._hub.ready
        return Response(
            b"ready\n" if ready else b"not ready\n", 200 if ready else 503, media_type="text/plain"
        )

    async def metrics(self, _request: Request) -> Response:
        """Counters for Prometheus."""
        text = self._hub.metrics.text(self._hub.sensors, self._hub.crowds.values())
        return Response(text, media_type="text/plain; version=0.0.4")


def parse_query(parameters: QueryParams) -> FeatureQuery:
    """Reads `id`, `q`, `bbox` and `limit`; raises `BadQuestionError`."""
    text = parameters.get("q")
    if text is not None and len(text) > MAX_QUERY_LENGTH:
        raise BadQuestionError(f"q is longer than {MAX_QUERY_LENGTH} characters.")
    limit = parameters.get("limit", str(features.DEFAULT_LIMIT))
    if not (re.fullmatch("[0-9]{1,3}", limit) and 1 <= int(limit) <= MAX_LIMIT):
        raise BadQuestionError(f"limit must be a number from 1 to {MAX_LIMIT}.")
    bbox = parameters.get("bbox")
    return FeatureQuery(
        id=parameters.get("id"),
        text=text,
        bbox=None if bbox is None else box_of(bbox),
        limit=int(limit),
    )


def box_of(text: str) -> features.Box:
    """Reads min x, min y, max x, max y; raises `BadQuestionError`."""
    try:
        low_x, low_y, high_x, high_y = (float(part) for part in text.split(","))
    except ValueError:
        raise BadQuestionError("bbox must be four numbers: min x, min y, max x, max y.") from None
    if not all(map(math.isfinite, (low_x, low_y, high_x, high_y))):
        raise BadQuestionError("bbox must be finite.")
    return (low_x, low_y, high_x, high_y)


def unchanging(body: bytes) -> Endpoint:
    """An endpoint that always answers the same JSON."""

    async def answered(request: Request) -> Response:
        return as_json(request, body)

    return answered


def with_preflight(endpoint: Endpoint) -> Endpoint:
    """Lets pages of other hosts ask (CORS preflight), before the endpoint sees anything."""

    async def answered(request: Request) -> Response:
        if request.method == "OPTIONS":
            return raw(Answer(204, PREFLIGHT, b""))
        return await endpoint(request)

    return answered


def as_json(request: Request, body: bytes) -> Response:
    """JSON for programs of anybody, with its conditions."""
    return as_body(request, body, "application/json")


def as_body(request: Request, body: bytes, content_type: str) -> Response:
    """Bytes for programs of anybody, with their conditions."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    representation = Representation(body, etag, content_type, coding="", cache_control=REVALIDATED)
    result = answer(representation, request.method, dict(request.headers.raw))
    return raw(Answer(result.status, [*result.headers, *CORS], result.body))


def _entry(name: str, title: str, attributions: list[Attribution]) -> SceneEntry:
    return SceneEntry(
        name=name,
        title=title,
        page=f"/s/{name}",
        manifest=f"/scenes/{name}/scene.json",
        tileset=f"/scenes/{name}/tileset.json",
        attributions=attributions,
    )


def problem(status: int, sentence: str) -> Response:
    """Why there is no answer."""
    body = msgspec.json.encode(Problem(sentence))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    return raw(Answer(status, [*headers, *CORS], body))


def raw(result: Answer) -> Response:
    """An answer with its very headers."""
    response = Response(result.body, result.status)
    response.raw_headers = result.headers
    return response
