"""Openings are cut by the quick kernel where it does that rightly, and always rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.ifc import geometry, messages
from citiverse_tiling.ifc.cuts import quickly_cut
from citiverse_tiling.ifc.geometry import Bodies
from tiling import ifc_models

if TYPE_CHECKING:
    from tiling.ifc_models import Model

WALL = 5.0, 0.3, 3.0
HOLE = 1.0, 0.9, 1.0
LEFT_M3 = 5.0 * 0.3 * 3.0 - 1.0 * 0.3 * 1.0
NEAR_M3 = 1e-3


def wall(model: Model, name: str, item: Any = None, kind: str = "SweptSolid") -> Any:
    """A wall with a hole of one cubic metre in it; `item` is its body."""
    do = ifc_models.api()
    made = ifc_models.add_box(model, "IfcWall", name, (0, 0, 0), WALL)
    if item is not None:
        shown = made.Representation.Representations[0]
        shown.Items, shown.RepresentationType = [item], kind
    hole = do.root.create_entity(model.file, ifc_class="IfcOpeningElement", name="Hole")
    length, thickness, height = HOLE
    shape = do.geometry.add_wall_representation(
        model.file, context=model.body, length=length, thickness=thickness, height=height
    )
    do.geometry.assign_representation(model.file, product=hole, representation=shape)
    ifc_models.place(model, hole, (1.0, -0.3, 1.0))
    do.feature.add_feature(model.file, feature=hole, element=made)
    return made


def faces(model: Model, *, turned: bool = False, count: int = 6) -> Any:
    """The box of a wall as faces, perhaps inside out, perhaps not all of them."""
    length, thick, height = WALL
    corners = [
        (x, y, z)
        for z in (0.0, height)
        for x, y in ((0.0, 0.0), (length, 0.0), (length, thick), (0.0, thick))
    ]
    rings = [(1, 4, 3, 2), (5, 6, 7, 8), (1, 2, 6, 5), (2, 3, 7, 6), (3, 4, 8, 7), (4, 1, 5, 8)]
    file = model.file
    points = file.create_entity("IfcCartesianPointList3D", corners)
    made = [
        file.create_entity("IfcIndexedPolygonalFace", ring[::-1] if turned else ring)
        for ring in rings[:count]
    ]
    return file.create_entity("IfcPolygonalFaceSet", points, count == 6, made)


def clipped(model: Model, item: Any, height: float) -> Any:
    """A solid without what is above a height."""
    file = model.file
    at = file.create_entity("IfcCartesianPoint", (0.0, 0.0, height))
    plane = file.create_entity("IfcPlane", file.create_entity("IfcAxis2Placement3D", at))
    half = file.create_entity("IfcHalfSpaceSolid", plane, False)
    return file.create_entity("IfcBooleanClippingResult", "DIFFERENCE", item, half)


def volumes(model: Model, products: list[Any]) -> dict[str, float]:
    """The volume of each product's body, in cubic metres, by its name."""
    said: list[messages.Message] = []
    bodies = Bodies(model.file, said.append)
    bodies.all_at_once(products)
    bodies.one_by_one(products)
    shapes = {one.number: one for one in said if isinstance(one, messages.Shape)}
    found = {}
    for one in said:
        if isinstance(one, messages.Body):
            shape = shapes[one.shape]
            points = np.frombuffer(shape.points).reshape(-1, 3)
            corners = points[np.frombuffer(shape.triangles, np.int32).reshape(-1, 3)]
            volume = np.linalg.det(corners).sum() / 6
            found[model.file.by_id(one.number).Name] = float(volume)
    return found


@pytest.fixture(scope="module")
def model() -> Model:
    made = ifc_models.empty()
    plain = wall(made, "swept")
    swept = plain.Representation.Representations[0].Items[0]
    wall(made, "clipped", clipped(made, swept, 2.5), "Clipping")
    wall(made, "faces", faces(made), "Tessellation")
    wall(made, "inside out", faces(made, turned=True), "Tessellation")
    wall(made, "open", faces(made, count=5), "Tessellation")
    ifc_models.add_box(made, "IfcWall", "whole", (0, 0, 0), WALL)
    return made


def test_only_swept_solids_are_cut_by_the_quick_kernel(model: Model) -> None:
    walls = model.file.by_type("IfcWall")
    quick = {one.Name for one in quickly_cut(walls, geometry.KERNEL, geometry.QUICK_KERNEL)}
    assert "swept" in quick
    assert quick <= {"swept", "clipped"}


def test_what_is_left_of_a_wall_is_right_whatever_its_body_is_made_of(model: Model) -> None:
    found = volumes(model, model.file.by_type("IfcWall"))
    assert found.pop("whole") == pytest.approx(4.5, abs=NEAR_M3)
    assert found.pop("clipped") == pytest.approx(LEFT_M3 - 5.0 * 0.3 * 0.5, abs=NEAR_M3)
    assert set(found) == {"swept", "faces", "inside out", "open"}
    for volume in found.values():
        assert volume == pytest.approx(LEFT_M3, abs=NEAR_M3)


def test_where_there_is_no_quick_kernel_the_careful_one_makes_all(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geometry, "QUICK_KERNEL", "none")
    assert volumes(model, model.file.by_type("IfcWall"))["swept"] == pytest.approx(LEFT_M3)
