"""CityObjects' polygons, in any CRS → triangle meshes in the scene frame, a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.frame import frame_at
from citiverse_tiling.meshes import Meshes
from citiverse_tiling.model import Layer, layer_of
from citiverse_tiling.report import Loss, Reason, Report
from citiverse_tiling.transforms.smooth_land import smooth_land
from citiverse_tiling.transforms.surface_group import STEEP, surface_groups
from citiverse_tiling.transforms.triangulate import triangulate

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import (
        BoolArray,
        CityObject,
        Float32Array,
        Float64Array,
        Int32Array,
        Int64Array,
        Polygons,
        UInt8Array,
    )
    from citiverse_tiling.sources.placing import Footprint
    from citiverse_tiling.transforms.triangulate import Triangulation

_CROSSING = "rings that cross themselves"
_BENT = "surfaces more than 1 cm off a plane, drawn as triangles"
_TURNED = "pieces of land that lay face down"

BENT_M, FAR_BENT_M = 0.01, 0.2
"""Off its plane by less, a surface is as flat as surveys are; by the second, it can't be meant."""

FARTHEST_M = 50_000.0
"""The scene is a plane that touches the Earth at its first object: farther away it is wrong."""

TOO_FAR = f"more than {FARTHEST_M / 1000:.0f} km from the first object"
_CAUSES = (
    (Reason.NOT_TRIANGULATED, ""),
    (Reason.ZERO_AREA, ""),
    (Reason.BAD_COORDINATES, TOO_FAR),
)
_CANT_CUT, _NO_AREA, _FAR = range(3)


@dataclass(frozen=True, slots=True)
class Made:
    """The meshes of n objects, and how wide each piece of land is, float64 (n,).

    That is the mean width of its widest surface, or of all together, which may be lanes side by
    side: their area over the diagonal of the box around them.
    A surface's mean width is twice its area over its circumference: about the width of a strip,
    half of that of a square. It is known for land only, and 0 for all else.
    """

    meshes: Meshes
    widths_m: Float64Array


