"""The demo town's tram, watched in a real browser: on its rails, and ahead of the news."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from beside import serving_beside
from browser.conftest import until
from citiverse import town_day
from citiverse.commands import demo
from citiverse_assets.geography import position
from citiverse_assets.streets import HARBOUR_STREET
from citiverse_server.config import ServerConfig
from citiverse_server.overlays.place import frame_at
from citiverse_server.overlays.reading import Moved

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.sync_api import Page, ViewportSize

    from citiverse_server.overlays.place import Frame
    from citiverse_server.overlays.reading import Arrival

pytestmark = [pytest.mark.browser, pytest.mark.long]

NOON_S = 13 * 3600.0
"""Of the first of January 1970: it runs by day, and a round begins."""

UNDER_WAY_S = 40.0
"""So far into its round it is when it leaves: half way from the western end to the market."""

SIZE: ViewportSize = {"width": 800, "height": 450}
MOST_WAIT_S = 60
ON_THE_RAILS_M = 1.0
ALONG_DEG = 8.0
AT_THE_STOP = {"position": [129, 74.5, 2], "headingDeg": 284, "pitchDeg": 0}
# Each place and heading that is drawn, until it has gone so far.
WATCH = """async metres => {
  const seen = []
  const between = ([x, y], [fromX, fromY]) => Math.hypot(x - fromX, y - fromY)
  while (seen.length === 0 || between(seen.at(-1), seen[0]) < metres) {
    const [{ position, headingDeg }] = citiverse.vehicles()
    if (position[0] !== seen.at(-1)?.[0]) seen.push([...position, headingDeg])
    await new Promise(requestAnimationFrame)
  }
  return seen
}"""
AWAY_FROM = """(({{ position: [x, y] }}) => Math.hypot(x - {}, y - {}))(citiverse.vehicles()[0])"""


@dataclass
class Line:
    """What the tram tells, once a second, from when it leaves until it falls silent."""

    left_s: float = math.nan
    speaks: threading.Event = field(default_factory=threading.Event)
    told: list[Moved] = field(default_factory=list)

    def leave(self) -> None:
        self.left_s = time.time()
        self.speaks.set()

    async def arrivals(self) -> AsyncIterator[Arrival]:
        while True:
            if self.speaks.is_set():
                yield self.tell(time.time())
            await asyncio.sleep(town_day.TICK_S)

    def tell(self, now_s: float) -> Moved:
        then_s = NOON_S + UNDER_WAY_S + now_s - self.left_s
        moved = next(one for one in town_day.present(then_s, then_s) if isinstance(one, Moved))
        self.told.append(replace(moved, fix=replace(moved.fix, time_us=round(now_s * 1e6))))
        return self.told[-1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.prepare(tmp_path_factory.mktemp("demo"))


@contextmanager
def serving(made: Path, line: Line) -> Iterator[str]:
    config = ServerConfig(
        (made / demo.NAME,), port=0, sensors=made / "sensors.toml", feed=line.arrivals
    )
    with serving_beside(config) as url:
        yield f"{url}/s/{demo.NAME}"


def test_the_tram_keeps_to_its_rails_and_goes_on_between_two_messages(
    made: Path, page: Page
) -> None:
    line = Line()
    with serving(made, line) as url:
        page.set_viewport_size(SIZE)
        page.goto(url)
        until(page, "true", MOST_WAIT_S)
        page.evaluate("citiverse.settled(60_000)")
        page.evaluate("pose => citiverse.setPose(pose)", AT_THE_STOP)
        line.leave()
        until(page, "citiverse.vehicles().length === 1", MOST_WAIT_S)
        rails = rails_of(made / demo.NAME)
        for x, y, _, heading in page.evaluate(WATCH, 30):
            away, along = rails.nearest(x, y)
            assert away < ON_THE_RAILS_M
            assert heading == pytest.approx(along, abs=ALONG_DEG)
        line.speaks.clear()
        x, y = told_at(made / demo.NAME, line.told[-1])
        until(page, f"{AWAY_FROM.format(x, y)} > 4", MOST_WAIT_S)
        line.speaks.set()
        label = page.locator(".pin.ride.seen .card")
        expect(label).to_have_text(
            re.compile("Harbour Tram 1.*simulated"), timeout=MOST_WAIT_S * 1000
        )
        assert label.evaluate("card => parseFloat(getComputedStyle(card).fontSize)") >= 13


@dataclass(frozen=True)
class Rails:
    """The middle of the track, scene frame, level."""

    points: list[tuple[float, float]]

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """Metres to the rails, and where they lead there, degrees from north."""
        return min(_to_part(x, y, *part) for part in itertools.pairwise(self.points))


def rails_of(scene: Path) -> Rails:
    frame = frame_of(scene)
    degrees = [position(*point)[:2] for point in HARBOUR_STREET.line]
    lon, lat = zip(*degrees, strict=True)
    return Rails([(x, y) for x, y, _ in frame.to_scene(lon, lat, [0.0] * len(lon)).tolist()])


def told_at(scene: Path, moved: Moved) -> tuple[float, float]:
    ((x, y, _),) = frame_of(scene).to_scene(moved.fix.lon, moved.fix.lat, 0.0).tolist()
    return x, y


def frame_of(scene: Path) -> Frame:
    origin = json.loads((scene / "scene.json").read_text(encoding="utf-8"))["origin"]
    return frame_at(origin["lon"], origin["lat"])


def _to_part(
    x: float, y: float, begin: tuple[float, float], end: tuple[float, float]
) -> tuple[float, float]:
    east, north = end[0] - begin[0], end[1] - begin[1]
    share = ((x - begin[0]) * east + (y - begin[1]) * north) / (east**2 + north**2)
    share = min(max(share, 0.0), 1.0)
    away = math.hypot(x - begin[0] - share * east, y - begin[1] - share * north)
    return away, math.degrees(math.atan2(east, north))
