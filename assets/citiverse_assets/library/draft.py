"""An IFC 4 model under construction, drawn with ifcopenshell's interface for authors."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import ifcopenshell.api.aggregate as aggregate
import ifcopenshell.api.context as context
import ifcopenshell.api.feature as feature
import ifcopenshell.api.geometry as geometry
import ifcopenshell.api.georeference as georeference
import ifcopenshell.api.material as material
import ifcopenshell.api.project as project
import ifcopenshell.api.pset as pset
import ifcopenshell.api.root as root
import ifcopenshell.api.spatial as spatial
import ifcopenshell.api.style as style
import ifcopenshell.api.type as type_of
import ifcopenshell.api.unit as unit
import numpy as np
from ifcopenshell.util.shape_builder import ShapeBuilder

from citiverse_assets.library import finish
from citiverse_assets.library.items import Place, Sets
from citiverse_assets.library.shapes import Prism, contains, mesh, sides, solid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ifcopenshell import entity_instance, file

    from citiverse_assets.library.items import Form, Ground, Item, Room
    from citiverse_assets.library.matter import Matter
    from citiverse_assets.library.shapes import Part

SCHEMA = "IFC4"
MOST_SOLIDS = 2
"""More parts than that become meshes: openings are cut from solids, and meshes take less room."""


@dataclass
class Draft:
    """The file, and the storey that is being drawn."""

    name: str
    file: file
    body: entity_instance
    building: entity_instance
    storey: entity_instance
    floor: float = 0.0
    _forms: dict[str, entity_instance] = field(default_factory=dict)
    _styles: dict[str, entity_instance] = field(default_factory=dict)
    _materials: dict[str, entity_instance] = field(default_factory=dict)
    _sets: dict[Sets, entity_instance] = field(default_factory=dict)
    _rooms: list[tuple[Room, float, entity_instance]] = field(default_factory=list)

    def begin_storey(self, name: str, floor: float) -> None:
        """What follows is in a new storey, whose floor is that high."""
        self.storey = root.create_entity(self.file, "IfcBuildingStorey", name=name)
        self.storey.Elevation = floor
        self.floor = floor
        aggregate.assign_object(self.file, [self.storey], self.building)
        geometry.edit_object_placement(self.file, self.storey, Place(z=floor).matrix())

    def add(self, item: Item, whole: entity_instance | None = None) -> entity_instance:
        """An element of the storey, or a part of a whole."""
        made = self._entity(item.kind, item.name, item.predefined)
        if whole is None:
            spatial.assign_container(self.file, [made], self._where(item.at))
        else:
            aggregate.assign_object(self.file, [made], whole)
        geometry.edit_object_placement(self.file, made, item.at.matrix())
        if item.parts:
            self._give_body(made, item.parts)
            material.assign_material(
                self.file, [made], material=self._material(item.parts[0].matter)
            )
        self._say(made, item.sets)
        return made

    def room(self, room: Room) -> None:
        """A room of the storey; furniture that stands in its outline is in it from now on."""
        made = self._entity("IfcSpace", room.name, "EXTERNAL" if room.is_outdoors else "INTERNAL")
        made.LongName = room.name
        aggregate.assign_object(self.file, [made], self.storey)
        geometry.edit_object_placement(self.file, made, Place(z=self.floor).matrix())
        builder = ShapeBuilder(self.file)
        air = builder.extrude(builder.polyline(list(room.outline), closed=True), room.height)
        shape = builder.get_representation(self.body, [air])
        geometry.assign_representation(self.file, made, shape)
        about = (("Reference", room.name), ("PubliclyAccessible", room.is_public))
        area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in sides(room.outline))) / 2
        sizes = (("Height", room.height), ("NetFloorArea", round(area, 2)))
        public = ("HandicapAccessible", True)
        sets = (Sets("Pset_SpaceCommon", (*about, public)), Sets("Qto_SpaceBaseQuantities", sizes))
        self._say(made, sets)
        self._rooms.append((room, self.floor, made))

    def stand(self, form: Form, places: Iterable[Place]) -> list[entity_instance]:
        """An occurrence of a form at each place; all of them share one shape."""
        kind = self._forms.get(form.name)
        if kind is None:
            kind = self._forms[form.name] = self._entity(
                f"{form.kind}Type", form.name, form.predefined
            )
            self._give_body(kind, form.parts)
            self._say(kind, form.sets)
            material.assign_material(
                self.file, [kind], material=self._material(form.parts[0].matter)
            )
        made = []
        for at in places:
            one = root.create_entity(self.file, form.kind, name=form.name)
            type_of.assign_type(self.file, [one], kind)
            spatial.assign_container(self.file, [one], self._where(at))
            geometry.edit_object_placement(self.file, one, at.matrix())
            made.append(one)
        return made

    def cut(self, element: entity_instance, name: str, hole: Prism, at: Place) -> entity_instance:
        """An opening through an element."""
        made = root.create_entity(self.file, "IfcOpeningElement", "OPENING", name)
        builder = ShapeBuilder(self.file)
        shape = builder.get_representation(self.body, [solid(builder, hole)])
        geometry.assign_representation(self.file, made, shape)
        feature.add_feature(self.file, made, element)
        geometry.edit_object_placement(self.file, made, at.matrix())
        return made

    def fill(self, opening: entity_instance, form: Form, at: Place) -> None:
        """A window or door in an opening."""
        (made,) = self.stand(form, [at])
        feature.add_filling(self.file, opening, made)
        geometry.edit_object_placement(self.file, made, at.matrix())

    def save(self, path: Path) -> None:
        """Write the file: the same drawing is the same bytes. Raises OSError."""
        finish.write(self.file, self.name, path)

    def _entity(self, kind: str, name: str, predefined: str) -> entity_instance:
        return root.create_entity(self.file, kind, predefined or None, name)

    def _where(self, at: Place) -> entity_instance:
        """The room of the storey that has the place, else the storey."""
        for room, floor, made in self._rooms:
            if floor == self.floor and contains(room.outline, at.x, at.y):
                return made
        return self.storey

    def _give_body(self, product: entity_instance, parts: tuple[Part, ...]) -> None:
        """Solids where there are few parts, as of a wall and its lining; else meshes by matter."""
        builder = ShapeBuilder(self.file)
        matters = list(dict.fromkeys(part.matter for part in parts))
        by_matter = sorted(parts, key=lambda part: matters.index(part.matter))
        prisms = [part for part in by_matter if isinstance(part, Prism)]
        is_swept = len(prisms) == len(parts) <= MOST_SOLIDS
        bodies = (
            [(part.matter, solid(builder, part)) for part in prisms]
            if is_swept
            else [
                (matter, mesh(builder, some))
                for matter, some in groupby(by_matter, lambda part: part.matter)
            ]
        )
        for matter, body in bodies:
            style.assign_item_style(self.file, body, self._style(matter))
        items = [body for _, body in bodies]
        kind = "SweptSolid" if is_swept else "Tessellation"
        shape = builder.get_representation(self.body, items, kind)
        geometry.assign_representation(self.file, product, shape)

    def _style(self, matter: Matter) -> entity_instance:
        if matter.name not in self._styles:
            made = style.add_style(self.file, name=matter.name)
            red, green, blue = matter.colour
            colour = {"Name": None, "Red": red, "Green": green, "Blue": blue}
            look = {
                "SurfaceColour": colour,
                "Transparency": matter.transparency,
                "ReflectanceMethod": "NOTDEFINED",
            }
            style.add_surface_style(self.file, made, "IfcSurfaceStyleRendering", look)
            self._styles[matter.name] = made
        return self._styles[matter.name]

    def _material(self, matter: Matter) -> entity_instance:
        if matter.name not in self._materials:
            self._materials[matter.name] = material.add_material(
                self.file, name=matter.name, category=matter.category
            )
        return self._materials[matter.name]

    def _say(self, product: entity_instance, sets: Sequence[Sets]) -> None:
        """Give it property sets; elements of which the same is said share one."""
        for one in sets:
            if one in self._sets and product.is_a("IfcObject"):
                pset.assign_pset(self.file, [product], self._sets[one])
                continue
            if one.name.startswith("Qto_"):
                made = pset.add_qto(self.file, product, one.name)
                pset.edit_qto(self.file, made, properties=dict(one.values))
            else:
                made = pset.add_pset(self.file, product, one.name)
                pset.edit_pset(self.file, made, properties=dict(one.values))
            if product.is_a("IfcObject"):
                self._sets[one] = made


def begin(name: str, title: str, ground: Ground) -> Draft:
    """An empty building on its site, at its place on Earth; its first storey is yet to begin."""
    model = project.create_file(SCHEMA)
    whole = root.create_entity(model, "IfcProject", name=title)
    unit.assign_unit(model, length={"is_metric": True, "raw": "METERS"})
    top = context.add_context(model, "Model")
    body = context.add_context(model, "Model", "Body", "MODEL_VIEW", top)
    georeference.add_georeferencing(model)
    georeference.edit_georeferencing(
        model,
        coordinate_operation={
            "Eastings": ground.east,
            "Northings": ground.north,
            "OrthogonalHeight": ground.height,
            "XAxisAbscissa": 1.0,
            "XAxisOrdinate": 0.0,
            "Scale": 1.0,
        },
        projected_crs={"Name": ground.crs},
    )
    site = root.create_entity(model, "IfcSite", name="The Quay")
    building = root.create_entity(model, "IfcBuilding", name="Harbour Library")
    for outer, inner in ((whole, site), (site, building)):
        aggregate.assign_object(model, [inner], outer)
        geometry.edit_object_placement(model, inner, np.eye(4))
    return Draft(name, model, body, building, building)
