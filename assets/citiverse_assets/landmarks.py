"""What one steers by in Ellerhaven: town hall, church, quay, school, mill and light."""

from __future__ import annotations

import math
from dataclasses import replace

from citiverse_assets import terrain
from citiverse_assets.houses import Building, stand
from citiverse_assets.plan import Point, mix, rectangle
from citiverse_assets.shapes import Footprint, Roof, Solid

TOWN_HALL = "Town Hall"
ICE_HOUSE = "Ice House"
MILL_AT: Point = (52.0, 350.0)


def landmarks() -> tuple[Building, ...]:
    """All of them, at their places."""
    plain = (town_hall(), church(), school(), slab(), *warehouses(), customs_house())
    all_of_them = (*plain, lighthouse(), windmill())
    return tuple(replace(each, story=STORIES.get(each.name, "")) for each in all_of_them)


STORIES = {
    TOWN_HALL: "The clock in its tower is three minutes fast, so that nobody misses the ferry.",
    "St Nicholas": "Its spire has guided ships into the harbour since 1386.",
    "Harbour School": "Its bell is that of the steamer Fortuna.",
    "Lighthouse Flats": "The lift house once carried a light, to make up for the view it took.",
    "Customs House": "Smugglers paid their fines in the front room and did business in the back.",
    ICE_HOUSE: "Ice from the pond kept here until August.",
    "Warehouse 3": "Empty since 1998. The town is asking what should become of the warehouses.",
    "Mole Light": "Green since 1887. Stand below it and look back at the town.",
    "Henriette's Mill": "Its sails were set to tell the ships how much wind to expect.",
}


def town_hall() -> Building:
    """On the north side of Market Square, with a tower in the middle of its front."""
    hall = stand(rectangle((0.0, 104.0), 180.0, 40.0, 15.0), 11.2, Roof.HIPPED, 0.9)
    tower = stand(rectangle((0.0, 98.0), 180.0, 7.0, 6.0), 25.0, Roof.TENTED, 2.2)
    parts = (hall, _on(hall, tower))
    return Building(TOWN_HALL, "town hall", 1742, 3, "Market Square", "13", parts, detailed=True)


def church() -> Building:
    """St Nicholas at the top of Church Hill: spire, nave and a low choir, from west to east."""
    tower = stand(rectangle((-122.0, 226.0), 270.0, 9.0, 9.0), 24.0, Roof.TENTED, 5.2)
    nave = stand(rectangle((-113.0, 226.0), 270.0, 14.0, 30.0), 11.5, Roof.GABLE_ACROSS, 1.25)
    choir = stand(rectangle((-83.0, 226.0), 270.0, 9.0, 10.0), 8.5, Roof.GABLE_ACROSS, 1.2)
    parts = (nave, _on(nave, tower), _on(nave, choir))
    return Building("St Nicholas", "church", 1386, 1, "Church Close", "1", parts, detailed=True)


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
            Building(
                name,
                "warehouse",
                1868 + index * 3,
                2 if index == 5 else 4,
                "The Quay",
                str(index + 1),
                (solid,),
                detailed=True,
            )
        )
    return tuple(made)


def customs_house() -> Building:
    """East of the open end of the square, looking over the water."""
    solid = stand(rectangle((52.0, 14.0), 180.0, 17.0, 13.0), 7.4, Roof.HIPPED, 0.85)
    return Building("Customs House", "office", 1821, 2, "The Quay", "9", (solid,), detailed=True)


def lighthouse() -> Building:
    """At the end of the mole: a white tower, a gallery, a lantern."""
    at = terrain.MOLE[-1]
    foot = round(terrain.height_m(*at) - 0.3, 2)
    heights = ((2.3, 0.0, 11.5, 0.66), (2.1, 11.5, 12.2, 1.0), (1.15, 12.2, 14.4, 1.0))
    parts = [
        Solid(octagon(at, radius), foot + low, foot + high, foot + high, Roof.FLAT, taper)
        for radius, low, high, taper in heights
    ]
    lantern = replace(parts[2], roof=Roof.TENTED, ridge=foot + 15.9)
    return Building("Mole Light", "lighthouse", 1887, 4, "The Mole", "1", (*parts[:2], lantern))


def windmill() -> Building:
    """On top of the hill; its sails are furniture."""
    foot = round(min(terrain.height_m(*p) for p in octagon(MILL_AT, 4.4)) - 0.1, 2)
    tower = Solid(octagon(MILL_AT, 4.4), foot, foot + 10.5, foot + 10.5, Roof.FLAT, 0.62)
    cap = Solid(octagon(MILL_AT, 3.1), foot + 10.5, foot + 11.4, foot + 14.0, Roof.TENTED)
    return Building("Henriette's Mill", "mill", 1803, 3, "Mill Green", "1", (tower, cap))


def octagon(middle: Point, radius: float) -> Footprint:
    """Eight corners, counter-clockwise, with a side towards the south."""
    turns = (math.radians(-112.5 + 45.0 * i) for i in range(8))
    return tuple(
        (middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn)) for turn in turns
    )


def _on(main: Solid, part: Solid) -> Solid:
    """The part with the floor of the building that it belongs to."""
    lowest = min(terrain.height_m(x, y) for x, y in part.footprint)
    return replace(part, base=min(main.base, round(lowest, 2)))
