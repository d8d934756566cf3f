"""The order of vertices: nothing is lost, and what belongs together lies side by side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.content.mesh_layout import X, Y, Z, lay_out

HEIGHT = 600


def house(corners: list[tuple[int, int]], order: list[int], feature: int = 0) -> np.ndarray:
    """Rows of the walls around a house, wall after wall in an order; four vertices each."""
    rows = []
    for number in order:
        (x0, z0), (x1, z1) = corners[number], corners[(number + 1) % len(corners)]
        outward = np.array([z1 - z0, 0, x0 - x1], np.float64)
        normal = np.zeros(4, np.int8)
        normal[:3] = np.rint(127 * outward / np.linalg.norm(outward))
        packed = int(normal.view(np.int32)[0])
        for x, y, z in ((x0, 0, z0), (x1, 0, z1), (x1, HEIGHT, z1), (x0, HEIGHT, z0)):
            rows.append((0, x, y, z, packed, feature))
    return np.array(rows, np.int32)


def quads(count: int) -> np.ndarray:
    halves = np.array([[0, 1, 2], [0, 2, 3]])
    return (halves + 4 * np.arange(count)[:, None, None]).reshape(-1, 3)


def shown(rows: np.ndarray, triangles: np.ndarray) -> set[tuple[bytes, ...]]:
    """The triangles, whatever corner each begins with."""
    found = set()
    for corners in rows[triangles]:
        first = min(range(3), key=lambda corner: corners[corner].tobytes())
        found.add(tuple(corners[(first + step) % 3].tobytes() for step in range(3)))
    return found


RING = [(0, 0), (-100, 900), (400, 1000), (450, 500), (1200, 400), (1300, -50)]
"""No two walls look the same way, so that each is a face by itself."""


@settings(max_examples=30)
@given(st.permutations(range(len(RING))))
def test_the_walls_of_a_house_lie_one_after_the_other_around_it(order: list[int]) -> None:
    rows, triangles = house(RING, order), quads(len(RING))
    layout = lay_out(rows, triangles, np.zeros(len(rows), np.bool_))
    laid = rows[layout.kept]
    assert shown(laid, layout.triangles) == shown(rows, triangles)
    walls = laid.reshape(-1, 4, rows.shape[1])
    for before, after in pairwise(walls):
        shared = {(one[X], one[Z]) for one in before} & {(one[X], one[Z]) for one in after}
        assert shared == {(before[-1, X], before[-1, Z])} == {(after[0, X], after[0, Z])}


def test_walls_of_two_houses_that_meet_stay_apart() -> None:
    one, other = house(RING, list(range(6)), 0), house(RING, [3, 1, 5, 0, 2, 4], 1)
    rows, triangles = np.concatenate([one, other]), quads(12)
    layout = lay_out(rows, triangles, np.zeros(len(rows), np.bool_))
    assert (np.diff(rows[layout.kept][:, -1]) >= 0).all()
    assert shown(rows[layout.kept], layout.triangles) == shown(rows, triangles)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 6))
def test_whatever_the_walls_are_none_is_lost(seed: int, count: int, spread: int) -> None:
    random = np.random.default_rng(seed)
    corners = random.integers(0, spread, (count, 2, 2)) * 300
    corners[:, 1] += (corners[:, 0] == corners[:, 1]).all(axis=1)[:, None] * 300
    rows = np.concatenate(
        [house([tuple(a), tuple(b)], [0], int(random.integers(3))) for a, b in corners.tolist()]
    )
    triangles = quads(count)
    layout = lay_out(rows, triangles, np.zeros(len(rows), np.bool_))
    assert shown(rows[layout.kept], layout.triangles) == shown(rows, triangles)


def test_the_upper_and_the_lower_end_of_a_wall_are_neighbours() -> None:
    rows = house(RING, list(range(6)))
    layout = lay_out(rows, quads(6), np.zeros(len(rows), np.bool_))
    laid = rows[layout.kept].reshape(-1, 2, rows.shape[1])
    assert (laid[:, 0, [X, Z]] == laid[:, 1, [X, Z]]).all()
    assert (laid[:, 0, Y] != laid[:, 1, Y]).all()
