"""`citiverse bench metropolis`: a million buildings through the real pipeline, and a tenth."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from citiverse.bench import big_city
from citiverse.bench.row import Row
from citiverse.bench.sources import sources
from citiverse.bench.usage import Usage, measure
from citiverse.bench.varied_city import Metropolis, quarter
from citiverse.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL, QUICK = 1_000_000, 20_000
TIME_GOAL, MEMORY_GOAL = 11.0, 1.15
CRS, EAST, NORTH = "EPSG:25833", 370_000.0, 5_807_000.0
"""Where it stands: the quarters' own places are hundreds of kilometres apart."""

MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class _Tiled:
    """A metropolis that was tiled."""

    buildings: int
    source_bytes: int
    scene_bytes: int
    tiles: int
    wall_s: float
    usage: Usage


def run(quick: bool) -> Iterator[Row]:
    """What a metropolis costs, beside one of a tenth. Raises usage.BenchError, OSError."""
    with TemporaryDirectory(prefix="citiverse-bench-") as folder:
        files = [source.file(Path(folder)) for source in sources()]
        quarters = tuple(quarter(big_city.read(file)) for file in files)
    buildings = QUICK if quick else FULL
    small = _tiled(Metropolis(quarters, EAST, NORTH, buildings // 10))
    big = _tiled(Metropolis(quarters, EAST, NORTH, buildings))
    about = f"{big.buildings:,} buildings, {big.source_bytes / MEGABYTE:,.0f} MB of CityGML"
    tenth = f"{small.buildings:,} buildings"
    per_building = small.buildings / big.buildings * 10
    yield Row("metropolis", "wall", (big.wall_s,), "s", about)
    yield Row("metropolis", "cpu", (big.usage.cpu_s,), "s", about)
    yield Row("metropolis", "peak_memory", (big.usage.peak_bytes / MEGABYTE,), "MB", about)
    yield Row("metropolis", "scene", (big.scene_bytes / MEGABYTE,), "MB", about)
    yield Row("metropolis", "scene_per_building", (big.scene_bytes / big.buildings,), "B", about)
    yield Row("metropolis", "tiles", (float(big.tiles),), "tiles", about)
    ratio = big.usage.cpu_s / small.usage.cpu_s * per_building
    yield Row("metropolis", "cpu_for_ten_times", (ratio,), "ratio", tenth, TIME_GOAL)
    ratio = big.usage.peak_bytes / small.usage.peak_bytes
    yield Row("metropolis", "memory_for_ten_times", (ratio,), "ratio", tenth, MEMORY_GOAL)


def _tiled(metropolis: Metropolis) -> _Tiled:
    """Write it, tile it in a process of its own, weigh the scene, and remove both."""
    with TemporaryDirectory(prefix="citiverse-bench-") as name:
        folder = Path(name)
        paths = tuple(folder / f"part-{kind}.gml" for kind in range(len(metropolis.quarters)))
        buildings = metropolis.write(paths)
        scene = folder / "metropolis"
        command = (sys.executable, "-m", "citiverse", "tile", *map(str, paths), "-o", str(scene))
        began = time.monotonic()
        usage = measure((*command, "--crs", CRS), (Exit.DONE, Exit.DONE_WITH_LOSSES))
        wall_s = time.monotonic() - began
        layers = json.loads((scene / "scene.json").read_bytes())["layers"]
        return _Tiled(
            buildings,
            sum(path.stat().st_size for path in paths),
            sum(path.stat().st_size for path in scene.rglob("*") if path.is_file()),
            sum(layer["tiles"] for layer in layers),
            wall_s,
            usage,
        )
