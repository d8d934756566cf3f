"""The city objects of one document or feature → CityObjects, a whole before its parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from citiverse_tiling.errors import NotJson
from citiverse_tiling.model import (
    UNSEEN_CLASSES,
    CityObject,
    Geometry,
    Place,
    Placed,
    SurfaceType,
)
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.attributes import Attributes
from citiverse_tiling.sources.cityjson.appearance import join_looks
from citiverse_tiling.sources.cityjson.attributes import flatten, read_addresses, said_by
from citiverse_tiling.sources.cityjson.document import MAX_OBJECT_BYTES, is_null, not_json
from citiverse_tiling.sources.cityjson.geometry import (
    INSTANCE,
    LINES,
    MAX_PLACED_SURFACES,
    POINTS,
    Member,
    Owner,
    Shape,
    TemplateShapes,
    UnreadableGeometry,
    lod_of,
    members,
    placement,
    read_point,
    read_surfaces,
)
from citiverse_tiling.sources.cityjson.names import EXTENSION, GROUP, class_of
from citiverse_tiling.sources.foreign_classes import ForeignClasses
from citiverse_tiling.sources.land import default_cover

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.cityjson.appearance import Looks
    from citiverse_tiling.sources.cityjson.document import Object
    from citiverse_tiling.sources.cityjson.geometry import Ground

_NO_LOD = "geometries without a level of detail, taken as LoD 1"
_RINGS = "objects that are parts of themselves, taken as wholes"
_LONGEST_ID = 200
_decoder = msgspec.json.Decoder(Any)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the objects of one document or feature share.

    The coordinates of `ground` are in the CRS with the key `crs`.
    """

    objects: Mapping[str, Object]
    ground: Ground
    templates: TemplateShapes
    crs: str

    @property
    def line(self) -> int:
        """Of the document in its file."""
        return self.ground.line


