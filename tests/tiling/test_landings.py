"""What is said of where a building comes to stand: on the ground or not, and in whose place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.landings import MADE_GROUND
from citiverse_tiling.options import TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.variants import variant as variants
from tiling import ifc_models
from tiling.citygml_documents import (
    ORIGIN,
    SQUARE,
    building,
    multi_surface,
    polygon,
    positions,
)
from tiling.town_documents import slope, town

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.report import Landing

SHED = "town/b1"


@pytest.fixture
def shed(tmp_path: Path) -> Path:
    """A shed of 4 by 4 m, 110 m high, in a city that says nothing of its ground."""
    return document(tmp_path)


@pytest.fixture
def meadow(tmp_path: Path) -> Path:
    """The same shed, on a meadow that was surveyed."""
    return document(tmp_path, slope(0.0, 0.0))


def document(folder: Path, *more: str) -> Path:
    file = folder / "town.gml"
    top = tuple((x, y, z + 3) for x, y, z in SQUARE)
    faces = (polygon(positions(*SQUARE)), polygon(positions(*top)))
    file.write_text(town(building(multi_surface(*faces)), *more))
    return file


def house(folder: Path, east: float, up: float) -> Path:
    """The house, its south-west corner so far east of the shed's and so high above its foot."""
    model = ifc_models.house()
    do = ifc_models.api().georeference
    do.add_georeferencing(model.file)
    do.edit_georeferencing(
        model.file,
        coordinate_operation={
            "Eastings": ORIGIN[0] + east,
            "Northings": ORIGIN[1] - 1.0,
            "OrthogonalHeight": ORIGIN[2] + up,
            "XAxisAbscissa": 1.0,
            "XAxisOrdinate": 0.0,
        },
        projected_crs={"Name": "EPSG:25832"},
    )
    return model.save(folder / "house.ifc")


def tiled(city: Path, file: Path, folder: Path) -> Landing:
    """That of the house, tiled with the city."""
    (found,) = tile(TileOptions((city, file), folder / "both")).report.landings
    return found


def test_a_house_in_the_air_over_a_shed_is_told(meadow: Path, tmp_path: Path) -> None:
    found = tiled(meadow, house(tmp_path, -1.0, 1.5), tmp_path)
    assert found.gap == pytest.approx((1.5, 1.5), abs=0.05)
    assert found.said[0].startswith("It floats: its ground floor is at least 1.5")
    assert [(one.id, one.share) for one in found.collides] == [(SHED, 1.0)]
    written = json.loads((tmp_path / "both" / "report.json").read_bytes())["landings"]
    assert written[0]["collides"] == [{"id": SHED, "share": 1.0}]
    assert written[0]["floor"] == pytest.approx(111.5, abs=0.01)


@pytest.mark.parametrize(("up", "said"), [(0.0, "It stands on the ground."), (-2.0, "It is buri")])
def test_a_house_beside_it_is_in_nobody_s_way(
    meadow: Path, tmp_path: Path, up: float, said: str
) -> None:
    found = tiled(meadow, house(tmp_path, 20.0, up), tmp_path)
    assert found.gap == pytest.approx((up, up), abs=0.05)
    assert found.said[0].startswith(said)
    assert found.collides == ()


def test_a_ground_that_is_made_from_the_house_says_nothing_of_it(
    shed: Path, tmp_path: Path
) -> None:
    found = tiled(shed, house(tmp_path, -1.0, 1.5), tmp_path)
    assert found.gap is None
    assert found.said[0] == MADE_GROUND
    assert [one.id for one in found.collides] == [SHED]


def test_a_house_alone_lands_nowhere_in_particular(tmp_path: Path) -> None:
    report = tile(TileOptions((house(tmp_path, 0.0, 0.0),), tmp_path / "alone")).report
    assert report.landings == ()


@pytest.mark.parametrize(("makes_room", "in_the_way"), [(False, [SHED]), (True, [])])
def test_a_variant_says_how_it_stands_in_the_scene(
    shed: Path, tmp_path: Path, makes_room: bool, in_the_way: list[str]
) -> None:
    """What makes room for it isn't in its way; the ground is the scene's, not its own."""
    scene = tmp_path / "scene"
    tile(TileOptions((shed,), scene))
    tiling = TileOptions((house(tmp_path, -1.0, 1.5),), scene)
    options = variants.VariantOptions(tiling, scene, "a", "A", replaces_footprint=makes_room)
    added = variants.add(options, silent)
    assert added.summary is not None
    (found,) = added.summary.report.landings
    assert found.gap == pytest.approx((1.5, 1.5), abs=0.05)
    assert [one.id for one in found.collides] == in_the_way
    report = json.loads((scene / added.variant.folder / "report.json").read_bytes())
    assert [one["building"] for one in report["landings"]] == [found.building]
    assert added.variant.buildings == f"{added.variant.folder}/buildings.json"
