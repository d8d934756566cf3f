"""Which collider cells a walker needs: those near him, and near where he will be in a moment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .catalog import Cells
    from .protocol import View

RADIUS_M = 60.0
LOOK_AHEAD_S = 2.0
# Cells are kept this much longer than they are needed, so that walking to and fro sends nothing.
KEEP_M = 128.0

Point = tuple[float, float]


def cells_within(cells: Cells, side_m: float, view: View) -> list[int]:
    """Rows of the cells within 60 m of the viewer or of where he is going, nearest first."""
    points = _points(view)
    low_i = math.floor((min(x for x, _ in points) - RADIUS_M) / side_m)
    high_i = math.floor((max(x for x, _ in points) + RADIUS_M) / side_m)
    low_j = math.floor((min(y for _, y in points) - RADIUS_M) / side_m)
    high_j = math.floor((max(y for _, y in points) + RADIUS_M) / side_m)
    near: list[tuple[float, int]] = []
    for i in range(low_i, high_i + 1):
        for j in range(low_j, high_j + 1):
            rows = cells.rows_by_cell.get((i, j), ())
            if rows and _distance(i, j, side_m, points) <= RADIUS_M:
                distance = _distance(i, j, side_m, points[:1])
                near.extend((distance, row) for row in rows)
    return [row for _, row in sorted(near)]


def cells_beyond(cells: Cells, side_m: float, view: View, rows: Iterable[int]) -> list[int]:
    """Those of `rows` that are too far away to keep."""
    points = _points(view)
    return sorted(
        row
        for row in rows
        if _distance(int(cells.cell[row, 0]), int(cells.cell[row, 1]), side_m, points)
        > RADIUS_M + KEEP_M
    )


def _points(view: View) -> tuple[Point, Point]:
    """Where the viewer is and will be, on the ground plane; never more than 60 m ahead."""
    x, y, _ = view.position
    vx, vy, _ = view.velocity
    speed = math.hypot(vx, vy)
    seconds = min(LOOK_AHEAD_S, RADIUS_M / speed) if speed > 0.0 else 0.0
    return (x, y), (x + vx * seconds, y + vy * seconds)


def _distance(i: int, j: int, side_m: float, points: tuple[Point, ...]) -> float:
    """Metres from the nearest of the points to the square of a cell."""
    return min(
        math.hypot(
            max(i * side_m - x, 0.0, x - (i + 1) * side_m),
            max(j * side_m - y, 0.0, y - (j + 1) * side_m),
        )
        for x, y in points
    )
