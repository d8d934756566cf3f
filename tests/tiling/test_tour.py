"""A walk through a finished scene finds what a device would have to draw at most."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.budget import BudgetFigure, BudgetReport
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.profiles import BUDGETS, PROFILES, TILE_LIMITS
from citiverse_tiling.start import Start
from citiverse_tiling.tile_load import load_of
from citiverse_tiling.tour import POINTS, fullest_layer, keep_budget, tour
from citiverse_tiling.transforms.ground import level_field
from citiverse_tiling.tree.tree_bin import decode_tree
from tiling.cities import town, write_citygml
from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.tree.tree_bin import TreeTable

START = Start(np.array([5.0, 5.0, 0.0]), 90.0)
GROUND = level_field(np.array([-50.0, -50.0]), np.array([400.0, 400.0]), 64.0)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tour")
    tile(TileOptions((write_citygml(folder / "city.gml", town(150)),), folder / "scene"))
    return folder / "scene"


def table_of(scene: Path) -> TreeTable:
    return decode_tree((scene / "tree.bin").read_bytes())


def test_the_walk_begins_at_the_start_and_goes_to_all_parts(scene: Path) -> None:
    table = table_of(scene)
    looks = list(tour(table, fullest_layer(table), START, GROUND))
    assert len(looks) == POINTS
    assert looks[0].eye.tolist() == [5.0, 5.0, 1.7]
    assert looks[0].forward.tolist() == pytest.approx([1, 0, 0], abs=1e-9)
    places = np.array([look.eye for look in looks])
    assert (np.ptp(places[:, :2], axis=0) > 100).all()
    steps = np.linalg.norm(np.diff(places[1:], axis=0), axis=1)
    assert steps.max() <= np.median(steps) * 1.5 + 1e-6, "no leaps"


def test_figures_are_the_worst_and_name_their_place(scene: Path) -> None:
    table = table_of(scene)
    files = {path.stem: path.read_bytes() for path in scene.glob("tiles/*/*.glb")}

    def read(row: int) -> bytes:
        return files[table.content_hash[row].tobytes().hex()]

    looks = list(tour(table, fullest_layer(table), START, GROUND))
    whole = keep_budget(table, iter(looks), "headset", read)
    each = [keep_budget(table, iter([look]), "headset", read) for look in looks]
    assert whole.points == len(looks)
    for name in ("draws", "triangles", "gpu_bytes", "primitives"):
        worst = max(getattr(one, name).most for one in each)
        assert getattr(whole, name).most == worst > 0
        places = [getattr(one, name).position for one in each if getattr(one, name).most == worst]
        assert getattr(whole, name).position == places[0]
        assert getattr(whole, name).limit == getattr(BUDGETS["headset"], name)
    assert whole.misses() == []


def test_the_report_tells_how_the_budget_is_kept(scene: Path) -> None:
    budget = json.loads((scene / "report.json").read_bytes())["budget"]
    assert budget["profile"] == json.loads((scene / "scene.json").read_bytes())["profile"]
    assert budget["draws"]["limit"] == BUDGETS["desktop"].draws


def test_the_load_of_a_tile_is_what_it_draws(scene: Path) -> None:
    for one in tiles(scene, "buildings"):
        glb = one.glb()
        load = load_of(one.content.read_bytes())
        assert load.primitives == len(glb.primitives)
        vertices = sum(len(part.positions) for part in glb.primitives)
        triangles = sum(len(part.triangles) for part in glb.primitives)
        assert 12 * vertices <= load.gpu_bytes - 6 * triangles <= 24 * vertices


def test_what_is_over_the_limit_is_said() -> None:
    figure = BudgetFigure(200, 150, (1.0, 2.0, 3.0))
    kept = BudgetFigure(100, 150, (1.0, 2.0, 3.0))
    said = BudgetReport("headset", 24.0, 48, figure, kept, kept, kept).misses()
    assert said == [
        "too much for a headset: 200 draw calls at (1, 2, 3), where 150 is the most it should meet",
    ]


def test_profiles_are_complete_and_see_as_far_as_their_pictures() -> None:
    assert BUDGETS["headset"].half_angle == pytest.approx(
        math.atan(math.hypot(math.tan(math.radians(48)), math.tan(math.radians(52))))
    )
    assert set(BUDGETS) == set(TILE_LIMITS) == set(PROFILES)
    assert BUDGETS["headset"].draws < BUDGETS["desktop"].draws


def test_a_headset_gets_tiles_of_four_materials_at_most(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="profile"):
        TileOptions((), tmp_path, profile="watch")  # type: ignore[arg-type] # no such device
    limits = TileOptions((), tmp_path, profile="headset", max_leaf_objects=7).limits
    assert (limits.leaf_objects, limits.primitives) == (7, 4)
