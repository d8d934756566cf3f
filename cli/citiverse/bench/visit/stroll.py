"""A walk along streets with a turning head: the same for the same seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.visit.streets import Streets
    from citiverse_server.message import Vector

SPEED_M_PER_S = 1.4
TICK_S = 0.1
GLANCE_S, GLANCE_RAD = 12.0, math.radians(70.0)
AHEAD_M = 6.0
HIGHEST_STEP_M = 1.0
TURNS = (0.0, 0.2, -0.2, 0.5, -0.5, 0.9, -0.9, 1.4, -1.4, 2.0, -2.0, math.pi)


@dataclass(frozen=True, slots=True)
class Step:
    """Where the walker is, and where she looks: clockwise from north, radians."""

    eye: Vector
    heading: float
    velocity: Vector


def stroll(streets: Streets, start: Vector, seconds: float, seed: int) -> Iterator[Step]:
    """Straight on where there is room, else into the nearest direction in which there is."""
    random = np.random.default_rng(seed)
    eye, way = start, float(random.uniform(0.0, 2.0 * math.pi))
    for tick in range(int(seconds / TICK_S)):
        found = _onward(streets, eye, way)
        if found is None:
            velocity = (0.0, 0.0, 0.0)
        else:
            way, eye = found
            velocity = (SPEED_M_PER_S * math.sin(way), SPEED_M_PER_S * math.cos(way), 0.0)
        glance = GLANCE_RAD * math.sin(2.0 * math.pi * tick * TICK_S / GLANCE_S)
        yield Step(eye, way + glance, velocity)
        way += float(random.normal(0.0, 0.03))


def _onward(streets: Streets, eye: Vector, way: float) -> tuple[float, Vector] | None:
    """The direction of the next step, and the eye after it."""
    for turn in TURNS:
        x, y = math.sin(way + turn), math.cos(way + turn)
        ahead = streets.eye(eye[0] + AHEAD_M * x, eye[1] + AHEAD_M * y)
        step = SPEED_M_PER_S * TICK_S
        after = streets.eye(eye[0] + step * x, eye[1] + step * y)
        if ahead and after and abs(after[2] - eye[2]) < HIGHEST_STEP_M:
            return way + turn, after
    return None
