"""How NGSI-LD is spoken over HTTP (6.3): media types, @context, errors, bodies."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.responses import Response

from ...errors import SceneError, StateError
from ..turns import BusyError
from . import context
from .problems import Kind, NgsiError, bad

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from .context import Names
    from .entity import Json

    Endpoint = Callable[[Request], Awaitable[Response]]

logger = logging.getLogger("citiverse.http")

JSON = "application/json"
JSON_LD = "application/ld+json"
MERGE_PATCH = "application/merge-patch+json"
MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 10.0
EXPOSED = "link, location, content-range, ngsild-results-count, etag"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Speech:
    """How to answer one request: with which @context, and whether in the body."""

    linked: str | None
    own: str
    embedded: bool

    @property
    def context(self) -> str:
        """The address of the @context of the answer: that of the request, else this server's."""
        return self.linked or self.own


def speech_of(request: Request) -> Speech:
    """By `Accept` and `Link` (6.3.5, 6.3.6); raises `NgsiError`."""
    if request.headers.get("ngsild-tenant"):
        raise NgsiError(Kind.NO_TENANTS, "This server has one city; leave NGSILD-Tenant out.")
    linked = context.linked(request.headers.getlist("link"))
    own = f"{request.url.scheme}://{request.url.netloc}{context.PATH}"
    return Speech(linked, own, _accepted(request.headers.get("accept", "*/*")) == JSON_LD)


def answer(
    speech: Speech,
    body: Json,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A document, or a list of them, with its @context inside or in a header."""
    sent = {"access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED}
    if speech.embedded:
        if isinstance(body, list):
            body = [_with(one, speech) for one in body]
        else:
            body = _with(body, speech)
    else:
        sent["link"] = context.link_header(speech.context)
    for name, value in (headers or {}).items():
        sent[name] = f"{sent[name]}, {value}" if name in sent else value
    media_type = JSON_LD if speech.embedded else JSON
    sent["content-type"] = media_type
    sent["cache-control"] = "no-cache"
    sent["x-content-type-options"] = "nosniff"
    return Response(msgspec.json.encode(body), status, sent)


def refused(error: NgsiError) -> Response:
    """ProblemDetails (5.5.3)."""
    problem = error.problem
    headers = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(problem), problem.status, headers, media_type=JSON)


def guarded(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose errors are answered as the standard has them."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NgsiError as error:
            return refused(error)
        except BusyError as error:
            return refused(NgsiError(Kind.BUSY, str(error)))
        except (SceneError, StateError) as error:
            logger.error("%s", error)
            sentence = "What was asked for can't be read now; please try again later."
            return refused(NgsiError(Kind.INTERNAL_ERROR, sentence))

    return answered


async def body_of(request: Request, decoder: msgspec.json.Decoder[_T]) -> _T:
    """The JSON of a request; raises `NgsiError`."""
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if kind not in (JSON, JSON_LD, MERGE_PATCH):
        raise NgsiError(Kind.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON} or {JSON_LD}.")
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                data += part
                if len(data) > MAX_BODY_BYTES:
                    raise NgsiError(Kind.TOO_LARGE, f"A body has at most {MAX_BODY_BYTES} bytes.")
    except TimeoutError:
        raise NgsiError(Kind.INVALID_REQUEST, "The body took too long to arrive.") from None
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise bad(f"The body can't be used: {error}.") from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NgsiError(Kind.INVALID_REQUEST, f"The body is no JSON: {error}.") from None


def names_in(request: Request, body: Mapping[str, object]) -> Names:
    """What terms mean in a body: by its own @context or by the `Link` header (6.3.5)."""
    is_embedded = "@context" in body
    linked = context.linked(request.headers.getlist("link"))
    if linked is not None and is_embedded:
        raise bad("A @context stands in the body or in a Link header, not in both.")
    return context.names_of(body.get("@context"))


def _accepted(accept: str) -> str:
    """The better of the two media types; of equals the one that is named first."""
    best, weight = "", 0.0
    for part in accept.lower().split(",")[:32]:
        name, *parameters = (word.strip() for word in part.split(";"))
        q = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        try:
            said = min(float(q), 1.0)
        except ValueError:
            said = 0.0
        if name in (JSON, JSON_LD, "*/*", "application/*", "") and said > weight:
            best, weight = (JSON_LD if name == JSON_LD else JSON), said
    if not best:
        raise NgsiError(Kind.NOT_ACCEPTABLE, f"Answers are {JSON} or {JSON_LD}.")
    return best


def _with(document: Json, speech: Speech) -> Json:
    """A document with its @context; that of the core comes last (5.5.7), and is in our own."""
    if not isinstance(document, dict):
        return document
    foreign = speech.linked not in (None, context.CORE)
    return {**document, "@context": [speech.context, context.CORE] if foreign else speech.context}
