"""Observations that are created by POST: for those with a credential, kept before the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from citiverse_server.overlays.instants import micros, rfc3339
from citiverse_server.standards.sensorthings import writing
from server.sensorthings.conftest import TOKEN

if TYPE_CHECKING:
    import httpx

    from server.sensorthings.conftest import City

BEARER = {"authorization": f"Bearer {TOKEN}"}


async def post(town: City, path: str, body: object, **headers: str) -> httpx.Response:
    """Sends JSON with the credential of the source."""
    return await town.client.post(f"{town.root}{path}", json=body, headers={**BEARER, **headers})


def instant(response: httpx.Response) -> int:
    """The phenomenonTime of what was created, µs."""
    time = micros(response.json()["phenomenonTime"])
    assert time is not None
    return time


@pytest.mark.anyio
async def test_what_is_created_is_there_when_the_answer_comes(town: City) -> None:
    town = town
    hub = town.running.application.hub
    time = rfc3339(hub.now().micros // 1_000_000 * 1_000_000)
    body = {"phenomenonTime": time, "result": 12.5}
    created = await post(town, "/Datastreams('air')/Observations", body)
    assert created.status_code == 201
    one = await town.at(created.headers["location"])
    assert created.json() == one
    assert (one["phenomenonTime"], one["result"]) == (time, 12.5)
    # Who sends it again changes nothing.
    again = await post(
        town, "/Observations", {**body, "result": 13, "Datastream": {"@iot.id": "air"}}
    )
    assert again.json() == one
    without_time = await post(town, "/Datastreams('noise')/Observations", {"result": 50})
    assert instant(without_time) >= instant(created)


@pytest.mark.anyio
async def test_tables_are_taken_row_by_row(town: City) -> None:
    town = town
    second_us = town.running.application.hub.now().micros // 1_000_000 * 1_000_000
    times = [rfc3339(second_us - number * 1_000_000) for number in range(4)]
    air = {
        "Datastream": {"@iot.id": "air"},
        "components": ["phenomenonTime", "result", "FeatureOfInterest/id"],
        "dataArray@iot.count": 4,
        "dataArray": [
            [times[0], 1.0, "town/BLDG_0042"],
            [times[1], 5000.0, "town/BLDG_0042"],
            [times[2], 2.0, "somewhere else"],
            [times[3], "three"],
        ],
    }
    level = {
        "Datastream": {"@iot.id": "level"},
        "components": ["phenomenonTime", "result"],
        "dataArray": [[times[0], 3.5]],
    }
    created = await post(town, "/CreateObservations", [air, level])
    assert created.status_code == 201
    links = created.json()
    assert [link == "error" for link in links] == [False, False, True, True, False]
    assert (await town.at(links[0]))["result"] == 1.0
    assert (await town.at(links[4]))["result"] == 3.5


@pytest.mark.anyio
async def test_what_cant_be_taken_is_refused_by_name_and_changes_nothing(town: City) -> None:
    before = await town.get("/Observations?$count=true&$top=0")
    long_ago, far = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
    refused: tuple[tuple[str, Any, int], ...] = (
        ("/Things", {"name": "x"}, 501),
        ("/Things('hall')/Datastreams('air')/Observations", {"result": 1}, 501),
        ("/Observations('air@5')", {"result": 1}, 501),
        ("/Observations", {"result": 1}, 400),
        ("/Observations", {"result": 1, "Datastream": {"@iot.id": "nobody"}}, 404),
        ("/Datastreams('air')/Observations", {"result": 1, "Datastream": {"@iot.id": "b"}}, 400),
        ("/Datastreams('air')/Observations", {"result": "high"}, 400),
        ("/Datastreams('air')/Observations", {"result": True}, 400),
        ("/Datastreams('air')/Observations", {"result": 1, "parameters": {"a": 1}}, 400),
        ("/Datastreams('air')/Observations", {"result": 1, "phenomenonTime": "noon"}, 400),
        ("/Datastreams('air')/Observations", {"result": 1, "phenomenonTime": far}, 400),
        ("/Datastreams('air')/Observations", {"result": 1, "phenomenonTime": long_ago}, 400),
        (
            "/Datastreams('air')/Observations",
            {"result": 1, "FeatureOfInterest": {"@iot.id": "town/other"}},
            400,
        ),
        ("/CreateObservations", {}, 400),
        ("/CreateObservations", [{"Datastream": {"@iot.id": "air"}, "components": [],
                                  "dataArray": []}], 400),
        ("/CreateObservations", [{"Datastream": {"@iot.id": "air"}, "components": ["validTime"],
                                  "dataArray": []}], 400),
    )  # fmt: skip
    for path, body, status in refused:
        response = await post(town, path, body)
        assert response.status_code == status, (path, body, response.text)
        assert response.json()["message"].endswith("."), response.text
    broken = await town.client.post(f"{town.root}/Observations", content=b"{", headers=BEARER)
    assert broken.status_code == 400
    large = await town.client.post(
        f"{town.root}/Observations", content=b"[" * 2_000_000, headers=BEARER
    )
    assert large.status_code == 413
    assert await town.get("/Observations?$count=true&$top=0") == before


@pytest.mark.anyio
async def test_only_who_has_the_credential_creates(town: City) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic !"}):
        response = await town.client.post(
            f"{town.root}/Datastreams('air')/Observations", json={"result": 1}, headers=headers
        )
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.anyio
async def test_a_flood_of_one_source_is_held_back(
    town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BURST", 2.0)
    monkeypatch.setattr(writing, "RATE_PER_S", 0.001)
    sent = [await post(town, "/Datastreams('air')/Observations", {"result": 1}) for _ in range(3)]
    assert [response.status_code for response in sent] == [201, 201, 429]
    assert sent[-1].headers["retry-after"] == "1"
