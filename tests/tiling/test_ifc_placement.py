"""Where IFC models stand, by every way in which a file or a user says so."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import pytest

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import UnknownCrs
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.ifc.georeference import degrees
from citiverse_tiling.ifc.start import start_of
from citiverse_tiling.ifc.units import Units
from citiverse_tiling.manifest import Origin
from citiverse_tiling.options import LocalPlace, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import InputDescription, Report
from citiverse_tiling.sources.ifc.placement import place as placement_of
from citiverse_tiling.succession.delivery import open_delivery
from citiverse_tiling.variants.model_files import model_files
from tiling import ifc_models
from tiling.ifc_reading import HERE, points, read

if TYPE_CHECKING:
    from citiverse_tiling.model import CityObject
    from citiverse_tiling.sources.ifc.placement import Placement
    from tiling.ifc_models import Model

FILE = Path("model.ifc")
BOX = (20.0, 10.0, 3.0)
EASTING, NORTHING, UP = 456_789.123, 5_429_876.543, 115.25
TURN = math.radians(30.0)
CENTIMETRE = 0.01


def model(schema: str = "IFC4", unit: str = "METERS") -> Model:
    """A model that says nothing of where it stands."""
    return ifc_models.empty(schema, unit)


def convert(made: Model, crs: dict[str, Any], **changes: Any) -> Model:
    """Give a model a map conversion, turned by 30 degrees."""
    do = ifc_models.api().georeference
    do.add_georeferencing(made.file)
    operation = {
        "Eastings": EASTING,
        "Northings": NORTHING,
        "OrthogonalHeight": UP,
        "XAxisAbscissa": math.cos(TURN),
        "XAxisOrdinate": math.sin(TURN),
    }
    do.edit_georeferencing(
        made.file, coordinate_operation={**operation, **changes}, projected_crs=crs
    )
    return made


def expected(scale: float = 1.0) -> np.ndarray:
    """ECEF of the box's corners by PROJ alone, with the formula of IfcMapConversion."""
    x, y, z = (np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T * BOX).T * scale
    east = EASTING + x * math.cos(TURN) - y * math.sin(TURN)
    north = NORTHING + x * math.sin(TURN) + y * math.cos(TURN)
    to_degrees = pyproj.Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(east, north)
    to_ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.column_stack(to_ecef.transform(lon, lat, UP + z))


def landed(item: CityObject, crs: CrsRegistry) -> np.ndarray:
    """ECEF of all corners of an object."""
    return crs.to_ecef(item.geometries[0].crs, points(item).reshape(-1, 3))


def farthest(found: np.ndarray, wanted: np.ndarray) -> float:
    """Of the points wanted from the nearest that was found, metres."""
    return float(np.linalg.norm(wanted[:, None] - found[None], axis=2).min(axis=1).max())


def place(
    made: Model, crs: CrsRegistry | None = None, at: tuple[float, ...] = (0, 0, 0)
) -> tuple[np.ndarray, Report, Placement]:
    """ECEF of the corners of the box, with its corner at a point of the model, in metres."""
    registry, report = crs or CrsRegistry(), Report()
    start = start_of(made.file, Units(made.file), 1)
    placement = placement_of(start, FILE, registry, report)
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T * BOX + at
    found = registry.to_ecef(placement.key, placement.coordinates(corners, registry))
    return found, report, placement


