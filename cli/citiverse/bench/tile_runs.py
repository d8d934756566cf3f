"""What tiling costs in other ways: by two workers, with textures, and where little has changed."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from citiverse.bench.row import Row
from citiverse.bench.sources import data_folder
from citiverse.bench.usage import BenchError, measure
from citiverse.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse.bench.usage import Usage

SPEED_UP_GOAL = 1.7
TEXTURED_GOAL = 3.0
INCREMENTAL_GOAL = 0.05
TEXTURED = "testtown-lod3"

_PAST_READING = """
import sys, time
from pathlib import Path
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
read = 0.0
def progress(stage, done, total):
    global read
    if stage.startswith("reading"):
        read = time.process_time()
tile(TileOptions((Path(sys.argv[1]),), Path(sys.argv[2])), progress)
print(time.process_time() - read)
"""
_HEIGHTS = re.compile(rb"(<(?:\w+:)?posList[^>]*>)([^<]+)")


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


def incremental(city: Path, folder: Path, name: str, runs: int) -> Iterator[Row]:
    """What one changed building costs beside all, past reading. Raises BenchError."""
    shares = []
    for number in range(runs):
        scene = folder / f"incremental-{number}"
        whole = _cpu_past_reading(city, scene)
        changed = folder / f"changed-{number}" / city.name
        changed.parent.mkdir()
        changed.write_bytes(_with_one_raised(city.read_bytes()))
        shares.append(_cpu_past_reading(changed, scene) / whole)
        shutil.rmtree(scene)
        changed.unlink()
    yield Row(
        "tile",
        f"incremental_share_{name}",
        tuple(shares),
        "ratio",
        f"CPU of all past reading; one building of {city.stat().st_size / 1e6:.0f} MB changed",
        INCREMENTAL_GOAL,
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


def _cpu_past_reading(city: Path, scene: Path) -> float:
    done = subprocess.run(
        (sys.executable, "-c", _PAST_READING, str(city), str(scene)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(done.stderr[-2000:])
    return float(done.stdout)


def _with_one_raised(city: bytes) -> bytes:
    """The city with what is above the ground of the building in the middle 1 m higher."""
    middle = city.index(b"cityObjectMember>", len(city) // 2) + 17
    start = city.index(b"cityObjectMember>", middle)
    end = city.index(b"cityObjectMember>", start + 17)

    def raised(match: re.Match[bytes]) -> bytes:
        words = match[2].split()
        heights = [float(word) for word in words[2::3]]
        low = min(heights)
        words[2::3] = [b"%.3f" % (height + (height > low + 1)) for height in heights]
        return match[1] + b" ".join(words)

    return city[:start] + _HEIGHTS.sub(raised, city[start:end]) + city[end:]
