"""What CityGML elements become: objects, parts, surfaces, openings, attributes, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.options import LocalPlace
from citiverse_tiling.report import InputDescription, Reason
from tiling.citygml_documents import (
    NAMESPACES_3,
    SQUARE,
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

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.gml"


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_building_is_read_with_its_place_crs_and_open_rings(path: Path, version: str) -> None:
    reading = read(path, city(building(multi_surface(polygon())), version=version))
    (item,) = reading.objects
    assert (item.source_id, item.class_name, item.place.file) == ("b1", "Building", "city.gml")
    geometry = reading.geometry("b1", "2")
    assert geometry.crs == "EPSG:25832"
    np.testing.assert_array_equal(local(geometry), SQUARE)
    assert geometry.polygons.ring_offsets.tolist() == [0, 4]
    assert reading.report.surfaces_read == 1
    size = path.stat().st_size
    expected = InputDescription("city.gml", size, "CityGML", version, ("EPSG:25832",))
    assert reading.report.inputs == [expected]


def test_lines_are_those_of_the_file(path: Path) -> None:
    document = city(building("\n\n", multi_surface("\n" + polygon())))
    reading = read(path, document)
    (line,) = reading.geometry("b1", "2").polygons.lines
    assert "<gml:Polygon" in document.splitlines()[line - 1]
    assert "<bldg:Building" in document.splitlines()[reading.objects[0].place.line - 1]


def test_lines_beyond_65535_are_right_to_one_line(path: Path) -> None:
    document = city("\n" * 70_000 + building(multi_surface("\n" + polygon())))
    (line,) = read(path, document).geometry("b1", "2").polygons.lines
    true_line = document[: document.index("<gml:Polygon")].count("\n") + 1
    assert abs(line - true_line) <= 1


def test_boundary_surfaces_give_their_polygons_a_type(path: Path) -> None:
    kinds = ["WallSurface", "RoofSurface", "GroundSurface", "ClosureSurface", "OuterFloorSurface"]
    reading = read(path, city(building(*(wall(polygon(), kind=kind) for kind in kinds))))
    types = [SurfaceType(t).name for t in reading.geometry("b1", "2").polygons.surface_types]
    assert types == ["WALL", "ROOF", "GROUND", "CLOSURE", "OUTER_FLOOR"]


def test_openings_belong_to_the_building(path: Path) -> None:
    opening = (
        f"<bldg:opening><bldg:Door>{multi_surface(polygon(), lod='3')}</bldg:Door></bldg:opening>"
    )
    reading = read(path, city(building(wall(polygon(), lod="3", more=opening))))
    types = reading.geometry("b1", "3").polygons.surface_types.tolist()
    assert types == [SurfaceType.WALL, SurfaceType.DOOR]


def test_citygml_3_boundaries_fillings_and_parts(path: Path) -> None:
    filling = (
        "<con:fillingSurface><con:WindowSurface>"
        + multi_surface(polygon(), prefix="")
        + "</con:WindowSurface></con:fillingSurface>"
    )
    boundary = (
        "<boundary><con:WallSurface>"
        + multi_surface(polygon(), prefix="")
        + filling
        + "</con:WallSurface></boundary>"
    )
    part = building(multi_surface(polygon(), prefix=""), gml_id="p1", kind="BuildingPart")
    inside = building(boundary, f"<bldg:buildingPart>{part}</bldg:buildingPart>")
    reading = read(path, city(inside, version="3.0"))
    types = reading.geometry("b1", "2").polygons.surface_types.tolist()
    assert types == [SurfaceType.WALL, SurfaceType.WINDOW]
    assert [(o.source_id, o.parent_id) for o in reading.objects] == [("b1", None), ("p1", "b1")]
    assert reading.report.inputs[0].version == "3.0"


def test_parts_and_installations_know_their_parent_and_what_is_indoors_is_counted(
    path: Path,
) -> None:
    part = building(kind="BuildingPart", gml_id="p1")
    installation = building(kind="BuildingInstallation", gml_id="i1")
    room = building(multi_surface(polygon(), lod="4"), kind="Room", gml_id="r1")
    document = city(
        building(
            f"<bldg:outerBuildingInstallation>{installation}</bldg:outerBuildingInstallation>",
            f"<bldg:consistsOfBuildingPart>{part}</bldg:consistsOfBuildingPart>",
            f"<bldg:interiorRoom>{room}</bldg:interiorRoom>",
        ),
    )
    reading = read(path, document)
    found = {o.source_id: (o.class_name, o.parent_id) for o in reading.objects}
    assert found == {
        "b1": ("Building", None),
        "i1": ("BuildingInstallation", "b1"),
        "p1": ("BuildingPart", "b1"),
    }
    assert reading.report.objects_read["Room"] == 1
    assert reading.report.objects_not_selected == {"Room": 1}
    assert reading.report.surfaces["city.gml", "Room"].not_selected == 1
    assert not reading.report.has_losses


def test_every_level_of_detail_is_a_geometry_of_its_own(path: Path) -> None:
    lods = [multi_surface(polygon(), lod=lod) for lod in "0123"]
    (item,) = read(path, city(building(*lods))).objects
    assert [geometry.lod for geometry in item.geometries] == ["0", "1", "2", "3"]


def test_holes_follow_their_exterior(path: Path) -> None:
    hole = positions((1, 1, 0), (1, 2, 0), (2, 2, 0))
    reading = read(path, city(building(multi_surface(polygon(holes=(hole,)), polygon()))))
    polygons = reading.geometry("b1", "2").polygons
    assert polygons.polygon_offsets.tolist() == [0, 2, 3]
    assert polygons.ring_offsets.tolist() == [0, 4, 7, 11]


def test_all_ways_to_write_positions_give_the_same_points(path: Path) -> None:
    numbers = np.array(positions(*SQUARE).split()).reshape(-1, 3)
    ring = polygon("X").replace("<gml:posList>X</gml:posList>", "{}")
    by_pos = ring.format("".join(f"<gml:pos>{' '.join(point)}</gml:pos>" for point in numbers))
    by_tuples = " ".join(",".join(point) for point in numbers)
    by_coordinates = ring.format(f"<gml:coordinates>{by_tuples}</gml:coordinates>")
    by_lines = polygon("\n\t" + "\n  ".join(" ".join(point) for point in numbers) + "\n")
    spoken = polygon(positions(*SQUARE).replace(" ", "<!-- a word -->\n", 1))
    document = city(building(multi_surface(polygon(), by_pos, by_coordinates, by_lines, spoken)))
    coordinates = local(read(path, document).geometry("b1", "2"))
    assert len(coordinates) == 20
    np.testing.assert_array_equal(coordinates, np.tile(SQUARE, (5, 1)))


def test_two_dimensional_positions_get_height_zero(path: Path) -> None:
    flat = polygon("0 0 4 0 4 4 0 4 0 0").replace("<gml:posList", '<gml:posList srsDimension="2"')
    inherited = multi_surface(polygon("0 0 4 0 4 4 0 0")).replace(
        "<gml:MultiSurface", '<gml:MultiSurface srsDimension="2"'
    )
    reading = read(path, city(building(multi_surface(flat), inherited)), crs="EPSG:25832")
    coordinates = reading.geometry("b1", "2").polygons.coordinates
    np.testing.assert_array_equal(coordinates[:, 2], np.zeros(7))
    assert coordinates[5].tolist() == [4, 0, 0]


def test_patches_of_surfaces_and_tins_are_polygons(path: Path) -> None:
    triangle = polygon(positions(*SQUARE[:3]))
    ring = triangle.removeprefix("<gml:Polygon>").removesuffix("</gml:Polygon>")
    patch = f"<gml:PolygonPatch>{ring}</gml:PolygonPatch>"
    surface = f"<gml:Surface><gml:patches>{patch}</gml:patches></gml:Surface>"
    tin = (
        f"<gml:Tin><gml:trianglePatches><gml:Triangle>{ring}</gml:Triangle></gml:trianglePatches>"
        "<gml:controlPoint><gml:posList>1 2 3</gml:posList></gml:controlPoint></gml:Tin>"
    )
    geometry = read(path, city(building(multi_surface(surface, tin)))).geometry("b1", "2")
    assert geometry.polygons.ring_offsets.tolist() == [0, 3, 6]


def test_a_ring_of_curves_becomes_the_chain_of_their_points(path: Path) -> None:
    line = "<gml:LineString><gml:posList>{}</gml:posList></gml:LineString>"
    half = f"<gml:curveMember>{line}</gml:curveMember>"
    numbers = positions(*SQUARE).split()
    halves = half.format(" ".join(numbers[:9])) + half.format(" ".join(numbers[6:]))
    curved = (
        f"<gml:Polygon><gml:exterior><gml:Ring>{halves}</gml:Ring></gml:exterior></gml:Polygon>"
    )
    geometry = read(path, city(building(multi_surface(curved, polygon())))).geometry("b1", "2")
    assert geometry.polygons.ring_offsets.tolist() == [0, 5, 9]
    np.testing.assert_array_equal(np.unique(local(geometry), axis=0), np.unique(SQUARE, axis=0))


def test_curves_and_points_beside_surfaces_are_not_taken_for_rings(path: Path) -> None:
    line = "<gml:LineString><gml:posList>1 2 3 4 5 6</gml:posList></gml:LineString>"
    intersection = f"<bldg:lod2TerrainIntersection>{line}</bldg:lod2TerrainIntersection>"
    mixed = multi_surface(polygon(), line, polygon())
    reading = read(path, city(building(intersection, mixed)))
    assert reading.geometry("b1", "2").polygons.ring_offsets.tolist() == [0, 4, 8]
    assert any("lod2TerrainIntersection" in warning for warning in reading.report.warnings)


def test_srs_name_is_inherited_and_the_nearest_wins(path: Path) -> None:
    envelope = '<gml:boundedBy><gml:Envelope srsName="EPSG:25833"/></gml:boundedBy>'
    document = city(
        building(multi_surface(polygon()), gml_id="root"),
        building(envelope, multi_surface(polygon()), gml_id="feature"),
        building(envelope, multi_surface(polygon(srs="EPSG:31467")), gml_id="polygon"),
        building(
            multi_surface(polygon()).replace(
                "<gml:MultiSurface", '<gml:MultiSurface srsName="EPSG:25831"'
            ),
            gml_id="geometry",
        ),
    )
    found = {o.source_id: o.geometries[0].crs for o in read(path, document).objects}
    assert found == {
        "root": "EPSG:25832",
        "feature": "EPSG:25833",
        "polygon": "EPSG:31467",
        "geometry": "EPSG:25831",
    }


def test_latitude_first_becomes_longitude_first(path: Path) -> None:
    tokyo = positions((0, 0, 0), (1e-4, 0, 0), (1e-4, 1e-4, 0), at=(35.68, 139.76, 3.0))
    srs_name = "http://www.opengis.net/def/crs/EPSG/0/6697"
    geometry = read(
        path, city(building(multi_surface(polygon(tokyo))), srs_name=srs_name)
    ).geometry("b1", "2")
    np.testing.assert_allclose(geometry.polygons.coordinates[0], [139.76, 35.68, 3.0])


def test_local_coordinates_are_read_where_a_place_anchors_them(path: Path) -> None:
    near = positions(*SQUARE, at=(0.0, 0.0, 0.0))
    document = city(building(multi_surface(polygon(near))), srs_name="#local-CRS-1")
    reading = read(path, document, place=LocalPlace(13.0, 52.0))
    assert reading.geometry("b1", "2").crs == "local"


def test_surfaces_that_are_not_understood_are_listed_not_forgotten(path: Path) -> None:
    shape = multi_surface(polygon()).replace("bldg:lod2MultiSurface", "shape")
    ade = f'<uro:ade xmlns:uro="urn:x">{shape}</uro:ade>'
    implicit = "<bldg:lod2ImplicitRepresentation/>"
    report = read(path, city(building(ade, implicit))).report
    assert report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 2}
    assert report.surfaces_read == 2


def test_a_boundary_surface_of_an_extension_is_a_surface_of_unknown_type(path: Path) -> None:
    strange = wall(polygon(), polygon(), kind="SkySurface")
    reading = read(path, city(building(strange)))
    types = reading.geometry("b1", "2").polygons.surface_types
    assert types.tolist() == [SurfaceType.UNKNOWN, SurfaceType.UNKNOWN]


def test_feature_collections_and_arrays_of_features_are_members_too(path: Path) -> None:
    document = city(building(multi_surface(polygon())))
    as_feature = document.replace("cityObjectMember", "gml:featureMember")
    as_array = document.replace("cityObjectMember>", "gml:featureMembers>")
    assert len(read(path, as_feature).objects) == 1
    assert len(read(path, as_array).objects) == 1


def test_an_object_without_an_id_gets_one_from_its_line(path: Path) -> None:
    document = city(building(multi_surface(polygon())).replace(' gml:id="b1"', ""))
    (item,) = read(path, document).objects
    assert item.source_id == f"Building-line-{item.place.line}"


def test_duplicate_ids_are_passed_on(path: Path) -> None:
    reading = read(path, city(building(), building()))
    assert [item.source_id for item in reading.objects] == ["b1", "b1"]


@pytest.mark.parametrize(
    ("encoding", "declaration"),
    [
        ("utf-8-sig", ""),
        ("utf-8", "<?xml version='1.0' encoding='utf-8'?>\n<!-- a word -->\n"),
        ("latin-1", '<?xml version="1.0" encoding="ISO-8859-1"?>'),
        ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("cp1252", '<?xml version="1.0" encoding="windows-1252"?>'),
    ],
)
def test_any_encoding_that_is_declared_is_read(path: Path, encoding: str, declaration: str) -> None:
    document = city(building("<gml:name>Straße</gml:name>"), head=declaration)
    (item,) = read(path, document.encode(encoding)).objects
    assert item.name == "Straße"


def test_progress_adds_up_to_the_size_of_the_file(path: Path, tmp_path: Path) -> None:
    from citiverse_tiling import sources
    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.report import Report

    path.write_text(city(building(solid_of("#gone"), multi_surface(polygon()))))
    seen: list[int] = []
    list(sources.read(path, CrsRegistry(), Report(), seen.append))
    assert sum(seen) == path.stat().st_size


def test_namespaces_with_other_prefixes_are_the_same(path: Path) -> None:
    document = f"""<c:CityModel {NAMESPACES_3.replace("xmlns=", "xmlns:c=").replace(":bldg", ":b")}>
    <c:cityObjectMember><b:Building gml:id="b1"><c:lod2MultiSurface><gml:MultiSurface>
    <gml:surfaceMember>{polygon()}</gml:surfaceMember></gml:MultiSurface></c:lod2MultiSurface>
    </b:Building></c:cityObjectMember></c:CityModel>"""
    assert read(path, document, crs="EPSG:25832").report.surfaces_read == 1


def test_a_city_outside_of_where_its_crs_is_used_is_read_with_a_warning(path: Path) -> None:
    near = positions(*SQUARE, at=(200.0, 240.0, 10.0))
    document = city(building(multi_surface(polygon(near))))
    reading = read(path, document)
    assert len(reading.geometry("b1", "2").polygons) == 1
    assert any("EPSG:25832" in warning for warning in reading.report.warnings)
