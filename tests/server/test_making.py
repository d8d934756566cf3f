"""A city that is made anew while people are in it: same connection, new tiles, nothing lost."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING

import httpx
import msgpack
import pytest

from citiverse_server.config import ServerConfig
from citiverse_server.errors import ConfigError
from citiverse_server.making import Ended, Maker, News, Progress, Remade
from citiverse_server.overlays.reading import Reading
from server.scenes import FEATURE, SceneOptions, write_scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.conftest import Serving
    from server.stranger import Stranger

pytestmark = pytest.mark.anyio


class Workshop:
    """A maker that says what the test lets it say."""

    def __init__(self, place: Path) -> None:
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self.maker = Maker("town", place, self._tell)
        self.stopped = False

    def say(self, *news: News) -> None:
        for one in news:
            self._news.put_nowait(one)

    async def _tell(self) -> AsyncIterator[News]:
        try:
            while True:
                yield (news := await self._news.get())
                if isinstance(news, Ended):
                    return
        finally:
            self.stopped = True


@pytest.fixture
def finer(tmp_path: Path) -> Path:
    """The same town with more tiles."""
    return write_scene(tmp_path / "finer" / "town", SceneOptions(levels=4))


async def test_who_is_in_the_city_goes_on_in_the_new_one(
    serving: Serving, finer: Path, tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(maker=workshop.maker) as running, running.stranger() as stranger:
        await stranger.hello("town")
        assert stranger.welcome["revision"] == 0
        await stranger.look([0.0, 0.0, 2.0])
        before = {tile["hash"] for tile in stranger.tiles.values()}
        workshop.say(Progress("reading", 0.5))
        making = await stranger.until("making")
        assert (making["state"], making["done"], making["message"]) == ("reading", 0.5, "")

        workshop.say(Remade(finer), Ended())
        scene = await stranger.until("scene")
        assert scene["revision"] == 1
        assert scene["manifest"]["name"] == "town"
        stranger.tiles.clear()
        stranger.colliders.clear()
        # The server goes by the latest view: nothing is asked again.
        complete = await stranger.until("complete")
        assert complete["seq"] == stranger.seq
        assert max(tile["level"] for tile in stranger.tiles.values()) == 3
        assert {tile["hash"] for tile in stranger.tiles.values()} != before
        assert (0, 0, 0) in stranger.colliders

        async with running.stranger() as later:
            await later.hello("town")
            assert later.welcome["revision"] == 1


async def test_whoever_comes_meanwhile_is_told_and_afterwards_not(
    serving: Serving, finer: Path, tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(maker=workshop.maker) as running, AsyncExitStack() as stack:
        first = await stack.enter_async_context(running.stranger())
        await first.hello("town")
        workshop.say(Progress("writing", 0.25))
        await first.until("making")
        second = await stack.enter_async_context(running.stranger())
        await second.hello("town")
        assert (await second.until("making"))["state"] == "writing"
        workshop.say(Remade(finer), Ended())
        assert (await second.until("making"))["state"] == "done"
        third = await stack.enter_async_context(running.stranger())
        await third.hello("town")
        kinds: list[str] = []
        await third.send({"t": "ping", "id": 1})
        while "pong" not in kinds:
            kinds.append(await next_kind(third))
        assert "making" not in kinds


async def next_kind(stranger: Stranger) -> str:
    kind: str = msgpack.unpackb(await stranger.socket.recv())["t"]
    return kind


async def test_given_up_tiles_of_the_former_city_mean_nothing_in_the_new_one(
    serving: Serving, finer: Path, tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(maker=workshop.maker) as running, running.stranger() as stranger:
        await stranger.hello("town")
        await stranger.look([0.0, 0.0, 2.0])
        workshop.say(Remade(finer))
        await stranger.until("scene")
        await stranger.until("complete")
        # Said before it had heard of the change, perhaps of a row that is not there any more.
        await stranger.send({"t": "evicted", "tiles": [0, 1, 2**40]})
        await stranger.send({"t": "ping", "id": 1})
        await stranger.until("pong")
        stranger.tiles.clear()
        await stranger.send({"t": "evicted", "tiles": [2], "revision": 1})
        await stranger.look([3.0, 0.0, 2.0])
        assert 2 in stranger.tiles
        assert 0 not in stranger.tiles


async def test_what_is_in_flight_stays_counted(
    serving: Serving, finer: Path, tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "town")
    async with (
        serving(maker=workshop.maker, window_bytes=2_000) as running,
        running.stranger() as stranger,
    ):
        stranger.consume = False
        await stranger.hello("town")
        await stranger.send(
            {
                "t": "view",
                "seq": 1,
                "position": [0, 0, 2],
                "orientation": [0.5, -0.5, -0.5, 0.5],
                "fov": [1],
                "viewport": [1280, 720],
            }
        )
        sent = 0
        while sent < 1_300:
            sent += len((await stranger.until("place"))["content"])
        workshop.say(Remade(finer))
        await stranger.until("scene")
        await stranger.send({"t": "ping", "id": 1})
        after: list[str] = []
        while "pong" not in after:
            after.append(await next_kind(stranger))
        assert after.count("place") <= 1


async def test_a_failure_is_told_and_the_first_city_stays(
    serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(maker=workshop.maker) as running, running.stranger() as stranger:
        await stranger.hello("town")
        workshop.say(Ended("/secret/place/city.gml:7: it is cut short."))
        making = await stranger.until("making")
        assert making["state"] == "failed"
        assert making["message"].startswith("The rest of this city could not be read")
        assert "/secret" not in making["message"]
        assert "cut short" in caplog.text
        await stranger.look([0.0, 0.0, 2.0])
        assert stranger.tiles
        async with running.stranger() as later:
            await later.hello("town")
            assert (await later.until("making"))["state"] == "failed"


@pytest.mark.parametrize("broken", ["absent", "renamed"])
async def test_a_scene_that_cannot_be_opened_is_a_failure(
    serving: Serving, tmp_path: Path, broken: str
) -> None:
    folder = tmp_path / "other"
    if broken == "renamed":
        write_scene(folder, SceneOptions(name="harbour"))
    workshop = Workshop(tmp_path / "town")
    async with serving(maker=workshop.maker) as running, running.stranger() as stranger:
        await stranger.hello("town")
        workshop.say(Remade(folder))
        assert (await stranger.until("making"))["state"] == "failed"


@pytest.fixture
def first(scene: Path, tmp_path: Path) -> Path:
    """A first look, in which one feature isn't there yet."""
    place = tmp_path / "first" / "town"
    shutil.copytree(scene, place)
    with closing(sqlite3.connect(place / "features.sqlite")) as database, database:
        database.execute("DELETE FROM feature WHERE id = ?", (FEATURE,))
    return place


