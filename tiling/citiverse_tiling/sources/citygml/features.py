"""One member of a CityGML file → drafts of the city objects in it.

Objects of classes that no standard names (those of extensions) are read like all others. What is
indoors or made of air (`model.UNSEEN_CLASSES`) is counted by class, and not selected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from citiverse_tiling.model import UNSEEN_CLASSES, Layer, SurfaceType, layer_of
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.citygml.about import About
from citiverse_tiling.sources.citygml.address import readable_address
from citiverse_tiling.sources.citygml.attributes import numbered, read_attribute, read_generic
from citiverse_tiling.sources.citygml.drafts import Link, ObjectDraft
from citiverse_tiling.sources.citygml.dynamizers import DYNAMIZER, read_dynamizer
from citiverse_tiling.sources.citygml.geometry import Gatherer, point_text
from citiverse_tiling.sources.citygml.names import (
    HREF,
    POLYGON_TAGS,
    Role,
    envelope_srs_name,
    id_of,
    line_of,
    local_name,
    roles,
)
from citiverse_tiling.sources.citygml.templates import Templates
from citiverse_tiling.sources.foreign_classes import ForeignClasses
from citiverse_tiling.sources.land import (
    TELLING,
    cover_of,
    default_cover,
    is_body_of_space,
)
from citiverse_tiling.sources.surfaces import SURFACE_TYPES, UNSEEN_SURFACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.citygml.appearances import Appearances
    from citiverse_tiling.sources.citygml.library import Library
    from citiverse_tiling.sources.citygml.shape_index import ShapesElsewhere

MAX_NESTED_OBJECTS = 16
MAX_NESTED_OPENINGS = 4
_RISK = "iskAttribute"
"""In the names of attributes of i-UR that tell of floods which may come."""

_TEMPLATE = "an implicit geometry (a template)"


@dataclass(slots=True)
class Features:
    """What a file's members share while they are read."""

    file: str
    report: Report
    appearances: Appearances
    library: Library
    elsewhere: ShapesElsewhere
    unkept_surface_attributes: set[str] = field(default_factory=set)
    unkept_curves: set[str] = field(default_factory=set)
    unkept_attributes: int = 0
    has_feared_water: bool = False
    about: About = field(default_factory=About)
    unseen_classes: set[str] = field(default_factory=set)
    lines_before: int = 0
    """Lines of the file before the part that is read, beyond those that are read with it."""
    classes: ForeignClasses = field(default_factory=ForeignClasses)
    templates: Templates = field(init=False)

    def __post_init__(self) -> None:
        self.templates = Templates(self.appearances, self.library, self.elsewhere)

    def read_member(self, element: _Element, srs_name: str | None) -> list[ObjectDraft]:
        """The objects of a top-level feature, a building before its parts."""
        drafts: list[ObjectDraft] = []
        if local_name(element.tag) == DYNAMIZER:
            self.report.note_dynamizer(read_dynamizer(element, "", self.file))
        else:
            self._read_object(element, None, srs_name, drafts, 0)
        return drafts

    def _read_object(
        self,
        element: _Element,
        parent: ObjectDraft | None,
        srs_name: str | None,
        drafts: list[ObjectDraft],
        depth: int,
    ) -> None:
        class_name = self.classes.name(local_name(element.tag))
        if class_name in UNSEEN_CLASSES:
            self._count_unseen(element, class_name, parent.source_id if parent else "")
            return
        draft = self._draft(element, class_name, parent)
        drafts.append(draft)
        groups: dict[str, int] = {}
        for child in element:
            role, name = roles[child.tag]
            if role is Role.ATTRIBUTE:
                if len(child):
                    name = numbered(name, groups)
                for geometry in read_attribute(child, name, draft.attributes):
                    self._lose_surfaces(geometry, draft, f"in {name}")
            elif role is Role.BOUNDARY:
                self._read_boundary(child, draft, srs_name)
            elif role is Role.GENERIC:
                read_generic(child, draft.attributes)
            elif role is Role.SURFACES:
                self._read_geometry(child, name, draft, srs_name)
            elif role in (Role.PARTS, Role.MEMBER):
                for nested in self._inner(child, draft, depth):
                    whole = draft if role is Role.PARTS else None
                    self._read_object(nested, whole, srs_name, drafts, depth + 1)
            elif role is Role.ENVELOPE:
                srs_name = envelope_srs_name(child) or srs_name
            else:
                self._read_rest(child, role, draft, srs_name, groups)
        self._note(draft)

    def _note(self, draft: ObjectDraft) -> None:
        self.unkept_attributes += draft.attributes.unkept
        if draft.class_name == "WaterBody" and any(_RISK in name for name in draft.attributes):
            self.has_feared_water = True

    def _inner(self, element: _Element, draft: ObjectDraft, depth: int) -> list[_Element]:
        """The objects in a property of an object; those of a group are named in its attributes."""
        inner = [child for child in element if local_name(child.tag) != "Role"]
        if roles[element.tag][0] is Role.MEMBER:
            for member in inner:
                draft.attributes.put("groupMember", f"#{id_of(member)}")
            if not inner:
                read_attribute(element, "groupMember", draft.attributes)
        if depth >= MAX_NESTED_OBJECTS:
            for nested in inner:
                self._skip(nested, self.classes.name(local_name(nested.tag)), draft)
            return []
        return inner

    def _count_unseen(self, element: _Element, class_name: str, around: str) -> None:
        """Count an object that isn't to be seen, its surfaces, and the objects in it."""
        self.unseen_classes.add(class_name)
        self.report.objects_read[class_name] += 1
        self.report.objects_not_selected[class_name] += 1
        own_id = id_of(element) or around
        surfaces = 0
        for child in element:
            role, _ = roles[child.tag]
            if role is Role.PARTS:
                for nested in child:
                    name = self.classes.name(local_name(nested.tag))
                    self._count_unseen(nested, name, own_id)
            elif role is Role.DYNAMIZER:
                self._read_dynamizers(child, own_id)
            elif len(child):
                surfaces += sum(1 for _ in child.iter(*POLYGON_TAGS))
        self.report.read(self.file, class_name, surfaces)
        self.report.leave_out(self.file, class_name, surfaces)

    def _read_dynamizers(self, element: _Element, around: str) -> None:
        for dynamizer in element.iterchildren(f"{{*}}{DYNAMIZER}"):
            self.report.note_dynamizer(read_dynamizer(dynamizer, around, self.file))

    def _skip(self, element: _Element, class_name: str, parent: ObjectDraft) -> None:
        object_id = id_of(element) or parent.source_id
        reason, line = Reason.UNSUPPORTED_CLASS, line_of(element)
        loss = Loss(reason, self.file, line, object_id, class_name, class_name=class_name)
        self.report.skip_object(loss)

    def _draft(self, element: _Element, class_name: str, parent: ObjectDraft | None) -> ObjectDraft:
        line = line_of(element)
        source_id = id_of(element)
        if not source_id:
            self.report.repair("objects without an id, named by their line")
            source_id = f"{class_name}-line-{line + self.lines_before}"
        draft = ObjectDraft(source_id, class_name, line, parent.source_id if parent else None)
        draft.has_looks = self.appearances.has_any
        around = parent.cover if parent else SurfaceType.UNKNOWN
        draft.cover = default_cover(_said_by(element), class_name, around)
        return draft

    def _read_rest(
        self,
        child: _Element,
        role: Role,
        draft: ObjectDraft,
        srs_name: str | None,
        groups: dict[str, int],
    ) -> None:
        if role is Role.NAME:
            text = " ".join((child.text or "").split())
            if draft.name or child.attrib:
                read_attribute(child, "name", draft.attributes)
            draft.name = draft.name or text
        elif role is Role.ADDRESS:
            _read_address(child, numbered("address", groups), draft)
        elif role is Role.GENERIC_PROPERTY:
            for generic in child:
                read_generic(generic, draft.attributes)
        elif role is Role.DYNAMIZER:
            self._read_dynamizers(child, draft.source_id)
        elif role is Role.POINTS:
            _read_relief_points(child, draft, srs_name)
        elif role is Role.IMPLICIT:
            lod = roles[child.tag][1]
            problem = self.templates.place(child, draft, lod, srs_name)
            if problem:
                self._lose_surfaces(child, draft, problem, at_least=1)
        elif role is Role.CURVES and not self._read_point(child, "0", draft, srs_name):
            self.unkept_curves.add(local_name(child.tag))

    def _read_point(
        self, element: _Element, lod: str, draft: ObjectDraft, srs_name: str | None
    ) -> bool:
        """Whether the geometry of a plant is a point; it then counts as one surface of it."""
        if draft.cover is not SurfaceType.PLANT:
            return False
        text, own_srs_name = point_text(element)
        if not text:
            return False
        geometry = draft.geometry(lod, own_srs_name or srs_name)
        geometry.first_rings.append(len(geometry.rings))
        geometry.rings.append(text)
        geometry.surface_types.append(draft.cover)
        geometry.lines.append(line_of(element))
        geometry.ids.append("")
        return True

    def _leave_out(self, element: _Element, draft: ObjectDraft) -> None:
        """Count surfaces that are not meant to be seen."""
        count = sum(1 for _ in element.iter(*POLYGON_TAGS))
        self.report.read(self.file, draft.class_name, count)
        self.report.leave_out(self.file, draft.class_name, count)

    def _read_geometry(
        self, element: _Element, lod: str, draft: ObjectDraft, srs_name: str | None
    ) -> None:
        """A geometry property of the object itself."""
        if is_body_of_space(element.tag, draft.class_name):
            self._leave_out(element, draft)
        elif not self._read_point(element, lod, draft, srs_name):
            self._read_surfaces(element, lod, draft, srs_name, draft.cover)

    def _read_surfaces(
        self,
        element: _Element,
        lod: str,
        draft: ObjectDraft,
        srs_name: str | None,
        surface_type: SurfaceType,
    ) -> None:
        if href := element.get(HREF):
            line = line_of(element)
            draft.links.append(Link(draft, lod, srs_name, href, surface_type, line, False))
        Gatherer(draft, lod, srs_name, surface_type).gather(element)

    def _read_boundary(
        self, element: _Element, draft: ObjectDraft, srs_name: str | None, depth: int = 0
    ) -> None:
        """A boundary surface of a building, with the openings in it."""
        if href := element.get(HREF):
            line = line_of(element)
            draft.links.append(Link(draft, "", srs_name, href, SurfaceType.UNKNOWN, line, False))
        for surface in element:
            name = local_name(surface.tag)
            surface_type = SURFACE_TYPES.get(name, SurfaceType.UNKNOWN)
            if name in UNSEEN_SURFACES:
                self._leave_out(surface, draft)
            elif depth > MAX_NESTED_OPENINGS:
                self._lose_surfaces(surface, draft, f"in a {name} nested too deep")
            else:
                if not surface_type and layer_of(draft.class_name) is Layer.LAND:
                    surface_type = cover_of(_said_by(surface), name, draft.cover)
                self._read_surface(surface, surface_type, draft, srs_name, depth)

    def _read_surface(
        self,
        surface: _Element,
        surface_type: SurfaceType,
        draft: ObjectDraft,
        srs_name: str | None,
        depth: int,
    ) -> None:
        for child in surface:
            role, name = roles[child.tag]
            if role is Role.SURFACES:
                self._read_surfaces(child, name, draft, srs_name, surface_type)
            elif role is Role.BOUNDARY:
                self._read_boundary(child, draft, srs_name, depth + 1)
            elif role is Role.ENVELOPE:
                srs_name = envelope_srs_name(child) or srs_name
            elif role is Role.IMPLICIT:
                self._lose_surfaces(child, draft, _TEMPLATE, at_least=1)
            elif role is Role.CURVES:
                self.unkept_curves.add(local_name(child.tag))
            elif role is Role.DYNAMIZER:
                self._read_dynamizers(child, id_of(surface) or draft.source_id)
            elif role is Role.APPEARANCE:
                continue
            elif name not in TELLING or draft.cover is SurfaceType.UNKNOWN:
                self.unkept_surface_attributes.add(local_name(child.tag))
                self._lose_surfaces(child, draft, f"in {local_name(child.tag)}")

    def _lose_surfaces(
        self, element: _Element, draft: ObjectDraft, detail: str, at_least: int = 0
    ) -> None:
        found = sum(1 for _ in element.iter(*POLYGON_TAGS)) if len(element) else 0
        count = max(at_least, found)
        if count:
            self.report.read(self.file, draft.class_name, count)
            self.report.lose(
                Loss(
                    Reason.UNSUPPORTED_GEOMETRY,
                    self.file,
                    line_of(element),
                    draft.source_id,
                    detail,
                    count,
                    class_name=draft.class_name,
                )
            )


