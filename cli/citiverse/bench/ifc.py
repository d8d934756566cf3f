"""`citiverse bench ifc`: what tiling a building costs beside py3dtiles and beside bare reading."""

from __future__ import annotations

import json
import shutil
import statistics
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citiverse import room
from citiverse.bench.peers import command_of
from citiverse.bench.row import Row
from citiverse.bench.sources import data_folder
from citiverse.bench.tile import MEGABYTE
from citiverse.bench.tile_runs import usage_with
from citiverse.bench.usage import BenchError, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse.bench.usage import Usage

FILES = (
    "ifc-duplex-georef/Duplex_A_20110907_georeferenced.ifc",
    "ifc-fzk-haus/AC20-FZK-Haus.ifc",
    "ifc-bim-whale/LargeBuilding.ifc",
    "ifc-bim-whale/TallBuilding.ifc",
    "ifc-bim-whale/SimpleWall.ifc",
)
ROOM_BYTES = 200 * MEGABYTE
FULL_RUNS, QUICK_RUNS = 5, 1
PEER_GOAL, BARE_GOAL, DRAWS_GOAL, BYTES_GOAL = 0.6, 1.6, 0.1, 0.5
MEMORY_A_BYTE, MEMORY_BASE = 10, 300 * MEGABYTE

BARE = """
import sys, ifcopenshell, ifcopenshell.geom
from ifcopenshell.util.element import get_psets
model = ifcopenshell.open(sys.argv[1])
settings = ifcopenshell.geom.settings()
kernel = "hybrid-cgal-simple-opencascade"
iterator = ifcopenshell.geom.iterator(settings, model, 1, geometry_library=kernel)
more = iterator.initialize()
while more:
    shape = iterator.get().geometry
    bytes(shape.verts_buffer), bytes(shape.faces_buffer)
    more = iterator.next()
for product in model.by_type("IfcProduct"):
    get_psets(product)
"""
"""Reads all bodies, by the iterator in one thread, and all property sets, and keeps nothing."""

STRIP = """
import sys, ifcopenshell
model = ifcopenshell.open(sys.argv[1])
for kind in ("IfcRelDefinesByProperties", "IfcRelDefinesByType"):
    for one in model.by_type(kind):
        model.remove(one)
model.write(sys.argv[2])
"""
"""Writes a model without its property sets, none of which py3dtiles writes."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What a run made: bytes of tiles, and how many primitives there are to draw."""

    bytes: int
    draws: int


def run(quick: bool) -> Iterator[Row]:
    """Rows of each model. Raises usage.BenchError."""
    data = data_folder()
    models = [data / name for name in FILES if (data / name).is_file()]
    if not models:
        print(f"bench ifc: no IFC files at {data} (CITIVERSE_DATA).", file=sys.stderr)
        return
    peer = command_of("py3dtiles")
    for model in models:
        with room.folder(ROOM_BYTES) as folder:
            yield from _measure(model, Path(folder), peer, QUICK_RUNS if quick else FULL_RUNS)


def _measure(model: Path, folder: Path, peer: Sequence[str], runs: int) -> Iterator[Row]:
    scene, name = folder / "scene", model.stem
    ours = [usage_with(model, scene, workers=1) for _ in range(runs)]
    bare = [measure((sys.executable, "-c", BARE, str(model))) for _ in range(runs)]
    bare_s = statistics.median(one.cpu_s for one in bare)
    own = tuple(one.cpu_s for one in ours)
    versus = "ifcopenshell's iterator and all property sets"
    yield _row("cpu_of_bare_reading", name, tuple(one / bare_s for one in own), versus, BARE_GOAL)
    most = MEMORY_A_BYTE * model.stat().st_size + MEMORY_BASE
    peaks = tuple(one.peak_bytes / most for one in ours)
    yield _row("peak_memory", name, peaks, "10 times the file and 300 MB", 1.0)
    if not peer:
        return
    try:
        theirs = [_converted(peer, model, folder / "peer") for _ in range(runs)]
    except BenchError as error:
        problem = str(error).strip().splitlines()[-1]
        print(f"bench ifc: py3dtiles can't convert {model.name} ({problem}).", file=sys.stderr)
        return
    peer_s = statistics.median(one.cpu_s for one in theirs)
    versus = "py3dtiles convert --spec-version 1.1"
    yield _row("cpu_of_py3dtiles", name, tuple(one / peer_s for one in own), versus, PEER_GOAL)
    plain = folder / model.name
    measure((sys.executable, "-c", STRIP, str(model), str(plain)))
    measure((sys.executable, "-m", "citiverse", "tile", str(plain), "-o", str(scene)))
    mine, other = _made(_leaves(scene)), _made((folder / "peer").rglob("*.glb"))
    yield _row("draws_of_py3dtiles", name, (mine.draws / other.draws,), versus, DRAWS_GOAL)
    versus += ", of the model without property sets"
    yield _row("bytes_of_py3dtiles", name, (mine.bytes / other.bytes,), versus, BYTES_GOAL)


def _row(metric: str, name: str, values: tuple[float, ...], versus: str, goal: float) -> Row:
    return Row("ifc", f"{metric}_{name}", values, "ratio", versus, goal)


def _converted(peer: Sequence[str], model: Path, folder: Path) -> Usage:
    shutil.rmtree(folder, ignore_errors=True)
    options = ("--out", str(folder), "--spec-version", "1.1", "--jobs", "1")
    return measure((*peer, "convert", str(model), *options))


def _leaves(scene: Path) -> Iterator[Path]:
    """The tiles that show all of the building as it is, and none of the ground."""
    for tileset in sorted(scene.glob("tiles/*/tileset.json")):
        if tileset.parent.name != "ground":
            waiting: list[dict[str, Any]] = [json.loads(tileset.read_bytes())["root"]]
            while waiting:
                tile = waiting.pop()
                waiting += tile.get("children", [])
                if not tile.get("children"):
                    yield tileset.parent / tile["content"]["uri"]


def _made(tiles: Iterator[Path]) -> _Made:
    size = draws = 0
    for path in tiles:
        data = path.read_bytes()
        size += len(data)
        (length,) = struct.unpack_from("<I", data, 12)
        document = json.loads(data[20 : 20 + length])
        draws += sum(len(mesh["primitives"]) for mesh in document.get("meshes", ()))
    if not draws:
        raise BenchError("there is nothing to draw in what was made")
    return _Made(size, draws)
