"""What real files do with geometry: links, levels of detail, holes, slivers, broken rings.

One test or more for each quirk, by the number that it has in the list of quirks of real data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from lxml import etree

from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from tiling.citygml_documents import (
    ORIGIN,
    building,
    city,
    local,
    multi_surface,
    polygon,
    positions,
    read,
    solid_of,
    wall,
)
from tiling.plain_gml import Face, area_vector, faces

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.report import Report

SAMPLES = "citygml30-samples"
HREF = "{http://www.w3.org/1999/xlink}href"
OPERA = f"{SAMPLES}/Opera-Lyon_CityGML3.0_LOD2_with_xAL3_FullyStructured.gml"
UNDERGROUND = "plateau-themes/udx/ubld/51324378_ubld_6697.gml"
NRW = "nrw-lod2/LoD2_32_280_5657_1_NW.gml"
HAMBURG = "hamburg-multilod/CS2_multiLOD.gml"
HAIR_M = 1e-4
LOD_4 = "fzk-haus/Building_LOD4-EPSG25832.gml"


def tiled(path: Path, scene: Path, crs: str | None = None) -> Report:
    """The report of tiling one file, whose counts must add up."""
    report = tile(TileOptions((path,), scene, crs)).report
    assert not report.unbalanced
    return report


@pytest.mark.parametrize(
    ("name", "links"), [(NRW, 1144), (f"{SAMPLES}/lod2_buildings_v3.gml", 700)]
)
def test_row_13_solids_of_links_have_each_face_once(
    data: Path, tmp_path: Path, name: str, links: int
) -> None:
    tree = etree.parse(str(data / name))
    members = [e for e in tree.iter("{*}surfaceMember") if e.get(HREF)]
    assert len(members) == links
    report = tiled(data / name, tmp_path / "scene")
    assert report.surfaces_read == report.surfaces_written == links


@pytest.mark.parametrize("solid_first", [True, False])
def test_row_13_links_lead_forward_and_backward(tmp_path: Path, solid_first: bool) -> None:
    parts = [solid_of("#w1"), wall(polygon(gml_id="w1"))]
    document = city(building(*(parts if solid_first else parts[::-1])))
    assert read(tmp_path / "city.gml", document).report.surfaces_read == 1


def test_row_14_links_between_objects_are_followed(tmp_path: Path) -> None:
    shared = multi_surface(polygon(gml_id="shared"))
    first, second = building(shared, gml_id="b1"), building(solid_of("#shared"), gml_id="b2")
    for order in ((first, second), (second, first)):
        found = read(tmp_path / "city.gml", city(*order))
        assert (
            local(found.geometry("b2", "2")).tolist() == local(found.geometry("b1", "2")).tolist()
        )
        assert not found.report.has_losses


@pytest.mark.parametrize(
    "name", [UNDERGROUND, LOD_4, f"{SAMPLES}/BuildingUnits_Storeys_xlink.gml", HAMBURG]
)
def test_row_14_real_links_and_oriented_surfaces_lose_nothing(data: Path, name: str) -> None:
    tree = etree.parse(str(data / name))
    ids = {str(v) for e in tree.iter() for k, v in e.attrib.items() if str(k).endswith("}id")}
    links = [
        str(e.get(HREF)) for e in tree.iter("{*}surfaceMember", "{*}baseSurface") if e.get(HREF)
    ]
    assert len(links) > 1
    assert {link.removeprefix("#") for link in links} <= ids
    report = read(data / name).report
    assert report.surfaces_lost[Reason.UNRESOLVED_LINK] == 0
    assert report.surfaces_read >= len(faces(data / name))


def test_row_14_a_surface_with_orientation_minus_is_turned_over(tmp_path: Path) -> None:
    plain, turned = polygon(gml_id="p"), polygon(gml_id="t")
    oriented = (
        f'<gml:OrientableSurface orientation="-"><gml:baseSurface>{turned}</gml:baseSurface>'
        "</gml:OrientableSurface>"
    )
    found = read(tmp_path / "city.gml", city(building(multi_surface(plain, oriented))))
    points = local(found.geometry("b1", "2"))
    up, down = area_vector(points[:4]), area_vector(points[4:])
    assert up.tolist() == [0, 0, 16]
    assert down.tolist() == [0, 0, -16]


@pytest.mark.parametrize(
    ("name", "chosen", "others"),
    [
        ("plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml", 540, 106),
        ("plateau-tokyo-shinjuku/udx/bldg/53394525_bldg_6697_2_op.gml", 249, 21),
        (HAMBURG, 188, 69),
    ],
)
def test_row_15_of_several_levels_of_detail_one_is_drawn_and_the_others_are_counted(
    data: Path, tmp_path: Path, name: str, chosen: int, others: int
) -> None:
    report = tiled(data / name, tmp_path / "scene")
    assert report.surfaces_written == chosen
    assert report.surfaces_not_selected == others
    assert chosen + others == len(faces(data / name))


def test_row_17_inner_rings_stay_open(data: Path) -> None:
    file = data / "ingolstadt-lod3/4018212/4018212.xml"
    source = faces(file)
    holes = sum(len(face.rings) - 1 for face in source)
    assert holes > 10
    found = [g.polygons for item in read(file).objects for g in item.geometries]
    rings = sum(len(p.ring_offsets) - 1 - len(p) for p in found)
    assert rings == holes
    assert max(len(ring) for face in source for ring in face.rings) > 10


def test_row_18_faces_off_their_plane_are_drawn_all_the_same(data: Path, tmp_path: Path) -> None:
    bent = [face for face in faces(data / NRW) if face.off_plane > 0.01]
    assert len(bent) >= 25
    report = tiled(data / NRW, tmp_path / "scene")
    assert not report.has_losses


def test_row_19_slivers_are_dropped_and_counted(data: Path, tmp_path: Path) -> None:
    file = data / "ingolstadt-lod3/4018148/4018148.xml"
    flat = [face for face in faces(file) if face.area < 1e-7]
    assert flat
    report = tiled(file, tmp_path / "scene")
    assert set(report.surfaces_lost) == {Reason.ZERO_AREA, Reason.TOO_FEW_POINTS}
    assert {loss.line for loss in report.losses} == {face.line for face in flat}


def test_row_19_repeated_points_are_taken_out_and_counted(tmp_path: Path) -> None:
    ring = positions((0, 0, 0), (0, 0, 0), (4, 0, 0), (4, 4, 0), (4, 4, 0))
    path = tmp_path / "city.gml"
    path.write_text(city(building(multi_surface(polygon(ring)))))
    report = tiled(path, tmp_path / "scene")
    assert report.repaired["repeated points"] == 2
    assert report.surfaces_written == 1


def test_row_20_broken_rings_are_mended_or_listed_one_by_one(data: Path, tmp_path: Path) -> None:
    report = tiled(data / OPERA, tmp_path / "scene")
    assert report.repaired["rings that were not closed"] == 7
    assert report.surfaces_lost[Reason.TOO_FEW_POINTS] == 1
    assert report.surfaces_lost[Reason.ZERO_AREA] == 60
    assert report.surfaces_written == 2279 - 61
    assert all(loss.line and loss.object_id for loss in report.losses)


def test_row_20_what_is_lost_for_its_area_is_a_line(data: Path, tmp_path: Path) -> None:
    losses = tiled(data / OPERA, tmp_path / "scene").losses
    lines = {loss.line for loss in losses if loss.reason is Reason.ZERO_AREA}
    lost = [face for face in faces(data / OPERA) if face.line in lines]
    assert len(lost) == 60
    assert all(face.area / np.ptp(face.rings[0], axis=0).max() < HAIR_M for face in lost)


def test_a_face_knows_its_area_and_how_far_it_is_off_its_plane() -> None:
    square = np.array([(0, 0, 0), (4, 0, 0), (4, 4, 0), (0, 4, 0)], np.float64) + ORIGIN
    hole = np.array([(1, 1, 0), (1, 2, 0), (2, 2, 0), (2, 1, 0)], np.float64) + ORIGIN
    assert Face((square, hole), 1).area == pytest.approx(15.0)
    assert Face((square,), 1).off_plane == pytest.approx(0.0)
    bent = square + np.array([(0, 0, 0.1), (0, 0, -0.1), (0, 0, 0.1), (0, 0, -0.1)])
    assert Face((bent,), 1).off_plane == pytest.approx(0.1, rel=1e-3)
