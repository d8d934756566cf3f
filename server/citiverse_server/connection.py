"""One WebSocket as a raw ASGI shell: bytes between the socket and a `Session`, and nothing else.

Reading and writing are two tasks. The writer asks the outbox for one message at a time and waits
until the socket has taken it, so a slow client holds one message and the socket's buffer, no more.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import protocol
from .consultation.requests import Hide, Post
from .decisions import SendCollider, SendTile
from .errors import ErrorCode, ProtocolError, Refusal, RequestRefused, SceneError
from .greeting import greeting_in
from .hearing import Hearing
from .line import line_of
from .outbox import Outbox
from .placement import collider_message, part_message, reference_message, tile_message
from .session import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

    from .access import Role
    from .consultation.board import Board
    from .consultation.requests import Request
    from .content import Content
    from .decisions import Decision
    from .hub import Hub
    from .line import Line
    from .people.crowd import Crowd
    from .protocol import Hello, ServerMessage
    from .scene import ContentFile, Scene
    from .session import Session

logger = logging.getLogger("citiverse.stream")

FAREWELL_S = 0.5
REST = 3.0
"""After work for one client that takes long, others have so many times as long."""
GOODBYES = (1000, 1001)
"""Close codes of who leaves, or whose page goes away (RFC 6455, 7.4.1); a lost line has others."""


@dataclass(frozen=True, slots=True)
class Socket:
    """Two ways, where the other end is, and what lies between where the server below is ours.

    `greeting` is what the client said as it opened the socket.
    """

    receive: Receive
    send: Send
    address: str
    line: Line | None
    greeting: Hello | None = None


class Connection:
    """Lives from the accepted socket to its close."""

    def __init__(self, hub: Hub, session: Session, socket: Socket) -> None:
        self._hub = hub
        self._session = session
        self._receive = socket.receive
        self._send = socket.send
        self._address = socket.address
        self._line = socket.line
        self._greeting = socket.greeting
        if self._line is not None:
            self._line.passed = self._passed
        self._sending: tuple[ContentFile, Content] | None = None
        self._outbox = Outbox()
        self._hearing = Hearing(socket.line, hub.metrics, self.wake)
        self._wake = asyncio.Event()
        self._ended: asyncio.Future[ProtocolError] = asyncio.get_running_loop().create_future()
        self._sending_since: float | None = None
        self._choosing = asyncio.Lock()
        self._rests_until = 0.0
        self._said_goodbye = False
        self._is_open = False
        # What is being written to the disk; it ends by itself, with or without this connection.
        self._asked: set[asyncio.Task[None]] = set()

    @property
    def role(self) -> Role:
        """The role of whoever is connected."""
        return self._session.role

    def is_in(self, scene: str) -> bool:
        """Whether the client has entered this scene."""
        return self._session.scene is not None and self._session.scene.name == scene

    async def run(self) -> ProtocolError | None:
        """Serves until the client leaves (None) or an error ends it."""
        tasks = {asyncio.create_task(self._read()), asyncio.create_task(self._write())}
        try:
            ends: tuple[asyncio.Future[None] | asyncio.Future[ProtocolError], ...]
            ends = (*tasks, self._ended)
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._session.close(self._hub.now(), for_good=self._said_goodbye)
            self._hearing.leave()
        for task in tasks & done:
            error = task.exception()
            if isinstance(error, ProtocolError):
                return error
            if error is not None and not isinstance(error, OSError):
                raise error
        return self._ended.result() if self._ended in done else None

    def wake(self) -> None:
        """Something may have become sendable."""
        self._wake.set()

    def tick(self) -> None:
        """Who has come or gone since the last one may be told now."""
        if self._outbox.tick():
            self.wake()

    @property
    def place_among_people(self) -> tuple[Crowd, int] | None:
        """The client's crowd and seat, where she would hear of somebody who has moved."""
        visit = self._outbox.listener
        seat = None if visit is None else visit.seat
        return None if visit is None or seat is None else (visit.crowd, seat)

    def hear(self, frame: bytes) -> None:
        """Where others are now, encoded."""
        self._outbox.hear(frame)
        self.wake()

    def tell(self, frame: bytes) -> None:
        """Queues a message that came about elsewhere."""
        try:
            self._outbox.reply(frame)
        except ProtocolError as error:
            self.end(error)
        self.wake()

    def move_to(self, scene: Scene, news: bytes) -> None:
        """The city the client is in has been made anew; `news` tells the client."""
        self._session.move_to(scene)
        self.tell(news)
        if self._session.viewer is not None:
            self._outbox.open(self._session.viewer, self._hearing)
        self._hearing.enter(self._hub.audiences[scene.name], self._session)

    def end(self, error: ProtocolError) -> None:
        """Ends this connection from outside."""
        if not self._ended.done():
            self._ended.set_result(error)

    def check(self) -> None:
        """Ends this connection where its client is silent or doesn't read."""
        now = self._hub.now()
        try:
            self._session.check(now)
            if self._sending_since is not None:
                waited = now.monotonic - self._sending_since
                if waited > self._hub.config.limits.send_timeout_s:
                    raise ProtocolError(ErrorCode.SLOW_CONSUMER, "The client doesn't read.")
        except ProtocolError as error:
            self.end(error)

    async def _read(self) -> None:
        if self._greeting is not None:
            await self._enter(self._greeting.scene)
            self._follow(self._session.take(self._greeting, self._hub.now()))
        while True:
            event = await self._receive()
            if event["type"] != "websocket.receive":
                self._said_goodbye = event.get("code") in GOODBYES
                return
            data = event.get("bytes")
            if data is None:
                raise ProtocolError(ErrorCode.BAD_MESSAGE, "Messages must be binary.")
            if self._session.scene is None:
                await self._enter(protocol.scene_named(data))
            async with self._choosing:
                self._follow(self._session.receive(data, self._hub.now()))

    async def _enter(self, scene: str) -> None:
        """Opens the scene that the client is about to enter."""
        try:
            await self._hub.enter(scene)
        except SceneError:
            sentence = "This city can't be opened; whoever runs the server can see why."
            raise ProtocolError(ErrorCode.SERVER_ERROR, sentence) from None

    def _follow(self, replies: Iterable[ServerMessage | Request]) -> None:
        """What comes of a message: answers, what is to be written, and a scene that is entered."""
        for reply in replies:
            if isinstance(reply, Post | Hide):
                self._ask(reply)
            else:
                self._outbox.reply(protocol.encode(reply))
                if isinstance(reply, protocol.Error):
                    self._hub.metrics.refuse(Refusal(reply.code))
        if self._session.scene is not None and not self._is_open:
            self._open(self._session.scene)
        self._hearing.follow(self._session)
        self.wake()

    def _ask(self, request: Post | Hide) -> None:
        if self._session.scene is None:
            raise AssertionError("comments are made in a scene only")
        board = self._hub.boards[self._session.scene.name]
        task = asyncio.create_task(self._answer(board, request))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _answer(self, board: Board, request: Post | Hide) -> None:
        try:
            if isinstance(request, Post):
                kept = await board.post(request, self._address)
                message = protocol.Commented(key=request.key, id=kept.id, time=kept.time)
                self.tell(protocol.encode(message))
            else:
                await board.hide(request)
        except RequestRefused as refused:
            self._hub.metrics.refuse(refused.code)
            self.tell(protocol.encode(refusal(refused)))

    def _open(self, scene: Scene) -> None:
        self._is_open = True
        if (making := self._hub.making.get(scene.name)) is not None:
            self._outbox.reply(making)
        self._outbox.reply(self._hub.boards[scene.name].newest(self._session.role))
        if self._session.viewer is not None:
            self._outbox.open(self._session.viewer, self._hearing)
        self._hearing.enter(self._hub.audiences[scene.name], self._session)
        if self._session.visit is not None:
            self._outbox.reply(self._session.visit.everyone())
            self._outbox.meet(self._session.visit)

    async def _choose(self) -> None:
        """Works out beside the loop what takes long, a quarter of the time at most.

        Views that come meanwhile wait: of several, only the newest is worked out.
        """
        viewer = self._session.viewer
        if viewer is None or not viewer.has_much_to_choose:
            return
        await asyncio.sleep(self._rests_until - self._hub.now().monotonic)
        async with self._choosing:
            began = self._hub.now().monotonic
            await asyncio.to_thread(viewer.follow)
            ended = self._hub.now().monotonic
        self._rests_until = ended + REST * (ended - began)

    async def _write(self) -> None:
        while True:
            await self._choose()
            if self._line is not None:
                await self._line.ready()
            now = self._hub.now()
            item = self._outbox.next(now)
            if item is None:
                self._mark_rest()
                self._wake.clear()
                await self._wake.wait()
                continue
            frame = item if isinstance(item, bytes) else await self._encode(item)
            self._sending_since = now.monotonic
            await self._send({"type": "websocket.send", "bytes": frame})
            self._sending_since = None
            self._hub.metrics.stream_bytes += len(frame)
            if isinstance(item, SendTile | SendCollider):
                self._mark(item)
                # A window of cached tiles goes out without a pause: let others have a turn.
                await asyncio.sleep(0)

    def _mark(self, sent: SendTile | SendCollider) -> None:
        """Asks to be told when content that was sent has arrived."""
        by_reference = isinstance(sent, SendTile) and sent.by_reference
        if self._line is not None and sent.piece and sent.piece.length and not by_reference:
            number = self._session.flight.sent(sent.piece.length, self._hub.now().monotonic)
            if number is not None:
                self._line.mark(number)

    def _mark_rest(self) -> None:
        if self._line is not None:
            number = self._session.flight.rest(self._hub.now().monotonic)
            if number is not None:
                self._line.mark(number)

    def _passed(self, number: int) -> None:
        self._session.flight.arrived(number, self._hub.now().monotonic)
        self.wake()

    async def _encode(self, decision: Decision) -> bytes:
        scene = self._session.scene
        if not isinstance(decision, SendTile | SendCollider):
            return protocol.encode(decision)
        if scene is None:
            raise AssertionError("content is decided in a scene only")
        row, piece = decision.row, decision.piece
        if isinstance(decision, SendTile) and decision.by_reference and piece is not None:
            self._hub.metrics.stream_tiles += 1
            base = self._hub.config.content_url or ""
            return protocol.encode(reference_message(scene, decision, piece.size, base))
        is_tile = isinstance(decision, SendTile)
        file = scene.tile_file(row) if is_tile else scene.collider_file(row)
        try:
            content = await self._content(file) if piece is not None and piece.length else None
            if piece is not None and content is not None and not piece.is_first:
                message: ServerMessage = part_message(piece, content)
            elif isinstance(decision, SendTile):
                message = tile_message(scene, decision, content)
                self._hub.metrics.stream_tiles += 1
            else:
                message = collider_message(scene, row, piece, content)
        except OSError as error:
            logger.error("%s can't be read: %s.", file.path, error)
            raise ProtocolError(
                ErrorCode.SERVER_ERROR, "This scene can't be read any more."
            ) from None
        return protocol.encode(message)

    async def _content(self, file: ContentFile) -> Content:
        """The content of a file; between its pieces it is kept at hand."""
        if self._sending is None or self._sending[0] != file:
            content = await self._hub.content.read(file, compressed=file.has_gzip)
            self._sending = (file, content)
        return self._sending[1]


