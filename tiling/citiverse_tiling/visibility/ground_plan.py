"""What stands round a walker, region by region: the floor she walks on, and what is solid.

A region is a square of the plane, as wide as obstacles are looked for, so that a cell of ground
needs no more than its own region and the eight round it. Regions lie on disk until they are needed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.layers import name_of
from citiverse_tiling.model import Layer
from citiverse_tiling.visibility.horizon import CELL_STEPS, MARGIN
from citiverse_tiling.visibility.lattice import STEP_M, Lattice, highest
from citiverse_tiling.visibility.solids import Solids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from citiverse_tiling.model import BoolArray, Float32Array, Float64Array, Int64Array
    from citiverse_tiling.tree.tree_bin import TreeTable

Region: TypeAlias = tuple[int, int]
"""i, j: it begins at (i, j) · REGION_M."""

BLOCK_CELLS = 16
REGION_BLOCKS = 8
REGION_CELLS = REGION_BLOCKS * BLOCK_CELLS
REGION_STEPS = REGION_CELLS * CELL_STEPS
_BLOCK_STEPS = BLOCK_CELLS * CELL_STEPS
REGION_M = REGION_STEPS * STEP_M
_TERRAIN_MARGIN_M = 0.3
"""Far ground is drawn a little coarser than it is; so much less of it counts as solid."""

_OPAQUE = "OPAQUE"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A scene's tiles on disk, in the folder that is being written or in the one it replaces."""

    folders: tuple[str, ...]
    table: TreeTable
    layers: tuple[Layer, ...]

    def leaves(self, layer: Layer, low: Float64Array, high: Float64Array) -> Int64Array:
        """Rows of a layer's leaves whose boxes touch a rectangle, corners (2,)."""
        if layer not in self.layers:
            return np.empty(0, np.int64)
        table = self.table
        rows = (table.layer == self.layers.index(layer)) & (table.child_count == 0)
        rows &= (table.box_max[:, :2] >= low).all(axis=1)
        rows &= (table.box_min[:, :2] <= high).all(axis=1)
        return np.flatnonzero(rows)

    def triangles(self, row: int) -> tuple[Float64Array, Int64Array]:
        """Corners (T, 3, 3) of a tile's triangles in the scene frame, and their features (T,).

        Features that can be seen through in any part, and those that are copies, aren't in it.
        """
        corners, features = [np.empty((0, 3, 3))], [np.empty(0, np.int64)]
        clear = [np.empty(0, np.int64)]
        for primitive in decode_glb(self._content(row)).primitives:
            drawn = primitive.positions[primitive.triangles]
            # From glTF's y up to the scene's z up.
            z_up = np.stack([drawn[..., 0], -drawn[..., 2], drawn[..., 1]], axis=-1)
            corners.append(z_up + self.table.translation[row])
            ids = primitive.feature_ids
            features.append(
                np.zeros(len(drawn), np.int64) if ids is None else ids[primitive.triangles[:, 0]]
            )
            if primitive.alpha_mode != _OPAQUE:
                clear.append(features[-1])
        whose = np.concatenate(features)
        opaque = np.isin(whose, np.concatenate(clear), invert=True)
        return np.concatenate(corners)[opaque], whose[opaque]

    def _content(self, row: int) -> bytes:
        layer = name_of(self.layers[int(self.table.layer[row])])
        name = f"tiles/{layer}/{self.table.content_hash[row].tobytes().hex()}.glb"
        paths = [Path(folder, name) for folder in self.folders]
        return next((path for path in paths if path.exists()), paths[0]).read_bytes()


def regions_of(drawn: Drawn) -> list[Region]:
    """Regions in which buildings are, and those beside them, in order."""
    leaves = drawn.leaves(Layer.BUILDINGS, np.full(2, -np.inf), np.full(2, np.inf))
    low = np.floor(drawn.table.box_min[leaves, :2] / REGION_M).astype(np.int64) - 1
    high = np.floor(drawn.table.box_max[leaves, :2] / REGION_M).astype(np.int64) + 1
    return sorted(
        {
            region
            for (i, j), (last_i, last_j) in zip(low.tolist(), high.tolist(), strict=True)
            for region in product(range(i, last_i + 1), range(j, last_j + 1))
        }
    )


