"""A first look at a file that somebody wants to place: its shape, its storeys, where it says it is.

Its frame has its origin in the middle of the box of its footprint, on the level of its ground
floor; metres, x east, y north, z up as the file has them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling import sources
from citiverse_tiling.content.linear import linear_colour
from citiverse_tiling.content.materials import PALETTE
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import EmptyCity, InputError, UnknownCrs
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.looks import LookTable
from citiverse_tiling.mesher import Mesher
from citiverse_tiling.model import TERRAIN_POINTS, Layer, layer_of
from citiverse_tiling.options import LocalPlace, LodPolicy
from citiverse_tiling.proposals.georeference import (
    Georeference,
    georeference,
    is_cut_short,
    told_ground,
)
from citiverse_tiling.proposals.preview import Part, parts_of
from citiverse_tiling.report import Report
from citiverse_tiling.selection import selected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import shapely

    from citiverse_tiling.crs import CrsDescription
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import CityObject, Float64Array, Geometry, Int64Array

Triple = tuple[float, float, float]

MOST_WARNINGS = 50
FOOTPRINT_M = 0.1
"""How far the footprint's ring may be off."""

_NOWHERE = SceneFrame(0.0, 0.0)
_NOT_STANDING = (Layer.GROUND, Layer.LAND, Layer.VEGETATION)
_NOT_BUILT = ("Space", "Site")
"""Rooms, and the ground that a model brings with it."""

_STOREY, _BUILDING = "BuildingStorey", "Building"
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Storey:
    """Floor and ceiling in metres above the origin."""

    id: str
    name: str
    floor: float
    ceiling: float


