"""The page says what it can't show, survives what befalls pages, and rests when all is still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from browser.conftest import enter, serving
from server.broker import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from browser.conftest import Served

pytestmark = pytest.mark.browser

WITHOUT_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"
ONE_LINE_PX = 32
FRAMES_OF_PAGE = """async count => {
  for (let i = 0; i < count; i += 1) await new Promise(requestAnimationFrame)
  return citiverse.stats().frames
}"""
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
  document.dispatchEvent(new Event('visibilitychange'))
}"""


def test_an_unknown_city_lists_those_that_exist(page: Page, city: Served) -> None:
    page.goto(f"{city.url}/s/atlantis")
    expect(page.get_by_role("heading")).to_have_text("There is no city here")
    expect(page.get_by_role("link", name="potsdam-lod1")).to_be_visible()


def test_without_webgl_the_facts_and_the_list_remain(page: Page, city: Served) -> None:
    page.add_init_script(WITHOUT_WEBGL)
    page.goto(f"{city.url}/s/potsdam-lod1")
    expect(page.get_by_role("main")).to_contain_text("This browser cannot draw in 3D")
    expect(page.get_by_role("listitem").first).to_contain_text("97 buildings")
    page.get_by_role("link", name="Read the list of buildings").click()
    expect(page.locator("body")).to_contain_text("potsdam-lod1/")


def test_a_full_server_says_so(nrw: Path, new_context: Callable[[], BrowserContext]) -> None:
    with serving(nrw, options=("--max-sessions", "1")) as served:
        enter(new_context().new_page(), f"{served.url}/s/nrw-lod2")
        second = new_context().new_page()
        second.goto(f"{served.url}/s/nrw-lod2")
        expect(second.get_by_role("heading")).to_have_text("The city is full")


# The page also tries by itself, and may have come back before.
TRY_NOW = """[...document.querySelectorAll('button')]
  .find(button => button.textContent === 'Try now')?.click()"""


def test_a_lost_connection_is_shown_and_resumed_without_reload(nrw: Path, page: Page) -> None:
    port = free_port()
    with serving(nrw, port=port) as served:
        enter(page, f"{served.url}/s/nrw-lod2")
        page.evaluate("window.stillTheSamePage = true")
    expect(page.get_by_role("status")).to_contain_text("Connection lost")
    tiles = page.evaluate("citiverse.stats().tiles")
    assert tiles > 0
    with serving(nrw, port=port):
        page.evaluate(TRY_NOW)
        expect(page.locator("body")).to_have_attribute("data-link", "open")
        page.evaluate("citiverse.settled()")
        assert page.evaluate("window.stillTheSamePage")
        assert page.evaluate("citiverse.stats().tiles") == tiles


def test_a_lost_graphics_context_comes_back_with_the_city(page: Page, city: Served) -> None:
    enter(page, f"{city.url}/s/nrw-lod2")
    triangles = page.evaluate("citiverse.stats().triangles")
    page.evaluate(
        """() => {
          const gl = document.querySelector('canvas').getContext('webgl2')
          const extension = gl.getExtension('WEBGL_lose_context')
          const back = new Promise(done =>
            document.querySelector('canvas').addEventListener('webglcontextrestored', done))
          document.querySelector('canvas').addEventListener('webglcontextlost',
            () => setTimeout(() => extension.restoreContext()), { once: true })
          extension.loseContext()
          return back
        }"""
    )
    page.evaluate("citiverse.settled()")
    assert page.evaluate("citiverse.stats().triangles") == triangles
    assert page.evaluate("citiverse.stats().draws") > 1


def test_a_still_view_draws_nothing(page: Page, city: Served) -> None:
    enter(page, f"{city.url}/s/nrw-lod2?clock=manual")
    page.evaluate("citiverse.step(1)")
    before = page.evaluate(FRAMES_OF_PAGE, 30)
    assert page.evaluate(FRAMES_OF_PAGE, 60) == before


def test_a_hidden_tab_pauses_the_stream(page: Page, city: Served) -> None:
    enter(page, f"{city.url}/s/potsdam-lod1")
    page.evaluate(HIDE, True)
    received = page.evaluate("citiverse.stats().bytesReceived")
    page.evaluate("citiverse.setPose({position: [-150, 190, 70], headingDeg: 0})")
    page.evaluate("() => new Promise(done => setTimeout(done, 300))")
    assert page.evaluate("citiverse.stats().bytesReceived") - received < 2000
    page.evaluate(HIDE, False)
    page.evaluate("citiverse.settled()")
    assert page.evaluate("citiverse.stats().bytesReceived") - received > 2000


def test_sources_are_named_on_the_first_screen(page: Page, data: Path, tmp_path: Path) -> None:
    from citiverse_tiling.options import Attribution, TileOptions
    from citiverse_tiling.pipeline import tile

    output = tmp_path / "zurich"
    tile(
        TileOptions(
            inputs=(data / "zurich-citygml1" / "zurich-lod2-citygml1.xml",),
            output=output,
            title="Zurich",
            attributions=(Attribution("Stadt Zürich, 3D-Stadtmodell", "CC0"),),
        )
    )
    with serving(output) as served:
        enter(page, f"{served.url}/s/zurich")
        expect(page.get_by_role("heading", level=1)).to_have_text("Zurich")
        expect(page.locator("footer")).to_contain_text("Stadt Zürich, 3D-Stadtmodell (CC0)")
        # In one line, however many tools there are beside it.
        box = page.locator("footer").bounding_box()
        assert box is not None
        assert box["height"] < ONE_LINE_PX
