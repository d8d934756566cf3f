"""Our SensorThings client reads our SensorThings service, and nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from citiverse_server.overlays.model import Datastream, Thing
from citiverse_server.overlays.reading import Observed
from citiverse_server.overlays.sources import sensorthings
from server.sources.taking import Taking, first

if TYPE_CHECKING:
    from server.sensorthings.conftest import City

STREAMS = 300


@pytest.mark.anyio
async def test_another_city_hears_what_ours_observes(town: City) -> None:
    hub = town.running.application.hub
    registry = hub.sensors.registry
    registry.add_thing(replace(registry.things["bridge"], reality="simulated"))
    registry.add_thing(Thing("field", "A field of sensors"))
    for number in range(STREAMS):
        registry.add_datastream(
            Datastream(f"s{number}", f"Heat {number}", "heat", "K", "", 60.0, None, "field", "K")
        )
    now_us = hub.now().micros // 1_000_000 * 1_000_000
    sent = {
        Observed(f"s{number}", float(number), now_us - (number % 7) * 1_000_000)
        for number in range(STREAMS)
    }
    sent |= {Observed("air", 20.0 + at, now_us - at * 1_000_000) for at in range(1200)}
    for one in sent:
        hub.listening.receive(one, "push")
    await hub.sensors.stored(hub.now().micros)

    taking = Taking(moments=count(now_us, 1_000_000))
    arrivals = sensorthings.arrivals(taking.intake("sensorthings", town.root))
    heard = await first(arrivals, len(sent))
    assert {
        Observed(one.datastream.removeprefix("city."), one.value, one.time_us)
        for one in heard
        if isinstance(one, Observed)
    } == sent
    assert not taking.rejected
    streams = {one.key: one for one in taking.registry.datastreams.values()}
    assert len(streams) == STREAMS + 3
    air = streams["city.air"]
    assert (air.observed_property, air.unit, air.ucum, air.definition, air.feature) == (
        "PM2.5",
        "µg/m³",
        "ug/m3",
        "http://vocab.example/pm25",
        "town/BLDG_0042",
    )
    bridge = taking.registry.things[streams["city.level"].thing]
    assert (bridge.name, bridge.reality, bridge.position) == (
        "Bridge",
        "simulated",
        (13.05, 52.41, 35.5),
    )
    assert (bridge.licence, bridge.attribution, bridge.owner) == (
        "CC-BY-4.0",
        "City of Town",
        "Town",
    )
