"""Rectangles of pixels packed into one image, with room around each against bleeding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import rectpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from citiverse_tiling.model import UInt8Array

LARGEST_SIDE = 2_048
GUTTER = 4
"""Pixels of its own edge around each patch: the first two smaller levels of detail mix nothing."""

_STEP = 4
_SMALLEST_SIDE = 16
_SIDES = [1 << power for power in range(4, 12)]
SHAPES = sorted(
    ((width, height) for width in _SIDES for height in _SIDES if height <= width <= 2 * height),
    key=lambda shape: shape[0] * shape[1],
)
"""Widths and heights of atlases: powers of two, which every viewer can make smaller levels of."""


class Layout(NamedTuple):
    """Where patches lie: the atlas's width and height, and the left upper corner of each patch."""

    shape: tuple[int, int]
    corners: list[tuple[int, int]]


def pack(sizes: Sequence[tuple[int, int]]) -> Layout | None:
    """Lay patches of these sizes into the smallest atlas that they fit; None if there is none."""
    slots = [(_slot(width), _slot(height)) for width, height in sizes]
    area = sum(width * height for width, height in slots)
    widest, highest = max(width for width, _ in slots), max(height for _, height in slots)
    for shape in SHAPES:
        if area > shape[0] * shape[1] or widest > shape[0] or highest > shape[1]:
            continue
        corners = _packed(slots, shape)
        if corners is not None:
            return Layout(shape, corners)
    return None


def _slot(side: int) -> int:
    return -(-(side + 2 * GUTTER) // _STEP) * _STEP


def _packed(
    slots: Sequence[tuple[int, int]], shape: tuple[int, int]
) -> list[tuple[int, int]] | None:
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
    """The atlas of patches (h, w, 3 or 4), all of as many columns; between them is their mean."""
    given = list(patches)
    width, height = layout.shape
    mean = np.mean([patch.mean(axis=(0, 1)) for patch in given], axis=0)
    atlas = np.empty((height, width, given[0].shape[2]), np.uint8)
    atlas[:] = np.rint(mean).astype(np.uint8)
    for (x, y), patch in zip(layout.corners, given, strict=True):
        rows, columns = patch.shape[0] + 2 * GUTTER, patch.shape[1] + 2 * GUTTER
        padded = np.pad(patch, ((GUTTER, GUTTER), (GUTTER, GUTTER), (0, 0)), "edge")
        atlas[y - GUTTER : y - GUTTER + rows, x - GUTTER : x - GUTTER + columns] = padded
    return atlas
