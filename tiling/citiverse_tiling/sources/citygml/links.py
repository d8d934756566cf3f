"""Surfaces that an object takes from elsewhere by xlink:href (GML 3.2.1, clause 7.2.3).

A solid mostly points at the faces of the boundary surfaces around it. So a link adds nothing
where its target is already part of the same LoD of a read object of the same member: no face is
drawn twice. A link to any other surface (another LoD, a room, another member) adds a copy of it.
A link that leads nowhere, or to somewhere on the net, is listed as a lost surface.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.model import LAYER_OF_CLASS, UNSEEN_CLASSES, SurfaceType
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.citygml.geometry import Gatherer
from citiverse_tiling.sources.citygml.names import (
    BOUNDED_BY,
    Role,
    envelope_srs_name,
    id_of,
    local_name,
    roles,
)
from citiverse_tiling.sources.surfaces import SURFACE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.citygml.drafts import Link, ObjectDraft

MAX_COPIED_SURFACES = 200_000
"""Surfaces of one file that are copied along links: a small file can't ask for endless work."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a link's target stands in its own object; `lod` is "" outside of any LoD's geometry."""

    lod: str
    is_read: bool
    surface_type: SurfaceType
    srs_name: str | None


@dataclass(slots=True)
class LinkFollower:
    """Follows the links of one file."""

    copied: int = 0

    def resolve(self, drafts: Iterable[ObjectDraft], member: _Element) -> list[Link]:
        """Follow the links of a member's objects that stay in the member; return the others."""
        links = [link for draft in drafts for link in draft.links]
        if not links:
            return []
        drawn: defaultdict[str, set[str]] = defaultdict(set)
        for draft in drafts:
            draft.links.clear()
            for geometry in draft.geometries:
                drawn[geometry.lod].update(geometry.ids)
        pending = [link for link in links if link.target[1:] not in drawn[link.lod]]
        return self.follow(pending, member, same_member=True) if pending else []

    def follow(self, links: list[Link], member: _Element, *, same_member: bool) -> list[Link]:
        """Copy what `member` holds of the links' targets into their owners; return the links left.

        With `same_member`, a target that its own object draws in the link's LoD isn't copied.
        """
        elements = _elements_by_id(member, None if same_member else {_id(link) for link in links})
        if not elements:
            return links
        left: list[Link] = []
        seen: set[tuple[int, str, str]] = set()
        queue = links[::-1]
        while queue:
            link = queue.pop()
            target = elements.get(_id(link))
            if target is None or self.copied > MAX_COPIED_SURFACES:
                left.append(link)
                continue
            visit = (id(link.owner), link.lod, link.target)
            if visit in seen:
                continue
            seen.add(visit)
            standing = _standing(target)
            is_drawn = standing.is_read and link.lod in ("", standing.lod)
            if not (same_member and is_drawn):
                self._copy(target, link, standing)
                queue += reversed(link.owner.links)
                link.owner.links.clear()
        return left

    def _copy(self, target: _Element, link: Link, standing: _Standing) -> None:
        before = _surfaces(link.owner)
        properties = [(link.lod, target)]
        if not link.lod:
            found = ((roles[node.tag], node) for node in target.iter())
            properties = [(lod, node) for (role, lod), node in found if role is Role.SURFACES]
        for lod, element in properties:
            Gatherer(
                owner=link.owner,
                lod=lod,
                srs_name=standing.srs_name or link.srs_name,
                surface_type=standing.surface_type or link.surface_type,
                is_reversed=link.is_reversed,
            ).gather(element)
        self.copied += _surfaces(link.owner) - before


def by_file(links: Iterable[Link]) -> tuple[list[Link], dict[str, list[Link]]]:
    """Links into their own file, and those into others by the names of these."""
    own: list[Link] = []
    others: defaultdict[str, list[Link]] = defaultdict(list)
    for link in links:
        name, _, identifier = link.target.rpartition("#")
        if name and identifier and "://" not in name:
            others[name].append(link._replace(target=f"#{identifier}"))
        else:
            own.append(link)
    return own, others


def lose_links(links: Iterable[Link], file: str, report: Report, detail: str) -> None:
    """List links as lost surfaces, one each: nobody can know how many they stood for."""
    for link in links:
        owner, reason = link.owner, Reason.UNRESOLVED_LINK
        words = f"{link.target[:200]} {detail}"
        report.read(file, owner.class_name, 1)
        report.lose(
            Loss(reason, file, link.line, owner.source_id, words, class_name=owner.class_name)
        )


def _id(link: Link) -> str:
    """The id that a link leads to, "" where it leads out of the file."""
    return link.target[1:] if link.target.startswith("#") else ""


def _surfaces(draft: ObjectDraft) -> int:
    return sum(len(geometry.ids) for geometry in draft.geometries)


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
    in_feature = False
    is_read = True
    node: _Element | None = target
    while node is not None:
        name = local_name(node.tag)
        role, role_name = roles[node.tag]
        srs_name = srs_name or node.get("srsName") or _own_envelope(node)
        if role is Role.SURFACES:
            lod, in_feature = lod or role_name, True
        elif name in SURFACE_TYPES:
            surface_type, in_feature = surface_type or SURFACE_TYPES[name], True
        elif in_feature and role not in (Role.PARTS, Role.BOUNDARY, Role.MEMBER):
            is_read = is_read and name not in UNSEEN_CLASSES
            is_read = is_read and (name in LAYER_OF_CLASS or _is_around_objects(node))
        node = node.getparent()
    return _Standing(lod, is_read and in_feature, surface_type, srs_name)


def _own_envelope(node: _Element) -> str | None:
    for bounded_by in node.iterchildren(*BOUNDED_BY):
        return envelope_srs_name(bounded_by)
    return None


def _is_around_objects(node: _Element) -> bool:
    """True for the root, its member properties, and the features of any class in those."""
    member = node if node.getparent() is None else node.getparent()
    root = member if member is None or member.getparent() is None else member.getparent()
    return root is not None and root.getparent() is None
