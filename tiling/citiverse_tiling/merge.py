"""The segments of all inputs → one city: identities, parents, looks and counts brought together.

The order of the segments decides, never that in which they were finished.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from citiverse_tiling.city import ABOUT, City, FeatureRecord, note_boxes, topmost
from citiverse_tiling.content.property_table import MAX_NAMES, AttributeTypes
from citiverse_tiling.errors import nothing_drawn
from citiverse_tiling.identities import IdentityWriter
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.ingest import digest_of
from citiverse_tiling.looks import LookTable
from citiverse_tiling.model import Layer
from citiverse_tiling.object_digests import digest_of as text_digest
from citiverse_tiling.report import CopyCounts, Report
from citiverse_tiling.segment import shapes_of
from citiverse_tiling.shape_table import ShapeTableWriter
from citiverse_tiling.spool import Counts, SegmentRows, Spool, TerrainSpool
from citiverse_tiling.spool_index import SpoolIndexWriter
from citiverse_tiling.table import ROWS_AT_ONCE, TableWriter

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.city import Shapes
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.identities import Identities
    from citiverse_tiling.model import Float64Array, Int32Array, Int64Array, UInt64Array
    from citiverse_tiling.segment import Reach, Segment
    from citiverse_tiling.shape_table import ShapeTable
    from citiverse_tiling.spool_index import SpoolIndex
    from citiverse_tiling.table import Table

SEASIDE_M = 5.0
"""Where land, a house or a tree lies lower, the height 0 of water is one; else it is none."""

_ALONE = text_digest(b"of nothing a part")
_SAME_ID = "ids made different from an earlier one"


class Merged(NamedTuple):
    """A city, and where its meshes, records and terrain are."""

    city: City
    spool: Spool
    terrain: TerrainSpool


@dataclass(slots=True)
class Merger:
    """Takes segments in their order; `finish` gives the city, whose columns are in `folder`."""

    report: Report
    folder: Path
    types: AttributeTypes = field(default_factory=AttributeTypes)
    crs_keys: list[str] = field(default_factory=list)
    looks: LookTable = field(default_factory=lambda: LookTable(ImageLibrary(), Report()))
    _names: defaultdict[Layer, set[str]] = field(default_factory=lambda: defaultdict(set))
    _folders: list[Path] = field(default_factory=list)
    _rows: list[SegmentRows] = field(default_factory=list)
    _tables: _Tables = field(init=False)
    _squares: list[Int64Array] = field(default_factory=lambda: [np.zeros(0, np.int64)])
    _waters: list[Int64Array] = field(default_factory=lambda: [np.zeros(0, np.int64)])
    _terrain: list[tuple[Path, int]] = field(default_factory=list)
    _terrain_box: Float64Array = field(default_factory=lambda: np.full((2, 3), np.nan))
    _lowest: float = np.inf
    _layers: Int64Array = field(default_factory=lambda: np.zeros(len(Layer), np.int64))
    _insides: list[Reach] = field(default_factory=list)

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._tables = _Tables.new(self.folder)

    def add(self, folder: Path, segment: Segment) -> None:
        """Take the next segment, which lies in a folder."""
        self.report.add(segment.report)
        if not self.types.add(segment.types):
            self.report.warn(f"attributes beyond the first {MAX_NAMES:,} names are not kept")
        self.crs_keys += [key for key in segment.crs_keys if key not in self.crs_keys]
        for layer, names in segment.names.items():
            self._names[layer].update(names)
        counts = Counts(
            segment.vertices,
            segment.triangles,
            segment.record_bytes,
            segment.terrain,
            segment.copies,
        )
        first = int(self._layers.sum())
        shapes = shapes_of(segment.shapes)
        standing = shapes.box_min[~shapes.is_flat, 2]
        self._lowest = float(standing.min(initial=self._lowest))
        self._tables.add(segment, counts, shapes, first)
        self._folders.append(folder)
        self._rows.append(SegmentRows.of(counts, self.looks.adopt(segment.looks)))
        self._layers += np.bincount(segment.layers, minlength=len(Layer))
        self._squares.append(segment.squares + first)
        self._waters.append(segment.waters + first)
        self._insides += [
            msgspec.structs.replace(one, object=one.object + first) for one in segment.insides
        ]
        if segment.terrain:
            self._terrain.append((folder / "terrain", segment.terrain))
        low, high = self._terrain_box
        self._terrain_box = np.stack(
            [np.fmin(low, segment.terrain_box[0]), np.fmax(high, segment.terrain_box[1])]
        )

    def finish(self, frame: SceneFrame | None, *, has_terrain: bool) -> Merged:
        """The city; `has_terrain` where there is some that isn't in segments.

        EmptyCity where nothing has a shape. Where there are no objects, terrain is enough for a
        city; photos alone are not.
        """
        terrain = TerrainSpool(tuple(self._terrain), *self._terrain_box)
        index, shapes = self._tables.index.finish(), self._tables.shapes.finish()
        objects, identities = self._tables.objects.finish(), self._tables.identities.finish()
        if frame is None or not (len(shapes) or terrain.count or has_terrain):
            raise nothing_drawn()
        if not has_terrain:
            self._note_sea(shapes, terrain)
        spool = Spool(self._folders, self._rows, self.folder / "laid")
        renamed = self._rename(identities, spool, index)
        _note_parents(objects, identities.parents)
        note_boxes(objects, shapes)
        self.report.copies = CopyCounts(len(index.copies.objects), len(index.copies.digests))
        city = City(
            frame,
            index,
            shapes,
            objects,
            topmost(identities.parents),
            self._layers,
            self._names,
            np.concatenate(self._squares),
            self._terrain_box,
            self.types,
            tuple(self.crs_keys),
            self.looks,
            renamed,
            tuple(self._insides),
        )
        if renamed:
            digests = np.concatenate([text_digest(name.encode()) for name in renamed.values()])
            city.change(np.array(list(renamed)), digests.reshape(-1, 2))
        return Merged(city, spool, terrain)

    def _note_sea(self, shapes: ShapeTable, terrain: TerrainSpool) -> None:
        """Water at height 0 is the sea where anything else lies about as low."""
        if np.fmin(self._lowest, terrain.low[2]) < SEASIDE_M:
            rows = np.flatnonzero(np.isin(shapes.objects, np.concatenate(self._waters)))
            for start in range(0, len(rows), ROWS_AT_ONCE):
                some = rows[start : start + ROWS_AT_ONCE]
                shapes.change(some, replace(shapes.take(some), is_flat=np.zeros(len(some), bool)))

    def _rename(self, known: Identities, spool: Spool, index: SpoolIndex) -> dict[int, str]:
        """Identities of their own for objects whose ids others had before."""
        renamed: dict[int, str] = {}
        numbers: dict[str, int] = {}
        taken: set[bytes] = set()
        halves = known.halves() if len(known.repeated) else np.zeros(0, np.uint64)
        for row in known.repeated.tolist():
            (record,) = spool.records(index, np.array([row]))
            plain = msgspec.json.decode(record, type=FeatureRecord).id
            number = numbers.get(plain, 1)
            while True:
                number += 1
                identity = f"{plain}~{number}"
                digest = digest_of(identity)
                if digest not in taken and not _has(halves, digest):
                    break
            taken.add(digest)
            numbers[plain] = number
            renamed[row] = identity
        self.report.repair(_SAME_ID, len(renamed))
        return renamed


def _note_parents(objects: Table, parents: Int32Array) -> None:
    """Write the parents of all objects, which tell them from what they were too."""
    for start in range(0, len(parents), ROWS_AT_ONCE):
        some = parents[start : start + ROWS_AT_ONCE]
        rows = np.arange(start, start + len(some))
        digests = objects.take(rows)["digest"]
        digests[some < 0] ^= _ALONE
        objects.put(rows, parent=some, digest=digests)


def _has(halves: UInt64Array, digest: bytes) -> bool:
    """Whether some object may have an identity: all but surely, where it has its first half."""
    half = np.frombuffer(digest, np.uint64)[0]
    place = int(np.searchsorted(halves, half))
    return place < len(halves) and bool(halves[place] == half)


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is written of each segment."""

    index: SpoolIndexWriter
    shapes: ShapeTableWriter
    objects: TableWriter
    identities: IdentityWriter

    @staticmethod
    def new(folder: Path) -> _Tables:
        """Empty ones in a folder."""
        return _Tables(
            SpoolIndexWriter(folder / "index"),
            ShapeTableWriter(folder / "shapes"),
            TableWriter(folder / "objects", ABOUT),
            IdentityWriter(folder / "identities"),
        )

    def add(self, segment: Segment, counts: Counts, shapes: Shapes, first: int) -> None:
        """Add a segment before which there are so many objects."""
        self.index.append(counts)
        self.shapes.append(shapes, first)
        self.objects.append(
            box=np.full((len(segment.layers), 2, 3), np.nan),
            digest=segment.digests,
            label_bytes=segment.label_bytes,
            value_bytes=segment.value_bytes,
        )
        self.identities.append(segment.identities, segment.parents)
