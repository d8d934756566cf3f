"""The reading end of a run: CityObjects stream in, their meshes go to disk, batch by batch."""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.city import FeatureRecord, Shapes, join_shapes
from citiverse_tiling.content.property_table import MAX_NAMES, AttributeTypes
from citiverse_tiling.looks import far_look
from citiverse_tiling.mesher import TOO_FAR
from citiverse_tiling.model import TERRAIN_POINTS, Layer, layer_of
from citiverse_tiling.object_digests import object_digests
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.segment import Reach, Relief, Segment, columns_of
from citiverse_tiling.templates import Templates
from citiverse_tiling.transforms.block import blocks_of, upright_blocks
from citiverse_tiling.transforms.plants import plant_kind, plant_size
from citiverse_tiling.transforms.select_lod import is_outline
from citiverse_tiling.transforms.terrain_points import finite_points, triangles_between

if TYPE_CHECKING:
    from citiverse_tiling.looks import LookTable
    from citiverse_tiling.mesher import Mesher
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import (
        CityObject,
        Float64Array,
        Geometry,
        Inside,
        Int64Array,
        Placed,
        Polygons,
        UInt64Array,
    )
    from citiverse_tiling.report import Report
    from citiverse_tiling.spool import SegmentFiles

BATCH_POINTS = 65_536
BATCH_OBJECTS = 4_096
RASTER_RELIEF = "RasterRelief"
NO_DIGEST = bytes(16)
COPIES_AT_ONCE = 256


@dataclass(slots=True)
class _Batch:
    """Objects that wait for their triangles; `polygons` is None where there is no geometry."""

    objects: list[CityObject] = field(default_factory=list)
    polygons: list[Polygons | None] = field(default_factory=list)
    placed: list[Placed | None] = field(default_factory=list)
    is_flat: list[bool] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    points: int = 0
    crs: str = ""


