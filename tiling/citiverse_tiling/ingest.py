"""The reading end of a run: CityObjects stream in, their meshes go to the spool, batch by batch."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.city import City, FeatureRecord
from citiverse_tiling.content.property_table import MAX_NAMES, AttributeTypes
from citiverse_tiling.errors import EmptyCity
from citiverse_tiling.frame import frame_at
from citiverse_tiling.meshes import Meshes
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.transforms.block import Blocks, blocks_of
from citiverse_tiling.transforms.surface_group import surface_groups
from citiverse_tiling.transforms.triangulate import triangulate

if TYPE_CHECKING:
    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import BoolArray, CityObject, Float64Array, Int64Array, Polygons
    from citiverse_tiling.report import Report
    from citiverse_tiling.spool import Spool

BATCH_POINTS = 65_536
BATCH_OBJECTS = 4_096
_CROSSING = "rings that cross themselves"
_SAME_ID = "ids made different from an earlier one"
_MAX_PART_DEPTH = 16

FARTHEST_M = 50_000.0
"""The scene is a plane that touches the Earth at its first object: farther away it is wrong."""

_CAUSES = (
    (Reason.NOT_TRIANGULATED, ""),
    (Reason.ZERO_AREA, ""),
    (Reason.BAD_COORDINATES, f"more than {FARTHEST_M / 1000:.0f} km from the first object"),
)
_CANT_CUT, _NO_AREA, _TOO_FAR = range(3)


@dataclass(slots=True)
class _Batch:
    """Objects that wait for their triangles; `polygons` is None where there is no geometry."""

    objects: list[CityObject] = field(default_factory=list)
    polygons: list[Polygons | None] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    points: int = 0
    crs: str = ""


@dataclass(slots=True)
class Ingest:
    """Takes objects one by one; `finish` gives the city. `crs_keys` are those met, in order."""

    crs: CrsRegistry
    spool: Spool
    report: Report
    types: AttributeTypes = field(default_factory=AttributeTypes)
    crs_keys: list[str] = field(default_factory=list)
    _frame: SceneFrame | None = None
    _batch: _Batch = field(default_factory=_Batch)
    _rows: dict[str, int] = field(default_factory=dict)
    _parents: array[int] = field(default_factory=lambda: array("q"))
    _early_parts: list[tuple[int, str]] = field(default_factory=list)
    _label_bytes: array[int] = field(default_factory=lambda: array("q"))
    _blocks: list[Blocks] = field(default_factory=list)
    _boxes: list[Float64Array] = field(default_factory=list)
    _shaped: list[Int64Array] = field(default_factory=list)
    _done: int = 0

    def add(self, dataset: str, item: CityObject, crs: str, polygons: Polygons | None) -> None:
        """Take one object with its cleaned polygons in the CRS with that key."""
        if polygons is not None and not len(polygons):
            polygons = None
        batch = self._batch
        if polygons is not None and crs != batch.crs:
            if batch.crs:
                self._flush()
                batch = self._batch
            batch.crs = crs
            if crs not in self.crs_keys:
                self.crs_keys.append(crs)
        batch.objects.append(item)
        batch.polygons.append(polygons)
        batch.records.append(msgspec.json.encode(self._record(dataset, item)))
        batch.points += 0 if polygons is None else len(polygons.coordinates)
        if batch.points >= BATCH_POINTS or len(batch.objects) >= BATCH_OBJECTS:
            self._flush()

    def _record(self, dataset: str, item: CityObject) -> FeatureRecord:
        """The object's record under an identity that no other object has."""
        row = len(self._rows)
        identity = plain = f"{dataset}/{item.source_id}"
        number = 2
        while identity in self._rows:
            identity, number = f"{plain}~{number}", number + 1
        if identity != plain:
            self.report.repair(_SAME_ID)
        self._rows[identity] = row
        parent = f"{dataset}/{item.parent_id}" if item.parent_id else ""
        self._parents.append(self._rows.get(parent, -1) if parent else -1)
        if parent and self._parents[row] < 0:
            self._early_parts.append((row, parent))
        attributes = self.types.see(item.attributes)
        if len(attributes) < len(item.attributes):
            self.report.warn(
                f"{item.place.file}: attributes beyond the first {MAX_NAMES:,} names are not kept"
            )
        self.report.objects_written[item.class_name] += 1
        record = FeatureRecord(
            identity,
            item.source_id,
            dataset,
            item.class_name,
            item.name,
            item.address,
            parent,
            attributes,
        )
        self._label_bytes.append(
            len(identity.encode()) + len(item.class_name) + len(item.name.encode())
        )
        return record

    def _flush(self) -> None:
        """Triangulate what waits and spool it."""
        batch, self._batch = self._batch, _Batch(crs=self._batch.crs)
        if not batch.objects:
            return
        meshes = self._mesh(batch)
        self.spool.append(meshes, batch.records)
        shaped = np.flatnonzero(np.diff(meshes.vertex_offsets))
        if len(shaped):
            starts = meshes.vertex_offsets[shaped]
            low = np.minimum.reduceat(meshes.positions, starts, axis=0)
            high = np.maximum.reduceat(meshes.positions, starts, axis=0)
            self._boxes.append(np.stack([low, high], axis=1))
            self._blocks.append(blocks_of(_only(meshes, shaped)))
            self._shaped.append(shaped + self._done)
        self._done += len(batch.objects)

    def _mesh(self, batch: _Batch) -> Meshes:
        """Meshes of a batch's objects; what can't be drawn is listed in the report."""
        given = [polygons for polygons in batch.polygons if polygons is not None]
        if not given:
            return _no_meshes(len(batch.objects))
        counts = np.array([0 if p is None else len(p) for p in batch.polygons])
        owners = np.repeat(np.arange(len(counts)), counts)
        ring_offsets = _joined([p.ring_offsets for p in given])
        polygon_offsets = _joined([p.polygon_offsets for p in given])
        source = np.concatenate([p.coordinates for p in given])
        ecef = self.crs.to_ecef(batch.crs, source)
        if self._frame is None:
            self._frame = frame_at(ecef[0])
        points = self._frame.from_ecef(ecef)
        far = np.abs(points[:, :2]).max(axis=1) > FARTHEST_M
        done = triangulate(np.where(far[:, None], 0.0, points), ring_offsets, polygon_offsets)
        sizes = np.diff(ring_offsets[polygon_offsets])
        point_polygons = np.repeat(np.arange(len(sizes)), sizes)
        lost = done.failed.copy()
        lost[point_polygons[far]] = True
        if lost.any():
            causes = np.where(done.normals.any(axis=1), _CANT_CUT, _NO_AREA)
            causes[point_polygons[far]] = _TOO_FAR
            self._lose(batch, owners, np.flatnonzero(lost), causes)
        self.report.repair(_CROSSING, int((done.crossing & ~lost).sum()))
        self.report.surfaces_written += int((~lost).sum())
        types = np.concatenate([p.surface_types for p in given])
        groups = surface_groups(types, done.normals)
        kept = ~lost[point_polygons]
        point_polygons = point_polygons[kept]
        normals = np.rint(done.normals * 127).astype(np.int8)
        vertex_offsets = _counted(owners[point_polygons], len(counts))
        drawn = ~lost[done.triangle_polygons]
        triangle_owners = owners[done.triangle_polygons[drawn]]
        renumbered = np.cumsum(kept) - 1
        local = renumbered[done.triangles[drawn]] - vertex_offsets[triangle_owners][:, None]
        return Meshes(
            points[kept],
            normals[point_polygons],
            groups[point_polygons],
            local.astype(np.uint32),
            vertex_offsets,
            _counted(triangle_owners, len(counts)),
        )

    def _lose(
        self, batch: _Batch, owners: Int64Array, polygons: Int64Array, causes: Int64Array
    ) -> None:
        """List polygons with their causes, (P,): which of `_CAUSES`."""
        first = np.searchsorted(owners, np.arange(len(batch.objects)))
        for polygon in polygons.tolist():
            owner = int(owners[polygon])
            item, given = batch.objects[owner], batch.polygons[owner]
            assert given is not None
            inside = polygon - int(first[owner])
            line = int(given.lines[inside]) or item.place.line
            reason, detail = _CAUSES[int(causes[polygon])]
            name = f"polygon {given.ids[inside]}" if given.ids[inside] else ""
            detail = ", ".join(filter(None, (name, detail)))
            self.report.lose(Loss(reason, item.place.file, line, item.source_id, detail))

    def finish(self) -> City:
        """Spool the rest; returns what stays in memory. EmptyCity where nothing has a shape."""
        self._flush()
        index = self.spool.finish()
        if self._frame is None or not self._shaped:
            raise EmptyCity(
                "no building in the input has any geometry that can be drawn",
                remedy="check that the file holds buildings of LoD 1 or 2",
            )
        shaped = np.concatenate(self._shaped)
        parents = np.array(self._parents, np.int64)
        for row, parent in self._early_parts:
            parents[row] = self._rows.get(parent, -1)
        parents[parents == np.arange(len(parents))] = -1
        boxes = np.full((self._done, 2, 3), np.nan)
        boxes[shaped] = np.concatenate(self._boxes)
        has_shape = np.zeros(self._done, np.bool_)
        has_shape[shaped] = True
        _grow_from_parts(boxes, parents, has_shape)
        return City(
            self._frame,
            index,
            shaped,
            boxes[:, 0],
            boxes[:, 1],
            _join_blocks(self._blocks),
            parents,
            _topmost(parents),
            np.array(self._label_bytes, np.int64),
            self.types,
            tuple(self.crs_keys),
        )


