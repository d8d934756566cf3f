"""tree.bin: the golden file that every reader of the contract must read alike."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.errors import SceneError
from citiverse_tiling.tree.tree_bin import TreeTable, decode_tree, encode_tree

CONTRACT = Path(__file__).resolve().parent.parent / "contract"
GOLDEN = (CONTRACT / "tree.bin").read_bytes()
EXPECTED = json.loads((CONTRACT / "tree.json").read_bytes())


def test_the_golden_file_has_the_expected_columns() -> None:
    table = decode_tree(GOLDEN)
    assert {field.name for field in fields(TreeTable)} == set(EXPECTED)
    assert table.layer_count == EXPECTED["layer_count"]
    for name, values in EXPECTED.items():
        if name.endswith("hash"):
            assert [bytes(row).hex() for row in getattr(table, name)] == values
        elif name != "layer_count":
            assert np.array_equal(getattr(table, name), np.array(values)), name


def test_writing_what_was_read_gives_the_same_bytes() -> None:
    assert encode_tree(decode_tree(GOLDEN)) == GOLDEN


def test_columns_begin_at_multiples_of_eight() -> None:
    assert len(GOLDEN) % 8 == 0
    assert GOLDEN[:8] == b"CVTREE\x00\x01"


@given(st.integers(0, len(GOLDEN) - 1))
def test_a_file_cut_short_is_refused(size: int) -> None:
    with pytest.raises(SceneError, match=r"no tree\.bin"):
        decode_tree(GOLDEN[:size])


def test_a_longer_file_and_another_version_are_refused() -> None:
    with pytest.raises(SceneError, match="asks for"):
        decode_tree(GOLDEN + bytes(8))
    with pytest.raises(SceneError, match="version 1"):
        decode_tree(GOLDEN[:7] + b"\x02" + GOLDEN[8:])


@given(st.binary(max_size=200))
def test_anything_else_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(SceneError):
        decode_tree(GOLDEN[:8] + data)
