"""A small town with everything in it: each thing in its layer, on the ground, and accounted for."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.check import check
from citiverse_tiling.content.collider import decode_collider
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from citiverse_tiling.tree.tree_bin import decode_tree
from tiling.citygml_documents import ORIGIN, building, multi_surface, polygon, positions
from tiling.scenes import tiles
from tiling.town_documents import (
    area,
    cube,
    furniture,
    implicit,
    land_use,
    patch,
    plant,
    point,
    slope,
    sloping,
    street,
    surfaces,
    terrain,
    town,
    water,
)

if TYPE_CHECKING:
    from citiverse_tiling.pipeline import TileSummary

FACES = (
    ((40, 40, 8), (50, 40, 8), (50, 48, 8), (40, 48, 8)),
    ((40, 40, 3), (50, 40, 3), (50, 40, 8), (40, 40, 8)),
    ((40, 48, 3), (40, 40, 3), (40, 40, 8), (40, 48, 8)),
)
HOUSE = building(multi_surface(*(polygon(positions(*face)) for face in FACES)), gml_id="house")
LAMP = furniture(implicit("frn:lod2ImplicitRepresentation", cube(), (5.0, 30.0, 3.1)), "lamp")
TREES = [
    plant(point((float(n), -20.0, 2.9)), f"tree{n}", species="Tilia", height=str(5 + n))
    for n in range(12)
]
HEDGE = plant(
    implicit("veg:lod2ImplicitRepresentation", "#cube", (12.0, 25.0, 3.2)), "bush", species="Buxus"
)
MARKET = street(
    area(patch(-30, 10, (40, 30), 3.0), function="square"), kind="Square", gml_id="market"
)
ROAD = street(
    area(sloping(-60, 0, (120, 7), (2.43, 3.63)), function="driving_lane"),
    area(
        sloping(-60, 3, (120, 0.3), (2.45, 3.65)), kind="AuxiliaryTrafficArea", function="marking"
    ),
    gml_id="road",
)
POND = water(patch(-60, -60, (30, 20), 1.5))
MEADOW = land_use(patch(10, -60, (30, 20), 3.0), **{"class": "meadow"})
HOMES = land_use(patch(50, -60, (30, 20), 3.0), gml_id="homes", **{"class": "residential"})
HILL = slope(2.0, 4.0)
WHOLE = (HILL, HOUSE, LAMP, *TREES, HEDGE, MARKET, ROAD, POND, MEADOW, HOMES)


def tiled(folder: Path, *members: str, **options: Any) -> tuple[Path, TileSummary]:
    source = folder / "town.gml"
    source.write_text(town(*members), encoding="utf-8")
    done = tile(TileOptions((source,), folder / "scene", **options))
    return folder / "scene", done


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TileSummary]:
    return tiled(tmp_path_factory.mktemp("town"), *WHOLE)


def manifest(scene: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((scene / "scene.json").read_bytes())
    return found


def layers(scene: Path) -> dict[str, dict[str, Any]]:
    return {layer["name"]: layer for layer in manifest(scene)["layers"]}


def test_the_scene_keeps_its_contract(made: tuple[Path, TileSummary]) -> None:
    assert check(made[0]) == []


def test_every_surface_is_accounted_for(made: tuple[Path, TileSummary]) -> None:
    report = made[1].report
    # 2 of terrain, 3 of the house, 5 each of lamp and bush, 12 trees, 6 of land.
    assert report.surfaces_read == 2 + 3 + 5 + 5 + 12 + 6
    assert not report.surfaces_lost
    assert report.degraded == {Reason.UNKNOWN_COVER: 1}
    assert not report.unbalanced
    assert report.objects_written["TINRelief"] == report.objects_read["TINRelief"] == 1


def test_layers_stand_in_their_order_with_their_features(made: tuple[Path, TileSummary]) -> None:
    found = [(name, one["kind"], one["features"]) for name, one in layers(made[0]).items()]
    assert found == [
        ("ground", "ground", 0),
        ("land", "land", 5),
        ("buildings", "city-objects", 1),
        ("furniture", "city-objects", 1),
        ("vegetation", "vegetation", 13),
    ]
    assert {one["reality"] for one in layers(made[0]).values()} == {"measured"}


def test_land_has_a_material_for_each_cover(made: tuple[Path, TileSummary]) -> None:
    (leaf,) = tiles(made[0], "land")
    materials = {one.material for one in leaf.glb().primitives}
    assert materials == {"road", "marking", "paving", "green", "water", "terrain"}


def test_the_ground_is_that_of_the_terrain(made: tuple[Path, TileSummary]) -> None:
    heights = ground_at(made[0], [(-90, 80), (0, 80), (90, 80)])
    assert heights - ORIGIN[2] == pytest.approx([2.1, 3.0, 3.9], abs=0.02)


def test_the_ground_gives_way_to_roads_and_water(made: tuple[Path, TileSummary]) -> None:
    road, square, water_bed = ground_at(made[0], [(0, 3), (-10, 25), (-45, -50)]) - ORIGIN[2]
    assert road == pytest.approx(3.03 - 0.03, abs=0.02)
    assert square == pytest.approx(3.0 - 0.03, abs=0.02)
    assert water_bed == pytest.approx(1.0, abs=0.02)


def ground_at(scene: Path, places: list[tuple[float, float]]) -> np.ndarray:
    """Heights of the ground's colliders at points around the documents' origin."""
    cells = colliders(scene, "ground")
    nodes = np.concatenate([corners.reshape(-1, 3) for corners in cells])
    shift = middle_of_origin(scene)
    found = []
    for place in places:
        distance = np.linalg.norm(nodes[:, :2] - (np.array(place) + shift), axis=1)
        nearest = np.argsort(distance)[:1]
        assert distance[nearest[0]] < 2.0
        found.append(float(nodes[nearest, 2].mean()))
    return np.array(found)


def middle_of_origin(scene: Path) -> np.ndarray:
    """Where the documents' origin is in the scene, by the lamp, which stands 5 east, 30 north."""
    with closing(sqlite3.connect(scene / "features.sqlite")) as database:
        row = database.execute(
            "SELECT min_x, max_x, min_y, max_y FROM feature WHERE source_id = 'lamp'"
        ).fetchone()
    return np.array([(row[0] + row[1]) / 2 - 5.0, (row[2] + row[3]) / 2 - 30.0])


