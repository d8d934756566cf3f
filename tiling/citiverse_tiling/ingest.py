"""The reading end of a run: CityObjects stream in, their meshes go to the spool, batch by batch."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.city import City, FeatureRecord, Shapes, object_boxes, topmost
from citiverse_tiling.content.property_table import MAX_NAMES, AttributeTypes
from citiverse_tiling.errors import nothing_drawn
from citiverse_tiling.looks import far_look
from citiverse_tiling.mesher import TOO_FAR
from citiverse_tiling.meshes import Meshes
from citiverse_tiling.model import TERRAIN_POINTS, Layer, layer_of
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.coverages import NO_COVERAGES
from citiverse_tiling.transforms.block import blocks_of, join_blocks, upright_blocks
from citiverse_tiling.transforms.plants import plant_kind, plant_size
from citiverse_tiling.transforms.select_lod import is_outline
from citiverse_tiling.transforms.terrain_points import finite_points, triangles_between

if TYPE_CHECKING:
    from citiverse_tiling.looks import LookTable
    from citiverse_tiling.mesher import Mesher
    from citiverse_tiling.model import CityObject, Geometry, Int64Array, Polygons
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.coverages import Coverages
    from citiverse_tiling.spool import Spool, TerrainSpool

BATCH_POINTS = 65_536
BATCH_OBJECTS = 4_096
SEASIDE_M = 5.0
"""Where land, a house or a tree lies lower, the height 0 of water is one; else it is none."""

_SAME_ID = "ids made different from an earlier one"


@dataclass(slots=True)
class _Batch:
    """Objects that wait for their triangles; `polygons` is None where there is no geometry."""

    objects: list[CityObject] = field(default_factory=list)
    polygons: list[Polygons | None] = field(default_factory=list)
    is_flat: list[bool] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    points: int = 0
    crs: str = ""


@dataclass(slots=True)
class Ingest:
    """Takes objects one by one; `finish` gives the city. `crs_keys` are those met, in order."""

    mesher: Mesher
    spool: Spool
    terrain: TerrainSpool
    report: Report
    looks: LookTable
    types: AttributeTypes = field(default_factory=AttributeTypes)
    crs_keys: list[str] = field(default_factory=list)
    _batch: _Batch = field(default_factory=_Batch)
    _rows: dict[str, int] = field(default_factory=dict)
    _layers: array[int] = field(default_factory=lambda: array("B"))
    _parents: array[int] = field(default_factory=lambda: array("q"))
    _early_parts: list[tuple[int, str]] = field(default_factory=list)
    _label_bytes: array[int] = field(default_factory=lambda: array("q"))
    _value_bytes: array[int] = field(default_factory=lambda: array("q"))
    _names: defaultdict[Layer, set[str]] = field(default_factory=lambda: defaultdict(set))
    _shapes: list[Shapes] = field(default_factory=list)
    _squares: list[int] = field(default_factory=list)
    _waters: list[int] = field(default_factory=list)
    _done: int = 0

    def add(self, dataset: str, item: CityObject, geometry: Geometry | None) -> None:
        """Take one object with the geometry that was selected and cleaned."""
        polygons, crs = None, ""
        if geometry is not None and len(geometry.polygons):
            polygons, crs = self.looks.numbered(geometry, item), geometry.crs
        if polygons is not None and crs not in self.crs_keys:
            self.crs_keys.append(crs)
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
                self.terrain.append(triangles_between(points[~far]))
            return
        if polygons.appearances is not None:
            self.report.warn(f"{item.place.file}: terrain has no materials or textures of its own")
        meshes = self.mesher.make(crs, [item], [polygons]).meshes
        self.terrain.append(meshes.positions[meshes.global_triangles])

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
        self._layers.append(layer_of(item.class_name))
        if item.class_name == "Square":
            self._squares.append(row)
        if item.class_name == "WaterBody":
            self._waters.append(row)
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
        made = self.mesher.make(batch.crs, batch.objects, shapes)
        self.spool.append(made.meshes, batch.records)
        shaped = np.flatnonzero(np.diff(made.meshes.vertex_offsets))
        if len(shaped):
            far = far_look(made.meshes, self.looks)
            starts = made.meshes.vertex_offsets[shaped]
            low = np.minimum.reduceat(made.meshes.positions, starts, axis=0)
            high = np.maximum.reduceat(made.meshes.positions, starts, axis=0)
            layers = [layer_of(batch.objects[row].class_name) for row in shaped.tolist()]
            self._shapes.append(
                Shapes(
                    shaped + self._done,
                    np.array(layers, np.uint8),
                    low,
                    high,
                    blocks_of(_only(made.meshes, shaped)),
                    made.widths_m[shaped],
                    np.zeros(len(shaped), np.uint8),
                    np.array(batch.is_flat)[shaped],
                    far.colours[shaped],
                    far.texels[shaped],
                )
            )
        if plants:
            self._plant(batch, plants)
        self._done += len(batch.objects)

    def _plant(self, batch: _Batch, plants: list[int]) -> None:
        """Take the plants of a batch: each becomes an upright block, as it is drawn."""
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
            return
        feet = np.column_stack([(low[rows, :2] + high[rows, :2]) / 2, low[rows, 2]])
        blocks = upright_blocks(feet, np.array(sizes))
        box_min, box_max = blocks.boxes
        shaped = np.array(plants)[rows]
        self._shapes.append(
            Shapes(
                shaped + self._done,
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
        )

    def _with_sea(self, shapes: Shapes) -> Shapes:
        """The shapes; water at height 0 is the sea where anything else lies about as low."""
        lowest = np.min(shapes.box_min[~shapes.is_flat, 2], initial=np.inf)
        if np.fmin(lowest, self.terrain.low[2]) < SEASIDE_M:
            shapes.is_flat[np.isin(shapes.objects, self._waters)] = False
        return shapes

    def finish(self, coverages: Coverages = NO_COVERAGES) -> City:
        """Spool the rest; returns what stays in memory. EmptyCity where nothing has a shape.

        Where there are no objects, terrain is enough for a city; photos alone are not.
        """
        self._flush()
        self.looks.losses.list()
        index = self.spool.finish()
        for terrain in coverages.terrains:
            self.mesher.anchor(terrain.footprint)
        footprints = [one.footprint for one in (*coverages.terrains, *coverages.photos)]
        self.crs_keys += dict.fromkeys(
            one.crs for one in footprints if one.crs not in self.crs_keys
        )
        frame = self.mesher.frame
        if frame is None or not (self._shapes or self.terrain.count or coverages.terrains):
            raise nothing_drawn()
        shapes = _joined(self._shapes)
        if not coverages.terrains:
            shapes = self._with_sea(shapes)
        parents = np.array(self._parents, np.int64)
        for row, parent in self._early_parts:
            parents[row] = self._rows.get(parent, -1)
        parents[parents == np.arange(len(parents))] = -1
        return City(
            frame,
            index,
            shapes,
            object_boxes(shapes, parents),
            np.array(self._layers, np.uint8),
            parents,
            topmost(parents),
            np.array(self._label_bytes, np.int64),
            np.array(self._value_bytes, np.int64),
            self._names,
            np.array(self._squares, np.int64),
            np.stack([self.terrain.low, self.terrain.high]),
            self.types,
            tuple(self.crs_keys),
            self.looks,
        )


def _is_flat(item: CityObject, geometry: Geometry) -> bool:
    """Whether all heights are 0 in the source; of a raised outline and a plant that of its foot."""
    z = geometry.polygons.coordinates[:, 2]
    is_plant = layer_of(item.class_name) is Layer.VEGETATION and geometry.lod == "0"
    return not z.any() or ((is_plant or is_outline(item, geometry)) and not z.min())


def _joined(pieces: list[Shapes]) -> Shapes:
    """All shapes, in the order of their objects."""
    if not pieces:
        empty = np.zeros((0, 3))
        return Shapes(
            np.zeros(0, np.int64),
            np.zeros(0, np.uint8),
            empty,
            empty,
            upright_blocks(empty, empty),
            np.zeros(0),
            np.zeros(0, np.uint8),
            np.zeros(0, np.bool_),
            np.zeros((0, 2, 4), np.uint8),
            np.zeros(0, np.int64),
        )
    objects = np.concatenate([piece.objects for piece in pieces])
    order = np.argsort(objects, kind="stable")
    return Shapes(
        objects[order],
        np.concatenate([piece.layers for piece in pieces])[order],
        np.concatenate([piece.box_min for piece in pieces])[order],
        np.concatenate([piece.box_max for piece in pieces])[order],
        join_blocks([piece.blocks for piece in pieces]).take(order),
        np.concatenate([piece.widths_m for piece in pieces])[order],
        np.concatenate([piece.kinds for piece in pieces])[order],
        np.concatenate([piece.is_flat for piece in pieces])[order],
        np.concatenate([piece.colours for piece in pieces])[order],
        np.concatenate([piece.texels for piece in pieces])[order],
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
