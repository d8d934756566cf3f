"""Entities of a town over HTTP: which, how written, how many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from citiverse_server.overlays.instants import rfc3339
from citiverse_server.overlays.model import Fix
from citiverse_server.overlays.reading import Moved
from citiverse_server.standards.ngsi_ld.context import CORE, PATH
from server.ngsi_ld.conftest import AIR, BUILDING, GAUGE, NOISE

if TYPE_CHECKING:
    from server.ngsi_ld.conftest import Opening, Town

pytestmark = pytest.mark.anyio
TRAM = "urn:ngsi-ld:Device:tram"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


async def ask(town: Town, path: str = "/entities", **parameters: str) -> Any:
    answer = await town.client.get(f"/ngsi-ld/v1{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(town: Town, **parameters: str) -> list[str]:
    return [one["id"] for one in await ask(town, **parameters)]


async def test_a_thing_is_an_entity_of_the_model_that_its_datastreams_belong_to(
    town: Opening,
) -> None:
    async with town() as one:
        entity = await ask(one, f"/entities/{AIR}")
        assert entity["id"] == AIR
        assert entity["type"] == "AirQualityObserved"
        assert entity["pm25"] == {
            "type": "Property",
            "value": 12.5,
            "observedAt": rfc3339(one.now_us - 10_000_000),
            "unitCode": "GQ",
            "quality": {"type": "Property", "value": "good"},
            "datastream": {"type": "Property", "value": "crossing-air"},
        }
        assert entity["temperature"]["value"] == 7.5
        assert entity["temperature"]["unitCode"] == "CEL"
        assert entity["location"] == {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [13.05, 52.05, 40.0]},
        }
        assert entity["license"]["value"] == "CC-BY-4.0"
        assert entity["dataProvider"]["value"] == "Town of Harbour"
        assert entity["alternateName"]["value"] == ["station-7"]


async def test_a_value_that_is_too_old_says_so(town: Opening) -> None:
    async with town() as one:
        entity = await ask(one, f"/entities/{NOISE}")
        assert entity["LAeq"]["quality"]["value"] == ["stale"]
        assert entity["reality"]["value"] == "simulated"


async def test_what_no_model_names_is_a_device(town: Opening) -> None:
    async with town() as one:
        entity = await ask(one, f"/entities/{GAUGE}", options="keyValues")
        assert entity["type"] == "Device"
        assert entity["waterLevelAboveTheMean"] == -0.25


async def test_what_moves_is_where_it_was_last(town: Opening) -> None:
    async with town() as one:
        assert "location" not in await ask(one, f"/entities/{TRAM}")
        fix = Fix(one.now_us, 13.06, 52.04, heading=90.0)
        hub = one.running.application.hub
        hub.listening.receive(Moved("tram", fix), "boxes")
        hub.sensors.advance(one.now_us)
        location = (await ask(one, f"/entities/{TRAM}"))["location"]
        assert location["value"] == {"type": "Point", "coordinates": [13.06, 52.04]}
        assert location["observedAt"] == rfc3339(one.now_us)
        near = {"georel": "near;maxDistance==10", "geometry": "Point"}
        assert await ids(one, **near, coordinates="[13.06,52.04]") == [TRAM]


async def test_a_building_and_its_things_lead_to_each_other(town: Opening) -> None:
    async with town() as one:
        building = await ask(one, f"/entities/{BUILDING}")
        assert building["type"] == "Building"
        assert building["refDevice"] == {"type": "Relationship", "object": NOISE}
        noise = await ask(one, f"/entities/{NOISE}")
        assert noise["refPointOfInterest"]["object"] == BUILDING
        assert await ids(one, q=f'refDevice=="{NOISE}"') == [BUILDING]


QUESTIONS: list[tuple[dict[str, str], list[str]]] = [
    ({"type": "AirQualityObserved"}, [AIR]),
    ({"type": "AirQualityObserved,Device"}, [AIR, TRAM, GAUGE]),
    (
        {"type": "https://smartdatamodels.org/dataModel.Environment/AirQualityObserved"},
        [AIR],
    ),
    ({"type": "Nothing"}, []),
    ({"id": f"{GAUGE},{AIR},urn:ngsi-ld:Device:none"}, [AIR, GAUGE]),
    ({"idPattern": ".*Observed:.*"}, [AIR, NOISE]),
    ({"attrs": "LAeq"}, [NOISE]),
    ({"attrs": "pm25,LAeq"}, [AIR, NOISE]),
    ({"q": "pm25>12;temperature<8"}, [AIR]),
    ({"q": "pm25>13"}, []),
    ({"q": 'LAeq.quality=="stale"'}, [NOISE]),
    ({"q": "reality==simulated"}, [NOISE]),
    ({"q": "pm25.unitCode==GQ"}, [AIR]),
    ({"q": 'address[streetAddress]=="Market 1"'}, [BUILDING]),
    ({"q": "dateObserved>2020-01-01T00:00:00Z", "type": "Device"}, [GAUGE]),
    (
        {
            "georel": "near;maxDistance==100",
            "geometry": "Point",
            "coordinates": "[13.05,52.05]",
        },
        [AIR],
    ),
    ({"local": "true", "limit": "2"}, [AIR, NOISE]),
    ({"local": "true", "limit": "2", "offset": "3"}, [GAUGE, BUILDING]),
]


async def test_questions(town: Opening) -> None:
    async with town() as one:
        for parameters, found in QUESTIONS:
            assert await ids(one, **parameters) == found, parameters


async def test_the_same_may_be_written_in_three_ways(town: Opening) -> None:
    async with town() as one:
        wanted = {"attrs": "pm25,name"}
        normal = await ask(one, f"/entities/{AIR}", **wanted)
        assert set(normal) == {"id", "type", "pm25", "name"}
        assert normal["name"] == {"type": "Property", "value": "Market crossing"}
        concise = await ask(one, f"/entities/{AIR}", **wanted, options="concise")
        assert concise["name"] == "Market crossing"
        assert concise["pm25"]["value"] == 12.5
        assert "type" not in concise["pm25"]
        simple = await ask(one, f"/entities/{AIR}", **wanted, format="simplified")
        assert simple == {
            "id": AIR,
            "type": "AirQualityObserved",
            "name": "Market crossing",
            "pm25": 12.5,
        }
        system = await ask(one, f"/entities/{AIR}", **wanted, options="sysAttrs")
        assert system["pm25"]["modifiedAt"] >= system["pm25"]["observedAt"]


async def test_pages_are_counted_and_linked(town: Opening) -> None:
    async with town() as one:
        asked = {"type": "Building,NoiseLevelObserved", "limit": "1", "count": "true"}
        asked |= {"attrs": "name"}
        first = await one.client.get("/ngsi-ld/v1/entities", params=asked)
        assert first.headers["ngsild-results-count"] == "2"
        following = first.links["next"]["url"]
        second = await one.client.get(following)
        assert [entity["id"] for entity in second.json()] == [BUILDING]
        assert "prev" in second.links
        assert "next" not in second.links
        none = await one.client.get("/ngsi-ld/v1/entities", params=asked | {"limit": "0"})
        assert none.json() == []
        assert none.headers["ngsild-results-count"] == "2"


async def test_the_context_is_in_the_body_or_beside_it(town: Opening) -> None:
    async with town() as one:
        path, own = f"/ngsi-ld/v1/entities/{AIR}", one.running.http + PATH
        plain = await one.client.get(path)
        assert plain.headers["content-type"] == "application/json"
        assert own in plain.headers["link"]
        assert "@context" not in plain.json()
        embedded = await one.client.get(path, headers={"accept": "application/ld+json"})
        assert embedded.headers["content-type"] == "application/ld+json"
        assert embedded.json()["@context"] == own
        link = f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"'
        asked = await one.client.get(path, headers={"link": link})
        assert CORE in asked.headers["link"]
        context = (await one.client.get(PATH)).json()["@context"]
        assert context["pm25"] == "https://smartdatamodels.org/dataModel.Environment/pm25"
        assert context["@vocab"] == "https://uri.etsi.org/ngsi-ld/default-context/"


async def test_types(town: Opening) -> None:
    async with town() as one:
        types = await ask(one, "/types")
        assert types["typeList"] == [
            "AirQualityObserved",
            "Building",
            "Device",
            "NoiseLevelObserved",
        ]
        details = await ask(one, "/types", details="true")
        assert "waterLevelAboveTheMean" in details[2]["attributeNames"]
        one_type = await ask(one, "/types/AirQualityObserved")
        assert one_type["entityCount"] == 1
        assert {"pm25", "location"} <= {a["attributeName"] for a in one_type["attributeDetails"]}


REFUSED: list[tuple[str, dict[str, str], int, str]] = [
    ("/entities", {}, 400, "BadRequestData"),
    ("/entities?type=", {}, 400, "BadRequestData"),
    ("/entities?q=;", {}, 400, "BadRequestData"),
    ("/entities?q=a%00", {}, 400, "BadRequestData"),
    ("/entities?type=Device&type=Building", {}, 400, "BadRequestData"),
    ("/entities?type=Device&limit=-1", {}, 400, "BadRequestData"),
    ("/entities?type=Device&limit=0", {}, 400, "BadRequestData"),
    ("/entities?type=Device&limit=5000", {}, 403, "TooManyResults"),
    ("/entities?type=Device&options=keyValues,concise", {}, 400, "BadRequestData"),
    ("/entities?type=Device&options=geojson", {}, 422, "OperationNotSupported"),
    ("/entities?type=Device&georel=within", {}, 400, "BadRequestData"),
    ("/entities?q=" + "a%3B" * 40 + "a", {}, 403, "TooComplexQuery"),
    ("/entities?idPattern=(a%2B)%2B", {}, 400, "BadRequestData"),
    ("/entities/urn:ngsi-ld:Device:none", {}, 404, "ResourceNotFound"),
    (f"/entities/{AIR}?attrs=LAeq", {}, 404, "ResourceNotFound"),
    ("/types/None", {}, 404, "ResourceNotFound"),
    ("/temporal/entities?type=Device", {}, 400, "BadRequestData"),
    (f"/temporal/entities/{AIR}?timerel=before", {}, 400, "BadRequestData"),
    (f"/temporal/entities/{AIR}?timerel=after&timeAt=now", {}, 400, "BadRequestData"),
    (f"/temporal/entities/{AIR}?lastN=0", {}, 400, "BadRequestData"),
    (f"/entities/{AIR}", {"ngsild-tenant": "other"}, 501, "NoMultiTenantSupport"),
    (f"/entities/{AIR}", {"accept": "text/csv"}, 406, ""),
    (
        f"/entities/{AIR}",
        {"link": '<https://example.org/c>; rel="http://www.w3.org/ns/json-ld#context"'},
        503,
        "LdContextNotAvailable",
    ),
]


async def test_what_can_t_be_answered_is_said_as_the_standard_has_it(town: Opening) -> None:
    async with town() as one:
        for path, headers, status, kind in REFUSED:
            answer = await one.client.get(f"/ngsi-ld/v1{path}", headers=headers)
            assert answer.status_code == status, (path, answer.text)
            problem = answer.json()
            assert problem["type"] == (ERRORS + kind if kind else "about:blank"), path
            assert problem["title"], path
            assert problem["detail"].endswith("."), path


async def test_entities_over_time(town: Opening) -> None:
    async with town() as one:
        path = f"/temporal/entities/{AIR}"
        now = rfc3339(one.now_us)
        everything = await ask(one, path)
        assert [instance["value"] for instance in everything["pm25"]] == [11.0, 12.5]
        assert everything["pm25"][0]["unitCode"] == "GQ"
        simple = await ask(one, path, options="temporalValues", attrs="pm25")
        assert simple["pm25"] == {
            "type": "Property",
            "values": [
                [11.0, rfc3339(one.now_us - 30_000_000)],
                [12.5, rfc3339(one.now_us - 10_000_000)],
            ],
        }
        assert set(simple) == {"id", "type", "pm25"}
        half = rfc3339(one.now_us - 20_000_000)
        for relation, found in (("before", [11.0]), ("after", [12.5])):
            told = await ask(one, path, timerel=relation, timeAt=half, attrs="pm25")
            assert [instance["value"] for instance in told["pm25"]] == found
        between = {"timerel": "between", "timeAt": half, "endTimeAt": now, "attrs": "pm25"}
        assert len((await ask(one, path, **between))["pm25"]) == 1
        last = await ask(one, path, lastN="1", attrs="pm25")
        assert [instance["value"] for instance in last["pm25"]] == [12.5]
        many = await ask(one, "/temporal/entities", attrs="pm25,LAeq", timerel="before", timeAt=now)
        assert [entity["id"] for entity in many] == [AIR, NOISE]


async def test_a_long_answer_over_time_is_cut_and_says_so(town: Opening) -> None:
    async with town() as one:
        await one.observe(*(("hall-noise", 40.0, 9_000.0 - second) for second in range(1_200)))
        path = f"/ngsi-ld/v1/temporal/entities/{NOISE}"
        answer = await one.client.get(path, params={"options": "temporalValues"})
        assert answer.status_code == 206
        values = answer.json()["LAeq"]["values"]
        assert len(values) == 1_000
        first, last = values[0][1], values[-1][1]
        assert answer.headers["content-range"] == f"date-time {first}-{last}/*"
        rest = {"timerel": "after", "timeAt": last, "options": "temporalValues"}
        following = await one.client.get(path, params=rest)
        assert following.status_code == 200
        assert len(following.json()["LAeq"]["values"]) == 201


async def test_entities_over_time_in_steps(town: Opening) -> None:
    async with town() as one:
        times = {
            "timerel": "between",
            "timeAt": rfc3339(one.now_us - 86_400_000_000),
            "endTimeAt": rfc3339(one.now_us),
        }
        told = await ask(
            one,
            f"/temporal/entities/{AIR}",
            **times,
            attrs="pm25",
            options="aggregatedValues",
            aggrMethods="min,max,totalCount",
            aggrPeriodDuration="P1D",
        )
        counts = [count for count, _, _ in told["pm25"]["totalCount"]]
        assert sum(counts) == 2
        assert min(low for low, _, _ in told["pm25"]["min"]) == 11.0
        assert max(high for high, _, _ in told["pm25"]["max"]) == 12.5


async def test_what_moves_tells_where_it_was(town: Opening) -> None:
    async with town() as one:
        hub = one.running.application.hub
        times = [one.now_us - 10_000_000 * ago for ago in (3, 2, 1)]
        for number, time_us in enumerate(times):
            fix = Fix(time_us, 13.05 + number / 100, 52.05, 40.0 if number else math.nan)
            hub.listening.receive(Moved("tram", fix), "boxes")
        hub.sensors.advance(one.now_us)
        await hub.sensors.stored(one.now_us)
        path = f"/temporal/entities/{TRAM}"
        told = (await ask(one, path))["location"]
        assert [place["observedAt"] for place in told] == [rfc3339(time) for time in times]
        first = {"type": "Point", "coordinates": [13.05, 52.05]}
        assert told[0] == {"type": "GeoProperty", "value": first, "observedAt": rfc3339(times[0])}
        assert told[2]["value"]["coordinates"] == pytest.approx([13.07, 52.05, 40.0])
        last = await ask(one, path, lastN="2", options="temporalValues", attrs="location")
        assert [time for _, time in last["location"]["values"]] == list(map(rfc3339, times[1:]))
        since = {"timerel": "before", "timeAt": rfc3339(times[1])}
        before = await ask(one, "/temporal/entities", type="Device", attrs="location", **since)
        assert [len(entity["location"]) for entity in before if entity["id"] == TRAM] == [1]
        assert "location" not in await ask(one, f"/temporal/entities/{AIR}")
