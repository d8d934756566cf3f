"""A street of lamps in real coordinates, all of one shape: drawn as copies of a mesh."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pyproj

from tiling.citygml_documents import ORIGIN, UTM
from tiling.town_documents import cube, furniture, implicit, town

if TYPE_CHECKING:
    from pathlib import Path

LAMPS = 60
APART_M = 2.0
SLIM_AND_TALL = "0.6 0 0 0 0 0.6 0 0 0 0 4 0 0 0 0 1"


def street() -> str:
    """The document: lamps from west to east, 0.6 m wide and 4 m high."""
    return town(
        *(
            furniture(
                implicit(
                    "frn:lod3ImplicitRepresentation",
                    "#lamp" if n else cube(1.0, "lamp"),
                    (APART_M * n, 0.0, 0.0),
                    SLIM_AND_TALL,
                ),
                f"lamp-{n}",
            )
            for n in range(LAMPS)
        )
    )


def on_map(number: int) -> tuple[float, float]:
    """Degrees east and north of a lamp, by PROJ alone."""
    to_degrees = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(ORIGIN[0] + APART_M * number, ORIGIN[1])
    return float(lon), float(lat)


def in_scene(scene: Path, number: int) -> tuple[float, float, float]:
    """The foot of a lamp in the scene frame."""
    query = "SELECT min_x + max_x, min_y + max_y, min_z FROM feature WHERE source_id = ?"
    with closing(sqlite3.connect(scene / "features.sqlite")) as connection:
        x, y, z = connection.execute(query, (f"lamp-{number}",)).fetchone()
    return x / 2, y / 2, z
