"""buildings.json: storeys and rooms of buildings, where they are in the scene."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from citiverse_tiling.buildings import NAME, read_buildings
from citiverse_tiling.check import check
from citiverse_tiling.options import LocalPlace, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.sources.ifc.inside import floor_of
from tiling import ifc_models
from tiling.citygml_documents import SQUARE, building, city, multi_surface, polygon, positions

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array

HEADING_DEG = 30.0


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Float64Array:
    """The twelve triangles of a box, seen from outside."""
    import trimesh

    made = trimesh.creation.box(bounds=(low, high))
    return np.asarray(made.triangles, np.float64)


def area(outline: Float64Array) -> float:
    x, y = outline[:, 0], outline[:, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house, 100 m high, whose y axis points 30° east of north."""
    folder = tmp_path_factory.mktemp("house")
    file = ifc_models.house().save(folder / "house.ifc")
    place = LocalPlace(8.4, 49.0, 100.0, HEADING_DEG)
    tile(TileOptions((file,), folder / "scene", place=place))
    return folder / "scene"


def test_a_building_says_where_its_storeys_and_rooms_are(house: Path) -> None:
    (found,) = read_buildings(house)
    assert found.turn == pytest.approx(math.radians(HEADING_DEG), abs=1e-4)
    (storey,) = found.storeys
    assert storey.name == "BuildingStorey"
    assert storey.floor == pytest.approx(100.0, abs=0.01)
    assert found.floor == storey.floor
    assert storey.ceiling == pytest.approx(103.3, abs=0.01)
    (room,) = found.rooms
    assert (room.name, room.storey) == ("Kitchen", storey.id)
    assert (room.floor, room.ceiling) == pytest.approx((100.0, 102.5), abs=0.01)
    assert area(np.array(room.outline)) == pytest.approx(3.7 * 4, abs=0.01)


def test_the_box_is_around_all_that_is_drawn_of_it(house: Path) -> None:
    (found,) = read_buildings(house)
    extent = json.loads((house / "scene.json").read_bytes())["extent"]
    assert found.box[0][2] == pytest.approx(extent["min"][2], abs=0.01)
    assert found.box[1][2] == pytest.approx(103.3, abs=0.01)


def test_the_manifest_names_the_file_and_the_check_knows_it(house: Path) -> None:
    manifest = json.loads((house / "scene.json").read_bytes())
    assert manifest["buildings"] == NAME
    assert NAME in manifest["checksums"]
    assert check(house) == []


def test_a_room_in_no_storey_of_its_building_is_found(house: Path) -> None:
    path, before = house / NAME, (house / NAME).read_bytes()
    path.write_bytes(before.replace(b'"storey":"house/', b'"storey":"house/no'))
    try:
        assert any("a storey of its building" in str(one) for one in check(house))
    finally:
        path.write_bytes(before)


def test_storeys_that_stand_where_the_building_does_are_as_high_as_they_say(
    tmp_path: Path,
) -> None:
    model = ifc_models.house()
    storey = model.only("IfcBuildingStorey")
    storey.Elevation = 4.5
    tile(TileOptions((model.save(tmp_path / "h.ifc"),), tmp_path / "s", place=LocalPlace(8, 49, 0)))
    (found,) = read_buildings(tmp_path / "s")
    assert found.storeys[0].floor == pytest.approx(4.5, abs=0.01)


def test_a_scene_without_insides_has_no_such_file(tmp_path: Path) -> None:
    file = tmp_path / "city.gml"
    file.write_text(city(building(multi_surface(polygon(positions(*SQUARE))))))
    tile(TileOptions((file,), tmp_path / "scene"))
    assert not (tmp_path / "scene" / NAME).exists()
    assert "buildings" not in json.loads((tmp_path / "scene" / "scene.json").read_bytes())


def test_the_floor_of_a_room_is_the_outline_of_what_faces_down() -> None:
    corner = np.concatenate([box((0, 0, 1), (4, 2, 3)), box((0, 2, 1), (1, 5, 3))])
    outer = floor_of(corner)
    assert area(outer) == pytest.approx(8 + 3)
    assert len(outer) == 6
    assert np.all(outer[:, 2] == 1.0)


def test_what_has_no_floor_has_no_outline() -> None:
    upright = np.array([[[0.0, 0, 0], [1, 0, 0], [1, 0, 1]]])
    assert floor_of(upright).shape == (0, 3)
    assert floor_of(np.zeros((0, 3, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    ("name", "storeys", "rooms"),
    [
        ("ifc-fzk-haus/AC20-FZK-Haus.ifc", ["Erdgeschoss", "Dachgeschoss"], 7),
        pytest.param(
            "ifc-duplex-georef/Duplex_A_20110907_georeferenced.ifc",
            ["T/FDN", "Level 1", "Level 2", "Roof"],
            21,
            marks=pytest.mark.long,
        ),
    ],
)
def test_real_houses_say_what_is_in_them(
    data: Path, name: str, storeys: list[str], rooms: int, tmp_path: Path
) -> None:
    """Rooms cover as much ground as their bodies do, by ifcopenshell and shapely alone."""
    ifc_models.api()
    import ifcopenshell
    import ifcopenshell.geom

    tile(TileOptions((data / name,), tmp_path / "scene"))
    (found,) = read_buildings(tmp_path / "scene")
    assert [one.name for one in found.storeys] == storeys
    assert len(found.rooms) == rooms
    model, settings = ifcopenshell.open(data / name), ifcopenshell.geom.settings()
    low, high = np.array(found.box)
    for room in found.rooms:
        outline = np.array(room.outline)
        assert (outline >= low[:2] - 0.01).all()
        assert (outline <= high[:2] + 0.01).all()
        space = model.by_guid(room.id.partition("/")[2])
        made: Any = ifcopenshell.geom.create_shape(settings, space)
        points = np.array(made.geometry.verts).reshape(-1, 3)[:, :2]
        corners = points[np.array(made.geometry.faces).reshape(-1, 3)]
        covered = shapely.union_all(shapely.polygons(corners)).area
        assert area(outline) == pytest.approx(covered, rel=0.01), room.name