def colliders(scene: Path, layer: str) -> list[np.ndarray]:
    """Triangles (T, 3, 3) of each cell of a layer, scene frame."""
    table = decode_tree((scene / "tree.bin").read_bytes())
    number = list(layers(scene)).index(layer)
    found = []
    for row in np.flatnonzero(table.cell_layer == number):
        name = f"colliders/{layer}/{table.cell_hash[row].tobytes().hex()}.bin"
        local, triangles, _ = decode_collider((scene / name).read_bytes(), Path(name))
        found.append((local + table.cell_translation[row])[triangles.astype(np.int64)])
    return found


def test_land_is_a_floor_and_water_has_a_wall_around_it(made: tuple[Path, TileSummary]) -> None:
    corners = np.unique(np.concatenate(colliders(made[0], "land")).round(3), axis=0)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    upright = np.abs(normals[:, 2]) < 1e-6 * np.linalg.norm(normals, axis=1)
    tops = corners[upright][..., 2].max() - ORIGIN[2]
    assert tops == pytest.approx(2.7 + 1.5, abs=0.02), "over the highest bank of the pond"
    floors = corners[~upright]
    areas = np.linalg.norm(normals[~upright], axis=1) / 2
    assert floors[..., 2].min() - ORIGIN[2] > 2.3, "the water itself is no floor"
    assert areas.sum() == pytest.approx(120 * 7 + 40 * 30 + 2 * 30 * 20, rel=0.01)


def test_trees_have_trunks_and_bushes_none(made: tuple[Path, TileSummary]) -> None:
    corners = np.concatenate(colliders(made[0], "vegetation"))
    posts = np.unique(corners[..., :2].reshape(-1, 2).round(2), axis=0)
    assert len(posts) == 12 * 4
    assert np.ptp(posts, axis=0) == pytest.approx([11.3, 0.3], abs=0.15), "UTM's north is turned"
    assert np.ptp(corners[..., 2]) == pytest.approx(2.0, abs=0.01)


def test_plants_are_as_high_as_they_say(made: tuple[Path, TileSummary]) -> None:
    (leaf,) = tiles(made[0], "vegetation")
    plants = {one.kind: one for one in leaf.glb().plants}
    assert sorted(plants) == ["shrub", "tree-broadleaf"]
    heights = plants["tree-broadleaf"].sizes[:, 1]
    assert sorted(heights.tolist()) == pytest.approx([5 + n for n in range(12)])
    assert plants["shrub"].sizes[0].tolist() == pytest.approx([1, 1, 1], abs=0.01)


def test_the_start_is_on_the_square(made: tuple[Path, TileSummary]) -> None:
    spawn = manifest(made[0])["spawn_points"][0]["position"]
    x, y = np.array(spawn[:2]) - middle_of_origin(made[0])
    assert -30 <= x <= 10
    assert 10 <= y <= 40
    assert spawn[2] - ORIGIN[2] == pytest.approx(3.0, abs=0.01)


def test_features_of_all_layers_are_found_by_name_and_attribute(
    made: tuple[Path, TileSummary],
) -> None:
    with closing(sqlite3.connect(made[0] / "features.sqlite")) as database:
        rows = dict(database.execute("SELECT source_id, class FROM feature"))
        tree = database.execute(
            "SELECT attributes, max_z - min_z FROM feature WHERE source_id = 'tree7'"
        ).fetchone()
    assert rows["road"] == "Road"
    assert rows["homes"] == "LandUse", "it isn't drawn, but it is there"
    assert json.loads(tree[0]) == {"species": "Tilia", "height": 12.0, "height.uom": "m"}
    assert tree[1] == pytest.approx(12.0)


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, made: tuple[Path, TileSummary]
) -> None:
    again, _ = tiled(tmp_path, *WHOLE)
    for file in sorted(made[0].rglob("*")):
        if file.is_file():
            assert (again / file.relative_to(made[0])).read_bytes() == file.read_bytes()


