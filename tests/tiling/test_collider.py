"""Colliders: small, exact, and in every cell that they touch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.content.collider import (
    CellBlock,
    decode_collider,
    encode_collider,
    feature_key,
    in_use,
    triangle_cells,
    weld,
)
from citiverse_tiling.errors import SceneError
from tiling.cities import box, meshes

FILE = Path("colliders/buildings/00.bin")
BLOCK = CellBlock(-2, -2, 4, 64.0)
CUBE = meshes(box(60, 60, 30, (8, 8, 8)))


def test_what_is_written_is_read() -> None:
    positions = np.arange(12, dtype=np.float32).reshape(4, 3)
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    data = encode_collider(positions, triangles)
    assert len(data) == 16 + 12 * 4 + 12 * 2
    found = decode_collider(data, FILE)
    assert np.array_equal(found[0], positions)
    assert np.array_equal(found[1], triangles)
    assert not len(found[2])


def test_it_says_whose_each_triangle_is() -> None:
    triangles = np.array([[0, 1, 2], [0, 2, 3], [1, 2, 3]], np.uint32)
    features = np.array([[feature_key("a/1"), 1], [feature_key("a/2"), 2]], np.uint32)
    data = encode_collider(np.zeros((4, 3), np.float32), triangles, features)
    assert np.array_equal(decode_collider(data, FILE)[2], features)


def test_features_with_more_triangles_than_there_are_are_refused() -> None:
    features = np.array([[7, 2]], np.uint32)
    data = encode_collider(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.uint32), features)
    with pytest.raises(SceneError, match="triangles"):
        decode_collider(data, FILE)


def test_a_feature_is_called_by_the_checksum_of_its_identity() -> None:
    assert feature_key("123456789") == 0xCBF43926  # the check value of CRC-32


@given(st.binary(max_size=64))
def test_anything_else_is_refused_with_its_file(data: bytes) -> None:
    with pytest.raises(SceneError, match=r"00\.bin"):
        decode_collider(b"CVCOLL\x00\x01"[: len(data)] + data, FILE)


def test_an_index_beyond_the_vertices_is_refused() -> None:
    data = encode_collider(np.zeros((3, 3), np.float32), np.array([[0, 1, 3]], np.uint32))
    with pytest.raises(SceneError, match="beyond"):
        decode_collider(data, FILE)


def test_a_welded_box_has_eight_corners_and_the_same_triangles() -> None:
    welded = weld(CUBE.positions, CUBE.global_triangles)
    used, local = in_use(welded)
    assert len(used) == 8
    corners = CUBE.positions[used][local]
    assert np.array_equal(corners, CUBE.positions[CUBE.global_triangles])


def test_a_box_over_four_corners_is_in_four_cells() -> None:
    rows, cells = triangle_cells(CUBE.positions, CUBE.global_triangles, BLOCK)
    assert set(map(tuple, cells.tolist())) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert set(rows.tolist()) == set(range(12))


def test_cells_south_and_west_of_the_origin_are_negative() -> None:
    made = meshes(box(-10, -70, 0, (2, 2, 2)))
    _, cells = triangle_cells(made.positions, made.global_triangles, BLOCK)
    assert set(map(tuple, cells.tolist())) == {(-1, -2)}


def test_cells_outside_of_the_block_are_left_to_others() -> None:
    block = CellBlock(1, 1, 4, 64.0)
    _, cells = triangle_cells(CUBE.positions, CUBE.global_triangles, block)
    assert set(map(tuple, cells.tolist())) == {(1, 1)}
    away = CellBlock(5, 5, 4, 64.0)
    rows, _ = triangle_cells(CUBE.positions, CUBE.global_triangles, away)
    assert len(rows) == 0
