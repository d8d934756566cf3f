"""Surfaces out of GML geometry (GML 3.1.1 and 3.2.1, clause 10.5 and 11) into `GeometryDraft`s.

Geometry is walked flat, in document order, and only over the elements that matter: a polygon
begins at its own tag, and each posList after it is its next ring, the exterior first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.sources.citygml.drafts import GeometryDraft, Link, ObjectDraft
from citiverse_tiling.sources.citygml.names import (
    GEOMETRY_TAGS,
    HREF,
    GeometryParts,
    Part,
    local_name,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

    from citiverse_tiling.model import SurfaceType

_parts = GeometryParts()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a geometry belongs: object, LoD, the CRS so far, and the surface that it bounds."""

    owner: ObjectDraft
    lod: str
    srs_name: str | None
    surface_type: SurfaceType
    id_attribute: str
    is_reversed: bool = False


def gather_surfaces(element: _Element, spot: Spot) -> None:
    """Add all surfaces within `element` (a geometry or its property), and note its links.

    Nothing is resolved or dropped here: unreadable numbers, unclosed rings and empty polygons
    are told apart later, in arrays. A ring made of curves becomes the chain of their points.
    """
    draft: GeometryDraft | None = None
    srs_name = spot.srs_name
    id_attribute = spot.id_attribute
    surface_type = int(spot.surface_type)
    dimension = ""
    in_surface = in_curved_ring = False
    reversible = spot.is_reversed
    pos_parent: _Element | None = None
    for node in element.iter(*GEOMETRY_TAGS):
        part = _parts[node.tag]
        if part is Part.LINK:
            if not len(node) and (href := node.get(HREF)):
                _note_link(node, href, spot, srs_name)
        elif part is Part.POSITIONS or part is Part.POSITION:
            if draft is None or not in_surface:
                continue
            if in_curved_ring or part is Part.POSITION:
                ring = node.getparent()
                if ring is pos_parent or (in_curved_ring and not _is_linear(ring)):
                    draft.rings[-1] += f" {node.text or ''}"
                    continue
                pos_parent = ring
                in_curved_ring = False
            if (node.get("srsDimension") or dimension) == "2":
                draft.flat_rings.append(len(draft.rings))
            draft.rings.append(node.text or "")
        elif part is Part.POLYGON:
            if (own := node.get("srsName")) and own != srs_name:
                srs_name, draft = own, None
            if draft is None:
                draft = spot.owner.geometry(spot.lod, srs_name)
            if reversible and is_reversed(node, element) != spot.is_reversed:
                draft.reversed_polygons.append(len(draft.ids))
            draft.first_rings.append(len(draft.rings))
            draft.surface_types.append(surface_type)
            draft.lines.append(node.sourceline or 0)
            draft.ids.append(node.get(id_attribute) or "")
            in_surface, in_curved_ring = True, False
        elif part is Part.AGGREGATE or part is Part.SOLID:
            if part is Part.SOLID:
                for shell in node.iterchildren("{*}exterior", "{*}interior"):
                    if not len(shell) and (href := shell.get(HREF)):
                        _note_link(shell, href, spot, srs_name)
            in_surface = False
            dimension = node.get("srsDimension") or dimension
            if (own := node.get("srsName")) and own != srs_name:
                srs_name, draft = own, None
        elif part is Part.REVERSIBLE:
            reversible = True
        elif part is Part.CURVED_RING:
            if in_surface and draft is not None:
                draft.rings.append("")
                in_curved_ring = True
        elif not in_curved_ring:
            in_surface = False


def is_reversed(node: _Element, top: _Element) -> bool:
    """Whether an odd number of OrientableSurfaces with orientation "-" lie around `node`."""
    flips = 0
    ancestor: _Element | None = node
    while ancestor is not None:
        if local_name(ancestor.tag) == "OrientableSurface" and ancestor.get("orientation") == "-":
            flips += 1
        if ancestor is top:
            break
        ancestor = ancestor.getparent()
    return flips % 2 == 1


def _is_linear(ring: _Element | None) -> bool:
    return ring is not None and local_name(ring.tag) == "LinearRing"


def _note_link(node: _Element, href: str, spot: Spot, srs_name: str | None) -> None:
    spot.owner.links.append(
        Link(
            owner=spot.owner,
            lod=spot.lod,
            srs_name=srs_name,
            target=href,
            surface_type=spot.surface_type,
            line=node.sourceline or 0,
            is_reversed=is_reversed(node, node.getroottree().getroot()) != spot.is_reversed,
        )
    )
