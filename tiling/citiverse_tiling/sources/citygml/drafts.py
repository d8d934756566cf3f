"""Objects as gathered from XML: rings still as text, so that a batch becomes floats at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.sources.attributes import Attributes

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Polygons


@dataclass(slots=True)
class Placement:
    """How an implicit geometry's shape is put into the world: p' = matrix · p + reference point.

    `shape` is None until the shape with the id `href` has been found.
    """

    matrix: Float64Array
    href: str
    shape: Polygons | None


@dataclass(slots=True)
class GeometryDraft:
    """The polygons of one object in one LoD and CRS; lists have one entry a polygon, or a ring."""

    lod: str
    srs_name: str | None
    rings: list[str] = field(default_factory=list)
    first_rings: list[int] = field(default_factory=list)
    surface_types: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    reversed_polygons: list[int] = field(default_factory=list)
    flat_rings: list[int] = field(default_factory=list)
    """Rings of two-dimensional coordinates."""
    placement: Placement | None = None
    """Of an implicit geometry, whose only ring is its reference point."""


class Link(NamedTuple):
    """A surface that an object's geometry takes from elsewhere by xlink:href."""

    owner: ObjectDraft
    lod: str
    srs_name: str | None
    target: str
    surface_type: SurfaceType
    line: int
    is_reversed: bool


@dataclass(slots=True, eq=False)
class ObjectDraft:
    """One CityObject being read. `links` are its surfaces that haven't been found yet."""

    source_id: str
    class_name: str
    line: int
    parent_id: str | None
    name: str = ""
    address: str = ""
    cover: SurfaceType = SurfaceType.UNKNOWN
    """What its surfaces are where they don't say it themselves."""
    attributes: Attributes = field(default_factory=Attributes)
    geometries: list[GeometryDraft] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def geometry(self, lod: str, srs_name: str | None) -> GeometryDraft:
        """The draft for a LoD and CRS, made when it is first asked for."""
        for draft in self.geometries:
            same = draft.lod == lod and draft.srs_name == srs_name
            if same and draft.placement is None:
                return draft
        draft = GeometryDraft(lod, srs_name)
        self.geometries.append(draft)
        return draft
