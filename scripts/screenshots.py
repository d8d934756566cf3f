"""Makes the README's pictures anew: the demo town, and real cities where their data is at hand.

    make screenshots                              (writes docs/images/*.jpg)
    .venv/bin/python scripts/screenshots.py hill  (only this one)

The pictures are what a visitor's browser draws: a real server, a real Chromium, no retouching.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import sys
import tempfile
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

import live_shots
import needs
from beside import serving_beside
from citiverse.commands import demo
from citiverse_server.config import ServerConfig
from real_cities import real_cities
from shots import FLIGHT, PHONE, REAL, TOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page, ViewportSize

    from shots import Shot

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
MOST_WAIT_S = 120
WORKING: ViewportSize = {"width": 640, "height": 360}
"""While the city comes: drawn in software, a frame costs by its pixels."""

JPEG_QUALITY = 86
# A busy machine that draws in software may need long for a frame; the page itself gives up sooner.
SETTLED = """async () => {
  const end = performance.now() + 300_000
  for (;;) {
    try {
      return await citiverse.settled(60_000)
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}"""


def main(names: Sequence[str]) -> None:
    shots = [shot for shot in (*TOWN, *FLIGHT, *REAL) if not names or shot.file in names]
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        made = demo.prepare(Path(folder))
        real = real_cities(Path(folder), {shot.scene for shot in shots})
        scenes = {scene.name: scene for scene in (made / demo.NAME, *real)}
        browser = playwright.chromium.launch(
            executable_path=needs.browser(), args=list(FLAGS), chromium_sandbox=False
        )
        with serving(tuple(scenes.values()), made / "sensors.toml") as url:
            # A visit for each scene and device; within it the page's own hour comes first.
            shots.sort(key=lambda shot: (*device(shot), shot.time))
            for (name, touch, headset, _), some in groupby(shots, device):
                if name in scenes:
                    page = visit(browser, f"{url}/s/{name}", touch=touch, headset=headset)
                    for shot in some:
                        take(page, shot, scenes[name])
                    page.context.close()
        browser.close()


def device(shot: Shot) -> tuple[str, bool, bool, bool]:
    """Whose visit it is: the scene, whether on a phone, in a headset, in the past."""
    return (shot.scene, shot.size == PHONE, shot.headset, shot.past is not None)


@contextmanager
def serving(scenes: tuple[Path, ...], sensors: Path) -> Iterator[str]:
    """The server in a thread of this process, with the demo's own sensors."""
    config = ServerConfig(scenes=scenes, port=0, sensors=sensors, feed=live_shots.arrivals)
    with live_shots.on_that_day(), serving_beside(config) as url:
        yield url


def visit(browser: Browser, url: str, *, touch: bool, headset: bool) -> Page:
    context = browser.new_context(
        viewport=PHONE if touch else WORKING,
        has_touch=touch,
        is_mobile=touch,
        reduced_motion="reduce",
        timezone_id=live_shots.TIME_ZONE,
    )
    page = context.new_page()
    if headset:
        live_shots.install_headset(page)
    page.set_default_timeout(MOST_WAIT_S * 1000)
    page.goto(url)
    page.evaluate(
        "async () => { while (!window.citiverse) await new Promise(requestAnimationFrame) }"
    )
    page.evaluate(SETTLED)
    return page


def take(page: Page, shot: Shot, scene: Path) -> None:
    if shot.time:
        page.evaluate("time => citiverse.setTime(time)", shot.time)
    if shot.scene == demo.NAME:
        page.evaluate("name => citiverse.variant(name)", shot.variant)
    look(page, shot, scene)
    page.set_viewport_size(shot.size)
    page.wait_for_timeout(2500)
    page.evaluate(SETTLED)
    if shot.history and shot.headset:
        live_shots.open_in_headset(page)
    elif shot.history:
        live_shots.open_history(page, shot.history)
    page.screenshot(path=IMAGES / f"{shot.file}.jpg", type="jpeg", quality=JPEG_QUALITY)
    if shot.size != PHONE:
        page.set_viewport_size(WORKING)
    page.evaluate("citiverse.orbit(false)")
    page.keyboard.press("Escape")
    if shot.inside:
        page.get_by_role("button", name="Show everything").click()
    if shot.live:
        choose_live(page, shot.live, chosen=False)
    print(f"docs/images/{shot.file}.jpg", flush=True)


def look(page: Page, shot: Shot, scene: Path) -> None:
    """Stands still at the shot's place until everything wanted there is drawn."""
    position = standing(shot, scene)
    pose = {
        "position": position,
        "headingDeg": heading(shot, scene, position),
        "pitchDeg": shot.pitch_deg,
    }
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.locator("canvas").focus()
    page.evaluate(SETTLED)
    for key in shot.press:
        page.keyboard.press(key)
    if shot.inside:
        cut_open(page, shot.inside)
    if shot.live:
        choose_live(page, shot.live, chosen=True)
    if shot.nearer or shot.lower:
        # Away from the middle, where a value is shown that a press would open.
        x, y = WORKING["width"] * 0.25, WORKING["height"] * 0.6
        page.mouse.move(x, y)
        page.mouse.wheel(0, -100 * shot.nearer)
        page.mouse.down()
        page.mouse.move(x, y - shot.lower)
        page.mouse.up()
    if shot.past:
        live_shots.see_only(page, shot.only)
        live_shots.look_back(page, *shot.past)
    page.evaluate(SETTLED)


def cut_open(page: Page, choices: Sequence[str]) -> None:
    """Chooses and presses these in the panel that cuts a building open, and closes it."""
    page.get_by_role("button", name="Look inside").click()
    for name in choices:
        button = page.get_by_role("button", name=name)
        if button.count():
            button.click()
        else:
            page.get_by_label(name).check()
    page.get_by_role("button", name="Close").click()


def choose_live(page: Page, name: str, *, chosen: bool) -> None:
    """Puts one kind of live data on, or off again, in the panel of live data."""
    page.get_by_role("button", name="Live data").click()
    page.get_by_label(name).set_checked(chosen)
    page.get_by_role("button", name="Close").first.click()


def standing(shot: Shot, scene: Path) -> tuple[float, float, float]:
    """Feet in the scene frame; the page puts them on the floor below."""
    first, second, third = shot.stand
    if not isinstance(first, str):
        return (first, second, third)
    west, south, east, north, top = box_of(scene, first)
    up = top + 1.0 if shot.up is None else shot.up + 0.2
    return (west + second * (east - west), south + third * (north - south), up)


def heading(shot: Shot, scene: Path, position: tuple[float, float, float]) -> float:
    """Degrees clockwise from north."""
    if not isinstance(shot.look, str):
        return shot.look
    west, south, east, north, _ = box_of(scene, shot.look)
    return math.degrees(
        math.atan2((west + east) / 2 - position[0], (south + north) / 2 - position[1])
    )


def box_of(scene: Path, name: str) -> tuple[float, float, float, float, float]:
    """West, south, east, north and top of the largest feature of this name."""
    with contextlib.closing(sqlite3.connect(scene / "features.sqlite")) as features:
        box = features.execute(
            "SELECT min_x, min_y, max_x, max_y, max_z FROM feature WHERE name = ?"
            " ORDER BY (max_x - min_x) * (max_y - min_y) DESC LIMIT 1",
            (name,),
        ).fetchone()
    if box is None:
        raise SystemExit(
            f"{scene.name} has no feature called {name}: change scripts/screenshots.py."
        )
    return tuple(box)


if __name__ == "__main__":
    main(sys.argv[1:])
