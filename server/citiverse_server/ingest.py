"""Readings that are sent to us: `POST /sensors/{source}`, for sources of the sensor file.

Sent is plain JSON or CSV (kind push), a notification of NGSI-LD, or a feed message of GTFS
Realtime. Who sends has the credential that the source's `token_env` names. The answer is 204, and
only once what was sent outlives the power.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from .answers import Problem
from .errors import StateError
from .limits import TokenBucket
from .overlays.sources.intake import SourceDown

if TYPE_CHECKING:
    from starlette.requests import Request

    from .hub import Hub
    from .overlays.reading import Arrival
    from .overlays.sources.intake import Intake
    from .overlays.sources.kinds import Understand

logger = logging.getLogger("citiverse.sensors")

MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 10.0
RATE_PER_S = 50.0
BURST = 200.0
NOBODY = "No source of this name is sent to here."
NO_CREDENTIAL = "its `token_env` names no environment variable that is set."
AT_ONCE = 256
"""So many readings are taken before others have their turn."""


class Refused(Exception):
    """A request of which nothing is taken, with its status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Ingest:
    """For each source that somebody has sent to a bucket of requests, and what understands them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._buckets: dict[str, TokenBucket] = {}
        self._understanding: dict[str, Understand] = {}
        for name, intake in hub.listening.intakes.items():
            if intake.source.kind == "push" and intake.token is None:
                logger.warning("Nobody can send to the source %s: %s", name, NO_CREDENTIAL)

    async def take(self, request: Request) -> Response:
        """One POST."""
        name = request.path_params["source"]
        try:
            intake, understand = self._inlet(name)
            _check(intake, request.headers.get("authorization", ""))
            self._spend(name)
            body = await read_body(request)
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            await self._receive(name, understand(body, kind))
            await intake.stored()
        except Refused as refused:
            headers = {"retry-after": "1"} if refused.status == 429 else {}
            return _problem(refused.status, str(refused), headers)
        except (ValueError, SourceDown) as error:
            return _problem(400, f"This can't be read: {error}.")
        except StateError as error:
            logger.error("%s", error)
            return _problem(503, "What was sent can't be kept now; please send it again later.")
        return Response(status_code=204)

    def _inlet(self, name: str) -> tuple[Intake, Understand]:
        intake = self._hub.listening.intakes.get(name)
        if intake is None:
            raise Refused(404, NOBODY)
        if name not in self._understanding:
            from .overlays.sources.kinds import kind_of

            told = kind_of(intake.source.kind).told
            if told is None:
                raise Refused(404, NOBODY)
            self._understanding[name] = told(intake)
        return intake, self._understanding[name]

    def _spend(self, name: str) -> None:
        now = self._hub.now().monotonic
        bucket = self._buckets.setdefault(name, TokenBucket(RATE_PER_S, BURST, now))
        if not bucket.take(now):
            raise Refused(429, "More requests than this source may send; put more into each.")

    async def _receive(self, name: str, arrivals: list[Arrival]) -> None:
        for number, arrival in enumerate(arrivals, 1):
            self._hub.listening.receive(arrival, name)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)


def _check(intake: Intake, authorization: str) -> None:
    """Raises `Refused` for who doesn't have the source's credential."""
    if intake.token is None:
        raise Refused(403, f"Nobody may send to this source: {NO_CREDENTIAL}")
    kind, _, token = authorization.partition(" ")
    same = hmac.compare_digest(token.strip().encode(), intake.token.encode())
    if kind.lower() != "bearer" or not same:
        raise Refused(401, "Who sends to this source needs its credential.")


async def read_body(request: Request) -> bytes:
    """The body of a request, at most 1 MiB. Raises `Refused`."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, "Please send it without compression.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    raise Refused(413, "This is more than 1 MiB; please send it in parts.")
    except TimeoutError:
        raise Refused(408, "This took too long to arrive.") from None
    return bytes(body)


def _problem(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(Problem(sentence)),
        status,
        {"cache-control": "no-store", **(headers or {})},
        "application/json",
    )
