"""The bodies of products as triangles, by ifcopenshell's geometry engine; openings are cut.

Shapes stay in frames of their own, so that what stands in many places is sent once. One thread:
two take twice the CPU time for the same shapes (decision 0024).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from citiverse_tiling.ifc.cuts import quickly_cut
from citiverse_tiling.ifc.messages import Begun, Body, Failed, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ifcopenshell import entity_instance, file

    from citiverse_tiling.ifc.messages import Message

KERNEL = "hybrid-cgal-simple-opencascade"
"""CGAL where it can, Open Cascade for the rest: two to seven times as fast as that alone."""

QUICK_KERNEL = "hybrid-cgal-simple-manifold"
"""Manifold for the rest: it cuts openings ten to fifty times as fast (see `cuts`)."""

OTHER_KERNEL = "opencascade"
MOST_TRIANGLES = 20_000_000
ROOM = "IfcSpace"
"""Its body is air: what is told of it is how far it reaches, and nothing is drawn."""

NOT_MADE = ("IfcOpeningElement", "IfcVirtualElement", "IfcAnnotation", "IfcGrid")
"""Openings are cut out of walls."""

NOT_DRAWN = (ROOM, *NOT_MADE)

_FLAT_KINDS = frozenset(
    {
        *("Curve", "Curve2D", "Curve3D", "Point", "PointCloud", "Annotation2D", "Segment"),
        *("GeometricSet", "GeometricCurveSet", "FillArea", "Text", "BoundingBox", "LightSource"),
    }
)
_FLAT_NAMES = frozenset(
    {
        *("Axis", "FootPrint", "Plan", "Annotation", "Box", "CoG", "Profile", "Reference"),
        *("Lighting", "Clearance", "SurveyPoints"),
    }
)


class TooMuch(Exception):
    """There are more triangles than can be shown."""


@dataclass(slots=True)
class Bodies:
    """Makes the bodies of a model's products, and tells `say` of each.

    `done` are numbers of products that have been told of.
    """

    model: file
    say: Callable[[Message], None]
    done: set[int] = field(default_factory=set)
    _settings: Any = None
    _shapes: dict[str, int] = field(default_factory=dict)
    _triangles: int = 0

    def __post_init__(self) -> None:
        import ifcopenshell.geom

        self._settings = ifcopenshell.geom.settings()
        self._settings.set("apply-default-materials", False)
        self._settings.set("no-normals", True)

    def all_at_once(self, products: Sequence[entity_instance]) -> None:
        """Those of some products, but for what the engine makes nothing of. Raises TooMuch."""
        self._make_all(list(quickly_cut(products, KERNEL, QUICK_KERNEL)), QUICK_KERNEL)
        self._make_all([one for one in products if one.id() not in self.done], KERNEL)

    def _make_all(self, products: Sequence[entity_instance], kernel: str) -> None:
        import ifcopenshell.geom

        if not products:
            return
        try:
            iterator = ifcopenshell.geom.iterator(
                self._settings, self.model, 1, include=products, geometry_library=kernel
            )
        except RuntimeError:  # not every build of the library has every kernel
            return
        if not iterator.initialize():
            return
        while True:
            made = iterator.get()
            self._tell(int(made.id), made)
            if not iterator.next():
                return

    def one_by_one(self, products: Iterable[entity_instance]) -> None:
        """Those of some products that aren't done, each announced. Raises TooMuch."""
        for product in products:
            if product.id() not in self.done:
                self.say(Begun(product.id()))
                self._make(product)

    def _make(self, product: entity_instance) -> None:
        import ifcopenshell.geom

        problem = "nothing is left of its body"
        for kernel in (KERNEL, OTHER_KERNEL):
            try:
                made = ifcopenshell.geom.create_shape(
                    self._settings, product, geometry_library=kernel
                )
            except (RuntimeError, ValueError) as error:
                problem = (str(error).strip().splitlines() or [problem])[0][:200]
                continue
            if self._tell(product.id(), made):
                return
        self.say(Failed(product.id(), problem))

    def _tell(self, number: int, made: Any) -> bool:
        """Send a body, and its shape where it is new; False where it has no surface."""
        geometry = made.geometry
        key = str(geometry.id)
        if key not in self._shapes:
            shape = _shape(len(self._shapes), geometry)
            if shape is None:
                return False
            self._triangles += len(shape.looks) // 4
            if self._triangles > MOST_TRIANGLES:
                raise TooMuch
            self._shapes[key] = shape.number
            self.say(shape)
        columns = struct.unpack("16d", made.transformation_buffer)
        rows = [columns[row + 4 * column] for row in range(3) for column in range(4)]
        self.say(Body(number, self._shapes[key], struct.pack("12d", *rows)))
        self.done.add(number)
        return True


def is_room(product: entity_instance) -> bool:
    """Whether a product is a room that says how far it reaches."""
    return product.is_a() == ROOM and _has_surface(product)


def has_body(product: entity_instance) -> bool | None:
    """Whether a product has more than lines and points; None where nothing of it is drawn."""
    if product.is_a() in NOT_DRAWN or not _representations(product):
        return None
    return _has_surface(product)


def _representations(product: entity_instance) -> tuple[entity_instance, ...]:
    whole = product.Representation
    return (whole.Representations if whole is not None else None) or ()


def _has_surface(product: entity_instance) -> bool:
    return any(
        one.RepresentationType not in _FLAT_KINDS
        and one.RepresentationIdentifier not in _FLAT_NAMES
        for one in _representations(product)
    )


def _shape(number: int, geometry: Any) -> Shape | None:
    """What the engine made, None where it made nothing."""
    triangles = bytes(geometry.faces_buffer)
    if not triangles:
        return None
    return Shape(
        number,
        bytes(geometry.verts_buffer),
        triangles,
        bytes(geometry.material_ids_buffer),
        tuple(_colour(one) for one in geometry.materials),
    )


def _colour(material: Any) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity of a style (IfcSurfaceStyleRendering)."""
    red, green, blue = (min(max(float(one), 0.0), 1.0) for one in material.diffuse.components)
    hidden = float(material.transparency) if material.has_transparency() else 0.0
    hidden = hidden if 0.0 <= hidden <= 1.0 else 0.0
    return red, green, blue, 1.0 - hidden
