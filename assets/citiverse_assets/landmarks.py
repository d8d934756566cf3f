"""What one steers by in Ellerhaven: town hall, church, warehouses, school and the 1960s block."""

from __future__ import annotations

from dataclasses import replace

from citiverse_assets import terrain
from citiverse_assets.houses import Building, stand
from citiverse_assets.plan import Point, mix, rectangle
from citiverse_assets.shapes import Roof, Solid

TOWN_HALL = "Town Hall"
ICE_HOUSE = "Ice House"


def landmarks() -> tuple[Building, ...]:
    """All of them, at their places."""
    return (town_hall(), church(), school(), slab(), *warehouses(), customs_house())


def town_hall() -> Building:
    """On the north side of Market Square, with a tower in the middle of its front."""
    hall = stand(rectangle((0.0, 104.0), 180.0, 40.0, 15.0), 11.2, Roof.HIPPED, 0.9)
    tower = stand(rectangle((0.0, 98.0), 180.0, 7.0, 6.0), 25.0, Roof.TENTED, 2.2)
    parts = (hall, _on(hall, tower))
    return Building(TOWN_HALL, "town hall", 1742, 3, "Market Square", "13", parts)


def church() -> Building:
    """St Nicholas at the top of Church Hill: spire, nave and a low choir, from west to east."""
    tower = stand(rectangle((-122.0, 226.0), 270.0, 9.0, 9.0), 24.0, Roof.TENTED, 5.2)
    nave = stand(rectangle((-113.0, 226.0), 270.0, 14.0, 30.0), 11.5, Roof.GABLE_ACROSS, 1.25)
    choir = stand(rectangle((-83.0, 226.0), 270.0, 9.0, 10.0), 8.5, Roof.GABLE_ACROSS, 1.2)
    parts = (nave, _on(nave, tower), _on(nave, choir))
    return Building("St Nicholas", "church", 1386, 1, "Church Close", "1", parts)


def school() -> Building:
    """Two wings and a gym, from 1908 and 1974, where the hill levels out."""
    north = stand(rectangle((30.0, 232.0), 180.0, 46.0, 13.0), 10.2, Roof.HIPPED, 0.7)
    west = stand(rectangle((0.5, 219.0), 90.0, 26.0, 13.0), 10.2, Roof.HIPPED, 0.7)
    gym = stand(rectangle((70.0, 228.0), 180.0, 26.0, 16.0), 7.0, Roof.FLAT, 0.0)
    return Building("Harbour School", "school", 1908, 3, "School Green", "1", (north, west, gym))


def slab() -> Building:
    """A block of flats from 1964, seen from everywhere, with its lift house on the roof."""
    block = stand(rectangle((-178.0, 190.0), 110.0, 52.0, 12.0), 17.4, Roof.FLAT, 0.0)
    middle = mix(mix(block.footprint[0], block.footprint[1], 0.5), block.footprint[2], 0.2)
    lift = Solid(
        rectangle(middle, 110.0, 8.0, 5.0),
        block.eaves,
        round(block.eaves + 2.8, 2),
        round(block.eaves + 2.8, 2),
        Roof.FLAT,
    )
    return Building("Lighthouse Flats", "flats", 1964, 6, "Gull Lane", "100", (block, lift))


def warehouses() -> tuple[Building, ...]:
    """Brick warehouses, gable by gable along the quay, and the ice house at their end."""
    made = []
    for index, (width, walls) in enumerate(
        ((14.0, 12.6), (12.5, 11.4), (15.0, 13.4), (13.0, 12.0), (14.5, 12.8), (10.0, 6.0))
    ):
        front: Point = (-172.0 + index * 17.6 + width / 2, 12.0)
        solid = stand(rectangle(front, 180.0, width, 19.0), walls, Roof.GABLE_ACROSS, 1.05)
        name = ICE_HOUSE if index == 5 else f"Warehouse {index + 1}"
        made.append(
            Building(name, "warehouse", 1868 + index * 3, 4, "The Quay", str(index + 1), (solid,))
        )
    return tuple(made)


def customs_house() -> Building:
    """East of the open end of the square, looking over the water."""
    solid = stand(rectangle((52.0, 14.0), 180.0, 17.0, 13.0), 7.4, Roof.HIPPED, 0.85)
    return Building("Customs House", "office", 1821, 2, "The Quay", "9", (solid,))


def _on(main: Solid, part: Solid) -> Solid:
    """The part with the floor of the building that it belongs to."""
    lowest = min(terrain.height_m(x, y) for x, y in part.footprint)
    return replace(part, base=min(main.base, round(lowest, 2)))
