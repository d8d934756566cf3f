"""Readings from an MQTT broker (3.1.1 and 5), for as long as the server runs.

QoS 1: every message arrives, some perhaps twice, which changes nothing; it is acknowledged when it
outlives the power here. A retained message is one that the broker kept (MQTT 3.1.1, 3.3.1.3):
nobody knows how old. Each message is a `Reading`, which the sensor file maps.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from ..reading import Reading
from ..topics import subscription
from .intake import SourceDown
from .mqtt_client import NUMBERS, Broker, MqttClient, UnknownVersion
from .persistence import persistently

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from types import TracebackType

    from ..reading import Arrival
    from .intake import Intake
    from .mqtt_packets import Message

logger = logging.getLogger("citiverse.sensors")

USERNAME_VARIABLE = "CITIVERSE_MQTT_USERNAME"
CREDENTIAL_VARIABLE = "CITIVERSE_MQTT_PASSWORD"
VERSIONS = ("5", "3.1.1")


def arrivals(intake: Intake) -> AsyncGenerator[Arrival, None]:
    """All messages on the topics of the source's datastreams, for ever."""
    broker = broker_of(intake)
    topics = sorted({subscription(topic) for topic in intake.topics})
    versions = versions_of(intake)

    async def attempt() -> AsyncGenerator[Arrival, None]:
        async with contextlib.aclosing(messages(intake, broker, topics, versions)) as came:
            async for message in came:
                yield Reading(
                    message.topic,
                    message.payload,
                    kept=message.kept,
                    source=intake.source.name,
                )

    return persistently(intake, attempt)


def versions_of(intake: Intake) -> list[str]:
    """The versions of MQTT to try: that of the file, else the newest first."""
    return [intake.source.version] if intake.source.version else list(VERSIONS)


def broker_of(intake: Intake) -> Broker:
    """The broker of a source, `mqtt://host:port` or `mqtts://…`.

    Credentials are `user:password` in the variable that the source names, else in two of ours.
    """
    parts = urlsplit(intake.source.url)
    tls = parts.scheme == "mqtts"
    user, _, secret = (intake.token or "").partition(":")
    return Broker(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (8883 if tls else 1883),
        tls=tls,
        username=user or intake.environment.get(USERNAME_VARIABLE),
        password=secret or intake.environment.get(CREDENTIAL_VARIABLE),
        client_id=intake.source.client_id,
    )


async def messages(
    intake: Intake, broker: Broker, topics: Sequence[str], versions: list[str]
) -> AsyncGenerator[Message, None]:
    """Messages of one connection, each acknowledged once what came of it is stored.

    Raises `SourceDown`. A broker that may not speak the first of `versions` has the next one tried.
    """
    try:
        async with MqttClient(broker, versions[0]) as client:
            for topic in await client.subscribe(topics):
                logger.warning("The broker refuses the topic %s; check its access list.", topic)
            logger.info("Listening to the broker at %s:%d.", broker.host, broker.port)
            async with _Acknowledging(intake, client) as acknowledging:
                while True:
                    came = await client.received()
                    for message in came:
                        yield message
                    acknowledging.soon(came)
    except UnknownVersion:
        versions.append(versions.pop(0))
        raise


class _Acknowledging:
    """Tells a broker of what is safe, beside the messages that go on coming."""

    def __init__(self, intake: Intake, client: MqttClient) -> None:
        self._intake = intake
        self._client = client
        self._waiting: list[int] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def soon(self, messages: Sequence[Message]) -> None:
        """These have been taken. Raises `SourceDown` where the former couldn't be stored."""
        self._waiting += [message.number for message in messages if message.number]
        if len(self._waiting) > NUMBERS:
            raise SourceDown("the broker doesn't wait until messages are acknowledged")
        if self._task is not None and self._task.done():
            failure, self._task = self._task.exception(), None
            if failure is not None:
                raise SourceDown(f"what came can't be stored ({failure})")
        if self._task is None and self._waiting:
            self._task = asyncio.create_task(self._acknowledge())

    async def _acknowledge(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            await self._intake.stored()
            self._client.acknowledge(taken)
