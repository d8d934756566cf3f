"""Real open data that the README's pictures show, where it is at hand."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from citiverse_tiling.options import Attribution, TileOptions
from citiverse_tiling.pipeline import tile

DATA = Path(
    os.environ.get("CITIVERSE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


@dataclass(frozen=True)
class City:
    """Real open data of one place: folders and files below DATA, and who must be named."""

    name: str
    inputs: tuple[str, ...]
    title: str
    owner: str
    licence: str
    crs: str | None = None


CITIES = (
    City(
        "nrw",
        ("nrw-lod2",),
        "A village in North Rhine-Westphalia",
        "Geobasis NRW",
        "dl-de/zero-2-0",
    ),
    City(
        "potsdam",
        ("potsdam-lod1",),
        "Potsdam",
        "City of Potsdam; 3DCityDB, TU Berlin / TU Munich",
        "Apache-2.0",
    ),
    City(
        "haneda",
        ("plateau-tokyo-haneda",),
        "Haneda, Tokyo",
        "3D City Model (Project PLATEAU), MLIT Japan",
        "CC-BY-4.0",
    ),
    City(
        "ingolstadt",
        ("ingolstadt-lod3",),
        "Ingolstadt",
        "LOD3 Road Space Models, Benedikt Schwab et al., TU Munich / SAVeNoW",
        "CC-BY-SA-4.0",
    ),
    City(
        "testtown",
        ("testtown-lod3",),
        "A house in a test town",
        "citygml4j, Claus Nagel",
        "Apache-2.0",
    ),
    City(
        "delft",
        ("delft-terrain-ahn3/ahn3", "delft-terrain-ahn3/output"),
        "Delft",
        "AHN3, BGT, crops by TU Delft 3D geoinformation",
        "CC0-1.0, CC-BY-4.0",
        "EPSG:7415",
    ),
)


def real_cities(folder: Path, names: set[str]) -> tuple[Path, ...]:
    """Scenes of real open data of these names; none where the data isn't there."""
    if not DATA.is_dir():
        print(f"no real city data at {DATA}: only the town is drawn")
        return ()
    cities = [city for city in CITIES if city.name in names]
    for city in cities:
        tile(
            TileOptions(
                inputs=tuple(DATA / path for path in city.inputs),
                output=folder / city.name,
                crs=city.crs,
                name=city.name,
                title=city.title,
                attributions=(Attribution(city.owner, city.licence),),
            )
        )
    return tuple(folder / city.name for city in cities)
