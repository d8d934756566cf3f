"""A walk goes on while the city is made anew around the walker: no hole, no jump, no reload."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from browser.conftest import enter, until
from citiverse.bench import big_city
from citiverse_server.app import create_app
from citiverse_server.config import ServerConfig
from citiverse_server.making import Ended, Maker, News, Progress, Remade
from citiverse_server.run import Server, listen
from citiverse_tiling.glance import WORTH_BYTES, glance
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser

STEP_S = 1 / 20
STARTING_S = 10.0
# One short step, and what there is to see after it.
STEP = """async seconds => {
  await citiverse.step(seconds)
  const { shown, revision, grounded } = citiverse.stats()
  return { shown, revision, grounded, eye: citiverse.pose().position }
}"""


@pytest.fixture(scope="module")
def potsdam_twice(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Potsdam at a glance, and the whole of it."""
    folder = tmp_path_factory.mktemp("twice")
    big = folder / "potsdam.gml"
    big_city.write(big_city.read(data / "potsdam-lod1/Potsdam_LoD1.gml"), big, WORTH_BYTES + 1)
    first = glance(TileOptions((big,), folder), folder / "first" / "potsdam", lambda: 0.0, 1.0)
    assert first is not None
    whole = folder / "whole" / "potsdam"
    tile(TileOptions((big,), whole, origin=first.origin))
    return first.scene, whole


@contextlib.contextmanager
def being_made(scene: Path, state: Path) -> Iterator[tuple[str, Callable[[News], None]]]:
    """A server of a scene that is being made: its address, and how to say how far that is."""
    loop = asyncio.new_event_loop()
    told: asyncio.Queue[News] = asyncio.Queue()

    async def news() -> AsyncIterator[News]:
        while True:
            yield await told.get()

    def say(one: News) -> None:
        loop.call_soon_threadsafe(told.put_nowait, one)

    config = ServerConfig((scene,), state=state, maker=Maker("potsdam", scene, news))
    with contextlib.closing(listen("127.0.0.1", 0)) as listener:
        server = Server(create_app(config), config, announce=False)
        thread = threading.Thread(target=loop.run_until_complete, args=(server.serve([listener]),))
        thread.start()
        starting = asyncio.run_coroutine_threadsafe(server.listening.wait(), loop)
        starting.result(STARTING_S)
        try:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield address, say
        finally:
            server.should_exit = True
            thread.join()
            loop.close()


def test_a_walk_goes_on_while_the_city_is_made_anew(
    potsdam_twice: tuple[Path, Path], tmp_path: Path, new_context: Callable[..., BrowserContext]
) -> None:
    first, whole = potsdam_twice
    # What moves and what is shown counts here, not how it looks: few pixels are drawn sooner.
    page = new_context(device_scale_factor=0.25).new_page()
    with being_made(first, tmp_path) as (address, say):
        enter(page, f"{address}/s/potsdam?clock=manual")
        say(Progress("reading", 0.4))
        notice = page.locator(".making")
        expect(notice).to_have_text(
            "The city is still being read: 40 %. You see a part of it, in rough shapes."
        )
        page.evaluate("citiverse.settled()")
        until(page, "citiverse.stats().grounded")
        page.evaluate("() => { window.sameAsBefore = true }")
        page.keyboard.down("w")
        frames = walked(page, 10)
        say(Remade(whole))
        say(Ended())
        while frames[-1]["revision"] == 0:
            frames += walked(page, 2)
            assert len(frames) < 1_000, "the change never came"
        frames += walked(page, 15)
        page.keyboard.up("w")
        for before, after in pairwise(frames):
            assert after["shown"] > 0, "a hole"
            dx, dy, dz = (b - a for a, b in zip(before["eye"], after["eye"], strict=True))
            assert (dx * dx + dy * dy) ** 0.5 < 0.15, "a jump"
            assert abs(dz) < 0.3, "not softly"
        assert frames[-1]["grounded"]
        expect(notice).to_be_hidden()
        assert page.evaluate("window.sameAsBefore"), "no reload"
        page.evaluate("citiverse.settled()")
        assert page.evaluate("citiverse.stats().link") == "open"


def walked(page: Page, steps: int) -> list[dict[str, Any]]:
    return [page.evaluate(STEP, STEP_S) for _ in range(steps)]
