"""Where recorded messages go: an MQTT broker, or a source of a server that is sent to."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from citiverse.feed.message import RecordingError
from citiverse_server.overlays.sources.http_client import HttpClient
from citiverse_server.overlays.sources.intake import SourceDown, credentials
from citiverse_server.overlays.sources.mqtt_client import Broker, MqttClient, UnknownVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse.feed.message import Message

JSON, TABLE, PROTOBUF = "application/json", "text/csv", "application/x-protobuf"
TOO_MANY, SERVER_ERROR = 429, 500


class Sender(Protocol):
    """Takes messages in order."""

    async def send(self, messages: Sequence[Message]) -> None:
        """Returns when they have been taken. Raises `SourceDown`, and `RecordingError` for good."""
        ...

    async def close(self) -> None:
        """Lets go of the connection."""
        ...


def sender_to(url: str, token: str | None) -> Sender:
    """By the scheme of the address. Raises `RecordingError`."""
    parts = urlsplit(url)
    if parts.scheme in ("mqtt", "mqtts"):
        user, _, secret = (token or "").partition(":")
        tls = parts.scheme == "mqtts"
        broker = Broker(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (8883 if tls else 1883),
            tls=tls,
            username=user or None,
            password=secret or None,
        )
        return ToBroker(broker, parts.path.strip("/"))
    if parts.scheme in ("http", "https") and parts.hostname:
        return ToSource(url, HttpClient(url, credentials(token)))
    raise RecordingError(f"{url!r} is no address to send to: it begins with mqtt:// or http://")


@dataclass
class ToBroker:
    """Each message on its recorded topic, or on one named after its file, below a first level."""

    broker: Broker
    prefix: str
    versions: list[str] = field(default_factory=lambda: ["5", "3.1.1"])
    client: MqttClient | None = None

    async def send(self, messages: Sequence[Message]) -> None:
        """All at QoS 1."""
        client = await self._connected()
        try:
            for message in messages:
                topic = message.topic or "/".join(
                    part for part in (self.prefix, message.name) if part
                )
                await client.publish(topic, payload_of(message))
            await client.published()
        except SourceDown:
            await self.close()
            raise

    async def _connected(self) -> MqttClient:
        while self.client is None:
            try:
                self.client = await MqttClient(self.broker, self.versions[0]).__aenter__()
            except UnknownVersion:
                if len(self.versions) == 1:
                    raise
                self.versions.pop(0)
        return self.client

    async def close(self) -> None:
        """Says goodbye to the broker."""
        client, self.client = self.client, None
        if client is not None:
            await client.__aexit__(None, None, None)


@dataclass
class ToSource:
    """`POST /sensors/{source}`: what belongs together in one request."""

    url: str
    client: HttpClient

    async def send(self, messages: Sequence[Message]) -> None:
        """Each run of messages of one recording and kind is a request, or a few."""
        for _, run in groupby(messages, key=lambda message: (message.name, message.kind)):
            for media_type, body in bodies_of(list(run)):
                await self._post(media_type, body)

    async def _post(self, media_type: str, body: bytes) -> None:
        headers = {"Content-Type": media_type}
        answer = await self.client.ask("POST", self.url, body, headers)
        if answer.status == TOO_MANY or answer.status >= SERVER_ERROR:
            raise SourceDown(f"it answers {answer.status}", 1.0)
        if answer.status >= 300:
            said = answer.body[:200].decode("utf-8", "replace")
            raise RecordingError(f"{self.url} answers {answer.status}: {said}")

    async def close(self) -> None:
        """Closes the connection."""
        await self.client.__aexit__(None, None, None)


def payload_of(message: Message) -> bytes:
    """The message alone."""
    if isinstance(message.body, bytes):
        return message.body
    return json.dumps(message.body, ensure_ascii=False).encode()


def bodies_of(messages: Sequence[Message]) -> list[tuple[str, bytes]]:
    """Messages of one recording and kind as bodies of requests, each with its media type."""
    match messages[0].kind:
        case "row":
            return [(TABLE, _table(messages))]
        case "entity":
            data = [message.body for message in messages]
            notification = {"id": f"urn:{messages[0].name}", "type": "Notification", "data": data}
            return [(JSON, json.dumps(notification, ensure_ascii=False).encode())]
        case "feed":
            return [(PROTOBUF, payload_of(message)) for message in messages]
        case "document":
            return [(JSON, payload_of(message)) for message in messages]


def _table(messages: Sequence[Message]) -> bytes:
    rows = [message.body for message in messages if isinstance(message.body, dict)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
