"""Writes a tileset of one b3dm with py3dtiles into a folder.

Runs in an environment of its own, that has py3dtiles and nothing of ours. Takes the folder, and the
transform of the root as 16 numbers, column by column.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from py3dtiles.tileset import BoundingVolumeBox, Tile, TileSet
from py3dtiles.tileset.content import B3dm
from py3dtiles.tileset.content.batch_table import BatchTable

CORNERS = np.array([[0, 0, 0], [20, 0, 0], [20, 0, 9], [0, 0, 9], [30, 5, 0], [40, 5, 0]], "<f4")
FACES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 2]], "<u4")


def main(folder: Path, transform: np.ndarray) -> None:
    """Two walls of one house and one of another."""
    table = BatchTable()
    table.add_property_as_json("name", ["West", "East"])
    batch_ids = np.array([0, 0, 0, 0, 1, 1], "<u4")
    x, y, z = CORNERS.T
    y_up = np.column_stack([x, z, -y])
    model = B3dm.from_numpy_arrays(y_up, FACES, batch_table=table, batchids=batch_ids)
    volume = BoundingVolumeBox.from_list([20, 2, 5, 20, 0, 0, 0, 5, 0, 0, 0, 5])
    root = Tile(0.0, volume, transform, "ADD", "content.b3dm")
    root.tile_content = model
    tileset = TileSet(geometric_error=100.0)
    tileset.root_tile = root
    tileset.write_to_directory(folder / "tileset.json")


if __name__ == "__main__":
    numbers = np.array([float(word) for word in sys.argv[2:]])
    main(Path(sys.argv[1]), numbers.reshape(4, 4).T)
