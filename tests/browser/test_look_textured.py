"""What the source's images make of a city: the page's pixels beside the pixels of the image."""

from __future__ import annotations

import io
import math
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from browser.conftest import enter, serving
from browser.places import in_scene
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.cities import EAST, NORTH, UTM, box, building, write_citygml
from tiling.rasters import box_around, sampled, write_raster
from tiling.source_textures import (
    TexturedPolygon,
    of_citygml,
    of_cityjson,
    pixels,
    seen,
    with_its_images,
)

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

NOON = "2026-06-21T12:00"
WIDTH, HEIGHT = 640, 360
FOCAL_PX = HEIGHT / 2 / math.tan(math.radians(30))
"""The page sees 60° from the upper to the lower edge."""

FREE = (slice(60, 200), slice(20, 620))
"""Rows and columns of the picture that no control covers."""

BLUE, RED = (40, 60, 200), (200, 60, 40)


@dataclass(frozen=True)
class Facade:
    """Places on a wall (N, 3), scene frame; their colours in the image (N, 3); outward normal."""

    points: np.ndarray
    colours: np.ndarray
    outward: np.ndarray

    @property
    def middle(self) -> np.ndarray:
        middle: np.ndarray = self.points.mean(axis=0)
        return middle


@dataclass(frozen=True)
class Textured:
    """A real file whose walls are photographs."""

    file: str
    crs: str


CITIES = {
    "lyon": Textured("lyon-textured/LYON_2EME_BATI_2015_small_house.gml", "EPSG:3946"),
    "testtown": Textured("testtown-lod3/lod3_building_v2.gml", "EPSG:25833"),
    "fzk-haus": Textured(
        "cityjson-fzkhaus-textured/01-FZK-Haus-LoD2-Tex-no-Storey-CG30-V01_formatted.json",
        "EPSG:25832",
    ),
}


def picture(page: Page) -> np.ndarray:
    """(h, w, 3), 0…255: what the page shows."""
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        return np.asarray(shot.convert("RGB"), float)


def is_quadrangle(polygon: TexturedPolygon) -> bool:
    """Whether it has four corners; GML says the first one twice."""
    return len(np.unique(polygon.points, axis=0)) == 4


def largest_wall(polygons: list[TexturedPolygon]) -> TexturedPolygon:
    """The largest upright quadrangle with an image on it that stands on the ground."""
    ground = min(polygon.points[:, 2].min() for polygon in polygons)

    def size(polygon: TexturedPolygon) -> float:
        normal = polygon.normal
        upright = abs(normal[2]) < 0.05 * np.linalg.norm(normal)
        low = polygon.points[:, 2].min() < ground + 2
        return float(np.linalg.norm(normal)) if upright and low and is_quadrangle(polygon) else 0

    return max(polygons, key=size)


def facade_of(scene: Path, polygon: TexturedPolygon, crs: str) -> Facade:
    """A grid of places on a quadrangle, its edges left out."""
    share = np.linspace(0.06, 0.94, 45)
    a, b = (one.ravel() for one in np.meshgrid(share, share))
    weights = np.column_stack([(1 - a) * (1 - b), a * (1 - b), a * b, (1 - a) * b])
    corners = np.array([in_scene(scene, crs, *point) for point in polygon.points[:4]])
    places = weights @ polygon.places[:4]
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[1])
    return Facade(
        weights @ corners,
        seen(pixels(polygon.image), np.column_stack([places[:, 0], 1 - places[:, 1]])),
        normal / np.linalg.norm(normal),
    )


def stand_before(page: Page, facade: Facade, metres: float) -> None:
    x, y, z = facade.middle + metres * facade.outward
    pose = {
        "position": [x, y, z],
        "headingDeg": math.degrees(math.atan2(-facade.outward[0], -facade.outward[1])),
        "pitchDeg": 0,
    }
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.evaluate("citiverse.settled()")


