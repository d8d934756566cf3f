"""From the street through the front door of a real house, up its winding stair, to a named room:
on foot and by jumps in a headset, through no wall that ifcopenshell knows of."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest
from playwright.sync_api import expect

from browser.conftest import enter, serving, until
from browser.headset import aim, install, press, step_in
from browser.places import in_scene
from citiverse_tiling.options import LocalPlace, TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.variants.variant import VariantOptions, add
from tiling.cities import EAST, NORTH, UTM, box, building, write_citygml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import BrowserContext, Page

    from browser.places import Point

pytestmark = [pytest.mark.browser, pytest.mark.long]

HOUSE = "ifc-fzk-haus/AC20-FZK-Haus.ifc"
GROUND_M = 50.0
CHEST_M = 1.1
SMALL = {"width": 320, "height": 180}
TINY = {"width": 160, "height": 90}
SPEED = 1.4
TURN_RATE = 1.6
LONGEST_FRAME_S = 0.1
STRIDE_S = 0.6

POLE = (7.45, 3.12)
STREET, DOORSTEP, HALL, CORNER, BESIDE_STAIR = (
    (-4, 5.0),
    (-0.9, 5.0),
    (2, 5.0),
    (5.6, 5.0),
    (5.7, 2.9),
)


def around(degrees: float, metres: float) -> tuple[float, float]:
    """A place on the winding stair, counted from its pole."""
    angle = math.radians(degrees)
    return POLE[0] + metres * math.cos(angle), POLE[1] + metres * math.sin(angle)


ON_FOOT = (
    *(DOORSTEP, HALL, CORNER, BESIDE_STAIR),
    *(around(degrees, 0.5) for degrees in range(205, 440, 30)),
    *(around(100, 0.6), around(125, 1.2), (5.0, 3.5)),
)
JUMPS = (
    *((-2.2, 5.0, 0.0), (*DOORSTEP, 0.0), (1.2, 5.0, 0.0), (3.2, 5.0, 0.0), (5.2, 5.0, 0.0)),
    (*BESIDE_STAIR, 0.0),
    *((*around(225, 0.55), 0.18), (*around(300, 0.55), 1.06), (*around(345, 0.55), 1.59)),
    *((*around(30, 0.55), 2.12), (*around(60, 0.55), 2.47)),
    *((*around(135, 1.2), 2.7), (5.0, 3.5, 2.7)),
)
"""Model coordinates; of jumps also how high the floor is there. None is so far that the board with
the variants would be pointed at, which hangs in front of who is in a headset."""


@pytest.fixture(scope="module")
def street(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three houses; FZK-Haus is proposed in the place of the one in the middle."""
    pytest.importorskip("ifcopenshell")
    folder = tmp_path_factory.mktemp("indoors")
    sizes = {"west": (-14.0, 8.0), "old": (0.0, 12.0), "east": (26.0, 8.0)}
    houses = [
        building(name, box(EAST + x, NORTH, GROUND_M, (width, 10, 6)))
        for name, (x, width) in sizes.items()
    ]
    city = folder / "street"
    tile(TileOptions((write_citygml(folder / "street.gml", houses),), city))
    to_degrees = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    place = LocalPlace(*to_degrees.transform(EAST, NORTH), GROUND_M)
    tiling = TileOptions((data / HOUSE,), city, place=place, reality="proposed")
    add(VariantOptions(tiling, city, "a", "A: a house", replaces_footprint=True), silent)
    return city


@pytest.fixture(scope="module")
def url(street: Path) -> Iterator[str]:
    with serving(street) as served:
        yield f"{served.url}/s/street"


@pytest.fixture(scope="module")
def walls(data: Path) -> NDArray[np.float64]:
    """Triangles of all walls, slabs and roofs, their openings cut out: (T, 3, 3), metres."""
    ifcopenshell = pytest.importorskip("ifcopenshell")
    geom = pytest.importorskip("ifcopenshell.geom")
    settings = geom.settings()
    settings.set("use-world-coords", True)
    model = ifcopenshell.open(str(data / HOUSE))
    triangles = []
    for element in [*model.by_type("IfcWall"), *model.by_type("IfcSlab")]:
        mesh = geom.create_shape(settings, element).geometry
        corners = np.array(mesh.verts).reshape(-1, 3)
        triangles.append(corners[np.array(mesh.faces).reshape(-1, 3)])
    return np.concatenate(triangles)


def crossed(walls: NDArray[np.float64], start: Point, end: Point) -> bool:
    """Whether a straight way meets any triangle (Möller and Trumbore)."""
    origin, way = np.array(start), np.subtract(end, start)
    a, ab, ac = walls[:, 0], walls[:, 1] - walls[:, 0], walls[:, 2] - walls[:, 0]
    across = np.cross(way, ac)
    scale = np.einsum("ij,ij->i", ab, across)
    is_beside = np.abs(scale) < 1e-12
    scale = np.where(is_beside, 1.0, scale)
    u = np.einsum("ij,ij->i", origin - a, across) / scale
    along = np.cross(origin - a, ab)
    v = along @ way / scale
    t = np.einsum("ij,ij->i", ac, along) / scale
    hits = ~is_beside & (u >= 0) & (v >= 0) & (u + v <= 1) & (t >= 0) & (t <= 1)
    return bool(hits.any())


