"""`citiverse bench glance`: how soon after `citiverse serve city.gml` one walks in a big city."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse import room
from citiverse.bench import big_city, big_cityjson
from citiverse.bench.browser import opened, serving
from citiverse.bench.row import Row
from citiverse.bench.sources import CITIES, Source, sources
from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

MEGABYTE = 1_000_000
FULL_BYTES, QUICK_BYTES = 240 * MEGABYTE, 24 * MEGABYTE
FULL_RUNS, QUICK_RUNS = 3, 1
ROOM = 4
DOCUMENT = ("cityjson-delft", "cityjson-delft/delft.city.json")
BYTES_A_BUILDING = 12_200
"""In that document, with all else that is in it."""

FIRST_VIEW_GOAL_S = 10.0
PATIENCE_MS = 600_000
UNTIL = """async ([name, least, timeoutMs]) => {
  const end = performance.now() + timeoutMs
  const told = () => window.citiverse?.stats()[name] ?? 0
  while (told() < least && performance.now() < end) await new Promise(d => setTimeout(d, 10))
  return told() >= least
}"""


@dataclass(frozen=True, slots=True)
class Visit:
    """Seconds since the command: link, first view, whole city in its place."""

    link: float
    first_view: float
    whole: float


def run(quick: bool) -> Iterator[Row]:
    """Three times of each real city, made big. Raises BenchError."""
    size = QUICK_BYTES if quick else FULL_BYTES
    with opened("glance") as browser:
        if browser is None:
            return
        for source in sources((*CITIES, DOCUMENT)):
            with room.folder(ROOM * size) as folder:
                city = _repeated(source, Path(folder), size)
                runs = range(QUICK_RUNS if quick else FULL_RUNS)
                visits = [_visit(browser, city, Path(folder) / str(number)) for number in runs]
                megabytes = city.stat().st_size / MEGABYTE
            yield from _rows(source.name, f"the command, {megabytes:.0f} MB of it", visits)


def _repeated(source: Source, folder: Path, size: int) -> Path:
    """The source again and again, about so large."""
    file = source.file(folder)
    if source.name == DOCUMENT[0]:
        city = folder / f"{source.name}.city.json"
        big_cityjson.write(file, city, size // BYTES_A_BUILDING, "EPSG:28992")
    else:
        city = folder / f"{source.name}-many.gml"
        big_city.write(big_city.read(file), city, size)
    return city


def _rows(name: str, about: str, visits: list[Visit]) -> Iterator[Row]:
    yield Row("glance", f"link_{name}", tuple(one.link for one in visits), "s", about)
    first = tuple(one.first_view for one in visits)
    seen = f"{about}, Chromium, software drawing, 1280 × 720, empty cache"
    yield Row("glance", f"first_view_{name}", first, "s", seen, FIRST_VIEW_GOAL_S)
    yield Row("glance", f"whole_city_{name}", tuple(one.whole for one in visits), "s", seen)


def _visit(browser: Browser, city: Path, cache: Path) -> Visit:
    """Serve the city as if for the first time, and look at it."""
    began = time.perf_counter()
    with serving(city, _fresh(cache)) as url:
        link = time.perf_counter() - began
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        page = context.new_page()
        page.goto(url)
        _wait(page, "firstViewMs", 1)
        first_view = time.perf_counter() - began
        _wait(page, "revision", 1)
        whole = time.perf_counter() - began
        context.close()
    return Visit(link, first_view, whole)


def _wait(page: Page, stat: str, least: int) -> None:
    if not page.evaluate(UNTIL, [stat, least, PATIENCE_MS]):
        raise BenchError(f"{stat} of the page didn't come within {PATIENCE_MS // 1000} s")


def _fresh(cache: Path) -> dict[str, str]:
    """The environment of a server that has never seen any city."""
    return {"XDG_CACHE_HOME": str(cache / "cache"), "XDG_STATE_HOME": str(cache / "state")}