@dataclass(slots=True)
class Mesher:
    """Makes meshes of batches. The first point anchors the scene's frame, unless it is a stray."""

    crs: CrsRegistry
    report: Report
    frame: SceneFrame | None = None

    def to_scene(self, key: str, coordinates: Float64Array) -> tuple[Float64Array, BoolArray]:
        """Points (N, 3) in the scene frame, and which of them are too far away for it."""
        ecef = self.crs.to_ecef(key, coordinates)
        if self.frame is None:
            self.frame = frame_at(_anchor(ecef))
        points = self.frame.from_ecef(ecef)
        return points, np.abs(points[:, :2]).max(axis=1) > FARTHEST_M

    def anchor(self, footprint: Footprint) -> None:
        """Put the frame in the middle of what a file covers, where it has no place yet."""
        if self.frame is None:
            self.to_scene(footprint.crs, np.append(footprint.middle, 0.0)[None])

    def begin(self, key: str, shapes: Sequence[Polygons | None]) -> None:
        """Put the frame where the first of some polygons are, where it has no place yet."""
        given = [polygons.coordinates for polygons in shapes if polygons is not None]
        if self.frame is None and given:
            self.to_scene(key, np.concatenate(given))

    def make(
        self, key: str, objects: Sequence[CityObject], shapes: Sequence[Polygons | None]
    ) -> Made:
        """Meshes of objects with their polygons; what can't be drawn is listed in the report."""
        given = [polygons for polygons in shapes if polygons is not None]
        if not given:
            return Made(no_meshes(len(objects)), np.zeros(len(objects)))
        points, far = self.to_scene(key, np.concatenate([p.coordinates for p in given]))
        return self._mesh(points, far, objects, shapes)

    def mesh_alone(
        self, item: CityObject, polygons: Polygons, points: Float64Array
    ) -> tuple[Meshes, Counter[str]] | None:
        """The mesh of one object's polygons at other points (N, 3), metres, and what was mended.

        The report hears nothing of it. None where some of it can't be drawn as it is.
        """
        alone = replace(self, report=Report())
        made = alone._mesh(points, np.zeros(len(points), np.bool_), [item], [polygons])
        return None if alone.report.has_losses else (made.meshes, alone.report.repaired)

    def _mesh(
        self,
        points: Float64Array,
        far: BoolArray,
        objects: Sequence[CityObject],
        shapes: Sequence[Polygons | None],
    ) -> Made:
        """The same of points that are in the scene frame, those that are `far` being too far."""
        given = [polygons for polygons in shapes if polygons is not None]
        counts = np.array([0 if p is None else len(p) for p in shapes])
        owners = np.repeat(np.arange(len(counts)), counts)
        ring_offsets = _joined([p.ring_offsets for p in given])
        polygon_offsets = _joined([p.polygon_offsets for p in given])
        done = triangulate(np.where(far[:, None], 0.0, points), ring_offsets, polygon_offsets)
        sizes = np.diff(ring_offsets[polygon_offsets])
        point_polygons = np.repeat(np.arange(len(sizes)), sizes)
        lost = done.failed.copy()
        lost[point_polygons[far]] = True
        if lost.any():
            causes = np.where(done.normals.any(axis=1), _CANT_CUT, _NO_AREA)
            causes[point_polygons[far]] = _FAR
            self._lose(objects, shapes, owners, np.flatnonzero(lost), causes)
        self.report.repair(_CROSSING, int((done.crossing & ~lost).sum()))
        layers = np.array([layer_of(item.class_name) for item in objects], np.uint8)
        self._list_bent(objects, shapes, owners, np.where(lost, 0.0, done.bends_m), layers)
        drawn_each = np.bincount(owners[~lost], minlength=len(counts)).tolist()
        for item, count in zip(objects, drawn_each, strict=True):
            if count:
                self.report.write(item, count)
        triangles, normals, widths = done.triangles, done.normals, np.zeros(len(counts))
        land = layers == Layer.LAND
        if land.any():
            turned = self._face_down(land, owners, done)
            normals = np.where(turned[:, None], -normals, normals)
            wrong = turned[done.triangle_polygons]
            triangles = np.where(wrong[:, None], triangles[:, ::-1], triangles)
            each = _mean_widths(points, ring_offsets, sizes, done)
            good = land[owners] & ~lost
            np.maximum.at(widths, owners, np.where(good, each, 0.0))
            areas = np.bincount(owners, np.where(good, done.areas, 0.0), len(counts))
            sides = _flat_sizes(points, owners[point_polygons], good[point_polygons], len(counts))
            widths = np.maximum(widths, areas / sides)
        types = np.concatenate([p.surface_types for p in given])
        groups = surface_groups(types, normals, layers[owners])
        drawn = ~lost[done.triangle_polygons]
        # Points of no triangle, such as the tips of spikes, are left out: nobody would see them.
        kept = np.zeros(len(points), np.bool_)
        kept[triangles[drawn]] = True
        point_polygons = point_polygons[kept]
        rounded = np.rint(normals * 127).astype(np.int8)
        vertex_offsets = _counted(owners[point_polygons], len(counts))
        triangle_owners = owners[done.triangle_polygons[drawn]]
        renumbered = np.cumsum(kept) - 1
        local = renumbered[triangles[drawn]] - vertex_offsets[triangle_owners][:, None]
        meshes = Meshes(
            points[kept],
            rounded[point_polygons],
            groups[point_polygons],
            local.astype(np.uint32),
            vertex_offsets,
            _counted(triangle_owners, len(counts)),
            *_looks(given, kept, point_polygons),
        )
        return Made(smooth_land(meshes, land) if land.any() else meshes, widths)

    def _face_down(self, land: BoolArray, owners: Int64Array, done: Triangulation) -> BoolArray:
        """The downward polygons of land objects that have nothing facing up, (P,)."""
        up = np.bincount(owners, done.normals[:, 2] > STEEP, len(land)) > 0
        turned: BoolArray = (land & ~up)[owners] & (done.normals[:, 2] < -STEEP)
        self.report.repair(_TURNED, int(turned.sum()))
        return turned

    def _list_bent(
        self,
        objects: Sequence[CityObject],
        shapes: Sequence[Polygons | None],
        owners: Int64Array,
        bends_m: Float64Array,
        layers: UInt8Array,
    ) -> None:
        """Count polygons off their plane; land is so by nature, all else is listed if far off."""
        bent = bends_m > BENT_M
        if not bent.any():
            return
        is_flat_by_nature = ~np.isin(layers, (Layer.GROUND, Layer.LAND))[owners]
        self.report.repair(_BENT, int(bent.sum()))
        first = np.searchsorted(owners, np.arange(len(objects)))
        for polygon in np.flatnonzero(is_flat_by_nature & (bends_m > FAR_BENT_M)).tolist():
            owner = int(owners[polygon])
            given = shapes[owner]
            assert given is not None
            inside = polygon - int(first[owner])
            name = f"polygon {given.ids[inside]}, " if given.ids[inside] else ""
            detail = f"{name}{bends_m[polygon]:.2f} m off its plane"
            line = int(given.lines[inside])
            loss = Loss.of(objects[owner], Reason.NOT_PLANAR, detail, line=line)
            self.report.degrade(loss)

    def _lose(
        self,
        objects: Sequence[CityObject],
        shapes: Sequence[Polygons | None],
        owners: Int64Array,
        polygons: Int64Array,
        causes: Int64Array,
    ) -> None:
        """List polygons with their causes, (P,): which of `_CAUSES`."""
        first = np.searchsorted(owners, np.arange(len(objects)))
        for polygon in polygons.tolist():
            owner = int(owners[polygon])
            item, given = objects[owner], shapes[owner]
            assert given is not None
            inside = polygon - int(first[owner])
            line = int(given.lines[inside])
            reason, detail = _CAUSES[int(causes[polygon])]
            name = f"polygon {given.ids[inside]}" if given.ids[inside] else ""
            detail = ", ".join(filter(None, (name, detail)))
            self.report.lose(Loss.of(item, reason, detail, line=line))


