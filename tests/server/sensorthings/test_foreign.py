"""Programs of others: frost-sta-client asks and writes, ogc-sta-schema-validator judges."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import frost_sta_client
import pytest
from src.api_client import SensorThingsAPIClient
from src.jsonschema_validator import JsonSchemaValidationEngine
from src.schema_loader import SchemaLoader

from citiverse_server.overlays.instants import rfc3339
from citiverse_server.overlays.model import Fix
from citiverse_server.overlays.reading import Moved
from citiverse_server.standards.sensorthings.vocabulary import TYPES
from server.sensorthings.conftest import COUNT, TOKEN

if TYPE_CHECKING:
    from server.sensorthings.conftest import City

# It calls its own library in a way that this has given up.
pytestmark = pytest.mark.filterwarnings("ignore:furl.pathstr is deprecated:DeprecationWarning")

SCHEMAS = Path(__file__).parent / "schemas"


@pytest.mark.anyio
async def test_frost_sta_client_finds_lists_and_follows(town: City) -> None:
    def ask() -> None:
        service = frost_sta_client.SensorThingsService(town.root)
        hall = service.things().find("hall")
        assert (hall.name, hall.properties["owner"]) == ("Town hall", "Town")
        assert [one.name for one in hall.get_datastreams().query().list()] == [
            "Fine dust",
            "Noise, hall",
        ]
        place = service.locations().find("bridge")
        assert place.location["coordinates"] == [13.05, 52.41, 35.5]
        air = service.datastreams().find("air")
        assert air.unit_of_measurement.definition == "ucum:ug/m3"
        seen = air.get_observations().query().orderby("phenomenonTime", "DESC").top(60).list()
        assert [one.result for one in seen] == [float(number) for number in range(COUNT)][::-1]
        loud = (
            service.observations()
            .query()
            .filter("result ge 46 and Datastream/name eq 'Noise, hall'")
        )
        assert {one.result for one in loud.list()} == {46.0}
        counted = service.observed_properties().query()
        counted.count()
        assert counted.list().count == 3
        expanded = service.things().query().expand("Datastreams($expand=Sensor),Locations")
        first = next(iter(expanded.list()))
        assert first.datastreams.entities[0].sensor.name == "Town hall"
        assert first.locations.entities[0].encoding_type == "application/geo+json"
        about = service.features_of_interest().find("town/BLDG_0042")
        assert about.properties["cityObject"] == "town/BLDG_0042"

    await asyncio.to_thread(ask)


@pytest.mark.anyio
async def test_frost_sta_client_creates_observations(town: City) -> None:
    second_us = town.running.application.hub.now().micros // 1_000_000 * 1_000_000

    def write() -> None:
        service = frost_sta_client.SensorThingsService(
            town.root, auth_handler=frost_sta_client.AuthHandler("push", TOKEN)
        )
        level = service.datastreams().find("level")
        one = frost_sta_client.Observation(
            phenomenon_time=rfc3339(second_us), result=2.75, datastream=level
        )
        service.create(one)
        again = service.observations().find(one.id)
        assert (again.result, again.id) == (2.75, f"level@{second_us}")

    await asyncio.to_thread(write)


@pytest.mark.anyio
async def test_every_entity_has_the_shape_that_the_standard_demands(town: City) -> None:
    hub = town.running.application.hub
    registry = hub.sensors.registry
    registry.add_thing(replace(registry.things["bridge"], moving=True))
    hub.listening.receive(Moved("bridge", Fix(hub.now().micros, 13.06, 52.42)), "push")
    hub.sensors.advance(hub.now().micros)

    def validate() -> dict[str, int]:
        client = SensorThingsAPIClient(town.root)
        loader, engine = SchemaLoader(str(SCHEMAS)), JsonSchemaValidationEngine()
        found = {}
        for kind in TYPES:
            schema = loader.load_schema(f"{kind.name.lower()}_schema.json")
            results = engine.validate_entities(list(client.get_entities(kind.set_name)), schema)
            assert [error for result in results for error in result.errors] == []
            found[kind.name] = len(results)
        return found

    assert await asyncio.to_thread(validate) == {
        "Thing": 2,
        "Location": 2,
        "HistoricalLocation": 1,
        "Datastream": 3,
        "Sensor": 2,
        "ObservedProperty": 3,
        "Observation": 3 * COUNT,
        "FeatureOfInterest": 2,
    }
