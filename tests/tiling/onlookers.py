"""Stands at random places of a scene and looks, by rays, for what its visibility.bin leaves out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.tree.tree_bin import decode_tree
from citiverse_tiling.visibility.visibility_bin import NAME, decode
from tiling.ray_caster import Eye, surfaces

if TYPE_CHECKING:
    from pathlib import Path

POINTS = 12
"""On each feature of each tile, and as many again on its largest triangles."""

UP = (0.0, 0.0, 200.0)


def missing(scene: Path, eyes: int, seed: int) -> list[str]:
    """Where something that can be seen isn't known to be, after so many looks.

    An eye stands anywhere in a cell, outdoors, 1.2 m above the lowest floor and more.
    """
    rng = np.random.default_rng(seed)
    table = decode_tree((scene / "tree.bin").read_bytes())
    known = decode((scene / NAME).read_bytes())
    layers = [one["name"] for one in json.loads((scene / "scene.json").read_bytes())["layers"]]
    everything = surfaces(scene, table, layers)
    names = np.array(layers)[table.layer[everything.rows]]
    walls, ground = (everything.corners[names == one] for one in ("buildings", "ground"))
    targets = everything.only(names == "buildings")
    points, triangles = targets.points(rng, POINTS)
    rows = targets.rows[triangles]
    blocks = [known.block(number) for number in range(len(known.places))]
    cells = [np.argwhere(np.isfinite(block.highest)) for block in blocks]
    chances = np.array([len(some) for some in cells]) / sum(map(len, cells))
    found, looks = [], 0
    while looks < eyes:
        number = int(rng.choice(len(blocks), p=chances))
        block = blocks[number]
        y, x = rng.choice(cells[number])
        place = (np.array(block.place) * known.cells + [x, y] + rng.random(2)) * known.cell_m
        lowest, highest = float(block.lowest[y, x]), float(block.highest[y, x])
        eye = Eye(np.append(place, rng.uniform(min(lowest + 1.7, highest), highest)), walls)
        # Indoors there is a roof above.
        if not eye.sees(eye.place + np.array([UP])).all():
            continue
        looks += 1
        left = np.flatnonzero(~np.isin(rows, block.rows[block.seen[y, x]]))
        left = left[eye.sees(points[left])]
        if len(left):
            left = left[Eye(eye.place, ground).sees(points[left])]
        seen = np.unique(rows[left])
        found += [f"tile {row} from {eye.place.round(2).tolist()}" for row in seen.tolist()]
    return found
