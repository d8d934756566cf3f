"""A street with a proposal: what makes room is gone, what is proposed is there, and solid."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.conftest import enter, serving, until
from browser.headset import aim, install, press, step_in
from browser.places import in_scene
from citiverse_tiling.options import TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.variants.restyling import read_wish
from citiverse_tiling.variants.variant import VariantOptions, add
from tiling.cities import EAST, NORTH, UTM, box, building, write_citygml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

HEIGHT_M = 50.0
BEFORE_M = 5.0
"""South of the old house's front, where the walker stands."""

BACK_M = 8.0
"""As far behind that front the front of the new house stands."""

SWITCH = """name => document.querySelector(`input[name=variant][value="${name}"]`).click()"""
PICK = """async () => {
  const picked = await citiverse.pickAt(320, 150)
  return picked && { id: picked.id, reality: picked.reality }
}"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deep old house between two neighbours; a new one takes the place of its back half."""
    folder = tmp_path_factory.mktemp("proposal")
    old = [
        building("old", box(EAST, NORTH, HEIGHT_M, (8, 16, 6))),
        building("west", box(EAST - 8, NORTH, HEIGHT_M, (8, 16, 6))),
        building("east", box(EAST + 8, NORTH, HEIGHT_M, (8, 16, 6))),
    ]
    city = folder / "street"
    tile(TileOptions((write_citygml(folder / "street.gml", old),), city))
    new = building("new", box(EAST, NORTH + BACK_M, HEIGHT_M, (8, 8, 9)))
    tiling = TileOptions((write_citygml(folder / "new.gml", [new]),), city, reality="proposed")
    said = ("a", "A: a court", "A new house behind a court.")
    add(VariantOptions(tiling, city, *said, replaces_footprint=True), silent)
    empty = building("hut", box(EAST + 60, NORTH, HEIGHT_M, (4, 4, 3)))
    tiling = TileOptions((write_citygml(folder / "hut.gml", [empty]),), city, reality="imagined")
    add(VariantOptions(tiling, city, "b", "B: nothing here", replaces=("street/old",)), silent)
    paint = (read_wish("old=#b01810/Painted red", city),)
    only = TileOptions((), city)
    add(VariantOptions(only, city, "c", "C: painted", restyles=paint), silent)
    return city


@pytest.fixture(scope="module")
def url(scene: Path) -> Iterator[str]:
    with serving(scene) as served:
        yield f"{served.url}/s/street"


def stand_before(page: Page, scene: Path) -> None:
    """In the middle before the old house, looking north at it."""
    x, y, z = in_scene(scene, UTM, EAST + 4, NORTH - BEFORE_M, HEIGHT_M)
    page.evaluate(
        "pose => citiverse.setPose(pose)", {"position": [x, y, z], "headingDeg": 0, "pitchDeg": 5}
    )
    page.evaluate("citiverse.settled()")
    until(page, "document.querySelector('.variants:not([hidden])')")


