"""What real files do about where they are: axis orders, names of CRS, envelopes, lists of numbers.

One test or more for each quirk, by the number that it has in the list of quirks of real data.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from lxml import etree

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import UnknownCrs
from citiverse_tiling.info import FileInfo, describe_file
from citiverse_tiling.options import LocalPlace, TileOptions, silent
from citiverse_tiling.pipeline import tile
from tiling.citygml_documents import building, city, multi_surface, polygon, positions, read

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = "citygml30-samples"
HANEDA = "plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml"
JEFFERSON = f"{SAMPLES}/JeffersonBuilding_CityGML3.0_LOD1_with_xAL3_CommonTypes.gml"
NRW = "nrw-lod2/LoD2_32_280_5657_1_NW.gml"
POTSDAM = "potsdam-lod1/Potsdam_LoD1.gml"
LYON = "lyon-textured/LYON_1ER_BATI_2015_small_house.gml"


def info(path: Path, crs: str | None = None, place: LocalPlace | None = None) -> FileInfo:
    return describe_file(path, crs, place, silent)


def assert_lies_at(found: FileInfo, lon: float, lat: float) -> None:
    assert found.lonlat is not None
    middle = (np.array(found.lonlat.low) + np.array(found.lonlat.high)) / 2
    assert middle[:2] == pytest.approx([lon, lat], abs=0.1)


def test_row_01_latitude_first_as_the_register_says_is_swapped(data: Path) -> None:
    assert_lies_at(info(data / HANEDA), 139.7, 35.5)
    first = read(data / HANEDA).objects[0].geometries[0].polygons.coordinates[0]
    assert first[0] > 130 > 40 > first[1], "longitude first for all that comes after reading"


def test_row_02_longitude_first_against_the_register_is_noticed(data: Path) -> None:
    assert_lies_at(info(data / JEFFERSON), -77.0, 38.9)


def test_row_02_an_override_says_the_order(data: Path) -> None:
    assert_lies_at(info(data / JEFFERSON, "OGC:CRS84h"), -77.0, 38.9)


@pytest.mark.parametrize("what", ["SensorConnection_V1", "inline_Timeseries"])
def test_row_03_projected_coordinates_are_easting_first_whatever_the_register_says(
    data: Path, what: str
) -> None:
    (file,) = (data / SAMPLES).glob(f"*{what}.gml")
    assert_lies_at(info(file), 11.87, 48.04)


@pytest.mark.parametrize(
    "name",
    [
        LYON,
        f"{SAMPLES}/ParkingGarage_CityGML3.0_LOD2_with_CityObjectRelations_and_XLinks.gml",
        f"{SAMPLES}/Road_over_Bridge_CityGML3.0_LOD2_with_CityObjectRelations.gml",
    ],
)
def test_row_04_a_file_without_a_crs_asks_for_one_and_takes_it(data: Path, name: str) -> None:
    with pytest.raises(UnknownCrs, match=r"no coordinate reference system.*--crs EPSG:<code>"):
        read(data / name)
    assert "--crs" in info(data / name).refused
    given = {"crs": "EPSG:3946"} if name == LYON else {"place": LocalPlace(4.8, 45.8)}
    assert read(data / name, **given).objects


def test_row_04_the_crs_that_is_given_is_where_it_lies(data: Path) -> None:
    assert_lies_at(info(data / LYON, "EPSG:3946"), 4.82, 45.77)


@pytest.mark.parametrize(
    ("srs_name", "code"),
    [
        ("CH1903", "EPSG:21781"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", "EPSG:25832+7837"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN92_NH", "EPSG:25832+5783"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHN92_NH", "EPSG:25832"),
        ("urn:adv:crs:DE_DHDN_3GK4*DE_DHHN92_NH", "EPSG:31468+5783"),
        ("epsg:25832", "EPSG:25832"),
        ("http://www.opengis.net/def/crs/EPSG/0/6697", "EPSG:6697"),
        ("HTTP://WWW.OPENGIS.NET/DEF/CRS/epsg/0/25832", "EPSG:25832"),
    ],
)
def test_row_05_names_that_no_register_has_are_understood(srs_name: str, code: str) -> None:
    registry = CrsRegistry()
    assert registry.describe(registry.resolve(srs_name, None, None)).code.startswith(code)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plateau-tokyo-invalid/udx/bldg/C01_C04_L05_L06_L07_L11_L13_T03_invalid_demo.gml", "669"),
        (f"{SAMPLES}/LocalCRS_CityGML3.gml", "is local"),
        (f"{SAMPLES}/Building_LOD1-LocalEngineeringCRS.gml", "is local"),
    ],
)
def test_row_05_a_name_that_means_nothing_is_refused_by_name(
    data: Path, name: str, said: str
) -> None:
    with pytest.raises(UnknownCrs, match=said):
        read(data / name)


def test_row_06_a_compound_name_is_a_horizontal_and_a_vertical_one(data: Path) -> None:
    (crs,) = info(data / POTSDAM).crs
    assert crs.code == "EPSG:25833+5783"
    assert "DHHN92" in crs.vertical_datum
    assert "ETRS89" in crs.horizontal_name


@pytest.mark.parametrize(
    ("name", "lon", "lat"),
    [
        (POTSDAM, 13.06, 52.4),
        (f"{SAMPLES}/citygml3_roads_4wayintersection.gml", 144.97, -37.8),
    ],
)
def test_row_07_a_crs_that_only_buildings_or_surfaces_name_is_found(
    data: Path, name: str, lon: float, lat: float
) -> None:
    root = etree.parse(str(data / name)).getroot()
    envelope = root.find("{*}boundedBy/{*}Envelope")
    assert envelope is None or not envelope.get("srsName")
    assert_lies_at(info(data / name), lon, lat)


def test_row_07_the_nearest_name_counts(tmp_path: Path) -> None:
    east = positions((0, 0, 0), (4, 0, 0), (4, 4, 0), at=(367_000.0, 5_807_000.0, 30.0))
    document = city(
        building(multi_surface(polygon(), polygon(east, srs="EPSG:25833"))), srs_name="EPSG:25832"
    )
    found = read(tmp_path / "city.gml", document)
    assert {geometry.crs for geometry in found.objects[0].geometries} == {
        "EPSG:25832",
        "EPSG:25833",
    }


@pytest.mark.parametrize(
    "name", ["hamburg-multilod/CS2_multiLOD.gml", "zurich-citygml1/zurich-lod2-citygml1.xml"]
)
def test_row_08_heights_under_a_flat_crs_are_kept_and_said_to_be_unnamed(
    data: Path, name: str
) -> None:
    found = info(data / name)
    assert found.crs[0].vertical_datum.startswith("not named by EPSG:")
    (box,) = found.extents.values()
    assert box.high[2] > box.low[2] > 10


def test_row_09_coordinates_at_an_unlikely_place_are_converted(data: Path) -> None:
    found = info(data / "testtown-lod3/lod3_building_v2.gml")
    assert not found.refused
    assert_lies_at(found, 13.04, 52.33)


def test_row_10_the_content_says_the_crs_and_not_the_name_of_the_file(data: Path) -> None:
    file = data / "plateau-themes/udx/luse/523836_luse_6668_op.gml"
    assert [crs.code for crs in info(file).crs] == ["EPSG:6697"]


def test_row_10_several_crs_in_one_run_are_one_scene(data: Path, tmp_path: Path) -> None:
    buildings = data / "plateau-tokyo-shinjuku/udx/bldg/53394525_bldg_6697_2_op.gml"
    other = tmp_path / "other.gml"
    other.write_bytes(buildings.read_bytes().replace(b"EPSG/0/6697", b"EPSG/0/6668"))
    inputs = (buildings, other)
    tile(TileOptions(inputs, tmp_path / "scene"))
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert manifest["source_crs"] == ["EPSG:6697", "EPSG:6668"]
    width = manifest["extent"]["max"][0] - manifest["extent"]["min"][0]
    assert width < 500, "the two lie on each other"


@pytest.mark.parametrize(("name", "crs"), [(NRW, None), (LYON, "EPSG:3946")])
def test_row_11_the_box_is_that_of_the_geometry_and_not_of_the_envelope(
    data: Path, name: str, crs: str | None
) -> None:
    root = etree.parse(str(data / name)).getroot()
    low, high = (
        np.array((root.findtext(f"{{*}}boundedBy//{{*}}{corner}") or "").split(), np.float64)
        for corner in ("lowerCorner", "upperCorner")
    )
    (box,) = info(data / name, crs).extents.values()
    found = np.subtract(box.high[:2], box.low[:2])
    assert np.prod(found) < np.prod((high - low)[:2]) / 4


def test_row_12_single_positions_and_lists_are_the_same(data: Path) -> None:
    tree = etree.parse(str(data / "delft-lod1/delft-citygml2.xml"))
    assert len(tree.findall(".//{*}LinearRing/{*}pos")) == 777
    found = read(data / "delft-lod1/delft-citygml2.xml")
    assert found.report.surfaces_read == 97


POINTS = " ".join(positions((0, 0, 0), (4, 0, 0), (4, 4, 0)).split())
NUMBERS = POINTS.split()
SINGLE = "".join(
    f"<gml:pos>{' '.join(NUMBERS[at : at + 3])}</gml:pos>" for at in range(0, len(NUMBERS), 3)
)
LISTS = {
    "pos": SINGLE,
    "posList": f"<gml:posList>{POINTS}</gml:posList>",
    "srsDimension": f'<gml:posList srsDimension="3">{POINTS}</gml:posList>',
    "count": f'<gml:posList count="{len(NUMBERS) // 3}">{POINTS}</gml:posList>',
    "coordinates": "<gml:coordinates>"
    + " ".join(",".join(NUMBERS[at : at + 3]) for at in range(0, len(NUMBERS), 3))
    + "</gml:coordinates>",
}


@pytest.mark.parametrize("form", LISTS.values(), ids=LISTS)
def test_row_12_every_form_of_a_list_of_points_is_read(tmp_path: Path, form: str) -> None:
    ring = f"<gml:exterior><gml:LinearRing>{form}</gml:LinearRing></gml:exterior>"
    document = city(building(multi_surface(f"<gml:Polygon>{ring}</gml:Polygon>")))
    found = read(tmp_path / "city.gml", document).geometry("b1", "2").polygons
    assert found.coordinates.ravel().tolist() == [float(n) for n in NUMBERS[:9]]
