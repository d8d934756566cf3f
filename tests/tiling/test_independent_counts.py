"""What `info` counts in real files, counted a second time by readers that others wrote.

cjio reads CityJSON, lxml CityGML, laspy point clouds, rasterio rasters, pyogrio vectors and
trimesh meshes. tests/tiling/test_real_cities.py counts every polygon of 18 more files by XPath.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import laspy
import pyogrio
import pytest
import rasterio
import trimesh
from lxml import etree

from citiverse_tiling.info import FileInfo, describe_file
from citiverse_tiling.options import LocalPlace, silent
from tiling.cjio_reader import cityjson

if TYPE_CHECKING:
    from pathlib import Path


def info(path: Path, crs: str | None = None, place: LocalPlace | None = None) -> FileInfo:
    return describe_file(path, crs, place, silent)


CITYJSON = {
    "cityjson-delft": ("delft.city.json", None),
    "cityjson-rotterdam": ("rotterdam_subset.city.json", "EPSG:28992"),
    "cityjson-fzkhaus-textured": (
        "01-FZK-Haus-LoD2-Tex-no-Storey-CG30-V01_formatted.json",
        None,
    ),
    "cityjson-misc": ("multi_lod.city.json", "EPSG:28992"),
    "cityjson-zurich": ("zurich_subset_lod2.city.json", None),
}


@pytest.mark.parametrize("folder", CITYJSON)
def test_cjio_finds_the_same_objects_surfaces_and_textures(data: Path, folder: str) -> None:
    name, crs = CITYJSON[folder]
    with (data / folder / name).open() as file:
        city = cityjson.reader(file)
    lines = city.get_info(long=True)
    objects = dict(re.findall(r"\|-- (\w+) \((\d+)\)", "\n".join(lines)))
    found = info(data / folder / name, crs)
    assert found.objects == {class_name: int(count) for class_name, count in objects.items()}
    geometries = [g for item in city.j["CityObjects"].values() for g in item.get("geometry", ())]
    surfaces = sum(polygons(g["boundaries"], g["type"]) for g in geometries)
    assert sum(found.surfaces.values()) == surfaces
    named = {*found.images, *found.missing_images}
    assert f"textures = {bool(named)}" in lines
    assert named == {one["image"] for one in city.j.get("appearance", {}).get("textures", ())}


DEPTHS = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3}


def polygons(boundaries: list[Any], kind: str) -> int:
    """How many surfaces a CityJSON geometry has (2.0.1, clause 3.2)."""
    waiting = [boundaries]
    for _ in range(DEPTHS[kind] - 1):
        waiting = [inner for outer in waiting for inner in outer]
    return sum(map(len, waiting))


CITYGML = {
    "ingolstadt-lod3": ("4018150b/4018150b.xml", None),
    "plateau-tokyo-haneda": ("udx/bldg/53392642_bldg_6697_op2.gml", None),
    "plateau-tokyo-shinjuku": ("udx/brid/53394525_brid_6697_op.gml", None),
    "lyon-textured": ("LYON_1ER_BATI_2015_small_house.gml", "EPSG:3946"),
    "testtown-lod3": ("lod3_building_v2.gml", None),
    "hamburg-multilod": ("CS2_multiLOD.gml", None),
}
CLASSES = ("Building", "BuildingPart", "BuildingInstallation", "Bridge", "BridgePart")


@pytest.mark.parametrize("folder", CITYGML)
def test_xpath_finds_the_same_objects_polygons_and_images(data: Path, folder: str) -> None:
    name, crs = CITYGML[folder]
    root = etree.parse(str(data / folder / name)).getroot()

    def count(tag: str) -> int:
        number = root.xpath("count(//*[local-name() = $tag])", tag=tag)
        assert isinstance(number, float)
        return int(number)

    found = info(data / folder / name, crs)
    counted = {tag: count(tag) for tag in CLASSES}
    assert {tag: found.objects.get(tag, 0) for tag in CLASSES} == counted
    assert sum(found.surfaces.values()) == count("Polygon") + count("Triangle")
    images = {(e.text or "").strip() for e in root.iterfind(".//{*}imageURI")}
    assert {*found.images, *found.missing_images} == images


@pytest.mark.long
def test_all_of_ingolstadt_has_the_objects_that_its_owners_count(data: Path) -> None:
    total: Counter[str] = Counter()
    surfaces = 0
    for file in sorted((data / "ingolstadt-lod3").glob("*/*.xml")):
        found = info(file)
        total.update(found.objects)
        surfaces += sum(found.surfaces.values())
    assert total == {"Building": 54, "BuildingPart": 1, "BuildingInstallation": 302}
    assert surfaces == 50_696


@pytest.mark.parametrize("name", ["ExampleDataDenseVegetation.las", "ExampleDataIsolatedTrees.las"])
def test_laspy_finds_the_same_points(data: Path, name: str) -> None:
    file = data / "lyon-lidar-vegetation" / name
    with laspy.open(file) as cloud:
        points = cloud.header.point_count
        low, high = cloud.header.mins, cloud.header.maxs
    found = info(file)
    assert any(f"{points:,} points" in sentence for sentence in found.details)
    (box,) = found.extents.values()
    assert box.low[:2] == pytest.approx(low[:2], abs=0.01)
    assert box.high[:2] == pytest.approx(high[:2], abs=0.01)


def test_rasterio_finds_the_same_cells_and_bounds(data: Path) -> None:
    file = data / "geotiff-dem" / "rmnp-dem.tif"
    with rasterio.open(file) as raster:
        size, bounds, crs = (raster.width, raster.height), raster.bounds, raster.crs.to_string()
    found = info(file)
    assert any(f"{size[0]} × {size[1]} cells" in sentence for sentence in found.details)
    assert [known.code for known in found.crs] == [crs]
    (box,) = found.extents.values()
    assert (*box.low[:2], *box.high[:2]) == pytest.approx(tuple(bounds), abs=1e-6)


@pytest.mark.parametrize("name", ["wegdeel", "waterdeel", "overbruggingsdeel"])
def test_pyogrio_finds_the_same_features(data: Path, name: str) -> None:
    file = data / "delft-terrain-ahn3" / "bgt" / f"bgt_{name}.sqlite"
    features = sum(pyogrio.read_info(file, layer=layer)["features"] for layer, _ in layers(file))
    assert sum(info(file).objects.values()) == features > 0


def layers(file: Path) -> list[tuple[str, str]]:
    """Layers of a vector file that have geometry: their names and the types of it."""
    return [(name, kind) for name, kind in pyogrio.list_layers(file) if kind]


@pytest.mark.parametrize(
    "name", ["gltf-avatars/Fox.glb", "3dtiles-3dbag-sibbe/1.1/content/2_2_3.glb"]
)
def test_trimesh_finds_the_same_triangles(data: Path, name: str) -> None:
    meshes = trimesh.load_scene(data / name).dump()
    triangles = sum(len(mesh.faces) for mesh in meshes if isinstance(mesh, trimesh.Trimesh))
    assert sum(info(data / name, place=LocalPlace(5.9, 50.8)).surfaces.values()) == triangles
