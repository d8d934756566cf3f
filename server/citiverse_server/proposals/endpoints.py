"""Proposals over HTTP, for hosts alone, as docs/contract/http.md has them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.responses import FileResponse, Response

from ..access import Action, may
from ..answers import Problem
from ..errors import ProtocolError, SceneError, ServerError
from ..invitations import NOBODY
from .desk import MOST, Desk
from .model import ProposalList, Publication, Wish
from .reader import Reader
from .refusal import RefusedError
from .store import FOLDER, ProposalStore
from .surroundings import Surroundings
from .upload import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from ..hub import Hub

    Question = Callable[[Request, Desk], Awaitable[Response]]

logger = logging.getLogger("citiverse.proposals")

MAX_BODY_BYTES = 256 * 1024
BODY_TIMEOUT_S = 10.0
_NUMBER = re.compile("[A-Za-z0-9_-]{1,32}")
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_T = TypeVar("_T")


class ProposalEndpoints:
    """One method for each route; a desk for each scene that was asked about."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._reader = Reader(hub.config.proposer or ())
        self._desks: dict[str, Desk] = {}
        self._opening = asyncio.Lock()
        self._warming: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Until the server ends."""
        try:
            yield
        finally:
            for desk in self._desks.values():
                await desk.close()
            await self._reader.close()

    async def all(self, request: Request) -> Response:
        """GET lists, POST takes a new file."""
        return await self._answered(request, self._post if request.method == "POST" else self._list)

    async def one(self, request: Request) -> Response:
        """GET gives one, DELETE removes it."""
        return await self._answered(request, _delete if request.method == "DELETE" else _get)

    async def file(self, request: Request) -> Response:
        """PUT takes a revised file."""
        return await self._answered(request, _revise)

    async def preview(self, request: Request) -> Response:
        """GET gives the preview."""
        return await self._answered(request, _preview)

    async def placement(self, request: Request) -> Response:
        """PUT says where it is to stand."""
        return await self._answered(request, _place)

    async def variant(self, request: Request) -> Response:
        """PUT publishes, DELETE takes back."""
        return await self._answered(request, _withdraw if request.method == "DELETE" else _publish)

    async def work(self, request: Request) -> Response:
        """DELETE stops what is being done."""
        return await self._answered(request, _stop)

    async def _answered(self, request: Request, question: Question) -> Response:
        name = request.path_params["scene"]
        try:
            self._check_host(request, name)
            return await question(request, await self._desk(name))
        except RefusedError as error:
            return _problem(error.status, str(error))
        except SceneError as error:
            logger.error("%s", error)
            return _problem(500, "This city can't be read now. Please try again later.")
        except (ServerError, OSError) as error:
            logger.error("%s", error)
            return _problem(503, "The server can't do this now. Please try again later.")

    def _check_host(self, request: Request, scene: str) -> None:
        """Raises `RefusedError` for all but hosts."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise RefusedError(403, "Only hosts may do this. Please open your host's link.")
        try:
            inviter = self._hub.inviters.get(scene, NOBODY)
            invitation = inviter.verify(token.strip(), scene, self._hub.now().micros / 1e6)
        except ProtocolError as error:
            raise RefusedError(403, error.sentence) from None
        if not may(invitation.role, Action.PROPOSE):
            raise RefusedError(403, "Only hosts may do this.")

    async def _desk(self, name: str) -> Desk:
        if not self._reader.is_there:
            raise RefusedError(503, "This server can't read proposals.")
        if await self._hub.enter(name) is None:
            raise RefusedError(404, "This server has no such scene.")
        async with self._opening:
            if name not in self._desks:
                store = ProposalStore(self._hub.boards[name].folder / FOLDER)
                around = Surroundings(self._hub, name)
                desk = Desk(around, store, self._reader, self._hub.config.proposal_bytes)
                await desk.open(self._hub.now().micros / 1e6)
                self._desks[name] = desk
        return self._desks[name]

    async def _list(self, _request: Request, desk: Desk) -> Response:
        warming = asyncio.create_task(self._reader.warm())
        self._warming.add(warming)
        warming.add_done_callback(self._warming.discard)
        return _json(ProposalList(desk.all(), self._hub.config.proposal_bytes, MOST))

    async def _post(self, request: Request, desk: Desk) -> Response:
        name = _file_name(request)
        return _json(await desk.take(request, name, self._hub.now().micros), 201)


async def _get(request: Request, desk: Desk) -> Response:
    after = request.query_params.get("after")
    if after is None:
        return _json(desk.one(_number(request)))
    if not re.fullmatch("[0-9]{1,9}", after):
        raise RefusedError(400, "after must be a version.")
    return _json(await desk.after(_number(request), int(after)))


async def _delete(request: Request, desk: Desk) -> Response:
    await desk.remove(_number(request))
    return Response(b"", 204, _HEADERS)


async def _revise(request: Request, desk: Desk) -> Response:
    return _json(await desk.revise(request, _number(request), _file_name(request)))


async def _preview(request: Request, desk: Desk) -> Response:
    path = desk.preview(_number(request))
    return FileResponse(path, media_type="model/gltf-binary", headers=_HEADERS)


async def _place(request: Request, desk: Desk) -> Response:
    wish: Wish = await _body(request, msgspec.json.Decoder(Wish))
    return _json(await desk.place(_number(request), wish))


async def _publish(request: Request, desk: Desk) -> Response:
    publication = await _body(request, msgspec.json.Decoder(Publication))
    return _json(await desk.publish(_number(request), publication), 202)


async def _withdraw(request: Request, desk: Desk) -> Response:
    return _json(await desk.withdraw(_number(request)))


async def _stop(request: Request, desk: Desk) -> Response:
    return _json(await desk.stop(_number(request)))


async def _body(request: Request, decoder: msgspec.json.Decoder[_T]) -> _T:
    """The JSON of a request. Raises `RefusedError`."""
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                data += part
                if len(data) > MAX_BODY_BYTES:
                    raise RefusedError(413, "This is too long.")
    except TimeoutError:
        raise RefusedError(408, "What you sent took too long to arrive.") from None
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RefusedError(400, f"This can't be used: {error}.") from None


def _number(request: Request) -> str:
    number = str(request.path_params["proposal"])
    if _NUMBER.fullmatch(number) is None:
        raise RefusedError(404, "There is no such proposal.")
    return number


def _file_name(request: Request) -> str:
    name = request.query_params.get("file", "")
    if not name or len(name) > 8 * LONGEST_NAME:
        raise RefusedError(400, "file must be the name of the file.")
    return name


def _json(body: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, _HEADERS, media_type="application/json")


def _problem(status: int, sentence: str) -> Response:
    return _json(Problem(sentence), status)