@pytest.mark.parametrize("unit", ["METERS", "MILLIMETERS"])
def test_a_map_conversion_is_right_to_the_centimetre(unit: str) -> None:
    scale = 1.0 if unit == "METERS" else 0.001
    made = convert(model(unit=unit), {"Name": "EPSG:25832"}, Scale=scale)
    found, report, placement = place(made)
    assert farthest(found, expected()) < CENTIMETRE
    assert "IfcMapConversion" in placement.said
    assert not report.warnings


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0), (5_000.0, -3_000.0, 20.0)])
def test_a_matrix_leads_from_the_model_to_the_scene_and_back(at: tuple[float, ...]) -> None:
    registry = CrsRegistry()
    found, _, placement = place(convert(model(), {"Name": "EPSG:25832"}), registry, at)
    matrix = np.array(placement.to_ecef(np.array(at), registry)).reshape(3, 4)
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T * BOX + at
    assert np.abs(corners @ matrix[:, :3].T + matrix[:, 3] - found).max() < CENTIMETRE
    frame = SceneFrame(8.41, 49.02)
    described = InputDescription(
        FILE.name, 1, "IFC", "4", (), to_ecef=tuple(matrix.ravel().tolist())
    )
    (file,) = model_files([Path(__file__)], [described], Origin(8.41, 49.02))
    assert file.to_scene == ()
    described = replace(described, file=Path(__file__).name)
    (file,) = model_files([Path(__file__)], [described], Origin(8.41, 49.02))
    to_scene = np.array(file.to_scene).reshape(3, 4)
    scene = frame.from_ecef(found)
    assert np.abs(corners @ to_scene[:, :3].T + to_scene[:, 3] - scene).max() < CENTIMETRE


def test_feet_are_feet() -> None:
    made = convert(model(unit="FEET"), {"Name": "EPSG:25832"}, Scale=0.3048)
    assert farthest(place(made)[0], expected()) < CENTIMETRE


def test_the_scale_of_a_projection_is_kept() -> None:
    made = convert(model(), {"Name": "EPSG:25832"}, Scale=0.9996)
    found, _, _ = place(made)
    east = BOX[0] * 0.9996
    reach = np.linalg.norm(found[:, None] - found[None], axis=2).max()
    assert reach == pytest.approx(math.hypot(east, BOX[1] * 0.9996, BOX[2] * 0.9996), rel=5e-4)
    assert farthest(found, expected(0.9996)) < CENTIMETRE


def test_a_scale_that_fits_no_unit_is_told_and_left_out() -> None:
    made = convert(model(unit="MILLIMETERS"), {"Name": "EPSG:25832"}, Scale=1000.0)
    found, report, _ = place(made)
    assert farthest(found, expected()) < CENTIMETRE
    assert any("Scale of 1000" in sentence for sentence in report.warnings)


def test_a_crs_may_be_called_by_its_name() -> None:
    made = convert(model(), {"Name": "ETRS89 / UTM zone 32N"})
    assert farthest(place(made)[0], expected()) < CENTIMETRE


def test_heights_are_in_the_vertical_datum_that_is_named() -> None:
    made = convert(model(), {"Name": "EPSG:25832", "VerticalDatum": "EPSG:7837"})
    _, _, placement = place(made)
    assert placement.key == "EPSG:25832+7837"


def test_property_sets_place_a_model_of_ifc2x3() -> None:
    made = model("IFC2X3")
    site = made.only("IfcSite")
    properties = {
        "Eastings": EASTING,
        "Northings": NORTHING,
        "OrthogonalHeight": UP,
        "XAxisAbscissa": math.cos(TURN),
        "XAxisOrdinate": math.sin(TURN),
        "Scale": 1.0,
    }
    ifc_models.say(made, site, "ePSet_MapConversion", properties)
    ifc_models.say(made, site, "ePSet_ProjectedCRS", {"Name": "EPSG:25832"})
    found, _, placement = place(made)
    assert farthest(found, expected()) < CENTIMETRE
    assert "ePSet_MapConversion" in placement.said


def test_a_rigid_operation_only_shifts() -> None:
    made = model("IFC4X3")
    new = made.file.create_entity
    new(
        "IfcRigidOperation",
        made.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)[0],
        new("IfcProjectedCRS", "EPSG:25832"),
        new("IfcLengthMeasure", EASTING),
        new("IfcLengthMeasure", NORTHING),
        UP,
    )
    _, _, placement = place(made)
    low = placement.coordinates(np.zeros((1, 3)), CrsRegistry())[0]
    assert low == pytest.approx([EASTING, NORTHING, UP], abs=1e-6)


