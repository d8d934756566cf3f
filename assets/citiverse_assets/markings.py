"""Thin things on the carriageway: the tram's rails, zebra crossings, dashes along the middle."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from citiverse_assets import terrain
from citiverse_assets.land import LIFTS_M, MARKING, TRAM, Surfaces
from citiverse_assets.plan import at_length
from citiverse_assets.streets import HARBOUR_STREET, LANES, LIGHTHOUSE_ROAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.plan import Point
    from citiverse_assets.shapes import Ring
    from citiverse_assets.streets import Lane

GAUGE_M, RAIL_M = 1.435, 0.13
PIECE_M = 2.5
"""Rails and dashes are cut into pieces of at most this length, so that they follow the hill."""

ABOVE_M = LIFTS_M["driving_lane"] + 0.035

TRAM_LINE = "Harbour Tram"
ZEBRAS: tuple[tuple[str, float], ...] = (
    ("Harbour Street", 245.0),
    ("Harbour Street", 292.0),
    ("Harbour Street", 344.0),
    ("Harbour Street", 412.0),
    ("Lighthouse Road", 62.0),
)
"""Street, and how far along it, metres."""


def markings() -> tuple[Surfaces, ...]:
    """All of the heart's."""
    lanes = {lane.name: lane for lane in LANES}
    rails = (
        ring
        for side in (-GAUGE_M / 2, GAUGE_M / 2)
        for ring in _strip(HARBOUR_STREET, side, RAIL_M, 0.0, _length(HARBOUR_STREET.line) - 6.0)
    )
    zebras: dict[str, list[Ring]] = {name: [] for name, _ in ZEBRAS}
    for name, at in ZEBRAS:
        zebras[name] += _zebra(lanes[name], at)
    zebras[LIGHTHOUSE_ROAD.name] += _dashes(LIGHTHOUSE_ROAD)
    return (
        Surfaces(TRAM_LINE, TRAM, tuple(rails)),
        *(Surfaces(name, MARKING, tuple(rings)) for name, rings in zebras.items()),
    )


def _zebra(lane: Lane, at: float) -> Iterator[Ring]:
    """Bars along the street, side by side from kerb to kerb."""
    count = int((lane.carriageway - 0.5) / 1.0)
    for number in range(count):
        yield from _strip(lane, number - (count - 1) / 2, 0.5, at - 1.6, at + 1.6)


def _dashes(lane: Lane) -> Iterator[Ring]:
    for number in range(int(_length(lane.line) / 9.0) - 1):
        if not any(name == lane.name and abs(9.0 * number + 6 - at) < 6 for name, at in ZEBRAS):
            yield from _strip(lane, 0.0, 0.12, 9.0 * number + 4.5, 9.0 * number + 7.5)


def _strip(lane: Lane, side: float, width: float, start: float, end: float) -> Iterator[Ring]:
    """A strip `side` metres to the left of the middle, in pieces."""
    count = math.ceil((end - start) / PIECE_M)
    places = [at_length(lane.line, start + (end - start) * i / count) for i in range(count + 1)]
    for (a, left), (b, left_after) in itertools.pairwise(places):
        yield (
            _on(a, left, side - width / 2),
            _on(b, left_after, side - width / 2),
            _on(b, left_after, side + width / 2),
            _on(a, left, side + width / 2),
        )


def _on(point: Point, left: Point, side: float) -> tuple[float, float, float]:
    x, y = round(point[0] + left[0] * side, 3), round(point[1] + left[1] * side, 3)
    return (x, y, round(terrain.height_m(x, y) + ABOVE_M, 3))


def _length(line: tuple[Point, ...]) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(line))