@dataclass(slots=True)
class Ingest:
    """Takes the objects of one segment one by one; `finish` gives what stays in memory of them."""

    mesher: Mesher
    files: SegmentFiles
    report: Report
    looks: LookTable
    types: AttributeTypes = field(default_factory=AttributeTypes)
    crs_keys: list[str] = field(default_factory=list)
    _batch: _Batch = field(default_factory=_Batch)
    _identities: list[bytes] = field(default_factory=list)
    _parents: list[bytes] = field(default_factory=list)
    _digests: list[UInt64Array] = field(default_factory=list)
    _layers: array[int] = field(default_factory=lambda: array("B"))
    _label_bytes: array[int] = field(default_factory=lambda: array("q"))
    _value_bytes: array[int] = field(default_factory=lambda: array("q"))
    _names: defaultdict[Layer, set[str]] = field(default_factory=lambda: defaultdict(set))
    _shapes: list[Shapes] = field(default_factory=list)
    _squares: list[int] = field(default_factory=list)
    _waters: list[int] = field(default_factory=list)
    _reliefs: list[Relief] = field(default_factory=list)
    _insides: list[tuple[int, str, Inside]] = field(default_factory=list)
    _templates: Templates = field(init=False)
    _done: int = 0

    def __post_init__(self) -> None:
        self._templates = Templates(self.mesher, self.looks)

    def add(self, dataset: str, item: CityObject, geometry: Geometry | None) -> None:
        """Take one object with the geometry that was selected and cleaned."""
        polygons, crs = None, ""
        if geometry is not None and len(geometry.polygons):
            polygons, crs = self.looks.numbered(geometry, item), geometry.crs
        if polygons is not None and crs not in self.crs_keys:
            self.crs_keys.append(crs)
        if item.class_name == RASTER_RELIEF:
            place, attributes = item.place, dict(item.attributes)
            relief = Relief(item.source_id, item.class_name, place.file, place.line, attributes)
            self._reliefs.append(relief)
        if layer_of(item.class_name) is Layer.GROUND:
            self._add_terrain(item, crs, polygons)
            return
        batch = self._batch
        is_flat = geometry is not None and _is_flat(item, geometry)
        if polygons is not None and crs != batch.crs:
            if batch.crs:
                self._flush()
                batch = self._batch
            batch.crs = crs
        batch.objects.append(item)
        batch.polygons.append(polygons)
        batch.placed.append(None if geometry is None else geometry.placed)
        batch.is_flat.append(is_flat)
        batch.records.append(msgspec.json.encode(self._record(dataset, item)))
        batch.points += 0 if polygons is None else len(polygons.coordinates)
        if batch.points >= BATCH_POINTS or len(batch.objects) >= BATCH_OBJECTS:
            self._flush()

    def _add_terrain(self, item: CityObject, crs: str, polygons: Polygons | None) -> None:
        self.report.objects_written[item.class_name] += 1
        if polygons is None:
            return
        if item.class_name in TERRAIN_POINTS:
            given = finite_points(polygons, item, self.report)
            if len(given):
                points, far = self.mesher.to_scene(crs, given)
                self.files.append_terrain(triangles_between(points[~far]))
            return
        if polygons.appearances is not None:
            self.report.warn(f"{item.place.file}: terrain has no materials or textures of its own")
        meshes = self.mesher.make(crs, [item], [polygons]).meshes
        self.files.append_terrain(meshes.positions[meshes.global_triangles])

    def _record(self, dataset: str, item: CityObject) -> FeatureRecord:
        """The object's record, as if no other object had its id."""
        row = len(self._layers)
        identity = f"{dataset}/{item.source_id}"
        self._identities.append(digest_of(identity))
        self._layers.append(layer_of(item.class_name))
        if item.inside is not None:
            self._insides.append((row, item.class_name, item.inside))
        if item.class_name == "Square":
            self._squares.append(row)
        if item.class_name == "WaterBody":
            self._waters.append(row)
        parent = f"{dataset}/{item.parent_id}" if item.parent_id else ""
        self._parents.append(digest_of(parent) if parent else NO_DIGEST)
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
        values = msgspec.json.encode(list(attributes.values()))
        self._value_bytes.append(len(values) + len(parent) + len(item.address.encode()))
        self._names[layer_of(item.class_name)].update(attributes)
        return record

    def _flush(self) -> None:
        """Triangulate what waits and spool it."""
        batch, self._batch = self._batch, _Batch(crs=self._batch.crs)
        if not batch.objects:
            return
        shapes = list(batch.polygons)
        plants = [
            number
            for number, item in enumerate(batch.objects)
            if shapes[number] and layer_of(item.class_name) is Layer.VEGETATION
        ]
        for number in plants:
            shapes[number] = None
        self.mesher.begin(batch.crs, shapes)
        copies = self._templates.copies(batch.crs, batch.objects, shapes, batch.placed)
        for number in copies.rows.tolist():
            shapes[number] = None
        made = self.mesher.make(batch.crs, batch.objects, shapes)
        self.files.append(made.meshes, batch.records)
        shaped = np.flatnonzero(np.diff(made.meshes.vertex_offsets))
        pieces = self._shapes_of(batch, shaped, _only(made.meshes, shaped), made.widths_m[shaped])
        if plants:
            pieces += self._plants(batch, plants)
        looks = self.looks.looks
        digests = object_digests(batch.records, made.meshes, pieces, looks).copy()
        self.files.append_copies(copies.rows + self._done, copies)
        for start in range(0, len(copies.rows), COPIES_AT_ONCE):
            some = slice(start, start + COPIES_AT_ONCE)
            meshes = self._templates.in_place(copies.templates[some], copies.placements.take(some))
            pieces += self._shapes_of(batch, copies.rows[some], meshes, np.zeros(len(meshes)))
            names = [self._templates.digests[one] for one in copies.templates[some].tolist()]
            digests[copies.rows[some]] ^= object_digests(names, meshes, (), looks)
        self._digests.append(digests)
        self._shapes += [replace(one, objects=one.objects + self._done) for one in pieces]
        self._done += len(batch.objects)

    def _shapes_of(
        self, batch: _Batch, rows: Int64Array, meshes: Meshes, widths_m: Float64Array
    ) -> list[Shapes]:
        """What there is to know of the meshes of some objects of a batch, one each."""
        if not len(rows):
            return []
        far = far_look(meshes, self.looks)
        low = np.minimum.reduceat(meshes.positions, meshes.vertex_offsets[:-1], axis=0)
        high = np.maximum.reduceat(meshes.positions, meshes.vertex_offsets[:-1], axis=0)
        layers = [layer_of(batch.objects[row].class_name) for row in rows.tolist()]
        return [
            Shapes(
                rows,
                np.array(layers, np.uint8),
                low,
                high,
                blocks_of(meshes),
                widths_m,
                np.zeros(len(rows), np.uint8),
                np.array(batch.is_flat)[rows],
                far.colours,
                far.texels,
            )
        ]

    def _plants(self, batch: _Batch, plants: list[int]) -> list[Shapes]:
        """The shapes of the plants of a batch: each becomes an upright block, as it is drawn."""
        given = [batch.polygons[number] for number in plants]
        known = [polygons for polygons in given if polygons is not None]
        points, far = self.mesher.to_scene(
            batch.crs, np.concatenate([polygons.coordinates for polygons in known])
        )
        starts = np.cumsum([0, *(len(polygons.coordinates) for polygons in known)])[:-1]
        low = np.minimum.reduceat(points, starts, axis=0)
        high = np.maximum.reduceat(points, starts, axis=0)
        is_far = np.logical_or.reduceat(far, starts).tolist()
        rows, sizes, kinds = [], [], []
        for place, number in enumerate(plants):
            item, count = batch.objects[number], len(known[place])
            x, y, z = (high[place] - low[place]).tolist()
            size = None if is_far[place] else plant_size(item.attributes, (x, y, z))
            if size is None:
                reason = Reason.BAD_COORDINATES if is_far[place] else Reason.UNKNOWN_SIZE
                detail = TOO_FAR if is_far[place] else ""
                self.report.lose(Loss.of(item, reason, detail, count))
                continue
            self.report.write(item, count)
            rows.append(place)
            sizes.append((size.crown, size.crown, size.height))
            kinds.append(plant_kind(item.attributes, size.height))
        if not rows:
            return []
        feet = np.column_stack([(low[rows, :2] + high[rows, :2]) / 2, low[rows, 2]])
        blocks = upright_blocks(feet, np.array(sizes))
        box_min, box_max = blocks.boxes
        shaped = np.array(plants)[rows]
        return [
            Shapes(
                shaped,
                np.full(len(rows), Layer.VEGETATION, np.uint8),
                box_min,
                box_max,
                blocks,
                np.zeros(len(rows)),
                np.array(kinds, np.uint8),
                np.array(batch.is_flat)[shaped],
                np.zeros((len(rows), 2, 4), np.uint8),
                np.zeros(len(rows), np.int64),
            )
        ]

    def _reaches(self) -> list[Reach]:
        """What is known of insides, those left out that lie too far away."""
        reaches = []
        for row, class_name, inside in self._insides:
            points, far = self.mesher.to_scene(inside.crs, inside.points)
            if not far.any():
                reaches.append(Reach(row, class_name, points, inside.height_m))
        return reaches

    def finish(self) -> Segment:
        """Write the rest out, and close the files."""
        self._flush()
        counts = self.files.close(self._templates.meshes, self._templates.digests)
        frame = self.mesher.frame
        return Segment(
            frame=None if frame is None else (frame.lon, frame.lat),
            vertices=counts.vertices,
            triangles=counts.triangles,
            record_bytes=counts.record_bytes,
            terrain=counts.terrain,
            copies=counts.copies,
            terrain_box=np.stack([self.files.terrain_low, self.files.terrain_high]),
            identities=_digests(self._identities),
            parents=_digests(self._parents),
            digests=np.concatenate([np.zeros((0, 2), np.uint64), *self._digests]),
            layers=np.array(self._layers, np.uint8),
            label_bytes=np.array(self._label_bytes, np.int64),
            value_bytes=np.array(self._value_bytes, np.int64),
            squares=np.array(self._squares, np.int64),
            waters=np.array(self._waters, np.int64),
            shapes=columns_of(join_shapes(self._shapes)),
            types=self.types,
            names={layer: sorted(names) for layer, names in self._names.items()},
            crs_keys=self.crs_keys,
            looks=self.looks.looks,
            reliefs=self._reliefs,
            insides=self._reaches() if self.mesher.frame is not None else [],
            report=self.report,
        )


def digest_of(identity: str) -> bytes:
    """16 bytes that no other identity has."""
    return hashlib.blake2b(identity.encode(), digest_size=16).digest()


def _digests(each: list[bytes]) -> UInt64Array:
    return np.frombuffer(b"".join(each), np.uint64).reshape(-1, 2)


def _is_flat(item: CityObject, geometry: Geometry) -> bool:
    """Whether all heights are 0 in the source; of a raised outline and a plant that of its foot."""
    z = geometry.polygons.coordinates[:, 2]
    is_plant = layer_of(item.class_name) is Layer.VEGETATION and geometry.lod == "0"
    return not z.any() or ((is_plant or is_outline(item, geometry)) and not z.min())


def _only(meshes: Meshes, shaped: Int64Array) -> Meshes:
    """The same meshes without the empty ones between."""
    vertices, triangles = meshes.vertex_offsets, meshes.triangle_offsets
    return replace(
        meshes,
        vertex_offsets=np.append(vertices[shaped], vertices[-1]),
        triangle_offsets=np.append(triangles[shaped], triangles[-1]),
    )
