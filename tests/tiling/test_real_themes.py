"""Real files of roads, tracks, squares, railways, plants, furniture and terrain."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from citiverse_tiling.check import check
from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.content.vertices import STEP_M
from citiverse_tiling.model import SurfaceType
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from tiling.citygml_documents import read
from tiling.gltf_validator import assert_nothing_to_say
from tiling.scenes import tiles

REPOSITORY = Path(__file__).resolve().parent.parent.parent
THEMES = "plateau-themes/udx"
SHINJUKU = "plateau-tokyo-shinjuku/udx"
JUNCTION = "citygml30-samples/citygml3_roads_4wayintersection.gml"

# Where they lie, the layers that come of them, the objects drawn, what is lost.
FILES: dict[str, tuple[str, dict[str, int], dict[Reason, int]]] = {
    "veg": (f"{THEMES}/veg/52385628_veg_6697_op.gml", {"land": 9, "vegetation": 19}, {}),
    "squr": (f"{THEMES}/squr/53360690_squr_6697.gml", {"land": 1}, {}),
    "trk": (f"{THEMES}/trk/53361601_trk_6697.gml", {"land": 125}, {}),
    "rwy": (f"{THEMES}/rwy/53395518_rwy_6697.gml", {"land": 3}, {}),
    "frn": (f"{THEMES}/frn/52384698_frn_6697_op.gml", {"furniture": 44}, {}),
    "tran": (f"{SHINJUKU}/tran/533925_tran_6697_op.gml", {"land": 9}, {}),
    "frn-shinjuku": (f"{SHINJUKU}/frn/53394525_frn_6697_sjkms_op.gml", {"furniture": 2}, {}),
    "junction": (JUNCTION, {"land": 256}, {}),
}


@pytest.fixture(scope="module")
def scenes(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files, tiled."""
    folder = tmp_path_factory.mktemp("themes")
    for name, (file, _, lost) in FILES.items():
        done = tile(TileOptions((data / file,), folder / name))
        assert done.report.surfaces_lost == lost
        assert not done.report.unbalanced
    return {name: folder / name for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_the_scene_keeps_its_contract(scenes: dict[str, Path], name: str) -> None:
    assert check(scenes[name]) == []
    manifest = json.loads((scenes[name] / "scene.json").read_bytes())
    found = {layer["name"]: layer["features"] for layer in manifest["layers"]}
    assert found == {"ground": 0, **FILES[name][1]}


@pytest.mark.parametrize("name", FILES)
def test_every_polygon_of_the_file_is_read_once(data: Path, name: str) -> None:
    file = data / FILES[name][0]
    tree = etree.parse(str(file))
    names = ("Polygon", "Triangle", "PolygonPatch")
    polygons = [node for name in names for node in tree.findall(f".//{{*}}{name}")]
    assert read(file).report.surfaces_read == len(polygons)


def test_the_gltf_validator_has_nothing_to_say(scenes: dict[str, Path]) -> None:
    assert_nothing_to_say(scenes.values())


def test_trees_are_as_high_as_the_file_says(data: Path, scenes: dict[str, Path]) -> None:
    tree = etree.parse(str(data / FILES["veg"][0]))
    said = [float(node.text or "") for node in tree.findall(".//{*}height")]
    found = np.concatenate(
        [
            one.sizes[:, 1]
            for file in (scenes["veg"] / "tiles" / "vegetation").glob("*.glb")
            for one in decode_glb(file.read_bytes()).plants
        ]
    )
    for height in said:
        assert np.abs(found - height).min() <= STEP_M / 2


def test_terrain_is_where_the_source_has_it(data: Path, tmp_path: Path) -> None:
    file = data / f"{SHINJUKU}/dem/533925_dem_6697_op.gml"
    done = tile(TileOptions((file,), tmp_path / "scene"))
    assert not done.report.unbalanced
    assert set(done.report.surfaces_lost) == {Reason.ZERO_AREA}
    assert check(tmp_path / "scene") == []
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert [layer["name"] for layer in manifest["layers"]] == ["ground"]
    assert manifest["layers"][0]["reality"] == "measured"
    numbers = [
        float(number)
        for node in etree.parse(str(file)).iterfind(".//{*}Triangle//{*}posList")
        for number in (node.text or "").split()[2::3]
    ]
    low, high = manifest["extent"]["min"][2], manifest["extent"]["max"][2]
    assert low >= min(numbers) - 1.1, "the plane of the scene falls away from the round Earth"
    assert high <= max(numbers) + 0.01


def test_land_use_by_number_is_told_by_the_list_of_japan(data: Path) -> None:
    objects = read(data / f"{THEMES}/luse/523836_luse_6668_op.gml").objects
    assert len(objects) == 225
    counts = Counter(
        SurfaceType(cover)
        for item in objects
        for geometry in item.geometries
        for cover in set(geometry.polygons.surface_types.tolist())
    )
    assert counts == {
        SurfaceType.SOIL: 52,
        SurfaceType.GREEN: 44 + 21 + 2,
        SurfaceType.WATER: 17,
        SurfaceType.PAVING: 4 + 57,
        SurfaceType.ROAD: 28,
    }


def test_land_use_of_which_nothing_is_said_is_not_guessed(data: Path, tmp_path: Path) -> None:
    file = data / f"{SHINJUKU}/luse/533925_luse_6697_park_op.gml"
    done = tile(TileOptions((file,), tmp_path / "scene"))
    assert done.report.degraded == {Reason.UNKNOWN_COVER: 10}
    materials = {
        one.material for leaf in tiles(done.scene, "land") for one in leaf.glb().primitives
    }
    assert materials == {"terrain"}
