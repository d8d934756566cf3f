"""Second deliveries of real cities, made by chance: 98 % found right, none silently wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling import second_delivery
from tiling.test_succession import succession, verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tiling.second_delivery import Truth

    Remake = Callable[[Path, Path, int], Truth]

pytestmark = pytest.mark.long
SEEDS = 10


@pytest.mark.parametrize(
    ("folder", "pattern", "ending", "remake"),
    [
        ("nrw-lod2", "*.gml", ".gml", second_delivery.citygml),
        ("cityjson-delft", "*.json", ".city.json", second_delivery.cityjson),
    ],
    ids=["nrw-lod2", "cityjson-delft"],
)
def test_second_deliveries_are_led_on(
    data: Path, tmp_path: Path, folder: str, pattern: str, ending: str, remake: Remake
) -> None:
    (source,) = (data / folder).glob(pattern)
    tile(TileOptions((source,), tmp_path / "first"))
    total = found = 0
    silent: list[str] = []
    for seed in range(SEEDS):
        second = tmp_path / f"second{ending}"
        truth = remake(source, second, seed)
        tile(TileOptions((second,), tmp_path / "second", previous=tmp_path / "first"))
        right, wrong = verdict(succession(tmp_path / "second"), truth)
        total, found, silent = total + len(truth.became), found + right, silent + wrong
    print(f"{folder}: {found:,} of {total:,} found right, {len(silent)} silently wrong")
    assert silent == []
    assert found >= 0.98 * total
