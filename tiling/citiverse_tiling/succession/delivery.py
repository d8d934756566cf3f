"""A delivery as its scene has it: features with their boxes, and the ground that they cover."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.errors import SceneError
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.manifest import Manifest
from citiverse_tiling.sinks.features import COMPARED, ComparedRow
from citiverse_tiling.tree.tree_bin import decode_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from citiverse_tiling.check.glb import Glb
    from citiverse_tiling.model import Float64Array, Int64Array

_FEATURES = f"SELECT {COMPARED} FROM feature ORDER BY row"  # noqa: S608 our own words
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scene's coordinates are, and the names of its layers in the order of tree.bin."""

    frame: SceneFrame
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Delivery:
    """The features of a scene, n of them, by row of features.sqlite.

    rows      int64 (n,), ascending
    ids       identities; classes; parents are indices into these, −1 for none
    boxes     float64 (n, 2, 3), scene frame, NaN without geometry
    """

    folder: Path
    place: Place
    rows: Int64Array
    ids: tuple[str, ...]
    classes: tuple[str, ...]
    parents: Int64Array
    boxes: Float64Array
    attributes: tuple[str, ...]

    @property
    def count(self) -> int:
        """n."""
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Identity → number of the feature."""
        return {identity: number for number, identity in enumerate(self.ids)}

    @cached_property
    def roots(self) -> Int64Array:
        """Of each feature the one that it is a part of in the end, itself for most, (n,)."""
        roots = np.arange(self.count)
        for _ in range(8):  # parts of parts of …; no data has more
            above = self.parents[roots]
            roots = np.where(above >= 0, above, roots)
        return roots

    def boxes_in(self, frame: SceneFrame) -> Float64Array:
        """The boxes in another scene's frame, (n, 2, 3): those of their corners."""
        if frame == self.place.frame:
            return self.boxes
        upper = (np.arange(8)[:, None] >> np.arange(3) & 1).astype(np.bool_)
        corners = np.where(upper[None], self.boxes[:, None, 1], self.boxes[:, None, 0])
        moved = frame.from_ecef(self.place.frame.to_ecef(corners.reshape(-1, 3))).reshape(-1, 8, 3)
        return np.stack([moved.min(axis=1), moved.max(axis=1)], axis=1)

    def triangles(self, wanted: Int64Array, frame: SceneFrame) -> tuple[Int64Array, Float64Array]:
        """Triangles of some features in a scene's frame: owner (t,), corners (t, 3, 3).

        A plant is two triangles that cover its crown.
        SceneError where the scene isn't whole.
        """
        try:
            return self._triangles_of(wanted, frame)
        except (OSError, IndexError, sqlite3.Error) as error:
            raise SceneError(f"the former scene isn't whole ({error})", self.folder) from error

    def _triangles_of(
        self, wanted: Int64Array, frame: SceneFrame
    ) -> tuple[Int64Array, Float64Array]:
        table = decode_tree((self.folder / "tree.bin").read_bytes())
        number_of = np.full(int(self.rows.max(initial=-1)) + 1, -1)
        number_of[self.rows[wanted]] = wanted
        owners, corners = [np.zeros(0, np.int64)], [np.zeros((0, 3, 3))]
        for tile, features in self._tiles(self.rows[wanted], table.child_count == 0):
            layer = self.place.layers[int(table.layer[tile])]
            name = f"tiles/{layer}/{table.content_hash[tile].tobytes().hex()}.glb"
            found, points = _triangles(self._glb(name))
            if not len(found):
                continue
            # Content is y up: (x, y, z) of the scene is (x, −z, y) of it.
            scene = np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)
            owner = number_of[features[found]]
            mine = owner >= 0
            owners.append(owner[mine])
            corners.append(scene[mine] + table.translation[tile])
        points = np.concatenate(corners)
        if frame != self.place.frame:
            flat = points.reshape(-1, 3)
            points = frame.from_ecef(self.place.frame.to_ecef(flat)).reshape(-1, 3, 3)
        return np.concatenate(owners), points

    def _tiles(self, rows: Int64Array, is_leaf: Float64Array) -> Iterable[tuple[int, Int64Array]]:
        """Leaf tiles with any of the features, and the feature of each row of their tables."""
        with closing(sqlite3.connect(self.folder / "features.sqlite")) as connection:
            tiles: set[int] = set()
            for start in range(0, len(rows), _AT_ONCE):
                some = rows[start : start + _AT_ONCE].tolist()
                marks = ", ".join("?" * len(some))
                query = f"SELECT tile FROM tile_feature WHERE feature IN ({marks})"  # noqa: S608 only question marks
                tiles.update(tile for (tile,) in connection.execute(query, some))
            for tile in sorted(tiles):
                if is_leaf[tile]:
                    query = "SELECT feature FROM tile_feature WHERE tile = ? ORDER BY property_row"
                    yield tile, np.array([row for (row,) in connection.execute(query, (tile,))])

    def _glb(self, name: str) -> Glb:
        from citiverse_tiling.check.glb import BadGlb, decode_glb  # where shapes are compared only

        try:
            return decode_glb((self.folder / name).read_bytes())
        except (OSError, BadGlb) as error:
            raise SceneError(f"a tile can't be read ({error})", self.folder / name) from error