COMMENT = {
    "t": "comment",
    "text": "Keep it.",
    "feature": FEATURE,
    "position": [1.0, 2.0, 3.0],
    "eye": [1.0, 2.0, 3.0],
    "orientation": [0.5, -0.5, -0.5, 0.5],
}


async def test_comments_may_be_about_what_only_the_new_city_has(
    serving: Serving, first: Path, finer: Path, tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "place" / "town")
    settings = {"scenes": (first,), "maker": workshop.maker, "state": None}
    async with serving(**settings) as running, running.stranger() as stranger:
        await stranger.hello("town")
        await stranger.send({**COMMENT, "feature": "town/P1", "key": "first-key"})
        early = await stranger.until("commented")
        await stranger.send({**COMMENT, "key": "second-key"})
        assert (await stranger.until("error"))["code"] == "bad-comment"
        workshop.say(Remade(finer))
        await stranger.until("scene")
        await stranger.send({**COMMENT, "key": "second-key"})
        assert (await stranger.until("commented"))["id"] > early["id"]
    assert (tmp_path / "place" / "town.state").is_dir(), "beside where the scene will lie"


async def test_a_sensor_finds_its_building_when_that_is_there(
    serving: Serving, first: Path, finer: Path, tmp_path: Path
) -> None:
    (tmp_path / "sensors.toml").write_text(SENSORS)
    workshop = Workshop(tmp_path / "town")
    settings = {"scenes": (first,), "maker": workshop.maker, "sensors": tmp_path / "sensors.toml"}
    async with serving(**settings, feed=readings) as running, running.stranger() as stranger:
        await stranger.hello("town")
        await stranger.until("observations")
        assert [one["key"] for one in stranger.datastreams] == ["tide"]
        assert stranger.values == {1: 3.5}
        stranger.values.clear()
        workshop.say(Remade(finer))
        await stranger.until("scene")
        await stranger.until("observations")
        assert [one["key"] for one in stranger.datastreams] == ["air", "tide"]
        assert stranger.values[1] == 3.5


