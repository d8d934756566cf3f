"""A citizen walks down a real street: Potsdam, between the barracks and the long block."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pyproj
import pytest
from playwright.sync_api import expect

from browser.conftest import enter, placed_tiles
from browser.ground import read_ground
from browser.places import Footprint, Point, footprints, in_scene

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from browser.conftest import Served

pytestmark = pytest.mark.browser

CRS = "EPSG:25833"
STREET_FROM = (367036.8, 5808315.2)
STREET_TO = (367156.8, 5808275.2)
WALKING_SPEED = 1.4


@pytest.fixture(scope="session")
def outlines(data: Path) -> list[Footprint]:
    return footprints(data / "potsdam-lod1" / "Potsdam_LoD1.gml")


@pytest.fixture
def placed(page: Page) -> list[int]:
    """The tiles that the server has sent."""
    return placed_tiles(page)


@pytest.fixture
def walker(city: Served, potsdam: Path, placed: list[int], page: Page) -> Page:
    """A page whose clock the test turns, standing at the beginning of the street."""
    enter(page, f"{city.url}/s/potsdam-lod1?clock=manual")
    stand(page, potsdam, *STREET_FROM, heading(potsdam))
    return page


def heading(scene: Path) -> float:
    """Of the street, in degrees clockwise from the scene's north."""
    x0, y0, _ = in_scene(scene, CRS, *STREET_FROM, 40)
    x1, y1, _ = in_scene(scene, CRS, *STREET_TO, 40)
    return math.degrees(math.atan2(x1 - x0, y1 - y0))


def stand(page: Page, scene: Path, easting: float, northing: float, heading_deg: float) -> None:
    """Puts the walker onto the ground at a place of the source CRS."""
    pose = {
        "position": in_scene(scene, CRS, easting, northing, 70),
        "headingDeg": heading_deg,
    }
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.evaluate("citiverse.settled()")
    page.evaluate("citiverse.step(0.5)")
    page.evaluate("citiverse.settled()")


def eye(page: Page) -> Point:
    x, y, z = page.evaluate("citiverse.pose().position")
    return x, y, z


def in_source(scene: Path, point: Point) -> tuple[float, float]:
    """Easting and northing of a scene point close to the street."""
    x0, y0, _ = in_scene(scene, CRS, *STREET_FROM, 40)
    xe, ye, _ = in_scene(scene, CRS, STREET_FROM[0] + 1, STREET_FROM[1], 40)
    east, north = xe - x0, ye - y0
    dx, dy = point[0] - x0, point[1] - y0
    return STREET_FROM[0] + dx * east + dy * north, STREET_FROM[1] - dx * north + dy * east


@pytest.mark.long
def test_a_hundred_metres_of_street_are_walked_at_eye_height(
    walker: Page, potsdam: Path, placed: list[int]
) -> None:
    ground = read_ground(potsdam)
    start = eye(walker)
    at_start = set(placed)
    walker.keyboard.down("w")
    for _ in range(math.ceil(102 / WALKING_SPEED)):
        walker.evaluate("citiverse.step(1)")
        x, y, z = eye(walker)
        assert 1.5 <= z - ground.height(x, y) <= 1.8
    walker.keyboard.up("w")
    assert math.dist(start, eye(walker)) >= 100
    walker.evaluate("citiverse.settled()")
    assert set(placed) - at_start, "no new tile came under way"


@pytest.mark.long
def test_a_wall_stops_the_walker(walker: Page, potsdam: Path, outlines: list[Footprint]) -> None:
    to_the_block = heading(potsdam) + 90
    stand(walker, potsdam, 367090.0, 5808297.5, to_the_block)
    start = eye(walker)
    walker.keyboard.down("w")
    for _ in range(20):
        walker.evaluate("citiverse.step(1)")
    stopped = eye(walker)
    walker.evaluate("citiverse.step(3)")
    assert 0.5 < math.dist(start, stopped) < 15
    assert math.dist(stopped, eye(walker)) < 0.05
    place = in_source(potsdam, eye(walker))
    assert not any(outline.contains(*place) for outline in outlines)


def test_the_building_in_front_tells_its_gml_id(
    walker: Page, potsdam: Path, outlines: list[Footprint]
) -> None:
    easting, northing = 367090.0, 5808297.5
    for turn in (90.0, -90.0):
        stand(walker, potsdam, easting, northing, heading(potsdam) + turn)
        direction = math.radians(_grid_heading() + turn)
        ahead = (math.sin(direction), math.cos(direction))
        expected = min(
            outlines, key=lambda outline: outline.distance_along(easting, northing, *ahead)
        )
        walker.locator("canvas").click(position={"x": 320, "y": 150})
        panel = walker.get_by_role("dialog")
        expect(panel).to_contain_text(f"/{expected.source_id}")
        walker.keyboard.press("Escape")


def _grid_heading() -> float:
    return math.degrees(math.atan2(STREET_TO[0] - STREET_FROM[0], STREET_TO[1] - STREET_FROM[1]))


def test_arrow_keys_alone_walk_and_turn(walker: Page) -> None:
    start = eye(walker)
    before = walker.evaluate("citiverse.pose().headingDeg")
    walker.keyboard.down("ArrowRight")
    walker.evaluate("citiverse.step(0.5)")
    walker.keyboard.up("ArrowRight")
    walker.keyboard.down("ArrowUp")
    walker.evaluate("citiverse.step(2)")
    walker.keyboard.up("ArrowUp")
    assert walker.evaluate("citiverse.pose().headingDeg") > before
    assert math.dist(start, eye(walker)) > 1


def test_the_scene_lies_where_proj_says(potsdam: Path, data: Path) -> None:
    """The test's own way into the scene frame agrees with the tiler's ground under a building."""
    easting, northing = STREET_FROM
    x, y, _ = in_scene(potsdam, CRS, easting, northing, 0)
    assert 35 < read_ground(potsdam).height(x, y) < 60
    assert pyproj.CRS(CRS).is_projected
