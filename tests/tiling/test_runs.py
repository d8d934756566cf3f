"""Rows of many tiles are kept in two arrays."""

from __future__ import annotations

import numpy as np

from citiverse_tiling.tree.runs import Runs


def test_each_tile_has_its_own_rows() -> None:
    given = [np.array([3, 1]), np.zeros(0, np.int64), np.array([2])]
    runs = Runs.of(given)
    assert len(runs) == 3
    assert [rows.tolist() for rows in runs] == [[3, 1], [], [2]]
    assert runs[2].tolist() == [2]
    assert runs.rows.dtype == np.int32


def test_there_may_be_no_tiles() -> None:
    assert len(Runs.of([])) == 0
