"""Readings from an MQTT broker, for as long as the server runs.

A broker that is down is no error of ours: it is logged in plain words, counted, and tried again
with growing pauses. QoS 1: every message arrives, some perhaps twice, which changes no latest
value. A retained message is one that the broker kept (MQTT 3.1.1, 3.3.1.3): nobody knows how old.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiomqtt

from .reading import Reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

logger = logging.getLogger("citiverse.sensors")

MAX_QUEUED_READINGS = 10_000
TOPICS_PER_PACKET = 100
# MQTT 3.1.1, 3.9.3.
SUBSCRIPTION_REFUSED = 0x80
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
USERNAME_VARIABLE = "CITIVERSE_MQTT_USERNAME"
CREDENTIAL_VARIABLE = "CITIVERSE_MQTT_PASSWORD"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how to speak to it."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None


def broker_of(url: str, environment: Mapping[str, str]) -> Broker:
    """A broker by its URL, `mqtt://host:port` or `mqtts://…`, credentials from the environment.

    Raises `ValueError` where the port is none.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (8883 if tls else 1883),
        tls=tls,
        username=environment.get(USERNAME_VARIABLE),
        password=environment.get(CREDENTIAL_VARIABLE),
    )


async def readings(
    broker: Broker, topics: Sequence[str], lost: Callable[[], None]
) -> AsyncIterator[Reading]:
    """All messages on `topics`, for ever; `lost` is called whenever the broker can't be reached."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            async with _client(broker) as client:
                await _subscribe(client, topics)
                logger.info("Listening to the broker at %s:%d.", broker.host, broker.port)
                pause_s = FIRST_PAUSE_S
                async for message in client.messages:
                    if isinstance(message.payload, bytes):
                        yield Reading(message.topic.value, message.payload, kept=message.retain)
        except (aiomqtt.MqttError, OSError) as error:
            lost()
            logger.warning(
                "The broker at %s:%d can't be reached (%s); trying again in %.0f s.",
                broker.host,
                broker.port,
                error,
                pause_s,
            )
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _subscribe(client: aiomqtt.Client, topics: Sequence[str]) -> None:
    """Asks for all topics, some at a time, so that no packet grows too long."""
    for start in range(0, len(topics), TOPICS_PER_PACKET):
        asked = topics[start : start + TOPICS_PER_PACKET]
        granted = await client.subscribe([(topic, 1) for topic in asked])
        for topic, code in zip(asked, granted, strict=True):
            if code == SUBSCRIPTION_REFUSED:
                logger.warning("The broker refuses the topic %s; check its access list.", topic)


def _client(broker: Broker) -> aiomqtt.Client:
    return aiomqtt.Client(
        hostname=broker.host,
        port=broker.port,
        username=broker.username,
        password=broker.password,
        tls_context=ssl.create_default_context() if broker.tls else None,
        max_queued_incoming_messages=MAX_QUEUED_READINGS,
    )
