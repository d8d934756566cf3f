"""Surfaces that a geometry takes from elsewhere by xlink:href (GML 3.2.1, clause 7.2.3).

A solid mostly points at the faces of the boundary surfaces around it. So a link adds nothing
where its target is already part of the same LoD of a read object of the same member: no face is
drawn twice. A link to any other surface (another LoD, another member) adds a copy of it. A link
that leads nowhere, or to another file, is listed as a lost surface.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.model import SurfaceType
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.citygml.features import envelope_srs_name
from citiverse_tiling.sources.citygml.geometry import Gatherer
from citiverse_tiling.sources.citygml.names import (
    READ_CLASSES,
    SURFACE_TYPES,
    Role,
    Roles,
    id_of,
    local_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.citygml.drafts import Link, ObjectDraft

_roles = Roles()


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a link's target stands in its own object: "" where no LoD of a read object holds it."""

    lod: str
    surface_type: SurfaceType
    srs_name: str | None


def resolve_links(drafts: Iterable[ObjectDraft], member: _Element) -> list[Link]:
    """Follow all links of a member's objects that stay in the member; the others are returned."""
    links = [link for draft in drafts for link in draft.links]
    if not links:
        return []
    drawn: defaultdict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        for geometry in draft.geometries:
            drawn[geometry.lod].update(geometry.ids)
    pending = [link for link in links if link.target[1:] not in drawn[link.lod]]
    for draft in drafts:
        draft.links.clear()
    if not pending:
        return []
    return follow_links(pending, member, same_member=True)


def follow_links(links: list[Link], member: _Element, *, same_member: bool) -> list[Link]:
    """Copy into the links' owners what `member` holds of their targets; return the links left over.

    With `same_member`, a target that its own object draws in the link's LoD is not copied.
    """
    wanted = {link.target[1:] for link in links if link.target.startswith("#")}
    elements = _elements_by_id(member, None if same_member else wanted)
    left: list[Link] = []
    seen: set[tuple[int, str, str]] = set()
    queue = list(links)
    while queue:
        link = queue.pop()
        target = elements.get(link.target[1:]) if link.target.startswith("#") else None
        if target is None:
            left.append(link)
            continue
        visit = (id(link.owner), link.lod, link.target)
        if visit in seen:
            continue
        seen.add(visit)
        standing = _standing(target)
        if same_member and standing.lod and link.lod in ("", standing.lod):
            continue
        if not link.lod:
            if not same_member:
                left.append(link)
            continue
        Gatherer(
            owner=link.owner,
            lod=link.lod,
            srs_name=standing.srs_name or link.srs_name,
            surface_type=standing.surface_type or link.surface_type,
            is_reversed=link.is_reversed,
        ).gather(target)
        queue += link.owner.links
        link.owner.links.clear()
    left.reverse()
    return left


def lose_links(links: Iterable[Link], file: str, report: Report, detail: str) -> None:
    """List links as lost surfaces, one each: nobody can know how many they stood for."""
    for link in links:
        report.surfaces_read += 1
        report.lose(
            Loss(
                Reason.UNRESOLVED_LINK,
                file,
                link.line,
                link.owner.source_id,
                f"{link.target[:200]} {detail}",
            )
        )


def _elements_by_id(member: _Element, wanted: set[str] | None) -> dict[str, _Element]:
    elements: dict[str, _Element] = {}
    for element in member.iter("{*}*"):
        identifier = id_of(element)
        if identifier and (wanted is None or identifier in wanted):
            elements.setdefault(identifier, element)
    return elements


def _standing(target: _Element) -> _Standing:
    lod = ""
    surface_type = SurfaceType.UNKNOWN
    srs_name: str | None = None
    is_read = True
    node: _Element | None = target
    while node is not None:
        name = local_name(node.tag)
        srs_name = srs_name or node.get("srsName")
        role, lod_name = _roles[node.tag]
        if role is Role.SURFACES:
            lod = lod or lod_name
        elif name in SURFACE_TYPES:
            surface_type = surface_type or SURFACE_TYPES[name]
        elif role is Role.PARTS or role is Role.BOUNDARY:
            pass
        elif lod and name not in READ_CLASSES:
            is_read = is_read and _is_around_features(node)
        for child in node.iterchildren(
            "{http://www.opengis.net/gml}boundedBy", "{http://www.opengis.net/gml/3.2}boundedBy"
        ):
            srs_name = srs_name or envelope_srs_name(child)
        node = node.getparent()
    return _Standing(lod if is_read else "", surface_type, srs_name)


def _is_around_features(node: _Element) -> bool:
    """True for the root and its member properties, which hold features but are none."""
    parent = node.getparent()
    return parent is None or parent.getparent() is None
