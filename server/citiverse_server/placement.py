"""Decisions about content as the messages that carry it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from msgspec import UNSET, structs

from .protocol import Collider, Part, Place, Vector

if TYPE_CHECKING:
    from .content import Content
    from .decisions import SendTile
    from .parcels import Piece
    from .protocol import Encoding
    from .scene import ContentFile, Scene


def tile_message(scene: Scene, sent: SendTile, content: Content | None) -> Place:
    """The `place` of a tile with the first piece of it, which is empty without `content`."""
    tiles, row, piece = scene.catalog.tiles, sent.row, sent.piece
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
        encoding=_encoding(piece, scene.tile_file(row)),
        hidden=True if sent.hidden else UNSET,
        content=UNSET if piece is None else _bytes_of(piece, content),
        parcel=UNSET if piece is None or piece.parcel is None else piece.parcel,
        size=UNSET if piece is None or piece.parcel is None else piece.size,
    )


def reference_message(scene: Scene, sent: SendTile, size: int, base: str) -> Place:
    """The `place` of a tile whose content the client fetches; `base` as in `content_url`."""
    row = sent.row
    place = scene.places[int(scene.catalog.tiles.layer[row])]
    path = f"/scenes/{scene.name}/{place}/{scene.tile_file(row).path.name}"
    placed = tile_message(scene, replace(sent, piece=None), None)
    return structs.replace(placed, encoding="reference", url=base + path, size=size)


def collider_message(
    scene: Scene, row: int, piece: Piece | None, content: Content | None
) -> Collider:
    """The `collider` of a cell, as of a tile."""
    cells = scene.catalog.cells
    i, j = cells.cell[row].tolist()
    return Collider(
        cell=(i, j),
        layer=int(cells.cell_layer[row]),
        layers=[int(cells.cell_layer[beside]) for beside in cells.rows_by_cell[i, j]],
        translation=cast("Vector", tuple(cells.cell_translation[row].tolist())),
        hash=cells.hash_of(row),
        encoding=_encoding(piece, scene.collider_file(row)),
        content=UNSET if piece is None else _bytes_of(piece, content),
        parcel=UNSET if piece is None or piece.parcel is None else piece.parcel,
        size=UNSET if piece is None or piece.parcel is None else piece.size,
    )


def part_message(piece: Piece, content: Content) -> Part:
    """A later piece of a tile or a cell."""
    if piece.parcel is None:
        raise AssertionError("what is whole has no later piece")
    return Part(parcel=piece.parcel, content=_bytes_of(piece, content))


def _bytes_of(piece: Piece, content: Content | None) -> bytes:
    """The bytes of a piece; raises `OSError` where the file isn't as long as the scene says."""
    if content is None:
        return b""
    if len(content.body) != piece.size:
        raise OSError(f"{len(content.body)} bytes where the scene says {piece.size}")
    return content.body if piece.parcel is None else content.body[piece.start : piece.stop]


def _encoding(piece: Piece | None, file: ContentFile) -> Encoding:
    if piece is None:
        return "held"
    return "gzip" if file.has_gzip else "identity"
