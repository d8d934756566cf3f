"""Makes the README's pictures anew: the demo town, and real cities where their data is at hand.

    make screenshots                              (writes docs/images/*.jpg)
    .venv/bin/python scripts/screenshots.py hill  (only this one)

The pictures are what a visitor's browser draws: a real server, a real Chromium, no retouching.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sqlite3
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

import needs
from citiverse import town_day
from citiverse.commands import demo
from citiverse_assets.library.places import FLOOR_M
from citiverse_server.app import create_app
from citiverse_server.config import ServerConfig
from citiverse_server.run import Server, listen
from citiverse_tiling.options import Attribution, TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DATA = Path(os.environ.get("CITIVERSE_DATA", ROOT.parent / "shared" / "data"))
FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
DESKTOP: ViewportSize = {"width": 1280, "height": 720}
MOST_WAIT_S = 300
WORKING: ViewportSize = {"width": 640, "height": 360}
"""While the city comes: drawn in software, a frame costs by its pixels."""

PHONE: ViewportSize = {"width": 390, "height": 780}
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


@dataclass(frozen=True)
class Shot:
    """One picture: where one stands, where one looks, at which hour, what one presses.

    `stand` is a place of the scene frame, or the name of a feature and the share of its box from
    west and from south; `look` a heading in degrees, or the name of a feature. So pictures of the
    town stay what they are while the town grows. From above, `nearer` is how often the wheel is
    turned (away from the city where it is negative), and `lower` how far the mouse is dragged to
    look more along the ground, pixels. `variant` is that which is looked at; `inside` what is
    chosen and pressed in the panel that cuts a building open; `live` the live data to see on
    buildings.
    """

    file: str
    scene: str
    stand: tuple[float, float, float] | tuple[str, float, float]
    look: float | str
    pitch_deg: float = 4.0
    time: str = ""
    size: ViewportSize = field(default_factory=DESKTOP.copy)
    press: tuple[str, ...] = ()
    nearer: int = 0
    lower: int = 0
    variant: str = ""
    up: float | None = None
    inside: tuple[str, ...] = ()
    live: str = ""


MIDDLE = ("Market Square", 0.5, 0.5)
QUAY = ("Warehouse 3", 2.9, -0.3)
NOON = "2026-06-21T11:30"
FLOORS_M = tuple(FLOOR_M + storey * 4.2 for storey in range(3))
"""Of both libraries."""

SECTION = ("The roof", "Cut from the side")
PLAN = ("Ground floor", "See it from above")
TOWN = (
    Shot("market", demo.NAME, ("Market Square", 0.3, 0.1), "Town Hall", 7, "2026-06-21T12:40"),
    Shot("quay", demo.NAME, (205, 38, 6), 285, 4, "2026-06-21T04:40"),
    Shot("lane", demo.NAME, ("Fish Lane", 0.5, 0.15), "Lantern Lane", 6, "2026-06-21T20:55"),
    Shot(
        "hill",
        demo.NAME,
        ("St Nicholas", 0.9, 0.2),
        176,
        time="2026-06-21T17:40",
        press=("o",),
        nearer=15,
        lower=85,
    ),
    Shot("park", demo.NAME, ("Park Playground", 0.5, 0.5), "Mermaid Pond", 1),
    Shot("above", demo.NAME, MIDDLE, 335, press=("o",), nearer=1, lower=20),
    Shot("building", demo.NAME, ("Market Square", 0.5, 0.2), "Town Hall", 8, press=("Enter",)),
    Shot("crossing", demo.NAME, (146.5, 87.5, 2.0), 262, 2, "2026-06-21T12:40"),
    Shot("heat", demo.NAME, MIDDLE, 335, press=("o",), nearer=5, lower=60, live="Heat"),
    Shot("phone", demo.NAME, ("Market Square", 0.3, 0.1), "Town Hall", 8, size=PHONE),
    *(
        Shot(file, demo.NAME, QUAY, "Warehouse 3", 11, "2026-06-21T11:30", variant=variant)
        for file, variant in (("as-it-is", ""), ("variant-a", "a"), ("variant-b", "b"))
    ),
    *(
        Shot(file, demo.NAME, ("Warehouse 3", *place), *looks, NOON, variant=variant, up=up)
        for file, place, looks, variant, up in (
            ("library-hall", (0.5, 0.08), (14, 3), "a", FLOORS_M[0]),
            ("library-reading", (0.5, 0.11), (0, 12), "a", FLOORS_M[1]),
            ("library-balcony", (0.66, -0.04), (140, -3), "a", FLOORS_M[1]),
            ("library-atrium", (1.02, 0.07), (0, 12), "b", FLOORS_M[0]),
            ("library-terrace", (1.2, 0.2), (200, -4), "b", FLOORS_M[2]),
        )
    ),
    *(
        Shot(file, demo.NAME, QUAY, "Warehouse 3", 11, "2026-06-21T11:30", variant="a", inside=cut)
        for file, cut in (("section", SECTION), ("plan", PLAN))
    ),
)
FLIGHT = (
    *(
        Shot(f"flight-{i}", demo.NAME, MIDDLE, 20, press=("o",), nearer=nearer, lower=30)
        for i, nearer in enumerate((-18, -10, -2, 9), 1)
    ),
    Shot("flight-5", demo.NAME, ("Market Square", 0.55, 0.02), 10, 6),
)
"""From 2.6 km down to the street."""

REAL = (
    Shot("village", "nrw", (2, 25, 60), 75, 5),
    Shot("potsdam", "potsdam", (-150, 198, 70), 107, 5),
    Shot("haneda", "haneda", (-90, 150, 30), 55, press=("o",), nearer=4, lower=40),
    Shot("ingolstadt", "ingolstadt", (82, 152, 430), 185, 6, "2026-06-21T11:30"),
    Shot("testtown", "testtown", (-42, 20, 5), 85, 16),
    Shot("delft", "delft", (69, 54, 1), 245, 4),
)


@dataclass(frozen=True)
class City:
    """Real open data of one place: folders and files below DATA, and who must be named."""

    name: str
    inputs: tuple[str, ...]
    title: str
    owner: str
    licence: str
    crs: str | None = None


CITIES = (
    City(
        "nrw",
        ("nrw-lod2",),
        "A village in North Rhine-Westphalia",
        "Geobasis NRW",
        "dl-de/zero-2-0",
    ),
    City(
        "potsdam",
        ("potsdam-lod1",),
        "Potsdam",
        "City of Potsdam; 3DCityDB, TU Berlin / TU Munich",
        "Apache-2.0",
    ),
    City(
        "haneda",
        ("plateau-tokyo-haneda",),
        "Haneda, Tokyo",
        "3D City Model (Project PLATEAU), MLIT Japan",
        "CC-BY-4.0",
    ),
    City(
        "ingolstadt",
        ("ingolstadt-lod3",),
        "Ingolstadt",
        "LOD3 Road Space Models, Benedikt Schwab et al., TU Munich / SAVeNoW",
        "CC-BY-SA-4.0",
    ),
    City(
        "testtown",
        ("testtown-lod3",),
        "A house in a test town",
        "citygml4j, Claus Nagel",
        "Apache-2.0",
    ),
    City(
        "delft",
        ("delft-terrain-ahn3/ahn3", "delft-terrain-ahn3/output"),
        "Delft",
        "AHN3, BGT, crops by TU Delft 3D geoinformation",
        "CC0-1.0, CC-BY-4.0",
        "EPSG:7415",
    ),
)


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
            shots.sort(key=lambda shot: (shot.scene, shot.size == PHONE, shot.time))
            for (name, touch), some in groupby(
                shots, lambda shot: (shot.scene, shot.size == PHONE)
            ):
                if name in scenes:
                    page = visit(browser, f"{url}/s/{name}", touch=touch)
                    for shot in some:
                        take(page, shot, scenes[name])
                    page.context.close()
        browser.close()


def real_cities(folder: Path, names: set[str]) -> tuple[Path, ...]:
    """Scenes of real open data of these names; none where the data isn't there."""
    if not DATA.is_dir():
        print(f"no real city data at {DATA}: only the town is drawn")
        return ()
    cities = [city for city in CITIES if city.name in names]
    for city in cities:
        tile(
            TileOptions(
                inputs=tuple(DATA / path for path in city.inputs),
                output=folder / city.name,
                crs=city.crs,
                name=city.name,
                title=city.title,
                attributions=(Attribution(city.owner, city.licence),),
            )
        )
    return tuple(folder / city.name for city in cities)


@contextmanager
def serving(scenes: tuple[Path, ...], sensors: Path) -> Iterator[str]:
    """The server in a thread of this process, with the demo's own sensors."""
    config = ServerConfig(scenes=scenes, port=0, sensors=sensors, feed=town_day.arrivals)
    with listen(config.host, config.port) as listener:
        server = Server(create_app(config), config, announce=False)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        yield f"http://{config.host}:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def visit(browser: Browser, url: str, *, touch: bool) -> Page:
    context = browser.new_context(
        viewport=PHONE if touch else WORKING,
        has_touch=touch,
        is_mobile=touch,
        reduced_motion="reduce",
    )
    page = context.new_page()
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
        middle = WORKING["width"] / 2, WORKING["height"] / 2
        page.mouse.move(*middle)
        page.mouse.wheel(0, -100 * shot.nearer)
        page.mouse.down()
        page.mouse.move(middle[0], middle[1] - shot.lower)
        page.mouse.up()
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