def test_a_rigid_operation_may_be_in_degrees() -> None:
    """Of a geographic CRS: latitude, then longitude; the model lies on the plane there."""
    made = model("IFC4X3")
    new = made.file.create_entity
    lat, lon = 49.0003, 8.4003
    unit = Units(made.file).radians
    new(
        "IfcRigidOperation",
        made.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)[0],
        new("IfcGeographicCRS", "EPSG:4258"),
        new("IfcPlaneAngleMeasure", math.radians(lat) / unit),
        new("IfcPlaneAngleMeasure", math.radians(lon) / unit),
        UP,
    )
    found, _, _ = place(made)
    there = SceneFrame(lon, lat).from_ecef(found)
    assert there.min(axis=0) == pytest.approx([0.0, 0.0, UP], abs=CENTIMETRE)
    assert there.max(axis=0) == pytest.approx([BOX[0], BOX[1], UP + BOX[2]], abs=CENTIMETRE)


def test_each_axis_may_have_a_factor_of_its_own() -> None:
    made = model("IFC4X3")
    contexts = made.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)
    made.file.create_entity(
        "IfcMapConversionScaled",
        SourceCRS=contexts[0],
        TargetCRS=made.file.create_entity("IfcProjectedCRS", "EPSG:25832"),
        Eastings=EASTING,
        Northings=NORTHING,
        OrthogonalHeight=UP,
        XAxisAbscissa=math.cos(TURN),
        XAxisOrdinate=math.sin(TURN),
        FactorX=0.9996,
        FactorY=0.9996,
        FactorZ=0.9996,
    )
    assert farthest(place(made)[0], expected(0.9996)) < CENTIMETRE


def at_site(made: Model, lat: tuple[int, ...], lon: tuple[int, ...], height: float) -> Model:
    site = made.only("IfcSite")
    site.RefLatitude, site.RefLongitude, site.RefElevation = lat, lon, height
    return made


def test_a_site_places_its_own_origin_and_true_north_turns_it() -> None:
    """North is the model's x, so the box, 20 m along x, reaches 20 m to the north."""
    made = at_site(model(), (49, 6, 1, 566_000), (8, 26, 11, 540_400), 110.0)
    ifc_models.place(made, made.only("IfcSite"), (5.0, 0.0, 0.0))
    (context,) = made.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)
    context.TrueNorth = made.file.create_entity("IfcDirection", (1.0, 0.0))
    found, _, placement = place(made)
    frame = SceneFrame(8 + 26 / 60 + 11.5404 / 3600, 49 + 6 / 60 + 1.566 / 3600)
    there = frame.from_ecef(found)
    assert there.min(axis=0) == pytest.approx([-10.0, -5.0, 110.0], abs=CENTIMETRE)
    assert there.max(axis=0) == pytest.approx([0.0, 15.0, 113.0], abs=CENTIMETRE)
    assert "IfcSite" in placement.said


@pytest.mark.parametrize(
    ("parts", "value"),
    [((42, 21, 31, 181_945), 42.358661), ((-71, -3, -24, -263_305), -71.056740), ((49,), 49.0)],
)
def test_angles_have_up_to_four_parts_of_one_sign(parts: tuple[int, ...], value: float) -> None:
    assert degrees(parts) == pytest.approx(value, abs=1e-6)


def test_the_place_that_a_program_gives_by_default_is_recognised() -> None:
    made = at_site(model(), (42, 21, 31, 181_945), (-71, -3, -24, -263_305), 0.0)
    _, report, _ = place(made)
    assert any("Revit" in one and "--place" in one for one in report.warnings)