@dataclass(frozen=True, slots=True)
class Building:
    """A building with its storeys, the lowest first."""

    id: str
    name: str
    storeys: tuple[Storey, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a file; `anchor` is the frame's origin in the file's own coordinates.

    A file that isn't `movable` has its anchor in the scene frame, where it says that it stands.
    """

    format: str
    title: str
    movable: bool
    anchor: Triple
    box: tuple[Triple, Triple]
    footprint: tuple[tuple[float, float], ...]
    georeference: Georeference | None
    buildings: tuple[Building, ...]
    elements: int
    warnings: tuple[str, ...]
    parts: tuple[Part, ...] = field(repr=False)


def look_at(path: Path, scene: SceneFrame, on_bytes: Callable[[int], None]) -> Look:
    """Read a file for its preview. Raises InputError."""
    told = told_ground(path)
    loose: Triple = (0.0, 0.0, 0.0) if told is None else told.near
    try:
        crs, frame, report = CrsRegistry(), scene, Report()
        if told is not None:
            raise UnknownCrs("its coordinates are its own")
        found = _read(path, crs, frame, report, on_bytes)
        movable = False
    except UnknownCrs:
        crs, frame, report = (
            CrsRegistry(None, LocalPlace(0.0, 0.0, anchor=loose)),
            _NOWHERE,
            Report(),
        )
        found = _read(path, crs, frame, report, on_bytes)
        movable = True
    if is_cut_short(path):
        report.warn(f"{path.name} ends in the middle: what comes after that is missing.")
    return _Composer(path, scene, crs, report, movable=movable).composed(found, loose)


@dataclass(slots=True)
class _Found:
    """Objects in the order of the file; those that are drawn, and their triangles."""

    objects: list[CityObject]
    drawn: list[CityObject]
    key: str
    corners: Float64Array
    owners: Int64Array
    colours: Float64Array


def _read(
    path: Path,
    crs: CrsRegistry,
    frame: SceneFrame,
    report: Report,
    on_bytes: Callable[[int], None],
) -> _Found:
    objects: list[CityObject] = []
    drawn: list[tuple[CityObject, Geometry]] = []
    read = sources.read(path, crs, report, on_bytes)
    for item, geometry in selected(read, LodPolicy(), report):
        objects.append(replace(item, geometries=(), attributes={}))
        if geometry is not None and len(geometry.polygons) and _stands(item):
            drawn.append((item, geometry))
    keys = {geometry.crs for _, geometry in drawn}
    if not drawn:
        raise EmptyCity("nothing in it can be drawn", path)
    if len(keys) > 1:
        raise InputError("its parts are in several coordinate systems", path)
    looks = LookTable(ImageLibrary(), report)
    items = [item for item, _ in drawn]
    shapes = [looks.numbered(geometry, item) for item, geometry in drawn]
    key = keys.pop()
    meshes = Mesher(crs, report, frame).make(key, items, shapes).meshes
    if not len(meshes.triangles):
        raise EmptyCity("nothing in it can be drawn, or it is more than 50 km from here", path)
    return _Found(
        objects,
        items,
        key,
        meshes.positions[meshes.global_triangles],
        meshes.triangle_objects,
        _colours(meshes, looks),
    )


def _stands(item: CityObject) -> bool:
    return (
        layer_of(item.class_name) not in _NOT_STANDING
        and item.class_name not in TERRAIN_POINTS
        and not item.class_name.endswith(_NOT_BUILT)
    )


@dataclass(slots=True)
class _Composer:
    path: Path
    scene: SceneFrame
    crs: CrsRegistry
    report: Report
    movable: bool

    def composed(self, found: _Found, loose: Triple) -> Look:
        """Move everything into the proposal's own frame, and say what there is."""
        low = found.corners.min(axis=(0, 1))
        high = found.corners.max(axis=(0, 1))
        shape = footprint(found.corners)
        west, south, east, north = shape.bounds
        told = told_ground(self.path)
        ground = float(low[2]) if told is None else told.ground - loose[2]
        origin = np.array([(west + east) / 2, (south + north) / 2, ground])
        anchor = _triple(origin + (loose if self.movable else 0.0))
        storey_of = _storeys(found)
        about = self.report.inputs[-1] if self.report.inputs else None
        description = self.crs.describe(found.key)
        landed = georeference(self.path, self.scene, anchor, self.report) if self.movable else None
        if not self.movable:
            landed = _fixed(description, anchor)
        buildings = self._buildings(found, origin, float(high[2]))
        return Look(
            format=" ".join(one for one in (about.format, about.version) if one) if about else "",
            title=about.title if about else "",
            movable=self.movable,
            anchor=anchor,
            box=(_triple(low - origin), _triple(high - origin)),
            footprint=_ring(shape, origin),
            georeference=landed,
            buildings=buildings,
            elements=len(found.drawn),
            warnings=tuple(self.report.warnings[:MOST_WARNINGS]),
            parts=parts_of(
                found.corners - origin,
                found.owners,
                found.colours,
                [(storey_of[at], _part(one)) for at, one in enumerate(found.drawn)],
            ),
        )

    def _buildings(self, found: _Found, origin: Float64Array, top: float) -> tuple[Building, ...]:
        """Buildings with storeys, where the file tells of any."""
        known = {item.source_id: item for item in found.objects}
        floors: dict[str, list[tuple[float, CityObject]]] = {}
        for item in found.objects:
            if item.class_name != _STOREY or item.inside is None:
                continue
            above = _above(item, known, _BUILDING)
            if above is not None:
                points = self._in_frame(item.inside.crs, item.inside.points[:1])
                floors.setdefault(above, []).append((float(points[0, 2] - origin[2]), item))
        return tuple(
            Building(number, known[number].name, _stacked(some, top - float(origin[2])))
            for number, some in floors.items()
        )

    def _in_frame(self, key: str, points: Float64Array) -> Float64Array:
        frame = _NOWHERE if self.movable else self.scene
        return frame.from_ecef(self.crs.to_ecef(key, points))


def footprint(corners: Float64Array) -> shapely.Geometry:
    """The ground that triangles (T, 3, 3) cover, as one shape of shapely."""
    from citiverse_tiling.succession.matching import footprints  # shapely takes its time

    (shape,) = footprints(np.zeros(len(corners), np.int64), corners, 1)
    return shape


def _ring(shape: shapely.Geometry, origin: Float64Array) -> tuple[tuple[float, float], ...]:
    """The rim of the largest piece, not closed, about the origin."""
    import shapely

    pieces = shapely.get_parts(shape)
    largest = pieces[int(np.argmax(shapely.area(pieces)))]
    rim = shapely.get_coordinates(shapely.simplify(shapely.get_exterior_ring(largest), FOOTPRINT_M))
    return tuple((x, y) for x, y in np.round(rim[:-1] - origin[:2], 3).tolist())


def _stacked(floors: list[tuple[float, CityObject]], top: float) -> tuple[Storey, ...]:
    """Storeys by height, each up to the next one's floor, the topmost up to the roof."""
    floors = sorted(floors, key=lambda one: (one[0], one[1].source_id))
    ends = [*(floor for floor, _ in floors[1:]), max(top, floors[-1][0])]
    return tuple(
        Storey(item.source_id, item.name, round(floor, 3), round(end, 3))
        for (floor, item), end in zip(floors, ends, strict=True)
    )


def _storeys(found: _Found) -> list[str]:
    """Of each thing that is drawn the storey that it is in, "" where it is in none."""
    known = {item.source_id: item for item in found.objects}
    return [_above(item, known, _STOREY) or "" for item in found.drawn]


def _above(item: CityObject, known: dict[str, CityObject], class_name: str) -> str | None:
    """The nearest object of a class that something is a part of."""
    for _ in range(_DEEPEST):
        if item.class_name == class_name:
            return item.source_id
        if item.parent_id is None or item.parent_id not in known:
            return None
        item = known[item.parent_id]
    return None


def _part(item: CityObject) -> str:
    return "interior" if layer_of(item.class_name) is Layer.INTERIORS else "shell"


def _colours(meshes: Meshes, looks: LookTable) -> Float64Array:
    """What each triangle looks like, linear, (T, 4); where an image is shown, its plain colour."""
    first = meshes.global_triangles[:, 0]
    palette = PALETTE[meshes.groups[first]]
    colours = np.column_stack([palette, np.ones(len(palette))])
    if meshes.looks is None:
        return colours
    numbers = meshes.looks[first]
    for number in np.unique(numbers[numbers >= 0]).tolist():
        colour = looks.looks[number].colour
        if colour is not None:
            colours[numbers == number] = linear_colour(colour)
    return colours


def _fixed(description: CrsDescription, anchor: Triple) -> Georeference:
    said = f"It stands where its coordinates in {description.code} say."
    return Georeference(description.horizontal_name, said, anchor, 0.0)


def _triple(values: Float64Array) -> Triple:
    x, y, z = np.round(values, 4).tolist()
    return x, y, z
