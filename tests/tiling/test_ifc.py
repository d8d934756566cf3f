"""IFC models that were authored for it: elements, roles, properties, bodies, looks, losses."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.check import check
from citiverse_tiling.content.collider import decode_collider
from citiverse_tiling.crs import LOCAL, CrsRegistry
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.model import SurfaceType
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from citiverse_tiling.tree.tree_bin import decode_tree
from tiling import ifc_models
from tiling.ifc_models import (
    CHAIRS,
    DOOR_HEIGHT,
    DOOR_WIDTH,
    DOOR_X,
    HEIGHT,
    LENGTH,
    THICK,
    WIDTH,
)
from tiling.ifc_reading import HERE, points, read, volume

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import CityObject

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CityObject]:
    path = tmp_path_factory.mktemp("ifc") / "house.ifc"
    return read(ifc_models.house().save(path))[0]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ifc")
    path = ifc_models.house().save(folder / "house.ifc")
    report = tile(TileOptions((path,), folder / "scene", place=HERE)).report
    assert not report.has_losses
    return folder / "scene"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_same_house_is_read_in_every_schema(schema: str, tmp_path: Path) -> None:
    path = tmp_path / "house.ifc"
    path.write_text(ifc_models.house_text(schema, "MILLIMETERS"))
    objects, report = read(path)
    assert volume(objects["North"]) == pytest.approx(LENGTH * THICK * HEIGHT, rel=1e-6)
    assert report.inputs[0].version.startswith(schema.removeprefix("IFC"))
    assert not report.has_losses


def test_a_class_says_whether_an_element_is_outside_inside_or_below(
    house: dict[str, CityObject],
) -> None:
    classes = {name: one.class_name for name, one in house.items()}
    assert classes["South"] == "ExteriorWall"
    assert classes["Between"] == "InteriorWall"
    assert classes["Roof"] == "ExteriorRoof"
    assert classes["Floor"] == "FoundationSlab"
    assert classes["Door"] == "ExteriorDoor"
    assert classes["Chair 0"] == "InteriorFurniture"
    assert classes["BuildingStorey"] == "BuildingStorey"


def test_each_element_is_a_part_of_what_holds_it(house: dict[str, CityObject]) -> None:
    ids = {one.source_id: name for name, one in house.items()}
    parents = {name: ids.get(one.parent_id or "") for name, one in house.items()}
    assert parents["South"] == parents["Kitchen"] == "BuildingStorey"
    assert parents["BuildingStorey"] == "Building"
    assert parents["Building"] == "Site"
    assert parents["Hole"] == "South"
    assert next(iter(house)) == "Site"


def test_openings_are_cut_and_rooms_are_air(house: dict[str, CityObject]) -> None:
    hole = DOOR_WIDTH * DOOR_HEIGHT * THICK
    assert volume(house["South"]) == pytest.approx(LENGTH * THICK * HEIGHT - hole, rel=1e-4)
    assert not house["Kitchen"].geometries
    assert not house["Hole"].geometries


def test_coordinates_are_metres_of_the_model(house: dict[str, CityObject]) -> None:
    corners = points(house["Roof"]).reshape(-1, 3)
    assert corners.min(axis=0) == pytest.approx([0, 0, HEIGHT])
    assert corners.max(axis=0) == pytest.approx([LENGTH, WIDTH, HEIGHT + 0.3])


def test_what_stands_in_many_places_is_one_shape(house: dict[str, CityObject]) -> None:
    chairs = [house[f"Chair {number}"].geometries[0].placed for number in range(CHAIRS)]
    first = chairs[0]
    assert first is not None
    for number, one in enumerate(chairs):
        assert one is not None
        assert (one.local == first.local).all()
        assert one.matrix[:, 3] - first.matrix[:, 3] == pytest.approx([number, 0, 0])
    assert house["Roof"].geometries[0].placed is None


def test_styles_become_colours_and_opacity(house: dict[str, CityObject]) -> None:
    (geometry,) = house["Window"].geometries
    (look,) = geometry.appearances
    assert look.colour == pytest.approx((0.2, 0.4, 0.6, 0.25))
    assert (geometry.polygons.surface_types == SurfaceType.WINDOW).all()
    assert house["Roof"].geometries[0].polygons.appearances is None


def test_properties_keep_their_types_and_units(tmp_path: Path) -> None:
    model = ifc_models.empty(unit="MILLIMETERS")
    wall = ifc_models.add_box(model, "IfcWall", "Wall", (0, 0, 0), (2, 0.2, 3))
    new = model.file.create_entity

    def length(value: float) -> Any:
        return new("IfcLengthMeasure", value)

    properties = [
        new("IfcPropertySingleValue", "Depth", None, length(120.5), None),
        new("IfcPropertySingleValue", "Count", None, new("IfcInteger", 7), None),
        new("IfcPropertySingleValue", "Sure", None, new("IfcBoolean", True), None),
        new("IfcPropertySingleValue", "Nothing", None, None, None),
        new("IfcPropertyListValue", "Sizes", None, [length(1.0), length(2.0)], None),
        new("IfcPropertyEnumeratedValue", "Status", None, [new("IfcLabel", "NEW")], None),
        new("IfcPropertyBoundedValue", "Range", None, length(9.0), length(1.0), None, None),
        new(
            "IfcComplexProperty",
            "Group",
            None,
            "group",
            [new("IfcPropertySingleValue", "Inner", None, new("IfcText", "grün"), None)],
        ),
    ]
    made = new("IfcPropertySet", "0" * 22, None, "Mine", None, properties)
    new("IfcRelDefinesByProperties", "1" * 22, None, None, None, [wall], made)
    quantity = new("IfcQuantityArea", "Area", None, None, 6.0, None)
    amounts = new("IfcElementQuantity", "2" * 22, None, "Amounts", None, None, [quantity])
    new("IfcRelDefinesByProperties", "3" * 22, None, None, None, [wall], amounts)
    objects, _ = read(model.save(tmp_path / "wall.ifc"))
    said = {
        name: value
        for name, value in objects["Wall"].attributes.items()
        if name.startswith(("Mine.", "Amounts."))
    }
    assert said == {
        "Mine.Depth": 120.5,
        "Mine.Depth.uom": "mm",
        "Mine.Count": 7,
        "Mine.Sure": True,
        "Mine.Sizes": 1.0,
        "Mine.Sizes.uom": "mm",
        "Mine.Sizes.2": 2.0,
        "Mine.Sizes.2.uom": "mm",
        "Mine.Status": "NEW",
        "Mine.Range.lower": 1.0,
        "Mine.Range.lower.uom": "mm",
        "Mine.Range.upper": 9.0,
        "Mine.Range.upper.uom": "mm",
        "Mine.Group.Inner": "grün",
        "Amounts.Area": 6.0,
        "Amounts.Area.uom": "m2",
    }


def test_what_an_element_says_takes_the_place_of_what_its_type_says(tmp_path: Path) -> None:
    model = ifc_models.empty()
    wall = ifc_models.add_box(model, "IfcWall", "Wall", (0, 0, 0), (2, 0.2, 3))
    kind = ifc_models.api().root.create_entity(model.file, ifc_class="IfcWallType", name="Brick")
    ifc_models.say(model, kind, "Pset_WallCommon", {"FireRating": "F30", "Reference": "B"})
    ifc_models.api().type.assign_type(model.file, related_objects=[wall], relating_type=kind)
    ifc_models.say(model, wall, "Pset_WallCommon", {"FireRating": "F90"})
    objects, _ = read(model.save(tmp_path / "wall.ifc"))
    said = objects["Wall"].attributes
    assert said["Pset_WallCommon.FireRating"] == "F90"
    assert said["Pset_WallCommon.Reference"] == "B"
    assert (said["type"], said["ifcClass"]) == ("Brick", "IfcWall")


def test_an_element_whose_body_fails_is_listed_and_has_a_row(tmp_path: Path) -> None:
    model = ifc_models.empty()
    ifc_models.add_box(model, "IfcWall", "Good", (0, 0, 0), (2, 0.2, 3))
    bad = ifc_models.add_box(model, "IfcWall", "Bad", (0, 5, 0), (2, 0.2, 3))
    bad.Representation.Representations[0].Items[0].Depth = 0.0
    path = model.save(tmp_path / "walls.ifc")
    objects, report = read(path)
    assert not objects["Bad"].geometries
    (loss,) = report.losses
    assert (loss.reason, loss.object_id) == (Reason.UNSUPPORTED_GEOMETRY, bad.GlobalId)
    tile(TileOptions((path,), tmp_path / "scene", place=HERE))
    assert bad.GlobalId in {row["source_id"] for row in rows(tmp_path / "scene")}


def test_a_room_that_is_only_drawn_in_plan_is_none_that_failed(tmp_path: Path) -> None:
    model = ifc_models.house()
    room = model.only("IfcSpace")
    (body,) = room.Representation.Representations
    body.RepresentationIdentifier, body.RepresentationType = "FootPrint", "Curve2D"
    objects, report = read(model.save(tmp_path / "house.ifc"))
    assert not report.has_losses
    inside = objects["Kitchen"].inside
    assert inside is not None
    assert not len(inside.points)


def test_a_room_whose_body_fails_is_listed_and_has_a_row(tmp_path: Path) -> None:
    model = ifc_models.house()
    room = model.only("IfcSpace")
    room.Representation.Representations[0].Items[0].Depth = 0.0
    objects, report = read(model.save(tmp_path / "house.ifc"))
    (loss,) = report.losses
    assert (loss.object_id, loss.reason) == (room.GlobalId, Reason.UNSUPPORTED_GEOMETRY)
    assert objects["Kitchen"].class_name == "Space"


def test_a_scene_of_a_house_is_sound(scene: Path) -> None:
    assert not list(check(scene))


def test_every_product_has_a_row_with_its_global_id(scene: Path) -> None:
    found = {row["id"] for row in rows(scene)}
    products = ifc_models.house().file.by_type("IfcProduct")
    assert len(found) == len(products)
    assert all(one.startswith("house/") and len(one) == len("house/") + 22 for one in found)


def test_layers_are_the_shell_the_interior_and_what_is_below(scene: Path) -> None:
    layers = [one["name"] for one in json.loads((scene / "scene.json").read_bytes())["layers"]]
    assert layers == ["ground", "structures", "shells", "interiors"]


def test_one_walks_through_doors_and_not_through_walls(scene: Path) -> None:
    doorway = DOOR_X + DOOR_WIDTH / 2
    assert not _crossings(scene, doorway)
    assert _crossings(scene, doorway + DOOR_WIDTH)


def rows(scene: Path) -> list[dict[str, str]]:
    with sqlite3.connect(scene / "features.sqlite") as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM feature")]
    connection.close()
    return found


def _crossings(scene: Path, x: float) -> int:
    """Triangles of colliders that one meets on the way through the south wall, 1 m high."""
    table = decode_tree((scene / "tree.bin").read_bytes())
    manifest = json.loads((scene / "scene.json").read_bytes())
    layers = [one["name"] for one in manifest["layers"]]
    frame = SceneFrame(manifest["origin"]["lon"], manifest["origin"]["lat"])
    ends = np.array([[x, -1.0, 1.0], [x, 1.0, 1.0]])
    start, end = frame.from_ecef(CrsRegistry(None, HERE).to_ecef(LOCAL, ends))
    way = end - start
    count = 0
    for row, (layer, digest) in enumerate(zip(table.cell_layer, table.cell_hash, strict=True)):
        file = scene / "colliders" / layers[layer] / f"{digest.tobytes().hex()}.bin"
        positions, triangles, _ = decode_collider(file.read_bytes(), file)
        corners = (positions + table.cell_translation[row])[triangles]
        one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        normal = np.cross(one, two)
        slope = normal @ way
        flat = np.abs(slope) < 1e-12
        along = np.einsum("ti,ti->t", normal, corners[:, 0] - start) / np.where(flat, 1, slope)
        hits = start + along[:, None] * way
        edges = corners[:, [1, 2, 0]] - corners
        around = np.cross(edges, hits[:, None] - corners)
        sides = np.einsum("ti,tki->tk", normal, around)
        inside = (sides >= 0).all(axis=1)
        count += int((inside & ~flat & (along >= 0) & (along <= 1)).sum())
    return count
