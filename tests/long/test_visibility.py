"""A thousand looks at a town and at a real village, building by building: nothing is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citiverse_assets import citygml, town
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.onlookers import missing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

EYES = 1_000


def hidden_in_view(sources: tuple[Path, ...], scene: Path) -> list[str]:
    """One building a leaf, so that none is seen for its neighbour's sake."""
    tile(TileOptions(sources, scene, max_leaf_objects=1, visibility=True, workers=2))
    return missing(scene, EYES, seed=18)


def test_no_visible_building_of_the_town_is_ever_missing(tmp_path: Path) -> None:
    source = tmp_path / "town.gml"
    citygml.write_town(town.Town(), source)
    assert hidden_in_view((source,), tmp_path / "scene") == []


def test_no_visible_building_of_a_real_village_is_ever_missing(data: Path, tmp_path: Path) -> None:
    sources = tuple(sorted((data / "cityjsonseq-france").glob("*.jsonl")))
    assert hidden_in_view(sources, tmp_path / "scene") == []
