"""Where things were: HistoricalLocations and their Locations, out of the tracks that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citiverse_server.observations.tracks import MOST_FIXES
from citiverse_server.overlays.instants import rfc3339
from citiverse_server.overlays.model import Fix, Thing
from citiverse_server.overlays.reading import Moved
from citiverse_server.standards.sensorthings.tables import Budget
from server.sensorthings.conftest import entities_of, town

if TYPE_CHECKING:
    from server.sensorthings.conftest import City

__all__ = ["town"]
pytestmark = pytest.mark.anyio
PAST = "/Things('tram')/HistoricalLocations"
FIXES = 30


async def moved(town: City) -> list[int]:
    """A tram goes east, a fix every ten seconds, and a bus stands; when that was."""
    hub = town.running.application.hub
    begin_us = hub.now().micros // 1_000_000 * 1_000_000 - FIXES * 10_000_000
    times = [begin_us + 10_000_000 * at for at in range(FIXES)]
    for key in ("tram", "bus"):
        hub.sensors.registry.add_thing(Thing(key, key.title(), moving=True))
    for at, time_us in enumerate(times):
        hub.listening.receive(Moved("tram", Fix(time_us, 13.0 + at / 1_000, 52.4)), "push")
    hub.listening.receive(Moved("bus", Fix(times[0], 13.5, 52.5, 40.0)), "push")
    hub.sensors.advance(hub.now().micros)
    await hub.sensors.stored(hub.now().micros)
    return times


async def test_all_times_are_told_the_newest_first_in_pages(town: City) -> None:
    times = await moved(town)
    told = await town.all(f"{PAST}?$top=12")
    assert [one["time"] for one in told] == [rfc3339(time) for time in reversed(times)]
    assert told[0]["@iot.id"] == f"tram@{times[-1]}"
    second = await town.get(f"{PAST}?$orderby=time&$skip=1&$top=1&$count=true")
    assert second["@iot.count"] == FIXES
    assert second["value"][0]["time"] == rfc3339(times[1])
    assert second["@iot.nextLink"].endswith("$skip=2")


async def test_a_time_has_its_place_and_a_place_its_time(town: City) -> None:
    times = await moved(town)
    first = await town.get(f"/HistoricalLocations('tram@{times[0]}')?$expand=Locations,Thing")
    assert first["Locations"][0]["location"]["coordinates"] == [13.0, 52.4]
    assert first["Thing"]["name"] == "Tram"
    place = await town.get(f"/Locations('tram@{times[3]}')")
    assert place["location"]["coordinates"] == [13.003, 52.4]
    back = await town.get(f"/Locations('tram@{times[3]}')/HistoricalLocations")
    assert [one["time"] for one in back["value"]] == [rfc3339(times[3])]
    now = await town.get("/Locations('tram')/HistoricalLocations")
    assert [one["time"] for one in now["value"]] == [rfc3339(times[-1])]


async def test_conditions_on_time_and_place_hold(town: City) -> None:
    times = await moved(town)
    since = f"time ge {rfc3339(times[10])} and time lt {rfc3339(times[13])}"
    told = entities_of(await town.get(f"{PAST}?$filter={since}"))
    assert [one["time"] for one in told] == [rfc3339(times[at]) for at in (12, 11, 10)]
    west = "geography'POLYGON((12.9 52,13.0015 52,13.0015 53,12.9 53,12.9 52))'"
    there = entities_of(await town.get(f"{PAST}?$filter=st_within(Locations/location,{west})"))
    assert [one["time"] for one in there] == [rfc3339(times[1]), rfc3339(times[0])]


async def test_the_past_of_all_stands_together_and_only_present_places_in_the_set(
    town: City,
) -> None:
    await moved(town)
    of_all = await town.get("/HistoricalLocations?$count=true&$top=0")
    assert of_all["@iot.count"] == FIXES + 1
    places = entities_of(await town.get("/Locations?$expand=HistoricalLocations"))
    assert not [one for one in places if "@" in one["@iot.id"]]
    assert {one["@iot.id"]: len(one["HistoricalLocations"]) for one in places}["bus"] == 1
    things = entities_of(await town.get("/Things?$expand=HistoricalLocations($top=2)"))
    assert {one["@iot.id"]: len(one["HistoricalLocations"]) for one in things}["tram"] == 2


async def test_what_nobody_was_is_not_there(town: City) -> None:
    times = await moved(town)
    for path in (
        f"/HistoricalLocations('tram@{times[0] + 1}')",
        f"/Locations('hall@{times[0]}')",
        "/HistoricalLocations('tram')",
        "/HistoricalLocations('nobody@1')",
    ):
        await town.get(path, 404)
    assert entities_of(await town.get("/Things('hall')/HistoricalLocations")) == []


async def test_so_many_things_and_fixes_that_it_is_too_much_are_refused(
    town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await moved(town)
    assert MOST_FIXES < 10_000
    monkeypatch.setattr(Budget.__init__, "__defaults__", (15_000,))
    assert (await town.get("/HistoricalLocations", 400))["message"].startswith("This question is")
    await town.get(PAST)
