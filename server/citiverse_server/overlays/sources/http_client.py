"""HTTP for sources: one origin, no redirects, and nothing unbounded.

Addresses come from the operator's file and are trusted; what an answer names is not, and is only
followed on the same origin (scheme, host and port).
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

import httpx

from .intake import SourceDown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

MAX_ANSWER_BYTES = 16 * 1024 * 1024
ANSWER_S = 60.0
CONNECT_S = 10.0
PORTS = {"http": 80, "https": 443}
NOT_MODIFIED = 304
GZIP_WINDOW = 31
"""Of zlib: the largest window, and a header of gzip."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `media_type` in lower case without parameters."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str]


class HttpClient:
    """Speaks to one origin: that of `url`. Used as a context, within which connections are kept.

    `headers` go with every request.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._client = httpx.AsyncClient(
            # One, as each may make a thousand bytes of one.
            headers={"Accept-Encoding": "gzip", **(headers or {})},
            verify=_trusted(),
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    def follow(self, link: str) -> str:
        """A link of an answer, made absolute. Raises `SourceDown` where it leads elsewhere."""
        try:
            target = str(httpx.URL(self._url).join(link))
        except httpx.InvalidURL:
            raise SourceDown("its answer leads to an address that is none") from None
        if _origin(target) != _origin(self._url):
            raise SourceDown(
                f"its answer leads to another server, {_origin(target)};"
                " that server must call itself as the sensor file does"
            )
        return target

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer with a status below 400. Raises `SourceDown`."""
        answer = await self.ask("GET", url, headers=headers)
        if answer.status >= 400:
            raise SourceDown(f"it answers {answer.status} at {url}", _retry_after(answer))
        return answer

    async def ask(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """An answer of any status but a redirect. Raises `SourceDown`."""
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self._client.stream(method, url, content=body, headers=headers) as response,
            ):
                return await _bounded(response)
        except TimeoutError:
            raise SourceDown(f"no answer within {ANSWER_S:.0f} s from {url}") from None
        except zlib.error:
            raise SourceDown(f"the answer from {url} can't be unpacked") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reason = str(error) or type(error).__name__
            raise SourceDown(f"{url} can't be reached ({reason})") from None


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts; it takes a while to read them."""
    return ssl.create_default_context()


async def _bounded(response: httpx.Response) -> Answer:
    if response.is_redirect:
        place = response.headers.get("location", "")[:200]
        raise SourceDown(f"it answers with another address, {place}; write that one in the file")
    unpack = _unpacking(response.headers.get("content-encoding", ""))
    body = bytearray()
    async for piece in response.aiter_raw():
        body += unpack(piece, MAX_ANSWER_BYTES + 1 - len(body))
        if len(body) > MAX_ANSWER_BYTES:
            raise SourceDown(f"its answer is longer than {MAX_ANSWER_BYTES >> 20} MiB")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Answer(response.status_code, bytes(body), kind, response.headers)


def _unpacking(encoding: str) -> Callable[[bytes, int], bytes]:
    """What makes the answer of its pieces, no more bytes of each than are wanted."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda piece, _most: piece
        case "gzip" | "x-gzip":
            unpacked = zlib.decompressobj(GZIP_WINDOW)
            return unpacked.decompress
        case other:
            raise SourceDown(f"it answers in an encoding that nobody asked for, {other[:40]!r}")


def _origin(url: str) -> str:
    """By the same reader that then goes there."""
    parts = httpx.URL(url)
    return f"{parts.scheme}://{parts.host}:{parts.port or PORTS.get(parts.scheme, 0)}"


def _retry_after(answer: Answer) -> float:
    """Seconds that a server asks for (RFC 9110, 10.2.3); dates are not read."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
