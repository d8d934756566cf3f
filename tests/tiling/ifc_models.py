"""Small IFC models, authored by ifcopenshell's own API: a house, and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

LENGTH, WIDTH, HEIGHT, THICK = 8.0, 6.0, 3.0, 0.3
"""Of the house, metres: its south-west corner is the origin, its door is in the south."""

DOOR_X, DOOR_WIDTH, DOOR_HEIGHT = 2.0, 1.0, 2.1
CHAIRS = 3


@dataclass
class Model:
    """A model under construction."""

    file: Any
    body: Any
    storey: Any

    def save(self, path: Path) -> Path:
        self.file.write(str(path))
        return path

    def only(self, kind: str) -> Any:
        """The one product of a class."""
        (found,) = self.file.by_type(kind)
        return found


def api() -> Any:
    """ifcopenshell's functions for authors; the test is skipped where it isn't installed."""
    pytest.importorskip("ifcopenshell")
    import ifcopenshell.api
    import ifcopenshell.api.aggregate
    import ifcopenshell.api.context
    import ifcopenshell.api.feature
    import ifcopenshell.api.geometry
    import ifcopenshell.api.georeference
    import ifcopenshell.api.project
    import ifcopenshell.api.pset
    import ifcopenshell.api.root
    import ifcopenshell.api.spatial
    import ifcopenshell.api.style
    import ifcopenshell.api.type
    import ifcopenshell.api.unit

    return ifcopenshell.api


def empty(schema: str = "IFC4", unit: str = "METERS") -> Model:
    """A project with a site, a building and a storey."""
    do = api()
    file = do.project.create_file(version=schema)
    _add_author(file)
    made = {}
    for kind in ("IfcProject", "IfcSite", "IfcBuilding", "IfcBuildingStorey"):
        made[kind] = do.root.create_entity(file, ifc_class=kind, name=kind.removeprefix("Ifc"))
    is_metric = unit.endswith("METERS")
    do.unit.assign_unit(file, length={"is_metric": is_metric, "raw": unit})
    model = do.context.add_context(file, context_type="Model")
    body = do.context.add_context(
        file,
        context_type="Model",
        context_identifier="Body",
        target_view="MODEL_VIEW",
        parent=model,
    )
    chain = list(made.values())
    for whole, part in pairwise(chain):
        do.aggregate.assign_object(file, products=[part], relating_object=whole)
    for one in chain[1:]:
        do.geometry.edit_object_placement(file, product=one, matrix=np.eye(4))
    return Model(file, body, chain[-1])


def _add_author(file: Any) -> None:
    """Who made it and with what, which IFC2X3 asks for."""
    person = file.create_entity("IfcPerson", FamilyName="Nobody")
    firm = file.create_entity("IfcOrganization", Name="The drawing office")
    file.create_entity("IfcPersonAndOrganization", person, firm)
    file.create_entity("IfcApplication", firm, "1.0", "Pencil", "pencil")


def add_box(
    model: Model,
    kind: str,
    name: str,
    low: tuple[float, float, float],
    size: tuple[float, float, float],
) -> Any:
    """An element in the shape of a box, in metres, in the storey."""
    do = api()
    product = do.root.create_entity(model.file, ifc_class=kind, name=name)
    length, width, height = size
    representation = do.geometry.add_wall_representation(
        model.file, context=model.body, length=length, thickness=width, height=height
    )
    do.geometry.assign_representation(model.file, product=product, representation=representation)
    place(model, product, low)
    if product.is_a("IfcElement"):
        do.spatial.assign_container(model.file, products=[product], relating_structure=model.storey)
    return product


def place(model: Model, product: Any, at: tuple[float, float, float]) -> None:
    matrix = np.eye(4)
    matrix[:3, 3] = at
    api().geometry.edit_object_placement(model.file, product=product, matrix=matrix)


def say(model: Model, product: Any, name: str, properties: dict[str, Any]) -> None:
    """Give a product a property set."""
    made = api().pset.add_pset(model.file, product=product, name=name)
    api().pset.edit_pset(model.file, pset=made, properties=properties)


def colour(model: Model, product: Any, rgb: tuple[float, float, float], clear: float) -> None:
    """Give the body of a product a surface style."""
    do = api()
    style = do.style.add_style(model.file, name="paint")
    red, green, blue = rgb
    do.style.add_surface_style(
        model.file,
        style=style,
        ifc_class="IfcSurfaceStyleRendering",
        attributes={
            "SurfaceColour": {"Name": None, "Red": red, "Green": green, "Blue": blue},
            "Transparency": clear,
            "ReflectanceMethod": "NOTDEFINED",
        },
    )
    do.style.assign_representation_styles(
        model.file, shape_representation=product.Representation.Representations[0], styles=[style]
    )


def house(schema: str = "IFC4", unit: str = "METERS") -> Model:
    """Four walls, one with a door, a wall between rooms, floor, roof, window, chairs."""
    do = api()
    model = empty(schema, unit)
    inside = LENGTH - 2 * THICK
    south = add_box(model, "IfcWall", "South", (0, 0, 0), (LENGTH, THICK, HEIGHT))
    add_box(model, "IfcWall", "North", (0, WIDTH - THICK, 0), (LENGTH, THICK, HEIGHT))
    add_box(model, "IfcWall", "West", (0, THICK, 0), (THICK, WIDTH - 2 * THICK, HEIGHT))
    add_box(model, "IfcWall", "East", (LENGTH - THICK, THICK, 0), (THICK, WIDTH - 0.6, HEIGHT))
    between = add_box(model, "IfcWall", "Between", (4, THICK, 0), (0.1, WIDTH - 0.6, HEIGHT))
    add_box(model, "IfcSlab", "Floor", (0, 0, -0.2), (LENGTH, WIDTH, 0.2))
    add_box(model, "IfcRoof", "Roof", (0, 0, HEIGHT), (LENGTH, WIDTH, 0.3))
    for wall in model.file.by_type("IfcWall"):
        say(model, wall, "Pset_WallCommon", {"IsExternal": wall != between})
    opening = do.root.create_entity(model.file, ifc_class="IfcOpeningElement", name="Hole")
    hole = do.geometry.add_wall_representation(
        model.file,
        context=model.body,
        length=DOOR_WIDTH,
        thickness=3 * THICK,
        height=DOOR_HEIGHT,
    )
    do.geometry.assign_representation(model.file, product=opening, representation=hole)
    place(model, opening, (DOOR_X, -THICK, 0))
    do.feature.add_feature(model.file, feature=opening, element=south)
    door = add_box(model, "IfcDoor", "Door", (DOOR_X, 0.1, 0), (DOOR_WIDTH, 0.05, DOOR_HEIGHT))
    do.feature.add_filling(model.file, opening=opening, element=door)
    window = add_box(model, "IfcWindow", "Window", (5, -0.02, 1), (1.5, 0.02, 1.2))
    colour(model, window, (0.2, 0.4, 0.6), 0.75)
    room = add_box(model, "IfcSpace", "Kitchen", (THICK, THICK, 0), (inside / 2, 4, 2.5))
    do.aggregate.assign_object(model.file, products=[room], relating_object=model.storey)
    _add_chairs(model)
    return model


def _add_chairs(model: Model) -> None:
    """Furniture of one type, which has the shape of all."""
    do = api()
    kind = do.root.create_entity(model.file, ifc_class="IfcFurnitureType", name="Chair")
    shape = do.geometry.add_wall_representation(
        model.file, context=model.body, length=0.5, thickness=0.5, height=0.9
    )
    do.geometry.assign_representation(model.file, product=kind, representation=shape)
    kinds = "IfcFurniture" if model.file.schema != "IFC2X3" else "IfcFurnishingElement"
    for number in range(CHAIRS):
        chair = do.root.create_entity(model.file, ifc_class=kinds, name=f"Chair {number}")
        do.type.assign_type(model.file, related_objects=[chair], relating_type=kind)
        do.spatial.assign_container(model.file, products=[chair], relating_structure=model.storey)
        place(model, chair, (1.0 + number, 3.0, 0.0))


@cache
def house_text(schema: str = "IFC4", unit: str = "METERS") -> str:
    """The house as a file's text."""
    return str(house(schema, unit).file.to_string())