def test_a_model_that_says_nothing_lies_at_0_0_and_that_is_told() -> None:
    found, report, _ = place(model())
    assert np.linalg.norm(found - [6_378_137.0, 0.0, 0.0], axis=1).min() < CENTIMETRE
    assert any("--place" in one for one in report.warnings)


def test_the_user_s_place_comes_before_all_that_the_file_says() -> None:
    made = convert(model(), {"Name": "EPSG:25832"})
    turned = LocalPlace(HERE.lon, HERE.lat, HERE.height, 90.0)
    found, _, placement = place(made, CrsRegistry(None, turned))
    there = SceneFrame(HERE.lon, HERE.lat).from_ecef(found)
    assert there.max(axis=0) == pytest.approx([BOX[1], 0.0, HERE.height + BOX[2]], abs=CENTIMETRE)
    assert "--place" in placement.said


def test_the_user_s_crs_takes_the_place_of_one_that_is_unknown() -> None:
    made = convert(model(), {"Name": "our site grid"})
    found, _, _ = place(made, CrsRegistry("EPSG:25832"))
    assert farthest(found, expected()) < CENTIMETRE
    _, report, _ = place(made)
    assert any("our site grid" in one and "--crs" in one for one in report.warnings)


def test_a_crs_for_coordinates_that_are_on_the_map_already() -> None:
    found, _, _ = place(model(), CrsRegistry("EPSG:25832"), (EASTING, NORTHING, UP))
    assert farthest(found, expected()[:1]) < CENTIMETRE


def test_an_unknown_crs_of_the_user_is_refused() -> None:
    with pytest.raises(UnknownCrs):
        CrsRegistry("EPSG:99999")


def test_what_is_read_lands_there(tmp_path: Path) -> None:
    made = convert(model(), {"Name": "EPSG:25832"})
    ifc_models.add_box(made, "IfcWall", "Box", (0, 0, 0), BOX)
    registry = CrsRegistry()
    objects, report = read(made.save(tmp_path / "box.ifc"), registry)
    assert farthest(landed(objects["Box"], registry), expected()) < CENTIMETRE
    assert "EPSG:25832" in report.inputs[0].details[0]


def test_what_is_in_the_tiles_lies_there(tmp_path: Path) -> None:
    """Through reading, packing and unpacking."""
    made = convert(model(), {"Name": "EPSG:25832"})
    ifc_models.add_box(made, "IfcWall", "Box", (0, 0, 0), BOX)
    tile(TileOptions((made.save(tmp_path / "box.ifc"),), tmp_path / "scene"))
    scene = open_delivery(tmp_path / "scene")
    _, corners = scene.triangles(np.arange(scene.count), scene.place.frame)
    found = scene.place.frame.to_ecef(corners.reshape(-1, 3))
    assert farthest(found, expected()) < CENTIMETRE


def test_duplex_lands_where_proj_says(data: Path) -> None:
    """By its property sets: EPSG:9897, 76 670 m east, 77 179 m north, turned by 71 degrees."""
    path = data / "ifc-duplex-georef" / "Duplex_A_20110907_georeferenced.ifc"
    ifc_models.api()
    registry = CrsRegistry()
    objects, report = read(path, registry)
    assert not report.has_losses
    footing = next(one for one in objects.values() if one.class_name == "FoundationFooting")
    import ifcopenshell
    import ifcopenshell.geom

    file = ifcopenshell.open(path)
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    shape = ifcopenshell.geom.create_shape(settings, file.by_guid(footing.source_id))
    x, y, z = np.array(shape.geometry.verts).reshape(-1, 3).T
    cos, sin = 0.325568154457152, 0.945518575599318
    to_degrees = pyproj.Transformer.from_crs("EPSG:9897", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(76_670 + x * cos - y * sin, 77_179 + x * sin + y * cos)
    to_ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    wanted = np.column_stack(to_ecef.transform(lon, lat, 293.700012207031 + z))
    assert farthest(landed(footing, registry), wanted) < CENTIMETRE
