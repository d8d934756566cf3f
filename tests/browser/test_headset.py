"""A visit in an emulated headset (IWER, Quest 3): enter, move, see new tiles, leave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from browser.conftest import enter, placed_tiles, until
from browser.headset import install, next_frames, step_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from browser.conftest import Served
    from browser.places import Point

pytestmark = pytest.mark.browser

AIM_AHEAD = """
  headset.controllers.right.position.set(0.2, 1.3, -0.2)
  headset.controllers.right.quaternion.set(-0.0523, 0, 0, 0.9986)
"""
# The emulated headset takes its frames from the page's, and nobody else gets any.
NO_FRAMES_OF_THE_PAGE = """() => {
  const ask = requestAnimationFrame.bind(window)
  let device
  window.asked = 0
  window.requestAnimationFrame = run => {
    device ??= run
    if (run === device) return ask(run)
    window.asked += 1
    return 0
  }
}"""
SMALL = {"width": 320, "height": 180}
STREET = {"position": [-188.4, 210.2, 70], "headingDeg": 107}


@pytest.fixture
def headset(new_context: Callable[..., BrowserContext], city: Served) -> tuple[Page, list[int]]:
    """The street in Potsdam, seen through an emulated headset; and the tiles that come."""
    page = new_context(viewport=SMALL).new_page()
    placed = placed_tiles(page)
    install(page)
    enter(page, f"{city.url}/s/potsdam-lod1")
    page.evaluate("pose => citiverse.setPose(pose)", STREET)
    page.evaluate("citiverse.settled()")
    step_in(page)
    return page, placed


@pytest.mark.long
def test_new_tiles_arrive_during_the_session(headset: tuple[Page, list[int]]) -> None:
    page, placed = headset
    start = eye(page)
    at_start = set(placed)
    page.evaluate(AIM_AHEAD)
    next_frames(page)
    for _ in range(6):
        jump(page)
    assert math.dist(start, eye(page)) > 40
    until(page, "citiverse.stats().lastComplete === citiverse.stats().lastView")
    assert page.evaluate("citiverse.stats().mode") == "vr"
    assert set(placed) - at_start, "no new tile came during the session"


@pytest.mark.long
def test_tiles_are_put_in_by_the_headset_s_own_frames(headset: tuple[Page, list[int]]) -> None:
    page, placed = headset
    page.evaluate(NO_FRAMES_OF_THE_PAGE)
    tiles, cells = page.evaluate("[citiverse.stats().tiles, citiverse.stats().colliderCells]")
    at_start = set(placed)
    page.evaluate(AIM_AHEAD)
    next_frames(page)
    for _ in range(6):
        jump(page)
    until(page, "citiverse.stats().lastComplete === citiverse.stats().lastView")
    changed = "citiverse.stats().tiles !== {} || citiverse.stats().colliderCells !== {}"
    until(page, changed.format(tiles, cells))
    assert set(placed) - at_start
    assert page.evaluate("asked") == 0, "the page asked for frames of its own in the headset"


def test_the_stick_walks_and_a_flick_turns_by_thirty_degrees(
    headset: tuple[Page, list[int]],
) -> None:
    page, _ = headset
    start = eye(page)
    page.evaluate("headset.controllers.left.updateAxis('thumbstick', 'y-axis', -1)")
    until(page, f"{moved_from(start)} > 1")
    page.evaluate("headset.controllers.left.updateAxis('thumbstick', 'y-axis', 0)")
    before = page.evaluate("citiverse.pose().headingDeg")
    page.evaluate("headset.controllers.right.updateAxis('thumbstick', 'x-axis', 1)")
    next_frames(page)
    page.evaluate("headset.controllers.right.updateAxis('thumbstick', 'x-axis', 0)")
    next_frames(page)
    after = page.evaluate("citiverse.pose().headingDeg")
    assert (after - before) % 360 == pytest.approx(30, abs=0.5)


def test_both_eyes_are_drawn_and_one_press_leaves(headset: tuple[Page, list[int]]) -> None:
    page, _ = headset
    start = eye(page)
    next_frames(page)
    assert page.evaluate("citiverse.stats().draws") > 2
    page.evaluate("headset.controllers.right.updateButtonValue('b-button', 1)")
    until(page, "citiverse.stats().mode === 'walk'")
    expect(page.get_by_role("button", name="Enter VR")).to_be_visible()
    page.evaluate("citiverse.settled()")
    assert math.dist(start, eye(page)) < 1


def eye(page: Page) -> Point:
    x, y, z = page.evaluate("citiverse.pose().position")
    return x, y, z


def jump(page: Page) -> None:
    """Points at the ground ahead with the trigger held, and lets go."""
    start = eye(page)
    page.evaluate("headset.controllers.right.updateButtonValue('trigger', 1)")
    next_frames(page)
    page.evaluate("headset.controllers.right.updateButtonValue('trigger', 0)")
    until(page, f"{moved_from(start)} > 5")


def moved_from(start: Point) -> str:
    """JavaScript for the way since `start`, level, in metres."""
    position = "citiverse.pose().position"
    return f"Math.hypot({position}[0] - {start[0]}, {position}[1] - {start[1]})"