SENSORS = """
[[datastream]]
key = "air"
name = "Air"
observed_property = "PM10"
unit = "µg/m³"
feature = "town/BLDG_0042"
topic = "x"

[[datastream]]
key = "tide"
name = "Tide"
observed_property = "level"
unit = "m"
topic = "z"
"""


async def readings() -> AsyncIterator[Reading]:
    yield Reading("z", b"3.5")
    await asyncio.Event().wait()


async def test_the_maker_is_stopped_with_the_server(serving: Serving, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(maker=workshop.maker) as running, running.stranger() as stranger:
        await stranger.hello("town")
        workshop.say(Progress("reading", 0.0))
        await stranger.until("making")
        assert not workshop.stopped
    assert workshop.stopped


def awaited(workshop: Workshop) -> dict[str, object]:
    """The settings of a server whose one scene isn't there yet."""
    return {"scenes": (), "maker": workshop.maker}


async def test_who_comes_before_the_city_waits_and_goes_in(
    serving: Serving, scene: Path, finer: Path, tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(**awaited(workshop)) as running, running.stranger() as stranger:
        entering = asyncio.create_task(stranger.hello("town"))
        workshop.say(Progress("reading", 0.5))
        async with running.stranger() as second:
            # Told of what was said before she came.
            assert (await second.until("making"))["done"] == 0.5
        workshop.say(Remade(scene))
        await entering
        assert stranger.welcome["revision"] == 0
        await stranger.look([0.0, 0.0, 2.0])
        assert stranger.tiles
        await stranger.send({**COMMENT, "key": "first-key"})
        await stranger.until("commented")
        workshop.say(Remade(finer), Ended())
        assert (await stranger.until("scene"))["revision"] == 1


async def test_a_city_that_is_awaited_is_known_to_the_page(
    serving: Serving, tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(**awaited(workshop)) as running, httpx.AsyncClient() as client:
        (entry,) = (await client.get(f"{running.http}/scenes")).json()["scenes"]
        assert (entry["name"], entry["title"]) == ("town", "town")
        assert (await client.get(f"{running.http}/s/town")).status_code == 200
        assert (await client.get(f"{running.http}/s/harbour")).status_code == 404
        assert (await client.get(f"{running.http}/scenes/town/features")).status_code == 404


async def test_a_city_that_never_comes_ends_the_server(serving: Serving, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "town")
    async with serving(**awaited(workshop)) as running, running.stranger() as stranger:
        workshop.say(Progress("reading", 0.1), Ended("/secret/place/city.gml: it is cut short."))
        while (making := await stranger.until("making"))["state"] != "failed":
            pass
        assert making["message"].startswith("This city could not be read")
        assert "/secret" not in making["message"]
        assert (await stranger.until("error"))["code"] == "going-away"
        assert running.application.hub.failure == "/secret/place/city.gml: it is cut short."


async def test_no_more_wait_than_may_come_in(serving: Serving, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "town")
    settings = {**awaited(workshop), "max_sessions": 1}
    workshop.say(Progress("reading", 0.1))
    async with serving(**settings) as running, running.stranger() as first:
        await first.until("making")
        async with running.stranger() as second:
            assert (await second.until("error"))["code"] == "server-full"


def test_of_two_scenes_neither_is_made_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        ServerConfig((tmp_path / "a", tmp_path / "b"), maker=Workshop(tmp_path / "a").maker)
