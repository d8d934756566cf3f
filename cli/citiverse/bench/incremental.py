"""`citiverse bench incremental`: what one changed building costs beside a whole city."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from citiverse import room
from citiverse.bench import big_city
from citiverse.bench.metropolis import CRS, EAST, NORTH
from citiverse.bench.row import Row
from citiverse.bench.sources import sources
from citiverse.bench.usage import BenchError
from citiverse.bench.varied_city import Metropolis, quarter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (3_000, 30_000)
BYTES_A_BUILDING = 45_000
"""Of its source, of the changed copy, and of the scene while it is made."""

GOAL = 0.05
_MEMBER = re.compile(rb"<((?:\w+:)?cityObjectMember)>")
_HEIGHTS = re.compile(rb"(<(?:\w+:)?posList[^>]*>)([^<]+)")
_PROGRAM = """
import json, resource, sys
from pathlib import Path
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

def spent():
    each = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in each)

read = 0.0
def progress(stage, done, total):
    global read
    if stage.startswith("reading"):
        read = spent()

crs, scene, *files = sys.argv[1:]
tile(TileOptions(tuple(map(Path, files)), Path(scene), crs=crs), progress)
print(json.dumps([read, spent() - read]))
"""


class Cost(NamedTuple):
    """CPU seconds of a process and all that it started: until all is read, and past that."""

    reading: float
    past: float


def run(quick: bool) -> Iterator[Row]:
    """Each change beside the whole, for a small and a larger city. Raises BenchError, OSError."""
    with TemporaryDirectory(prefix="citiverse-bench-") as folder:
        quarters = tuple(quarter(big_city.read(one.file(Path(folder)))) for one in sources())
    for size in SIZES[:1] if quick else SIZES:
        with room.folder(BYTES_A_BUILDING * size) as name:
            yield from _measured(Metropolis(quarters, EAST, NORTH, size), Path(name))


def _measured(metropolis: Metropolis, folder: Path) -> Iterator[Row]:
    files = tuple(folder / f"part-{kind}.gml" for kind in range(len(metropolis.quarters)))
    buildings = metropolis.write(files)
    scene = folder / "scene"
    whole = _cost(scene, files)
    before = folder / "before"
    shutil.copytree(scene, before)
    source = files[0].read_bytes()
    about = f"a full run of {buildings:,} buildings"
    for name, change in CHANGES:
        shutil.rmtree(scene)
        shutil.copytree(before, scene)
        files[0].write_bytes(change(source))
        again = _cost(scene, files)
        share = again.past / whole.past
        of_all = (again.reading + again.past) / (whole.reading + whole.past)
        yield Row("incremental", f"past_reading_{name}_{buildings}", (share,), "ratio", about, GOAL)
        yield Row("incremental", f"whole_{name}_{buildings}", (of_all,), "ratio", about)
        yield Row("incremental", f"cpu_past_reading_{name}_{buildings}", (again.past,), "s", about)
    yield Row("incremental", f"cpu_past_reading_{buildings}", (whole.past,), "s", about)


def _cost(scene: Path, files: tuple[Path, ...]) -> Cost:
    done = subprocess.run(
        (sys.executable, "-c", _PROGRAM, CRS, str(scene), *map(str, files)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(done.stderr[-2000:])
    return Cost(*json.loads(done.stdout))


def raised(city: bytes) -> bytes:
    """The city with what is above the ground of the building in the middle 1 m higher."""
    start, end = _member(city, len(city) // 2)

    def higher(match: re.Match[bytes]) -> bytes:
        words = match[2].split()
        heights = [float(word) for word in words[2::3]]
        low = min(heights)
        words[2::3] = [b"%.3f" % (height + (height > low + 1)) for height in heights]
        return match[1] + b" ".join(words)

    return city[:start] + _HEIGHTS.sub(higher, city[start:end]) + city[end:]


def described(city: bytes) -> bytes:
    """The city with one more attribute value: another function of the building in the middle."""
    start, end = _member(city, len(city) // 2)
    changed = re.sub(rb"(:function[^>]*>)[^<]*", rb"\g<1>31001_9999", city[start:end], count=1)
    return city[:start] + changed + city[end:]


def without_one(city: bytes) -> bytes:
    """The city without the building in the middle."""
    start, end = _member(city, len(city) // 2)
    return city[:start] + city[end:]


def without_the_first(city: bytes) -> bytes:
    """The city without its first building."""
    start, end = _member(city, 0)
    return city[:start] + city[end:]


def with_one_more(city: bytes) -> bytes:
    """The city with a new building, 7 m beside the one in the middle and like it."""
    start, end = _member(city, len(city) // 2)

    def aside(match: re.Match[bytes]) -> bytes:
        words = match[2].split()
        words[::3] = [b"%.3f" % (float(word) + 7) for word in words[::3]]
        return match[1] + b" ".join(words)

    copy = re.sub(rb'(gml:id="|xlink:href="#)', rb"\1again-", city[start:end])
    return city[:end] + _HEIGHTS.sub(aside, copy) + city[end:]


CHANGES: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("roof_moved", raised),
    ("attribute_changed", described),
    ("one_removed", without_one),
    ("first_removed", without_the_first),
    ("one_added", with_one_more),
)


def _member(city: bytes, after: int) -> tuple[int, int]:
    """Where the first whole member beyond a place begins and ends."""
    found = _MEMBER.search(city, after)
    if found is None:
        raise BenchError("the city has no members")
    closing = b"</" + found[1] + b">"
    return found.start(), city.index(closing, found.end()) + len(closing)