def _triangles(glb: Glb) -> tuple[Int64Array, Float64Array]:
    """Row of the property table (t,) and corners (t, 3, 3) of all triangles, content frame."""
    rows, corners = [np.zeros(0, np.int64)], [np.zeros((0, 3, 3))]
    for primitive in glb.primitives:
        if primitive.feature_ids is not None:
            rows.append(primitive.feature_ids[primitive.triangles[:, 0]])
            corners.append(primitive.positions[primitive.triangles])
    square = np.array([(-1, 0, -1), (1, 0, -1), (1, 1, 1), (-1, 0, -1), (1, 1, 1), (-1, 0, 1)])
    for copies in glb.copies:
        own = copies.corners().reshape(len(copies.places), -1, 3, 3)
        rows.append(np.repeat(copies.feature_ids, own.shape[1]))
        corners.append(own.reshape(-1, 3, 3))
    for plants in glb.plants:
        half = plants.sizes[:, None] * (0.5, 1.0, 0.5)
        crowns = plants.places[:, None] + square * half
        rows.append(np.repeat(plants.feature_ids, 2))
        corners.append(crowns.reshape(-1, 3, 3))
    return np.concatenate(rows), np.concatenate(corners)


def open_delivery(folder: Path, place: Place | None = None) -> Delivery:
    """The features of a scene; `place` where its manifest isn't written yet. SceneError."""
    try:
        if place is None:
            manifest = msgspec.json.decode((folder / "scene.json").read_bytes(), type=Manifest)
            frame = SceneFrame(manifest.origin.lon, manifest.origin.lat)
            place = Place(frame, tuple(layer.name for layer in manifest.layers))
        with closing(sqlite3.connect(folder / "features.sqlite")) as connection:
            found = [ComparedRow.of(row) for row in connection.execute(_FEATURES)]
    except (OSError, msgspec.MsgspecError, sqlite3.Error) as error:
        raise SceneError(f"the former scene can't be read ({error})", folder) from error
    return delivery_of(folder, place, found)


def delivery_of(folder: Path, place: Place, found: Sequence[ComparedRow]) -> Delivery:
    """Some features of a scene, or all."""
    ids = tuple(row.id for row in found)
    number = {identity: at for at, identity in enumerate(ids)}
    boxes = np.array([row.box for row in found], np.float64).reshape(-1, 2, 3)
    return Delivery(
        folder,
        place,
        np.array([row.row for row in found], np.int64),
        ids,
        tuple(row.class_name for row in found),
        np.array([number.get(row.parent, -1) for row in found], np.int64),
        boxes,
        tuple(row.attributes for row in found),
    )
