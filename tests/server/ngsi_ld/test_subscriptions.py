"""Subscribers are told what they asked for, no oftener, and again after the server was away."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_server.overlays.instants import rfc3339
from citiverse_server.standards.ngsi_ld.problems import Kind, NgsiError
from citiverse_server.standards.ngsi_ld.subscribers import (
    MAX_OF_ONE_SOURCE,
    Rows,
    Subscribers,
)
from server.ngsi_ld.conftest import AIR, HEADERS, NOISE, SENSORS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.ngsi_ld.conftest import Opening, Town

pytestmark = pytest.mark.anyio
PATH = "/ngsi-ld/v1/subscriptions"
PATIENCE_S = 10.0


@dataclass
class Receiver:
    """Somebody who is told; `status` is what he answers."""

    status: int = 200
    port: int = 0
    heard: asyncio.Queue[tuple[str, dict[str, Any]]] = field(default_factory=asyncio.Queue)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.partition(":")[2])
            for line in head.splitlines()
            if line.lower().startswith("content-length")
        )
        body = json.loads(await reader.readexactly(length))
        writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()
        await self.heard.put((head, body))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return (await self.heard.get())[1]


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    async with await asyncio.start_server(one.answer, "127.0.0.1", 0) as server:
        one.port = server.sockets[0].getsockname()[1]
        yield one


def allowing(*receivers: Receiver) -> str:
    places = [f"127.0.0.1:{one.port}" for one in receivers]
    return f"{SENSORS}\n[ngsi_ld]\nprivate_receivers = {json.dumps(places)}\n"


def subscription(one: Receiver, **more: Any) -> dict[str, Any]:
    endpoint = {
        "uri": f"http://127.0.0.1:{one.port}/told",
        "accept": "application/json",
        "receiverInfo": [{"key": "X-Town", "value": "harbour"}],
    }
    return {
        "type": "Subscription",
        "entities": [{"type": "AirQualityObserved"}],
        "notification": {"endpoint": endpoint},
        **more,
    }


async def subscribe(town: Town, document: dict[str, Any]) -> str:
    answer = await town.client.post(PATH, json=document, headers=HEADERS)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def kept(town: Town, place: str) -> Any:
    answer = await town.client.get(place, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_subscriber_is_told_the_entity_that_changed(town: Opening) -> None:
    async with receiver() as one, town(allowing(one)) as city:
        place = await subscribe(city, subscription(one, watchedAttributes=["pm25"]))
        await city.observe(("hall-noise", 70.0, 3.0), ("crossing-air", 33.0, 2.0))
        async with asyncio.timeout(PATIENCE_S):
            head, told = await one.heard.get()
        assert "x-town: harbour" in head.lower()
        assert "content-type: application/json" in head.lower()
        assert told["type"] == "Notification"
        assert told["subscriptionId"] in place
        (entity,) = told["data"]
        assert entity["id"] == AIR
        assert entity["pm25"]["value"] == 33.0
        found = await kept(city, place)
        while not found["notification"]["timesSent"]:
            found = await kept(city, place)
        assert found["status"] == "active"
        assert found["notification"]["status"] == "ok"
        assert found["notification"]["lastSuccess"] == found["notification"]["lastNotification"]
        assert found["notification"]["timesFailed"] == 0


async def test_only_what_meets_the_question_is_told(town: Opening) -> None:
    async with receiver() as one, receiver() as other, town(allowing(one, other)) as city:
        await subscribe(city, subscription(other))
        asked = subscription(
            one,
            q="pm25>50",
            geoQ={
                "georel": "near;maxDistance==100",
                "geometry": "Point",
                "coordinates": [13.05, 52.05],
            },
        )
        asked["notification"] |= {"attributes": ["pm25"], "format": "keyValues"}
        await subscribe(city, asked)
        await city.observe(("crossing-air", 40.0, 3.0))
        assert (await other.next())["data"][0]["pm25"]["value"] == 40.0
        await city.observe(("crossing-air", 60.0, 2.0))
        told = await one.next()
        assert told["data"] == [{"id": AIR, "type": "AirQualityObserved", "pm25": 60.0}]
        assert one.heard.empty()


async def test_what_comes_too_often_is_told_once_with_the_latest(town: Opening) -> None:
    async with receiver() as one, town(allowing(one)) as city:
        asked = subscription(one, throttling=0.5)
        asked["notification"] |= {"attributes": ["pm25"], "format": "simplified"}
        await subscribe(city, asked)
        await city.observe(("crossing-air", 1.0, 4.0))
        first = await one.next()
        for number in range(10):
            await city.observe(("crossing-air", 2.0 + number, 3.0 - 0.1 * number))
        second = await one.next()
        assert [first["data"][0]["pm25"], second["data"][0]["pm25"]] == [1.0, 11.0]


async def test_who_fails_is_counted_and_asked_again(town: Opening) -> None:
    async with receiver() as one, town(allowing(one)) as city:
        one.status = 503
        place = await subscribe(city, subscription(one))
        await city.observe(("crossing-air", 20.0, 2.0))
        await one.next()
        found = await kept(city, place)
        while not found["notification"]["timesFailed"]:
            found = await kept(city, place)
        assert found["notification"]["status"] == "failed"
        assert "lastFailure" in found["notification"]
        one.status = 200
        told = await one.next()
        assert told["data"][0]["pm25"]["value"] == 20.0


async def test_a_private_address_is_told_nothing_unless_the_operator_says_so(town: Opening) -> None:
    async with receiver() as one, town() as city:
        place = await subscribe(city, subscription(one))
        await city.observe(("crossing-air", 20.0, 2.0))
        found = await kept(city, place)
        while not found["notification"]["timesFailed"]:
            found = await kept(city, place)
        assert one.heard.empty()


async def test_subscriptions_are_there_again_after_the_server_was_away(town: Opening) -> None:
    async with receiver() as one:
        async with town(allowing(one)) as city:
            place = await subscribe(city, subscription(one, id="urn:ngsi-ld:Subscription:mine"))
        # Nobody asks anything: the server itself takes them up.
        async with town(allowing(one)) as city:
            while not one.heard.empty():
                await one.next()
            await city.observe(("crossing-air", 44.0, 1.0))
            told = await one.next()
            while told["data"][0]["pm25"]["value"] != 44.0:
                told = await one.next()
            assert told["subscriptionId"] == "urn:ngsi-ld:Subscription:mine"
            assert (await city.client.delete(place, headers=HEADERS)).status_code == 204
            assert (await city.client.get(place, headers=HEADERS)).status_code == 404


async def test_subscriptions_are_listed_changed_and_removed(town: Opening) -> None:
    async with receiver() as one, town(allowing(one)) as city:
        place = await subscribe(city, subscription(one))
        await subscribe(city, subscription(one, entities=[{"type": "NoiseLevelObserved"}]))
        asked = {"count": "true", "limit": "1"}
        listed = await city.client.get(PATH, params=asked, headers=HEADERS)
        assert listed.headers["ngsild-results-count"] == "2"
        assert len(listed.json()) == 1
        changed = await city.client.patch(place, json={"isActive": False}, headers=HEADERS)
        assert changed.status_code == 204
        assert (await kept(city, place))["status"] == "paused"
        await city.observe(("crossing-air", 20.0, 2.0), ("hall-noise", 50.0, 2.0))
        told = await one.next()
        assert [entity["id"] for entity in told["data"]] == [NOISE]
        assert one.heard.empty()


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}])
async def test_nobody_subscribes_without_the_token(town: Opening, headers: dict[str, str]) -> None:
    async with receiver() as one, town(allowing(one)) as city:
        made = await city.client.post(PATH, json=subscription(one), headers=headers)
        assert made.status_code == 403
        assert (await city.client.get(PATH, headers=headers)).status_code == 403


async def test_hostile_subscriptions_are_refused(town: Opening) -> None:
    async with receiver() as one, town(allowing(one)) as city:
        good = subscription(one)
        told = good["notification"]
        bad: list[Any] = [
            [],
            {},
            good | {"type": "Other"},
            {name: said for name, said in good.items() if name != "entities"},
            good | {"entities": []},
            good | {"entities": [{"idPattern": ".*"}]},
            good | {"entities": [{"type": "X", "idPattern": "(a+)+"}]},
            good | {"q": "((((((((((a"},
            good | {"q": "a" * 5000},
            good | {"throttling": -1},
            good | {"timeInterval": 60},
            good | {"id": "no uri"},
            good | {"expiresAt": rfc3339(city.now_us - 1)},
            good | {"expiresAt": "soon"},
            good | {"notification": told | {"endpoint": {"uri": "file:///etc/passwd"}}},
            good | {"notification": told | {"endpoint": {"uri": "http://u:p@h/"}}},
            good | {"notification": told | {"format": "xml"}},
            good | {"@context": "http://169.254.169.254/"},
            *(
                good | {"notification": {"endpoint": told["endpoint"] | {"receiverInfo": [header]}}}
                for header in (
                    {"key": "Host", "value": "other"},
                    {"key": "Content-Length", "value": "9"},
                    {"key": "X-A", "value": "b\r\nX-C: d"},
                    {"key": "a b", "value": "c"},
                )
            ),
        ]
        for document in bad:
            answer = await city.client.post(PATH, json=document, headers=HEADERS)
            assert answer.status_code in (400, 403, 503), (document, answer.text)
        assert (await city.client.get(PATH, headers=HEADERS)).json() == []
        same = good | {"id": "urn:ngsi-ld:Subscription:one"}
        await subscribe(city, same)
        again = await city.client.post(PATH, json=same, headers=HEADERS)
        assert again.status_code == 409


async def test_there_are_at_most_a_hundred() -> None:
    one = subscription(Receiver(port=9))
    subscribers = Subscribers(None)
    for number in range(100):
        subscribers.add(one, 0, f"source-{number % 4}")
    with pytest.raises(NgsiError) as caught:
        subscribers.add(one, 0, "source-4")
    assert caught.value.kind is Kind.TOO_MANY_RESULTS


async def test_no_source_takes_the_places_of_all() -> None:
    one = subscription(Receiver(port=9))
    subscribers = Subscribers(None)
    for _ in range(MAX_OF_ONE_SOURCE):
        subscribers.add(one, 0, "platform")
    with pytest.raises(NgsiError) as caught:
        subscribers.add(one, 0, "platform")
    assert caught.value.kind is Kind.TOO_MANY_RESULTS
    subscribers.add(one, 0, "neighbour")


async def test_what_is_kept_of_one_is_bounded() -> None:
    long = subscription(Receiver(port=9)) | {"@context": ["https://a.example/" + "x" * 70_000]}
    with pytest.raises(NgsiError) as caught:
        Subscribers(None).add(long, 0, "platform")
    assert caught.value.kind is Kind.TOO_LARGE


async def test_nobody_sees_or_changes_what_another_source_subscribed_to(
    town: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITIVERSE_TEST_OTHER", "what the neighbour knows")
    other = {"authorization": "Bearer what the neighbour knows"}
    neighbour = '[[source]]\nname = "neighbour"\nkind = "ngsi-ld"\n'
    neighbour += 'token_env = "CITIVERSE_TEST_OTHER"\n'
    async with receiver() as one, town(f"{neighbour}{allowing(one)}") as city:
        place = await subscribe(city, subscription(one))
        assert (await city.client.get(PATH, headers=other)).json() == []
        assert (await city.client.get(place, headers=other)).status_code == 404
        changes = {"isActive": False}
        assert (await city.client.patch(place, json=changes, headers=other)).status_code == 404
        assert (await city.client.delete(place, headers=other)).status_code == 404
        assert (await city.client.get(place, headers=HEADERS)).json()["isActive"]
        assert len((await city.client.get(PATH, headers=HEADERS)).json()) == 1


async def test_who_always_fails_is_given_up() -> None:
    one = Subscribers(None).add(subscription(Receiver(port=9)), 0, "platform")
    pauses = []
    for _ in range(20):
        assert one.status(0) == "active"
        one.failed(now_us=0, now=100.0)
        pauses.append(one.due - 100.0)
    assert one.status(0) == "paused"
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert pauses[-1] == 300.0


async def test_what_waits_doesn_t_grow_with_what_is_observed() -> None:
    one = Subscribers(None).add(subscription(Receiver(port=9)), 0, "platform")
    changed = Rows()
    for _ in range(1_000):
        changed.add(np.arange(10, dtype=np.uint32))
        one.waiting.join(changed)
    assert one.pending().tolist() == list(range(10))
    one.waiting.clear()
    assert not len(one.pending())
