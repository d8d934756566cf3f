"""What tiling costs in other ways: by two workers, and with textures."""

from __future__ import annotations

import shutil
import statistics
import sys
from typing import TYPE_CHECKING

from citiverse.bench.row import Row
from citiverse.bench.sources import data_folder
from citiverse.bench.usage import measure
from citiverse.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse.bench.usage import Usage

SPEED_UP_GOAL = 1.7
TEXTURED_GOAL = 3.0
TEXTURED = "testtown-lod3"


def speed_up(city: Path, folder: Path, name: str, runs: int) -> Iterator[Row]:
    """How much sooner two workers have made a scene than one."""
    ratios = []
    for number in range(runs):
        one = usage_with(city, folder / f"one-{number}", workers=1)
        two = usage_with(city, folder / f"two-{number}", workers=2)
        ratios.append(one.wall_s / two.wall_s)
    size = city.stat().st_size / 1e6
    yield Row(
        "tile",
        f"speed_up_2_workers_{name}",
        tuple(ratios),
        "ratio",
        f"wall time of 1 worker, {size:.0f} MB of {name}; means nothing where cores are busy",
        SPEED_UP_GOAL,
        direction="min",
    )


def textured(folder: Path, runs: int) -> Iterator[Row]:
    """What textures cost: a city with its images, and the same without them beside it."""
    found = sorted((data_folder() / TEXTURED).rglob("*.gml"))
    if not found:
        return
    (folder / "bare").mkdir()
    bare = folder / "bare" / found[0].name
    shutil.copyfile(found[0], bare)
    ratios = []
    for number in range(runs):
        whole = usage_with(found[0], folder / f"textured-{number}", workers=1)
        without = usage_with(bare, folder / f"bare-{number}", workers=1)
        ratios.append(whole.cpu_s / without.cpu_s)
    yield Row(
        "tile",
        "cpu_ratio_textured",
        tuple(ratios),
        "ratio",
        f"the same file without its images, {TEXTURED}",
        TEXTURED_GOAL,
    )


def usage_with(city: Path, scene: Path, workers: int) -> Usage:
    """What `citiverse tile` costs; the scene is removed. Raises usage.BenchError."""
    command = (sys.executable, "-m", "citiverse", "tile", str(city), "-o", str(scene), "--json")
    done = (Exit.DONE, Exit.DONE_WITH_LOSSES)
    usage = measure((*command, "--workers", str(workers)), done)
    shutil.rmtree(scene)
    return usage


def cpu_growth(bigs: list[Usage], smalls: list[Usage]) -> tuple[float, ...]:
    """How much more CPU ten times the city takes."""
    small = statistics.median(one.cpu_s for one in smalls)
    return tuple(big.cpu_s / small for big in bigs)
