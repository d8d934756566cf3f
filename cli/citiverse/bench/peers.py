"""`citiverse bench peers`: what others' converters cost beside ours, on the same files."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse import room
from citiverse.bench import big_city, big_cityjson
from citiverse.bench.repository import SCRIPTS, told
from citiverse.bench.row import Row
from citiverse.bench.sources import CITIES, data_folder
from citiverse.bench.tile import MEGABYTE
from citiverse.bench.tile_runs import usage_with
from citiverse.bench.usage import BenchError, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCRIPT = "peers.py"
ROOM_BYTES = 400 * MEGABYTE

GML_GOAL, JSON_GOAL = 5.0, 20.0
FULL_RUNS, QUICK_RUNS = 3, 1
GML_BYTES = 24 * MEGABYTE
FULL_BUILDINGS, QUICK_BUILDINGS = 1000, 100

POTSDAM = dict(CITIES)["potsdam-lod1"]
POTSDAM_CRS = "urn:ogc:def:crs,crs:EPSG:6.12:25833,crs:EPSG:6.12:5783"
POTSDAM_PROJ = "+proj=utm +zone=33 +ellps=GRS80 +units=m +no_defs"
ROTTERDAM = "cityjson-rotterdam/rotterdam_subset.city.json"
ROTTERDAM_CRS = "EPSG:7415"


@dataclass(frozen=True, slots=True)
class _Race:
    """A file for both, and the peer's command for it, which makes `made`."""

    metric: str
    versus: str
    file: Path
    command: tuple[str, ...]
    made: Path
    goal: float


def run(quick: bool) -> Iterator[Row]:
    """The peer's CPU time over ours for each file. Raises usage.BenchError."""
    data = data_folder()
    if not (data / POTSDAM).is_file() or not (data / ROTTERDAM).is_file():
        print(f"bench peers: no city data at {data} (CITIVERSE_DATA).", file=sys.stderr)
        return
    with room.folder(ROOM_BYTES) as place:
        folder = Path(place)
        runs = QUICK_RUNS if quick else FULL_RUNS
        for race in (*_citygml(data, folder, quick), *_cityjson(data, folder, quick)):
            yield _run(race, folder / "scene", runs)


def _citygml(data: Path, folder: Path, quick: bool) -> Iterator[_Race]:
    command = command_of("citygml-to-3dtiles")
    if not command:
        return
    sizes = (data / POTSDAM).stat().st_size, *(() if quick else (GML_BYTES,))
    template = big_city.read(data / POTSDAM)
    for size in sizes:
        file, made = folder / f"potsdam-{size}.gml", folder / "peer"
        big_city.write(template, file, size)
        megabytes = file.stat().st_size / MEGABYTE
        yield _Race(
            f"cpu_of_citygml_to_3dtiles_{megabytes:.0f}_mb",
            f"npm citygml-to-3dtiles, {megabytes:.1f} MB of potsdam-lod1",
            file,
            (*command, str(file), str(made), POTSDAM_CRS, POTSDAM_PROJ),
            made,
            GML_GOAL,
        )


def _cityjson(data: Path, folder: Path, quick: bool) -> Iterator[_Race]:
    command = command_of("cjio")
    if not command:
        return
    file, made = folder / "rotterdam.city.json", folder / "peer.glb"
    wanted = QUICK_BUILDINGS if quick else FULL_BUILDINGS
    count = big_cityjson.write(data / ROTTERDAM, file, wanted, ROTTERDAM_CRS)
    yield _Race(
        f"cpu_of_cjio_export_glb_{count}_buildings",
        f"cjio export glb, {count:,} buildings of cityjson-rotterdam without textures",
        file,
        (*command, str(file), "export", "glb", str(made)),
        made,
        JSON_GOAL,
    )


def _run(race: _Race, scene: Path, runs: int) -> Row:
    ours = statistics.median(usage_with(race.file, scene, workers=1).cpu_s for _ in range(runs))
    theirs = []
    for _ in range(runs):
        theirs.append(measure(race.command).cpu_s)
        if race.made.is_dir():
            shutil.rmtree(race.made)
        else:
            race.made.unlink()
    ratios = tuple(cpu_s / ours for cpu_s in theirs)
    return Row("peers", race.metric, ratios, "times ours", race.versus, race.goal, "min")


def command_of(name: str) -> Sequence[str]:
    """The command that runs another's program; empty, and said, where it can't be had."""
    if not (SCRIPTS / SCRIPT).is_file():
        print(f"bench peers: {name} is fetched by scripts/ of the repository.", file=sys.stderr)
        return ()
    try:
        command: list[str] = json.loads(told(SCRIPT, name))
    except BenchError as error:
        print(f"bench peers: {error}", file=sys.stderr)
        return ()
    return command