FLAT_ROAD = street(
    surfaces("tran:lod1MultiSurface", patch(-60, 0, (120, 7), -ORIGIN[2])), gml_id="flat"
)


def test_a_road_without_heights_is_laid_on_the_terrain(tmp_path: Path) -> None:
    scene, _ = tiled(tmp_path, slope(0.0, 12.0), FLAT_ROAD, LAMP)
    assert check(scene) == []
    (leaf,) = tiles(scene, "land")
    (road,) = leaf.glb().primitives
    x, height = road.positions[:, 0], road.positions[:, 1]
    assert np.ptp(height) == pytest.approx(120 * 12 / 200, abs=0.05)
    assert np.abs(np.polyfit(x, height, 1)[0]) == pytest.approx(12 / 200, rel=0.01)


@pytest.mark.parametrize(("low", "height"), [(1.0, 0.0), (90.0, 90.5)])
def test_water_at_height_0_is_the_sea_only_by_the_sea(
    tmp_path: Path, low: float, height: float
) -> None:
    down = -ORIGIN[2]
    level = slope(low + down, low + 1.0 + down)
    scene, _ = tiled(tmp_path, level, water(patch(-60, -60, (30, 20), down)), LAMP)
    assert check(scene) == []
    with closing(sqlite3.connect(scene / "features.sqlite")) as database:
        (top,) = database.execute("SELECT max_z FROM feature WHERE class = 'WaterBody'").fetchone()
    assert top == pytest.approx(height, abs=0.5)


@pytest.mark.parametrize(
    ("members", "present"),
    [
        ((HILL,), ["ground"]),
        ((ROAD,), ["ground", "land"]),
        ((FLAT_ROAD,), ["ground", "land"]),
        ((LAMP,), ["ground", "furniture"]),
        (tuple(TREES), ["ground", "vegetation"]),
        ((POND,), ["ground", "land"]),
        ((terrain(((0.1, 0.1, 0.0), (0.9, 0.1, 0.0), (0.1, 0.9, 1.0))),), ["ground"]),
    ],
)
def test_a_file_without_a_single_building_makes_a_scene(
    tmp_path: Path, members: tuple[str, ...], present: list[str]
) -> None:
    scene, done = tiled(tmp_path, *members)
    assert check(scene) == []
    assert list(layers(scene)) == present
    assert not done.report.unbalanced
    assert np.isfinite(manifest(scene)["spawn_points"][0]["position"]).all()


def test_without_terrain_the_ground_is_derived_from_roads(tmp_path: Path) -> None:
    scene, _ = tiled(tmp_path, ROAD, LAMP)
    assert layers(scene)["ground"]["reality"] == "derived"
    west, east = ground_at(scene, [(-56, 3), (56, 3)]) - ORIGIN[2]
    assert west == pytest.approx(2.47 - 0.03, abs=0.03)
    assert east == pytest.approx(3.59 - 0.03, abs=0.03)


def test_land_that_says_nothing_looks_like_the_ground(tmp_path: Path) -> None:
    scene, done = tiled(tmp_path, HOMES)
    (leaf,) = tiles(scene, "land")
    assert {one.material for one in leaf.glb().primitives} == {"terrain"}
    assert done.report.losses[0].object_id == "homes"


def test_a_plant_of_unknown_size_is_listed(tmp_path: Path) -> None:
    _, done = tiled(tmp_path, LAMP, plant(point((0.0, 0.0, 0.0)), "seedling"))
    assert done.report.surfaces_lost == {Reason.UNKNOWN_SIZE: 1}
    assert done.report.losses[0].object_id == "seedling"


def test_many_plants_make_a_tree_whose_inner_tiles_hold_the_largest(tmp_path: Path) -> None:
    wood = [
        plant(point((n % 20 * 6.0, n // 20 * 6.0, 3.0)), f"t{n}", height=str(4 + n % 17))
        for n in range(600)
    ]
    scene, _ = tiled(tmp_path, HILL, *wood, max_leaf_objects=40)
    assert check(scene) == []
    root = next(iter(tiles(scene, "vegetation")))
    heights = np.concatenate([one.sizes[:, 1] for one in root.glb().plants])
    assert len(heights) == 210
    assert heights.min() >= 15
    assert root.error == pytest.approx(heights.min(), abs=1.01), "the largest that is left out"


def test_inner_tiles_of_land_leave_out_the_narrow(tmp_path: Path) -> None:
    streets = [
        street(area(patch(n % 20 * 12.0, n // 20 * 12.0, (10, 1 + n % 7), 3.0)), gml_id=f"s{n}")
        for n in range(240)
    ]
    scene, _ = tiled(tmp_path, *streets)
    assert check(scene) == []
    root = next(iter(tiles(scene, "land")))
    assert len(root.glb().columns["id"]) == 84
    assert 0.9 < root.error < 7
