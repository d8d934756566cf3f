"""The cut is the server's: both are held to the same file (tests/server/test_lod.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citiverse_tiling.tree.cut import cut, in_view
from citiverse_tiling.tree.tree_bin import decode_tree

CONTRACT = Path(__file__).resolve().parent.parent / "contract"
GOLDEN = json.loads((CONTRACT / "cut.json").read_bytes())
TABLE = decode_tree((CONTRACT / GOLDEN["tree"]).read_bytes())


@pytest.mark.parametrize("view", GOLDEN["views"])
def test_the_cut_is_that_of_the_golden_file(view: dict[str, Any]) -> None:
    found = cut(TABLE, np.array(view["eye"]), view["pixels_per_slope"], view["target_px"])
    assert found.refined.tolist() == view["refined"]
    assert found.shown.tolist() == view["shown"]


def test_only_what_reaches_into_the_cone_is_in_view() -> None:
    eye, rows = np.array([-200.0, 0.0, 40.0]), np.arange(len(TABLE.parent))
    east, west = np.array([1.0, 0, 0]), np.array([-1.0, 0, 0])
    assert in_view(TABLE, rows, eye, east, 0.5).tolist() == rows.tolist()
    assert in_view(TABLE, rows, eye, west, 0.5).tolist() == []
    inside = in_view(TABLE, rows, np.array([20.0, 0.0, 35.0]), west, 0.1).tolist()
    assert {0, 1} <= set(inside), "whoever stands in a box sees what is in it"
