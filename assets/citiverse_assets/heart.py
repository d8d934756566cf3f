"""The ground plan of the heart of Ellerhaven: street, square, quay, park, water and sand."""

from __future__ import annotations

import itertools

import numpy as np

from citiverse_assets import terrain
from citiverse_assets.fields import Array, Box, Region, ellipse, polygon, ribbon, ribbon_distance
from citiverse_assets.ground import Relief
from citiverse_assets.land import (
    DRIVING_LANE,
    FOOTPATH,
    GREEN,
    KERB,
    SAND,
    WATER,
    Area,
    Surfaces,
)
from citiverse_assets.plan import Point, Quad, smooth
from citiverse_assets.streets import LANES, Lane

BOX: Box = (-288.0, -192.0, 288.0, 384.0)

HARBOUR, POND, QUAY, MARKET = "Ellerhaven Harbour", "Mermaid Pond", "The Quay", "Market Square"
PARK, PLAYGROUND, CHURCH_CLOSE = "Mermaid Park", "Park Playground", "Church Close"
SCHOOL_GREEN, MOLE, BEACH, MILL_GREEN = "School Green", "The Mole", "The Strand", "Mill Green"

SHORE_TOLERANCE_M = 0.35
"""Water reaches this far under its shores, so that coarser triangles leave no gap."""

STONE_M, COPING_M, WALL_FOOT_M = 6.0, 1.99, -2.2
"""Length of a piece of the quay wall, and where its top and its foot are."""

KEPT_FREE: tuple[Quad, ...] = (((-31.9, 34.0), (31.9, 34.0), (31.9, 98.0), (-31.9, 98.0)),)
"""Market Square and its open way down to the quay; nothing is built here."""

PLAYGROUND_AT: Point = (146.0, 162.0)
PARK_PATHS: tuple[tuple[Point, ...], ...] = (
    ((138, 182), (146, 198), (160, 210), (182, 212), (204, 202), (208, 184), (198, 168)),
    ((138, 182), (146, 174), (164, 168), (184, 166), (198, 168)),
    ((198, 168), (194, 150), (182, 128), (180, 118)),
    ((164, 168), (158, 146), (152, 116)),
)


def areas() -> tuple[Area, ...]:
    """All areas of the heart; earlier ones win."""
    return (
        *water(),
        *(lane_area(lane) for lane in LANES),
        *(footpath(lane) for lane in LANES),
        *_squares(),
        *_park(),
        beach(),
    )


def lane_area(lane: Lane) -> Area:
    """What vehicles use."""
    return Area(lane.name, DRIVING_LANE, ribbon(lane.line, lane.carriageway / 2))


def footpath(lane: Lane) -> Area:
    """Both pavements, up to a hand's breadth under the house fronts."""
    return Area(lane.name, FOOTPATH, ribbon(lane.line, lane.width / 2 + 0.25))


def water() -> tuple[Area, ...]:
    """The sea, and the pond in the park."""
    level = terrain.pond_level_m()
    basin = ellipse(terrain.POND, (terrain.POND_RADII[0] * 1.3, terrain.POND_RADII[1] * 1.3))

    over = SHORE_TOLERANCE_M

    def pond(x: Array, y: Array) -> Array:
        return np.minimum(basin.field(x, y), level + over - terrain.heights(x, y))

    return (
        Area(POND, WATER, Region(pond, basin.box), level),
        Area(HARBOUR, WATER, sea(), terrain.SEA_M),
    )


def near_water(x: Array, y: Array) -> Array:
    """The ground without what is far from the level of sea and pond: even but for the shores."""
    pond = ellipse(terrain.POND, (terrain.POND_RADII[0] * 1.6, terrain.POND_RADII[1] * 1.6))
    here = np.where(pond.field(x, y) > 0.0, terrain.pond_level_m(), terrain.SEA_M)
    return np.clip(terrain.heights(x, y), here - 0.7, here + 0.7) - here


WATER_RELIEF = Relief(near_water, 0.15, smallest=2, border=16)


