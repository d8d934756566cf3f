"""Pages that are measured while one walks in them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

BUILDINGS = 1500
"""Of the demo town that is walked in: so many that tiles come and go on the way."""
ARRIVAL_MS = 120_000
ABOUT = f"demo town of {BUILDINGS:,} buildings, a triangle a draw"
# All that the page itself does is as it ever is: each draw is set up and sent. But a processor that
# stands in for the graphics card would fill the frames with its own work.
ONE_TRIANGLE_A_DRAW = """() => {
  const gl = WebGL2RenderingContext.prototype
  const {drawElements, drawArrays, drawElementsInstanced} = gl
  gl.drawElements = function (mode, count, ...rest) {
    drawElements.call(this, mode, Math.min(3, count), ...rest)
  }
  gl.drawArrays = function (mode, first, count) {
    drawArrays.call(this, mode, first, Math.min(3, count))
  }
  gl.drawElementsInstanced = function (mode, count, type, offset, copies) {
    drawElementsInstanced.call(this, mode, Math.min(3, count), type, offset, Math.min(1, copies))
  }
}"""
ARRIVE = """async timeoutMs => {
  const end = performance.now() + timeoutMs
  while (!window.citiverse && performance.now() < end) await new Promise(d => setTimeout(d, 20))
  await citiverse.settled(timeoutMs)
}"""


@contextmanager
def walked_in(browser: Browser, address: str) -> Iterator[Page]:
    """The page of a city when all has arrived. Raises BenchError where it reported an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, device_scale_factor=0.25)
    context.add_init_script(f"({ONE_TRIANGLE_A_DRAW})()")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.evaluate(ARRIVE, ARRIVAL_MS)
    yield page
    context.close()
    if errors:
        raise BenchError(f"{address} reported an error: {errors[0]}")
