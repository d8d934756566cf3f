"""Makes the README's pictures anew: the demo town, and real cities where their data is at hand.

    make screenshots        (writes docs/images/*.jpg)

The pictures are what a visitor's browser draws: a real server, a real Chromium, no retouching.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

import needs
from citiverse.commands import demo
from citiverse_server.app import create_app
from citiverse_server.config import ServerConfig
from citiverse_server.run import Server, listen
from citiverse_tiling.options import Attribution, TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DATA = Path(os.environ.get("CITIVERSE_DATA", ROOT.parent / "shared" / "data"))
FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
DESKTOP: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 390, "height": 780}
JPEG_QUALITY = 86


@dataclass(frozen=True)
class Shot:
    """One picture: where one stands (feet, scene frame), where one looks, what one presses."""

    file: str
    scene: str
    position: tuple[float, float, float]
    heading_deg: float
    pitch_deg: float = 4.0
    size: ViewportSize = field(default_factory=DESKTOP.copy)
    press: tuple[str, ...] = ()


TOWN = (
    Shot("market", demo.NAME, (0, -12, 30), 20, 8),
    Shot("lane", demo.NAME, (-54, -30, 30), 0, 4),
    Shot("above", demo.NAME, (0, 33, 30), 135, press=("o",)),
    Shot("building", demo.NAME, (0, -12, 30), 20, 8, press=("Enter",)),
    Shot("phone", demo.NAME, (-54, -30, 30), 0, 6, size=PHONE),
)
REAL = (
    Shot("village", "nrw", (-1, 62, 60), 8, 6),
    Shot("potsdam", "potsdam", (-150, 198, 70), 107, 5),
)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        made = demo.prepare(Path(folder))
        real = real_cities(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=needs.browser(), args=list(FLAGS), chromium_sandbox=False
        )
        with serving((made / demo.NAME, *real), made / "sensors.toml") as url:
            for shot in (*TOWN, *(REAL if real else ())):
                take(browser, url, shot)
        browser.close()


def real_cities(folder: Path) -> tuple[Path, ...]:
    """Scenes of real open data; none where the data isn't there."""
    if not DATA.is_dir():
        print(f"no real city data at {DATA}: only the town is drawn")
        return ()
    cities = (
        ("nrw", "nrw-lod2/LoD2_32_280_5657_1_NW.gml", "A village in North Rhine-Westphalia"),
        ("potsdam", "potsdam-lod1/Potsdam_LoD1.gml", "Potsdam"),
    )
    sources = {
        "nrw": Attribution("Geobasis NRW", "dl-de/zero-2-0"),
        "potsdam": Attribution("City of Potsdam; 3DCityDB, TU Berlin / TU Munich", "Apache-2.0"),
    }
    for name, file, title in cities:
        tile(
            TileOptions(
                inputs=(DATA / file,),
                output=folder / name,
                title=title,
                attributions=(sources[name],),
            )
        )
    return tuple(folder / name for name, _, _ in cities)


@contextmanager
def serving(scenes: tuple[Path, ...], sensors: Path) -> Iterator[str]:
    """The server in a thread of this process, with the demo's own sensors."""
    config = ServerConfig(scenes=scenes, port=0, sensors=sensors, feed=demo.readings)
    with listen(config.host, config.port) as listener:
        server = Server(create_app(config), config, announce=False)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        yield f"http://{config.host}:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def take(browser: Browser, url: str, shot: Shot) -> None:
    touch = shot.size == PHONE
    context = browser.new_context(
        viewport=shot.size, has_touch=touch, is_mobile=touch, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{url}/s/{shot.scene}")
    page.evaluate(
        "async () => { while (!window.citiverse) await new Promise(requestAnimationFrame) }"
    )
    page.evaluate("citiverse.settled()")
    look(page, shot)
    page.screenshot(path=IMAGES / f"{shot.file}.jpg", type="jpeg", quality=JPEG_QUALITY)
    context.close()
    print(f"docs/images/{shot.file}.jpg")


def look(page: Page, shot: Shot) -> None:
    """Stands still at the shot's place until everything wanted there is drawn."""
    pose = {
        "position": shot.position,
        "headingDeg": shot.heading_deg,
        "pitchDeg": shot.pitch_deg,
    }
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.locator("canvas").focus()
    page.evaluate("citiverse.settled(60000)")
    for key in shot.press:
        page.keyboard.press(key)
    page.wait_for_timeout(2500)
    page.evaluate("citiverse.settled(60000)")


if __name__ == "__main__":
    main()