async def serve_socket(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application behind `/ws`."""
    await receive()
    offered: list[str] = scope.get("subprotocols", [])
    if offered and protocol.SUBPROTOCOL not in offered:
        await send({"type": "websocket.close", "code": 1002})
        return
    subprotocol = protocol.SUBPROTOCOL if offered else None
    try:
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        error = await _served(hub, scope, receive, send)
    except OSError:
        return
    if error is not None:
        hub.metrics.refused += 1
        await _say_goodbye(error, send, line_of(scope))


async def _served(hub: Hub, scope: Scope, receive: Receive, send: Send) -> ProtocolError | None:
    refusal = hub.refusal()
    if refusal is None and not hub.scenes:
        await hub.waiting.stay(send)
        refusal = hub.refusal()
    if refusal is not None:
        return refusal
    try:
        greeting = greeting_in(scope["query_string"])
    except ProtocolError as error:
        return error
    socket = Socket(receive, send, address_of(scope), line_of(scope), greeting)
    connection = Connection(hub, hub.new_session(), socket)
    if scope["http_version"] == "2":
        hub.metrics.sessions_http2 += 1
    with hub.holding(connection):
        return await connection.run()


async def _say_goodbye(error: ProtocolError, send: Send, line: Line | None) -> None:
    farewell = protocol.Error(code=error.code.value, message=error.sentence, fatal=True)
    try:
        async with asyncio.timeout(FAREWELL_S):
            await send({"type": "websocket.send", "bytes": protocol.encode(farewell)})
            await send({"type": "websocket.close", "code": error.close_code, "reason": error.code})
    except TimeoutError:
        if line is not None:
            line.abort()
    except OSError:
        pass


def address_of(scope: Scope) -> str:
    """Where a request comes from; "" where the transport doesn't say."""
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else ""
