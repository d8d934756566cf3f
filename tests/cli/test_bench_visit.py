"""The visitor of `bench visit` holds what a client would, and its rays find what is seen."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse.bench.visit import bench
from citiverse.bench.visit.districts import District
from citiverse.bench.visit.guest import Guest
from citiverse.bench.visit.rays import Leaves
from citiverse.bench.visit.streets import EYE_HEIGHT_M, Streets
from citiverse.bench.visit.stroll import SPEED_M_PER_S, TICK_S, stroll
from citiverse_server.scene import open_scene

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.scene import Scene


@pytest.fixture
def district(scene: Path) -> District:
    """Without visibility.bin, so that nothing is hidden in it."""
    return District("hamlet", "a hamlet", scene)


@pytest.fixture
def opened(scene: Path) -> Scene:
    return open_scene(scene)


def test_people_stand_on_the_ground_outside_of_houses(opened: Scene) -> None:
    streets = Streets(opened)
    tiles = opened.catalog.tiles
    points = streets.points(5, seed=1)
    assert len(points) == 5
    for x, y, z in points:
        assert streets.eye(x, y) == (x, y, z)
        assert tiles.box_min[0, 2] <= z - EYE_HEIGHT_M <= tiles.box_max[0, 2] + 1.0


def test_a_stroll_goes_at_the_pace_of_a_walker_and_is_the_same_again(opened: Scene) -> None:
    streets = Streets(opened)
    start = streets.points(1, seed=1)[0]
    steps = list(stroll(streets, start, 20.0, seed=4))
    assert steps == list(stroll(streets, start, 20.0, seed=4))
    assert len(steps) == 20.0 / TICK_S
    for before, after in pairwise(steps):
        far = np.hypot(after.eye[0] - before.eye[0], after.eye[1] - before.eye[1])
        assert far <= SPEED_M_PER_S * TICK_S + 1e-9


def test_who_is_sent_a_whole_picture_draws_it_without_holes(opened: Scene) -> None:
    guest = Guest(opened, "desktop", occlusion=True)
    eye = Streets(opened).points(1, seed=1)[0]
    view = guest.view(eye, 1.0)
    guest.follow(view)
    drawn, holes = guest.drawn(view)
    assert guest.is_complete
    assert drawn.any()
    assert not holes.any()
    guest.whole[np.flatnonzero(drawn)[0]] = False
    guest.whole[opened.catalog.tiles.roots] = False
    assert guest.drawn(view)[1].any()


def test_rays_hit_the_tile_that_is_there(opened: Scene) -> None:
    leaves = Leaves(opened)
    tiles = opened.catalog.tiles
    eye = Streets(opened).points(1, seed=1)[0]
    seen = leaves.seen_from(eye, 64, seed=2)
    assert seen
    assert all(tiles.child_count[row] == 0 for row in seen)
    assert not leaves.seen_from((eye[0], eye[1], 5000.0), 8, seed=2)


def test_every_figure_is_measured(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"QUICK_POINTS": 4, "WALK_S": 10, "VISIT_S": 10, "RAYS": 32}.items():
        monkeypatch.setattr(bench, name, value)
    rows = {row.metric: row for row in bench.measured(district, quick=True)}
    assert set(rows) == {
        f"{metric}_hamlet"
        for metric in (
            "picture",
            "all_around",
            "picture_bytes",
            "never_shown",
            "holes",
            "ten_minutes",
            "still",
            "seen_and_not_sent",
        )
    }
    assert len(rows["picture_hamlet"].values) == 4
    assert rows["picture_hamlet"].value == 1.0
    assert rows["still_hamlet"].value == 0.0
    assert rows["holes_hamlet"].value == 0.0
    assert rows["seen_and_not_sent_hamlet"].value == 0.0
    assert rows["picture_bytes_hamlet"].value > 1000