@dataclass(slots=True)
class Objects:
    """Makes the CityObjects of one file."""

    path: Path
    crs: CrsRegistry
    report: Report
    count: int = 0
    unseen_classes: set[str] = field(default_factory=set)
    classes: ForeignClasses = field(default_factory=ForeignClasses)
    extension_classes: Counter[str] = field(default_factory=Counter)
    unkept_geometries: set[str] = field(default_factory=set)
    unkept_attributes: int = 0
    _placed: int = 0

    def read(self, scope: Scope) -> Iterator[CityObject]:
        """The objects of a document or feature, each followed by its parts."""
        parents = _parents(scope.objects)
        parts: dict[str, list[str]] = {}
        for part, parent in parents.items():
            parts.setdefault(parent, []).append(part)
        done: set[str] = set()
        roots = [name for name in scope.objects if name not in parents]
        yield from self._families(roots, parts, scope, done)
        if len(done) < len(scope.objects):
            rest = [name for name in scope.objects if name not in done]
            for name in rest:
                if name not in done:
                    self.report.repair(_RINGS)
                    yield from self._families([name], parts, scope, done)

    def _families(
        self, roots: list[str], parts: Mapping[str, list[str]], scope: Scope, done: set[str]
    ) -> Iterator[CityObject]:
        """The roots and their parts, depth first, `done` growing by each; none comes twice."""
        waiting: list[tuple[str, CityObject | None, SurfaceType]] = [
            (name, None, SurfaceType.UNKNOWN) for name in reversed(roots)
        ]
        while waiting:
            name, whole, around = waiting.pop()
            if name in done:
                continue
            done.add(name)
            given = scope.objects[name]
            type_name = given.type if isinstance(given.type, str) else ""
            class_name = self.classes.name(class_of(type_name))
            item = whole
            if not class_name:
                self._skip(name, scope)
            elif class_name in UNSEEN_CLASSES:
                self._count_unseen(name, class_name, given, scope)
            else:
                item, around = self._object(name, class_name, given, whole, around, scope)
                yield item
            waiting += [(part, item, around) for part in reversed(parts.get(name, ()))]

    def _skip(self, name: str, scope: Scope) -> None:
        class_name = "without a type"
        reason, file = Reason.UNSUPPORTED_CLASS, self.path.name
        loss = Loss(reason, file, scope.line, name, class_name, class_name=class_name)
        self.report.skip_object(loss)

    def _count_unseen(self, name: str, class_name: str, given: Object, scope: Scope) -> None:
        """Count an object that isn't to be seen, and its surfaces."""
        self._check_size(given, name, scope)
        self.unseen_classes.add(class_name)
        self.report.objects_read[class_name] += 1
        self.report.objects_not_selected[class_name] += 1
        owner = Owner(class_name, SurfaceType.UNKNOWN)
        geometries = self._geometries(name, given, owner, scope)
        surfaces = sum(len(own.polygons) for own in geometries)
        self.report.read(self.path.name, class_name, surfaces)
        self.report.leave_out(self.path.name, class_name, surfaces)

    def _object(
        self,
        name: str,
        class_name: str,
        given: Object,
        whole: CityObject | None,
        around: SurfaceType,
        scope: Scope,
    ) -> tuple[CityObject, SurfaceType]:
        """One object, and what its surfaces are where they don't say it."""
        self._check_size(given, name, scope)
        told = self._decode(given.attributes, name, scope)
        facts = told if isinstance(told, dict) else {}
        attributes = Attributes()
        address = read_addresses(self._decode(given.address, name, scope), attributes)
        title = facts.pop("name", None)
        if not isinstance(title, str):
            flatten(title, "name", attributes)
            title = ""
        flatten(facts, "", attributes)
        if given.type.startswith(EXTENSION):
            self.extension_classes[class_name] += 1
        if given.type == GROUP:
            for member in given.children if isinstance(given.children, list) else ():
                attributes.put("groupMember", str(member)[:_LONGEST_ID])
        self.unkept_attributes += attributes.unkept
        cover = default_cover(said_by(facts), class_name, around)
        item = CityObject(
            source_id=name,
            class_name=class_name,
            place=Place(self.path.name, scope.line),
            parent_id=whole.source_id if whole else None,
            name=" ".join(title.split()),
            address=address,
            attributes=attributes,
            geometries=self._geometries(name, given, Owner(class_name, cover), scope),
        )
        self.count += 1
        self.report.objects_read[class_name] += 1
        surfaces = sum(len(own.polygons) for own in item.geometries)
        self.report.read(self.path.name, class_name, surfaces)
        return item, cover

    def _decode(self, raw: msgspec.Raw, name: str, scope: Scope) -> Any:
        """A member of an object. Raises NotJson, as only its brackets have been looked at."""
        try:
            return _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise not_json(error, self.path, scope.line or None, name[:200]) from error

    def _check_size(self, given: Object, name: str, scope: Scope) -> None:
        parts_of_it = (given.geometry, given.attributes, given.address)
        size = sum(len(memoryview(raw)) for raw in parts_of_it)
        if size > MAX_OBJECT_BYTES:
            raise NotJson(
                f"one object is larger than {MAX_OBJECT_BYTES >> 20} MB",
                file=self.path,
                line=scope.line or None,
                object_id=name[:200],
            )

    def _geometries(
        self, name: str, given: Object, owner: Owner, scope: Scope
    ) -> tuple[Geometry, ...]:
        """What the object has in each LoD; what can't be read is listed."""
        if is_null(given.geometry):
            return ()
        try:
            found = members.decode(given.geometry)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._lose(name, owner.class_name, scope, "a member geometry that isn't CityJSON's")
            return ()
        by_lod: dict[str, list[Shape]] = {}
        for one in found:
            try:
                lod, shape = self._shape(one, owner, scope)
            except UnreadableGeometry as problem:
                self._lose(name, owner.class_name, scope, str(problem))
                continue
            if shape is None:
                continue
            if shape.unseen:
                self.report.read(self.path.name, owner.class_name, shape.unseen)
                self.report.leave_out(self.path.name, owner.class_name, shape.unseen)
            self._lose_looks(shape.looks, name, owner, scope)
            by_lod.setdefault(self._lod(lod), []).append(shape)
        joined = (
            (lod, join_looks([one.looks for one in own]), own[0].placed if len(own) == 1 else None)
            for lod, own in by_lod.items()
        )
        return tuple(
            Geometry(lod, scope.crs, looks.polygons, looks.appearances, placed)
            for lod, looks, placed in joined
        )

    def _lose_looks(self, looks: Looks, name: str, owner: Owner, scope: Scope) -> None:
        """List the images that an object lacks, and its surfaces without a place in theirs."""
        place, who = Place(self.path.name, scope.line), (name[:_LONGEST_ID], owner.class_name)
        for (image, problem), count in looks.missing.items():
            self.report.lose_image(place, who, image, problem, count)
        if looks.unplaced:
            self.report.degrade(
                Loss(
                    Reason.BAD_TEXTURE_COORDINATES,
                    place.file,
                    place.line,
                    who[0],
                    "its texture coordinates are not as many as its points, or not there",
                    looks.unplaced,
                    class_name=owner.class_name,
                )
            )

    def _shape(self, one: Member, owner: Owner, scope: Scope) -> tuple[Any, Shape | None]:
        """The LoD as written, and the shape; None for what is no surface and no plant's point."""
        if one.type == POINTS and owner.cover is SurfaceType.PLANT:
            return one.lod or "0", read_point(one, scope.ground, owner)
        if one.type in (POINTS, LINES):
            self.unkept_geometries.add(one.type)
            return one.lod, None
        if one.type != INSTANCE:
            return one.lod, read_surfaces(one, scope.ground, owner)
        lod, shape = scope.templates.shape(one.template, owner)
        return lod, self._placed_at(one, shape, scope)

    def _placed_at(self, one: Member, shape: Shape, scope: Scope) -> Shape:
        number, matrix = placement(one)
        self._placed += len(shape.polygons)
        if self._placed > MAX_PLACED_SURFACES:
            raise UnreadableGeometry("a template beyond what may be multiplied in one file")
        coordinates = scope.ground.coordinates
        missing = len(coordinates) - 1
        reference = coordinates[number if 0 <= number < missing else missing]
        metres = shape.polygons.coordinates @ matrix[:3, :3].T + matrix[:3, 3]
        count = len(shape.polygons)
        polygons = replace(
            shape.polygons,
            coordinates=self.crs.beside(scope.crs, reference, metres),
            lines=np.full(count, scope.line, np.int32),
        )
        placed = Placed(shape.polygons.coordinates, matrix[:3], reference)
        return Shape(replace(shape.looks, polygons=polygons), shape.unseen, placed)

    def _lod(self, value: Any) -> str:
        lod = lod_of(value)
        if lod is None:
            self.report.repair(_NO_LOD)
            return "1"
        return lod

    def _lose(self, name: str, class_name: str, scope: Scope, detail: str) -> None:
        """List a geometry that can't be read, as one surface: nobody can tell how many it has."""
        reason, file = Reason.UNSUPPORTED_GEOMETRY, self.path.name
        self.report.read(file, class_name, 1)
        self.report.lose(Loss(reason, file, scope.line, name[:200], detail, class_name=class_name))


def _parents(objects: Mapping[str, Object]) -> dict[str, str]:
    """The object that each part belongs to, told by either of them; a group has no parts."""
    parents: dict[str, str] = {}
    wholes = {name for name, given in objects.items() if given.type != GROUP}
    for name, given in objects.items():
        for parent in given.parents if isinstance(given.parents, list) else ():
            if isinstance(parent, str) and parent in wholes and parent != name:
                parents.setdefault(name, parent)
    for name in wholes:
        children = objects[name].children
        for child in children if isinstance(children, list) else ():
            if isinstance(child, str) and child in objects and child != name:
                parents.setdefault(child, name)
    return parents
