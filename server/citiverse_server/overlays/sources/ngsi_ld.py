"""Observations from an NGSI-LD context broker: asked for, or told by it as they come.

Implements a subset of ETSI GS CIM 009: entities by type with paging (5.7.2), and a subscription by
HTTP notification (5.8) that is made and renewed here where the file has a `notify_url`. All
entities are asked for at the interval in either case, so that a lost notification is made up for.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..instants import rfc3339
from ..model import Rejected
from ..reading import Observed
from .documents import entries, mapping, parse
from .entering import enter_datastream, enter_thing
from .http_client import HttpClient
from .intake import SourceDown
from .ngsi_entities import understood
from .persistence import persistently
from .smart_data_models import TYPES
from .zones import zone_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from ..reading import Arrival
    from .http_client import Answer
    from .intake import Intake

PAGE = 100
MAX_PAGES = 1000
MAX_ENTITIES = 10_000
NOT_FOUND, CONFLICT = 404, 409


def arrivals(intake: Intake) -> AsyncGenerator[Arrival, None]:
    """Observations of all entities of the types asked for, for ever."""

    async def attempt() -> AsyncGenerator[Arrival, None]:
        async with HttpClient(intake.source.url, intake.credentials) as client:
            if intake.source.notify_url:
                await _subscribe(client, intake)
            async for page in _entities(client, intake):
                for one in _observed(intake, page):
                    yield one

    return persistently(intake, attempt)


def told(intake: Intake) -> Callable[[bytes, str], list[Arrival]]:
    """Understands notifications."""
    return lambda body, _media_type: notified(intake, body)


def notified(intake: Intake, body: bytes) -> list[Arrival]:
    """What a notification says (5.8.6), or what is sent in its place: an entity, or a list of them.

    Raises `ValueError` where it can't be read.
    """
    document = parse(body)
    data = mapping(document).get("data")
    listed = document if isinstance(document, list) else data if data is not None else [document]
    if not isinstance(listed, list):
        # A notification in GeoJSON has a FeatureCollection as its data.
        listed = entries(mapping(listed).get("features"))
    if len(listed) > MAX_ENTITIES:
        raise ValueError(f"there are more than {MAX_ENTITIES} entities")
    found: list[Arrival] = list(_observed(intake, listed))
    return found


def _observed(intake: Intake, listed: list[object]) -> Iterator[Observed]:
    zone = zone_of(intake.source)
    for entity in listed:
        found = understood(entity, intake.source, zone)
        if found is None:
            continue
        if isinstance(found, Rejected):
            intake.reject(found)
            continue
        thing = enter_thing(intake, found.thing)
        for value in found.values:
            if isinstance(value, Rejected):
                intake.reject(value)
            elif thing is not None and enter_datastream(intake, value.datastream, thing):
                yield Observed(value.datastream.key, value.value, value.time_us)


async def _entities(client: HttpClient, intake: Intake) -> AsyncIterator[list[object]]:
    source = intake.source
    asked = f"{source.url.rstrip('/')}/entities?type={quote(','.join(_types(intake)), safe=',')}"
    if source.attributes:
        asked += f"&attrs={quote(','.join(source.attributes), safe=',')}"
    for number in range(MAX_PAGES):
        answer = await client.get(f"{asked}&limit={PAGE}&offset={number * PAGE}", JSON)
        page = _list(answer)
        yield page
        if len(page) < PAGE:
            return


JSON = {"Accept": "application/json"}


def _list(answer: Answer) -> list[object]:
    try:
        document = parse(answer.body)
    except ValueError as error:
        raise SourceDown(f"its answer can't be read: {error}") from None
    if not isinstance(document, list):
        raise SourceDown("its answer is no list of entities")
    return document


async def _subscribe(client: HttpClient, intake: Intake) -> None:
    """Makes the broker's subscription for us, or puts off its end."""
    source, root = intake.source, intake.source.url.rstrip("/")
    digest = hashlib.sha256(source.notify_url.encode()).hexdigest()[:12]
    name = f"urn:ngsi-ld:Subscription:citiverse:{source.name}:{digest}"
    # Three chances to renew it; if this server is gone for good, the broker forgets it.
    ends_us = intake.now_us() + round((3 * source.every_s + 60) * 1_000_000)
    expiry = {"expiresAt": rfc3339(ends_us // 1_000_000 * 1_000_000)}
    sent = {"Content-Type": "application/json"}
    place = f"{root}/subscriptions"
    one = f"{place}/{quote(name)}"
    answer = await client.ask("PATCH", one, json.dumps(expiry).encode(), sent)
    if answer.status == NOT_FOUND:
        whole = json.dumps(_subscription(intake, name) | expiry).encode()
        answer = await client.ask("POST", place, whole, sent)
    if answer.status >= 400 and answer.status != CONFLICT:
        raise SourceDown(f"it refuses the subscription with {answer.status}")


def _subscription(intake: Intake, name: str) -> dict[str, object]:
    source = intake.source
    endpoint: dict[str, object] = {"uri": source.notify_url, "accept": "application/json"}
    if intake.token:
        bearer = {"key": "Authorization", "value": f"Bearer {intake.token}"}
        endpoint["receiverInfo"] = [bearer]
    subscription: dict[str, object] = {
        "id": name,
        "type": "Subscription",
        "entities": [{"type": kind} for kind in _types(intake)],
        "notification": {"format": "normalized", "endpoint": endpoint},
    }
    if source.attributes:
        subscription["watchedAttributes"] = list(source.attributes)
    return subscription


def _types(intake: Intake) -> tuple[str, ...]:
    return intake.source.types or tuple(kind for kind, _ in TYPES)