def survey(drawn: Drawn, region: Region, path: Path) -> None:
    """Write what stands in a region to a file for `around` and `floors`."""
    # One more point each way, which the next region has too.
    lattice = Lattice(region[0] * REGION_STEPS, region[1] * REGION_STEPS, REGION_STEPS + 1)
    low = np.array(region) * REGION_M
    high = low + REGION_M
    ground = lattice.nothing()
    for row in drawn.leaves(Layer.GROUND, low, high).tolist():
        np.maximum(ground, highest(lattice, drawn.triangles(row)[0]), out=ground)
    floor = ground.copy()
    for row in drawn.leaves(Layer.LAND, low, high).tolist():
        np.maximum(floor, highest(lattice, drawn.triangles(row)[0]), out=floor)
    solids = Solids(lattice, ground)
    for row in drawn.leaves(Layer.BUILDINGS, low, high).tolist():
        solids.add(*drawn.triangles(row))
    built = solids.heights()
    lowest, top = _floors(np.where(built > floor, -np.inf, floor))
    solid = np.maximum(built, ground - np.float32(_TERRAIN_MARGIN_M))[:-1, :-1]
    blocks = built[:-1, :-1].reshape(REGION_BLOCKS, _BLOCK_STEPS, REGION_BLOCKS, _BLOCK_STEPS)
    is_built = np.isfinite(blocks).any(axis=(1, 3))
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with unfinished.open("wb") as file:
        np.savez_compressed(file, solid=solid, lowest=lowest, highest=top, is_built=is_built)
    unfinished.replace(path)


def _floors(floor: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Lowest and highest floor of each cell; inf and −inf where nobody can walk."""
    edges = np.arange(REGION_CELLS) * CELL_STEPS
    found = []
    for least, kept in (
        (np.where(np.isfinite(floor), floor, np.inf), np.minimum),
        (floor, np.maximum),
    ):
        for axis in (0, 1):
            # With the points on the far edge, which the next cell has too.
            inner = kept.reduceat(least, edges, axis=axis)
            far = np.take(least, edges + CELL_STEPS, axis=axis)
            least = kept(inner, far)
        found.append(least)
    return found[0], found[1]


def floors(path: Path) -> tuple[Float32Array, Float32Array]:
    """Lowest and highest floor (REGION_CELLS,) · 2 in each cell of a region that was surveyed."""
    with np.load(path) as stored:
        return stored["lowest"], stored["highest"]


def blocks_to_look_from(region: Region, files: Mapping[Region, Path]) -> BoolArray:
    """Whether each block of a region, or one beside it, has something built: rows of y, (n, n).

    From open fields so little is hidden that it isn't worth the search.
    """
    side = REGION_BLOCKS + 2
    is_built = np.zeros((side, side), np.bool_)
    for dx, dy, path in _neighbours(region, files):
        (to_x, from_x), (to_y, from_y) = (_overlap(one, REGION_BLOCKS, 1) for one in (dx, dy))
        with np.load(path) as stored:
            is_built[to_y, to_x] = stored["is_built"][from_y, from_x]
    near: BoolArray = np.any(sliding_window_view(is_built, (3, 3)), axis=(2, 3))
    return near


def around(region: Region, files: Mapping[Region, Path]) -> Float32Array:
    """Solid heights of a region and `MARGIN` steps round it; the ground is solid, too."""
    side = REGION_STEPS + 2 * MARGIN
    solid = np.full((side, side), -np.inf, np.float32)
    for dx, dy, path in _neighbours(region, files):
        (to_x, from_x), (to_y, from_y) = (_overlap(one, REGION_STEPS, MARGIN) for one in (dx, dy))
        with np.load(path) as stored:
            solid[to_y, to_x] = stored["solid"][from_y, from_x]
    return solid


def _neighbours(region: Region, files: Mapping[Region, Path]) -> Iterator[tuple[int, int, Path]]:
    """A region itself and those round it: regions to the east, to the north, and their files."""
    for dx, dy in product((-1, 0, 1), repeat=2):
        path = files.get((region[0] + dx, region[1] + dy))
        if path is not None:
            yield dx, dy, path


def _overlap(step: int, size: int, margin: int) -> tuple[slice, slice]:
    """Where a neighbour's points lie in a region with a margin, and which of them those are."""
    begin = margin + step * size
    first, last = max(begin, 0), min(begin + size, size + 2 * margin)
    return slice(first, last), slice(first - begin, last - begin)
