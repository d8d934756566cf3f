"""The Harbour Tram: one car that goes to and fro between the end of the line and the steps."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from citiverse_assets import terrain
from citiverse_assets.day.rhythm import hour
from citiverse_assets.markings import ABOVE_M
from citiverse_assets.plan import Point, at_length
from citiverse_assets.streets import HARBOUR_STREET

STOPS_M = (22.0, 262.0, 474.0)
"""How far along the line it stops: the western end, Market Square, Pilot's Steps."""
FASTEST_MS = 7.5
PULL_MS2 = 0.9
WAIT_S = 20.0
ROUND_S = 240.0
"""It leaves the western end every four minutes."""
FIRST_HOUR, LAST_HOUR = 5.0, 24.0


@dataclass(frozen=True, slots=True)
class Place:
    """In the town's metres; heading in degrees from grid north, speed in m/s."""

    point: Point
    height: float
    heading: float
    speed: float


def is_running(time_s: float) -> bool:
    """Whether it is on a round, all of which it ends; at night it stands at the western end."""
    return FIRST_HOUR <= hour(time_s - time_s % ROUND_S) < LAST_HOUR


def place(time_s: float) -> Place:
    """Where the tram is."""
    along, speed, outward = _along(time_s)
    point, left = at_length(HARBOUR_STREET.line, along)
    ahead = (left[1], -left[0]) if outward else (-left[1], left[0])
    heading = math.degrees(math.atan2(ahead[0], ahead[1])) % 360.0
    return Place(point, terrain.height_m(*point) + ABOVE_M, heading, speed)


def distance(time_s: float, point: Point) -> float:
    """Metres from a point of the town to the tram."""
    return math.dist(place(time_s).point, point)


def _along(time_s: float) -> tuple[float, float, bool]:
    """Metres along the line, m/s, and whether it goes east."""
    if not is_running(time_s):
        return (STOPS_M[0], 0.0, True)
    left_s = time_s % ROUND_S
    for begin, end in itertools.pairwise((*STOPS_M, *reversed(STOPS_M[:-1]))):
        outward = end > begin
        if left_s < WAIT_S:
            return (begin, 0.0, outward)
        left_s -= WAIT_S
        ride_s, gone, speed = _ride(abs(end - begin), left_s)
        if left_s < ride_s:
            return (begin + gone if outward else begin - gone, speed, outward)
        left_s -= ride_s
    return (STOPS_M[0], 0.0, True)


def _ride(metres: float, after_s: float) -> tuple[float, float, float]:
    """From stop to stop: how long it takes, how far it has come, and how quick it is."""
    pulling_s = min(FASTEST_MS / PULL_MS2, math.sqrt(metres / PULL_MS2))
    top = PULL_MS2 * pulling_s
    rolling_s = (metres - top * pulling_s) / top
    whole_s = 2 * pulling_s + rolling_s
    if after_s < pulling_s:
        return (whole_s, PULL_MS2 * after_s**2 / 2, PULL_MS2 * after_s)
    if after_s < pulling_s + rolling_s:
        return (whole_s, top * (after_s - pulling_s / 2), top)
    left_s = max(whole_s - after_s, 0.0)
    return (whole_s, metres - PULL_MS2 * left_s**2 / 2, PULL_MS2 * left_s)
