"""JSON and CSV that others offer is fetched when it has changed; what goes wrong ends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from citiverse_server.overlays.reading import Record
from citiverse_server.overlays.sources import pull
from server.answering import Answered, Asked, answering
from server.sources.taking import Taking, first, nothing_within, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_what_hasnt_changed_is_not_fetched_again() -> None:
    def answer(asked: Asked) -> Answered:
        if asked.headers.get("if-none-match") == '"1"':
            return Answered(status=304)
        return Answered(b'[{"v": 1}, {"v": 2}]', headers={"ETag": '"1"'})

    with answering(answer) as place:
        intake = Taking().intake("pull", place.url + "/air.json")
        arrivals = pull.arrivals(intake)
        found = [await anext(arrivals), await anext(arrivals)]
        assert found == [Record("city", {"v": 1}), Record("city", {"v": 2})]
        await nothing_within(arrivals, 0.2)
        assert len(place.asked) > 2


async def test_the_same_bytes_are_nothing_new_either() -> None:
    bodies = [b'[{"v": 1}]', b'[{"v": 1}]', b'[{"v": 2}]']

    def answer(_: Asked) -> Answered:
        return Answered(bodies.pop(0) if len(bodies) > 1 else bodies[0])

    with answering(answer) as place:
        found = await first(pull.arrivals(Taking().intake("pull", place.url)), 2)
    assert found == [Record("city", {"v": 1}), Record("city", {"v": 2})]


async def test_a_table_is_one_whatever_its_server_calls_it() -> None:
    plain = Answered(b"t;v\n1;2\n", headers={"Content-Type": "text/plain"})
    with answering(lambda _: plain) as place:
        intake = Taking().intake("pull", place.url, delimiter=";")
        assert await first(pull.arrivals(intake), 1) == [Record("city", {"t": "1", "v": "2"})]


async def test_rows_of_a_table_come_by_column(data: Path) -> None:
    file = data / "sensors-weather" / "seattle-weather-hourly-normals.csv"
    with answering(lambda _: Answered(file.read_bytes())) as place:
        intake = Taking().intake("pull", place.url + "/normals.csv")
        found = await first(pull.arrivals(intake), 8759)
    row = {"date": "2010-01-01T01:00:00", "pressure": "1016.6", "temperature": "4.0", "wind": "3.8"}
    assert found[0] == Record("city", row)


async def test_records_stand_where_the_file_says(data: Path) -> None:
    file = data / "sensors-openaq" / "responses" / "measurements.json"
    with answering(lambda _: Answered(file.read_bytes())) as place:
        intake = Taking().intake("pull", place.url, each="/results")
        found = await first(pull.arrivals(intake), 2)
    documents = [one.document for one in found if isinstance(one, Record)]
    assert [one["value"] for one in documents if isinstance(one, dict)] == [6, 7.5]


@pytest.mark.parametrize(
    "bad",
    [
        Answered(status=500),
        Answered(status=302, headers={"Location": "http://169.254.169.254/"}),
        Answered(b"no json"),
        Answered(b"[" * 100_000),
        Answered(b'{"other": 1}'),
        Answered(b" " * (17 * 1024 * 1024)),
    ],
    ids=["error", "redirect", "unreadable", "deep", "elsewhere", "huge"],
)
async def test_what_is_wrong_is_counted_and_asked_again(
    bad: Answered, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([bad])

    def answer(_: Asked) -> Answered:
        return next(answers, Answered(b'{"list": [{"v": 3}]}'))

    taking = Taking()
    with answering(answer) as place:
        found = await first(pull.arrivals(taking.intake("pull", place.url, each="/list")), 1)
        assert {asked.path for asked in place.asked} == {"/"}
    assert found == [Record("city", {"v": 3})]
    assert taking.losses == 1
    assert "trying again" in caplog.text


async def test_a_server_that_is_away_is_waited_for() -> None:
    taking = Taking()
    with answering(lambda _: Answered(b"[]")) as place:
        url = place.url
    intake = taking.intake("pull", url)
    arrivals = pull.arrivals(intake)
    await until(arrivals, lambda: taking.losses >= 2)


async def test_the_credential_comes_from_the_environment() -> None:
    with answering(lambda _: Answered(b'[{"v": 1}]')) as place:
        intake = Taking().intake(
            "pull", place.url, token_env="AIR", environment={"AIR": "open sesame"}
        )
        await first(pull.arrivals(intake), 1)
        assert place.asked[0].headers["authorization"] == "Bearer open sesame"


async def test_a_service_may_ask_for_it_in_a_header_of_its_own() -> None:
    with answering(lambda _: Answered(b'[{"v": 1}]')) as place:
        settings: Any = {"token_env": "AIR", "token_header": "X-API-Key"}
        intake = Taking().intake("pull", place.url, environment={"AIR": "sesame"}, **settings)
        await first(pull.arrivals(intake), 1)
        assert place.asked[0].headers["x-api-key"] == "sesame"
        assert "authorization" not in place.asked[0].headers
