"""Trees and furniture as CityGML 2.0 (OGC 12-019, clauses 10.7 and 10.9): many places, few forms.

Each form stands once in the file, where it is first used; all others link to it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from citiverse_assets.citygml import gml
from citiverse_assets.forms import plant_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiverse_assets.pieces import Piece
    from citiverse_assets.plants import Plant
    from citiverse_assets.shapes import Ring


class Forms:
    """Which forms the file has already."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def geometry(self, form: str, rings: Iterable[Ring]) -> str:
        """The form itself the first time, then a link to it."""
        identity = gml.slug("form", form)
        if identity in self._known:
            return f'<core:relativeGMLGeometry xlink:href="#{identity}"/>'
        self._known.add(identity)
        faces = "".join(f"<gml:surfaceMember>{_local(r)}</gml:surfaceMember>\n" for r in rings)
        return (
            f'<core:relativeGMLGeometry><gml:MultiSurface gml:id="{identity}">\n{faces}'
            "</gml:MultiSurface></core:relativeGMLGeometry>"
        )


def plant(each: Plant, identity: str, forms: Forms) -> Iterator[str]:
    """A single tree or shrub."""
    placed = _implicit(
        forms.geometry(each.kind.form, plant_form(each.kind.form)),
        (each.crown, each.crown, each.height),
        0.0,
        (each.x, each.y, each.z),
    )
    yield (
        f'<core:cityObjectMember><veg:SolitaryVegetationObject gml:id="{identity}">\n'
        f"{gml.name(each.name or each.kind.common)}"
        f"<veg:class>{each.kind.form}</veg:class>\n"
        f"<veg:species>{escape(each.kind.species)}</veg:species>\n"
        f'<veg:height uom="m">{each.height:.2f}</veg:height>\n'
        f'<veg:trunkDiameter uom="m">{each.trunk:.3f}</veg:trunkDiameter>\n'
        f'<veg:crownDiameter uom="m">{each.crown:.2f}</veg:crownDiameter>\n'
        f"<veg:lod2ImplicitRepresentation>{placed}</veg:lod2ImplicitRepresentation>\n"
        "</veg:SolitaryVegetationObject></core:cityObjectMember>\n"
    )


def piece(each: Piece, identity: str, forms: Forms) -> Iterator[str]:
    """A piece of city furniture."""
    placed = _implicit(
        forms.geometry(each.form.name, each.form.rings),
        (1.0, 1.0, 1.0),
        each.heading_deg,
        (each.x, each.y, each.z),
    )
    yield (
        f'<core:cityObjectMember><frn:CityFurniture gml:id="{identity}">\n'
        f"{gml.description(each.story)}{gml.name(each.name)}"
        f"<frn:class>{escape(each.form.theme)}</frn:class>\n"
        f"<frn:function>{escape(each.form.name)}</frn:function>\n"
        f"<frn:lod3ImplicitRepresentation>{placed}</frn:lod3ImplicitRepresentation>\n"
        "</frn:CityFurniture></core:cityObjectMember>\n"
    )


def _implicit(
    geometry: str,
    scale: tuple[float, float, float],
    heading_deg: float,
    at: tuple[float, float, float],
) -> str:
    """Scaled, turned clockwise by the heading, then put in its place (12-019, clause 8.2)."""
    angle = math.radians(heading_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    rows = (
        (cos * scale[0], sin * scale[1], 0.0, 0.0),
        (-sin * scale[0], cos * scale[1], 0.0, 0.0),
        (0.0, 0.0, scale[2], 0.0),
        (0.0, 0.0, 0.0, 1.0),
    )
    matrix = " ".join(f"{value:.6g}" for row in rows for value in row)
    return (
        "<core:ImplicitGeometry>"
        f"<core:transformationMatrix>{matrix}</core:transformationMatrix>{geometry}"
        f'<core:referencePoint><gml:Point><gml:pos srsDimension="3">{gml.positions((at,))}'
        "</gml:pos></gml:Point></core:referencePoint></core:ImplicitGeometry>"
    )


def _local(ring: Ring) -> str:
    points = " ".join(f"{x:.4g} {y:.4g} {z:.4g}" for x, y, z in (*ring, ring[0]))
    return (
        '<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">'
        f"{points}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )
