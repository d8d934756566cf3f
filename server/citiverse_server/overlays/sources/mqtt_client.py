"""One connection to an MQTT broker, 3.1.1 or 5: paho's protocol engine on this event loop.

Messages of QoS 1 and 2 are acknowledged only when `acknowledge` is called (paho's manual
acknowledgement), so that the broker keeps what isn't safe yet.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from .intake import SourceDown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from paho.mqtt.client import ConnectFlags, DisconnectFlags, SocketLike
    from paho.mqtt.reasoncodes import ReasonCode

MAX_WAITING = 20_000
"""Messages that came and weren't taken: beyond, the socket isn't read, and the broker waits."""
RECEIVED_AT_ONCE = 2_000
MAX_UNHEARD = 500
SESSION_KEPT_S = 24 * 3600
KEEP_ALIVE_S = 30
HANDSHAKE_S = 10.0
TOPICS_PER_PACKET = 100
READ_AT_ONCE = 200
# MQTT 5, 2.4: reason codes from here on are failures; MQTT 3.1.1, 3.9.3 has the same for topics.
FAILURE = 0x80
UNKNOWN_VERSION = ("Unsupported protocol version",)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how to speak to it; with a `client_id` it keeps what we missed."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None
    client_id: str = ""


class UnknownVersion(SourceDown):
    """The broker doesn't speak this version of MQTT."""


