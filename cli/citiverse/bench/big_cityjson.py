"""Makes a CityJSON file of many buildings out of a small real one: copies side by side.

Each copy has new ids and vertices of its own. Textures and materials are left out.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

GAP_M = 50.0
_Indices: TypeAlias = "int | list[_Indices]"


def write(source: Path, path: Path, buildings: int, crs: str) -> int:
    """Write at least so many buildings, and give back how many they are.

    `crs` is an EPSG code, which replaces the source's. Raises OSError, ValueError, KeyError where
    the source isn't CityJSON with a transform and at least one building.
    """
    city: dict[str, Any] = json.loads(source.read_bytes())
    objects: dict[str, Any] = city["CityObjects"]
    vertices: list[list[int]] = city["vertices"]
    each = [item["type"] for item in objects.values()].count("Building")
    copies = math.ceil(buildings / each)
    columns = math.ceil(math.sqrt(copies))
    steps = [
        max(column) - min(column) + round(GAP_M / city["transform"]["scale"][axis])
        for axis, column in enumerate(list(zip(*vertices, strict=True))[:2])
    ]
    made: dict[str, Any] = {}
    points: list[list[int]] = []
    for number in range(copies):
        east, north = number % columns * steps[0], number // columns * steps[1]
        points += [[x + east, y + north, z] for x, y, z in vertices]
        for name, item in objects.items():
            made[f"{name}-copy-{number}"] = _copy(item, number, number * len(vertices))
    epsg = crs.rpartition(":")[2]
    metadata = {"referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{epsg}"}
    kept = {key: city[key] for key in ("type", "version", "transform")}
    path.write_text(
        json.dumps({**kept, "metadata": metadata, "CityObjects": made, "vertices": points})
    )
    return copies * each


def _copy(item: dict[str, Any], number: int, first_vertex: int) -> dict[str, Any]:
    """An object whose relatives are those of its copy, and whose points are its own."""
    relatives: dict[str, Any] = {
        key: [f"{name}-copy-{number}" for name in item[key]]
        for key in ("parents", "children")
        if key in item
    }
    geometries = [
        {
            **{key: value for key, value in geometry.items() if key not in ("texture", "material")},
            "boundaries": _shifted(geometry["boundaries"], first_vertex),
        }
        for geometry in item.get("geometry", ())
    ]
    return {**item, **relatives, "geometry": geometries}


def _shifted(indices: _Indices, by: int) -> _Indices:
    return indices + by if isinstance(indices, int) else [_shifted(one, by) for one in indices]
