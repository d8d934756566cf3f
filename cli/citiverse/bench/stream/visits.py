"""One visit of a browser to a city, ours or the peer's, and what it took."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

WAIT_MS, POLL_MS = 60_000, 50
WIDTH, HEIGHT = 1280, 720
# Drawn in software, pixels cost as much as they do nowhere else; what is chosen stays the same.
PIXEL_RATIO = 0.25
UNDRAWN = """() => {
  for (const name of ['drawArrays', 'drawElements', 'drawArraysInstanced', 'drawElementsInstanced'])
    WebGL2RenderingContext.prototype[name] = () => undefined
}"""
"""Everything is sent, decoded and put on the graphics card, and nothing painted: whoever has a
graphics card hardly waits for that, and whoever paints in software waits for nothing else."""
FIELD_OF_VIEW_DEG, ERROR_PX, EYE_HEIGHT_M = 60.0, 16.0, 1.65
"""As our client looks when it arrives, and as the profile "desktop" is served."""

OURS_WATCH = """() => {
  window.watched = { script: 0, firstView: 0, complete: 0, bytes: 0, tiles: 0, holes: 0 }
  const at = name => performance.getEntriesByName(`citiverse:${name}`)[0]?.startTime ?? 0
  const look = () => {
    const w = window.watched
    if (w.firstView && !window.citiverse.stats().covered) w.holes += 1
    w.script ||= at('script')
    w.firstView ||= at('first-view')
    if (!w.complete && (w.complete = at('complete'))) {
      const { bytesReceived, tiles } = window.citiverse.stats()
      Object.assign(w, { bytes: bytesReceived, tiles })
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}"""
OURS_DONE = "() => window.watched?.complete > 0 ? window.watched : null"
PEER_DONE = """() => {
  if (!window.viewed?.stable) return null
  const fetched = performance.getEntriesByType('resource')
    .filter(({ name }) => /[.](glb|json)$/.test(name))
  const bytes = fetched.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  const tiles = fetched.filter(({ name }) => name.endsWith('.glb')).length
  return { ...window.viewed, bytes, tiles, holes: 0 }
}"""
FETCHED = """() => performance.getEntriesByType('resource').map(({ name }) => name)
  .filter(name => /[.](glb|json)$/.test(name)).map(name => new URL(name).pathname)"""


@dataclass(frozen=True, slots=True)
class Visit:
    """Milliseconds since navigation: the drawing script runs, a first view, the complete view.

    `content_bytes` and `tiles` are what came of the city until then, compressed as it was sent;
    `holes` the frames after the first view in which a layer was missing.
    """

    script_ms: float
    first_view_ms: float
    complete_ms: float
    content_bytes: int
    tiles: int
    holes: int

    @property
    def from_script_ms(self) -> float:
        """From the drawing script's start to the complete view."""
        return self.complete_ms - self.script_ms


def our_visit(browser: Browser, address: str, painted: bool) -> Visit:
    """Our client, with an empty cache and no connection. Raises BenchError."""
    return _visit(browser, address, OURS_DONE, (OURS_WATCH, *_paint(painted)))


def peer_visit(browser: Browser, address: str, painted: bool) -> Visit:
    """The peer's page, likewise. Raises BenchError."""
    return _visit(browser, address, PEER_DONE, _paint(painted))


def _paint(painted: bool) -> tuple[str, ...]:
    return () if painted else (UNDRAWN,)


def peer_query(scene: Path, tileset: str, tuned: bool) -> str:
    """The peer looks from where our client does, and as closely."""
    manifest = json.loads((scene / "scene.json").read_bytes())
    origin, spawn = manifest["origin"], manifest["spawn_points"][0]
    x, y, z = spawn["position"]
    eye = {"x": x, "y": y, "z": z + EYE_HEIGHT_M, "heading": spawn["heading_deg"]}
    asked = {"tileset": tileset, "fov": FIELD_OF_VIEW_DEG, "error": ERROR_PX, "tuned": int(tuned)}
    return urlencode(origin | eye | asked)


def write_inlined(browser: Browser, address: str, root: Path) -> None:
    """`inlined.html` beside the peer's page: the tileset is in it, the contents are named in it.

    Which ones those are is what the visit to `address` fetches. Raises BenchError.
    """
    with _page(browser) as page:
        _arrive(page, address, PEER_DONE)
        paths: list[str] = page.evaluate(FETCHED)
    documents = {
        path: json.loads((root / path[1:]).read_bytes()) for path in paths if ".json" in path
    }
    inlined = json.dumps(documents, separators=(",", ":")).replace("<", "\\u003c")
    preload = '<link rel="preload" as="fetch" crossorigin href="{}" />'
    tags = [preload.format(path) for path in paths if path.endswith(".glb")]
    tags.append(f'<script type="application/json" id="inlined">{inlined}</script>')
    html = (root / "index.html").read_text()
    (root / "inlined.html").write_text(html.replace("</head>", "".join(tags) + "</head>"))


def _visit(browser: Browser, address: str, done: str, before: tuple[str, ...]) -> Visit:
    with _page(browser) as page:
        for script in before:
            page.add_init_script(f"({script})()")
        told = _arrive(page, address, done)
    if told.get("failed"):
        raise BenchError(f"{address} could not show {told['failed']:.0f} tiles")
    return Visit(
        script_ms=told["script"],
        first_view_ms=told["firstView"],
        complete_ms=told["complete"],
        content_bytes=int(told["bytes"]),
        tiles=int(told["tiles"]),
        holes=int(told["holes"]),
    )


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """A page that knows nothing yet: no cache, no connection, no session of TLS."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=PIXEL_RATIO,
        ignore_https_errors=True,
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def _arrive(page: Page, address: str, done: str) -> dict[str, float]:
    """What `done` tells of the page, as soon as it tells anything."""
    from playwright.sync_api import TimeoutError as Timeout

    page.goto(address, wait_until="commit")
    try:
        told: dict[str, float] = page.wait_for_function(
            done, timeout=WAIT_MS, polling=POLL_MS
        ).json_value()
    except Timeout:
        raise BenchError(f"{address} had no complete view within {WAIT_MS / 1000:.0f} s") from None
    return told
