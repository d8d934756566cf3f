"""Dense districts with all that can be seen in them: the town enlarged, real blocks repeated."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse.bench import big_cityjson
from citiverse.bench.sources import data_folder
from citiverse_assets import citygml, town
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILDINGS = 500
BLOCKS = ("cityjson-delft", "cityjson-delft/delft.city.json")
CRS = "EPSG:28992"


@dataclass(frozen=True, slots=True)
class District:
    """A scene with visibility.bin; `about` says what it is made of."""

    name: str
    about: str
    scene: Path


def districts(folder: Path) -> Iterator[District]:
    """Each is tiled when it is asked for. Raises errors of the tiler, `OSError`."""
    yield _town(folder)
    name, file = BLOCKS
    source = data_folder() / file
    if not source.is_file():
        print(f"bench visit: no {name} at {data_folder()} (CITIVERSE_DATA).", file=sys.stderr)
        return
    path, scene = folder / "blocks.city.json", folder / "blocks"
    buildings = big_cityjson.write(source, path, BUILDINGS, CRS)
    tile(TileOptions((path,), scene, visibility=True))
    yield District("blocks", f"real blocks of {name} repeated to {buildings} buildings", scene)


def _town(folder: Path) -> District:
    path, scene = folder / "town.gml", folder / "town"
    citygml.write_town(town.Town(buildings=BUILDINGS), path)
    tile(TileOptions((path,), scene, visibility=True))
    return District("town", f"the demo town enlarged to about {BUILDINGS} buildings", scene)
