"""`citiverse serve city.gml`: a first look within seconds, then the whole, to the same visitors."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import websockets

from citiverse import lock
from citiverse.bench import big_city
from citiverse.made import made_of
from citiverse_tiling.glance import WORTH_BYTES
from server.stranger import Stranger

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from cli.conftest import Citiverse

pytestmark = pytest.mark.anyio
PATIENCE_S = 90


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a state home of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def potsdam(data: Path, tmp_path: Path) -> Path:
    """A part of Potsdam, repeated until it is worth a glance."""
    source = data / "potsdam-lod1" / "Potsdam_LoD1.gml"
    path = tmp_path / "Potsdam.gml"
    big_city.write(big_city.read(source), path, WORTH_BYTES + 1)
    return path


class Program:
    """`citiverse serve` as it runs; `said` is what it has printed."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self._output = process.stdout
        self._errors = process.stderr
        self.said: list[str] = []

    async def link(self) -> str:
        return await self.line("http")

    async def line(self, beginning: str) -> str:
        """The first line that begins so, be it said already or yet to come."""
        for line in self.said:
            if line.startswith(beginning):
                return line
        while line := (await self._output.readline()).decode():
            self.said.append(line.strip())
            if line.startswith(beginning):
                return line.strip()
        raise AssertionError((await self._errors.read()).decode())

    async def error(self, word: str) -> str:
        """The first line on standard error that holds a word."""
        while line := (await self._errors.readline()).decode():
            if word in line:
                return line.strip()
        raise AssertionError(f"nothing was said of {word}")


@contextlib.asynccontextmanager
async def serving(*words: object) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "citiverse", "serve", *map(str, words), "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield Program(process)
            if process.returncode is None:
                process.terminate()
                assert await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


@contextlib.asynccontextmanager
async def visiting(link: str, scene: str) -> AsyncIterator[Stranger]:
    url = link.replace("http", "ws", 1) + "ws"
    protocols = [websockets.Subprotocol("citiverse.v1")]
    async with websockets.connect(url, subprotocols=protocols, max_size=None) as socket:
        stranger = Stranger(socket)
        await stranger.hello(scene)
        yield stranger


def eye(manifest: dict[str, Any]) -> list[float]:
    x, y, z = manifest["spawn_points"][0]["position"]
    return [x, y, z + 1.65]


async def test_a_visitor_gets_a_first_look_and_then_the_whole(potsdam: Path, homes: Path) -> None:
    async with serving(potsdam) as program:
        link = await program.link()
        async with visiting(link, "potsdam") as stranger:
            await program.line("This is a first look: ")
            first = stranger.welcome["manifest"]
            await stranger.look(eye(first))
            assert stranger.tiles
            assert stranger.colliders
            comment = {
                "t": "comment",
                "key": "first-comment",
                "text": "Here already!",
                "position": eye(first),
                "eye": eye(first),
                "orientation": [0.5, -0.5, -0.5, 0.5],
            }
            await stranger.send(comment)
            early = await stranger.until("commented")
            scene = await stranger.until("scene")
            assert scene["manifest"]["origin"] == first["origin"]
            assert scene["manifest"]["name"] == first["name"]
            stranger.tiles.clear()
            await stranger.until("complete")
            assert stranger.tiles
            await stranger.send({**comment, "t": "comment"})
            assert (await stranger.until("commented"))["id"] == early["id"], "it is still there"
        await program.line("The whole city is there now")
    (made,) = homes.rglob("potsdam/features.sqlite")
    with closing(sqlite3.connect(made)) as database:
        assert database.execute("SELECT count(*) FROM feature").fetchone()[0] > 280

    async with serving(potsdam) as again:
        link = await again.link()
        assert not again.said[:-1], "served at once: it was kept"
        async with visiting(link, "potsdam") as stranger:
            assert len((await stranger.until("comments"))["comments"]) == 1
            assert stranger.welcome["revision"] == 0

    os.utime(potsdam)
    async with serving(potsdam) as changed:
        await changed.line("This is a first look: ")


def lock_of(city: Path, homes: Path) -> Path:
    """The lock that whoever makes the city holds."""
    return made_of([city], ((), None), None, homes / "cache" / "citiverse" / "serve").lock


async def test_a_city_that_another_server_makes_is_waited_for(hamlet: Path, homes: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        with lock.alone(lock_of(hamlet, homes), lambda: None):
            program = await stack.enter_async_context(serving(hamlet))
            link = await program.link()
            await program.line("Another server is making this city already")
            entering = asyncio.create_task(enter(link, "hamlet"))
        # That one has ended without having made it.
        await entering
        await program.line("The whole city is there now")


async def enter(link: str, scene: str) -> None:
    async with visiting(link, scene):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends with its next word")
async def test_the_maker_ends_with_a_server_that_is_killed(hamlet: Path, homes: Path) -> None:
    with lock.alone(lock_of(hamlet, homes), lambda: None):
        async with serving(hamlet) as program:
            await program.line("Another server is making this city already")
            server = program.process.pid
            children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
            makers = [os.pidfd_open(int(child)) for child in children]
            assert makers
            program.process.kill()
            await program.process.wait()
            for maker in makers:
                assert select.select([maker], [], [], PATIENCE_S)[0]
                os.close(maker)


async def test_where_the_whole_fails_the_first_look_stays(potsdam: Path) -> None:
    text = potsdam.read_bytes()
    potsdam.write_bytes(text[: len(text) - 10_000])
    async with serving(potsdam) as program:
        async with visiting(await program.link(), "potsdam") as stranger:
            while (making := await stranger.until("making"))["state"] != "failed":
                pass
            assert making["message"].startswith("The rest of this city could not be read")
            await stranger.look(eye(stranger.welcome["manifest"]))
            assert stranger.tiles
        assert "Potsdam.gml" in await program.error("not well-formed")


async def test_a_small_city_is_made_first_and_kept_where_one_says(
    hamlet: Path, tmp_path: Path
) -> None:
    scene = tmp_path / "here"
    for start in ("first", "second"):
        async with (
            serving(hamlet, "-o", scene) as program,
            visiting(await program.link(), "here") as stranger,
        ):
            assert stranger.welcome["revision"] == 0, start
            assert not program.said[:-1]
    assert (scene / "scene.json").is_file()


def test_what_is_no_city_is_refused_at_once(citiverse: Citiverse, tmp_path: Path) -> None:
    (tmp_path / "letter.gml").write_text("<letter>Dear</letter>")
    result = citiverse("serve", tmp_path / "letter.gml", "--port", 0)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"citiverse: {tmp_path / 'letter.gml'}")
    assert result.stderr.count("letter.gml") == 1


def test_scenes_and_city_files_are_not_served_together(
    citiverse: Citiverse, scene: Path, hamlet: Path, tmp_path: Path
) -> None:
    assert citiverse("serve", scene, hamlet).exit_code == 2
    assert citiverse("serve", scene, "--crs", "EPSG:25832").exit_code == 2
    assert citiverse("serve", scene, "-o", tmp_path / "other").exit_code == 2
    assert citiverse("serve", tmp_path / "nowhere.gml").exit_code == 2
    assert citiverse("serve", hamlet, "-o", tmp_path / "here.3tz").exit_code == 2
