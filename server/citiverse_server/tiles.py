"""The tiles over plain HTTP, for any client of 3D Tiles 1.1: a raw ASGI application.

Paths are looked up among what the scene has; none is ever built from a request.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .errors import SceneError
from .representation import (
    CORS,
    IMMUTABLE,
    PREFLIGHT,
    REVALIDATED,
    Answer,
    Representation,
    answer,
    coding_for,
)

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from .hub import Hub
    from .scene import ContentFile

logger = logging.getLogger("citiverse.tiles")

TYPES = {".glb": "model/gltf-binary", ".json": "application/json"}
LEGACY = "application/octet-stream"


class Tiles:
    """Serves a document of the scene where the route has no path; else what is below `kind`."""

    def __init__(self, hub: Hub, kind: str = "tiles") -> None:
        self._hub = hub
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await respond(send, method, Answer(204, PREFLIGHT, b""))
            return
        if method not in ("GET", "HEAD"):
            await respond(send, method, Answer(405, PREFLIGHT, b""))
            return
        try:
            file = await self._file(scope)
        except SceneError:
            await respond(send, method, _failed(500, "This scene can't be opened any more."))
            return
        if file is None:
            await respond(send, method, _failed(404, "This scene has no such tile."))
            return
        headers = dict(scope["headers"])
        accepted = headers.get(b"accept-encoding", b"").decode("latin-1")
        # Trees of tiles are text and are compressed when they are first read.
        can_compress = file.has_gzip or not file.hash_named
        coding = coding_for(accepted, ("gzip",)) if can_compress else ""
        try:
            content = await self._hub.content.read(file, compressed=bool(coding))
        except OSError as error:
            logger.error("%s can't be read: %s.", file.path, error)
            await respond(send, method, _failed(500, "This tile can't be read any more."))
            return
        result = answer(
            Representation(
                body=content.body,
                etag=content.etag,
                content_type=TYPES.get(file.path.suffix, LEGACY),
                coding=coding,
                cache_control=IMMUTABLE if file.hash_named else REVALIDATED,
            ),
            method,
            headers,
        )
        if result.status in (200, 206) and file.hash_named:
            self._hub.metrics.http_tiles += 1
        await respond(send, method, Answer(result.status, [*result.headers, *CORS], result.body))

    async def _file(self, scope: Scope) -> ContentFile | None:
        parameters: dict[str, str] = scope["path_params"]
        scene = await self._hub.enter(parameters["scene"])
        if scene is None:
            return None
        path = parameters.get("path")
        if path is None:
            return scene.document(scope["path"].rpartition("/")[2])
        return scene.public_file(self._kind, path)


async def respond(send: Send, method: str, result: Answer) -> None:
    """Sends an answer, without its body to a HEAD."""
    await send({"type": "http.response.start", "status": result.status, "headers": result.headers})
    body = b"" if method == "HEAD" else result.body
    await send({"type": "http.response.body", "body": body})


def _failed(status: int, sentence: str) -> Answer:
    body = f"{sentence}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *CORS,
    ]
    return Answer(status, headers, body)
