"""What platforms with a token write: taken, kept, asked for again; and what isn't taken is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from server.ngsi_ld.conftest import AIR, HEADERS

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from server.ngsi_ld.conftest import Opening, Town

pytestmark = pytest.mark.anyio
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
STATION = "urn:ngsi-ld:AirQualityObserved:station-1"
ENTITY: dict[str, Any] = {
    "id": STATION,
    "type": "AirQualityObserved",
    "name": {"type": "Property", "value": "Station 1"},
    "location": {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [13.2, 52.2]},
    },
    "no2": {
        "type": "Property",
        "value": 31.5,
        "unitCode": "GQ",
        "observedAt": "2026-05-04T09:00:00Z",
    },
}


async def upsert(town: Town, *entities: Any, **headers: str) -> httpx.Response:
    return await town.client.post(UPSERT, json=list(entities), headers=HEADERS | headers)


async def entity(town: Town, identity: str = STATION) -> Any:
    answer = await town.client.get(f"/ngsi-ld/v1/entities/{identity}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_entity_that_was_written_is_answered_as_it_was(town: Opening) -> None:
    async with town() as one:
        made = await upsert(one, ENTITY)
        assert made.status_code == 201, made.text
        assert made.json() == [STATION]
        found = await entity(one)
        assert found["type"] == "AirQualityObserved"
        assert found["name"] == ENTITY["name"]
        assert found["location"] == ENTITY["location"]
        assert {**found["no2"], **ENTITY["no2"]} == found["no2"]
        later = {"type": "Property", "value": 40, "observedAt": "2026-05-04T10:00:00Z"}
        again = await upsert(one, {**ENTITY, "no2": {**ENTITY["no2"], **later}})
        assert again.status_code == 204
        assert (await entity(one))["no2"]["value"] == 40.0
        times = await one.client.get(
            f"/ngsi-ld/v1/temporal/entities/{STATION}", params={"options": "temporalValues"}
        )
        assert times.json()["no2"]["values"] == [
            [31.5, "2026-05-04T09:00:00Z"],
            [40.0, "2026-05-04T10:00:00Z"],
        ]


async def test_attributes_are_changed_one_by_one(town: Opening) -> None:
    async with town() as one:
        await upsert(one, ENTITY)
        path = f"/ngsi-ld/v1/entities/{STATION}/attrs"
        done = await one.client.patch(path, json={"no2": {"value": 12}}, headers=HEADERS)
        assert done.status_code == 204, done.text
        found = (await entity(one))["no2"]
        assert found["value"] == 12.0
        assert found["unitCode"] == "GQ"
        assert found["observedAt"] > "2026-05-04T09:00:00Z"
        partly = await one.client.patch(
            path,
            json={"no2": {"value": 13}, "level": {"value": "moderate"}},
            headers=HEADERS,
        )
        assert partly.status_code == 207
        assert partly.json()["updated"] == ["no2"]
        assert [one["attributeName"] for one in partly.json()["notUpdated"]] == ["level"]


async def test_what_isn_t_kept_is_named(town: Opening) -> None:
    async with town() as one:
        made = await upsert(
            one,
            {**ENTITY, "no2Level": {"type": "Property", "value": "high"}},
            {"id": "urn:ngsi-ld:Device:x"},
            {**ENTITY, "no2": {**ENTITY["no2"], "unitCode": "GP"}},
        )
        assert made.status_code == 207
        assert made.json()["success"] == [STATION, STATION]
        first, second, third = made.json()["errors"]
        assert first["entityId"] == STATION
        assert "no2Level" in first["error"]["detail"]
        assert second["error"]["type"].endswith("BadRequestData")
        assert "unit" in third["error"]["detail"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}])
async def test_nobody_writes_without_the_token(town: Opening, headers: dict[str, str]) -> None:
    async with town() as one:
        for method, path in (("POST", UPSERT), ("PATCH", f"/ngsi-ld/v1/entities/{AIR}/attrs")):
            answer = await one.client.request(method, path, json=[], headers=headers)
            assert answer.status_code == 403
        changed = {"pm25": {"value": 1}}
        other = await one.client.patch(
            f"/ngsi-ld/v1/entities/{AIR}/attrs", json=changed, headers=HEADERS
        )
        assert other.status_code == 403
        assert "another source" in other.json()["detail"]


async def test_hostile_bodies_end_nothing(town: Opening) -> None:
    async with town() as one:
        bodies: list[tuple[bytes, str, int]] = [
            (b"", "application/json", 400),
            (b"{}", "application/json", 400),
            (b"[]", "application/json", 400),
            (b"[[]]", "application/json", 400),
            (b"[" * 100_000, "application/json", 400),
            (b'[{"id":"a","type":"\xff"}]', "application/json", 400),
            (b" " * 1_100_000, "application/json", 413),
            (b"<a/>", "text/xml", 415),
            (json.dumps([{}] * 1001).encode(), "application/json", 400),
        ]
        for body, kind, status in bodies:
            answer = await one.client.post(
                UPSERT, content=body, headers=HEADERS | {"content-type": kind}
            )
            assert answer.status_code == status, (body[:40], answer.text)
        odd = [
            {"id": "urn:x", "type": ["A", "B"]},
            {"id": 3, "type": "Device"},
            {"id": "urn:x" * 1000, "type": "Device", "a": {"value": 1e999}},
            {"id": "urn:x", "type": "Device", "a": {"value": 1, "observedAt": "9999"}},
            {"id": "urn:x", "type": "Device", "@context": "https://example.org/c.jsonld"},
        ]
        text = json.dumps(odd).replace("Infinity", "1e999")
        answer = await one.client.post(UPSERT, content=text, headers=HEADERS)
        assert answer.status_code in (207, 400)
        assert (await entity(one, AIR))["pm25"]["value"] == 12.5


async def test_terms_of_the_request_are_understood(town: Opening) -> None:
    async with town() as one:
        context = {"dust": "https://smartdatamodels.org/dataModel.Environment/pm10"}
        written = {**ENTITY, "dust": {"value": 7}, "@context": [context]}
        assert (await upsert(one, written)).status_code == 201
        assert (await entity(one))["pm10"]["value"] == 7.0


@pytest.mark.parametrize(
    ("name", "place", "numbers"),
    [
        ("AirQualityObserved", "Madrid", 9),
        ("NoiseLevelObserved", "Vitoria", 4),
        ("TrafficFlowObserved", "Valladolid", 4),
    ],
)
async def test_what_the_smart_data_models_show_comes_back(
    town: Opening, data: Path, name: str, place: str, numbers: int
) -> None:
    shown = json.loads((data / "sensors-ngsi-ld" / name / "example-normalized.jsonld").read_text())
    async with town() as one:
        answer = await upsert(one, shown)
        assert answer.status_code in (201, 207), answer.text
        asked = {"type": name, "idPattern": place}
        (found,) = (await one.client.get("/ngsi-ld/v1/entities", params=asked)).json()
        assert shown["id"].startswith(found["id"])
        same = [
            term
            for term, said in shown.items()
            if isinstance(said, dict)
            and isinstance(said.get("value"), int | float)
            and found.get(term, {}).get("value") == said["value"]
            and said.get("unitCode", found[term].get("unitCode")) == found[term].get("unitCode")
        ]
        assert len(same) >= numbers, same
        if shown["location"]["value"]["type"] == "Point":
            assert found["location"]["value"] == shown["location"]["value"]