def drawn_at(page: Page, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the page draws at places of the scene, (K, 3), and which of them are in sight (N,)."""
    pose = page.evaluate("citiverse.pose()")
    heading = math.radians(pose["headingDeg"])
    forward = np.array([math.sin(heading), math.cos(heading), 0.0])
    right = np.array([math.cos(heading), -math.sin(heading), 0.0])
    away = points - np.array(pose["position"])
    depth = away @ forward
    column = WIDTH / 2 + FOCAL_PX * (away @ right) / depth
    row = HEIGHT / 2 - FOCAL_PX * away[:, 2] / depth
    rows, columns = FREE
    shown = (row >= rows.start) & (row < rows.stop) & (depth > 0)
    shown &= (column >= columns.start) & (column < columns.stop)
    colours: np.ndarray = picture(page)[row[shown].astype(int), column[shown].astype(int)]
    return colours, shown


def likeness(drawn: np.ndarray, image: np.ndarray) -> float:
    """Correlation of lightness, −1 to 1: light and distance change all of a wall alike."""
    return float(np.corrcoef(drawn.mean(axis=1), image.mean(axis=1))[0, 1])


@pytest.mark.parametrize("name", CITIES)
def test_a_wall_looks_as_in_its_photograph(
    name: str, data: Path, page: Page, tmp_path: Path
) -> None:
    city = CITIES[name]
    source, read = data / city.file, of_citygml
    if name == "fzk-haus":
        (tmp_path / "house").mkdir()
        source, read = with_its_images(source, tmp_path / "house"), of_cityjson
    tile(TileOptions((source,), tmp_path / name, crs=city.crs))
    wall = largest_wall(list(read(source)))
    facade = facade_of(tmp_path / name, wall, city.crs)
    with serving(tmp_path / name) as served:
        enter(page, f"{served.url}/s/{name}?time={NOON}")
        stand_before(page, facade, 9)
        drawn, shown = drawn_at(page, facade.points)
    image = facade.colours[shown]
    turned = facade.colours.reshape(45, 45, 3)[::-1].reshape(-1, 3)[shown]
    assert shown.sum() > 300
    assert likeness(drawn, image) > 0.6
    assert likeness(drawn, turned) < 0.4
    warmth = drawn[:, 0].mean() / drawn[:, 2].mean()
    assert warmth == pytest.approx(image[:, 0].mean() / image[:, 2].mean(), rel=0.3)


def test_a_wall_whose_image_is_missing_is_drawn_in_colour(
    data: Path, page: Page, tmp_path: Path
) -> None:
    original = data / CITIES["lyon"].file
    source = tmp_path / "lyon.gml"
    shutil.copy(original, source)
    tile(TileOptions((source,), tmp_path / "lyon", crs="EPSG:3946"))
    wall = largest_wall(list(of_citygml(original)))
    facade = facade_of(tmp_path / "lyon", wall, "EPSG:3946")
    with serving(tmp_path / "lyon") as served:
        enter(page, f"{served.url}/s/lyon?time={NOON}")
        page.get_by_role("button", name="As measured").click()
        stand_before(page, facade, 9)
        drawn, shown = drawn_at(page, facade.points)
    assert shown.sum() > 300
    assert abs(likeness(drawn, facade.colours[shown])) < 0.4
    assert drawn.mean() > 60


def test_the_ground_shows_the_photo_taken_from_above(page: Page, tmp_path: Path) -> None:
    gml = write_citygml(
        tmp_path / "house.gml", [building("house", box(EAST - 4, NORTH + 25, 50, (8, 8, 6)))]
    )
    area = box_around((EAST, NORTH), 120)
    is_west = sampled(lambda x, _: (x < EAST).astype(int), area, (480, 480))
    photo = np.moveaxis(np.array([RED, BLUE], np.uint8)[is_west], -1, 0)
    write_raster(tmp_path / "photo.tif", photo, area, photometric="RGB")
    tile(TileOptions((gml, tmp_path / "photo.tif"), tmp_path / "scene"))
    x, y, z = in_scene(tmp_path / "scene", UTM, EAST, NORTH, 50)
    with serving(tmp_path / "scene") as served:
        enter(page, f"{served.url}/s/scene?time={NOON}")
        pose = {"position": [x, y, z], "headingDeg": 0, "pitchDeg": -35}
        page.evaluate("pose => citiverse.setPose(pose)", pose)
        page.evaluate("citiverse.settled()")
        shown = picture(page)[FREE]
    west, east = shown[:, :260].mean(axis=(0, 1)), shown[:, 340:].mean(axis=(0, 1))
    assert west[2] > 1.5 * west[0]
    assert east[0] > 1.5 * east[2]
