"""A real browser before a real server that serves real cities."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
from playwright.sync_api import Error, sync_playwright

import needs
from browser.lamps import street
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from server.broker import free_port, running_broker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

BROWSER_FLAGS = (
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWPORT: ViewportSize = {"width": 640, "height": 360}
STOP_TIMEOUT_S = 10


@dataclass(frozen=True)
class Served:
    """A running `citiverse serve` and the scenes it was given."""

    url: str
    process: subprocess.Popen[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window, drawing in software so that every machine draws the same."""
    # Per module: Playwright's event loop must be gone before other tests start their own.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=needs.browser(), args=list(BROWSER_FLAGS), chromium_sandbox=False
        )
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts that end with the test, which fails where a page reported an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(**({"viewport": VIEWPORT} | options))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


def placed_tiles(page: Page) -> list[int]:
    """Fills with the numbers of the tiles that the server sends to a page, as they come."""
    tiles: list[int] = []

    def receive(frame: bytes | str) -> None:
        message = msgpack.unpackb(frame) if isinstance(frame, bytes) else {}
        if message.get("t") == "place":
            tiles.append(message["tile"])

    page.on("websocket", lambda socket: socket.on("framereceived", receive))
    return tiles


@pytest.fixture
def broker_port(tmp_path: Path) -> Iterator[int]:
    """Where a real MQTT broker listens."""
    port = free_port()
    with running_broker(tmp_path, port):
        yield port


@contextmanager
def serving(
    *scenes: Path, sensors: Path | None = None, port: int = 0, options: tuple[str, ...] = ()
) -> Iterator[Served]:
    """`citiverse serve` as an operator starts it, until the block ends; port 0 is a free one."""
    program = (sys.executable, "-m", "citiverse", "serve")
    command = [*program, *map(str, scenes), "--port", str(port), *options]
    if sensors is not None:
        command += ["--sensors", str(sensors)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next((line.strip() for line in process.stdout if line.startswith("http")), None)
        try:
            assert url is not None, "the server ended before it listened"
            yield Served(url.rstrip("/"), process)
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)


def enter(page: Page, url: str) -> None:
    """Opens a scene's page and waits until its first view is drawn."""
    page.goto(url)
    page.evaluate(
        "async () => { while (!window.citiverse) await new Promise(done => setTimeout(done, 10)) }"
    )
    page.evaluate("citiverse.settled()")


def until(page: Page, condition: str, timeout_s: float = 20) -> None:
    """Waits for a JavaScript condition; the page's own security policy forbids Playwright's way.

    Also across a navigation: the condition doesn't hold while the page isn't there.
    """
    wait = f"""async timeoutMs => {{
      const end = performance.now() + timeoutMs
      const holds = () => Boolean(window.citiverse && ({condition}))
      while (!holds() && performance.now() < end) await new Promise(d => setTimeout(d, 20))
      return holds()
    }}"""
    end = time.monotonic() + timeout_s
    while True:
        try:
            holds = page.evaluate(wait, max(0.0, end - time.monotonic()) * 1000)
        except Error as error:
            if "context was destroyed" not in error.message or time.monotonic() > end:
                raise
        else:
            break
    assert holds, f"not within {timeout_s} s: {condition}"


def tiled(source: Path, folder: Path) -> Path:
    """The scene made of one file, named as its folder."""
    output = folder / source.parent.name
    tile(TileOptions(inputs=(source,), output=output))
    return output


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenes")


@pytest.fixture(scope="session")
def potsdam(data: Path, scenes: Path) -> Path:
    """97 LoD1 buildings of Potsdam (EPSG:25833)."""
    return tiled(data / "potsdam-lod1" / "Potsdam_LoD1.gml", scenes)


@pytest.fixture(scope="session")
def nrw(data: Path, scenes: Path) -> Path:
    """83 LoD2 buildings of a village in North Rhine-Westphalia (EPSG:25832)."""
    return tiled(data / "nrw-lod2" / "LoD2_32_280_5657_1_NW.gml", scenes)


@pytest.fixture(scope="session")
def lamps(scenes: Path) -> Path:
    """60 lamps of one shape (EPSG:25832)."""
    source = scenes / "source" / "lamps" / "lamps.gml"
    source.parent.mkdir(parents=True)
    source.write_text(street(), encoding="utf-8")
    return tiled(source, scenes)


@pytest.fixture(scope="session")
def lit_street(lamps: Path) -> Iterator[Served]:
    """A server with them."""
    with serving(lamps) as served:
        yield served


@pytest.fixture(scope="session")
def city(potsdam: Path, nrw: Path) -> Iterator[Served]:
    """One server with both scenes, for tests that leave it as it was."""
    with serving(potsdam, nrw) as served:
        yield served
