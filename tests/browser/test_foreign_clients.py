"""Viewers that others made open our scenes: in their place, with what is known of each house."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pyproj
import pytest
import shapely

from browser.lamps import on_map
from browser.places import footprints
from tiling.citygml_documents import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from browser.conftest import Served
    from browser.places import Footprint

PAGES = Path(__file__).resolve().parents[2] / ".cache" / "foreign"
CLIENTS = ("cesium", "renderer")
HOUSES = 4
POTSDAM = "potsdam-lod1/Potsdam_LoD1.gml"
CRS = "EPSG:25833"
ABOVE_M = 110
"""Above the ellipsoid: near enough for leaves, which hold what is known of a house."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: a test says what went wrong."""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The host of the foreign pages: another one than that of the scene."""
    assert PAGES.is_dir(), "the other viewers are not there: `make test` fetches them"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(PAGES))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def houses(data: Path) -> list[Footprint]:
    """Some large ones, each far from the next."""
    found = footprints(data / POTSDAM)
    return sorted(found, key=lambda one: -shapely.Polygon(one.ring).area)[:HOUSES]


def middle(house: Footprint) -> tuple[float, float]:
    """Degrees east and north of a place on the roof."""
    place = shapely.Polygon(house.ring).representative_point()
    to_degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(place.x, place.y)
    return float(lon), float(lat)


def open_scene(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function("window.foreign", timeout=60_000)


def look_down_on(page: Page, place: tuple[float, float], height_m: float = ABOVE_M) -> None:
    lon, lat = place
    pose = {"lon": lon, "lat": lat, "height": height_m, "heading": 0, "pitch": -90}
    page.evaluate("pose => foreign.look(pose)", pose)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_house_is_where_it_stands_and_says_what_it_is(
    client: str, pages: str, page: Page, city: Served, houses: list[Footprint]
) -> None:
    tileset = f"{city.url}/scenes/potsdam-lod1/tileset.json"
    open_scene(page, f"{pages}/{client}.html?tileset={tileset}")
    for house in houses:
        look_down_on(page, middle(house))
        page.wait_for_function(
            """id => {
              const known = foreign.pick()
              return foreign.isLoaded() && (known.id ?? '').endsWith(id) && 'address' in known
            }""",
            arg=house.source_id,
            timeout=30_000,
        )
        assert page.evaluate("foreign.pick()")["class"] == "Building"
    assert page.evaluate("foreign.errors") == []


@pytest.mark.parametrize("client", CLIENTS)
def test_each_of_many_lamps_of_one_shape_is_where_it_stands_and_says_which_it_is(
    client: str, pages: str, page: Page, lit_street: Served
) -> None:
    open_scene(page, f"{pages}/{client}.html?tileset={lit_street.url}/scenes/lamps/tileset.json")
    for number in (0, 7, 41):
        look_down_on(page, on_map(number), ORIGIN[2] + 20)
        page.wait_for_function(
            "id => foreign.isLoaded() && foreign.pick().id === id",
            arg=f"lamps/lamp-{number}",
            timeout=30_000,
        )
        assert page.evaluate("foreign.pick()")["class"] == "CityFurniture"
    assert page.evaluate("foreign.errors") == []
