"""From far to the street: levels take each other's place without a hole or a pop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browser.conftest import enter
from browser.pictures import PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page, ViewportSize

    from browser.conftest import Served

# What is behind the city is painted in a colour that nothing in the city has.
PAINT_BEHIND = """(() => {
  const {shaderSource} = WebGL2RenderingContext.prototype
  WebGL2RenderingContext.prototype.shaderSource = function (shader, source) {
    const painted = source.includes('vec3 stars(')
      ? source.replace(/}\\s*$/, 'gl_FragColor = vec4(1.0, 0.0, 1.0, 1.0); }') : source
    return shaderSource.call(this, shader, painted)
  }
})()"""
DRAWN = f"const {{data}} = await {PICTURE}(() => citiverse.step(seconds))"
# Draws a frame `seconds` later; in how much of the picture nothing but that colour is seen.
HOLES = (
    "async seconds => {"
    + DRAWN
    + """
  let behind = 0
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] > 250 && data[i + 1] < 5 && data[i + 2] > 250) behind += 1
  }
  return [behind / (data.length / 4), citiverse.stats().going]
}"""
)
# Draws a frame `seconds` later from the same place; how much of the picture (0 to 1) is other than
# in the frame before, and than in the first since `true` was passed; and what dissolves.
CHANGE = (
    "async ([seconds, first]) => {"
    + DRAWN
    + """
  const off = other => {
    let sum = 0
    for (let i = 0; i < data.length; i += 1) sum += Math.abs(data[i] - other[i])
    return sum / (255 * 0.75 * data.length)
  }
  if (first) window.watched = {first: data, before: data}
  const found = [off(window.watched.before), off(window.watched.first), citiverse.stats().going]
  window.watched.before = data
  return found
}"""
)
WHEEL = """turns => {
  const canvas = document.querySelector('canvas.city')
  const turn = {deltaY: 100 * Math.sign(turns), bubbles: true, cancelable: true}
  for (let i = 0; i < Math.abs(turns); i += 1) canvas.dispatchEvent(new WheelEvent('wheel', turn))
}"""
# Whether half a second goes by without a frame; the last ones may come late.
STILL = """async () => {
  for (let left = 10; left > 0; left -= 1) {
    const {frames} = citiverse.stats()
    await new Promise(done => setTimeout(done, 500))
    if (citiverse.stats().frames === frames) return true
  }
  return false
}"""
# A picture is made of what is at its edges, too: an outline may differ by this share of it.
OUTLINES = 0.002
# Of the picture, from one frame to the next, the eye at rest.
MOST_CHANGE = 0.005
# Of what changes in all: a quarter of a second has twelve of these frames.
MOST_OF_ALL = 0.25
MOST_FRAMES = 150
STEPS_NEARER = 3
FRAMES_WATCHED = 30
SMALL: ViewportSize = {"width": 320, "height": 180}


def from_far(page: Page, city: Served, query: str = "") -> None:
    enter(page, f"{city.url}/s/nrw-lod2?clock=manual{query}")
    page.evaluate("citiverse.orbit(true)")
    # Else, where the next view comes soon enough, the streets' tiles do for what is far, too.
    page.evaluate("citiverse.settled()")
    wheel(page, 9)
    page.evaluate("citiverse.step(0.1)")
    page.evaluate("citiverse.settled()")


def wheel(page: Page, turns: int) -> None:
    """Away from the city; towards it where `turns` is negative."""
    page.evaluate(WHEEL, turns)


def shown(page: Page) -> int:
    """How many tiles are drawn."""
    tiles: int = page.evaluate("citiverse.stats().shown")
    return tiles


@pytest.fixture
def flying(new_context: Callable[..., BrowserContext], city: Served) -> Page:
    page = new_context(viewport=SMALL).new_page()
    page.add_init_script(PAINT_BEHIND)
    from_far(page, city)
    return page


def watch(page: Page) -> tuple[float, int]:
    """Share of frames that nothing covers, at most; and in how many something dissolved."""
    page.evaluate(HOLES, 0.02)
    seen = [page.evaluate(HOLES, 0.02) for _ in range(FRAMES_WATCHED)]
    return max(behind for behind, _ in seen), sum(going > 0 for _, going in seen)


@pytest.mark.long
def test_levels_dissolve_on_the_way_down_and_leave_no_hole(flying: Page) -> None:
    dissolved, from_afar = 0, shown(flying)
    for _ in range(STEPS_NEARER):
        wheel(flying, -7)
        behind, changing = watch(flying)
        dissolved += changing
        flying.evaluate("citiverse.settled()")
        settled, going = flying.evaluate(HOLES, 0.001)
        assert going == 0
        assert behind <= settled + OUTLINES
    assert dissolved > 0
    assert shown(flying) > from_afar


def test_a_dissolved_view_is_still(flying: Page) -> None:
    wheel(flying, -20)
    flying.evaluate("citiverse.step(0.1)")
    flying.evaluate("citiverse.settled()")
    assert flying.evaluate(STILL), "frames are drawn without an end"


@pytest.mark.long
def test_nothing_dissolves_where_motion_is_reduced(
    new_context: Callable[..., BrowserContext], city: Served
) -> None:
    page = new_context(viewport=SMALL, reduced_motion="reduce").new_page()
    from_far(page, city)
    from_afar = shown(page)
    wheel(page, -20)
    seen = [page.evaluate(HOLES, 0.02)[1] for _ in range(FRAMES_WATCHED)]
    page.evaluate("citiverse.settled()")
    assert shown(page) > from_afar
    assert seen == [0] * len(seen)


def changes(page: Page) -> tuple[float, float]:
    """From one place until something has dissolved: most from frame to frame, and in all."""
    page.evaluate(CHANGE, [0.02, True])
    most = total = 0.0
    began = False
    for _ in range(MOST_FRAMES):
        step, all_in_all, going = page.evaluate(CHANGE, [0.02, False])
        most, total = max(most, step), max(total, all_in_all)
        if began and going == 0:
            break
        began = began or going > 0
    return most, total


def test_no_frame_pops_while_levels_change(flying: Page) -> None:
    wheel(flying, -20)
    flying.evaluate("citiverse.step(0.02)")
    most, total = changes(flying)
    assert total > 0
    assert most <= MOST_CHANGE
    assert most <= MOST_OF_ALL * total, "it changed in one step"