def to_scene(street: Path, place: Sequence[float]) -> Point:
    """The house stands with its own axes to the true east and north, not to those of the grid."""
    x, y, *up = place
    x0, y0, z0 = in_scene(street, UTM, EAST, NORTH, GROUND_M)
    return x0 + x, y0 + y, z0 + (up[0] if up else 0.0)


def to_model(street: Path, place: Sequence[float]) -> Point:
    x0, y0, z0 = in_scene(street, UTM, EAST, NORTH, GROUND_M)
    return place[0] - x0, place[1] - y0, place[2] - z0


def stand_in_the_street(page: Page, street: Path) -> None:
    pose = {"position": to_scene(street, STREET), "headingDeg": 90, "pitchDeg": 0}
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    until(page, "citiverse.variant('a')")
    page.evaluate("citiverse.settled(60000)")


def feet(page: Page) -> Point:
    x, y, z = page.evaluate("citiverse.pose().feet")
    return x, y, z


def go_on(page: Page, seconds: float) -> None:
    """Lets time pass; the frame that `step` draws moves once more, for as long as a frame may."""
    drawing = min(LONGEST_FRAME_S, seconds / 2)
    page.evaluate("seconds => citiverse.step(seconds)", seconds - drawing)


def turn_to(page: Page, place: Point) -> None:
    """By the arrow keys, as far as it takes."""
    x, y, _ = feet(page)
    wanted = math.degrees(math.atan2(place[0] - x, place[1] - y))
    turn = (wanted - page.evaluate("citiverse.pose().headingDeg") + 180) % 360 - 180
    key = "ArrowRight" if turn > 0 else "ArrowLeft"
    page.keyboard.down(key)
    go_on(page, math.radians(abs(turn)) / TURN_RATE)
    page.keyboard.up(key)


def walk_to(page: Page, place: Point) -> list[Point]:
    """Straight on for as long as the way takes; where one was on it."""
    turn_to(page, place)
    seconds = math.dist(feet(page)[:2], place[:2]) / SPEED
    way = []
    page.keyboard.down("w")
    for left in np.arange(seconds, 0, -STRIDE_S):
        go_on(page, min(STRIDE_S, float(left)))
        way.append(feet(page))
    page.keyboard.up("w")
    return way


def assert_no_wall_was_crossed(
    street: Path, walls: NDArray[np.float64], way: Sequence[Point]
) -> None:
    chests = [to_model(street, (x, y, z + CHEST_M)) for x, y, z in way]
    assert len(chests) > 5
    assert [pair for pair in pairwise(chests) if crossed(walls, *pair)] == []


def test_the_walls_would_be_met(walls: NDArray[np.float64]) -> None:
    assert crossed(walls, (-1, 3.9, 1.2), (3, 3.9, 1.2))
    assert not crossed(walls, (-1, 5, 1.2), (3, 5, 1.2))


def test_one_walks_in_from_the_street_and_up_to_the_gallery(
    street: Path,
    url: str,
    walls: NDArray[np.float64],
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(viewport=TINY, reduced_motion="reduce").new_page()
    enter(page, f"{url}?clock=manual")
    stand_in_the_street(page, street)
    page.evaluate("async () => { while (!citiverse.stats().grounded) await citiverse.step(0.1) }")
    page.locator("canvas.city").focus()
    where, said = page.locator(".storey-where"), page.locator("[aria-live=polite]").first
    way = [feet(page)]
    for place in ON_FOOT:
        way += walk_to(page, to_scene(street, place))
        if place is HALL:
            expect(where).to_have_text("Flur 1, Erdgeschoss")
            expect(said).to_have_text("You are here: Flur 1, Erdgeschoss.")
    assert math.dist(to_model(street, way[-1]), (5.0, 3.5, 2.7)) < 0.3
    expect(where).to_have_text("Galerie 7, Dachgeschoss")
    assert_no_wall_was_crossed(street, walls, way)
    assert max(abs(z1 - z0) for (_, _, z0), (_, _, z1) in pairwise(way)) < 0.8
    page.keyboard.press("f")
    page.evaluate("citiverse.step(0.1)")
    assert feet(page)[2] - GROUND_M == pytest.approx(0, abs=0.05)
    expect(where).to_have_text("Wohnen 5, Erdgeschoss")


def test_one_jumps_in_from_the_street_and_up_to_the_gallery_in_a_headset(
    street: Path,
    url: str,
    walls: NDArray[np.float64],
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(viewport=SMALL).new_page()
    install(page)
    enter(page, url)
    stand_in_the_street(page, street)
    step_in(page)
    way = [feet(page)]
    through_the_wall = to_scene(street, (2, 8, 0.0))
    for place in [through_the_wall, *(to_scene(street, jump) for jump in JUMPS)]:
        aim(page, place)
        press(page, "trigger")
        way.append(feet(page))
        if place is not through_the_wall:
            assert math.dist(way[-1], place) < 0.5, f"no jump to {to_model(street, place)}"
    assert to_model(street, way[1])[0] < 0, "nobody jumps through a wall"
    until(page, "document.querySelector('.storey-where').textContent.startsWith('Galerie')")
    assert_no_wall_was_crossed(street, walls, way[1:])
