"""`citiverse bench client`: how soon a visitor on this machine sees the city, what a walk asks of
the page, and what a long one leaves behind.
"""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench import client_memory, client_pages, client_tour
from citiverse.bench.browser import opened, serving
from citiverse.bench.row import Row
from citiverse.bench.sources import sources
from citiverse.bench.usage import BenchError
from citiverse.commands import demo
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

FULL_RUNS, QUICK_RUNS = 7, 3
FIRST_VIEW_GOAL_MS = 1500.0
SCRIPT_GOAL_BYTES = 200 * 1024
WAIT_MS = 60_000
FIRST_VIEW = """async timeoutMs => {
  const drawn = () => window.citiverse?.stats().firstViewMs ?? 0
  while (drawn() === 0 && performance.now() < timeoutMs) await new Promise(d => setTimeout(d, 10))
  const scripts = performance.getEntriesByType('resource')
    .filter(({ name, startTime }) => name.endsWith('.js') && startTime < drawn())
  return [drawn(), scripts.map(({ name }) => name)]
}"""


def run(quick: bool) -> Iterator[Row]:
    """First view and script of each source, with an empty browser cache. Raises BenchError."""
    with opened("client") as browser, tempfile.TemporaryDirectory() as folder:
        if browser is None:
            return
        for source in sources():
            scene = Path(folder) / source.name
            tile(TileOptions(inputs=(source.file(Path(folder)),), output=scene))
            yield from _measure(browser, source.name, scene, QUICK_RUNS if quick else FULL_RUNS)
        town = demo.prepare(Path(folder), client_pages.BUILDINGS) / demo.NAME
        with serving(town) as url:
            yield from client_tour.rows(browser, f"{url}s/{demo.NAME}", quick)
            yield from client_memory.rows(browser, f"{url}s/{demo.NAME}", quick)


def _measure(browser: Browser, name: str, scene: Path, runs: int) -> Iterator[Row]:
    with serving(scene) as url:
        visits = [_visit(browser, f"{url}s/{name}") for _ in range(runs)]
    about = "loopback, plain HTTP/1.1, software drawing, 1280 × 720, empty cache"
    first_views = tuple(first_view for first_view, _ in visits)
    scripts = tuple(float(size) for _, size in visits)
    yield Row("client", f"first_view_{name}", first_views, "ms", about, FIRST_VIEW_GOAL_MS)
    yield Row(
        "client", f"script_until_first_view_{name}", scripts, "B gzipped", about, SCRIPT_GOAL_BYTES
    )


def _visit(browser: Browser, address: str) -> tuple[float, int]:
    """Milliseconds from navigation to the first view, and the script fetched until then."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(address)
    first_view_ms, scripts = page.evaluate(FIRST_VIEW, WAIT_MS)
    if not first_view_ms:
        raise BenchError(f"{address} drew nothing within {WAIT_MS / 1000:.0f} s")
    size = sum(len(gzip.compress(context.request.get(script).body())) for script in scripts)
    context.close()
    return float(first_view_ms), size
