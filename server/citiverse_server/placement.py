"""Decisions about content as the messages that carry it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import UNSET

from .protocol import Collider, Place, Vector

if TYPE_CHECKING:
    from .content import Content
    from .protocol import Encoding
    from .scene import Scene


def tile_message(scene: Scene, row: int, content: Content | None) -> Place:
    """The `place` of a tile; without content where the client holds it."""
    tiles = scene.catalog.tiles
    first, count = int(tiles.first_child[row]), int(tiles.child_count[row])
    low, high = tiles.box_min[row].tolist(), tiles.box_max[row].tolist()
    return Place(
        tile=row,
        layer=int(tiles.layer[row]),
        parent=int(tiles.parent[row]),
        level=int(tiles.level[row]),
        children=list(range(first, first + count)),
        geometric_error_m=float(tiles.geometric_error_m[row]),
        box=(*low, *high),
        translation=cast("Vector", tuple(tiles.translation[row].tolist())),
        hash=tiles.hash_of(row),
        encoding=_encoding(content),
        content=UNSET if content is None else content.body,
    )


def collider_message(scene: Scene, row: int, content: Content | None) -> Collider:
    """The `collider` of a cell; without content where the client holds it."""
    cells = scene.catalog.cells
    i, j = cells.cell[row].tolist()
    return Collider(
        cell=(i, j),
        layer=int(cells.cell_layer[row]),
        translation=cast("Vector", tuple(cells.cell_translation[row].tolist())),
        hash=cells.hash_of(row),
        encoding=_encoding(content),
        content=UNSET if content is None else content.body,
    )


def _encoding(content: Content | None) -> Encoding:
    if content is None:
        return "held"
    return "gzip" if content.compressed else "identity"
