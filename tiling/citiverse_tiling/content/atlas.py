"""Rectangles of pixels packed into one image, with room around each against bleeding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from citiverse_tiling.model import Float64Array, UInt8Array

LARGEST_SIDE = 2_048
GUTTER = 4
"""Pixels of its own edge around each patch: the first two smaller levels of detail mix nothing."""

MOST_PATCHES = 8_192
"""Of the largest atlas: so many of one pixel each fit it, with the room around them."""

_STEP = 4
_SCALES = (1.0, 0.9, 0.8)
"""Patches are made so much smaller where they then fit a smaller atlas."""

_SMALLER = 0.85
_FULLEST = 0.97
"""Of an atlas: patches that would fill more of it are not tried."""

_SIDES = [1 << power for power in range(4, 12)]
SHAPES = sorted(
    ((width, height) for width in _SIDES for height in _SIDES if height <= width <= 2 * height),
    key=lambda shape: shape[0] * shape[1],
)
"""Widths and heights of atlases: powers of two, which every viewer can make smaller levels of."""


class Layout(NamedTuple):
    """The atlas's width and height, and the left upper corner and the size of each patch in it."""

    shape: tuple[int, int]
    corners: list[tuple[int, int]]
    sizes: list[tuple[int, int]]


def most_patches(side: int) -> int:
    """How many an atlas of this many pixels a side may have."""
    return MOST_PATCHES * side**2 // LARGEST_SIDE**2


def pack(sizes: Float64Array, side: int = LARGEST_SIDE) -> Layout:
    """Lay at most `most_patches(side)` of these widths and heights, (n, 2), into a small atlas.

    They are made smaller where there are too many for one of `side` pixels a side.
    """
    shapes = [shape for shape in SHAPES if shape[0] <= side]
    for shape in shapes:
        for scale in _SCALES:
            if (layout := _laid_out(sizes * scale, shape)) is not None:
                return layout
    scale = _SCALES[-1]
    while True:
        scale *= _SMALLER
        if (layout := _laid_out(sizes * scale, shapes[-1])) is not None:
            return layout


def _laid_out(sizes: Float64Array, shape: tuple[int, int]) -> Layout | None:
    whole = np.maximum(np.ceil(sizes), 1).astype(np.int64)
    slots = -(-(whole + 2 * GUTTER) // _STEP) * _STEP
    area = int(np.prod(slots, axis=1).sum())
    if area > _FULLEST * shape[0] * shape[1] or (slots.max(axis=0) > shape).any():
        return None
    corners = _packed(slots.tolist(), shape)
    if corners is None:
        return None
    return Layout(shape, corners, [(width, height) for width, height in whole.tolist()])


def _packed(slots: Sequence[Sequence[int]], shape: tuple[int, int]) -> list[tuple[int, int]] | None:
    import rectpack  # only cities with textures need it

    packer = rectpack.newPacker(
        mode=rectpack.PackingMode.Offline,
        bin_algo=rectpack.PackingBin.BNF,
        pack_algo=rectpack.GuillotineBssfSas,
        sort_algo=rectpack.SORT_AREA,
        rotation=False,
    )
    for number, (width, height) in enumerate(slots):
        packer.add_rect(width, height, number)
    packer.add_bin(*shape)
    packer.pack()
    placed = packer.rect_list()
    if len(placed) < len(slots):
        return None
    corners = [(0, 0)] * len(slots)
    for _, x, y, _, _, number in placed:
        corners[number] = (x + GUTTER, y + GUTTER)
    return corners


def compose(layout: Layout, patches: Iterable[UInt8Array]) -> UInt8Array:
    """The atlas of patches (h, w, 3 or 4), all of as many channels; between them is their mean.

    It isn't to be seen there where there is a fourth channel, the opacity.
    """
    given = list(patches)
    width, height = layout.shape
    mean = np.mean([patch.mean(axis=(0, 1)) for patch in given], axis=0)
    atlas = np.empty((height, width, given[0].shape[2]), np.uint8)
    atlas[:] = np.rint(mean).astype(np.uint8)
    atlas[..., 3:] = 0
    for (x, y), patch in zip(layout.corners, given, strict=True):
        rows, columns = patch.shape[0] + 2 * GUTTER, patch.shape[1] + 2 * GUTTER
        padded = np.pad(patch, ((GUTTER, GUTTER), (GUTTER, GUTTER), (0, 0)), "edge")
        atlas[y - GUTTER : y - GUTTER + rows, x - GUTTER : x - GUTTER + columns] = padded
    return atlas
