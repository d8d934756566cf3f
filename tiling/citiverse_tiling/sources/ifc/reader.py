"""IFC files → CityObjects: a row for each product, a body where it has one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.errors import EmptyCity
from citiverse_tiling.model import (
    Appearance,
    CityObject,
    Geometry,
    Inside,
    Place,
    Placed,
    Polygons,
)
from citiverse_tiling.report import InputDescription, Loss, Reason
from citiverse_tiling.sources.ifc.envelope import seen_from_outside
from citiverse_tiling.sources.ifc.inside import floor_of, points_of
from citiverse_tiling.sources.ifc.placement import place
from citiverse_tiling.sources.ifc.process import read_model
from citiverse_tiling.sources.ifc.roles import Role, plain, surface_type, told_role
from citiverse_tiling.transforms.triangulate import SMALLEST_AREA_M2, SMALLEST_WIDTH_M

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.ifc.messages import Element, Shape, Value
    from citiverse_tiling.model import Float64Array, Int32Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.ifc.placement import Placement
    from citiverse_tiling.sources.ifc.process import Model

BODY_LOD = "3"
GROUND_M = 0.05
"""What reaches no higher than this above the ground floor's level is below the ground."""

_STEP = re.compile(rb"ISO-10303-21\s*;")
_ROOM, _STOREY = "IfcSpace", "IfcBuildingStorey"
_THIN = "triangles thinner than a hair, left out"


def accepts(head: bytes) -> bool:
    """Whether a file that begins so is a STEP file, as IFC files are."""
    return _STEP.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()) is not None


def images(path: Path) -> Iterator[str]:
    """None: IFC's images are not read."""
    del path
    return iter(())


@dataclass(frozen=True, slots=True)
class _Body:
    """A shape as corners of its triangles in its own frame, float64 (3·T, 3), and its colours."""

    corners: Float64Array
    looks: Int32Array | None
    colours: tuple[Appearance, ...]


def read(
    path: Path,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    _theme: str | None = None,
) -> Iterator[CityObject]:
    """All products of a model; those whose body can't be made are listed, and have a row."""
    model = read_model(path)
    where = place(model.start, path, crs, report)
    reader = _Reader(path, model, where, crs, report)
    reader.describe()
    if not reader.drawn:
        raise EmptyCity("no element in it has a body that can be drawn", file=path)
    yield from reader.objects()
    on_bytes(path.stat().st_size)


