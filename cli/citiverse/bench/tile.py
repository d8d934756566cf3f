"""`citiverse bench tile`: what tiling costs beside merely parsing the same file."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse import room
from citiverse.bench import big_city
from citiverse.bench.row import Row
from citiverse.bench.sources import CITIES, VERSIONS, sources
from citiverse.bench.tile_runs import cpu_growth, speed_up, textured, usage_with
from citiverse.bench.usage import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.sources import Source

MEGABYTE = 1_000_000
FULL_BYTES, QUICK_BYTES = 240 * MEGABYTE, 24 * MEGABYTE
FULL_RUNS, QUICK_RUNS = 3, 1
ROOM = 4
"""The input, a scene, and what the tiler keeps while it works, in sizes of the input."""

CPU_GOAL = 10.0
GROWTH_GOAL = 11.0
MEMORY_GOAL = 1.15
PARSE = "import sys, lxml.etree; lxml.etree.parse(sys.argv[1])"


def run(quick: bool) -> Iterator[Row]:
    """What each source costs, then what textures do. Raises usage.BenchError."""
    for source in sources((*CITIES, *VERSIONS)):
        with room.folder(ROOM * (QUICK_BYTES if quick else FULL_BYTES)) as folder:
            yield from _measure(source, Path(folder), quick)
    with room.folder(ROOM * QUICK_BYTES) as folder:
        yield from textured(Path(folder), QUICK_RUNS if quick else FULL_RUNS)


def _measure(source: Source, folder: Path, quick: bool) -> Iterator[Row]:
    size = QUICK_BYTES if quick else FULL_BYTES
    runs = QUICK_RUNS if quick else FULL_RUNS
    big, small = folder / "big.gml", folder / "small.gml"
    template = big_city.read(source.file(folder))
    big_city.write(template, big, size)
    big_city.write(template, small, size // 10)
    del template
    megabytes = big.stat().st_size / MEGABYTE

    parses = [measure((sys.executable, "-c", PARSE, str(big))) for _ in range(runs)]
    tiles = [usage_with(big, folder / f"big-{number}", workers=1) for number in range(runs)]
    tenths = [usage_with(small, folder / f"small-{number}", workers=1) for number in range(runs)]

    parse_s = statistics.median(parse.cpu_s for parse in parses)
    tenth_bytes = statistics.median(tenth.peak_bytes for tenth in tenths)
    about = f"{megabytes:.0f} MB of {source.name}"
    yield Row(
        "tile",
        f"cpu_ratio_{source.name}",
        tuple(tile.cpu_s / parse_s for tile in tiles),
        "ratio",
        f"lxml full parse, {about}",
        CPU_GOAL,
    )
    yield Row(
        "tile",
        f"cpu_growth_{source.name}",
        cpu_growth(tiles, tenths),
        "ratio",
        f"a tenth of the input, {about}",
        GROWTH_GOAL,
    )
    yield Row(
        "tile",
        f"peak_memory_ratio_{source.name}",
        tuple(tile.peak_bytes / tenth_bytes for tile in tiles),
        "ratio",
        f"a tenth of the input, {about}",
        MEMORY_GOAL,
    )
    yield Row(
        "tile",
        f"peak_memory_{source.name}",
        tuple(tile.peak_bytes / MEGABYTE for tile in tiles),
        "MB",
        about,
    )
    yield Row(
        "tile",
        f"rate_{source.name}",
        tuple(megabytes / tile.cpu_s for tile in tiles),
        "MB per CPU second",
        about,
        direction="min",
    )
    yield from speed_up(big, folder, source.name, runs)
