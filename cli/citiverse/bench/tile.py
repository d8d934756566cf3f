"""`citiverse bench tile`: what tiling costs beside merely parsing the same file."""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench import big_city, room
from citiverse.bench.row import Row
from citiverse.bench.sources import CITIES, VERSIONS, sources
from citiverse.bench.usage import measure
from citiverse.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.sources import Source
    from citiverse.bench.usage import Usage

MEGABYTE = 1_000_000
FULL_BYTES, QUICK_BYTES = 240 * MEGABYTE, 24 * MEGABYTE
FULL_RUNS, QUICK_RUNS = 3, 1
ROOM = 4
"""The input, a scene, and what the tiler keeps while it works, in sizes of the input."""

CPU_GOAL = 8.0
MEMORY_GOAL = 1.15
PARSE = "import sys, lxml.etree; lxml.etree.parse(sys.argv[1])"


def run(quick: bool) -> Iterator[Row]:
    """Two ratios and a rate for each source. Raises usage.BenchError."""
    for source in sources((*CITIES, *VERSIONS)):
        with room.folder(ROOM * (QUICK_BYTES if quick else FULL_BYTES)) as folder:
            yield from _measure(source, Path(folder), quick)


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
    tiles = [tile_usage(big, folder / f"big-{number}") for number in range(runs)]
    tenths = [tile_usage(small, folder / f"small-{number}") for number in range(runs)]

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


def tile_usage(city: Path, scene: Path) -> Usage:
    """What `citiverse tile` costs; the scene is removed. Raises usage.BenchError."""
    command = (sys.executable, "-m", "citiverse", "tile", str(city), "-o", str(scene), "--json")
    usage = measure(command, (Exit.DONE, Exit.DONE_WITH_LOSSES))
    shutil.rmtree(scene)
    return usage
