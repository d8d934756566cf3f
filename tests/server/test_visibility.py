"""What a walker can see: by cells of ground, and everything where the file can't tell."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server import visibility
from citiverse_server.scene import open_scene
from citiverse_server.visibility import Visibility, visibility_of
from server.scenes import write_scene
from server.sights import CELL_M, SIDE, pack_sights

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.visibility import Bools, Sight

TILES = 40
STILL = (0.0, 0.0, 0.0)
EYE_M = 1.65

cells = st.tuples(st.integers(-9, 9), st.integers(-9, 9))
places = st.tuples(st.floats(-30.0, 30.0), st.floats(-30.0, 30.0))


def line(count: int) -> dict[tuple[int, int], set[int]]:
    """Cells along x, each of which sees the tile of its number."""
    return {(column, 0): {column} for column in range(count)}


def opened(data: bytes) -> Visibility:
    return Visibility(memoryview(data), TILES)


def rows(seen: Bools) -> set[int]:
    return set(np.flatnonzero(seen).tolist())


def at(sights: Visibility, x: float, velocity: tuple[float, float, float] = STILL) -> Sight:
    sight = sights.sight((x, 2.0, EYE_M), velocity)
    assert sight is not None
    return sight


@given(st.dictionaries(cells, st.sets(st.integers(0, TILES - 1)), max_size=60), places)
def test_seen_is_what_any_cell_within_reach_sees(
    seen: dict[tuple[int, int], set[int]], place: tuple[float, float]
) -> None:
    sight = opened(pack_sights(seen, TILES)).sight((*place, EYE_M), STILL)
    own = (int(place[0] // CELL_M), int(place[1] // CELL_M))
    if own not in seen:
        assert sight is None
        return
    assert sight is not None
    for found, reach in ((sight.now, visibility.NOW_M), (sight.soon, visibility.SOON_M)):
        expected = set()
        for cell, tiles in seen.items():
            aside = [
                max(part * CELL_M - x, 0.0, x - (part + 1) * CELL_M)
                for part, x in zip(cell, place, strict=True)
            ]
            if float(np.hypot(aside[0], aside[1])) <= reach:
                expected |= tiles
        assert rows(found) == expected


def test_who_walks_is_shown_what_lies_ahead_sooner() -> None:
    sights = opened(pack_sights(line(TILES), TILES))
    still, walking = at(sights, 83.0), at(sights, 83.0, (1.5, 0.0, 0.0))
    assert rows(still.now) == rows(walking.now) == {20, 21}
    assert rows(still.soon) == {18, 19, 20, 21, 22, 23}
    assert rows(walking.soon) == rows(still.soon) | {24}


def test_nobody_is_so_fast_that_the_whole_city_counts() -> None:
    sights = opened(pack_sights(line(TILES), TILES))
    running = at(sights, 2.0, (1e9, 0.0, 0.0))
    assert max(rows(running.soon)) * CELL_M <= visibility.MOST_AHEAD_M + visibility.SOON_M


@pytest.mark.parametrize("z", [-0.6, 2.4, 400.0, float("nan")])
def test_an_eye_above_or_below_the_band_may_see_everything(z: float) -> None:
    assert opened(pack_sights(line(3), TILES)).sight((2.0, 2.0, z), STILL) is None


def test_a_cell_of_which_nothing_is_known_adds_nothing_to_its_neighbours() -> None:
    sights = opened(pack_sights({(0, 0): {1}, (2, 0): {2}}, TILES))
    assert rows(at(sights, 2.0).soon) == {1, 2}
    assert sights.sight((6.0, 2.0, EYE_M), STILL) is None


def test_who_may_step_where_no_block_is_may_see_everything() -> None:
    seen = {(column, 2): {column} for column in range(12)}
    alone = opened(pack_sights(seen, TILES, margin=0))
    known = opened(pack_sights(seen, TILES))
    place = (24.0, 10.0, EYE_M)
    assert known.sight(place, STILL) is not None
    assert alone.sight(place, STILL) is None


def test_only_so_many_blocks_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sights = opened(pack_sights(line(TILES), TILES))
    at(sights, 2.0)
    one = sights.held_bytes
    monkeypatch.setattr(visibility, "CACHE_BYTES", 2 * one)
    for column in range(TILES):
        assert column in rows(at(sights, column * CELL_M + 1.0).now)
        assert sights.held_bytes <= 2 * one
    assert column >= 3 * SIDE


def test_a_block_that_is_broken_hides_nothing() -> None:
    last = (TILES - 1) // SIDE
    data = bytearray(pack_sights({(column, SIDE): {column} for column in range(TILES)}, TILES, 0))
    begin = len(data) - 16 - 20
    data[begin : begin + 10] = bytes(10)
    sights = opened(bytes(data))
    middle = SIDE * CELL_M + 10.0
    assert sights.sight((last * SIDE * CELL_M + 4.0, middle, EYE_M), STILL) is None


def test_a_block_that_would_fill_the_memory_is_not_unpacked() -> None:
    bomb = zlib.compress(bytes(50_000_000))
    head = struct.pack("<8s3If2i2Q", b"CVSEEN\0\1", 1, SIDE, TILES, CELL_M, 0, 0, 0, len(bomb))
    sights = opened(head + bomb)
    assert sights.sight((2.0, 2.0, EYE_M), STILL) is None
    assert sights.held_bytes == 0


def header(**other: object) -> bytes:
    said: dict[str, object] = {
        "magic": b"CVSEEN\0\1",
        "blocks": 0,
        "side": SIDE,
        "tiles": TILES,
        "cell": CELL_M,
    }
    return struct.pack("<8s3If", *{**said, **other}.values())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        header(magic=b"CVSEEN\0\2") + bytes(24),
        header(tiles=TILES + 1) + bytes(24),
        header(side=0) + bytes(24),
        header(side=65) + bytes(24),
        header(cell=float("nan")) + bytes(24),
        header(blocks=2**32 - 1) + bytes(24),
        header(blocks=1) + struct.pack("<2i2Q", 0, 0, 0, 2**40),
        header(blocks=1) + struct.pack("<2i2Q", 0, 0, 5, 0) + bytes(16),
        header(blocks=2) + struct.pack("<4i3Q", 1, 0, 0, 0, 0, 0, 0),
    ],
)
def test_a_broken_file_is_said_and_hides_nothing(
    data: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert visibility_of(memoryview(data), TILES, tmp_path) is None
    assert "hides nothing" in caplog.text


@given(st.binary(max_size=200), st.integers(0, 300))
def test_damaged_bytes_never_end_a_server(damage: bytes, place: int) -> None:
    data = bytearray(pack_sights(line(9), TILES))
    data[place : place + len(damage)] = damage
    try:
        sights = opened(bytes(data))
    except ValueError:
        return
    for x in range(9):
        sight = sights.sight((x * CELL_M + 1.0, 2.0, EYE_M), STILL)
        assert sight is None or not (sight.now & ~sight.soon).any()


def test_a_scene_has_what_its_manifest_names(tmp_path: Path) -> None:
    folder = write_scene(tmp_path / "town")
    tiles = open_scene(folder).catalog.tiles.count
    (folder / "visibility.bin").write_bytes(pack_sights({(0, 0): {0, 1, 5}}, tiles))
    assert open_scene(folder).catalog.visibility is None
    manifest = json.loads((folder / "scene.json").read_text())
    manifest["checksums"] = {"visibility.bin": "sha256:0"}
    (folder / "scene.json").write_text(json.dumps(manifest))
    sights = open_scene(folder).catalog.visibility
    assert sights is not None
    assert rows(at(sights, 2.0).now) == {0, 1, 5}
    (folder / "visibility.bin").unlink()
    assert open_scene(folder).catalog.visibility is None
