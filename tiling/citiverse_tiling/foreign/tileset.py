"""A foreign tileset as one list of tiles: external and implicit ones are in it like all others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from citiverse_tiling.check.standard.documents import Tileset
from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.earlier import KNOWN, in_words_of_today
from citiverse_tiling.foreign.implicit import expand
from citiverse_tiling.foreign.volumes import scale_of

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.check.standard.documents import BoundingVolume, Content, Tile
    from citiverse_tiling.foreign.files import Files
    from citiverse_tiling.model import Float64Array

MOST_TILES = 500_000
DEEPEST = 512
MOST_NESTED = 32
"""Tilesets in tilesets."""

LARGEST_M = 1e9
"""Numbers in a transform beyond it mean nothing on Earth."""

UpAxis = Literal["X", "Y", "Z"]
Refinement = Literal["ADD", "REPLACE"]


@dataclass(frozen=True, slots=True)
class ForeignTile:
    """A tile; `parent` is its row among the tiles, −1 for the root.

    transform          float64 (4, 4): from the tile's frame to ECEF
    geometric_error_m  scaled as the transform scales
    contents           files with something to draw
    up_axis            which axis of glTF content points up, where it isn't the standard's
    """

    parent: int
    transform: Float64Array
    volume: BoundingVolume
    geometric_error_m: float
    refine: Refinement
    contents: tuple[Path, ...]
    up_axis: UpAxis


@dataclass(slots=True)
class ForeignTileset:
    """All tiles, parents first; `missing` are files that are named and aren't there."""

    tiles: list[ForeignTile]
    missing: list[Path] = field(default_factory=list)


class _Legacy(msgspec.Struct, rename="camel"):
    """What tilesets of 3D Tiles 1.0 say of their glTF, though the standard has no word for it."""

    gltf_up_axis: str = "Y"


class _WithLegacy(msgspec.Struct):
    asset: _Legacy


@dataclass(frozen=True, slots=True)
class _Document:
    """One file of a tileset: where it is, those around it, and its glTF's up axis."""

    path: Path
    around: frozenset[Path]
    up_axis: UpAxis


@dataclass(frozen=True, slots=True)
class _Waiting:
    tile: Tile
    document: _Document
    parent: int
    above: Float64Array
    refine: Refinement
    depth: int


def read_tileset(path: Path, files: Files) -> ForeignTileset:
    """Read a tileset and all that it is made of, but no contents. Raises InputError."""
    data = files.read(path)
    if data is None:
        raise InputError("there is no such file", path)
    tileset, document = _open(path, data, frozenset())
    result = ForeignTileset([])
    waiting = [_Waiting(tileset.root, document, -1, np.eye(4), "REPLACE", 0)]
    while waiting:
        one = waiting.pop()
        if len(result.tiles) >= MOST_TILES:
            raise InputError(f"it has more than {MOST_TILES:,} tiles", path)
        if one.depth > DEEPEST:
            raise InputError(f"its tiles are more than {DEEPEST} levels deep", one.document.path)
        one = replace(one, tile=in_words_of_today(one.tile, one.document.path))
        transform = one.above @ _matrix(one.tile, one.document.path)
        refine = _refinement(one.tile, one.refine)
        row = len(result.tiles)
        if one.tile.implicit_tiling is not None:
            place = _Place(one, transform, refine)
            result.tiles += _implicit(place, row, files, result.missing)
            if len(result.tiles) > MOST_TILES:
                raise InputError(f"it has more than {MOST_TILES:,} tiles", path)
            continue
        contents, nested = _contents(one, files, result.missing)
        result.tiles.append(_tile(one, transform, refine, contents))
        for inner, around in nested:
            root = _Waiting(inner.root, around, row, transform, refine, one.depth + 1)
            waiting.append(root)
        waiting += [
            _Waiting(child, one.document, row, transform, refine, one.depth + 1)
            for child in reversed(one.tile.children or [])
        ]
    return result


