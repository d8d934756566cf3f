"""One connection to an MQTT broker, 3.1.1 or 5.

Messages of QoS 1 are acknowledged only when `acknowledge` is called, so that the broker keeps what
isn't safe yet; and nothing more is read while too much waits here, so that it waits there.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from . import mqtt_packets as packets
from .intake import SourceDown
from .mqtt_packets import Hello, Message, Packet, PacketError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

MAX_WAITING = 10_000
MAX_WAITING_BYTES = 8 * 1024 * 1024
MAX_UNREAD_BYTES = 1024 * 1024
MAX_UNHEARD = 500
SESSION_KEPT_S = 24 * 3600
KEEP_ALIVE_S = 30
HANDSHAKE_S = 10.0
TOPICS_PER_PACKET = 100
NUMBERS = 65_535
"""So many messages may be on their way to us: those that a broker holds back it soon drops."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how to speak to it; with a `client_id` it keeps what we missed."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None
    client_id: str = ""


def _hear(answer: asyncio.Future[Any]) -> None:
    """Nobody waits for this any more, and what it says has been heard."""
    if not answer.cancel() and not answer.cancelled():
        answer.exception()


def _reason(error: OSError | UnicodeError) -> str:
    """Why there is no connection, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS there: {error.reason}"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


class UnknownVersion(SourceDown):
    """The broker doesn't speak this version of MQTT."""


