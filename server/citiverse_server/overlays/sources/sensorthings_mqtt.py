"""Observations from an OGC SensorThings 1.1 service by MQTT (14).

Their topics are `v1.1/Datastreams(n)/Observations`. What the datastreams are is asked over HTTP at
`things_url` whenever the connection is made: only Observations come by MQTT, and it is the topic
that names their datastream. New ones of the service are heard of after the next connection.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..model import Rejected
from .documents import parse
from .http_client import HttpClient
from .mqtt import broker_of, messages, versions_of
from .persistence import persistently
from .sensorthings import discover
from .sensorthings_entities import observation
from .zones import zone_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import tzinfo

    from ..reading import Arrival
    from .intake import Intake
    from .mqtt_packets import Message

MAX_PAYLOAD_BYTES = 64 * 1024
ROOT = "v1.1"


def arrivals(intake: Intake) -> AsyncGenerator[Arrival, None]:
    """Observations of all datastreams of the service, for ever."""
    broker, versions = broker_of(intake), versions_of(intake)

    async def attempt() -> AsyncGenerator[Arrival, None]:
        root, zone = intake.source.things_url.rstrip("/"), zone_of(intake.source)
        async with HttpClient(root) as client:
            known = await discover(client, intake, root)
        prefix = urlsplit(intake.source.url).path.strip("/") or ROOT
        keys = {f"{prefix}/Datastreams({name})/Observations": key for name, key in known.items()}
        async with contextlib.aclosing(messages(intake, broker, list(keys), versions)) as came:
            async for message in came:
                found = _understood(message, keys.get(message.topic), zone)
                if isinstance(found, Rejected):
                    intake.reject(found)
                else:
                    yield found

    return persistently(intake, attempt)


def _understood(message: Message, key: str | None, zone: tzinfo | None) -> Arrival | Rejected:
    if key is None:
        return Rejected.UNKNOWN_DATASTREAM
    if len(message.payload) > MAX_PAYLOAD_BYTES:
        return Rejected.TOO_LARGE
    try:
        return observation(parse(message.payload), key, zone)
    except ValueError:
        return Rejected.UNREADABLE
