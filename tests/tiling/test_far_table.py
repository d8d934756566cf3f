"""Merged blocks know what they stand for, through all levels, where that isn't too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling import far_table
from citiverse_tiling.far_table import FarTable, Merged, far_objects, objects_behind
from citiverse_tiling.transforms.block import upright_blocks
from citiverse_tiling.tree.coarse import FarBlocks
from citiverse_tiling.tree.runs import Runs

if TYPE_CHECKING:
    from pathlib import Path

OWN = upright_blocks(np.arange(15.0).reshape(5, 3), np.ones((5, 3)))


@pytest.fixture
def merged(tmp_path: Path) -> Merged:
    """Of objects 0 to 4: row 5 is 0 and 1, row 6 is 2 and 4, row 7 is 5 and 6; 3 is left out."""
    table = FarTable(tmp_path / "far", 5, OWN.take)
    two, one = OWN.take(np.arange(2)), OWN.take(np.arange(1))
    parts = Runs(np.array([0, 1, 4, 2], np.int32), np.array([0, 2, 4]))
    table.append(FarBlocks(two, np.array([1, 2])), parts)
    table.append(FarBlocks(one, np.array([2])), Runs(np.array([6, 5], np.int32), np.array([0, 2])))
    return table.merged()


def test_objects_are_found_through_all_levels(merged: Merged) -> None:
    assert far_objects(merged).tolist() == [1, 2, 2]
    for first, count, objects, blocks in (
        (0, 2, [0, 1, 2, 4], [0, 0, 1, 1]),
        (1, 1, [2, 4], [0, 0]),
        (2, 1, [0, 1, 2, 4], [0, 0, 0, 0]),
    ):
        found = objects_behind(merged, first, count)
        assert found is not None
        assert found.objects.tolist() == objects
        assert found.blocks.tolist() == blocks


def test_there_is_none_where_it_is_too_much(
    merged: Merged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_table, "MOST_BEHIND", 3)
    assert objects_behind(merged, 0, 1) is not None
    assert objects_behind(merged, 2, 1) is None
