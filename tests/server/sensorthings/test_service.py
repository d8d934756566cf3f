"""SensorThings over HTTP, by a real server with real sensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.overlays.instants import rfc3339
from citiverse_server.overlays.model import Datastream, Fix, Thing
from citiverse_server.overlays.reading import Moved
from server.sensorthings.conftest import COUNT, FIRST_US, MINUTE_US, entities_of

if TYPE_CHECKING:
    from server.conftest import Serving
    from server.sensorthings.conftest import City

FIRST = f"Observations('air@{FIRST_US}')"
AREA = "geography'POLYGON((13.04 52.4,13.06 52.4,13.06 52.42,13.04 52.42,13.04 52.4))'"

ASKED: tuple[tuple[str, object], ...] = (
    # Paths (18-088, 9.2).
    ("/Things('hall')/name", {"name": "Town hall"}),
    ("/Things('hall')/properties/aliases", {"aliases": ["urn:dev:42"]}),
    ("/Things(hall)/@iot.id", {"@iot.id": "hall"}),
    ("/Datastreams('air')/unitOfMeasurement/symbol", {"symbol": "µg/m³"}),
    (f"/Datastreams('air')/{FIRST}/Datastream/Thing/name", {"name": "Town hall"}),
    (f"/{FIRST}/FeatureOfInterest/name", {"name": "town/BLDG_0042"}),
    ("/FeaturesOfInterest('town/BLDG_0042')/properties/scenes", {"scenes": ["town"]}),
    # Conditions on entities (9.3.3.5).
    ("/Things?$filter=name eq 'Bridge'", ["bridge"]),
    ("/Things?$filter=not startswith(tolower(name),'br') or length(name) gt 90", ["hall"]),
    ("/Things?$filter=properties/owner eq 'Town' and properties/cityObject ne null", ["hall"]),
    ("/Things?$filter=properties/nobody eq null&$orderby=name", ["bridge", "hall"]),
    ("/Things?$filter=Datastreams/ObservedProperty/name eq 'noise'", ["hall"]),
    (
        "/Things?$filter=Datastreams/name eq 'Fine dust' and Datastreams/unitOfMeasurement/name"
        " eq 'dB'",
        [],
    ),
    (f"/Things?$filter=st_within(Locations/location,{AREA})", ["bridge"]),
    (f"/Locations?$filter=not geo.intersects(location,{AREA})", ["hall"]),
    ("/Locations?$filter=geo.distance(location,geography'POINT (13.05 52.41)') eq 0", ["bridge"]),
    ("/Datastreams?$filter=Thing/id eq 'hall'&$orderby=name desc", ["noise", "air"]),
    ("/Datastreams?$filter=properties/range eq null", ["noise", "level"]),
    ("/Datastreams?$skip=1&$top=1", ["noise"]),
    ("/Sensors('hall')/Datastreams", ["air", "noise"]),
    ("/ObservedProperties?$filter=indexof(definition,'vocab') eq 7", ["PM2.5"]),
    ("/FeaturesOfInterest?$filter=id eq 'thing:bridge'", ["thing:bridge"]),
    ("/HistoricalLocations", []),
    # Conditions on observations: minutes since the first.
    ("/Datastreams('air')/Observations?$filter=result le 2", ["air+0", "air+1", "air+2"]),
    ("/Datastreams('air')/Observations?$filter=result mod 100 eq 0&$orderby=phenomenonTime desc",
     ["air+200", "air+100", "air+0"]),
    ("/Datastreams('air')/Observations?$orderby=phenomenonTime desc&$top=2",
     ["air+249", "air+248"]),
    ("/Datastreams('air')/Observations?$filter=phenomenonTime gt 2026-01-01T04:08:00Z",
     ["air+249"]),
    ("/Datastreams('air')/Observations?$filter=phenomenonTime lt 2026-01-01T01:01:00%2B01:00",
     ["air+0"]),
    ("/Datastreams('air')/Observations?$filter=during(phenomenonTime,"
     "2026-01-01T00:01:00Z/2026-01-01T00:03:00Z)", ["air+1", "air+2"]),
    ("/Datastreams('air')/Observations?$filter=minute(phenomenonTime) eq 30 and"
     " hour(phenomenonTime) ge 3", ["air+210"]),
    ("/Datastreams('air')/Observations?$filter=phenomenonTime sub 2026-01-01T00:00:00Z"
     " eq duration'PT1M'", ["air+1"]),
    ("/Observations?$filter=phenomenonTime eq 2026-01-01T00:05:00Z and"
     " Datastream/Thing/name eq 'Town hall'", ["air+5", "noise+5"]),
    ("/Observations?$filter=result gt 245 or result sub 2.4 lt 0 add 0.2"
     "&$orderby=result desc&$top=3", ["air+249", "air+248", "air+247"]),
    ("/Observations?$orderby=phenomenonTime desc,Datastream/name&$top=3",
     ["air+249", "noise+249", "level+249"]),
    ("/FeaturesOfInterest('thing:bridge')/Observations?$top=1", ["level+0"]),
    ("/Observations?$filter=resultTime ne null", []),
)  # fmt: skip

REFUSED = (
    ("/Nothing", 404),
    ("/Things('nobody')", 404),
    (f"/Datastreams('noise')/{FIRST}", 404),
    ("/Datastreams('air')/Observations('air@5')", 404),
    ("/Observations(5)", 404),
    ("/Things('hall')/properties/nothing", 404),
    ("/Things?$filter=name", 400),
    ("/Things?$filter=name gt 5", 400),
    ("/Things?$filter=nothing eq 5", 400),
    ("/Things?$filter=name add 5 eq 5", 400),
    ("/Things?$filter=length(name,name) eq 5", 400),
    ("/Things?$filter=st_within(Locations/location,geography'POLYGON((1')", 400),
    ("/Things?$filter=st_within(Locations/location,geography'GEOMETRYCOLLECTION EMPTY')", 400),
    ("/Things?$filter=soundex(name) eq 'H400'", 501),
    ("/Datastreams?$filter=Observations/result gt 5", 501),
    ("/Things?$orderby=Datastreams/name", 400),
    ("/Things?$orderby=Locations/location", 400),
    ("/Things?$select=nothing", 400),
    ("/Things?$expand=Nothing", 400),
    ("/Things?$expand=Datastreams($expand=Things)", 400),
    ("/Things('hall')?$top=1", 400),
    ("/Datastreams?$expand=Thing($top=1)", 400),
    ("/Things?$resultFormat=dataArray", 400),
    ("/Observations?$resultFormat=dataArray&$select=Datastream", 400),
    ("/Observations?$resultFormat=dataArray&$expand=Datastream", 400),
    ("/Observations?$skip=900000", 400),
    ("/Things?$search=hall", 501),
)


@pytest.mark.anyio
async def test_questions_have_the_answers_of_the_standard(town: City) -> None:
    for question, expected in ASKED:
        answer = await town.get(question)
        value = answer.get("value")
        if isinstance(value, list):
            assert [short(one["@iot.id"]) for one in value] == expected, question
        else:
            assert answer == expected, question
    for question, status in REFUSED:
        answer = await town.get(question, status)
        assert answer["code"] == status, question
        assert str(answer["message"]).endswith((".", ")")), question


@pytest.mark.anyio
async def test_an_entity_links_to_all_that_it_belongs_to(town: City) -> None:
    for entities in entities_of(await town.get("")):
        for one in entities_of(await town.get(f"/{entities['name']}?$top=2")):
            assert await town.at(one["@iot.selfLink"]) == one
            for link in (key for key in one if key.endswith("@iot.navigationLink")):
                await town.at(one[link])


@pytest.mark.anyio
async def test_pages_go_on_until_all_has_been_told_once(town: City) -> None:
    for question, count in (
        ("/Observations?$top=97&$select=id", 3 * COUNT),
        ("/Observations?$top=97&$select=id&$orderby=phenomenonTime desc", 3 * COUNT),
        ("/Observations?$top=97&$select=id&$filter=result gt 100", COUNT - 101),
        ("/Datastreams('air')/Observations?$select=id&$orderby=phenomenonTime desc&$skip=9",
         COUNT - 9),
        ("/Things?$top=1&$select=id", 2),
    ):  # fmt: skip
        found = [one["@iot.id"] for one in await town.all(question)]
        assert len(found) == len(set(found)) == count, question


@pytest.mark.anyio
async def test_count_is_of_all_that_meets_the_condition(town: City) -> None:
    for question, count in (
        ("/Things?$count=true&$top=1", 2),
        ("/Observations?$count=true&$top=0", 3 * COUNT),
        ("/Observations?$count=true&$top=0&$filter=result gt 100", COUNT - 101),
    ):
        assert (await town.get(question))["@iot.count"] == count, question
    nothing = await town.get("/Observations?$top=0")
    assert nothing == {"value": []}


@pytest.mark.anyio
async def test_what_is_expanded_stands_within_with_its_own_options(town: City) -> None:
    question = (
        "/Things('hall')?$select=name,Locations&$expand=Datastreams($orderby=name;$count=true;"
        "$select=name;$expand=Observations($filter=result ge 44;$top=1;$select=result),Sensor)"
    )
    answer = await town.get(question)
    streams = answer.pop("Datastreams")
    assert answer == {
        "name": "Town hall",
        "Locations@iot.navigationLink": f"{town.root}/Things('hall')/Locations",
        "Datastreams@iot.count": 2,
    }
    assert isinstance(streams, list)
    assert [one["name"] for one in streams] == ["Fine dust", "Noise, hall"]
    assert [one["Observations"] for one in streams] == [[{"result": 44.0}]] * 2
    assert streams[0]["Sensor"]["metadata"] == f"{town.running.http}/wot/hall"
    more = await town.at(streams[0]["Observations@iot.nextLink"])
    assert more["value"] == [{"result": 45.0}]


@pytest.mark.anyio
async def test_tables_of_observations_have_a_row_each(town: City) -> None:
    answer = await town.get(
        "/Observations?$resultFormat=dataArray&$filter=phenomenonTime lt 2026-01-01T00:02:00Z"
        " and Datastream/Thing/id eq 'hall'"
    )
    assert entities_of(answer)[1] == {
        "Datastream@iot.navigationLink": f"{town.root}/Datastreams('noise')",
        "components": ["id", "phenomenonTime", "result", "resultTime"],
        "dataArray@iot.count": 2,
        "dataArray": [
            [f"noise@{FIRST_US}", "2026-01-01T00:00:00Z", 40.0, None],
            [f"noise@{FIRST_US + MINUTE_US}", "2026-01-01T00:01:00Z", 41.0, None],
        ],
    }


@pytest.mark.anyio
async def test_raw_values_and_references_and_nothing(town: City) -> None:
    raw = await town.client.get(f"{town.root}/{FIRST}/phenomenonTime/$value")
    assert (raw.text, raw.headers["content-type"]) == (
        "2026-01-01T00:00:00Z",
        "text/plain; charset=utf-8",
    )
    number = await town.client.get(f"{town.root}/{FIRST}/result/$value")
    assert number.text == "0.0"
    nothing = await town.client.get(f"{town.root}/{FIRST}/resultTime")
    assert (nothing.status_code, nothing.content) == (204, b"")
    references = await town.get("/Things('hall')/Datastreams/$ref?$top=1")
    assert references == {
        "value": [{"@iot.selfLink": f"{town.root}/Datastreams('air')"}],
        "@iot.nextLink": f"{town.root}/Things('hall')/Datastreams/$ref?$top=1&$skip=1",
    }


@pytest.mark.anyio
async def test_pages_of_other_hosts_may_ask_and_caches_ask_again(town: City) -> None:
    first = await town.client.get(f"{town.root}/Things")
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
    known = {"if-none-match": first.headers["etag"]}
    assert (await town.client.get(f"{town.root}/Things", headers=known)).status_code == 304
    preflight = await town.client.options(f"{town.root}/Things")
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (
        204,
        "*",
    )
    wrong = await town.client.get(f"{town.root}/Nothing")
    assert wrong.headers["access-control-allow-origin"] == "*"
    changed = await town.client.delete(f"{town.root}/Things('hall')")
    assert (changed.status_code, changed.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


@pytest.mark.anyio
async def test_a_host_that_is_no_name_is_not_repeated(town: City) -> None:
    response = await town.client.get(f"{town.root}/Things", headers={"host": "a b<c>"})
    assert "<c>" not in response.text


@pytest.mark.anyio
async def test_what_a_source_discovers_is_there_with_the_next_question(
    town: City,
) -> None:
    town = town
    assert len(entities_of(await town.get("/Things"))) == 2
    registry = town.running.application.hub.sensors.registry
    registry.add_thing(Thing("urn:x:1", "It's new / 100 %"))
    registry.add_datastream(Datastream("x/1", "New", "heat", "K", "", 60.0, None, "urn:x:1"))
    found = await town.get("/Things('urn:x:1')")
    assert await town.at(found["Datastreams@iot.navigationLink"]) == await town.get(
        "/Datastreams?$filter=name eq 'New'"
    )
    assert entities_of(await town.get("/Things('urn:x:1')/Locations")) == []
    where = await town.get("/FeaturesOfInterest('thing:urn:x:1')")
    assert where["feature"] == {"type": "Feature", "geometry": None, "properties": {}}


@pytest.mark.anyio
async def test_what_moves_is_where_it_was_last(town: City) -> None:
    hub = town.running.application.hub
    hub.sensors.registry.add_thing(Thing("tram", "Tram 4", moving=True))
    assert entities_of(await town.get("/Things('tram')/Locations")) == []
    now_us = hub.now().micros // 1_000_000 * 1_000_000
    for at, lon in ((now_us - 5_000_000, 13.01), (now_us, 13.02)):
        hub.listening.receive(Moved("tram", Fix(at, lon, 52.4, 40.0)), "push")
        hub.sensors.advance(hub.now().micros)
        where = await town.get("/Things('tram')?$expand=Locations,HistoricalLocations")
        assert where["Locations"][0]["location"]["coordinates"] == [lon, 52.4, 40.0]
        assert where["HistoricalLocations"][0]["time"] == rfc3339(at)
        west = "geography'POLYGON((13 52,13.015 52,13.015 53,13 53,13 52))'"
        near = await town.get(f"/Things?$filter=st_within(Locations/location,{west})")
        assert ("tram" in [one["@iot.id"] for one in near["value"]]) == (lon < 13.015)


@pytest.mark.anyio
async def test_a_server_without_sensors_says_so(serving: Serving) -> None:
    async with serving() as running, httpx.AsyncClient() as client:
        response = await client.get(f"{running.http}/sta/v1.1/Things")
        assert (response.status_code, response.json()["message"]) == (
            404,
            "This server has no sensors.",
        )


def short(identity: str) -> str:
    """An observation's id as its datastream and minutes since the first; others as they are."""
    key, at, time = identity.partition("@")
    return f"{key}+{(int(time) - FIRST_US) // MINUTE_US}" if at else identity
