"""`citiverse bench walk`: what a frame of the demo town costs, standing and on a fixed tour."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench.browser import opened, serving
from citiverse.bench.row import Row
from citiverse.bench.usage import BenchError
from citiverse.commands import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

DRAWS_GOAL = 150.0
TRIANGLES_GOAL = 350_000.0
SCRIPT_GOAL_MS = 4.0
SLOWER_CPU = 4
FULL_STOPS, QUICK_STOPS = 48, 12
STEPS_A_STOP = 5
SETTLE_MS = 120_000
ABOUT = "demo town, 1280 × 720, drawn in software with a sixteenth of the pixels"
STATS = "() => { const s = citiverse.stats(); return [s.draws, s.drawnTriangles, s.scriptMs] }"
ARRIVE = """async timeoutMs => {
  const end = performance.now() + timeoutMs
  while (!window.citiverse && performance.now() < end) await new Promise(d => setTimeout(d, 20))
  await citiverse.settled(timeoutMs)
}"""
# Ahead for 1 s in short steps, then a turn by 30°: what stands in the way is walked along.
STOP = """async ([steps, timeoutMs]) => {
  const frames = []
  const key = (type, code) => dispatchEvent(new KeyboardEvent(type, {code, bubbles: true}))
  document.querySelector('canvas').focus()
  key('keydown', 'KeyW')
  for (let i = 0; i < steps; i += 1) {
    await citiverse.step(1 / steps)
    const { draws, drawnTriangles, scriptMs } = citiverse.stats()
    frames.push([draws, drawnTriangles, scriptMs])
  }
  key('keyup', 'KeyW')
  const { feet, headingDeg } = citiverse.pose()
  citiverse.setPose({position: feet, headingDeg: headingDeg + 30})
  await citiverse.settled(timeoutMs)
  return frames
}"""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one drawn frame took; `script_ms` is the page's own script, on a slowed processor."""

    draws: float
    triangles: float
    script_ms: float


def run(quick: bool) -> Iterator[Row]:
    """Draws, triangles and script time a frame. Raises BenchError."""
    with opened("walk") as browser, tempfile.TemporaryDirectory() as folder:
        if browser is None:
            return
        scene = demo.prepare(Path(folder)) / demo.NAME
        with serving(scene) as url:
            address = f"{url}s/{demo.NAME}?clock=manual"
            still, tour = _walk(browser, address, QUICK_STOPS if quick else FULL_STOPS)
    yield Row("walk", "draws_at_start", (still.draws,), "draws", ABOUT, DRAWS_GOAL)
    yield Row("walk", "triangles_at_start", (still.triangles,), "triangles", ABOUT, TRIANGLES_GOAL)
    length = f"{ABOUT}, {len(tour)} frames of a tour"
    most_draws = max(frame.draws for frame in tour)
    yield Row("walk", "most_draws_on_tour", (most_draws,), "draws", length, DRAWS_GOAL)
    most = max(frame.triangles for frame in tour)
    yield Row("walk", "most_triangles_on_tour", (most,), "triangles", length, TRIANGLES_GOAL)
    slowed = f"{length}, processor slowed {SLOWER_CPU} times"
    p95 = sorted(frame.script_ms for frame in tour)[int(0.95 * (len(tour) - 1))]
    yield Row("walk", "script_per_frame_p95", (p95,), "ms", slowed, SCRIPT_GOAL_MS)


def _walk(browser: Browser, address: str, stops: int) -> tuple[Frame, list[Frame]]:
    # Draws, triangles and script are those of the whole picture; its pixels are another matter.
    context = browser.new_context(viewport={"width": 1280, "height": 720}, device_scale_factor=0.25)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.evaluate(ARRIVE, SETTLE_MS)
    still = Frame(*page.evaluate(STATS))
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    tour = [frame for _ in range(stops) for frame in _stop(page)]
    context.close()
    if errors:
        raise BenchError(f"{address} reported an error: {errors[0]}")
    return still, tour


def _stop(page: Page) -> list[Frame]:
    return [Frame(*frame) for frame in page.evaluate(STOP, [STEPS_A_STOP, SETTLE_MS])]
