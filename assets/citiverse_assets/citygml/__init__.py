"""Writes the town as CityGML 2.0 (OGC 12-019), so that the demo goes the way of any other city.

Coordinates: EPSG:25832, heights in metres, taken as given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.citygml import buildings as _buildings
from citiverse_assets.citygml import gml as _gml
from citiverse_assets.citygml import land as _land
from citiverse_assets.citygml import objects as _objects
from citiverse_assets.citygml.buildings import gml_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citiverse_assets.houses import Building
    from citiverse_assets.town import Town

__all__ = ["gml_id", "write", "write_town"]

LOWEST_M, HIGHEST_M = -6.0, 90.0
"""Nothing of the town lies below or above."""


def write(buildings: Iterable[Building], path: Path) -> None:
    """Write a city model of these buildings and of nothing else. Raises OSError."""
    made = tuple(buildings)
    points = [point for building in made for solid in building.solids for point in solid.footprint]
    (west, east), (south, north) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_gml.HEAD)
        file.write(_gml.envelope((west, south, LOWEST_M), (east, north, HIGHEST_M)))
        for building in made:
            file.writelines(_buildings.member(building))
        file.write(_gml.TAIL)


def write_town(town: Town, path: Path) -> None:
    """Write a whole town, district by district; memory holds one of them. Raises OSError."""
    west, south, east, north = town.box
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_gml.HEAD)
        file.write(_gml.envelope((west, south, LOWEST_M), (east, north, HIGHEST_M)))
        forms = _objects.Forms()
        for district in town.districts():
            file.writelines(_land.relief(district.ground, _gml.slug("terrain", district.name)))
            file.writelines(_land.members(district.surfaces, district.stories))
            for building in district.buildings:
                file.writelines(_buildings.member(building))
            for number, plant in enumerate(district.plants, 1):
                identity = _gml.slug("tree", district.name, str(number))
                file.writelines(_objects.plant(plant, identity, forms))
            for number, piece in enumerate(district.pieces, 1):
                identity = _gml.slug(piece.form.name, district.name, str(number))
                file.writelines(_objects.piece(piece, identity, forms))
        file.write(_gml.TAIL)