def _said_by(element: _Element) -> Callable[[str], str]:
    """Tells the text of a child of a name, "" where there is none."""
    return lambda name: (element.findtext(f"{{*}}{name}") or "").strip()


def _read_relief_points(element: _Element, draft: ObjectDraft, srs_name: str | None) -> None:
    """Points and lines of a terrain as one polygon, each of whose rings is one point."""
    geometry = draft.geometry("1", srs_name)
    geometry.first_rings.append(len(geometry.rings))
    for texts in element.iter("{*}pos", "{*}posList", "{*}coordinates"):
        numbers = (texts.text or "").replace(",", " ").split()
        geometry.rings += [" ".join(numbers[at : at + 3]) for at in range(0, len(numbers), 3)]
    geometry.surface_types.append(SurfaceType.TERRAIN)
    geometry.lines.append(line_of(element))
    geometry.ids.append("")


def _read_address(element: _Element, name: str, draft: ObjectDraft) -> None:
    """An address property: one more readable line, and its parts as attributes under `name`."""
    address = readable_address(element)
    if address:
        draft.address = f"{draft.address}; {address}" if draft.address else address
    groups: dict[str, int] = {}
    for xal in element.iter("{*}xalAddress"):
        for details in xal:
            for part in details:
                part_name = numbered(f"{name}.{local_name(part.tag)}", groups)
                read_attribute(part, part_name, draft.attributes)
    if href := element.get(HREF):
        draft.attributes.put(f"{name}.href", href)