def sea() -> Region:
    """Where the ground is below the sea."""
    return Region(
        lambda x, y: SHORE_TOLERANCE_M - terrain.heights(x, y),
        (-1e5, terrain.FAR_SHORE_Y - 60, 1e5, 60),
    )


def quay_wall() -> Surfaces:
    """The coping along the quay and the wall's face down to below the water, stone by stone."""
    west, east = terrain.QUAY_WEST, terrain.QUAY_EAST
    count = round((east - west) / STONE_M)
    edges = [round(west + (east - west) * i / count, 3) for i in range(count + 1)]
    tops = (
        ((a, -0.1, COPING_M), (b, -0.1, COPING_M), (b, 1.7, COPING_M), (a, 1.7, COPING_M))
        for a, b in itertools.pairwise(edges)
    )
    faces = (
        ((a, -0.1, WALL_FOOT_M), (b, -0.1, WALL_FOOT_M), (b, -0.1, COPING_M), (a, -0.1, COPING_M))
        for a, b in itertools.pairwise(edges)
    )
    return Surfaces(QUAY, KERB, (*tops, *faces))


def _squares() -> tuple[Area, ...]:
    quay = ((-204.0, 1.5), (214.0, 1.5), (214.0, 36.0), (-204.0, 34.0))
    market = ((-33.0, 33.0), (33.0, 33.0), (33.0, 106.0), (-33.0, 106.0))
    school = ((2.0, 196.0), (78.0, 196.0), (78.0, 246.0), (2.0, 246.0))
    close = ((-126.0, 204.0), (-70.0, 204.0), (-70.0, 219.5), (-126.0, 219.5))
    return (
        Area(MARKET, FOOTPATH, polygon(market)),
        Area(QUAY, FOOTPATH, polygon(quay)),
        Area(MOLE, FOOTPATH, ribbon(terrain.MOLE, terrain.MOLE_HALF_WIDTH_M - 0.4)),
        Area(SCHOOL_GREEN, FOOTPATH, polygon(school)),
        Area(CHURCH_CLOSE, FOOTPATH, polygon(close)),
        Area(CHURCH_CLOSE, FOOTPATH, ribbon(((-122.5, 210.0), (-138.0, 226.0)), 2.0)),
        Area(MILL_GREEN, FOOTPATH, ribbon(((2.0, 340.0), (44.0, 346.0)), 1.6)),
    )


def _park() -> tuple[Area, ...]:
    paths = (Area(PARK, FOOTPATH, ribbon(smooth(path), 1.3)) for path in PARK_PATHS)
    lawn = ((126.0, 121.0), (206.0, 128.0), (228.0, 172.0), (214.0, 218.0), (140.0, 226.0))
    churchyard = ((-140.0, 219.0), (-66.0, 219.0), (-66.0, 246.0), (-140.0, 246.0))
    return (
        *paths,
        Area(PLAYGROUND, SAND, ellipse(PLAYGROUND_AT, (9.0, 7.0))),
        Area(PARK, GREEN, polygon((*lawn, (124.0, 180.0)))),
        Area(CHURCH_CLOSE, GREEN, polygon(churchyard)),
        Area(MILL_GREEN, GREEN, ellipse((52.0, 350.0), (24.0, 18.0))),
    )


def beach() -> Area:
    """Sand from the water's edge up to the grass; the mole is of boulders."""

    def mole_distance(x: Array, y: Array) -> Array:
        return ribbon_distance(terrain.MOLE, x, y)

    def field(x: Array, y: Array) -> Array:
        height = terrain.heights(x, y)
        strand = np.minimum(1.35 - height, height + 0.6)
        beside_quay = np.maximum(terrain.QUAY_WEST - x, x - terrain.QUAY_EAST) - 4.0
        off_mole = mole_distance(x, y) - 12.0
        return np.minimum(np.minimum(strand, beside_quay), off_mole)

    return Area(BEACH, SAND, Region(field, (-1e5, terrain.FAR_SHORE_Y - 60, 1e5, 60)))
