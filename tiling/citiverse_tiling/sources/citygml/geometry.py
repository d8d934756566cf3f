"""Surfaces out of GML geometry (GML 3.1.1 and 3.2.1, clauses 10.5 and 11) into `GeometryDraft`s.

Geometry is walked flat, in document order: a polygon begins at its own tag, and each posList
after it is its next ring, the exterior first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.sources.citygml.drafts import Link
from citiverse_tiling.sources.citygml.names import (
    HREF,
    PARTS,
    Part,
    TagTable,
    id_of,
    line_of,
    local_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from citiverse_tiling.sources.citygml.drafts import GeometryDraft, ObjectDraft


@dataclass(slots=True)
class Gatherer:
    """Gathers the surfaces of one geometry property for `owner`, in one LoD.

    `srs_name` is the CRS inherited from around the property, `surface_type` what its surfaces
    bound, `is_reversed` whether they are used from their other side.
    """

    owner: ObjectDraft
    lod: str
    srs_name: str | None
    surface_type: SurfaceType = SurfaceType.UNKNOWN
    is_reversed: bool = False
    _draft: GeometryDraft | None = None
    _top: _Element | None = None
    _dimension: str = ""
    _in_surface: bool = False
    _in_curved_ring: bool = False
    _may_reverse: bool = False
    _pos_parent: _Element | None = None

    def gather(self, element: _Element) -> None:
        """Add all surfaces within `element` (a geometry or its property), and note its links.

        Nothing is resolved or dropped here: unreadable numbers, unclosed rings and empty polygons
        are told apart later, in arrays. A ring made of curves becomes the chain of their points.
        """
        self._top = element
        for node in element.iter():
            action = _actions[node.tag]
            if action is not None:
                action(self, node)

    def link(self, node: _Element) -> None:
        if len(node) == 0 and (href := node.get(HREF)):
            reverse = self.is_reversed != (self._may_reverse and self._is_reversed(node))
            line = line_of(node)
            self.owner.links.append(
                Link(self.owner, self.lod, self.srs_name, href, self.surface_type, line, reverse)
            )

    def polygon(self, node: _Element) -> None:
        own = node.get("srsName")
        if own:
            self._change_crs(own)
        draft = self._draft
        if draft is None:
            draft = self._draft = self.owner.geometry(self.lod, self.srs_name)
        if self.is_reversed != (self._may_reverse and self._is_reversed(node)):
            draft.reversed_polygons.append(len(draft.ids))
        if draft.looks is not None:
            draft.looks.elements.append((len(draft.ids), node))
        draft.first_rings.append(len(draft.rings))
        draft.surface_types.append(self.surface_type)
        draft.lines.append(line_of(node))
        draft.ids.append(id_of(node))
        self._in_surface = True
        self._in_curved_ring = False

    def positions(self, node: _Element) -> None:
        draft = self._draft
        if draft is None or not self._in_surface:
            return
        if self._in_curved_ring:
            if not _is_linear(node):
                draft.rings[-1] += f" {node.text or ''}"
                return
            self._in_curved_ring = False
        if (node.get("srsDimension") or self._dimension) == "2":
            draft.flat_rings.append(len(draft.rings))
        draft.rings.append(node.text or "")

    def tuples(self, node: _Element) -> None:
        node.text = (node.text or "").replace(",", " ")
        self.positions(node)

    def position(self, node: _Element) -> None:
        ring = node.getparent()
        if ring is self._pos_parent and self._in_surface and self._draft is not None:
            self._draft.rings[-1] += f" {node.text or ''}"
        else:
            self._pos_parent = ring
            self.positions(node)

    def aggregate(self, node: _Element) -> None:
        self._in_surface = False
        self._dimension = node.get("srsDimension") or self._dimension
        own = node.get("srsName")
        if own:
            self._change_crs(own)

    def reversible(self, _: _Element) -> None:
        self._may_reverse = True

    def curved_ring(self, _: _Element) -> None:
        if self._in_surface and self._draft is not None:
            self._draft.rings.append("")
            self._in_curved_ring = True

    def no_surface(self, _: _Element) -> None:
        self._in_surface = self._in_curved_ring

    def _change_crs(self, srs_name: str) -> None:
        if srs_name != self.srs_name:
            self.srs_name, self._draft = srs_name, None

    def _is_reversed(self, node: _Element) -> bool:
        """Whether an odd number of OrientableSurfaces with orientation "-" lie around `node`."""
        flips = 0
        ancestor: _Element | None = node
        while ancestor is not None:
            name = local_name(ancestor.tag)
            flips += name == "OrientableSurface" and ancestor.get("orientation") == "-"
            ancestor = None if ancestor is self._top else ancestor.getparent()
        return flips % 2 == 1


_Action: TypeAlias = "Callable[[Gatherer, _Element], None]"

_ACTIONS: dict[Part, _Action] = {
    Part.POSITIONS: Gatherer.positions,
    Part.TUPLES: Gatherer.tuples,
    Part.POSITION: Gatherer.position,
    Part.POLYGON: Gatherer.polygon,
    Part.LINK: Gatherer.link,
    Part.AGGREGATE: Gatherer.aggregate,
    Part.REVERSIBLE: Gatherer.reversible,
    Part.CURVED_RING: Gatherer.curved_ring,
    Part.NO_SURFACE: Gatherer.no_surface,
}


def point_text(element: _Element) -> tuple[str, str | None]:
    """The numbers of the first gml:Point in a property, and its CRS; "" where there is none."""
    for point in element.iter("{*}Point"):
        for node in point.iter("{*}pos", "{*}coordinates"):
            srs_name = point.get("srsName") or node.get("srsName")
            return (node.text or "").replace(",", " ").strip(), srs_name
    return "", None


def _action(tag: str) -> _Action | None:
    part = PARTS.get(local_name(tag))
    return None if part is None else _ACTIONS[part]


_actions = TagTable["_Action | None"](_action)


def _is_linear(positions: _Element) -> bool:
    ring = positions.getparent()
    return ring is not None and local_name(ring.tag) == "LinearRing"
