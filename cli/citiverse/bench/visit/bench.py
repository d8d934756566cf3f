"""What is sent to a visitor of a dense district, and how much of it she never sees."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citiverse.bench.row import Row
from citiverse.bench.visit.districts import districts
from citiverse.bench.visit.guest import Guest
from citiverse.bench.visit.rays import Leaves
from citiverse.bench.visit.streets import Streets
from citiverse.bench.visit.stroll import TICK_S, stroll
from citiverse_server.scene import open_scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.visit.districts import District
    from citiverse_server.message import Vector
    from citiverse_server.scene import Scene

FULL_POINTS, QUICK_POINTS = 200, 40
FULL_RAYS, QUICK_RAYS = 20, 4
RAYS = 256
WALK_S, VISIT_S, STILL_S = 300, 600, 60
LINE_BYTES_PER_S = 20_000_000 / 8
OCCLUSION_GOAL, NEVER_SHOWN_GOAL, VISIT_GOAL_MB = 0.4, 0.05, 25.0
SEED = 3
MEGABYTE = 1e6


def run(quick: bool) -> Iterator[Row]:
    """Figures of each district. Raises errors of the tiler, `OSError`."""
    with tempfile.TemporaryDirectory(prefix="citiverse-bench-") as folder:
        for district in districts(Path(folder)):
            yield from measured(district, quick=quick)


def measured(district: District, *, quick: bool) -> Iterator[Row]:
    """The rows of one district that is tiled."""
    scene, name, about = open_scene(district.scene), district.name, district.about
    streets = Streets(scene)
    points = streets.points(QUICK_POINTS if quick else FULL_POINTS, SEED)
    yield from _pictures(scene, points, district)
    yield from _walk(scene, streets, points[0], district)
    guest = Guest(scene, "phone", occlusion=True)
    for step in stroll(streets, points[1], VISIT_S, SEED + 1):
        guest.follow(guest.view(step.eye, step.heading, step.velocity))
    visited = f"{about}; 10 minutes at 1.4 m/s on a phone, colliders included"
    value = guest.content_bytes / MEGABYTE
    yield Row("visit", f"ten_minutes_{name}", (value,), "MB", visited, VISIT_GOAL_MB)
    before = guest.content_bytes
    for _ in range(10 * STILL_S):
        guest.follow(guest.view(step.eye, step.heading))
    still = f"{about}; {STILL_S} s at the end of it without a step"
    yield Row("visit", f"still_{name}", (float(guest.content_bytes - before),), "B", still, 0.0)
    some = points[: QUICK_RAYS if quick else FULL_RAYS]
    rays = f"{about}; {len(some)} street points, {RAYS} rays from each against all triangles"
    missing = (float(_missing(scene, some)),)
    yield Row("visit", f"seen_and_not_sent_{name}", missing, "tiles", rays, 0.0)


def _pictures(scene: Scene, points: list[Vector], district: District) -> Iterator[Row]:
    """What the picture from each point takes, beside the same without occlusion."""
    random = np.random.default_rng(SEED)
    pictures, rounds, sizes = [], [], []
    for eye in points:
        heading = float(random.uniform(0.0, 2.0 * math.pi))
        ours, plain = (Guest(scene, "desktop", occlusion=occlusion) for occlusion in (True, False))
        for guest in (ours, plain):
            guest.follow(guest.view(eye, heading))
        pictures.append((ours.picture_bytes or 0) / (plain.picture_bytes or 1))
        rounds.append(int(ours.tile_bytes.sum()) / int(plain.tile_bytes.sum()))
        sizes.append(float(ours.picture_bytes or 0))
    versus = (
        f"the same server's picture by frustum and screen-space error, nothing hidden; "
        f"{district.about}; {len(points)} street points, tiles only"
    )
    name = district.name
    yield Row("visit", f"picture_{name}", tuple(pictures), "ratio", versus, OCCLUSION_GOAL)
    yield Row("visit", f"all_around_{name}", tuple(rounds), "ratio", versus)
    yield Row("visit", f"picture_bytes_{name}", tuple(sizes), "B", versus)


def _walk(scene: Scene, streets: Streets, start: Vector, district: District) -> Iterator[Row]:
    """A walk with head turns: what comes and is never drawn in a picture, and holes in pictures."""
    guest = Guest(scene, "desktop", occlusion=True)
    was_drawn = np.zeros(scene.catalog.tiles.count, dtype=np.bool_)
    holes = ticks = 0
    for step in stroll(streets, start, WALK_S, SEED):
        view = guest.view(step.eye, step.heading, step.velocity)
        guest.follow(view, int(LINE_BYTES_PER_S * TICK_S))
        drawn, missing = guest.drawn(view)
        sight = guest.sight(view)
        was_drawn |= drawn if sight is None else drawn & sight.now
        holes += bool(missing.any())
        ticks += 1
    never = int(guest.tile_bytes[~was_drawn].sum()) / int(guest.tile_bytes.sum())
    about = f"{district.about}; {WALK_S} s at 1.4 m/s with head turns, {ticks} views, 20 Mbit/s"
    name = district.name
    yield Row("visit", f"never_shown_{name}", (never,), "ratio", about, NEVER_SHOWN_GOAL)
    yield Row("visit", f"holes_{name}", (float(holes),), "views", about, 0.0)


def _missing(scene: Scene, points: list[Vector]) -> int:
    """Tiles that rays hit and that are hidden from who stands there, over all points."""
    leaves = Leaves(scene)
    missing = 0
    for number, eye in enumerate(points):
        guest = Guest(scene, "desktop", occlusion=True)
        guest.follow(guest.view(eye, 0.0))
        for row in leaves.seen_from(eye, RAYS, number):
            at = row
            while not guest.known[at]:
                at = int(scene.catalog.tiles.parent[at])
            missing += not guest.whole[at]
    return missing