def _looks(
    given: Sequence[Polygons], kept: BoolArray, point_polygons: Int64Array
) -> tuple[Int32Array | None, Float32Array | None]:
    """Look and texture coordinates of each vertex, None where no polygon has a look.

    `kept` (N,) are the points that become vertices, of the polygons `point_polygons` (V,).
    """
    if all(p.appearances is None for p in given):
        return None, None
    appearances = np.concatenate(
        [np.full(len(p), -1, np.int32) if p.appearances is None else p.appearances for p in given]
    )
    places = np.concatenate(
        [
            np.full((len(p.coordinates), 2), np.nan, np.float32)
            if p.texture_coordinates is None
            else p.texture_coordinates
            for p in given
        ]
    )
    return appearances[point_polygons], places[kept]


def no_meshes(count: int) -> Meshes:
    """The meshes of objects without geometry."""
    offsets = np.zeros(count + 1, np.int64)
    return Meshes(
        np.zeros((0, 3)),
        np.zeros((0, 3), np.int8),
        np.zeros(0, np.uint8),
        np.zeros((0, 3), np.uint32),
        offsets,
        offsets,
    )


def _mean_widths(
    points: Float64Array, ring_offsets: Int64Array, sizes: Int64Array, done: Triangulation
) -> Float64Array:
    """Twice the area over the length of all edges, (P,)."""
    following = np.arange(1, len(points) + 1)
    following[ring_offsets[1:] - 1] = ring_offsets[:-1]
    edges = points[following] - points
    lengths = np.sqrt(np.einsum("ij,ij->i", edges, edges))
    circumference = np.add.reduceat(lengths, np.cumsum(sizes) - sizes)
    widths: Float64Array = 2 * done.areas / np.maximum(circumference, 1e-9)
    return widths


def _flat_sizes(
    points: Float64Array, owners: Int64Array, good: BoolArray, count: int
) -> Float64Array:
    """Diagonal of the box around the good points of each of `count` owners, seen from above."""
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, owners[good], points[good, :2])
    np.maximum.at(high, owners[good], points[good, :2])
    sizes: Float64Array = np.maximum(np.hypot(*np.maximum(high - low, 0.0).T), 1e-3)
    return sizes


def _anchor(ecef: Float64Array) -> Float64Array:
    """The first point (3,), but where most of the others are too far away from it, one of those.

    One broken polygon at 0° north, 0° east then loses itself, not the city.
    """
    if np.median(np.linalg.norm(ecef - ecef[0], axis=1)) <= FARTHEST_M:
        return np.asarray(ecef[0])
    middle = np.median(ecef, axis=0)
    return np.asarray(ecef[np.linalg.norm(ecef - middle, axis=1).argmin()])


def _joined(offsets: list[Int64Array]) -> Int64Array:
    """Offsets of pieces laid one after the other."""
    counts = np.concatenate([np.diff(piece) for piece in offsets])
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def _counted(owners: Int64Array, count: int) -> Int64Array:
    """Offsets of `count` owners from the sorted owner of each row."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owners, minlength=count))])
