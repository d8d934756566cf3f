"""Finds what can be seen from each cell of a scene, region by region, with all workers of a run.

Each region is surveyed once, then looked from; both are left on disk until all is done, so that a
run that was killed goes on where it ended. Memory is that of one region and those round it.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from citiverse_tiling.errors import SceneError
from citiverse_tiling.made import Recipe, code_digest
from citiverse_tiling.shared import share, shared
from citiverse_tiling.visibility.cells import blocks_seen
from citiverse_tiling.visibility.ground_plan import BLOCK_CELLS, Drawn, regions_of, survey
from citiverse_tiling.visibility.horizon import CELL_M
from citiverse_tiling.visibility.visibility_bin import DIGEST_BYTES, NAME, Shape, decode, head

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.options import Progress
    from citiverse_tiling.visibility.ground_plan import Region
    from citiverse_tiling.visibility.sight import Sights
    from citiverse_tiling.visibility.visibility_bin import Visibility
    from citiverse_tiling.workers import Team

_STAGE = "finding what can be seen from where"
_SURVEY, _LOOK = "survey", "look"


@dataclass(frozen=True, slots=True)
class Looking:
    """All that a worker needs: the tiles, what can be looked at, and where regions are left."""

    drawn: Drawn
    sights: Sights
    folder: Path


class VisibilitySummary(NamedTuple):
    """How many cells are known and bytes written; seconds of processor time, 0 where reused."""

    cells: int
    bytes: int
    cpu_s: float


class _Job(NamedTuple):
    looking: Path
    kind: str
    region: Region


class _Done(NamedTuple):
    cells: int
    cpu_s: float


def write_visibility(
    looking: Looking, path: Path, former: Path | None, team: Team, progress: Progress
) -> VisibilitySummary:
    """Write visibility.bin to `path`, or copy a `former` one that was made from the same."""
    digest = _made_from(looking)
    if former is not None and _is_made_from(former, digest):
        shutil.copyfile(former, path)
        return VisibilitySummary(_cells(_read(path)), path.stat().st_size, 0.0)
    looking.folder.mkdir(exist_ok=True)
    place = path.with_name(f"workbench-{looking.folder.name}-{os.urandom(8).hex()}")
    share(looking, place, is_here=team.is_here)
    regions = regions_of(looking.drawn)
    # Who looks needs the regions all round: none looks before all are surveyed.
    cells, cpu_s, done = 0, 0.0, 0
    for kind in (_SURVEY, _LOOK):
        for result in team.each(_work, (_Job(place, kind, region) for region in regions)):
            cells, cpu_s, done = cells + result.cells, cpu_s + result.cpu_s, done + 1
            progress(_STAGE, done, 2 * len(regions))
    _join([_file(looking, _LOOK, region) for region in regions], looking, digest, path)
    place.unlink(missing_ok=True)
    shutil.rmtree(looking.folder)
    return VisibilitySummary(cells, path.stat().st_size, cpu_s)


def _work(job: _Job) -> _Done:
    """Do one job, but where its file is there already."""
    began = time.process_time()
    looking = cast("Looking", shared(job.looking))
    path = _file(looking, job.kind, job.region)
    if job.kind == _SURVEY:
        if not path.exists():
            survey(looking.drawn, job.region, path)
        return _Done(0, time.process_time() - began)
    if not path.exists():
        _look(looking, job.region, path)
    return _Done(_cells(_read(path)), time.process_time() - began)


def _look(looking: Looking, region: Region, path: Path) -> None:
    """Write a region's blocks as a file of its own."""
    files = {one: _file(looking, _SURVEY, one) for one in regions_of(looking.drawn)}
    places, packed = [], []
    for block in blocks_seen(looking.sights, region, files):
        places.append(block.place)
        packed.append(block.packed())
    start = head(places, [len(data) for data in packed], _shape(looking))
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(start + b"".join(packed) + bytes(DIGEST_BYTES))
    unfinished.replace(path)


def _join(parts: list[Path], looking: Looking, digest: bytes, path: Path) -> None:
    """One file of all regions' blocks, sorted by their places."""
    found = [_read(part) for part in parts]
    order = sorted(
        (place, part, number)
        for part, known in enumerate(found)
        for number, place in enumerate(map(tuple, known.places.tolist()))
    )
    blocks = [found[part].packed(number) for _, part, number in order]
    with path.open("wb") as file:
        sizes = [len(block) for block in blocks]
        file.write(head([place for place, _, _ in order], sizes, _shape(looking)))
        file.writelines(blocks)
        file.write(digest)


def _read(path: Path) -> Visibility:
    """A file whose blocks are mapped into memory."""
    return decode(np.memmap(path, np.uint8, "r").data)


def _cells(known: Visibility) -> int:
    """How many cells something is known of."""
    blocks = (known.block(number) for number in range(len(known.places)))
    return sum(int(np.isfinite(block.highest).sum()) for block in blocks)


def _shape(looking: Looking) -> Shape:
    return Shape(BLOCK_CELLS, len(looking.drawn.table.parent), CELL_M)


def _file(looking: Looking, kind: str, region: Region) -> Path:
    return looking.folder / f"{kind}-{region[0]}-{region[1]}"


def _made_from(looking: Looking) -> bytes:
    """A digest of all that can be seen, and of what it hides behind."""
    table, recipe = looking.drawn.table, Recipe(NAME, code_digest())
    for one in fields(table):
        recipe.add(getattr(table, one.name))
    return recipe.add(looking.sights.boxes, looking.sights.starts).key


def _is_made_from(path: Path, digest: bytes) -> bool:
    try:
        return decode(path.read_bytes()).made_from == digest
    except (OSError, SceneError):
        return False