def picked(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(PICK)
    return found


def test_the_proposal_takes_the_old_houses_place_in_one_step_and_nobody_moves(
    scene: Path, url: str, page: Page
) -> None:
    enter(page, url)
    stand_before(page, scene)
    assert picked(page)["id"] == "street/old"
    pose = page.evaluate("citiverse.pose()")
    page.evaluate(SWITCH, "a")
    assert picked(page) == {"id": "a/new", "reality": "proposed"}
    assert page.evaluate("citiverse.pose()") == pose
    expect(page.get_by_role("dialog")).to_contain_text("Proposed")
    expect(page.locator(".reality")).to_have_text("Proposed")
    expect(page.locator(".variant-said")).to_have_text("A new house behind a court.")
    page.evaluate(SWITCH, "b")
    assert page.evaluate(PICK) is None
    page.evaluate(SWITCH, "")
    assert picked(page) == {"id": "street/old", "reality": "measured"}
    expect(page.locator(".reality")).to_be_hidden()


def test_the_very_next_frame_shows_it_and_the_way_back(
    scene: Path, url: str, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    enter(page, f"{url}?clock=manual&time=2026-06-21T12:00")
    stand_before(page, scene)
    page.evaluate("document.querySelectorAll('.edge').forEach(part => part.remove())")

    def shown(name: str) -> np.ndarray:
        page.evaluate("name => citiverse.variant(name)", name)
        page.evaluate("citiverse.step(1 / 60)")
        with Image.open(io.BytesIO(page.screenshot())) as shot:
            pixels: np.ndarray = np.asarray(shot.convert("RGB"), float)[60:240, 200:440]
        return pixels

    before, after, painted, again = shown(""), shown("a"), shown("c"), shown("")
    assert np.abs(after - before).mean() > 5
    assert np.abs(again - before).mean() < 1
    redness = painted[..., 0] - painted[..., 1:].mean(axis=2)
    assert redness.mean() > (before[..., 0] - before[..., 1:].mean(axis=2)).mean() + 20


def test_one_walks_where_the_old_house_stood_and_up_to_the_wall_of_the_new(
    scene: Path, url: str, page: Page
) -> None:
    enter(page, f"{url}?clock=manual")
    stand_before(page, scene)
    page.evaluate("async () => { while (!citiverse.stats().grounded) await citiverse.step(0.1) }")
    start = page.evaluate("citiverse.pose().position[1]")
    page.locator("canvas.city").focus()
    page.keyboard.down("w")

    def walked_m() -> float:
        page.evaluate("citiverse.settled()")
        page.evaluate("citiverse.step(14)")
        north: float = page.evaluate("citiverse.pose().position[1]") - start
        return north

    assert BEFORE_M - 0.6 < walked_m() < BEFORE_M
    page.evaluate("citiverse.variant('a')")
    assert BEFORE_M + BACK_M - 0.6 < walked_m() < BEFORE_M + BACK_M
    page.evaluate("citiverse.variant('b')")
    assert walked_m() > BEFORE_M + 16


def test_what_looks_otherwise_is_named_and_what_one_says_of_it_belongs_to_it(
    scene: Path, url: str, page: Page
) -> None:
    enter(page, url)
    stand_before(page, scene)
    page.evaluate(SWITCH, "c")
    expect(page.locator(".legend")).to_have_text("Slanted lines: proposed")
    assert picked(page) == {"id": "street/old", "reality": "measured"}
    expect(page.get_by_role("dialog")).to_contain_text("it looks otherwise: Painted red")
    until(page, "citiverse.comments().length === 0 && document.querySelector('.primary')")
    said = page.evaluate("citiverse.comment({ text: 'A fine red.', feature: 'street/old' })")
    until(page, "document.querySelectorAll('.pin.comment').length === 1")
    page.evaluate(SWITCH, "")
    until(page, "document.querySelectorAll('.pin.comment').length === 0")
    expect(page.locator(".legend")).to_be_hidden()
    server = url.removesuffix("/s/street")
    listed = page.request.get(f"{server}/scenes/street/comments?variant=c").json()["comments"]
    assert [(one["id"], one["variant"], one["feature"]) for one in listed] == [
        (said, "c", "street/old")
    ]
    assert listed[0]["fov"] == pytest.approx(page.evaluate("Math.PI / 3"), abs=0.6)
    assert page.request.get(f"{server}/scenes/street/comments?variant=").json()["comments"] == []
    words = page.request.get(f"{server}/s/street/changes").text()
    assert "Painted red" in words


def test_who_stands_where_a_closed_house_appears_is_led_out(
    scene: Path, url: str, page: Page
) -> None:
    enter(page, f"{url}?clock=manual")
    stand_before(page, scene)
    page.evaluate("citiverse.variant('b')")
    x, y, z = in_scene(scene, UTM, EAST + 4, NORTH + BACK_M + 3, HEIGHT_M)
    page.evaluate("pose => citiverse.setPose(pose)", {"position": [x, y, z], "headingDeg": 0})
    page.evaluate("citiverse.settled()")
    page.evaluate("async () => { while (!citiverse.stats().grounded) await citiverse.step(0.1) }")
    page.evaluate("citiverse.variant('a')")
    page.evaluate("citiverse.step(1)")
    east, north, up = page.evaluate("citiverse.pose().feet")
    assert abs(north - (y + 1)) > 4 or abs(east - x) > 4
    assert up == pytest.approx(z, abs=1)
    assert np.hypot(east - x, north - y) < 12
    expect(page.locator(".status")).to_contain_text("You have been led out of it")


def test_the_headset_switches_by_the_stick_and_by_its_bar(
    scene: Path, url: str, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(viewport={"width": 320, "height": 180}).new_page()
    install(page)
    enter(page, url)
    stand_before(page, scene)
    step_in(page)
    feet = page.evaluate("citiverse.pose().feet")
    press(page, "thumbstick")
    until(page, "document.querySelector('input[name=variant]:checked').value === 'a'")
    until(page, "citiverse.variantBar() !== undefined")
    aim(page, page.evaluate("citiverse.variantBar()"))
    press(page, "trigger")
    until(page, "document.querySelector('input[name=variant]:checked').value === 'b'")
    assert page.evaluate("citiverse.pose().feet") == pytest.approx(feet, abs=0.01)
    expect(page.locator("[aria-live=polite]").first).to_contain_text("You see “B: nothing here”")


def test_the_switch_is_a_group_of_choices_for_keyboard_and_screen_reader(
    scene: Path, url: str, page: Page
) -> None:
    enter(page, url)
    stand_before(page, scene)
    group = page.get_by_role("group", name="What you see here")
    expect(group.get_by_role("radio", name="As it is")).to_be_checked()
    group.get_by_role("radio", name="As it is").focus()
    page.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="A: a court")).to_be_checked()
    said = page.locator("[aria-live=polite]").first
    expect(said).to_have_text(re.compile("You see “A: a court”.*Proposed", re.DOTALL))
    page.locator("canvas.city").focus()
    page.keyboard.press("v")
    expect(group.get_by_role("radio", name="B: nothing here")).to_be_checked()
