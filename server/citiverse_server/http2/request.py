"""One request over HTTP/2 and its answer, as ASGI has them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

    from .stream import Stream

logger = logging.getLogger("citiverse.http")

NO_ERROR, INTERNAL_ERROR = 0x0, 0x2
# RFC 9113, 8.2.2: fields of a connection mean nothing here and mustn't be sent.
OF_THE_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)


class Exchange:
    """A request and its answer; the reader of its stream.

    What arrives waits here until the application asks for it; the client can't send more than its
    window, which opens again as the application reads.
    """

    def __init__(self, stream: Stream, scope: Scope, standing: list[tuple[bytes, bytes]]) -> None:
        self._stream = stream
        self._scope = scope
        self._standing = standing
        self._body = bytearray()
        self._unread = 0
        self._whole = stream.ended_by_client
        self._gone = False
        self._news = asyncio.Event()
        self._line = asyncio.Event()
        self._line.set()
        self._status: int | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._headed = False

    async def run(self, app: ASGIApp) -> None:
        """Lets the application answer."""
        try:
            await app(self._scope, self.receive, self.send)
        except Exception:
            logger.exception("A request for %s has failed.", self._scope["path"])
        if not self._stream.has_more and not self._stream.ended and not self._gone:
            if self._headed:
                self._stream.reset(INTERNAL_ERROR)
            else:
                self._stream.head([(b":status", b"500"), (b"content-length", b"0")], end=True)

    async def receive(self) -> Message:
        """The next piece of the body, or that the client is gone."""
        while not (self._unread or self._whole or self._gone):
            self._news.clear()
            await self._news.wait()
        if self._gone or self._stream.ended:
            return {"type": "http.disconnect"}
        body, self._body = bytes(self._body), bytearray()
        size, self._unread = self._unread, 0
        self._stream.consumed(size)
        return {"type": "http.request", "body": body, "more_body": not self._whole}

    async def send(self, message: Message) -> None:
        """Takes the head or a piece of the answer, and waits until the line has taken the last."""
        await self._line.wait()
        if self._gone:
            return
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = list(message.get("headers", ()))
            return
        if message["type"] != "http.response.body" or self._status is None:
            raise RuntimeError(f"{message['type']} doesn't belong here.")
        body: bytes = message.get("body", b"") if self._scope["method"] != "HEAD" else b""
        more: bool = message.get("more_body", False)
        if not self._headed:
            self._headed = True
            self._stream.head(self._head(self._status), end=not body and not more)
        if body:
            self._line.clear()
            self._stream.write(body)
        if not more:
            self._stream.end()

    def _head(self, status: int) -> list[tuple[bytes, bytes]]:
        lower = ((name.lower(), value) for name, value in (*self._standing, *self._headers))
        allowed = (field for field in lower if field[0] not in OF_THE_CONNECTION)
        return [(b":status", b"%d" % status), *allowed]

    def data_received(self, data: bytes, size: int) -> None:
        """A piece of the request's body."""
        self._body += data
        self._unread += size
        self._news.set()

    def ended(self) -> None:
        """The request is whole."""
        self._whole = True
        self._news.set()

    def lost(self) -> None:
        """Nobody waits for the answer any more."""
        self._gone = True
        self._news.set()
        self._line.set()

    def drained(self) -> None:
        """The next piece may come."""
        self._line.set()


def scope_of(
    headers: list[tuple[bytes, bytes]], connection: dict[str, Any]
) -> tuple[Scope, dict[bytes, bytes]]:
    """The ASGI scope of a request's header fields, and its pseudo-header fields (RFC 9113, 8.3.1).

    `connection` holds what is the same for all requests of a connection. Raises `ValueError`
    where the path can't be one.
    """
    from urllib.parse import unquote

    pseudo = {name: value for name, value in headers if name.startswith(b":")}
    fields = [(name, value) for name, value in headers if not name.startswith(b":")]
    authority = pseudo.get(b":authority")
    if authority is not None:
        fields = [(b"host", authority), *(field for field in fields if field[0] != b"host")]
    raw_path, _, query = pseudo.get(b":path", b"").partition(b"?")
    if not raw_path.startswith(b"/") or not raw_path.isascii():
        raise ValueError("a path begins with a slash")
    scope = {
        **connection,
        "method": pseudo[b":method"].decode("ascii"),
        "path": unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": query,
        "headers": fields,
    }
    return scope, pseudo