class MqttClient:
    """Connected within its context. Raises `SourceDown` where the broker is or goes away."""

    def __init__(self, broker: Broker, version: str) -> None:
        self._broker = broker
        self._five = version == "5"
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._waiting: deque[MQTTMessage] = deque()
        self._ended: str | None = None
        self._unheard = 0
        self._answered: asyncio.Future[None] = self._loop.create_future()
        self._granted: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._tending: asyncio.Task[None] | None = None
        self._client = self._configured()

    def _configured(self) -> Client:
        broker = self._broker
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=None if self._five else not broker.client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._five else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = lambda _client, _data, message: self._waiting.append(message)
        return client

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                # It looks up the host and shakes hands, and blocks while it does.
                await self._loop.run_in_executor(None, self._connect)
                self._attend()
                await self._answered
        except TimeoutError:
            await self._leave()
            raise SourceDown(f"{self._place} doesn't answer") from None
        except (OSError, ValueError) as error:
            await self._leave()
            raise SourceDown(f"{self._place} can't be reached ({error})") from None
        except SourceDown:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        await self._leave()

    @property
    def _place(self) -> str:
        return f"the broker at {self._broker.host}:{self._broker.port}"

    def _connect(self) -> None:
        properties = None
        if self._five:
            # paho leaves this one without types.
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.ReceiveMaximum = RECEIVED_AT_ONCE
            if self._broker.client_id:
                properties.SessionExpiryInterval = SESSION_KEPT_S
        self._client.connect(
            self._broker.host,
            self._broker.port,
            KEEP_ALIVE_S,
            clean_start=not self._broker.client_id if self._five else MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )

    def _attend(self) -> None:
        """From now on the loop reads and writes the socket."""
        socket = self._client.socket()
        if socket is None:
            raise SourceDown(f"{self._place} hung up")
        self._loop.add_reader(socket, self._read)
        self._client.on_socket_register_write = lambda *_: self._loop.add_writer(
            socket, self._client.loop_write
        )
        self._client.on_socket_unregister_write = self._stop_writing
        self._client.on_socket_close = lambda *_: self._forget(socket.fileno())
        self._client.loop_write()
        self._tending = self._loop.create_task(self._tend())

    def _stop_writing(self, _client: Client, _data: object, socket: SocketLike) -> None:
        self._loop.remove_writer(socket)

    def _forget(self, number: int) -> None:
        if number >= 0:
            self._loop.remove_reader(number)
            self._loop.remove_writer(number)

    def _read(self) -> None:
        """Takes what lies in the socket, some messages at a time."""
        before = len(self._waiting)
        for _ in range(READ_AT_ONCE):
            held = len(self._waiting)
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
            if len(self._waiting) == held:
                break
        if len(self._waiting) > before:
            self._came.set()
        if len(self._waiting) >= MAX_WAITING and (socket := self._client.socket()) is not None:
            self._loop.remove_reader(socket)

    async def _tend(self) -> None:
        while self._client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            await asyncio.sleep(1)

    async def subscribe(self, topics: Sequence[str]) -> list[str]:
        """Asks for topics at QoS 1; returns those that the broker refuses."""
        refused = []
        for start in range(0, len(topics), TOPICS_PER_PACKET):
            asked = topics[start : start + TOPICS_PER_PACKET]
            codes = await self._subscribe(asked)
            refused += [
                topic
                for topic, code in zip(asked, codes, strict=True)
                if int(getattr(code, "value", 0)) >= FAILURE
            ]
        return refused

    async def _subscribe(self, topics: Sequence[str]) -> list[ReasonCode]:
        asked = (
            [(topic, SubscribeOptions(qos=1)) for topic in topics]
            if self._five
            else [(topic, 1) for topic in topics]
        )
        code, number = self._client.subscribe(asked)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS or number is None:
            raise SourceDown(f"{self._place} hung up")
        answer: asyncio.Future[list[ReasonCode]] = self._loop.create_future()
        self._granted[number] = answer
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                return await answer
        except TimeoutError:
            raise SourceDown(f"{self._place} doesn't answer") from None
        finally:
            del self._granted[number]

    async def received(self) -> list[MQTTMessage]:
        """The messages that came since the last time, at least one."""
        while not self._waiting:
            if self._ended is not None:
                raise SourceDown(self._ended)
            self._came.clear()
            await self._came.wait()
        messages = list(self._waiting)
        self._waiting.clear()
        if len(messages) >= MAX_WAITING and (socket := self._client.socket()) is not None:
            self._loop.add_reader(socket, self._read)
        return messages

    async def publish(self, topic: str, payload: bytes) -> None:
        """Sends a message at QoS 1; returns while few enough wait for the broker's word."""
        if self._client.publish(topic, payload, qos=1).rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise SourceDown(self._ended or f"{self._place} hung up")
        self._unheard += 1
        await self.published(MAX_UNHEARD)

    async def published(self, most: int = 1) -> None:
        """Returns when the broker has taken all messages but less than `most`."""
        while self._unheard >= most:
            if self._ended is not None:
                raise SourceDown(self._ended)
            self._came.clear()
            await self._came.wait()

    def _on_publish(self, *_: object) -> None:
        self._unheard -= 1
        self._came.set()

    def acknowledge(self, messages: Sequence[MQTTMessage]) -> None:
        """Tells the broker that messages are safe here."""
        for message in messages:
            if message.qos:
                self._client.ack(message.mid, message.qos)

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, _more: object
    ) -> None:
        if self._answered.done():
            return
        if code.is_failure:
            kind = UnknownVersion if code.getName() in UNKNOWN_VERSION else SourceDown
            self._answered.set_exception(kind(f"{self._place} refuses us: {code.getName()}"))
        else:
            self._answered.set_result(None)

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _more: object,
    ) -> None:
        self._ended = f"{self._place} hung up ({code.getName()})"
        if not self._answered.done():
            # Brokers that know 3.1.1 alone may just hang up on a 5.
            self._answered.set_exception(
                UnknownVersion(self._ended) if self._five else SourceDown(self._ended)
            )
        for answer in self._granted.values():
            if not answer.done():
                answer.set_exception(SourceDown(self._ended))
        self._came.set()

    def _on_subscribe(
        self, _client: Client, _data: object, number: int, codes: list[ReasonCode], _more: object
    ) -> None:
        answer = self._granted.get(number)
        if answer is not None and not answer.done():
            answer.set_result(codes)

    async def _leave(self) -> None:
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        socket = self._client.socket()
        if socket is not None:
            self._forget(socket.fileno())
            socket.close()
