"""A foreign tileset kept as it is, for the viewer in the browser: each content by its hash.

One document tells of all tiles, external and implicit ones too, so that nothing else is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.errors import EmptyCity, InputError
from citiverse_tiling.foreign.convert import scene_matrix
from citiverse_tiling.foreign.embed import self_contained, suffix_of
from citiverse_tiling.foreign.volumes import moved, points_of, scale_of
from citiverse_tiling.sinks.contents import ContentStore

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.check.standard.documents import BoundingVolume
    from citiverse_tiling.foreign.files import Files
    from citiverse_tiling.foreign.tileset import ForeignTile, ForeignTileset
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.options import Progress

MOST_TILES = 20_000
"""Its document is read at once: so many tiles are about 10 MB."""


class Part(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """A piece of a tileset: camel-case names, nothing written that is the default."""


class Asset(Part, frozen=True):
    version: str = ""
    gltf_up_axis: str = "Y"


class Volume(Part, frozen=True):
    box: tuple[float, ...] | None = None
    region: tuple[float, ...] | None = None
    sphere: tuple[float, ...] | None = None


class Content(Part, frozen=True):
    uri: str


class Tile(Part, frozen=True):
    bounding_volume: Volume
    geometric_error: float
    refine: str
    transform: tuple[float, ...] | None = None
    content: Content | None = None
    contents: tuple[Content, ...] | None = None
    children: tuple[Tile, ...] = ()


class Tileset(Part, frozen=True):
    asset: Asset
    geometric_error: float
    root: Tile


@dataclass(frozen=True, slots=True)
class Kept:
    """How many tiles there are, and the corners of all, scene frame, (3,) each."""

    tiles: int
    low: Float64Array
    high: Float64Array


def keep(
    tileset: ForeignTileset, files: Files, frame: SceneFrame, folder: Path, progress: Progress
) -> Kept:
    """Write the contents and tileset.json into a folder. Raises InputError."""
    tiles = tileset.tiles
    if len(tiles) > MOST_TILES:
        raise InputError(
            f"it has {len(tiles):,} tiles that can't be streamed, more than {MOST_TILES:,}",
            files.folder,
            remedy="cut it into several tilesets",
        )
    uris = _stored(tileset, files, ContentStore(str(folder)), progress)
    if not uris:
        raise EmptyCity("nothing in the tileset can be drawn", files.folder)
    root = _tree(tiles, uris)
    up_axis = tiles[0].up_axis
    document = Tileset(Asset("1.1", up_axis), root.geometric_error, root)
    (folder / "tileset.json").write_bytes(msgspec.json.encode(document))
    low, high = _extent(tiles, frame)
    if not np.isfinite((low, high)).all():
        raise InputError("its bounding volumes are of a kind that isn't known", files.folder)
    return Kept(len(tiles), low, high)


def _stored(
    tileset: ForeignTileset, files: Files, store: ContentStore, progress: Progress
) -> dict[Path, str]:
    """The names under which the contents lie, by their files."""
    uris: dict[Path, str] = {}
    for row, tile in enumerate(tileset.tiles):
        for path in tile.contents:
            if path in uris:
                continue
            data = files.read(path)
            if data is None:
                raise InputError("it was there a moment ago, and is no more", path)
            whole = self_contained(path, data, files)
            suffix = suffix_of(whole)
            uris[path] = f"{store.store('.', suffix, whole).digest.hex()}{suffix}"
        progress("copying tiles", row + 1, len(tileset.tiles))
    return uris


def _tree(tiles: list[ForeignTile], uris: dict[Path, str]) -> Tile:
    children: list[list[Tile]] = [[] for _ in tiles]
    made: Tile | None = None
    # Parents come first: from the last on, all children of a tile are made before it.
    for row in range(len(tiles) - 1, -1, -1):
        tile = tiles[row]
        contents = tuple(Content(uris[path]) for path in tile.contents)
        made = Tile(
            _volume(tile.volume),
            tile.geometric_error_m / scale_of(tile.transform),
            tile.refine,
            _from_parent(tile, tiles),
            contents[0] if len(contents) == 1 else None,
            contents if len(contents) > 1 else None,
            tuple(reversed(children[row])),
        )
        children[row].clear()
        if tile.parent >= 0:
            children[tile.parent].append(made)
    if made is None:
        raise AssertionError("a tileset has a root")
    return made


def _from_parent(tile: ForeignTile, tiles: list[ForeignTile]) -> tuple[float, ...] | None:
    """The transform to the parent's frame, column by column; None where both are one frame."""
    above = tiles[tile.parent].transform if tile.parent >= 0 else np.eye(4)
    if np.array_equal(above, tile.transform):
        return None
    return tuple(np.linalg.solve(above, tile.transform).T.ravel().tolist())


def _volume(volume: BoundingVolume) -> Volume:
    return Volume(
        tuple(volume.box) if volume.box else None,
        tuple(volume.region) if volume.region else None,
        tuple(volume.sphere) if volume.sphere else None,
    )


def _extent(tiles: list[ForeignTile], frame: SceneFrame) -> tuple[Float64Array, Float64Array]:
    """Around the volumes of the topmost tiles that tell one that we know."""
    matrix = scene_matrix(frame)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    is_told = np.zeros(len(tiles), np.bool_)
    for row, tile in enumerate(tiles):
        is_told[row] = tile.parent >= 0 and is_told[tile.parent]
        points = None if is_told[row] else points_of(tile.volume, tile.transform)
        if points is not None:
            is_told[row] = True
            scene = moved(points, matrix)
            low, high = np.minimum(low, scene.min(axis=0)), np.maximum(high, scene.max(axis=0))
    return low, high
