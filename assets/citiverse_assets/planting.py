"""Where the trees of the town stand: in rows where people planted them, free where they didn't."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from citiverse_assets import plants, terrain
from citiverse_assets.fields import polygon
from citiverse_assets.land import DRIVING_LANE, FOOTPATH, GREEN, KERB, SAND, WATER
from citiverse_assets.plan import along_line, mix, shift
from citiverse_assets.plants import Kind, Plant, grown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from citiverse_assets.fields import Box
    from citiverse_assets.houses import Building
    from citiverse_assets.land import Area
    from citiverse_assets.plan import Point

FROM_WALLS_M = 2.2
"""A trunk keeps at least this far from a wall."""

OAK_AT: Point = (146.5, 189.0)


class Site:
    """Knows where a trunk may stand: off roads, out of water, away from walls, not too dense."""

    def __init__(self, areas: Iterable[Area], buildings: Iterable[Building]) -> None:
        self._areas = tuple(areas)
        self._walls = tuple(
            polygon(solid.footprint) for building in buildings for solid in building.solids
        )
        self._trunks: list[Point] = []

    def take(self, at: Point, apart: float, paved: bool = False) -> bool:
        """True, and the place is taken, where a tree may stand; `paved` allows squares."""
        if any(math.dist(at, trunk) < apart for trunk in self._trunks):
            return False
        function = self.function_at(at)
        if function in (DRIVING_LANE, KERB, WATER) or (function == FOOTPATH and not paved):
            return False
        if self._near_wall(at):
            return False
        self._trunks.append(at)
        return True

    def function_at(self, at: Point, margin: float = 0.7) -> str:
        """What lies at a point, with a margin around all that isn't green."""
        x, y = np.array([at[0]]), np.array([at[1]])
        for area in self._areas:
            west, south, east, north = area.region.box
            if not (west - 1 <= at[0] <= east + 1 and south - 1 <= at[1] <= north + 1):
                continue
            if float(area.region.field(x, y)[0]) > -margin * (area.function not in (GREEN, SAND)):
                return area.function
        return ""

    def _near_wall(self, at: Point) -> bool:
        x, y = np.array([at[0]]), np.array([at[1]])
        for wall in self._walls:
            west, south, east, north = wall.box
            away = max(west - at[0], at[0] - east, south - at[1], at[1] - north)
            if away < FROM_WALLS_M and float(wall.field(x, y)[0]) > -FROM_WALLS_M:
                return True
        return False


def heart(
    areas: tuple[Area, ...], buildings: tuple[Building, ...], random: Random
) -> tuple[Plant, ...]:
    """All trees of the heart."""
    site = Site(areas, buildings)
    oak = grown(plants.OAK, OAK_AT, terrain.height_m(*OAK_AT), random, "The Harbour Master's Oak")
    site.take(OAK_AT, 0.0)
    return (
        oak,
        *_rows(site, random),
        *_park(site, random),
        *gardens(site, buildings, random),
        *_hill(site, random),
    )


def gardens(site: Site, buildings: Iterable[Building], random: Random) -> Iterator[Plant]:
    """Fruit trees and hazels behind the houses."""
    kinds = (plants.APPLE, plants.APPLE, plants.PEAR, plants.CHERRY, plants.HAZEL)
    for building in buildings:
        if "home" not in building.function or random.random() < 0.25:
            continue
        a, b, c, d = building.solids[0].footprint
        back, front = mix(c, d, random.random()), mix(a, b, 0.5)
        depth = math.dist(mix(c, d, 0.5), front)
        out = random.uniform(4.0, 9.0) / depth
        at = (back[0] + (c[0] - b[0]) * out, back[1] + (c[1] - b[1]) * out)
        yield from _tree(site, random.choice(kinds), at, 4.0, random)


