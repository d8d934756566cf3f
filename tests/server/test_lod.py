"""The cut and its order, against a plain recursive reading of 3D Tiles' rules."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server import lod
from citiverse_server.catalog import TOLERANCE_M, parse_tree
from citiverse_server.protocol import View
from server.trees import quadtree, random_catalog

if TYPE_CHECKING:
    from citiverse_server.catalog import Tiles

CONTRACT = Path(__file__).resolve().parent.parent / "contract"
GOLDEN = json.loads((CONTRACT / "cut.json").read_bytes())
LARGE = 1 << 40
NOTHING = np.empty(0, dtype=np.intp)

seeds = st.integers(0, 10_000)
coordinates = st.floats(-800.0, 800.0)
positions = st.tuples(coordinates, coordinates, st.floats(0.0, 300.0))
targets = st.floats(1.0, 64.0)
quaternions = st.tuples(*[st.floats(-1.0, 1.0)] * 4).filter(lambda q: math.hypot(*q) > 0.6)


def looking(
    position: tuple[float, float, float],
    orientation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0),
) -> lod.Viewpoint:
    return lod.viewpoint(
        View(
            seq=1,
            position=position,
            orientation=orientation,
            fov=[1.0],
            viewport=(1280.0, 720.0),
        )
    )


def brute_force(tiles: Tiles, view: lod.Viewpoint, target_px: float, kept: set[int]) -> set[int]:
    """Which tiles are refined, one by one."""
    refined: set[int] = set()
    waiting = [row for row in range(tiles.count) if tiles.parent[row] < 0]
    while waiting:
        row = waiting.pop()
        nearest = [
            min(max(eye, low), high)
            for eye, low, high in zip(view.eye, tiles.box_min[row], tiles.box_max[row], strict=True)
        ]
        distance = max(lod.NEAREST_M, math.dist(view.eye, nearest))
        error_px = float(tiles.geometric_error_m[row]) * view.pixels_per_slope / distance
        limit = target_px * lod.HYSTERESIS if row in kept else target_px
        if tiles.child_count[row] and error_px > limit:
            refined.add(row)
            first = int(tiles.first_child[row])
            waiting += range(first, first + int(tiles.child_count[row]))
    return refined


@given(seeds, positions, targets)
def test_the_cut_is_that_of_a_recursive_walk(
    seed: int, position: tuple[float, float, float], target_px: float
) -> None:
    tiles = random_catalog(seed).tiles
    view = looking(position)
    cut = lod.select(tiles, view, lod.Aim(target_px, LARGE), NOTHING)
    assert set(cut.refined.tolist()) == brute_force(tiles, view, target_px, set())
    assert (np.diff(cut.refined) > 0).all()
    assert not cut.degraded


@given(seeds, positions, st.integers(0, 100_000))
def test_a_child_that_rounding_made_worse_is_never_refined_without_its_parent(
    seed: int, position: tuple[float, float, float], budget: int
) -> None:
    exact = random_catalog(seed).tiles
    level_m = np.float32(TOLERANCE_M / 4) * exact.level.astype(np.float32)
    tiles = replace(exact, geometric_error_m=np.float32(30.0) + level_m)
    cut = lod.select(tiles, looking(position), lod.Aim(1.0, budget), NOTHING)
    parents = tiles.parent[cut.refined]
    assert np.isin(parents[parents >= 0], cut.refined).all()


@given(seeds, positions, positions, targets)
def test_what_is_refined_stays_so_a_little_longer(
    seed: int,
    before: tuple[float, float, float],
    after: tuple[float, float, float],
    target_px: float,
) -> None:
    tiles = random_catalog(seed).tiles
    former = lod.select(tiles, looking(before), lod.Aim(target_px, LARGE), NOTHING)
    cut = lod.select(tiles, looking(after), lod.Aim(target_px, LARGE), former.refined)
    kept = set(former.refined.tolist())
    assert set(cut.refined.tolist()) == brute_force(tiles, looking(after), target_px, kept)


@given(seeds, positions, quaternions, quaternions)
def test_turning_round_changes_no_cut(
    seed: int,
    position: tuple[float, float, float],
    one: tuple[float, float, float, float],
    other: tuple[float, float, float, float],
) -> None:
    tiles = random_catalog(seed).tiles
    cuts = [
        lod.select(tiles, looking(position, q), lod.Aim(16.0, 40_000), NOTHING)
        for q in (one, other)
    ]
    assert np.array_equal(cuts[0].refined, cuts[1].refined)


@given(seeds, positions, st.integers(0, 100_000))
def test_a_budget_holds_and_what_is_left_out_is_not_worse_than_what_is_kept(
    seed: int, position: tuple[float, float, float], budget: int
) -> None:
    tiles = random_catalog(seed).tiles
    view = looking(position)
    free = lod.select(tiles, view, lod.Aim(4.0, LARGE), NOTHING)
    cut = lod.select(tiles, view, lod.Aim(4.0, budget), NOTHING)
    held = int(tiles.content_bytes[lod.wanted(tiles, cut)].sum())
    roots = int(tiles.content_bytes[tiles.roots].sum())
    assert held <= max(budget, roots)
    assert cut.degraded == (len(cut.refined) < len(free.refined))
    kept = set(cut.refined.tolist())
    assert all(int(tiles.parent[row]) in kept or tiles.parent[row] < 0 for row in kept)
    left_out = [
        error for row, error in zip(free.refined, free.error_px, strict=True) if row not in kept
    ]
    if kept and left_out:
        assert cut.error_px.min() >= max(left_out) - 1e-9


@given(seeds, positions, quaternions)
def test_families_stay_together_and_come_after_their_parents(
    seed: int,
    position: tuple[float, float, float],
    orientation: tuple[float, float, float, float],
) -> None:
    tiles = random_catalog(seed).tiles
    view = looking(position, orientation)
    cut = lod.select(tiles, view, lod.Aim(4.0, LARGE), NOTHING)
    order = lod.sending_order(tiles, cut, view).rows.tolist()
    assert sorted(order) == sorted(lod.wanted(tiles, cut).tolist())
    assert set(order[: len(tiles.roots)]) == set(tiles.roots.tolist())
    place = {row: at for at, row in enumerate(order)}
    for row in order[len(tiles.roots) :]:
        parent = int(tiles.parent[row])
        first = int(tiles.first_child[parent])
        family = [place[child] for child in range(first, first + int(tiles.child_count[parent]))]
        assert place[parent] < min(family)
        assert max(family) - min(family) == len(family) - 1


@pytest.mark.parametrize(
    ("orientation", "direction"),
    [
        ((0.0, 0.0, 0.0, 1.0), (0.0, 0.0, -1.0)),
        ((math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)), (0.0, 1.0, 0.0)),
        ((0.5, -0.5, -0.5, 0.5), (1.0, 0.0, 0.0)),
    ],
)
def test_the_viewer_looks_along_his_minus_z(
    orientation: tuple[float, float, float, float], direction: tuple[float, float, float]
) -> None:
    assert looking((0.0, 0.0, 0.0), orientation).forward == pytest.approx(direction, abs=1e-12)


def test_what_is_looked_at_comes_first() -> None:
    tiles = quadtree(levels=5, side_m=1024.0)
    east = (0.5, -0.5, -0.5, 0.5)
    view = looking((0.0, 0.0, 2.0), east)
    cut = lod.select(tiles, view, lod.Aim(4.0, LARGE), NOTHING)
    order = lod.sending_order(tiles, cut, view)
    families = order.rows[1:].reshape(-1, 4)
    middle = (tiles.box_min[families] + tiles.box_max[families])[:, :, 0].mean(axis=1) / 2
    deepest = tiles.level[families[:, 0]] == 4
    east_first = np.flatnonzero(middle[deepest] > 0).mean()
    assert east_first < np.flatnonzero(middle[deepest] < 0).mean()


@given(seeds, positions, quaternions)
def test_what_makes_the_picture_whole_comes_before_everything_that_nobody_sees(
    seed: int,
    position: tuple[float, float, float],
    orientation: tuple[float, float, float, float],
) -> None:
    tiles = random_catalog(seed).tiles
    view = looking(position, orientation)
    cut = lod.select(tiles, view, lod.Aim(4.0, LARGE), NOTHING)
    order = lod.sending_order(tiles, cut, view)
    assert not lod.in_view(tiles, order.rows[order.seen :], view).any()


@given(
    positions, quaternions, st.floats(-0.99, 0.99), st.floats(-0.99, 0.99), st.floats(1.0, 500.0)
)
def test_a_box_around_anything_in_the_picture_is_in_view(
    position: tuple[float, float, float],
    orientation: tuple[float, float, float, float],
    across: float,
    up: float,
    depth: float,
) -> None:
    view = looking(position, orientation)
    right_edge, _, top_edge, _ = view.sides
    right = np.cross(top_edge, view.forward)
    right /= np.linalg.norm(right)
    upwards = np.cross(right, view.forward)
    slopes = [
        abs(edge @ view.forward / (edge @ axis))
        for edge, axis in ((right_edge, right), (top_edge, upwards))
    ]
    point = view.eye + depth * (
        view.forward + across * slopes[0] * right + up * slopes[1] * upwards
    )
    tiles = replace(
        quadtree(levels=1, side_m=1.0), box_min=point[None] - 0.01, box_max=point[None] + 0.01
    )
    assert lod.in_view(tiles, tiles.roots, view).all()


def test_what_is_behind_the_viewer_is_not_in_view() -> None:
    tiles = quadtree(levels=5, side_m=1024.0)
    view = looking((0.0, 0.0, 2.0), (0.5, -0.5, -0.5, 0.5))
    leaves = np.flatnonzero(tiles.level == 4)
    behind = tiles.box_max[leaves][:, 0] < 0
    assert not lod.in_view(tiles, leaves[behind], view).any()
    assert lod.in_view(tiles, leaves[~behind], view).any()


@pytest.mark.parametrize("view", GOLDEN["views"])
def test_the_cut_is_that_of_the_golden_file(view: dict[str, Any]) -> None:
    """The tiler foretells cuts by the same rule (tests/tiling/test_cut.py)."""
    file = CONTRACT / GOLDEN["tree"]
    tiles = parse_tree(file.read_bytes(), 2, 64.0, file).tiles
    viewpoint = replace(
        looking((0.0, 0.0, 0.0)),
        eye=np.array(view["eye"]),
        pixels_per_slope=view["pixels_per_slope"],
    )
    found = lod.select(tiles, viewpoint, lod.Aim(view["target_px"], LARGE), NOTHING)
    assert found.refined.tolist() == view["refined"]
    wanted = set(lod.wanted(tiles, found).tolist())
    assert sorted(wanted - set(found.refined.tolist())) == view["shown"]
