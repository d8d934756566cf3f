"""Makes the contents of the ground's tiles: the height field, with the photos that lie on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.glb import encode_glb
from citiverse_tiling.content.tile_meshes import ground_mesh

if TYPE_CHECKING:
    from citiverse_tiling.content.glb import Imprint
    from citiverse_tiling.imagery import Imagery
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.tree.ground_tree import GroundTree


def ground_tile(
    imagery: Imagery, tree: GroundTree, tile: int, translation: Float64Array, imprint: Imprint
) -> tuple[bytes, int]:
    """GLB and triangle count of one tile of the ground."""
    field = imagery.field
    columns, rows = tree.columns[tile], tree.rows[tile]
    heights = field.heights[np.ix_(rows, columns)]
    mesh = ground_mesh(field.x[columns], field.y[rows], heights, tree.skirt_m, translation)
    picture = imagery.of_tile(tree, tile)
    if picture is None:
        return encode_glb(mesh, (), imprint), len(mesh.triangles)
    points = mesh.positions[:, :2] + translation[:2]
    mesh = replace(
        mesh,
        images=np.zeros(len(points), np.int32),
        texture_coordinates=picture.texture_coordinates(points),
    )
    return encode_glb(mesh, (), imprint, (picture.image(imprint.images),)), len(mesh.triangles)
