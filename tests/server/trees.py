"""Random trees of tiles that keep the rules of tree.bin, as columns and without files."""

from __future__ import annotations

import numpy as np

from citiverse_server.catalog import Catalog, Cells, Tiles


def random_catalog(seed: int, levels: int = 5, roots: int = 2, cell_m: float = 64.0) -> Catalog:
    """Boxes nest and errors shrink; each tile has 0 to 4 children at random places."""
    random = np.random.default_rng(seed)
    low = [np.full((roots, 3), -500.0)]
    high = [np.tile([500.0, 500.0, 60.0], (roots, 1))]
    error = [np.full(roots, 32.0)]
    parent = [np.full(roots, -1)]
    layer = [np.arange(roots)]
    first_row = 0
    for _ in range(1, levels):
        counts = random.integers(0, 5, len(parent[-1]))
        above = np.repeat(np.arange(len(counts)), counts)
        if not len(above):
            break
        ends = np.sort(random.random((2, len(above), 3)), axis=0)
        extent = high[-1][above] - low[-1][above]
        low.append(low[-1][above] + ends[0] * extent)
        high.append(low[-2][above] + ends[1] * extent)
        error.append(error[-1][above] * random.uniform(0.2, 1.0, len(above)))
        layer.append(layer[-1][above])
        start = first_row
        first_row += len(parent[-1])
        parent.append(above + start)
    return Catalog(_tiles(low, high, error, parent, layer, random), no_cells(), cell_m)


def no_cells() -> Cells:
    """A scene without colliders."""
    return Cells(
        cell=np.empty((0, 2), dtype=np.int32),
        cell_layer=np.empty(0, dtype=np.int32),
        cell_translation=np.empty((0, 3)),
        cell_hash=np.empty((0, 16), dtype=np.uint8),
        cell_bytes=np.empty(0, dtype=np.int32),
        cell_gzip_bytes=np.empty(0, dtype=np.int32),
    )


def square_cells(reach: int) -> Cells:
    """One layer of cells from −reach to reach − 1 both ways, 100 bytes each."""
    cell = np.array([(i, j) for i in range(-reach, reach) for j in range(-reach, reach)])
    count = len(cell)
    return Cells(
        cell=cell.astype(np.int32),
        cell_layer=np.zeros(count, dtype=np.int32),
        cell_translation=np.zeros((count, 3)),
        cell_hash=_hashes(count, first=1 << 20),
        cell_bytes=np.full(count, 100, dtype=np.int32),
        cell_gzip_bytes=np.zeros(count, dtype=np.int32),
    )


def quadtree(levels: int, side_m: float, content_bytes: int = 1000) -> Tiles:
    """A full quadtree of one layer; errors halve with each level."""
    low = [np.array([[-side_m / 2, -side_m / 2, 0.0]])]
    parent = [np.array([-1])]
    first_row = 0
    for level in range(1, levels):
        half = side_m / 2**level
        corners = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0]]) * half
        low.append((low[-1][:, None, :] + corners[None, :, :]).reshape(-1, 3))
        parent.append(np.repeat(first_row + np.arange(len(parent[-1])), 4))
        first_row += len(parent[-2])
    sizes = [np.array([side_m / 2**level] * 2 + [30.0]) for level in range(levels)]
    high = [corner + size for corner, size in zip(low, sizes, strict=True)]
    error = [np.full(len(corner), side_m / 64 / 2**at) for at, corner in enumerate(low)]
    layer = [np.zeros(len(corner), dtype=np.int64) for corner in low]
    tiles = _tiles(low, high, error, parent, layer, np.random.default_rng(0))
    tiles.content_bytes[:] = content_bytes
    tiles.content_gzip_bytes[:] = 0
    return tiles


def _tiles(
    low: list[np.ndarray],
    high: list[np.ndarray],
    error: list[np.ndarray],
    parent: list[np.ndarray],
    layer: list[np.ndarray],
    random: np.random.Generator,
) -> Tiles:
    parents = np.concatenate(parent).astype(np.int32)
    count = len(parents)
    children = np.bincount(parents[parents >= 0], minlength=count).astype(np.int32)
    first = np.full(count, -1, dtype=np.int32)
    inner, at = np.unique(parents, return_index=True)
    first[inner[inner >= 0]] = at[inner >= 0]
    errors = np.concatenate(error).astype(np.float32)
    errors[children == 0] = 0.0
    sizes = random.integers(100, 5000, count).astype(np.int32)
    return Tiles(
        box_min=np.concatenate(low),
        box_max=np.concatenate(high),
        translation=np.concatenate(low),
        geometric_error_m=errors,
        parent=parents,
        first_child=first,
        child_count=children,
        level=np.repeat(np.arange(len(parent)), [len(rows) for rows in parent]).astype(np.int32),
        layer=np.concatenate(layer).astype(np.int32),
        content_hash=_hashes(count, first=0),
        content_bytes=sizes,
        content_gzip_bytes=(sizes // 2).astype(np.int32),
        triangles=np.ones(count, dtype=np.int32),
    )


def _hashes(count: int, first: int) -> np.ndarray:
    numbers = np.zeros((count, 2), dtype=">u8")
    numbers[:, 1] = np.arange(first, first + count)
    return numbers.view(np.uint8).reshape(count, 16)