def _open(path: Path, data: bytes, around: frozenset[Path]) -> tuple[Tileset, _Document]:
    if path in around:
        raise InputError("it contains itself", path)
    if len(around) >= MOST_NESTED:
        raise InputError(f"more than {MOST_NESTED} tilesets are in one another", path)
    try:
        tileset = msgspec.json.decode(data, type=Tileset)
        up_axis = msgspec.json.decode(data, type=_WithLegacy).asset.gltf_up_axis.upper()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"it is no tileset of 3D Tiles ({error})", path) from None
    for extension in sorted(set(tileset.extensions_required or []) - KNOWN):
        raise InputError(f"it needs the extension {extension}, which isn't known", path)
    axis: UpAxis = "X" if up_axis == "X" else "Z" if up_axis == "Z" else "Y"
    return tileset, _Document(path, around | {path}, axis)


def _matrix(tile: Tile, path: Path) -> Float64Array:
    if tile.transform is None:
        return np.eye(4)
    matrix = np.array(tile.transform).reshape(4, 4).T
    is_affine = np.allclose(matrix[3], (0, 0, 0, 1))
    with np.errstate(all="ignore"):
        volume = abs(float(np.linalg.det(matrix[:3, :3])))
    if not (is_affine and np.abs(matrix).max() < LARGEST_M and 1e-12 < volume < 1e12):
        raise InputError("a tile's transform leads nowhere", path)
    return matrix


def _refinement(tile: Tile, above: Refinement) -> Refinement:
    word = (tile.refine or above).upper()
    return "ADD" if word == "ADD" else "REPLACE"


def _tile(
    one: _Waiting, transform: Float64Array, refine: Refinement, contents: tuple[Path, ...]
) -> ForeignTile:
    error = one.tile.geometric_error * scale_of(transform)
    if not np.isfinite(error):
        raise InputError("a tile's geometric error is no number", one.document.path)
    return ForeignTile(
        one.parent,
        transform,
        one.tile.bounding_volume,
        error,
        refine,
        contents,
        one.document.up_axis,
    )


def _listed(tile: Tile) -> list[Content]:
    return [tile.content] if tile.content else tile.contents or []


def _contents(
    one: _Waiting, files: Files, missing: list[Path]
) -> tuple[tuple[Path, ...], list[tuple[Tileset, _Document]]]:
    """The files that a tile draws, and the tilesets that it leads to."""
    drawn: list[Path] = []
    nested: list[tuple[Tileset, _Document]] = []
    for content in _listed(one.tile):
        uri = content.uri if content.uri is not None else content.url
        if not uri:
            continue
        path = files.path_of(one.document.path, uri)
        if path.suffix.lower() != ".json":
            (drawn if path.is_file() else missing).append(path)
            continue
        data = files.read(path)
        if data is None:
            missing.append(path)
        else:
            nested.append(_open(path, data, one.document.around))
    return tuple(drawn), nested


@dataclass(frozen=True, slots=True)
class _Place:
    """The root of implicit tiling, where it stands."""

    root: _Waiting
    transform: Float64Array
    refine: Refinement


def _implicit(place: _Place, first: int, files: Files, missing: list[Path]) -> list[ForeignTile]:
    root, document = place.root.tile, place.root.document
    tiling = root.implicit_tiling
    if tiling is None or (root.bounding_volume.box or root.bounding_volume.region) is None:
        raise InputError("implicit tiling has neither a box nor a region", document.path)
    uris = [content.uri for content in _listed(root) if content.uri]
    error = root.geometric_error * scale_of(place.transform)
    tiles = []
    for found in expand(document.path, root.bounding_volume, tiling, uris, files):
        there: list[Path] = []
        for path in found.contents:
            (there if path.is_file() else missing).append(path)
        tiles.append(
            ForeignTile(
                place.root.parent if found.parent < 0 else first + found.parent,
                place.transform,
                found.volume,
                error * 0.5**found.level,
                place.refine,
                tuple(there),
                document.up_axis,
            )
        )
        if len(tiles) > MOST_TILES:
            raise InputError(f"it has more than {MOST_TILES:,} tiles", document.path)
    return tiles