def scattered(
    site: Site, kinds: tuple[Kind, ...], box: Box, count: int, apart: float, random: Random
) -> Iterator[Plant]:
    """Trees anywhere in a box where the site allows it."""
    for _ in range(count):
        at = (random.uniform(box[0], box[2]), random.uniform(box[1], box[3]))
        if terrain.height_m(*at) > 0.8:
            yield from _tree(site, random.choice(kinds), at, apart, random)


def rows(
    site: Site, kind: Kind, line: tuple[Point, ...], apart: float, off: float, random: Random
) -> Iterator[Plant]:
    """An avenue: trees on both sides of a line, `off` from it."""
    for point, normal in along_line(line, apart, apart / 2):
        for side in (-off, off):
            yield from _tree(site, kind, shift(point, normal, side), apart / 2, random)


def _rows(site: Site, random: Random) -> Iterator[Plant]:
    """The avenue on the quay and the lindens on the market."""
    for x in (*range(-196, -176, 10), *range(-66, -34, 10), *range(76, 210, 11)):
        yield from _tree(site, plants.PLANE, (float(x), 12.0), 6.0, random, paved=True)
    for x in (*range(-64, -34, 10), *range(78, 210, 11)):
        yield from _tree(site, plants.PLANE, (float(x), 26.0), 6.0, random, paved=True)
    for x in (-23.0, 23.0):
        for y in (50.0, 58.0, 70.0, 74.0, 82.0, 96.0):
            yield from _tree(site, plants.LINDEN, (x, y), 3.0, random, paved=True)
    for y in range(222, 246, 8):
        yield from _tree(site, plants.LINDEN, (-68.5, float(y)), 5.0, random)
    for x in range(-134, -66, 9):
        yield from _tree(site, plants.LINDEN, (float(x), 244.0), 5.0, random)
    for x in (12.0, 30.0, 48.0, 66.0):
        yield from _tree(site, plants.LINDEN, (x, 201.0), 5.0, random, paved=True)
    for y in range(128, 214, 7):
        x = 206.0 + 22.0 * (1.0 - abs(y - 172.0) / 46.0)
        yield from _tree(site, plants.POPLAR, (x, float(y)), 5.0, random)
    for x in range(-286, -232, 12):
        yield from _tree(site, plants.POPLAR, (float(x), 103.5), 5.0, random)


def _park(site: Site, random: Random) -> Iterator[Plant]:
    for turn in range(7):
        angle = turn * 0.9 + 0.35
        at = (
            terrain.POND[0] + 24.5 * math.cos(angle),
            terrain.POND[1] + 16.5 * math.sin(angle),
        )
        yield from _tree(site, plants.WILLOW, at, 9.0, random)
    trees = (plants.BIRCH, plants.BIRCH, plants.BIRCH, plants.BEECH, plants.HAZEL, plants.OAK)
    yield from scattered(site, trees, (126.0, 122.0, 226.0, 226.0), 130, 8.5, random)


def _hill(site: Site, random: Random) -> Iterator[Plant]:
    conifers = (plants.PINE, plants.PINE, plants.SPRUCE, plants.BIRCH)
    yield from scattered(site, conifers, (-282.0, 268.0, -90.0, 380.0), 70, 6.5, random)
    yield from scattered(site, conifers, (120.0, 250.0, 282.0, 380.0), 60, 6.5, random)
    wild = (plants.BEECH, plants.BIRCH, plants.HAZEL, plants.OAK)
    yield from scattered(site, wild, (-282.0, 110.0, -204.0, 270.0), 26, 9.0, random)
    yield from scattered(site, wild, (228.0, 104.0, 284.0, 250.0), 20, 9.0, random)
    yield from scattered(site, (plants.ROSE,), (-286.0, 4.0, -208.0, 34.0), 30, 2.2, random)
    yield from scattered(site, (plants.ROSE,), (220.0, 4.0, 286.0, 34.0), 30, 2.2, random)


def _tree(
    site: Site, kind: Kind, at: Point, apart: float, random: Random, paved: bool = False
) -> Iterator[Plant]:
    if site.take(at, apart, paved):
        yield grown(kind, at, terrain.height_m(*at), random)
