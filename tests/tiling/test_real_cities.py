"""Real files, counted a second time by XPath: nothing is missing, nothing is there twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from lxml import etree

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import UnknownCrs
from citiverse_tiling.options import LocalPlace
from citiverse_tiling.report import Reason
from citiverse_tiling.transforms.clean_rings import clean_rings
from citiverse_tiling.transforms.select_lod import select_lod
from tiling.citygml_documents import Reading, read

if TYPE_CHECKING:
    from pathlib import Path

READ_TAGS = ("Building", "BuildingPart", "BuildingInstallation")

# Files whose geometry is all in read objects: every gml:Polygon of the file is a surface read.
WHOLE = [
    ("potsdam-lod1/Potsdam_LoD1.gml", None),
    ("nrw-lod2/LoD2_32_280_5657_1_NW.gml", None),
    ("zurich-citygml1/zurich-lod2-citygml1.xml", None),
    ("delft-lod1/delft-citygml2.xml", None),
    ("fzk-haus/FZK-Haus-LoD1-KIT-IAI-KHH-B36-V1__v3.gml", None),
    ("fzk-haus/FZK-Haus-LoD2-KIT-IAI-KHH-B36-V1__v3.gml", None),
    ("fzk-haus/FZK-Haus-LoD3-KIT-IAI-KHH-B36-V1__v3.gml", None),
    ("hamburg-multilod/CS2_multiLOD.gml", None),
    ("lyon-textured/LYON_1ER_BATI_2015_small_house.gml", "EPSG:3946"),
    ("lyon-textured/LYON_2EME_BATI_2015_small_house.gml", "EPSG:3946"),
    ("plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml", None),
    ("plateau-tokyo-shinjuku/udx/bldg/53394525_bldg_6697_2_op.gml", None),
    ("plateau-tokyo-invalid/udx/bldg/53392633_bldg_6697_2_op.gml", None),
    ("citygml30-samples/lod2_buildings_v3.gml", None),
    ("citygml30-samples/Opera-Lyon_CityGML3.0_LOD2_with_xAL3_FullyStructured.gml", None),
    ("citygml30-samples/JeffersonBuilding_CityGML3.0_LOD1_with_xAL3_CommonTypes.gml", None),
    (
        "citygml30-samples/historicalSuccession_CityGML_3.0_LOD2_Versioning.gml",
        "EPSG:3946",
    ),
    ("citygml30-samples/Building_CityGML3.0_with_Dynamizer_and_inline_Timeseries.gml", None),
]


def finish(reading: Reading) -> None:
    """Select and clean as a run does, so that the report can be balanced."""
    for item in reading.objects:
        geometry = select_lod(item, reading.report)
        if geometry is not None:
            clean = clean_rings(geometry.polygons, item, reading.report)
            reading.report.write(item, len(clean))


def true_line(element: etree._Element) -> int:
    line = element.sourceline
    assert isinstance(line, int)
    return line


@pytest.mark.parametrize(("name", "crs"), WHOLE, ids=lambda value: str(value).rpartition("/")[2])
def test_every_polygon_and_object_of_a_file_is_read_once(
    data: Path, name: str, crs: str | None
) -> None:
    tree = etree.parse(str(data / name))
    reading = read(data / name, crs=crs)
    polygons = tree.findall(".//{*}Polygon") + tree.findall(".//{*}Triangle")
    lost_links = reading.report.surfaces_lost[Reason.UNRESOLVED_LINK]
    assert reading.report.surfaces_read - lost_links == len(polygons)
    lines = [int(n) for o in reading.objects for g in o.geometries for n in g.polygons.lines]
    assert Counter(lines) == Counter(map(true_line, polygons))
    counts = Counter({tag: len(tree.findall(f".//{{*}}{tag}")) for tag in READ_TAGS})
    assert reading.report.objects_read - reading.report.objects_not_selected == +counts
    finish(reading)
    assert not reading.report.unbalanced


@pytest.mark.parametrize(
    ("name", "crs"),
    [case for case in WHOLE if "invalid" not in case[0]],
    ids=lambda value: str(value).rpartition("/")[2],
)
def test_every_number_of_a_file_is_in_some_ring(data: Path, name: str, crs: str | None) -> None:
    tree = etree.parse(str(data / name))
    reading = read(data / name, crs=crs)
    expected: list[float] = []
    for ring in tree.iterfind(".//{*}LinearRing"):
        texts = [node.text or "" for node in ring.iter("{*}posList", "{*}pos")]
        numbers = [float(number) for number in " ".join(texts).split()]
        if len(numbers) % 3 == 0:
            closed = len(numbers) > 3 and numbers[:3] == numbers[-3:]
            expected += numbers[: len(numbers) - 3 * closed]
    coordinates = [g.polygons.coordinates for o in reading.objects for g in o.geometries]
    found = np.concatenate(coordinates).ravel()
    found = found[np.isfinite(found)]
    np.testing.assert_array_equal(np.sort(found), np.sort(expected))


@pytest.mark.parametrize(
    ("name", "middle"),
    [
        ("potsdam-lod1/Potsdam_LoD1.gml", (13.06, 52.41)),
        ("nrw-lod2/LoD2_32_280_5657_1_NW.gml", (5.87, 51.01)),
        ("zurich-citygml1/zurich-lod2-citygml1.xml", (8.5, 47.4)),
        ("delft-lod1/delft-citygml2.xml", (4.36, 52.0)),
        ("fzk-haus/FZK-Haus-LoD2-KIT-IAI-KHH-B36-V1__v3.gml", (8.42, 49.1)),
        ("plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml", (139.78, 35.54)),
        (
            "citygml30-samples/JeffersonBuilding_CityGML3.0_LOD1_with_xAL3_CommonTypes.gml",
            (-77.0, 38.89),
        ),
        (
            "citygml30-samples/Building_CityGML3.0_with_Dynamizer_and_inline_Timeseries.gml",
            (11.85, 48.0),
        ),
    ],
    ids=lambda value: str(value).rpartition("/")[2],
)
def test_cities_lie_where_they_are_and_come_back_within_a_centimetre(
    data: Path, name: str, middle: tuple[float, float]
) -> None:
    registry = CrsRegistry()
    registry.resolve("EPSG:4979", None, None)
    for item in read(data / name).objects:
        for geometry in item.geometries:
            points = geometry.polygons.coordinates
            key = registry.resolve(geometry.crs, None, None)
            ecef = registry.to_ecef(key, points)
            back = registry.from_ecef(key, ecef)
            scale = 111_000.0 if abs(points[:, :2]).max() < 360 else 1.0
            assert np.abs(back - points).max() * scale < 0.01
            lon, lat, _ = registry.from_ecef("EPSG:4979", ecef).T
            np.testing.assert_allclose(lon, middle[0], atol=0.3)
            np.testing.assert_allclose(lat, middle[1], atol=0.3)


@pytest.mark.parametrize(
    ("name", "objects", "lost", "unseen"),
    [
        ("BuildingUnits_Storeys_xlink", 1, {}, {"BuildingUnit": 2, "Storey": 2, "BuildingRoom": 3}),
        ("Building_CityGML3.0_with_Dynamizer_and_SensorConnection_V1", 1, {}, {"BuildingRoom": 1}),
        ("Building_CityGML3.0_with_Dynamizer_and_inline_Timeseries", 1, {}, {}),
        ("Building_and_garage_LOD2-EPSG25832", 4, {}, {}),
        ("JeffersonBuilding_CityGML3.0_LOD1_with_xAL3_CommonTypes", 1, {}, {}),
        (
            "Opera-Lyon_CityGML3.0_LOD2_with_xAL3_FullyStructured",
            1,
            {Reason.TOO_FEW_POINTS: 1},
            {},
        ),
        ("lod2_buildings_v3", 100, {}, {}),
        ("ParkingGarage_CityGML3.0_LOD2_with_CityObjectRelations_and_XLinks", "no CRS", {}, {}),
        ("historicalSuccession_CityGML_3.0_LOD2_Versioning", "no CRS", {}, {}),
        ("Building_LOD1-LocalEngineeringCRS", "no CRS", {}, {}),
        ("LocalCRS_CityGML3", "no CRS", {}, {}),
        ("Road_over_Bridge_CityGML3.0_LOD2_with_CityObjectRelations", "no CRS", {}, {}),
        ("citygml3_roads_4wayintersection", 256, {}, {}),
    ],
)
def test_each_citygml_3_sample_gets_its_verdict(
    data: Path, name: str, objects: int | str, lost: dict[Reason, int], unseen: dict[str, int]
) -> None:
    file = data / "citygml30-samples" / f"{name}.gml"
    if objects == "no CRS":
        with pytest.raises(UnknownCrs, match="--place"):
            read(file)
        assert read(file, place=LocalPlace(8.4, 49.0), crs="EPSG:25832").objects
        return
    reading = read(file)
    finish(reading)
    assert len(reading.objects) == objects
    assert dict(reading.report.surfaces_lost) == lost
    assert dict(reading.report.objects_not_selected) == unseen
    assert not reading.report.objects_not_supported
    assert not reading.report.unbalanced


def test_local_engineering_crs_is_read_where_a_place_anchors_it(data: Path) -> None:
    file = data / "citygml30-samples" / "Building_LOD1-LocalEngineeringCRS.gml"
    place = LocalPlace(8.43, 49.1, 110.0)
    registry = CrsRegistry(place=place)
    (item,) = [one for one in read(file, place=place).objects if one.class_name == "Building"]
    registry.resolve(None, None, None)
    points = item.geometries[0].polygons.coordinates
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(registry.to_ecef("local", points), axis=0), axis=1),
        np.linalg.norm(np.diff(points, axis=0), axis=1),
        atol=1e-6,
    )


def test_a_solid_made_of_links_has_the_faces_it_links_to(data: Path) -> None:
    reading = read(data / "nrw-lod2/LoD2_32_280_5657_1_NW.gml")
    ids = [i for o in reading.objects for g in o.geometries for i in g.polygons.ids]
    assert len(ids) == len(set(ids)) == 1144
    assert not reading.report.has_losses


def test_potsdam_keeps_its_attributes_and_addresses(data: Path) -> None:
    reading = read(data / "potsdam-lod1/Potsdam_LoD1.gml")
    first = reading.objects[0]
    assert first.source_id == "c575fe13-dc5d-4b54-95bc-c81327"
    assert first.name == "12054000006120007 01"
    assert first.attributes["function"] == "Gruppenhaus"
    assert first.attributes["measuredHeight"] == 56890.0
    assert first.attributes["OBJECTID"] == 18358
    assert reading.objects[-1].address == "Pappelallee, 53115 Potsdam, Germany"


def test_an_invalid_file_says_what_is_wrong_with_it(data: Path) -> None:
    folder = data / "plateau-tokyo-invalid/udx/bldg"
    reading = read(folder / "L13.gml")
    assert reading.report.surfaces_lost == {Reason.UNRESOLVED_LINK: 1}
    broken = folder / "C01_C04_L05_L06_L07_L11_L13_T03_invalid_demo.gml"
    with pytest.raises(UnknownCrs, match="669"):
        read(broken)
    reading = read(broken, crs="EPSG:6697")
    finish(reading)
    assert not reading.report.unbalanced


def test_detailed_buildings_balance_too(data: Path) -> None:
    files = sorted((data / "ingolstadt-lod3").rglob("*.xml"))[:4]
    assert files
    for file in [*files, data / "testtown-lod3/lod3_building_v2.gml"]:
        reading = read(file)
        finish(reading)
        assert not reading.report.unbalanced
        assert reading.report.surfaces_written > 0
