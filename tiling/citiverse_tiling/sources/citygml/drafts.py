"""Objects as gathered from XML: rings still as text, so that a batch becomes floats at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.sources.attributes import Attributes

if TYPE_CHECKING:
    from lxml.etree import _Element

    from citiverse_tiling.model import Appearance, Float64Array, Polygons


@dataclass(slots=True)
class Placement:
    """How an implicit geometry's shape is put into the world: p' = matrix · p + reference point.

    `shape` is None until the shape with the id `href` has been found; `appearances` are its own.
    """

    matrix: Float64Array
    href: str
    shape: Polygons | None
    appearances: tuple[Appearance, ...] = ()


@dataclass(slots=True)
class LooksDraft:
    """How a geometry's polygons look, as far as they have been told.

    elements     those of the polygons that haven't been told yet, with their numbers
    rows         per polygon number: which of `appearances`, in order
    coordinates  per ring number: the text of its texture coordinates
    projections  per polygon number: from x, y, z, 1 to u·q, v·q, q; 3 × 4, row by row, and whether
                 x is east in it, whatever the order of the coordinates in the file
    """

    elements: list[tuple[int, _Element]] = field(default_factory=list)
    rows: dict[int, int] = field(default_factory=dict)
    appearances: dict[Appearance, int] = field(default_factory=dict)
    coordinates: dict[int, str] = field(default_factory=dict)
    projections: dict[int, tuple[tuple[float, ...], bool]] = field(default_factory=dict)


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
    looks: LooksDraft | None = None
    """None where the file has no appearances."""


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
    has_looks: bool = False
    """Whether its polygons may have appearances."""

    def geometry(self, lod: str, srs_name: str | None) -> GeometryDraft:
        """The draft for a LoD and CRS, made when it is first asked for."""
        for draft in self.geometries:
            same = draft.lod == lod and draft.srs_name == srs_name
            if same and draft.placement is None:
                return draft
        looks = LooksDraft() if self.has_looks else None
        draft = GeometryDraft(lod, srs_name, looks=looks)
        self.geometries.append(draft)
        return draft
