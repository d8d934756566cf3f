"""Clients that others made speak NGSI-LD with us, of npm and of PyPI."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import node
from server.ngsi_ld.conftest import AIR, HEADERS, TOKEN

if TYPE_CHECKING:
    from server.conftest import Serving
    from server.ngsi_ld.conftest import Opening

pytestmark = pytest.mark.anyio
CACHE = Path(__file__).resolve().parents[3] / ".cache"
PATIENCE_S = 60.0
NOBODY = "http://127.0.0.1:9/told"
STATION = "urn:ngsi-ld:AirQualityObserved:foreign"


async def said(*command: str) -> Any:
    """What a program prints on its last line, as JSON."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE_S):
        out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return json.loads(out.decode().strip().splitlines()[-1])


async def test_ngsijs_asks_changes_and_subscribes(town: Opening) -> None:
    written = {
        "id": STATION,
        "type": "AirQualityObserved",
        "pm25": {"value": 14, "unitCode": "GQ", "observedAt": "2026-05-04T09:00:00Z"},
    }
    async with town() as one:
        made = await one.client.post(
            "/ngsi-ld/v1/entityOperations/upsert", json=[written], headers=HEADERS
        )
        assert made.status_code == 201, made.text
        script = str(CACHE / "foreign" / "ngsi.cjs")
        command = node.node(script, one.running.http, TOKEN, "AirQualityObserved", STATION, NOBODY)
        told = await said(*command)
        now = (await one.client.get(f"/ngsi-ld/v1/entities/{STATION}")).json()
    assert told["entities"]["count"] == 2
    assert [each["id"] for each in told["entities"]["results"]] == [AIR, STATION]
    assert told["entities"]["format"] == "application/ld+json"
    assert [each["pm25"] for each in told["simple"]["results"]] == [12.5, 14.0]
    assert told["one"]["entity"]["pm25"] == 14.0
    assert told["missing"] == "NotFound"
    assert "AirQualityObserved" in told["types"]["results"]["typeList"]
    assert told["about"]["type"]["entityCount"] == 2
    over_time = {each["id"]: each["pm25"]["values"] for each in told["times"]["results"]}
    assert over_time[STATION] == [[14.0, "2026-05-04T09:00:00Z"]]
    assert [value for value, _ in over_time[AIR]] == [11.0, 12.5]
    assert told["changed"]["updated"] == ["pm25"]
    assert now["pm25"]["value"] == 21.5
    assert told["kept"]["subscription"]["status"] == "active"
    assert told["listed"]["count"] == 1
    assert told["removed"] == {}


async def test_ngsildclient_writes_reads_and_subscribes(town: Opening) -> None:
    async with town() as one:
        python = str(CACHE / "ngsildclient" / "bin" / "python")
        script = str(CACHE / "foreign" / "ngsild.py")
        told = await said(python, script, str(one.running.port), TOKEN, NOBODY)
        left = await one.client.get("/ngsi-ld/v1/subscriptions", headers=HEADERS)
    first, second = (f"urn:ngsi-ld:AirQualityObserved:foreign-{number}" for number in (1, 2))
    assert told["upserted"] == [first, second]
    assert told["again"] == 2
    assert told["same"] == {"name": True, "location": True, "no2": True}
    assert told["unit"] == "GQ"
    assert told["exists"] == [True, False]
    assert told["count"] == 3
    assert told["found"] == [first]
    assert "AirQualityObserved" in told["types"]
    assert told["over time"]["no2"]["values"] == [[22.5, "2026-05-04T09:00:00Z"]]
    assert told["all over time"] == 2
    assert told["subscribed"] == "active"
    assert [told["listed"], told["left"], left.json()] == [1, 0, []]


async def test_jsonld_expands_what_we_answer_without_any_other_host(town: Opening) -> None:
    etsi = "https://uri.etsi.org/ngsi-ld/"
    models = "https://smartdatamodels.org/dataModel.Environment/"
    async with town() as one:
        path = f"{one.running.http}/ngsi-ld/v1/entities/{AIR}"
        (entity,) = await said(*node.node(str(CACHE / "foreign" / "jsonld.cjs"), path))
    assert entity["@id"] == AIR
    assert entity["@type"] == [f"{models}AirQualityObserved"]
    (pm25,) = entity[f"{models}pm25"]
    assert pm25["@type"] == [f"{etsi}Property"]
    assert pm25[f"{etsi}hasValue"] == [{"@value": 12.5}]
    assert pm25[f"{etsi}unitCode"] == [{"@value": "GQ"}]
    (moment,) = pm25[f"{etsi}observedAt"]
    assert moment["@type"] == f"{etsi}DateTime"
    (place,) = entity[f"{etsi}location"]
    (point,) = place[f"{etsi}hasValue"]
    assert point["@type"] == ["https://purl.org/geojson/vocab#Point"]
    (coordinates,) = point["https://purl.org/geojson/vocab#coordinates"]
    assert [one["@value"] for one in coordinates["@list"]] == [13.05, 52.05, 40.0]
    assert entity["https://schema.org/license"][0][f"{etsi}hasValue"][0]["@value"] == "CC-BY-4.0"


async def test_one_city_of_ours_reads_another(
    town: Opening, serving: Serving, tmp_path: Path
) -> None:
    async with town() as one, asyncio.timeout(PATIENCE_S):
        file = tmp_path / "other.toml"
        state = tmp_path / "other state"
        file.write_text(
            f'[[source]]\nname = "neighbour"\nkind = "ngsi-ld"\n'
            f'url = "{one.running.http}/ngsi-ld/v1"\ntypes = ["AirQualityObserved"]\n'
        )
        there = (await one.client.get(f"/ngsi-ld/v1/entities/{AIR}")).json()
        async with (
            serving(patience_s=PATIENCE_S, sensors=file, state=state) as other,
            httpx.AsyncClient(base_url=other.http) as client,
        ):
            here = await client.get(f"/ngsi-ld/v1/entities/{AIR}")
            while here.status_code == 404 or "pm25" not in here.json():
                here = await client.get(f"/ngsi-ld/v1/entities/{AIR}")
    same = ("id", "type", "name", "location", "license")
    assert {name: here.json()[name] for name in same} == {name: there[name] for name in same}
    for name in ("pm25", "temperature"):
        for part in ("value", "observedAt", "unitCode"):
            assert here.json()[name][part] == there[name][part], (name, part)
