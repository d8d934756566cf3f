"""A SensorThings service is asked page by page; only what is new comes of it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import aiomqtt
import pytest

from citiverse_server.overlays.model import Rejected, Thing
from citiverse_server.overlays.reading import Observed
from citiverse_server.overlays.sources import sensorthings, sensorthings_mqtt
from server.answering import Answered, Asked, answering
from server.broker import free_port, running_broker
from server.sources.taking import Taking, first, nothing_within, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


def described(number: Any, **more: Any) -> dict[str, Any]:
    return {
        "@iot.id": number,
        "name": f"PM2.5 of station {number}",
        "unitOfMeasurement": {"name": "", "symbol": "ug/m3", "definition": "ucum:ug/m3"},
        "ObservedProperty": {"name": "PM2.5", "definition": "http://example.org/pm25"},
        "Thing": {
            "@iot.id": f"station {number}",
            "@iot.selfLink": f"http://elsewhere.example/v1.1/Things('station {number}')",
            "name": f"Station {number}",
            "Locations": [
                {"location": None},
                {"location": {"type": "Point", "coordinates": [13.06, 52.4]}},
            ],
        },
        **more,
    }


class Service:
    """Two datastreams on two pages; observations as they are put in."""

    def __init__(self, *, arrays: bool) -> None:
        self.arrays = arrays
        self.observations: list[tuple[Any, Any, Any]] = []
        self.url = ""

    def answer(self, asked: Asked) -> Answered:
        parts = urlsplit(asked.path)
        options = {name: one for name, [one] in parse_qs(parts.query).items()}
        if parts.path.endswith("/Datastreams"):
            last = "$skip" in options
            page: dict[str, Any] = {"value": [described("b" if last else 1)]}
            if not last:
                page["@iot.nextLink"] = f"{self.url}/v1.1/Datastreams?$skip=1"
            return Answered(json.dumps(page).encode())
        assert parts.path.endswith("/Observations")
        assert options["$filter"].startswith("phenomenonTime ge 20")
        if options.get("$resultFormat") == "dataArray":
            return self._arrays() if self.arrays else Answered(status=501)
        value = [
            {"result": result, "phenomenonTime": time, "Datastream": {"@iot.id": stream}}
            for stream, result, time in self.observations
        ]
        return Answered(json.dumps({"value": value}).encode())

    def _arrays(self) -> Answered:
        groups = [
            {
                "Datastream@iot.navigationLink": f"{self.url}/v1.1/Datastreams({link})",
                "components": ["phenomenonTime", "result"],
                "dataArray": [
                    [time, result] for who, result, time in self.observations if who == stream
                ],
            }
            for stream, link in ((1, "1"), ("b", "'b'"), (9, "9"))
        ]
        return Answered(json.dumps({"value": [one for one in groups if one["dataArray"]]}).encode())


@pytest.mark.parametrize("arrays", [True, False], ids=["arrays", "one by one"])
async def test_what_is_there_is_found_and_only_the_new_is_told(arrays: bool) -> None:
    service, taking = Service(arrays=arrays), Taking()
    begin = "2026-10-26T00:30:00Z"
    service.observations = [(1, 12.5, begin), ("b", 7, f"2026-10-26T00:00:00Z/{begin}")]
    with answering(service.answer) as place:
        service.url = place.url
        arrivals = sensorthings.arrivals(taking.intake("sensorthings", place.url + "/v1.1/"))
        assert {await anext(arrivals), await anext(arrivals)} == {
            Observed("city.1", 12.5, 1_792_974_600_000_000),
            Observed("city.b", 7.0, 1_792_974_600_000_000),
        }
        service.observations.append(("b", 8, "2026-10-26T01:30:00+01:00"))
        service.observations.append(("b", 9, "2026-10-26T00:31:00Z"))
        found = [await anext(arrivals), await anext(arrivals)]
        assert [one.value for one in found if isinstance(one, Observed)] == [8.0, 9.0]
        await nothing_within(arrivals, 0.1)
        assert sum("/Datastreams" in asked.path for asked in place.asked) == 2
    (row,) = taking.registry.datastreams_of(
        next(thing.key for thing in taking.registry.things.values() if thing.name == "Station b")
    )
    datastream = taking.registry.datastreams[row]
    assert (datastream.key, datastream.unit, datastream.ucum) == ("city.b", "ug/m3", "ug/m3")
    thing = taking.registry.things[datastream.thing]
    assert thing.position is not None
    assert thing.position[:2] == (13.06, 52.4)
    assert taking.losses == 0


async def test_much_is_taken_in_parts_and_nothing_of_it_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sensorthings, "MOST_AT_ONCE", 2)
    service, taking = Service(arrays=True), Taking()
    times = [f"2026-10-26T00:0{minute}:00Z" for minute in range(4)]
    service.observations = [(1, number, time) for number, time in enumerate(times[:2])]
    with answering(service.answer) as place:
        service.url = place.url
        arrivals = sensorthings.arrivals(taking.intake("sensorthings", place.url + "/v1.1"))
        await anext(arrivals), await anext(arrivals)
        service.observations = [(1, number, time) for number, time in enumerate(times)]
        found = [await anext(arrivals), await anext(arrivals)]
        assert [one.value for one in found if isinstance(one, Observed)] == [2.0, 3.0]
        asked = [one.path for one in place.asked if "/Observations" in one.path]
        await arrivals.aclose()
    # Where it was cut it goes on, though fifteen minutes are asked again where it wasn't.
    assert f"ge%20{times[1]}" in asked[1]


async def test_what_is_no_observation_is_counted_by_its_reason() -> None:
    service, taking = Service(arrays=False), Taking()
    time = "2026-10-26T00:30:00Z"
    service.observations = [
        (1, "much", time),
        (1, True, time),
        (1, 5, "yesterday"),
        (1, 5, "2026-10-26T00:30:00"),
        (9, 5, time),
        (1, 5, time),
    ]
    with answering(service.answer) as place:
        service.url = place.url
        intake = taking.intake("sensorthings", place.url + "/v1.1")
        assert len(await first(sensorthings.arrivals(intake), 1)) == 1
    assert taking.rejected == {
        Rejected.NO_VALUE: 2,
        Rejected.BAD_TIME: 2,
        Rejected.UNKNOWN_DATASTREAM: 1,
    }


async def test_a_thing_of_the_file_is_known_by_its_link() -> None:
    service, taking = Service(arrays=True), Taking()
    service.observations = [(1, 5, "2026-10-26T00:30:00Z")]
    taking.registry.add_thing(
        Thing("market", "Market", aliases=("http://elsewhere.example/v1.1/Things('station 1')",))
    )
    with answering(service.answer) as place:
        service.url = place.url
        await first(sensorthings.arrivals(taking.intake("sensorthings", place.url + "/v1.1")), 1)
    row = taking.registry.datastream("city.1")
    assert row is not None
    assert taking.registry.datastreams[row].thing == "market"


@pytest.mark.parametrize(
    "link", ["http://169.254.169.254/latest", "https://127.0.0.1/", "//other.example/", "ftp://a/b"]
)
async def test_a_link_that_leads_elsewhere_is_not_followed(
    link: str, caplog: pytest.LogCaptureFixture
) -> None:
    page = json.dumps({"value": [], "@iot.nextLink": link}).encode()
    taking = Taking()
    with answering(lambda _: Answered(page)) as place:
        arrivals = sensorthings.arrivals(taking.intake("sensorthings", place.url))
        await until(arrivals, lambda: taking.losses)
    assert "leads to another server" in caplog.text


@pytest.mark.parametrize("body", [b"[]", b"{}", b"{", b'{"value": 5}', b'{"value": [[[5]], null]}'])
async def test_an_answer_that_is_none_ends_nothing(body: bytes) -> None:
    taking = Taking()
    with answering(lambda _: Answered(body)) as place:
        arrivals = sensorthings.arrivals(taking.intake("sensorthings", place.url))
        await until(arrivals, lambda: taking.losses or taking.rejected)


async def test_observations_come_by_mqtt_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    service, taking, port = Service(arrays=True), Taking(), free_port()
    with answering(service.answer) as place, running_broker(tmp_path, port):
        service.url = place.url
        intake = taking.intake(
            "sensorthings-mqtt", f"mqtt://127.0.0.1:{port}", things_url=place.url + "/v1.1"
        )
        arrivals = sensorthings_mqtt.arrivals(intake)
        found = asyncio.ensure_future(first(arrivals, 2))
        while "Listening" not in caplog.text:
            await asyncio.sleep(0.01)
        async with aiomqtt.Client("127.0.0.1", port) as client:
            told = b'{"result": 5.5, "phenomenonTime": "2026-10-26T00:30:00Z"}'
            await client.publish("v1.1/Datastreams(1)/Observations", told, qos=1)
            await client.publish("v1.1/Datastreams(1)/Observations", b"{", qos=1)
            await client.publish("v1.1/Datastreams('b')/Observations", told, qos=1)
        assert await found == [
            Observed("city.1", 5.5, 1_792_974_600_000_000),
            Observed("city.b", 5.5, 1_792_974_600_000_000),
        ]
    assert taking.rejected == {Rejected.UNREADABLE: 1}
