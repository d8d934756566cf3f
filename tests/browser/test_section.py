"""A house that is cut open: what is away is neither seen, nor picked, nor in the walker's way."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.conftest import enter, serving
from browser.test_accessibility import AXE, findings
from citiverse_tiling.options import LocalPlace, TileOptions
from citiverse_tiling.pipeline import tile
from tiling.ifc_models import WIDTH, house_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser

BEFORE_M = 4.0
"""South of the house, where the walker stands, before the wall beside its window."""

EAST_M = 7.1
BODY_M = 0.4
"""Whoever bumps into a wall stands at most so far from it."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    source = folder / "house.ifc"
    source.write_text(house_text(), encoding="utf-8")
    tile(TileOptions((source,), folder / "opened", place=LocalPlace(13.06, 52.4)))
    return folder / "opened"


@pytest.fixture(scope="module")
def url(scene: Path) -> Iterator[str]:
    with serving(scene) as served:
        yield f"{served.url}/s/{scene.name}"


def corner(scene: Path) -> tuple[float, float, float]:
    """The south-west corner of the house, on its floor, scene frame."""
    (house,) = json.loads((scene / "buildings.json").read_text())["buildings"]
    (x, y, _), _ = house["box"]
    return x, y, house["floor"]


def stand_before(page: Page, scene: Path) -> None:
    x, y, z = corner(scene)
    pose = {"position": [x + EAST_M, y - BEFORE_M, z], "headingDeg": 0, "pitchDeg": 5}
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.evaluate("citiverse.settled()")
    page.evaluate("async () => { while (!citiverse.stats().grounded) await citiverse.step(0.1) }")


def walked_to(page: Page, scene: Path) -> float:
    """How far north of the house's front one comes by walking straight on, metres."""
    stand_before(page, scene)
    page.locator("canvas.city").focus()
    page.keyboard.down("w")
    page.evaluate("citiverse.step(10)")
    page.keyboard.up("w")
    north: float = page.evaluate("citiverse.pose().feet[1]") - corner(scene)[1]
    stand_before(page, scene)
    return north


def picked(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("citiverse.pickAt(320, 180)")
    return found


def picture(page: Page) -> np.ndarray:
    """The middle of the picture, where no control lies over it."""
    page.evaluate("citiverse.step(1 / 60)")
    page.evaluate("citiverse.settled()")
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        pixels: np.ndarray = np.asarray(shot.convert("RGB"), float)[80:200, 5:260]
    return pixels


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.long
def test_a_cut_goes_for_the_eye_the_hand_and_the_feet_alike_and_ends_with_one_press(
    scene: Path, url: str, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    enter(page, f"{url}?clock=manual&time=2026-06-21T12:00")
    stand_before(page, scene)
    expect(page.locator(".tools").get_by_role("button", name="Look inside")).to_be_attached(
        timeout=20_000
    )
    whole = picture(page)
    assert picked(page)["name"] == "South"
    expect(page.get_by_role("dialog")).to_contain_text("Exterior wall")
    assert -BODY_M < walked_to(page, scene) < 0

    press(page, "Look inside")
    page.get_by_label("The roof").check()
    page.get_by_label("Cut from the side").check()
    said = page.locator("[aria-live=polite]").first
    expect(said).to_have_text("The building is cut from the side.")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert findings(page) == []
    press(page, "Close")
    expect(page.locator(".masthead").get_by_role("button", name="Show everything")).to_be_visible()
    open_house = picture(page)
    assert np.abs(open_house - whole).mean() > 5
    assert picked(page)["name"] != "South"
    inner_side_of_the_north_wall = WIDTH - 0.3
    far = walked_to(page, scene)
    assert inner_side_of_the_north_wall - BODY_M < far < inner_side_of_the_north_wall

    press(page, "Show everything")
    expect(said).to_have_text("Everything is shown again.")
    assert np.abs(picture(page) - whole).mean() < 1
    assert picked(page)["name"] == "South"
    assert -BODY_M < walked_to(page, scene) < 0
