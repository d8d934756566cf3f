"""What goes into the spool comes out of it, by object, in any order."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tiling.cities import box, meshes
from tiling.spools import spooled

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = [box(10.0 * number, 0, 0, (1.0 + number, 2, 3)) for number in range(6)]


RECORDS = [b"a", b"", b"ccc", b"d", b"e", b"ff"]


@pytest.mark.parametrize("sizes", [(6,), (4, 2), (1, 0, 3, 2), (1,) * 6])
@pytest.mark.parametrize("order", [[0], [3, 4, 5], [5, 1, 2, 0], [2, 2], []])
def test_objects_come_back_as_they_were(
    tmp_path: Path, order: list[int], sizes: tuple[int, ...]
) -> None:
    segments, done = [], 0
    for size in sizes:
        batch = slice(done, done + size)
        segments.append([(meshes(*SHAPES[batch]), RECORDS[batch])] if size else [])
        done += size
    spool, index = spooled(tmp_path, segments)
    rows = np.array(order, np.int64)
    found = spool.meshes(index, rows)
    assert spool.records(index, rows) == [RECORDS[number] for number in order]
    assert len(found) == len(order)
    if order:
        expected = meshes(*(SHAPES[number] for number in order))
        assert np.array_equal(found.positions, expected.positions)
        assert np.array_equal(found.groups, expected.groups)
        assert np.array_equal(found.global_triangles, expected.global_triangles)


def test_a_mesh_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    spool, index = spooled(tmp_path, [[(meshes(*SHAPES[:2]), RECORDS[:2])]] * 2)
    with spool:
        index = spool.replace(index, np.array([2, 0]), meshes(*SHAPES[4:]))
        sent = pickle.loads(pickle.dumps(spool))
        for one in (spool, sent):
            found = one.meshes(index, np.arange(4))
            expected = meshes(SHAPES[5], SHAPES[1], SHAPES[4], SHAPES[1])
            assert np.array_equal(found.positions, expected.positions)


def test_more_files_are_read_than_may_be_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("citiverse_tiling.spool._MOST_OPEN", 2)
    segments = [[(meshes(shape), [b"record"])] for shape in SHAPES]
    spool, index = spooled(tmp_path, segments)
    found = spool.meshes(index, np.arange(len(SHAPES)))
    assert np.array_equal(found.positions, meshes(*SHAPES).positions)
