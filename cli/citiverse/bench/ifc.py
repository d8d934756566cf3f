"""`citiverse bench ifc`: what tiling a building costs beside what else reads one."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citiverse import room
from citiverse.bench.ifc_rivals import rivals
from citiverse.bench.row import Row
from citiverse.bench.sources import data_folder
from citiverse.bench.tile import MEGABYTE
from citiverse.bench.tile_runs import usage_with
from citiverse.bench.usage import BenchError, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.ifc_rivals import Rival
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
DRAWS_GOAL, BYTES_GOAL, FRAGMENTS_BYTES_GOAL = 0.1, 0.5, 1.0
MEMORY_A_BYTE, MEMORY_BASE = 10, 300 * MEGABYTE

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
    for model in models:
        with room.folder(ROOM_BYTES) as folder:
            yield from _measure(model, Path(folder), QUICK_RUNS if quick else FULL_RUNS)


def _measure(model: Path, folder: Path, runs: int) -> Iterator[Row]:
    """Everybody reads the model in turn, so that a busy machine is as busy for all."""
    scene, found = folder / "scene", tuple(rivals(model, folder))
    usage_with(model, scene, workers=1)
    ours: list[Usage] = []
    ratios: dict[str, list[float]] = {one.name: [] for one in found}
    for _ in range(runs):
        ours.append(usage_with(model, scene, workers=1))
        for one in found:
            ratios[one.name].append(ours[-1].cpu_s / one.usage().cpu_s)
    for one in found:
        values = tuple(ratios[one.name])
        yield _row(f"cpu_of_{one.name}", model.stem, values, one.versus, one.goal)
    most = MEMORY_A_BYTE * model.stat().st_size + MEMORY_BASE
    peaks = tuple(one.peak_bytes / most for one in ours)
    yield _row("peak_memory", model.stem, peaks, "10 times the file and 300 MB", 1.0)
    for one in found:
        if one.name == "py3dtiles" and one.made is not None:
            yield from _tiles_beside(one, one.made, model, folder)
        if one.name == "fragments" and one.made is not None:
            yield _bytes_beside(one, one.made, model, scene)


def _tiles_beside(rival: Rival, made: Path, model: Path, folder: Path) -> Iterator[Row]:
    """Draws and bytes of the model's leaves beside those of another's tiles."""
    plain, scene = folder / model.name, folder / "scene"
    measure((sys.executable, "-c", STRIP, str(model), str(plain)))
    _tile(plain, scene)
    mine, other = _made(_leaves(scene)), _made(made.rglob("*.glb"))
    shutil.rmtree(scene)
    draws, size = mine.draws / other.draws, mine.bytes / other.bytes
    yield _row("draws_of_py3dtiles", model.stem, (draws,), rival.versus, DRAWS_GOAL)
    versus = f"{rival.versus}, of the model without property sets"
    yield _row("bytes_of_py3dtiles", model.stem, (size,), versus, BYTES_GOAL)


def _bytes_beside(rival: Rival, made: Path, model: Path, scene: Path) -> Row:
    """Bytes of the model's leaves, gzipped as they are sent, beside those of another's file."""
    _tile(model, scene)
    mine = sum(len(gzip.compress(tile.read_bytes(), 9)) for tile in _leaves(scene))
    size = mine / made.stat().st_size
    return _row("bytes_of_fragments", model.stem, (size,), rival.versus, FRAGMENTS_BYTES_GOAL)


def _tile(model: Path, scene: Path) -> None:
    measure((sys.executable, "-m", "citiverse", "tile", str(model), "-o", str(scene)))


def _row(metric: str, name: str, values: tuple[float, ...], versus: str, goal: float | None) -> Row:
    return Row("ifc", f"{metric}_{name}", values, "ratio", versus, goal)


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