def _no_meshes(count: int) -> Meshes:
    offsets = np.zeros(count + 1, np.int64)
    return Meshes(
        np.zeros((0, 3)),
        np.zeros((0, 3), np.int8),
        np.zeros(0, np.uint8),
        np.zeros((0, 3), np.uint32),
        offsets,
        offsets,
    )


def _only(meshes: Meshes, shaped: Int64Array) -> Meshes:
    """The same meshes without the empty ones between."""
    return Meshes(
        meshes.positions,
        meshes.normals,
        meshes.groups,
        meshes.triangles,
        np.append(meshes.vertex_offsets[shaped], meshes.vertex_offsets[-1]),
        np.append(meshes.triangle_offsets[shaped], meshes.triangle_offsets[-1]),
    )


def _joined(offsets: list[Int64Array]) -> Int64Array:
    """Offsets of pieces laid one after the other."""
    counts = np.concatenate([np.diff(piece) for piece in offsets])
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def _counted(owners: Int64Array, count: int) -> Int64Array:
    """Offsets of `count` owners from the sorted owner of each row."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owners, minlength=count))])


def _join_blocks(pieces: list[Blocks]) -> Blocks:
    return Blocks(
        np.concatenate([piece.centers for piece in pieces]),
        np.concatenate([piece.axes for piece in pieces]),
        np.concatenate([piece.half_sizes for piece in pieces]),
        np.concatenate([piece.heights for piece in pieces]),
        np.concatenate([piece.errors_m for piece in pieces]),
    )


def _grow_from_parts(boxes: Float64Array, parents: Int64Array, has_shape: BoolArray) -> None:
    """Give objects without geometry the box of their parts, in place, from the deepest up."""
    for _ in range(_MAX_PART_DEPTH):
        before = boxes.copy()
        parts = np.flatnonzero((parents >= 0) & ~np.isnan(boxes[:, 0, 0]))
        parts = parts[~has_shape[parents[parts]]]
        np.fmin.at(boxes[:, 0], parents[parts], boxes[parts, 0])
        np.fmax.at(boxes[:, 1], parents[parts], boxes[parts, 1])
        if np.array_equal(before, boxes, equal_nan=True):
            return


def _topmost(parents: Int64Array) -> Int64Array:
    """The topmost object above each; a ring of parents ends after a few steps."""
    top = np.arange(len(parents))
    for _ in range(_MAX_PART_DEPTH):
        above = parents[top]
        top = np.where(above >= 0, above, top)
    return top
