"""What goes into the spool comes out of it, by object, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.spool import Spool
from tiling.cities import box, meshes

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = [box(10.0 * number, 0, 0, (1.0 + number, 2, 3)) for number in range(6)]


@pytest.mark.parametrize("order", [[0], [3, 4, 5], [5, 1, 2, 0], [2, 2], []])
def test_objects_come_back_as_they_were(tmp_path: Path, order: list[int]) -> None:
    with Spool(tmp_path) as spool:
        spool.append(meshes(*SHAPES[:4]), [b"a", b"", b"ccc", b"d"])
        spool.append(meshes(*SHAPES[4:]), [b"e", b"ff"])
        index = spool.finish()
        rows = np.array(order, np.int64)
        found = spool.meshes(index, rows)
        assert spool.records(index, rows) == [
            [b"a", b"", b"ccc", b"d", b"e", b"ff"][i] for i in order
        ]
    assert len(found) == len(order)
    if order:
        expected = meshes(*(SHAPES[number] for number in order))
        assert np.array_equal(found.positions, expected.positions)
        assert np.array_equal(found.groups, expected.groups)
        assert np.array_equal(found.global_triangles, expected.global_triangles)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.append(meshes(SHAPES[0]), [b"record"])
    assert list(tmp_path.iterdir()) == []
