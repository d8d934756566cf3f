"""A scene as the place where something is to stand: its ground, and what stands there already."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.content.collider import decode_collider
from citiverse_tiling.errors import InputError, SceneError
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.layers import name_of
from citiverse_tiling.model import Layer, layer_of
from citiverse_tiling.proposals.look import footprint
from citiverse_tiling.scene_manifest import read_scene
from citiverse_tiling.succession.delivery import Delivery, open_delivery
from citiverse_tiling.tree.tree_bin import decode_tree

if TYPE_CHECKING:
    from pathlib import Path

    import shapely

    from citiverse_tiling.manifest import Manifest
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.tree.tree_bin import TreeTable

MOST_NEAR = 200
"""Features whose ground is compared with that of what is placed."""

LEAST_M2 = 0.01
_LIES = frozenset({Layer.GROUND, Layer.LAND})


class Covered(NamedTuple):
    """A feature, its name, and the share of its ground that something covers."""

    feature: str
    name: str
    share: float


@dataclass(slots=True)
class Site:
    """A scene folder, of which only what is asked for is read, and kept."""

    folder: Path
    manifest: Manifest
    frame: SceneFrame
    city: Delivery
    tree: TreeTable
    _cells: dict[tuple[int, int], Float64Array] = field(default_factory=dict)
    _footprints: dict[int, shapely.Geometry] = field(default_factory=dict)

    def ground_under(self, points: Float64Array) -> Float64Array:
        """Heights of the highest ground at points (N, 2), NaN where there is none, (N,)."""
        side = self.manifest.collider_cell_m
        cells = np.floor(points / side).astype(np.int64)
        heights = np.full(len(points), np.nan)
        for i, j in np.unique(cells, axis=0).tolist():
            here = (cells == (i, j)).all(axis=1)
            heights[here] = _heights(self._cell(i, j), points[here])
        return heights

    def footprint_of(self, identity: str) -> shapely.Geometry:
        """The ground of a feature and its parts. Raises InputError where it covers none."""
        number = self.city.index.get(identity)
        if number is None:
            raise InputError("this city has no such building", object_id=identity)
        shape = self._ground_of(int(self.city.roots[number]))
        if shape.is_empty:
            raise InputError("it covers no ground", object_id=identity)
        return shape

    def covered_by(self, shape: shapely.Geometry) -> list[Covered]:
        """What stands where a shape lies, the largest share first."""
        west, south, east, north = shape.bounds
        low, high = self.city.boxes[:, 0, :2], self.city.boxes[:, 1, :2]
        near = (low < (east, north)).all(axis=1) & (high > (west, south)).all(axis=1)
        wholes = [
            whole
            for whole in np.unique(self.city.roots[np.flatnonzero(near)]).tolist()
            if layer_of(self.city.classes[whole]) not in _LIES
        ]
        found = []
        for whole in wholes[:MOST_NEAR]:
            own = self._ground_of(whole)
            common = float(own.intersection(shape).area)
            if common >= LEAST_M2:
                identity = self.city.ids[whole]
                share = min(common / float(own.area), 1.0)
                found.append(Covered(identity, self._name(identity), round(share, 3)))
        return sorted(found, key=lambda one: (-one.share, one.feature))

    def _name(self, identity: str) -> str:
        """What people call a feature, "" where nobody knows."""
        features = self.folder / "features.sqlite"
        with closing(sqlite3.connect(features)) as connection:
            row = connection.execute("SELECT name FROM feature WHERE id = ?", (identity,))
            found = row.fetchone()
        return "" if found is None else str(found[0])

    def _ground_of(self, whole: int) -> shapely.Geometry:
        if whole not in self._footprints:
            parts = np.flatnonzero(self.city.roots == whole)
            _, corners = self.city.triangles(parts, self.frame)
            self._footprints[whole] = footprint(corners)
        return self._footprints[whole]

    def _cell(self, i: int, j: int) -> Float64Array:
        """Triangles of the ground in a cell, (T, 3, 3), scene frame."""
        if (i, j) not in self._cells:
            self._cells[i, j] = self._read(i, j)
        return self._cells[i, j]

    def _read(self, i: int, j: int) -> Float64Array:
        names = [layer.name for layer in self.manifest.layers]
        ground = name_of(Layer.GROUND)
        if ground not in names:
            return np.zeros((0, 3, 3))
        table = self.tree
        is_here = (table.cell == (i, j)).all(axis=1) & (table.cell_layer == names.index(ground))
        found = [np.zeros((0, 3, 3))]
        for row in np.flatnonzero(is_here).tolist():
            path = (
                self.folder / "colliders" / ground / f"{table.cell_hash[row].tobytes().hex()}.bin"
            )
            try:
                positions, triangles, _ = decode_collider(path.read_bytes(), path)
            except OSError as error:
                raise SceneError(f"the ground can't be read ({error})", path) from error
            found.append((positions + table.cell_translation[row])[triangles])
        return np.concatenate(found)


def open_site(folder: Path) -> Site:
    """Raises SceneError where there is no scene."""
    manifest = read_scene(folder)
    frame = SceneFrame(manifest.origin.lon, manifest.origin.lat)
    try:
        tree = decode_tree((folder / "tree.bin").read_bytes())
    except OSError as error:
        raise SceneError(f"the scene can't be read ({error})", folder) from error
    return Site(folder, manifest, frame, open_delivery(folder), tree)


def _heights(triangles: Float64Array, points: Float64Array) -> Float64Array:
    """The highest of triangles (T, 3, 3) at points (N, 2), NaN beside them, (N,)."""
    heights = np.full(len(points), np.nan)
    if not len(triangles):
        return heights
    first = triangles[:, 0]
    ahead, aside = triangles[:, 1] - first, triangles[:, 2] - first
    doubled = ahead[:, 0] * aside[:, 1] - ahead[:, 1] * aside[:, 0]
    flat = np.abs(doubled) > 1e-9
    first, ahead, aside, doubled = first[flat], ahead[flat], aside[flat], doubled[flat]
    if not len(first):
        return heights
    # A point at a time: a cell has some thousand triangles, and few points are asked for.
    for at, point in enumerate(points):
        x, y = (point - first[:, :2]).T
        u = (x * aside[:, 1] - y * aside[:, 0]) / doubled
        v = (ahead[:, 0] * y - ahead[:, 1] * x) / doubled
        inside = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6)
        if inside.any():
            z = first[inside, 2] + u[inside] * ahead[inside, 2] + v[inside] * aside[inside, 2]
            heights[at] = z.max()
    return heights