class _Reader:
    """Makes the objects of one model."""

    def __init__(
        self, path: Path, model: Model, where: Placement, crs: CrsRegistry, report: Report
    ) -> None:
        self._path, self._model, self._where = path, model, where
        self._crs, self._report = crs, report
        self._bodies = [_body(shape, report) for shape in model.shapes]
        self._place = Place(path.name, 0)
        self._rooms = {one.number for one in model.elements if one.class_name == _ROOM}
        self.drawn = [
            one.number
            for one in model.elements
            if one.number in model.bodies and one.number not in self._rooms
        ]
        self._uses = Counter(model.bodies[number].shape for number in self.drawn)

    def describe(self) -> None:
        """Say in the report what the file is, and where it stands."""
        start = self._model.start
        storeys = sum(one.class_name == _STOREY for one in self._model.elements)
        rooms = len(self._rooms)
        details = (
            self._where.said,
            f"Storeys: {storeys:,}; rooms: {rooms:,}; made with"
            f" {start.application or 'an unnamed program'}.",
        )
        self._report.inputs.append(
            InputDescription(
                self._path.name,
                self._path.stat().st_size,
                "IFC",
                start.schema.removeprefix("IFC"),
                (self._where.key,),
                start.title,
                details=details,
                to_ecef=self._where.to_ecef(self._middle(), self._crs),
            )
        )
        flat = sum(one.has_body is False for one in self._model.elements)
        if flat:
            self._report.warn(
                f"{self._path.name}: {flat:,} elements are only lines or points, and not drawn"
            )
        unkept = sum(one.unkept for one in self._model.elements)
        if unkept:
            self._report.warn(
                f"{self._path.name}: {unkept:,} attributes beyond 4,096 of an element"
            )

    def _middle(self) -> Float64Array:
        """Where most of the bodies stand, metres of the model, (3,)."""
        matrices = [np.frombuffer(one.matrix, np.float64) for one in self._model.bodies.values()]
        places: Float64Array = np.array(matrices).reshape(-1, 3, 4)[:, :, 3]
        return np.median(places, axis=0) if len(places) else np.zeros(3)

    def objects(self) -> Iterator[CityObject]:
        """Those of all products, each after what it is a part of."""
        placed = {number: self._corners(number) for number in self.drawn}
        roles = self._roles(placed)
        storeys = self._storeys()
        coordinates = self._on_earth(placed)
        for one in self._model.elements:
            name = plain(one.class_name)
            role = roles.get(one.number)
            class_name = name if role is None else f"{role}{name}"
            self._report.objects_read[class_name] += 1
            item = CityObject(
                one.id,
                class_name,
                self._place,
                one.parent or None,
                one.name,
                "",
                one.attributes | _storey(storeys.get(one.parent)),
                inside=self._inside(one),
            )
            if one.number in placed:
                shown = self._geometries(item, one, coordinates[one.number])
                item = replace(item, geometries=shown)
            elif one.number in self._model.failed:
                self._report.read(self._path.name, class_name, 1)
                problem = self._model.failed[one.number]
                self._report.lose(Loss.of(item, Reason.UNSUPPORTED_GEOMETRY, problem))
            yield item

    def _storeys(self) -> dict[str, Element]:
        """The storey that is each element, or that it is in, by the element's id."""
        found: dict[str, Element] = {}
        for one in self._model.elements:
            own = one if one.class_name == _STOREY else found.get(one.parent)
            if own is not None:
                found[one.id] = own
        return found

    def _inside(self, one: Element) -> Inside | None:
        """How far a building, a storey or a room reaches; None of all else."""
        if one.frame is not None:
            points, height_m = points_of(one.frame), 0.0
        elif one.number in self._rooms:
            corners = np.zeros((0, 3))
            if one.number in self._model.bodies:
                corners = self._corners(one.number)
            points = floor_of(corners.reshape(-1, 3, 3))
            height_m = float(np.ptp(corners[:, 2])) if len(corners) else 0.0
        else:
            return None
        coordinates = self._where.coordinates(points, self._crs)
        if not self._crs.on_earth(self._where.key, coordinates).all():
            return None
        return Inside(self._where.key, coordinates, height_m)

    def _corners(self, number: int) -> Float64Array:
        """An element's triangles in metres of the model, (3·T, 3)."""
        body = self._model.bodies[number]
        matrix = np.frombuffer(body.matrix, np.float64).reshape(3, 4)
        corners: Float64Array = self._bodies[body.shape].corners @ matrix[:, :3].T + matrix[:, 3]
        return corners

    def _roles(self, placed: dict[int, Float64Array]) -> dict[int, Role]:
        """The roles of all elements that may have a body."""
        rooms = {one.id for one in self._model.elements if one.number in self._rooms}
        roles: dict[int, Role] = {}
        unsure = []
        for one in self._model.elements:
            if one.has_body is None or one.class_name == "IfcSite":
                continue
            role = told_role(one.class_name, one.attributes, in_room=one.parent in rooms)
            roles[one.number] = role or Role.INTERIOR
            if role is None:
                unsure.append(one.number)
        numbers = list(placed)
        if any(number in placed for number in unsure):
            seen = seen_from_outside([placed[number].reshape(-1, 3, 3) for number in numbers])
            is_seen = dict(zip(numbers, seen.tolist(), strict=True))
            for number in unsure:
                if is_seen.get(number, True):
                    roles[number] = Role.EXTERIOR
        ground = self._model.start.ground_z + GROUND_M
        for number, corners in placed.items():
            is_low = len(corners) > 0 and float(corners[:, 2].max()) <= ground
            if is_low and roles.get(number) is Role.EXTERIOR:
                roles[number] = Role.FOUNDATION
        return roles

    def _on_earth(self, placed: dict[int, Float64Array]) -> dict[int, Float64Array | None]:
        """Elements' corners in the CRS, None where one is too far away from everything."""
        if not placed:
            return {}
        coordinates = self._where.coordinates(np.concatenate(list(placed.values())), self._crs)
        is_good = self._crs.on_earth(self._where.key, coordinates)
        ends = np.cumsum([len(corners) for corners in placed.values()])
        parts = zip(np.split(coordinates, ends[:-1]), np.split(is_good, ends[:-1]), strict=True)
        return {
            number: corners if good.all() else None
            for number, (corners, good) in zip(placed, parts, strict=True)
        }

    def _geometries(
        self, item: CityObject, one: Element, coordinates: Float64Array | None
    ) -> tuple[Geometry, ...]:
        """The body of an element, of which the corners are given in the CRS; none without them."""
        body = self._model.bodies[one.number]
        shape = self._bodies[body.shape]
        local = shape.corners
        count = len(local) // 3
        self._report.read(self._path.name, item.class_name, count)
        if coordinates is None:
            self._report.lose(Loss.of(item, Reason.BAD_COORDINATES, "", count))
            return ()
        matrix = self._where.moved(np.frombuffer(body.matrix, np.float64).reshape(3, 4))
        if np.linalg.det(matrix[:, :3]) < 0:
            local, coordinates = _turned(local), _turned(coordinates)
        polygons = Polygons(
            coordinates,
            np.arange(count + 1) * 3,
            np.arange(count + 1),
            np.full(count, surface_type(one.class_name), np.uint8),
            np.zeros(count, np.int32),
            ("",) * count,
            shape.looks,
        )
        is_copy = self._uses[body.shape] > 1 and self._where.unit_m == 1.0
        placed = Placed(local, matrix, self._where.reference) if is_copy else None
        return (Geometry(BODY_LOD, self._where.key, polygons, shape.colours, placed),)


def _body(shape: Shape, report: Report) -> _Body:
    """A shape without the triangles that have no area."""
    points = np.frombuffer(shape.points, np.float64).reshape(-1, 3)
    triangles = np.frombuffer(shape.triangles, np.int32).reshape(-1, 3)
    looks = np.frombuffer(shape.looks, np.int32)
    corners = points[triangles]
    edges = corners[:, 1:] - corners[:, :1]
    areas = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1) / 2
    reach = np.sqrt(np.einsum("tci,tci->tc", edges, edges)).max(axis=1, initial=0.0)
    kept = areas >= 2 * np.maximum(SMALLEST_AREA_M2, reach * SMALLEST_WIDTH_M)
    kept &= np.isfinite(corners).all(axis=(1, 2))
    report.repair(_THIN, int((~kept).sum()))
    colours = tuple(Appearance(colour=colour) for colour in shape.colours)
    has_looks = bool(colours) and bool((looks[kept] >= 0).any())
    return _Body(corners[kept].reshape(-1, 3), looks[kept] if has_looks else None, colours)


def _storey(storey: Element | None) -> dict[str, Value]:
    """What an element says of the storey that it is in."""
    return {} if storey is None else {"storey": storey.name, "storeyId": storey.id}


def _turned(corners: Float64Array) -> Float64Array:
    """Triangles the other way round."""
    return corners.reshape(-1, 3, 3)[:, ::-1].reshape(-1, 3)