class MqttClient(asyncio.Protocol):
    """Connected within its context. Raises `SourceDown` where the broker is or goes away."""

    def __init__(self, broker: Broker, version: str) -> None:
        self._broker = broker
        self._five = version == "5"
        self._place = f"the broker at {broker.host}:{broker.port}"
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._waiting: list[Message] = []
        self._waiting_bytes = 0
        self._happened = asyncio.Event()
        self._welcome: asyncio.Future[None] = self._loop.create_future()
        self._granted: dict[int, asyncio.Future[bytes]] = {}
        self._unheard: set[int] = set()
        self._number = 0
        self._heard_s = self._loop.time()
        self._ended: SourceDown | None = None
        self._tending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._connect()
        except BaseException:
            # Also where it was cancelled: nobody else closes what is half open.
            await self._leave()
            raise
        self._tending = self._loop.create_task(self._tend())
        return self

    async def _connect(self) -> None:
        broker = self._broker
        context = ssl.create_default_context() if broker.tls else None
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await self._loop.create_connection(
                    lambda: self, broker.host, broker.port, ssl=context
                )
                self._write(packets.connect(self._hello()))
                await self._welcome
        except TimeoutError:
            raise SourceDown(f"{self._place} doesn't answer") from None
        except (OSError, UnicodeError) as error:
            raise SourceDown(f"{self._place} can't be reached ({_reason(error)})") from None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write(packets.GOODBYE)
        await self._leave()

    def _hello(self) -> Hello:
        broker = self._broker
        return Hello(
            five=self._five,
            client_id=broker.client_id,
            keep_alive_s=KEEP_ALIVE_S,
            username=broker.username,
            # 3.1.1 has no password without a user name (3.1.2.9).
            password=broker.password if self._five or broker.username is not None else None,
            kept_s=SESSION_KEPT_S,
            most_received=NUMBERS,
        )

    async def subscribe(self, topics: Sequence[str]) -> list[str]:
        """Asks for topics at QoS 1; returns those that the broker refuses."""
        refused: list[str] = []
        for start in range(0, len(topics), TOPICS_PER_PACKET):
            asked = topics[start : start + TOPICS_PER_PACKET]
            codes = await self._subscribe(asked)
            if len(codes) != len(asked):
                raise SourceDown(f"{self._place} answers for other topics than were asked for")
            pairs = zip(asked, codes, strict=True)
            refused += [topic for topic, code in pairs if code >= packets.FAILURE]
        return refused

    async def _subscribe(self, topics: Sequence[str]) -> bytes:
        number = self._next()
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._granted[number] = answer
        self._write(packets.subscribe(number, topics, five=self._five))
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                return await answer
        except TimeoutError:
            raise SourceDown(f"{self._place} doesn't answer") from None
        finally:
            del self._granted[number]
            _hear(answer)

    async def received(self) -> list[Message]:
        """The messages that came since the last time, at least one."""
        while not self._waiting:
            await self._happens()
        messages, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if self._transport is not None:
            self._transport.resume_reading()
        return messages

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Tells the broker that the messages of these numbers are safe here."""
        self._write(b"".join(map(packets.puback, numbers)))

    async def publish(self, topic: str, payload: bytes) -> None:
        """Sends a message at QoS 1; returns when few enough wait for the broker's word."""
        number = self._next()
        self._unheard.add(number)
        self._write(packets.publish(number, topic, payload, five=self._five))
        await self.published(MAX_UNHEARD)

    async def published(self, most: int = 1) -> None:
        """Returns when the broker has taken all messages but less than `most`."""
        while len(self._unheard) >= most:
            await self._happens()

    async def _happens(self) -> None:
        if self._ended is not None:
            raise SourceDown(str(self._ended))
        self._happened.clear()
        await self._happened.wait()

    def _next(self) -> int:
        self._number = self._number % NUMBERS + 1
        return self._number

    def _write(self, data: bytes) -> None:
        if not data or self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            self._end(SourceDown(f"{self._place} doesn't take what we answer"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        # uvloop's transports are ones without saying so.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Takes whole packets out of what came so far."""
        self._buffer += data
        self._heard_s = self._loop.time()
        try:
            for packet in packets.packets(self._buffer):
                self._take(packet)
        except PacketError as error:
            self._end(SourceDown(f"{self._place} speaks no MQTT ({error})"))
        much = len(self._waiting) >= MAX_WAITING or self._waiting_bytes >= MAX_WAITING_BYTES
        if much and self._transport is not None:
            self._transport.pause_reading()
        self._happened.set()

    def connection_lost(self, _error: Exception | None) -> None:
        """The broker hung up, or the line broke."""
        # Brokers that know 3.1.1 alone may just hang up on a 5.
        early = not self._welcome.done()
        self._end((UnknownVersion if early else SourceDown)(f"{self._place} hung up"))

    def _take(self, packet: Packet) -> None:
        match packet.kind:
            case packets.PUBLISH:
                self._waiting.append(packets.message_of(packet, five=self._five))
                self._waiting_bytes += len(packet.body)
            case packets.PUBACK:
                self._unheard.discard(packets.acknowledged(packet))
            case packets.SUBACK:
                number, codes = packets.granted(packet, five=self._five)
                answer = self._granted.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(codes)
            case packets.CONNACK:
                self._be_welcomed(packets.connected(packet))
            case packets.DISCONNECT:
                code = packet.body[0] if packet.body else 0
                self._end(SourceDown(f"{self._place} ends it: {packets.reason(code)}"))
            case packets.PINGRESP:
                pass
            case _:
                raise PacketError(f"a packet of kind {packet.kind}")

    def _be_welcomed(self, code: int) -> None:
        if self._welcome.done():
            return
        if code == 0:
            self._welcome.set_result(None)
            return
        kind = UnknownVersion if code in packets.UNKNOWN_VERSION else SourceDown
        self._end(kind(f"{self._place} refuses us: {packets.reason(code)}"))

    def _end(self, error: SourceDown) -> None:
        """Whoever waits for something hears of the first reason."""
        if self._ended is None:
            self._ended = error
            if not self._welcome.done():
                self._welcome.set_exception(error)
            for answer in self._granted.values():
                if not answer.done():
                    answer.set_exception(error)
        if self._transport is not None:
            self._transport.close()
        self._happened.set()

    async def _tend(self) -> None:
        while self._ended is None:
            await asyncio.sleep(KEEP_ALIVE_S / 2)
            # What waits here to be taken was heard long ago, but the broker isn't to blame.
            reading = self._transport is not None and self._transport.is_reading()
            if reading and self._loop.time() - self._heard_s > 1.5 * KEEP_ALIVE_S:
                self._end(SourceDown(f"{self._place} has fallen silent"))
            self._write(packets.PINGREQ)

    async def _leave(self) -> None:
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()
        _hear(self._welcome)
