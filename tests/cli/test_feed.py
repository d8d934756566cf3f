"""Recordings are played at their pace and with the times of now, whatever they are written in."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from citiverse.feed import feed_message
from citiverse.feed.message import Message, RecordingError, is_time, moved, times
from citiverse.feed.recordings import Reading, messages
from citiverse.feed.replay import Clock, Pace, Told, play
from citiverse.feed.senders import bodies_of
from citiverse.main import app
from citiverse_server.overlays.instants import micros
from citiverse_server.overlays.sources.gtfs_messages import read
from citiverse_server.overlays.sources.intake import SourceDown
from server.answering import Answered, Asked, answering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UTC = ZoneInfo("UTC")
SEATTLE = ZoneInfo("America/Los_Angeles")
NOW_US = 1_793_000_000_000_000


class Sink:
    """Takes all, and knows when."""

    def __init__(self, clock: Ticking, down: int = 0) -> None:
        self.clock = clock
        self.down = down
        self.taken: list[tuple[float, Message]] = []

    async def send(self, messages: Sequence[Message]) -> None:
        if self.down:
            self.down -= 1
            raise SourceDown("nobody is there")
        self.taken += [(self.clock.s, message) for message in messages]

    async def close(self) -> None:
        """Nothing is held."""


class Ticking:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.s = 0.0
        self.clock = Clock(lambda: self.s, lambda: NOW_US + round(self.s * 1e6), self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.s += seconds


async def played(
    path: Path, pace: Pace, how: Reading | None = None, down: int = 0
) -> list[tuple[float, Message]]:
    ticking = Ticking()
    sink, told = Sink(ticking, down), list[Told]()
    sent = await play([path], how or Reading(UTC), pace, sink, told.append, ticking.clock)
    assert sent == len(sink.taken) == told[-1].sent
    return sink.taken


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_an_hour_a_second_is_an_hour_a_second(data: Path) -> None:
    file = data / "sensors-weather" / "seattle-weather-hourly-normals.csv"
    taken = await played(file, Pace(speed=3600.0))
    assert len(taken) == 8759
    times_s = [when for when, _ in taken]
    assert times_s[0] == pytest.approx(0, abs=0.03)
    assert times_s[-1] == pytest.approx(8758, abs=0.03)
    body = taken[100][1].body
    assert isinstance(body, dict)
    # It is of the moment it is sent, and still says no zone.
    assert micros(body["date"], UTC) == pytest.approx(NOW_US + taken[100][0] * 1e6, abs=1e6)
    assert "Z" not in body["date"]


async def test_recorded_times_may_stay_and_all_go_at_once(data: Path) -> None:
    file = data / "sensors-weather" / "seattle-weather.csv"
    taken = await played(file, Pace(speed=0, recorded=True))
    assert len(taken) == 1461
    assert {when for when, _ in taken} == {0.0}
    body = taken[-1][1].body
    assert isinstance(body, dict)
    assert body["date"] == "2015-12-31"


async def test_what_is_played_faster_than_a_value_a_second_has_moments_of_its_own(
    data: Path,
) -> None:
    file = data / "sensors-weather" / "seattle-weather-hourly-normals.csv"
    taken = await played(file, Pace(speed=3600 * 100))
    bodies = [message.body for _, message in taken]
    moments = [micros(body["date"], UTC) for body in bodies if isinstance(body, dict)]
    assert len({*moments}) == len(taken)


async def test_a_recording_may_begin_at_a_moment(data: Path) -> None:
    file = data / "sensors-weather" / "seattle-weather-hourly-normals.csv"
    start_us = micros("2026-10-26T06:00:00Z")
    taken = await played(file, Pace(0, start_us), Reading(SEATTLE))
    bodies = [message.body for _, message in taken[:2]]
    assert [body["date"] for body in bodies if isinstance(body, dict)] == [
        "2026-10-25T23:00:00",
        "2026-10-26T00:00:00",
    ]


async def test_peaks_come_at_their_hour_of_the_day(data: Path) -> None:
    taken = await played(data / "sensors-carshare-montreal" / "carshare.csv", Pace(speed=3600))
    assert len(taken) == 249
    whens = [when for when, _ in taken]
    bodies = [message.body for _, message in taken]
    hours = [int(body["peak_hour"]) for body in bodies if isinstance(body, dict)]
    assert len(hours) == len(taken)
    assert whens == pytest.approx([hour - hours[0] for hour in hours], abs=25)


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("sensors-openaq/responses/sensors.json", "document", 1),
        ("sensors-openaq/responses/measurements.json", "document", 1),
        ("sensors-ngsi-ld/AirQualityObserved", "entity", 5),
        ("sensors-ngsi-ld/TrafficFlowObserved", "entity", 1),
        ("sensors-gtfs-rt/vehicle_positions.pb", "feed", 1),
    ],
)
async def test_every_set_is_told_by_what_is_in_it(
    data: Path, name: str, kind: str, count: int
) -> None:
    taken = await played(data / name, Pace(speed=0))
    assert {message.kind for _, message in taken} == {kind}
    assert len(taken) == count
    for _, message in taken:
        if not isinstance(message.body, bytes):
            # The latest of its times is now; none is in the future.
            assert max(times(message.body, UTC)) == pytest.approx(NOW_US, abs=1e6)


def test_vehicles_move_in_time_and_nothing_else_of_them_changes(data: Path) -> None:
    body = (data / "sensors-gtfs-rt" / "vehicle_positions.pb").read_bytes()
    later = feed_message.moved(body, 3600)
    assert feed_message.moved(later, -3600) == body
    for before, after in zip(read(body).vehicles, read(later).vehicles, strict=True):
        assert after.time_us - before.time_us == 3_600_000_000
        assert (after.lon, after.lat, after.vehicle) == (before.lon, before.lat, before.vehicle)


async def test_nothing_is_invented_unless_that_is_asked_for(data: Path) -> None:
    file = data / "sensors-wot" / "air-quality-sensor.td.jsonld"
    with pytest.raises(RecordingError, match="--made-up"):
        await played(file, Pace(speed=0))
    taken = await played(file, Pace(speed=600), Reading(UTC, invent=True))
    assert len(taken) == 8640
    for _, message in taken:
        assert isinstance(message.body, dict)
        assert message.body["made_up"] is True
        assert message.body["density"] >= 0


async def test_who_is_away_is_waited_for_and_nothing_is_lost(data: Path) -> None:
    file = data / "sensors-weather" / "seattle-weather.csv"
    taken = await played(file, Pace(speed=0), down=5)
    assert len(taken) == 1461
    assert taken[0][0] == 1 + 2 + 4 + 8 + 16


class EnoughError(Exception):
    """All that was to be heard was."""


class Patient(Sink):
    """Hears four times."""

    async def send(self, messages: Sequence[Message]) -> None:
        await super().send(messages)
        if len(self.taken) >= 4:
            raise EnoughError


async def test_a_recording_of_one_moment_is_played_again_after_a_pause(tmp_path: Path) -> None:
    file = tmp_path / "once.jsonl"
    file.write_text('{"time": "2026-05-01T08:00:00Z", "topic": "a/b", "payload": 1}\n')
    ticking = Ticking()
    sink = Patient(ticking)
    pace = Pace(speed=60.0, loop=True)
    with pytest.raises(EnoughError):
        await play([file], Reading(UTC), pace, sink, lambda _: None, ticking.clock)
    assert [when for when, _ in sink.taken] == [0.0, 1.0, 2.0, 3.0]


async def test_recorded_lines_go_to_their_topics(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    lines = [
        {"time": "2026-05-01T08:00:00Z", "topic": "a/b", "payload": {"v": 1}},
        {"time": "2026-05-01T08:00:10Z", "topic": "a/c", "payload": 7},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    taken = await played(file, Pace(speed=2))
    assert [(when, one.topic, one.body) for when, one in taken] == [
        (0.0, "a/b", {"v": 1}),
        (5.0, "a/c", 7),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", ""),
        ("a.csv", "x,y\n1,2\n"),
        ("a.csv", "date\n2026-01-01\nnever\n"),
        ("a.json", "{"),
        ("a.json", "[" * 100_000),
        ("a.pb", "no feed"),
        ("a.jsonl", "{}\n"),
        ("a.jsonl", '{"time": "never", "topic": "t", "payload": 1}\n'),
    ],
)
def test_what_is_no_recording_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(RecordingError, match=r"a\.\w+"):
        list(messages([file], Reading(UTC)))


@given(
    st.datetimes(timezones=st.sampled_from([UTC, SEATTLE])),
    st.integers(-(10**15), 10**15),
    st.booleans(),
)
def test_a_time_moves_by_what_it_should(when: object, by_us: int, named: bool) -> None:
    from datetime import datetime

    assert isinstance(when, datetime)
    if not 1970 < when.year < 2200:
        return
    text = (when if named else when.replace(tzinfo=None, fold=0)).isoformat(timespec="seconds")
    before = micros(text, SEATTLE)
    message = Message("a", "document", {"t": [text]}, 0, 0)
    after = moved(message, by_us, SEATTLE).body
    assert isinstance(after, dict)
    after_us = micros(after["t"][0], SEATTLE)
    assert before is not None
    assert after_us is not None
    # Local time says one hour twice a year for two.
    assert min(abs(after_us - before - by_us - fold) for fold in (0, -3_600_000_000)) <= 1_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01", True),
        ("2026-01-01T00:00", True),
        ("2026-01-01T00:00:00.5Z/2026-01-01T01:00:00.5Z", True),
        ("2026-01-01T00:00:00+05:30", True),
        ("28079004", False),
        ("Madrid-2016-03-15T11:00:00", False),
        ("", False),
    ],
)
def test_what_a_time_looks_like(text: str, expected: bool) -> None:
    assert is_time(text) is expected


def test_rows_that_are_due_together_go_in_one_table() -> None:
    rows = [Message("a", "row", {"t": "x,1", "v": str(n)}, 0, 0) for n in range(3)]
    [(media_type, body)] = bodies_of(rows)
    assert media_type == "text/csv"
    assert list(csv.DictReader(io.StringIO(body.decode()))) == [row.body for row in rows]


def test_the_command_posts_with_its_credential(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_TOKEN", "sesame")

    def answer(asked: Asked) -> Answered:
        known = asked.headers.get("authorization") == "Bearer sesame"
        return Answered(status=204 if known else 401)

    entity = str(data / "sensors-ngsi-ld" / "NoiseLevelObserved" / "example.json")
    with answering(answer) as place:
        asked = ["feed", entity, "--to", place.url + "/sensors/noise", "--speed", "0"]
        refused = CliRunner().invoke(app, asked)
        taken = CliRunner().invoke(app, [*asked, "--token-env", "FEED_TOKEN"])
    assert (refused.exit_code, taken.exit_code) == (1, 0)
    assert "401" in refused.stderr
    assert "1 messages sent" in taken.stderr
    sent = json.loads(place.asked[-1].body)
    assert sent["type"] == "Notification"
    assert sent["data"][0]["LAeq"] == 67.8
