"""`citiverse bench reconnect`: what is sent again after a cut, a restart, and at the next visit.

How soon the next visit's picture is whole is measured on a shaped line, where root allows.
"""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from citiverse.bench.browser import opened, serving
from citiverse.bench.received import Received
from citiverse.bench.row import Row
from citiverse.bench.sources import Source, sources
from citiverse.bench.stream import network, servers
from citiverse.bench.stream.line import Line
from citiverse.bench.stream.visits import HEIGHT, PIXEL_RATIO, UNDRAWN, WIDTH
from citiverse.bench.tcp_relay import Relay, relayed
from citiverse.bench.usage import BenchError
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

    from citiverse.bench.stream.network import Network

FULL_RUNS, QUICK_RUNS = 5, 1
SHARE_GOAL = 0.01
WAIT_MS = 60_000
LINE = Line(0.05, 20_000_000)
WHOLE = "performance.getEntriesByName('citiverse:complete').length > 0"
WHOLE_MS = "performance.getEntriesByName('citiverse:complete')[0].startTime"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Stay:
    """Bytes of content at a visit, after a cut, after another server's start, and at the next."""

    first: int
    after_cut: int
    after_restart: int
    again: int


def run(quick: bool) -> Iterator[Row]:
    """Shares of content that come again, and how soon the picture is whole. Raises BenchError."""
    runs = QUICK_RUNS if quick else FULL_RUNS
    with tempfile.TemporaryDirectory() as folder:
        for source in (*sources(), Source("demo-town")):
            scene = Path(folder) / source.name
            tile(TileOptions(inputs=(source.file(Path(folder)),), output=scene))
            yield from _shares(scene, runs)
            yield from _times(scene, runs)


def _shares(scene: Path, runs: int) -> Iterator[Row]:
    with opened("reconnect") as browser:
        if browser is None:
            return
        stays = [_stay(browser, scene) for _ in range(runs)]
    versus = f"{stays[0].first / 1e6:.2f} MB of content at the first visit"
    for metric, values in (
        ("after_cut", [stay.after_cut / stay.first for stay in stays]),
        ("after_restart", [stay.after_restart / stay.first for stay in stays]),
        ("at_revisit", [stay.again / stay.first for stay in stays]),
    ):
        name = f"again_{metric}_{scene.name}"
        yield Row("reconnect", name, tuple(values), "×", versus, SHARE_GOAL)


def _times(scene: Path, runs: int) -> Iterator[Row]:
    with (
        network.shaped("reconnect") as net,
        opened("reconnect", net.client if net else ()) as browser,
    ):
        if browser is None:
            return
        inside, host = (net.server, network.SERVER_HOST) if net else ((), LOOPBACK)
        with servers.ours(scene, inside, host) as address:
            pairs = [_two_visits(browser, net, address, scene.name) for _ in range(runs)]
    way = f"{LINE.name}, plain HTTP/1.1" if net else "loopback, plain HTTP/1.1"
    about = f"{way}, {WIDTH} × {HEIGHT}, nothing painted"
    first, again = zip(*pairs, strict=True)
    yield Row("reconnect", f"whole_first_{scene.name}", first, "ms from navigation", about)
    yield Row("reconnect", f"whole_again_{scene.name}", again, "ms from navigation", about)
    ratios = tuple(later / sooner for sooner, later in pairs)
    yield Row("reconnect", f"whole_again_over_first_{scene.name}", ratios, "×", about, 1.0)


def _two_visits(
    browser: Browser, net: Network | None, address: str, scene: str
) -> tuple[float, float]:
    """Milliseconds from navigation to the whole picture, at the first visit and at the second."""
    context = _context(browser)
    times = []
    try:
        with net.line(LINE) if net else nullcontext():
            for _ in range(2):
                page = context.new_page()
                page.add_init_script(f"({UNDRAWN})()")
                received = Received(page)
                page.goto(address)
                _until(page, WHOLE)
                times.append(float(page.evaluate(WHOLE_MS)))
                _kept(page, scene, received)
                page.close()
    finally:
        context.close()
    return times[0], times[1]


def _stay(browser: Browser, scene: Path) -> Stay:
    context = _context(browser)
    try:
        with serving(scene) as first, relayed(_port(first)) as relay:
            address = f"http://127.0.0.1:{relay.port}/s/{scene.name}"
            page, received = _visit(context, address)
            sent = received.content_bytes
            after_cut = _cut(page, received, relay)
            with serving(scene) as second:
                relay.target = _port(second)
                after_restart = _cut(page, received, relay)
                _kept(page, scene.name, received)
                page.close()
                _, second_visit = _visit(context, address)
        return Stay(sent, after_cut, after_restart, second_visit.content_bytes)
    finally:
        context.close()


def _context(browser: Browser) -> BrowserContext:
    viewport: ViewportSize = {"width": WIDTH, "height": HEIGHT}
    return browser.new_context(viewport=viewport, device_scale_factor=PIXEL_RATIO)


def _visit(context: BrowserContext, address: str) -> tuple[Page, Received]:
    page = context.new_page()
    received = Received(page)
    page.goto(address)
    _until(page, "citiverse.stats().grounded")
    page.evaluate(f"citiverse.settled({WAIT_MS})")
    return page, received


def _kept(page: Page, scene: str, received: Received) -> None:
    """Waits until the browser has written down everything that came."""
    page.evaluate(f"citiverse.settled({WAIT_MS})")
    names = f"(localStorage.getItem('citiverse.shelf.{scene}') ?? '').length / 16"
    _until(page, f"{names} >= {len(received.hashes)}")


def _cut(page: Page, received: Received, relay: Relay) -> int:
    """How much content comes after a cut."""
    received.forget()
    view = page.evaluate("citiverse.stats().lastComplete")
    relay.cut()
    _until(page, "citiverse.stats().link === 'lost'")
    relay.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    _until(page, f"citiverse.stats().lastComplete > {view}")
    page.evaluate(f"citiverse.settled({WAIT_MS})")
    if received.messages["place held"] == 0:
        raise BenchError("after a cut, nothing was placed again")
    return received.content_bytes


def _until(page: Page, condition: str) -> None:
    holds = page.evaluate(
        f"""async timeoutMs => {{
          const end = performance.now() + timeoutMs
          const holds = () => Boolean(window.citiverse && ({condition}))
          while (!holds() && performance.now() < end) await new Promise(d => setTimeout(d, 10))
          return holds()
        }}""",
        WAIT_MS,
    )
    if not holds:
        raise BenchError(f"not within {WAIT_MS / 1000:.0f} s: {condition}")


def _port(url: str) -> int:
    return int(urlsplit(url).port or 0)
