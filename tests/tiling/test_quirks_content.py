"""What real files do with ids, textures, classes, encodings and names of files.

One test or more for each quirk, by the number that it has in the list of quirks of real data.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from PIL import Image

from citiverse_tiling.model import Wrap
from citiverse_tiling.options import Attribution, LocalPlace, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from tiling.citygml_documents import building, city, multi_surface, polygon, read
from tiling.scenes import tiles

SAMPLES = "citygml30-samples"
HANEDA = "plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml"
TESTTOWN = "testtown-lod3/lod3_building_v2.gml"
LYON = "lyon-textured/LYON_1ER_BATI_2015_small_house.gml"
INGOLSTADT = "ingolstadt-lod3/4018212/4018212.xml"
MANY_IMAGES = "ingolstadt-lod3/4018155/4018155.xml"
JUNCTION = f"{SAMPLES}/citygml3_roads_4wayintersection.gml"
INVALID = "plateau-tokyo-invalid/udx/bldg/C01_C04_L05_L06_L07_L11_L13_T03_invalid_demo.gml"
TREES = "cityjson-misc/geom_temp.city.jsonl"
POINTS = "lyon-lidar-vegetation/ExampleDataIsolatedTrees.las"


def written_names(file: Path, tag: str) -> list[str]:
    """The texts of all elements with this local name."""
    return [(e.text or "").strip() for e in etree.parse(str(file)).iter(f"{{*}}{tag}")]


def test_row_21_two_objects_with_one_id_are_two_features(tmp_path: Path) -> None:
    path = tmp_path / "city.gml"
    path.write_text(city(*(building(multi_surface(polygon()), gml_id="b1") for _ in range(3))))
    done = tile(TileOptions((path,), tmp_path / "scene"))
    assert done.objects == 3
    assert done.report.repaired == {"ids made different from an earlier one": 2}
    ids = [
        name
        for leaf in tiles(tmp_path / "scene", "buildings")
        if leaf.leaf
        for name in leaf.glb().columns["id"]
    ]
    assert sorted(map(str, ids)) == ["city/b1", "city/b1~2", "city/b1~3"]


def test_row_21_a_real_file_with_repeated_ids_of_surfaces_is_read(data: Path) -> None:
    ids = [
        value
        for e in etree.parse(str(data / INVALID)).iter()
        for key, value in e.attrib.items()
        if str(key).endswith("}id")
    ]
    assert sum(count > 1 for count in Counter(ids).values()) == 57
    assert len(read(data / INVALID, crs="EPSG:6697").objects) == 2


def test_row_22_coordinates_beyond_the_image_repeat_it(data: Path) -> None:
    found = [g for item in read(data / INGOLSTADT).objects for g in item.geometries]
    lists = [g.polygons.texture_coordinates for g in found]
    points = np.concatenate([one for one in lists if one is not None])
    points = points[np.isfinite(points).all(axis=1)]
    assert ((points < 0) | (points > 1)).any(axis=1).mean() > 0.3
    wraps = {a.wrap for g in found for a in g.appearances if a.image}
    assert wraps == {Wrap.REPEAT}


@pytest.mark.parametrize(
    ("name", "crs", "written", "wrap"),
    [
        (INGOLSTADT, None, {"wrap"}, Wrap.REPEAT),
        (TESTTOWN, None, {"wrap"}, Wrap.REPEAT),
        (LYON, "EPSG:3946", {"border"}, Wrap.CLAMP),
        (HANEDA, None, set(), Wrap.REPEAT),
    ],
)
def test_row_23_wrap_modes_of_real_files(
    data: Path, name: str, crs: str | None, written: set[str], wrap: Wrap
) -> None:
    assert set(written_names(data / name, "wrapMode")) == written
    found = read(data / name, crs=crs).objects
    looks = [a for item in found for g in item.geometries for a in g.appearances if a.image]
    assert {look.wrap for look in looks} == {wrap}


def images_drawn(scene: Path) -> list[bytes]:
    """All images of the finest tiles of the buildings."""
    found = []
    for leaf in tiles(scene, "buildings"):
        if leaf.leaf:
            found += list(leaf.glb().images)
    return found


def test_row_24_tiff_textures_are_drawn(data: Path, tmp_path: Path) -> None:
    report = tile(TileOptions((data / HANEDA,), tmp_path / "scene")).report
    assert {Path(name).suffix for name in written_names(data / HANEDA, "imageURI")} == {".tif"}
    assert images_drawn(tmp_path / "scene")
    assert set(report.degraded) == {Reason.MISSING_IMAGE}


def test_row_25_the_image_that_is_missing_is_named_and_its_surfaces_are_drawn(
    data: Path, tmp_path: Path
) -> None:
    report = tile(TileOptions((data / HANEDA,), tmp_path / "scene")).report
    missing = [loss for loss in report.losses if loss.reason is Reason.MISSING_IMAGE]
    assert missing
    assert all("hnap0275" in loss.detail for loss in missing)
    assert report.surfaces_written == 540


def test_row_25_all_images_missing_leaves_plain_colours(data: Path, tmp_path: Path) -> None:
    city_file = shutil.copy(data / LYON, tmp_path)
    report = tile(TileOptions((Path(city_file),), tmp_path / "scene", "EPSG:3946")).report
    assert report.surfaces_written == 7
    assert report.degraded[Reason.MISSING_IMAGE] > 0
    assert images_drawn(tmp_path / "scene") == []


def test_row_26_many_images_become_few(data: Path, tmp_path: Path) -> None:
    named = set(written_names(data / MANY_IMAGES, "imageURI"))
    tile(TileOptions((data / MANY_IMAGES,), tmp_path / "scene"))
    leaves = [leaf.glb() for leaf in tiles(tmp_path / "scene", "buildings") if leaf.leaf]
    assert len(named) > 5
    assert 0 < max(len(leaf.images) for leaf in leaves) < len(named)


def test_row_27_materials_and_textures_are_both_used(data: Path) -> None:
    root = etree.parse(str(data / TESTTOWN))
    assert len(root.findall(".//{*}X3DMaterial")) == 35
    assert len(root.findall(".//{*}ParameterizedTexture")) == 35
    (item, *_) = read(data / TESTTOWN).objects
    looks = [look for geometry in item.geometries for look in geometry.appearances]
    assert any(look.image for look in looks)
    assert any(look.colour for look in looks)


ADE = {
    "uro 1.4": HANEDA,
    "uro 2.0": "plateau-themes/udx/trk/53361601_trk_6697.gml",
    "uro 3.0": "plateau-themes/udx/ubld/51324378_ubld_6697.gml",
}


@pytest.mark.parametrize("name", ADE.values(), ids=ADE)
def test_row_28_attributes_of_extensions_are_kept_in_every_version(data: Path, name: str) -> None:
    head = (data / name).read_bytes()[:8000].decode()
    assert re.search(r"xmlns:uro=\"[^\"]+/uro/[\d.]+\"", head)
    kept = {key for item in read(data / name).objects for key in item.attributes}
    local = {
        etree.QName(e).localname
        for e in etree.parse(str(data / name)).iter("{*}*")
        if "/uro/" in (etree.QName(e).namespace or "") and not len(e) and (e.text or "").strip()
    }
    assert local
    said = {part for key in kept for part in key.split(".")}
    assert len(local & said) >= len(local) * 0.75, sorted(local - said)


def test_row_28_classes_that_no_standard_has_are_shown_by_their_surfaces(
    data: Path, tmp_path: Path
) -> None:
    for folder, class_name in (
        ("cons", "OtherConstruction"), ("ubld", "UndergroundBuilding"), ("urf", "UseDistrict"),
    ):  # fmt: skip
        (file,) = (data / "plateau-themes/udx" / folder).glob("*.gml")
        report = tile(TileOptions((file,), tmp_path / folder)).report
        assert report.objects_written[class_name] > 0
        assert report.surfaces_written > 0
        assert not report.unbalanced


@pytest.mark.parametrize(
    ("name", "triangles"),
    [
        ("plateau-tokyo-shinjuku/udx/dem/533925_dem_6697_op.gml", 44),
        ("fzk-haus/Building_LOD4-EPSG25832.gml", 9),
    ],
)
def test_row_29_relief_is_terrain_also_beside_buildings(
    data: Path, tmp_path: Path, name: str, triangles: int
) -> None:
    assert len(etree.parse(str(data / name)).findall(".//{*}Triangle")) == triangles
    report = tile(TileOptions((data / name,), tmp_path / "scene")).report
    relief = [t for (_, class_name), t in report.surfaces.items() if class_name == "TINRelief"]
    assert [tally.read for tally in relief] == [triangles]
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert manifest["layers"][0]["name"] == "ground"
    assert manifest["layers"][0]["reality"] == "measured"


def test_row_30_templates_are_instances(data: Path, tmp_path: Path) -> None:
    tile(TileOptions((data / TREES,), tmp_path / "scene", place=LocalPlace(8.0, 49.0)))
    plants = [one for leaf in tiles(tmp_path / "scene", "vegetation") for one in leaf.glb().plants]
    assert sum(len(one.places) for one in plants) == 15


def test_row_31_spaces_areas_sections_and_intersections_of_3_0(data: Path) -> None:
    found = read(data / JUNCTION)
    counts = Counter(item.class_name for item in found.objects)
    assert counts == {
        "Road": 2,
        "Section": 4,
        "Intersection": 1,
        "TrafficSpace": 91,
        "AuxiliaryTrafficSpace": 158,
    }
    assert found.report.surfaces_read == 249


def test_row_31_boundaries_of_3_0_are_those_of_2_0(data: Path) -> None:
    three = data / "fzk-haus/FZK-Haus-LoD3-KIT-IAI-KHH-B36-V1__v3.gml"
    types = Counter(
        int(kind)
        for item in read(three).objects
        for geometry in item.geometries
        for kind in geometry.polygons.surface_types
    )
    tree = etree.parse(str(three))
    assert len(tree.findall(".//{*}WindowSurface")) == 11
    assert types[7] >= 11
    assert types[8] >= 2


@pytest.mark.parametrize("what", ["SensorConnection_V1", "inline_Timeseries"])
def test_row_31_dynamizers_are_told_of(data: Path, what: str) -> None:
    (file,) = (data / SAMPLES).glob(f"*{what}.gml")
    (said,) = read(file).report.dynamizers
    assert said.attribute == written_names(file, "attributeRef")[0]
    assert bool(said.url) == (what == "SensorConnection_V1")
    assert bool(said.values) == (what == "inline_Timeseries")


def test_row_31_versions_are_counted_and_all_are_shown(data: Path) -> None:
    (file,) = (data / SAMPLES).glob("historicalSuccession*.gml")
    found = read(file, crs="EPSG:3946")
    assert sum(item.class_name == "Building" for item in found.objects) == 4
    counted = found.report.objects_not_selected
    assert (counted["Version"], counted["VersionTransition"]) == (2, 1)


@pytest.mark.parametrize("name", ["Building_LOD4-EPSG25832.gml", "lod4_building_v2.gml"])
def test_row_32_what_is_indoors_is_counted_and_not_drawn(
    data: Path, tmp_path: Path, name: str
) -> None:
    report = tile(TileOptions((data / "fzk-haus" / name,), tmp_path / "scene")).report
    assert report.objects_not_selected["Room"] == 1
    assert report.surfaces_not_selected > 0
    assert not report.has_losses


def test_row_32_windows_and_doors_are_surfaces_of_their_own_in_open_walls(
    data: Path, tmp_path: Path
) -> None:
    tile(TileOptions((data / MANY_IMAGES,), tmp_path / "scene"))
    leaves = [leaf.glb() for leaf in tiles(tmp_path / "scene", "buildings") if leaf.leaf]
    materials = {one.material for leaf in leaves for one in leaf.primitives}
    assert {"wall", "window", "door", "roof"} <= materials


MARKED = (
    "plateau-tokyo-shinjuku/udx/lsld/533925_lsld_6668_op.gml",
    "plateau-themes/udx/luse/523836_luse_6668_op.gml",
)


@pytest.mark.parametrize("name", MARKED)
def test_row_33_a_byte_order_mark_is_no_hindrance(data: Path, name: str) -> None:
    assert (data / name).read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(data / name).objects


@pytest.mark.parametrize(
    "declaration",
    [
        "<?xml version='1.0' encoding='UTF-8'?>",
        '<?xml version="1.0" encoding="utf-8"?>',
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        '<?xml version="1.0" encoding="UTF-16"?>',
        '<?xml version="1.0" encoding="windows-1252" standalone="yes"?>',
    ],
)
def test_row_33_any_declaration_of_an_encoding_is_followed(
    tmp_path: Path, declaration: str
) -> None:
    document = city(building("<gml:name>Größe</gml:name>"), head=declaration)
    encoding = re.split("[\"']", declaration)[3]
    found = read(tmp_path / "city.gml", document.encode(encoding))
    assert found.objects[0].name == "Größe"


def test_row_33_a_cityjson_file_with_accents_in_its_name(data: Path, tmp_path: Path) -> None:
    source = data / "cityjson-misc/building_with_innerring.city.json"
    file = Path(shutil.copy(source, tmp_path / "Bâtiment-é.city.json"))
    done = tile(TileOptions((file,), tmp_path / "scene"))
    assert done.report.surfaces_written == 102


def test_row_34_a_folder_of_buildings_is_one_scene(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    for name in ("4018212", "4018106"):
        shutil.copytree(data / "ingolstadt-lod3" / name, folder / name)
    done = tile(TileOptions((folder,), tmp_path / "scene"))
    assert [Path(one.file).name for one in done.report.inputs] == ["4018106.xml", "4018212.xml"]


@pytest.mark.parametrize("name", ["city.txt", "city", "city.json", "city.gml"])
@pytest.mark.parametrize(
    "source", [LYON, "cityjson-misc/building_with_innerring.city.json", POINTS]
)
def test_row_35_a_file_is_told_by_its_content(
    data: Path, tmp_path: Path, name: str, source: str
) -> None:
    file = Path(shutil.copy(data / source, tmp_path / name))
    crs = "EPSG:3946" if source != "cityjson-misc/building_with_innerring.city.json" else None
    done = tile(TileOptions((file,), tmp_path / "scene", crs))
    assert done.report.inputs[0].format in ("CityGML", "CityJSON", "LAS")


def test_row_35_a_compressed_file_is_read_as_it_is(data: Path, tmp_path: Path) -> None:
    source = data / "nrw-lod2/LoD2_32_280_5657_1_NW.gml"
    file = tmp_path / "LoD2.gml.gz"
    file.write_bytes(gzip.compress(source.read_bytes()))
    assert tile(TileOptions((file,), tmp_path / "scene")).report.surfaces_written == 1144


def test_row_41_points_far_above_all_others_are_no_ground(data: Path, tmp_path: Path) -> None:
    tile(TileOptions((data / POINTS,), tmp_path / "scene"))
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert manifest["extent"]["max"][2] < 300, "one point lies at 700 m, the trees below 250"
    assert manifest["source_crs"] == ["EPSG:3946"]


def test_row_42_attributions_are_in_the_manifest_and_in_every_tile(
    data: Path, tmp_path: Path
) -> None:
    whom = Attribution("Stadt Ingolstadt; TU München", "CC BY-SA 4.0")
    tile(TileOptions((data / INGOLSTADT,), tmp_path / "scene", attributions=(whom,)))
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert manifest["attributions"][0] == {"text": whom.text, "licence": whom.licence}
    for leaf in tiles(tmp_path / "scene", "buildings"):
        assert whom.text in leaf.glb().copyright_notice
        assert whom.licence in leaf.glb().copyright_notice


def test_the_real_images_are_what_the_tests_take_them_for(data: Path) -> None:
    folder = (data / HANEDA).parent
    for name in written_names(data / HANEDA, "imageURI"):
        if (folder / name).is_file():
            with Image.open(folder / name) as image:
                assert image.format in ("TIFF", "JPEG")


def test_every_row_has_a_test_that_names_it() -> None:
    folder = Path(__file__).parent
    names = re.findall(
        r"def test_row_(\d+)", "".join(file.read_text() for file in folder.glob("test_*.py"))
    )
    assert {int(name) for name in names} == {*range(1, 37), 41, 42}
