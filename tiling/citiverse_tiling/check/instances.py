"""Meshes of a tile that are drawn in many places (EXT_mesh_gpu_instancing)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.transforms.place import Placements

if TYPE_CHECKING:
    from citiverse_tiling.check.glb import Primitive
    from citiverse_tiling.model import Float64Array, Int64Array


@dataclass(frozen=True, slots=True)
class Instances:
    """n instances of one mesh, in the content frame.

    kind         name of the node: that of a kind of plants, "" for copies of something else
    primitives   of the mesh
    places, turns, sizes  float64 (n, 3), (n, 4) and (n, 3), as in `Placements`
    feature_ids  int64 (n,)
    """

    kind: str
    primitives: tuple[Primitive, ...]
    places: Float64Array
    turns: Float64Array
    sizes: Float64Array
    feature_ids: Int64Array

    @property
    def triangles(self) -> int:
        """As drawn: of all instances."""
        return len(self.places) * sum(len(one.triangles) for one in self.primitives)

    def corners(self) -> Float64Array:
        """The corners of all triangles of each instance, (n, 3 T, 3)."""
        own = np.concatenate([one.positions[one.triangles.ravel()] for one in self.primitives])
        placements = Placements(self.places, self.turns, self.sizes)
        owners = np.repeat(np.arange(len(self.places)), len(own))
        points = placements.points(np.tile(own, (len(self.places), 1)), owners)
        return points.reshape(len(self.places), len(own), 3)
