"""Things as WoT Thing Descriptions: by the W3C's schema, and through node-wot."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import pytest

import node
from citiverse_server.overlays.instants import rfc3339
from citiverse_server.standards.ngsi_ld.city import City
from citiverse_server.standards.wot.observing import (
    MAX_OBSERVERS,
    MAX_OF_ONE_ADDRESS,
    Observers,
)
from server.ngsi_ld.conftest import AIR

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from server.ngsi_ld.conftest import Opening

pytestmark = pytest.mark.anyio
FOREIGN = Path(__file__).resolve().parents[3] / ".cache" / "foreign"
SCHEMA = "node_modules/wot-thing-description-types/schema/td-json-schema-validation.json"
PATIENCE_S = 60.0
TITLES = ["Market crossing", "Town hall's roof", "Harbour tram", "Water level"]

MISSING = (
    ("/wot/nobody", 404),
    ("/wot/crossing/properties/no2", 404),
    ("/wot/crossing/properties/no2/events", 404),
    ("/wot/crossing/actions", 404),
    ("/wot?limit=x", 400),
    ("/wot?offset=-1", 400),
)


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft7Validator:
    """The W3C's own schema for TD 1.1, as npm has it under the W3C's licence."""
    assert FOREIGN.is_dir(), "the foreign clients are not there: `make test` fetches them"
    found = json.loads((FOREIGN / SCHEMA).read_text())
    assert found["version"].startswith("1.1")
    return jsonschema.Draft7Validator(found)


async def ask(town: Any, path: str) -> Any:
    answer = await town.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_thing_is_listed_and_described_as_the_schema_has_it(
    town: Opening, schema: jsonschema.Draft7Validator
) -> None:
    async with town() as one:
        listed = await ask(one, "/wot")
        assert [td["title"] for td in listed] == TITLES
        for td in listed:
            schema.validate(td)
            assert await ask(one, td["base"].rstrip("/")) == td
        first = await one.client.get("/wot?limit=3")
        assert len(first.json()) == 3
        assert [td["title"] for td in await ask(one, first.links["next"]["url"])] == ["Water level"]


def test_the_schema_tells_what_is_no_description(schema: jsonschema.Draft7Validator) -> None:
    assert not schema.is_valid({"title": "A thing"})


def test_the_schema_knows_a_description_that_others_made(
    schema: jsonschema.Draft7Validator, data: Path
) -> None:
    foreign = json.loads((data / "sensors-wot" / "air-quality-sensor.td.jsonld").read_text())
    schema.validate(foreign)


async def test_a_description_says_units_limits_licence_and_where(town: Opening) -> None:
    async with town() as one:
        td = await ask(one, "/wot/crossing")
        assert td["id"] == AIR
        assert td["securityDefinitions"][td["security"]] == {"scheme": "nosec"}
        pm25 = td["properties"]["pm25"]
        assert pm25["readOnly"] is True
        assert pm25["observable"] is True
        assert pm25["unit"] == "ug/m3"
        assert pm25["properties"]["value"] == {
            "type": "number",
            "unit": "ug/m3",
            "minimum": 0.0,
            "maximum": 500.0,
        }
        assert td["schema:license"] == "CC-BY-4.0"
        assert td["schema:geo"]["schema:longitude"] == 13.05


async def test_every_link_and_form_leads_to_an_answer_of_ours(town: Opening) -> None:
    async with town() as one:
        td = await ask(one, "/wot/hall")
        assert {link["rel"] for link in td["links"]} == {"alternate", "about"}
        for link in td["links"]:
            if link["type"] != "text/html":
                assert (await one.client.get(link["href"])).status_code == 200, link
        about = next(link["href"] for link in td["links"] if link["rel"] == "about")
        assert (await ask(one, about))["features"][0]["name"] == "Town hall"
        form = td["properties"]["LAeq"]["forms"][0]["href"]
        noise = await ask(one, td["base"] + form)
        assert noise["value"] == 61.0
        assert noise["quality"] == ["stale"]
        assert (await ask(one, td["base"] + "properties"))["LAeq"] == noise


async def test_what_isn_t_there_is_said(town: Opening) -> None:
    async with town() as one:
        for path, status in MISSING:
            assert (await one.client.get(path)).status_code == status, path


async def test_a_thing_answers_to_its_other_names(town: Opening) -> None:
    async with town() as one:
        assert await ask(one, "/wot/station-7") == await ask(one, "/wot/crossing")


async def test_node_wot_reads_and_observes_a_property_through_its_description(
    town: Opening,
) -> None:
    async with town() as one, asyncio.timeout(PATIENCE_S):
        command = node.node(str(FOREIGN / "wot.cjs"), f"{one.running.http}/wot/crossing", "pm25")
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        read = json.loads(await process.stdout.readline())
        assert read["title"] == "Market crossing"
        first = {"value": 12.5, "time": rfc3339(one.now_us - 10_000_000), "quality": []}
        assert read["property"] == first
        assert set(read["all"]) == {"pm25", "temperature"}
        assert json.loads(await process.stdout.readline()) == first
        await one.observe(("crossing-air", 14.5, 5.0))
        assert json.loads(await process.stdout.readline())["value"] == 14.5
        assert await process.wait() == 0


async def test_one_address_takes_no_more_than_its_share_of_those_who_listen(town: Opening) -> None:
    async with town() as one:
        observers = Observers(City(one.running.application.hub))
        streams = [observers.events(0, "198.51.100.7") for _ in range(MAX_OF_ONE_ADDRESS)]
        for stream in streams:
            assert (await anext(stream)).startswith(b"data: ")
        assert observers.are_too_many("::ffff:198.51.100.7")
        assert not observers.are_too_many("198.51.100.8")
        late = observers.events(0, "198.51.100.7")
        assert [event async for event in late] == []
        await cast("AsyncGenerator[bytes]", streams[0]).aclose()
        assert not observers.are_too_many("198.51.100.7")


async def test_all_together_are_bounded_also_behind_a_proxy(town: Opening) -> None:
    async with town() as one:
        observers = Observers(City(one.running.application.hub))
        streams = [observers.events(0, "127.0.0.1") for _ in range(MAX_OBSERVERS)]
        for stream in streams:
            assert not observers.are_too_many("127.0.0.1")
            await anext(stream)
        assert observers.are_too_many("127.0.0.1")
        assert observers.are_too_many("198.51.100.8")


async def test_who_observes_is_told_changes_of_that_property_alone(town: Opening) -> None:
    async with town() as one, asyncio.timeout(PATIENCE_S):
        path = "/wot/crossing/properties/pm25/events"
        async with one.client.stream("GET", path) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            assert json.loads((await anext(lines)).removeprefix("data: "))["value"] == 12.5
            await one.observe(("crossing-temperature", 9.0, 4.0))
            await one.observe(("crossing-air", 15.5, 3.0))
            assert await anext(lines) == ""
            assert json.loads((await anext(lines)).removeprefix("data: "))["value"] == 15.5
