"""The segments of all inputs → one city: identities, parents, looks and counts brought together.

The order of the segments decides, never that in which they were finished.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from citiverse_tiling.city import City, FeatureRecord, join_shapes, object_boxes, topmost
from citiverse_tiling.content.property_table import MAX_NAMES, AttributeTypes
from citiverse_tiling.errors import nothing_drawn
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.ingest import digest_of
from citiverse_tiling.looks import LookTable
from citiverse_tiling.object_digests import digest_of as text_digest
from citiverse_tiling.report import Report
from citiverse_tiling.segment import shapes_of
from citiverse_tiling.spool import Counts, Spool, TerrainSpool
from citiverse_tiling.spool_index import index_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from citiverse_tiling.city import Shapes
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import Int32Array, Int64Array, Layer, UInt64Array
    from citiverse_tiling.segment import Segment
    from citiverse_tiling.spool_index import SpoolIndex

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
    """Takes segments in their order; `finish` gives the city."""

    report: Report
    types: AttributeTypes = field(default_factory=AttributeTypes)
    crs_keys: list[str] = field(default_factory=list)
    looks: LookTable = field(default_factory=lambda: LookTable(ImageLibrary(), Report()))
    _names: defaultdict[Layer, set[str]] = field(default_factory=lambda: defaultdict(set))
    _folders: list[Path] = field(default_factory=list)
    _counts: list[Counts] = field(default_factory=list)
    _look_numbers: list[Int32Array] = field(default_factory=list)
    _shapes: list[Shapes] = field(default_factory=list)
    _columns: defaultdict[str, list[Int64Array]] = field(default_factory=lambda: defaultdict(list))
    _terrain_boxes: list[np.ndarray] = field(default_factory=list)
    _objects: int = 0

    def add(self, folder: Path, segment: Segment) -> None:
        """Take the next segment, which lies in a folder."""
        self.report.add(segment.report)
        if not self.types.add(segment.types):
            self.report.warn(f"attributes beyond the first {MAX_NAMES:,} names are not kept")
        self.crs_keys += [key for key in segment.crs_keys if key not in self.crs_keys]
        for layer, names in segment.names.items():
            self._names[layer].update(names)
        self._folders.append(folder)
        self._counts.append(
            Counts(
                segment.vertices,
                segment.triangles,
                segment.record_bytes,
                segment.terrain,
                segment.copies,
            )
        )
        self._look_numbers.append(self.looks.adopt(segment.looks))
        shapes = shapes_of(segment.shapes)
        self._shapes.append(replace(shapes, objects=shapes.objects + self._objects))
        self._terrain_boxes.append(segment.terrain_box)
        for name in ("identities", "parents", "digests", "layers", "label_bytes", "value_bytes"):
            self._columns[name].append(getattr(segment, name))
        for name in ("squares", "waters"):
            self._columns[name].append(getattr(segment, name) + self._objects)
        self._objects += len(segment.layers)

    def finish(self, frame: SceneFrame | None, laid: Path, *, has_terrain: bool) -> Merged:
        """The city; `has_terrain` where there is some that isn't in segments.

        `laid` is a folder for meshes that will replace others. EmptyCity where nothing has a shape.
        Where there are no objects, terrain is enough for a city; photos alone are not.
        """
        counts = self._counts
        terrain = TerrainSpool(
            tuple(
                (folder / "terrain", own.terrain)
                for folder, own in zip(self._folders, counts, strict=True)
                if own.terrain
            ),
            *self._terrain_box(),
        )
        shapes = join_shapes([piece for piece in self._shapes if len(piece.objects)])
        if frame is None or not (len(shapes.objects) or terrain.count or has_terrain):
            raise nothing_drawn()
        if not has_terrain:
            self._note_sea(shapes, terrain)
        spool = Spool(self._folders, counts, self._look_numbers, laid)
        index = index_of(counts)
        identities = self._column("identities").reshape(-1, 2).view(np.uint64)
        known = _Known(identities)
        renamed = self._rename(known, spool, index)
        parents = known.rows_of(self._column("parents").reshape(-1, 2).view(np.uint64))
        parents[parents == np.arange(len(parents))] = -1
        city = City(
            frame,
            index,
            shapes,
            object_boxes(shapes, parents),
            self._digests(parents, renamed),
            self._column("layers").astype(np.uint8),
            parents,
            topmost(parents),
            self._column("label_bytes"),
            self._column("value_bytes"),
            self._names,
            self._column("squares"),
            np.stack([terrain.low, terrain.high]),
            self.types,
            tuple(self.crs_keys),
            self.looks,
            renamed,
        )
        return Merged(city, spool, terrain)

    def _column(self, name: str) -> Int64Array:
        pieces = self._columns[name]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int64)

    def _digests(self, parents: Int64Array, renamed: Mapping[int, str]) -> UInt64Array:
        """Of the objects, as they are among all others."""
        digests = self._column("digests").reshape(-1, 2).view(np.uint64).copy()
        digests[parents < 0] ^= _ALONE
        for row, name in renamed.items():
            digests[row] ^= text_digest(name.encode())
        return digests

    def _terrain_box(self) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.full(3, np.nan), np.full(3, np.nan)
        for box in self._terrain_boxes:
            low, high = np.fmin(low, box[0]), np.fmax(high, box[1])
        return low, high

    def _note_sea(self, shapes: Shapes, terrain: TerrainSpool) -> None:
        """Water at height 0 is the sea where anything else lies about as low."""
        lowest = np.min(shapes.box_min[~shapes.is_flat, 2], initial=np.inf)
        if np.fmin(lowest, terrain.low[2]) < SEASIDE_M:
            shapes.is_flat[np.isin(shapes.objects, self._column("waters"))] = False

    def _rename(self, known: _Known, spool: Spool, index: SpoolIndex) -> dict[int, str]:
        """Identities of their own for objects whose ids others had before."""
        renamed: dict[int, str] = {}
        numbers: dict[str, int] = {}
        taken: set[bytes] = set()
        for row in known.repeated:
            (record,) = spool.records(index, np.array([row]))
            plain = msgspec.json.decode(record, type=FeatureRecord).id
            number = numbers.get(plain, 1)
            while True:
                number += 1
                identity = f"{plain}~{number}"
                digest = digest_of(identity)
                if digest not in taken and not known.has(digest):
                    break
            taken.add(digest)
            numbers[plain] = number
            renamed[row] = identity
        self.report.repair(_SAME_ID, len(renamed))
        return renamed


class _Known:
    """The digests (n, 2) of identities, sorted."""

    def __init__(self, digests: UInt64Array) -> None:
        self._order = np.lexsort((digests[:, 1], digests[:, 0]))
        self._sorted = digests[self._order]
        is_again = (self._sorted[1:] == self._sorted[:-1]).all(axis=1)
        self.repeated: list[int] = np.sort(self._order[1:][is_again]).tolist()
        """The rows of all but the first of each identity."""

    def rows_of(self, digests: UInt64Array) -> Int64Array:
        """The first row with each of some digests (m, 2), −1 where there is none."""
        rows = np.full(len(digests), -1, np.int64)
        if len(self._sorted):
            places = np.searchsorted(self._sorted[:, 0], digests[:, 0])
            places = np.minimum(places, len(self._sorted) - 1)
            found = (self._sorted[places] == digests).all(axis=1)
            rows[found] = self._order[places[found]]
        return rows

    def has(self, digest: bytes) -> bool:
        """Whether some identity has this digest."""
        return bool(self.rows_of(np.frombuffer(digest, np.uint64).reshape(1, 2))[0] >= 0)
