"""Tiny scene folders, written by docs/contract/scene.md alone: quadtrees over a square."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CELL_M = 64.0
FEATURE = "town/BLDG_0042"


@dataclass(frozen=True)
class SceneOptions:
    """Two layers with `levels` levels each, over a square of `side_m` around the origin."""

    name: str = "town"
    levels: int = 3
    side_m: float = 512.0
    content_bytes: int = 600
    margin_cells: int = 1


@dataclass(frozen=True)
class Tile:
    """One row of tree.bin in the making."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    error_m: float
    parent: int
    level: int
    layer: int
    content: bytes


def write_scene(folder: Path, options: SceneOptions | None = None) -> Path:
    """Writes a scene folder and returns it."""
    options = options or SceneOptions()
    folder.mkdir(parents=True)
    tiles = _tiles(options)
    cells = _cells(options)
    for tile in tiles:
        _write_content(folder / "tiles" / LAYERS[tile.layer], tile.content, ".glb")
    for _, _, layer, content in cells:
        _write_content(folder / "colliders" / LAYERS[layer], content, ".bin")
    (folder / "tree.bin").write_bytes(pack_tree(tiles, cells))
    for name in LAYERS:
        (folder / "tiles" / name / "tileset.json").write_text(_tileset(name))
    (folder / "tileset.json").write_text(_tileset("the scene"))
    (folder / "scene.json").write_text(json.dumps(manifest(options, len(tiles) // 2)))
    _write_features(folder / "features.sqlite")
    return folder


LAYERS = ("ground", "buildings")


def manifest(options: SceneOptions, tiles: int) -> dict[str, object]:
    """scene.json."""
    half = options.side_m / 2
    return {
        "schema": "citiverse-scene/1",
        "name": options.name,
        "title": options.name.title(),
        "generator": "a test",
        "profile": "desktop",
        "origin": {"lon": 13.0, "lat": 52.0, "height": 0.0},
        "extent": {"min": [-half, -half, 0.0], "max": [half, half, 20.0]},
        "layers": [
            {
                "name": layer,
                "title": layer.title(),
                "kind": "ground" if layer == "ground" else "city-objects",
                "reality": "measured",
                "tileset": f"tiles/{layer}/tileset.json",
                "tiles": tiles,
                "features": 2,
            }
            for layer in LAYERS
        ],
        "spawn_points": [{"name": "start", "position": [0.0, 0.0, 2.0], "heading_deg": 0.0}],
        "attributions": [{"text": "Town of Harbour", "licence": "CC-BY-4.0"}],
        "collider_cell_m": CELL_M,
    }


def pack_tree(tiles: list[Tile], cells: list[tuple[int, int, int, bytes]]) -> bytes:
    """tree.bin of tiles in order and cells (i, j, layer, content)."""
    children: dict[int, list[int]] = {}
    for row, tile in enumerate(tiles):
        children.setdefault(tile.parent, []).append(row)
    columns = (
        _pack("3d", [tile.low for tile in tiles]),
        _pack("3d", [tile.high for tile in tiles]),
        _pack("3d", [_middle(tile) for tile in tiles]),
        _pack("f", [(tile.error_m,) for tile in tiles]),
        _pack("i", [(tile.parent,) for tile in tiles]),
        _pack("i", [(children.get(row, [-1])[0],) for row in range(len(tiles))]),
        _pack("i", [(len(children.get(row, [])),) for row in range(len(tiles))]),
        _pack("i", [(tile.level,) for tile in tiles]),
        _pack("i", [(tile.layer,) for tile in tiles]),
        _pack("16s", [(content_hash(tile.content),) for tile in tiles]),
        _pack("i", [(len(tile.content),) for tile in tiles]),
        _pack("i", [(len(zipped(tile.content)),) for tile in tiles]),
        _pack("i", [(12,) for _ in tiles]),
        _pack("2i", [(i, j) for i, j, _, _ in cells]),
        _pack("i", [(layer,) for _, _, layer, _ in cells]),
        _pack("3d", [((i + 0.5) * CELL_M, (j + 0.5) * CELL_M, 0.0) for i, j, _, _ in cells]),
        _pack("16s", [(content_hash(content),) for _, _, _, content in cells]),
        _pack("i", [(len(content),) for _, _, _, content in cells]),
        _pack("i", [(len(zipped(content)),) for _, _, _, content in cells]),
    )
    header = struct.pack("<8s4I", b"CVTREE\x00\x01", len(tiles), len(cells), len(LAYERS), 0)
    return header + b"".join(columns)


def content_hash(content: bytes) -> bytes:
    """The name of a content."""
    return hashlib.sha256(content).digest()[:16]


def zipped(content: bytes) -> bytes:
    """What lies beside a content as `.gz`; empty where gzip shrinks it by less than 5 %."""
    packed = gzip.compress(content, mtime=0)
    return packed if len(packed) <= 0.95 * len(content) else b""


def _tiles(options: SceneOptions) -> list[Tile]:
    half = options.side_m / 2
    level = [(-1, layer, -half, -half) for layer in range(len(LAYERS))]
    tiles: list[Tile] = []
    for depth in range(options.levels):
        side = options.side_m / 2**depth
        leaf = depth == options.levels - 1
        first = len(tiles)
        for parent, layer, x, y in level:
            tiles.append(
                Tile(
                    low=(x, y, 0.0),
                    high=(x + side, y + side, 20.0),
                    error_m=0.0 if leaf else side / 64,
                    parent=parent,
                    level=depth,
                    layer=layer,
                    content=_content(len(tiles), options),
                )
            )
        level = [
            (first + at, layer, x + dx * side / 2, y + dy * side / 2)
            for at, (_, layer, x, y) in enumerate(level)
            for dx in (0, 1)
            for dy in (0, 1)
        ]
    return tiles


def _content(number: int, options: SceneOptions) -> bytes:
    """Bytes of a tile: every third can't be compressed, so that both encodings are met."""
    size = options.content_bytes
    filling = random.Random(number).randbytes(size) if number % 3 == 2 else bytes(size)
    return b"glTF" + struct.pack("<3I", 2, size + 16, number) + filling


def _cells(options: SceneOptions) -> list[tuple[int, int, int, bytes]]:
    reach = int(options.side_m / 2 / CELL_M) + options.margin_cells
    return [
        (i, j, layer, _collider(i, j, layer))
        for layer in range(len(LAYERS))
        for i in range(-reach, reach)
        for j in range(-reach, reach)
    ]


def _collider(i: int, j: int, layer: int) -> bytes:
    half = CELL_M / 2
    positions = (-half, -half, 0.0, half, -half, 0.0, half, half, float(layer), -half, half, i + j)
    indices = (0, 1, 2, 0, 2, 3)
    return b"CVCOLL\x00\x01" + struct.pack("<2I12f6I", 4, 2, *positions, *indices)


def _pack(kind: str, rows: Sequence[tuple[object, ...]]) -> bytes:
    packed = b"".join(struct.pack(f"<{kind}", *row) for row in rows)
    return packed + bytes(-len(packed) % 8)


def _middle(tile: Tile) -> tuple[float, float, float]:
    return ((tile.low[0] + tile.high[0]) / 2, (tile.low[1] + tile.high[1]) / 2, 0.0)


def _write_content(folder: Path, content: bytes, suffix: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{content_hash(content).hex()}{suffix}"
    file.write_bytes(content)
    if packed := zipped(content):
        file.with_name(file.name + ".gz").write_bytes(packed)


def _tileset(title: str) -> str:
    return json.dumps({"asset": {"version": "1.1"}, "title": title, "padding": " " * 400})


def _write_features(file: Path) -> None:
    names = ("id", "source_id", "dataset", "class", "name", "address", "parent")
    rows = [
        (1, FEATURE, "BLDG_0042", "town", "Building", "Town hall", "Market 1", None, -10.0, 20.0),
        (2, "town/P1", "P1", "town", "BuildingPart", "Tower", "Market 1", FEATURE, 100.0, 110.0),
    ]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            "CREATE TABLE feature(row INTEGER PRIMARY KEY, id TEXT UNIQUE, source_id TEXT, "
            "dataset TEXT, class TEXT, name TEXT, address TEXT, parent TEXT, lon REAL, lat REAL, "
            "min_x REAL, min_y REAL, min_z REAL, max_x REAL, max_y REAL, max_z REAL, "
            "reality TEXT, attributes TEXT);"
            "CREATE VIRTUAL TABLE feature_box USING rtree("
            "row, min_x, max_x, min_y, max_y, min_z, max_z);"
            "CREATE VIRTUAL TABLE feature_text USING fts5(id, name, address, content=feature);"
            "CREATE TABLE tile_feature(tile INTEGER, property_row INTEGER, feature INTEGER);"
        )
        for row, *texts, low, high in rows:
            connection.execute(
                f"INSERT INTO feature(row, {', '.join(names)}, lon, lat, min_x, min_y, min_z, "
                "max_x, max_y, max_z, reality, attributes) "
                f"VALUES (?, {', '.join('?' * len(names))}, 13, 52, ?, ?, 0, ?, ?, 18, ?, ?)",
                (row, *texts, low, low, high, high, "measured", '{"storeys": 3}'),
            )
            connection.execute(
                "INSERT INTO feature_box VALUES (?, ?, ?, ?, ?, 0, 18)", (row, low, high, low, high)
            )
            connection.execute(
                "INSERT INTO feature_text(rowid, id, name, address) VALUES (?, ?, ?, ?)",
                (row, texts[0], texts[4], texts[5]),
            )
