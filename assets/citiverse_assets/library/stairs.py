"""Stairs and railings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from citiverse_assets.library.items import Item, Place, Sets
from citiverse_assets.library.matter import OAK, STEEL
from citiverse_assets.library.shapes import Prism, box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ifcopenshell import entity_instance

    from citiverse_assets.library.draft import Draft
    from citiverse_assets.library.matter import Matter
    from citiverse_assets.library.shapes import Flat, Point

RISE, GOING = 0.175, 0.29
"""Of a step, metres."""

NOSING = 0.03
RAIL_M = 1.0
CHEEK = 0.06
RODS = 6


@dataclass(frozen=True, slots=True)
class Flight:
    """A straight flight: where its first riser stands, which way it climbs, how many risers."""

    name: str
    at: Place
    width: float
    risers: int
    tread: Matter = OAK
    going: float = GOING

    @property
    def run(self) -> float:
        """From the first riser to the last, metres."""
        return (self.risers - 1) * self.going

    @property
    def climb(self) -> float:
        """Metres."""
        return self.risers * RISE


def flight(draft: Draft, spec: Flight, stair: entity_instance) -> None:
    """Draw a flight with cheeks and rails on both sides, as parts of a stair."""
    steps = [_step(spec, number) for number in range(spec.risers - 1)]
    cheeks = [_cheek(spec, side) for side in (0.0, spec.width - CHEEK)]
    about = (
        ("NumberOfRiser", float(spec.risers)),
        ("NumberOfTreads", float(spec.risers - 1)),
        ("RiserHeight", RISE),
        ("TreadLength", spec.going),
    )
    counts = tuple((name, int(value) if "Number" in name else value) for name, value in about)
    sets = (Sets("Pset_StairFlightCommon", counts),)
    parts = (*steps, *cheeks)
    draft.add(Item("IfcStairFlight", spec.name, parts, spec.at, sets, "STRAIGHT"), stair)
    for side, y in (("right", CHEEK / 2), ("left", spec.width - CHEEK / 2)):
        start = (0.0, y, RISE)
        end = (spec.run, y, spec.climb)
        railing(draft, f"{spec.name}, {side} rail", spec.at, start, end, stair)


def _step(spec: Flight, number: int) -> Prism:
    foot = max(0.0, number * RISE - 0.06)
    low = (number * spec.going - NOSING, CHEEK, foot)
    size = (spec.going + NOSING, spec.width - 2 * CHEEK, (number + 1) * RISE - foot)
    return box(low, size, spec.tread)


def _cheek(spec: Flight, y: float) -> Prism:
    slope = RISE / spec.going
    end = spec.run
    outline = (
        (0.0, 0.0),
        (0.2 / slope, 0.0),
        (end, end * slope - 0.2),
        (end, end * slope + RISE + 0.03),
        (0.0, RISE + 0.03),
    )
    return Prism(outline, y, CHEEK, STEEL, "y")


def stair(draft: Draft, name: str, risers: int) -> entity_instance:
    """A stair without parts yet."""
    about = (("NumberOfRiser", risers), ("RiserHeight", RISE), ("HandrailHeight", RAIL_M))
    sets = (Sets("Pset_StairCommon", (*about, ("FireRating", "R 30"), ("IsExternal", False))),)
    return draft.add(Item("IfcStair", name, (), Place(z=draft.floor), sets, "HALF_TURN_STAIR"))


def railing(
    draft: Draft,
    name: str,
    at: Place,
    start: Point,
    end: Point,
    whole: entity_instance | None = None,
    rail: Matter = OAK,
) -> None:
    """A rail on posts with rods below, as on a ship, between two points; it may climb."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length, climb = math.hypot(dx, dy), end[2] - start[2]
    turn = math.degrees(math.atan2(dy, dx))
    there = at.beyond(*start)
    there = Place(there.x, there.y, there.z, round(at.turn_deg + turn, 6))
    slope = climb / length

    def leaning(low: float, high: float, x: float, y: float) -> tuple[tuple[float, float], ...]:
        return ((x, low + x * slope), (y, low + y * slope), (y, high + y * slope),
                (x, high + x * slope))  # fmt: skip

    posts = max(1, math.ceil(length / 1.3))
    parts = [Prism(leaning(RAIL_M - 0.05, RAIL_M, 0.0, length), -0.03, 0.06, rail, "y")]
    for number in range(posts + 1):
        x = 0.02 + (length - 0.04) * number / posts
        low = (x - 0.02, -0.02, x * slope - 0.02)
        parts.append(box(low, (0.04, 0.04, RAIL_M - 0.03), STEEL))
    rods = ((RAIL_M - 0.1) * i / (RODS + 1) + 0.04 for i in range(1, RODS + 1))
    parts += (Prism(leaning(z, z + 0.016, 0.0, length), -0.008, 0.016, STEEL, "y") for z in rods)
    about = (("Height", RAIL_M), ("IsExternal", whole is None and draft.floor > 0.0))
    sets = (Sets("Pset_RailingCommon", about[:1]),)
    draft.add(Item("IfcRailing", name, tuple(parts), there, sets, "BALUSTRADE"), whole)


@dataclass(frozen=True, slots=True)
class Dogleg:
    """A stair of two flights side by side, with a landing at its far end.

    At its place the first riser of the first flight stands; x is how it climbs, the second flight
    comes back on its left.
    """

    name: str
    at: Place
    width: float
    risers: int
    landing: float = 1.4
    gap: float = 0.1


def dogleg(draft: Draft, spec: Dogleg) -> None:
    """Draw it."""
    whole = stair(draft, spec.name, spec.risers)
    half = spec.risers // 2
    first = Flight(f"{spec.name}, first flight", spec.at, spec.width, half)
    flight(draft, first, whole)
    far = first.run
    wide = 2 * spec.width + spec.gap
    parts = (box((far, 0.0, first.climb - 0.18), (spec.landing, wide, 0.18), OAK),)
    sets = (Sets("Pset_SlabCommon", (("LoadBearing", True), ("IsExternal", False))),)
    landing = Item("IfcSlab", f"{spec.name}, landing", parts, spec.at, sets, "LANDING")
    draft.add(landing, whole)
    back = spec.at.beyond(far, wide, first.climb)
    back = Place(back.x, back.y, back.z, spec.at.turn_deg + 180.0)
    flight(
        draft, Flight(f"{spec.name}, second flight", back, spec.width, spec.risers - half), whole
    )


def guard(draft: Draft, name: str, corners: Sequence[Flat]) -> None:
    """Railings from corner to corner on the floor of the storey."""
    at = Place(z=draft.floor)
    for number, (start, end) in enumerate(pairwise(corners), 1):
        railing(draft, f"{name}, {number}", at, (*start, 0.0), (*end, 0.0))
