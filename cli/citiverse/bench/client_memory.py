"""Whether a long visit takes more and more memory: minutes of the page's own time, in rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse.bench.client_pages import ABOUT, ARRIVAL_MS, walked_in
from citiverse.bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, CDPSession, Page

GROWTH_GOAL = 1.05
FULL_MINUTES, QUICK_MINUTES = 10, 4
SETTLED_MINUTES = 2
PLACES = 12
RADIUS_M = 220.0
# A round of a minute: at each place of a circle a walk of five seconds, with all that comes there.
ROUND = """async ([east, north, places, radius, timeoutMs]) => {
  const key = (type, code) => dispatchEvent(new KeyboardEvent(type, {code, bubbles: true}))
  document.querySelector('canvas').focus()
  for (let i = 0; i < places; i += 1) {
    const turn = 2 * Math.PI * i / places
    const position = [east + radius * Math.sin(turn), north + radius * Math.cos(turn), 0]
    citiverse.setPose({position, headingDeg: 360 * i / places + 90})
    await citiverse.settled(timeoutMs)
    key('keydown', 'KeyW')
    for (let leg = 0; leg < 5; leg += 1) await citiverse.step(60 / places / 5)
    key('keyup', 'KeyW')
    await citiverse.settled(timeoutMs)
  }
}"""
START = "() => citiverse.pose().position"
STATS = """() => {
  const {geometries, textures, programs, bytes} = citiverse.stats()
  return [geometries, textures, programs, bytes]
}"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a page holds: its script's heap after a collection, and on the graphics card."""

    heap_bytes: float
    geometries: float
    textures: float
    programs: float
    content_bytes: float


def rows(browser: Browser, address: str, quick: bool) -> Iterator[Row]:
    """Memory at the end of the visit beside that after two minutes. Raises BenchError."""
    minutes = QUICK_MINUTES if quick else FULL_MINUTES
    with walked_in(browser, f"{address}?clock=manual") as page:
        session = page.context.new_cdp_session(page)
        east, north, _ = page.evaluate(START)
        held: list[Held] = []
        for _ in range(minutes):
            page.evaluate(ROUND, [east, north, PLACES, RADIUS_M, ARRIVAL_MS])
            held.append(_held(page, session))
    early, late = held[SETTLED_MINUTES - 1], held[-1]
    about = f"minute {SETTLED_MINUTES} of {minutes} of a round, {ABOUT}"
    heap = late.heap_bytes / early.heap_bytes
    yield Row("client", "heap_growth", (heap,), "ratio", about, GROWTH_GOAL)
    content = late.content_bytes / early.content_bytes
    yield Row("client", "content_growth", (content,), "ratio", about, GROWTH_GOAL)
    for kind in ("geometries", "textures", "programs"):
        more = getattr(late, kind) - getattr(early, kind)
        yield Row("client", f"more_{kind}", (more,), kind, about, 0.0)
    yield Row("client", "heap", (late.heap_bytes,), "B", about)


def _held(page: Page, session: CDPSession) -> Held:
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")
    bytes_held = heap["usedSize"] + heap.get("backingStorageSize", 0.0)
    return Held(bytes_held, *page.evaluate(STATS))
