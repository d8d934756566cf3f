"""A visit in an emulated headset (IWER, Quest 3): enter, move, see new tiles, leave."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from browser.conftest import enter, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from browser.conftest import Served
    from browser.places import Point

pytestmark = pytest.mark.browser

IWER = Path(__file__).resolve().parents[2] / "web-client/node_modules/iwer/build/iwer.min.js"
INSTALL = """
window.headset = new IWER.XRDevice(IWER.metaQuest3)
window.headset.stereoEnabled = true
window.headset.installRuntime({ forceInstall: true })
"""
POINT_DOWN = """
  headset.controllers.right.position.set(0.2, 1.3, -0.2)
  headset.controllers.right.quaternion.set(-0.2588, 0, 0, 0.9659)
"""
STREET = {"position": [-188.4, 210.2, 70], "headingDeg": 107}


@pytest.fixture
def headset(page: Page, city: Served, placed: list[int]) -> Page:
    """The street in Potsdam, seen through an emulated headset that has just been put on."""
    page.add_init_script(path=IWER)
    page.add_init_script(INSTALL)
    enter(page, f"{city.url}/s/potsdam-lod1")
    page.evaluate("pose => citiverse.setPose(pose)", STREET)
    page.evaluate("citiverse.settled()")
    page.get_by_role("button", name="Enter VR").click()
    until(page, "citiverse.stats().mode === 'vr' && citiverse.stats().grounded")
    return page


def eye(page: Page) -> Point:
    x, y, z = page.evaluate("citiverse.pose().position")
    return x, y, z


def test_new_tiles_arrive_while_walking_in_the_headset(headset: Page, placed: list[int]) -> None:
    start = eye(headset)
    at_start = set(placed)
    frames = headset.evaluate("citiverse.stats().frames")
    headset.evaluate("headset.controllers.left.updateAxis('thumbstick', 'y-axis', -1)")
    until(headset, "Math.abs(citiverse.pose().position[0] + 188.4) > 42", timeout_s=60)
    headset.evaluate("headset.controllers.left.updateAxis('thumbstick', 'y-axis', 0)")
    until(headset, "citiverse.stats().lastComplete === citiverse.stats().lastView")
    assert headset.evaluate("citiverse.stats().frames") > frames
    assert math.dist(start, eye(headset)) > 40
    assert set(placed) - at_start, "no new tile came during the session"


def test_pointing_at_the_ground_jumps_there(headset: Page) -> None:
    start = eye(headset)
    headset.evaluate(POINT_DOWN)
    headset.evaluate("headset.controllers.right.updateButtonValue('trigger', 1)")
    next_frames(headset)
    headset.evaluate("headset.controllers.right.updateButtonValue('trigger', 0)")
    until(
        headset,
        f"Math.hypot(citiverse.pose().position[0] - {start[0]},"
        f" citiverse.pose().position[1] - {start[1]}) > 0.8",
    )
    assert math.dist(start, eye(headset)) < 25


def test_a_flick_of_the_stick_turns_by_thirty_degrees(headset: Page) -> None:
    before = headset.evaluate("citiverse.pose().headingDeg")
    headset.evaluate("headset.controllers.right.updateAxis('thumbstick', 'x-axis', 1)")
    next_frames(headset)
    headset.evaluate("headset.controllers.right.updateAxis('thumbstick', 'x-axis', 0)")
    next_frames(headset)
    assert headset.evaluate("citiverse.pose().headingDeg") - before == pytest.approx(30, abs=0.5)


def test_both_eyes_are_drawn_and_a_press_leaves(headset: Page) -> None:
    start = eye(headset)
    assert headset.evaluate("citiverse.stats().draws") > 1
    headset.evaluate("headset.controllers.right.updateButtonValue('b-button', 1)")
    until(headset, "citiverse.stats().mode === 'walk'")
    expect(headset.get_by_role("button", name="Enter VR")).to_be_visible()
    headset.evaluate("citiverse.settled()")
    assert math.dist(start, eye(headset)) < 1


def next_frames(page: Page, count: int = 4) -> None:
    """Waits until the headset has asked for some more frames."""
    frames = page.evaluate("citiverse.stats().frames")
    until(page, f"citiverse.stats().frames >= {frames + count}")
