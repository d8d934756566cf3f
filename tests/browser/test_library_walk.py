"""A citizen of the demo town walks from the quay into each proposed library, up its stairs, and out
above the water."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from browser.conftest import enter, serving
from browser.places import in_scene
from citiverse.commands import demo
from citiverse_assets.citygml.gml import CRS, ORIGIN
from citiverse_assets.library.places import CORNER, FLOOR_M

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

SPEED = 1.4
SETTLED = "citiverse.settled(120_000)"
WAYS = {
    "a": (
        (7.5, -4.0, 0.0),
        (7.5, 2.0, 0.0),
        (10.6, 6.0, 0.0),
        (13.8, 6.4, 0.0),
        (13.8, 10.9, 2.1),
        (12.3, 10.9, 2.1),
        (12.3, 6.4, 4.2),
        (10.6, 2.4, 4.2),
        (7.5, 1.5, 4.2),
        (7.5, -1.0, 4.2),
    ),
    "b": (
        (15.3, -4.0, 0.0),
        (15.3, 1.0, 0.0),
        (16.3, 7.6, 0.0),
        (16.3, 12.2, 2.1),
        (14.3, 12.2, 2.1),
        (14.3, 7.4, 4.2),
        (16.3, 7.4, 4.2),
        (16.3, 12.2, 6.3),
        (14.3, 12.2, 6.3),
        (14.3, 7.0, 8.4),
        (15.3, 6.2, 8.4),
        (15.3, 2.5, 8.4),
    ),
}
"""Metres from the south-west corner: x along the quay, y away from the water, and how high."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.prepare(tmp_path_factory.mktemp("demo")) / demo.NAME


@pytest.fixture(scope="module")
def url(town: Path) -> Iterator[str]:
    with serving(town) as served:
        yield f"{served.url}/s/{demo.NAME}?clock=manual"


@pytest.mark.parametrize("variant", WAYS)
def test_one_walks_from_the_quay_through_the_door_and_up_to_the_balcony(
    variant: str, town: Path, url: str, page: Page
) -> None:
    start, *way = (standing(town, place) for place in WAYS[variant])
    enter(page, url)
    page.evaluate(
        "pose => citiverse.setPose(pose)", {"position": start, "headingDeg": 0, "pitchDeg": 0}
    )
    assert page.evaluate("name => citiverse.variant(name)", variant)
    page.evaluate(SETTLED)
    page.evaluate("async () => { while (!citiverse.stats().grounded) await citiverse.step(0.1) }")
    page.locator("canvas.city").focus()
    for place in way:
        walk_to(page, place)
        x, y, z = page.evaluate("citiverse.pose().position")
        assert math.dist((x, y), place[:2]) < 0.4, f"stopped before {place}"
        assert z - EYE_M == pytest.approx(place[2], abs=0.12)


EYE_M = 1.65


def standing(town: Path, place: tuple[float, float, float]) -> tuple[float, float, float]:
    """A place in the library, in the frame of the scene."""
    east, north = ORIGIN[0] + CORNER[0] + place[0], ORIGIN[1] + CORNER[1] + place[1]
    return in_scene(town, CRS, east, north, FLOOR_M + place[2])


def walk_to(page: Page, place: tuple[float, float, float]) -> None:
    """Turns where one stands and walks straight on, for as long as the way takes."""
    x, y, z = page.evaluate("citiverse.pose().position")
    east, north = place[0] - x, place[1] - y
    turned = {
        "position": [x, y, z - EYE_M],
        "headingDeg": math.degrees(math.atan2(east, north)),
        "pitchDeg": 0,
    }
    page.evaluate("pose => citiverse.setPose(pose)", turned)
    page.evaluate(SETTLED)
    page.keyboard.down("w")
    page.evaluate("seconds => citiverse.step(seconds)", math.hypot(east, north) / SPEED)
    page.keyboard.up("w")
