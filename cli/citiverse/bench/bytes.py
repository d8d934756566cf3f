"""`citiverse bench bytes`: what tiles weigh beside plain ones, a building, and others' tiles."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse import room
from citiverse.bench import peers
from citiverse.bench.row import Row
from citiverse.bench.sources import data_folder
from citiverse.bench.tile import MEGABYTE
from citiverse.bench.usage import BenchError
from citiverse_tiling.check.glb import decode_glb, geometry_bytes
from citiverse_tiling.manifest import Manifest
from citiverse_tiling.options import Encoding, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tree.tree_bin import decode_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.options import MeshEncoding

CITIES = (
    ("potsdam-lod1", "potsdam-lod1/Potsdam_LoD1.gml"),
    ("nrw-lod2", "nrw-lod2/LoD2_32_280_5657_1_NW.gml"),
    ("cityjson-zurich", "cityjson-zurich"),
    ("cityjson-delft", "cityjson-delft/delft.city.json"),
    ("ingolstadt-lod3", "ingolstadt-lod3/4018215"),
    ("plateau-tokyo-haneda", "plateau-tokyo-haneda"),
)
POTSDAM, HANEDA = CITIES[0][0], CITIES[-1][0]
QUICK = (POTSDAM, "nrw-lod2")

GEOMETRY_GOAL, BUILDING_GOAL, LEVELS_GOAL, PEER_GOAL = 0.5, 900.0, 1.4, 5.0
GZIP_LEVEL = 6
ROOM_BYTES = 200 * MEGABYTE
PEER_TIMEOUT_S = 300


def run(quick: bool) -> Iterator[Row]:
    """Ratios for each city that is at hand. Raises usage.BenchError."""
    data = data_folder()
    for name, file in CITIES:
        if quick and name not in QUICK:
            continue
        if not (data / file).exists():
            print(f"bench bytes: no {name} at {data} (CITIVERSE_DATA).", file=sys.stderr)
            continue
        with room.folder(ROOM_BYTES) as place:
            yield from _measure(name, data / file, Path(place))


def _measure(name: str, source: Path, folder: Path) -> Iterator[Row]:
    packed, plain = (_tiled(source, folder / meshes, meshes) for meshes in ("meshopt", "none"))
    yield Row(
        "bytes",
        f"geometry_{name}",
        (_geometry(packed) / _geometry(plain),),
        "ratio",
        f"the same tiles of features of {name} with float32, both gzipped",
        GEOMETRY_GOAL,
    )
    if name in (POTSDAM, HANEDA):
        leaves, inner, buildings = _buildings(packed)
        goals = (BUILDING_GOAL, LEVELS_GOAL) if name == POTSDAM else (None, None)
        yield Row(
            "bytes",
            f"building_{name}",
            (leaves / buildings,),
            "B",
            f"each of {buildings} buildings, attributes included, images and gzip not",
            goals[0],
        )
        yield Row(
            "bytes",
            f"levels_{name}",
            ((leaves + inner) / leaves,),
            "ratio",
            "leaves alone, images and gzip not included",
            goals[1],
        )
    if name == POTSDAM:
        yield from _against_a_peer(source, packed, folder / "peer")


def _tiled(source: Path, scene: Path, meshes: MeshEncoding) -> Path:
    tile(TileOptions((source,), scene, encoding=Encoding(meshes)))
    return scene


def _geometry(scene: Path) -> int:
    """Gzipped bytes of vertices and indices of all tiles but the ground's."""
    tiles = (file for file in sorted(scene.glob("tiles/*/*.glb")) if file.parent.name != "ground")
    return sum(len(gzip.compress(geometry_bytes(file.read_bytes()), GZIP_LEVEL)) for file in tiles)


def _buildings(scene: Path) -> tuple[int, int, int]:
    """Bytes of the buildings' leaves, of the tiles above them, and the buildings in the leaves."""
    manifest = msgspec.json.decode((scene / "scene.json").read_bytes(), type=Manifest)
    table = decode_tree((scene / "tree.bin").read_bytes())
    layer = [one.name for one in manifest.layers].index("buildings")
    leaves = inner = buildings = 0
    for row in np.flatnonzero(table.layer == layer).tolist():
        name = f"{table.content_hash[row].tobytes().hex()}.glb"
        glb = decode_glb((scene / "tiles" / "buildings" / name).read_bytes())
        size = int(table.content_bytes[row]) - sum(map(len, glb.images))
        if table.child_count[row]:
            inner += size
        else:
            leaves += size
            buildings += sum(not parent for parent in glb.columns["parent"])
    return leaves, inner, buildings


def _against_a_peer(source: Path, scene: Path, made: Path) -> Iterator[Row]:
    """What the one converter that npm has writes for the same file, without levels or ground."""
    command = peers.command_of("citygml-to-3dtiles")
    if not command:
        return
    done = subprocess.run(
        (*command, str(source), str(made), peers.POTSDAM_CRS, peers.POTSDAM_PROJ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PEER_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"citygml-to-3dtiles ended with {done.returncode}")
    theirs = sum(file.stat().st_size for file in made.rglob("*") if file.suffix != ".json")
    shutil.rmtree(made)
    yield Row(
        "bytes",
        f"bytes_of_citygml_to_3dtiles_{POTSDAM}",
        (theirs / _buildings(scene)[0],),
        "times ours",
        "the leaves of our buildings; nothing is gzipped",
        PEER_GOAL,
        "min",
    )
