"""Entities in every representation become the same observations, by query and by notification."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.model import Rejected
from citiverse_server.overlays.reading import Observed
from citiverse_server.overlays.sensor_file import SourceSettings
from citiverse_server.overlays.sources import ngsi_ld
from citiverse_server.overlays.sources.ngsi_entities import Understood, Value, understood
from server.answering import Answered, Asked, answering
from server.sources.taking import Taking, first, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

MADRID = ZoneInfo("Europe/Madrid")
ELEVEN_IN_MADRID_US = 1_458_036_000_000_000
SOURCE = SourceSettings("city", "ngsi-ld", timezone="Europe/Madrid")


def entity(data: Path, name: str) -> Any:
    return json.loads((data / "sensors-ngsi-ld" / name).read_text(encoding="utf-8"))


def values(found: object) -> dict[str, Value]:
    assert isinstance(found, Understood)
    said = [value for value in found.values if isinstance(value, Value)]
    return {value.datastream.observed_property: value for value in said}


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("example.json", 0),
        ("example.jsonld", 0),
        ("example-normalized.json", 0),
        ("example-normalized.jsonld", 0),
        # This one tells the interval that ends an hour later.
        ("example-geojsonfeature.json", 1),
    ],
)
def test_every_representation_says_the_same(data: Path, name: str, hour: int) -> None:
    found = understood(entity(data, f"AirQualityObserved/{name}"), SOURCE, MADRID)
    told = values(found)
    assert isinstance(found, Understood)
    assert told["CO"].value == 500
    assert told["NO"].value == 45
    assert told["air temperature"].value == 12.2
    assert told["air temperature"].datastream.unit == "°C"
    assert told["CO"].time_us == ELEVEN_IN_MADRID_US + hour * 3_600_000_000
    assert found.thing.name == "Plaza de España"
    assert found.thing.position is not None
    assert found.thing.position[:2] == pytest.approx((-3.712247, 40.423853))
    # The id ends with the hour of observation; the thing is the same an hour later.
    assert found.thing.aliases[0].endswith("28079004")
    if "normalized" in name or "geojson" in name:
        assert told["CO"].datastream.unit == "mg/m³"
        assert told["NO"].datastream.ucum == "ug/m3"


def test_without_a_zone_a_local_time_is_no_time(data: Path) -> None:
    found = understood(entity(data, "AirQualityObserved/example.json"), SOURCE, None)
    assert isinstance(found, Understood)
    assert set(found.values) == {Rejected.UNKNOWN_TIME}


def test_a_lane_of_a_street_is_a_datastream_in_the_middle_of_its_line(data: Path) -> None:
    flow = entity(data, "TrafficFlowObserved/example-normalized.jsonld")
    found = understood(flow, SOURCE, MADRID)
    told = values(found)
    assert isinstance(found, Understood)
    intensity = told["traffic intensity"]
    assert intensity.value == 197
    assert intensity.datastream.key.endswith("intensity.lane1")
    assert intensity.datastream.name == "traffic intensity, Avenida de Salamanca, lane 1"
    # Beside the local interval stands the same in UTC, which is surer.
    assert intensity.time_us == 1_481_109_300_000_000
    assert found.thing.position is not None
    assert found.thing.position[:2] == pytest.approx((-4.735624, 41.657188), abs=1e-6)
    assert "laneId" not in told
    flow["laneId"]["value"] = 2
    assert values(understood(flow, SOURCE, MADRID))["traffic intensity"].datastream.key.endswith(
        "intensity.lane2"
    )


@pytest.mark.parametrize("name", ["example.json", "example.jsonld", "example-normalized.jsonld"])
def test_noise_is_heard_at_the_end_of_its_interval(data: Path, name: str) -> None:
    told = values(understood(entity(data, f"NoiseLevelObserved/{name}"), SOURCE, None))
    assert told["sound level"].value == 67.8
    assert told["sound level"].time_us == 1_482_926_400_000_000


def test_other_types_tell_all_their_numbers(data: Path) -> None:
    flood = values(understood(entity(data, "FloodMonitoring/example.json"), SOURCE, None))
    assert flood["currentLevel"].value == 0.98
    assert flood["currentLevel"].time_us == 1_600_243_200_000_000
    ground = understood(entity(data, "PhreaticObserved/example-normalized.jsonld"), SOURCE, None)
    assert isinstance(ground, Understood)
    # 2020-03-17TT08:45:00Z is no time; what has none of its own has that of the entity.
    assert ground.values.count(Rejected.BAD_TIME) == 3
    assert set(values(ground)) == {"investigationDepth"}


def test_only_what_the_file_asks_for_is_taken(data: Path) -> None:
    asked = SourceSettings(
        "city", "ngsi-ld", types=("FloodMonitoring",), attributes=("currentLevel",)
    )
    assert understood(entity(data, "NoiseLevelObserved/example.json"), asked, None) is None
    flood = entity(data, "FloodMonitoring/example-normalized.json")
    assert set(values(understood(flood, asked, None))) == {"currentLevel"}


def test_long_names_count_by_their_last_part() -> None:
    root = "https://smartdatamodels.org/dataModel.Environment/"
    found = understood(
        {
            "id": "urn:ngsi-ld:AirQualityObserved:1",
            "type": root + "AirQualityObserved",
            root + "pm25": {
                "type": "Property",
                "value": 7,
                "observedAt": "2026-10-26T00:30:00Z",
                "unitCode": "GQ",
            },
        },
        SOURCE,
        None,
    )
    assert values(found)["PM2.5"].datastream.unit == "µg/m³"


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("urn:ngsi-ld:NoiseLevelObserved:Vitoria-Noise", "Vitoria-Noise"),
        ("urn:ngsi-ld:IndoorEnvironmentObserved:urn:ngsi:Museum_Room_1", "Museum_Room_1"),
        ("urn:ngsi-ld:Device:fleet:7", "fleet:7"),
        ("urn:ngsi-ld:", "urn:ngsi-ld:"),
        ("Vitoria-Noise", "Vitoria-Noise"),
    ],
)
def test_a_thing_that_says_no_name_is_called_by_its_identifier_in_short(
    identifier: str, name: str
) -> None:
    entity = {"id": identifier, "type": "Device", "dateObserved": "2026-10-26T00:30:00Z", "pm": 7}
    found = understood(entity, SOURCE, None)
    assert isinstance(found, Understood)
    assert found.thing.name == name
    assert identifier in found.thing.aliases


NAMES = [
    "id",
    "type",
    "value",
    "location",
    "observedAt",
    "laneId",
    "co",
    "geometry",
    "coordinates",
    "unitCode",
    "dateObserved",
    "properties",
    "metadata",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_document_is_understood_or_refused(document: object) -> None:
    if isinstance(document, dict):
        document = {"id": "a", "type": "AirQualityObserved", **document}
    understood(document, SOURCE, MADRID)


def test_a_notification_is_told_and_another_unit_refused(data: Path) -> None:
    taking = Taking()
    intake = taking.intake("ngsi-ld", timezone="Europe/Madrid")
    one = entity(data, "AirQualityObserved/example-normalized.json")
    body = {"id": "n:1", "type": "Notification", "data": [one]}
    found = ngsi_ld.notified(intake, json.dumps(body).encode())
    assert len(found) == len({one.datastream for one in found if isinstance(one, Observed)}) == 12
    assert taking.rejected == {Rejected.NO_VALUE: 1}
    one["co"]["metadata"]["unitCode"]["value"] = "GQ"
    again = ngsi_ld.notified(intake, json.dumps(one).encode())
    assert len(again) == 11
    assert taking.rejected[Rejected.WRONG_UNIT] == 1
    assert len(taking.registry.datastreams) == 12
    with pytest.raises(ValueError, match="JSON"):
        ngsi_ld.notified(intake, b"{")


class ContextBroker:
    """Entities on pages of a hundred, and one subscription."""

    def __init__(self, count: int) -> None:
        self.entities = [
            {"id": f"urn:a:{n}", "type": "T", "v": n, "dateObserved": "2026-10-26T00:30:00Z"}
            for n in range(count)
        ]
        self.subscription: dict[str, Any] = {}
        self.renewals = 0

    def answer(self, asked: Asked) -> Answered:
        if asked.method == "GET":
            assert "type=T&" in asked.path
            offset = int(asked.path.rpartition("offset=")[2])
            return Answered(json.dumps(self.entities[offset : offset + 100]).encode())
        sent = json.loads(asked.body)
        if asked.method == "POST":
            self.subscription = sent
            return Answered(status=201)
        if not self.subscription:
            return Answered(status=404)
        self.subscription |= sent
        self.renewals += 1
        return Answered(status=204)


async def test_a_broker_is_asked_page_by_page_and_subscribed_to() -> None:
    broker, taking = ContextBroker(250), Taking()
    with answering(broker.answer) as place:
        intake = taking.intake(
            "ngsi-ld",
            place.url + "/ngsi-ld/v1",
            types=("T",),
            notify_url="http://city.example/sensors/city",
            token_env="CONTEXT",
            environment={"CONTEXT": "secret"},
        )
        found = await first(ngsi_ld.arrivals(intake), 500)
    assert [one.value for one in found[:250] if isinstance(one, Observed)] == list(range(250))
    endpoint = broker.subscription["notification"]["endpoint"]
    assert endpoint["uri"] == "http://city.example/sensors/city"
    assert endpoint["receiverInfo"] == [{"key": "Authorization", "value": "Bearer secret"}]
    assert broker.subscription["entities"] == [{"type": "T"}]
    assert broker.subscription["expiresAt"] > "2026"
    assert broker.renewals == 1


async def test_a_broker_that_refuses_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    taking = Taking()
    with answering(lambda _: Answered(status=403)) as place:
        arrivals = ngsi_ld.arrivals(taking.intake("ngsi-ld", place.url, types=("T",)))
        await until(arrivals, lambda: taking.losses)
    assert "403" in caplog.text
