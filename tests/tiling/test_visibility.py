"""What can be seen from where: nothing that a ray meets is missing, and much is hidden."""

from __future__ import annotations

import shutil
import struct
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse_tiling.check import check
from citiverse_tiling.check.visibility import check_visibility
from citiverse_tiling.errors import SceneError
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tree.tree_bin import decode_tree
from citiverse_tiling.visibility import run
from citiverse_tiling.visibility.visibility_bin import NAME, Block, Shape, decode, head
from tiling.cities import EAST, NORTH, box, building, write_citygml
from tiling.onlookers import missing

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import CityObject
    from citiverse_tiling.pipeline import TileSummary


def terraces() -> list[CityObject]:
    """Four rows of six houses, wall to wall; in one row there is a gap, in one a hand's width."""
    houses = []
    for row in range(4):
        x = EAST
        for number in range(6):
            shape = box(x, NORTH + row * 22, 30 + row * 0.3, (10, 9, 7 + (row + number) % 3))
            houses.append(building(f"{row}-{number}", shape))
            x += 10 + 3 * ((row, number) == (1, 3)) + 0.2 * ((row, number) == (2, 5))
    return houses


def tiled(source: Path, scene: Path, workers: int = 1) -> TileSummary:
    """One building a leaf, so that nothing is seen for its neighbour's sake."""
    options = TileOptions(
        (source,), scene, name="town", max_leaf_objects=1, visibility=True, workers=workers
    )
    return tile(options)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seen")
    tiled(write_citygml(folder / "town.gml", terraces()), folder / "scene")
    return folder / "scene"


def test_no_building_that_a_ray_meets_is_missing(scene: Path) -> None:
    assert missing(scene, eyes=40, seed=1) == []


def test_houses_behind_houses_are_hidden(scene: Path) -> None:
    known = decode((scene / NAME).read_bytes())
    table = decode_tree((scene / "tree.bin").read_bytes())
    houses = np.flatnonzero((table.layer == 1) & (table.child_count == 0))
    shares = []
    for number in range(len(known.places)):
        block = known.block(number)
        cells = block.seen[np.isfinite(block.highest)]
        shares.append(cells[:, np.isin(block.rows, houses)].sum(axis=1) / len(houses))
    assert np.concatenate(shares).mean() < 0.8


def test_an_inner_tile_is_seen_where_a_tile_below_it_is(scene: Path) -> None:
    table = decode_tree((scene / "tree.bin").read_bytes())
    block = decode((scene / NAME).read_bytes()).block(0)
    seen = np.zeros(len(table.parent), bool)
    seen[block.rows[block.seen[np.isfinite(block.highest)][0]]] = True
    inner = np.flatnonzero(table.child_count > 0)
    for row in inner.tolist():
        first = table.first_child[row]
        assert seen[row] == seen[first : first + table.child_count[row]].any()


def test_a_scene_with_visibility_is_whole(scene: Path) -> None:
    assert check(scene) == []


def test_many_workers_make_the_same_and_the_next_run_keeps_it(scene: Path, tmp_path: Path) -> None:
    source = scene.parent / "town.gml"
    first = tiled(source, tmp_path / "scene", workers=2)
    made = (tmp_path / "scene" / NAME).read_bytes()
    assert made == (scene / NAME).read_bytes()
    again = tiled(source, tmp_path / "scene")
    assert (tmp_path / "scene" / NAME).read_bytes() == made
    assert first.visibility is not None
    assert again.visibility is not None
    assert again.visibility.cells == first.visibility.cells > 0
    assert again.visibility.cpu_s == 0 < first.visibility.cpu_s


def test_a_run_that_was_interrupted_goes_on_where_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_citygml(tmp_path / "town.gml", terraces()[:1])
    monkeypatch.setattr(run, "blocks_seen", lambda *_: iter(()))
    with monkeypatch.context() as broken:
        broken.setattr(run, "_join", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tiled(source, tmp_path / "scene")
    survey = Mock()
    monkeypatch.setattr(run, "survey", survey)
    tiled(source, tmp_path / "scene")
    survey.assert_not_called()
    assert (tmp_path / "scene" / NAME).exists()
    assert not list(tmp_path.glob("*.partial"))


def test_without_being_asked_a_scene_has_none_and_loses_what_it_had(
    scene: Path, tmp_path: Path
) -> None:
    shutil.copytree(scene, tmp_path / "scene")
    tile(TileOptions((scene.parent / "town.gml",), tmp_path / "scene", max_leaf_objects=1))
    assert not (tmp_path / "scene" / NAME).exists()


BLOCK = Block(
    (3, -4),
    np.full((2, 2), 1.5, np.float32),
    np.full((2, 2), 4.0, np.float32),
    np.array([0, 2, 11]),
    np.arange(12).reshape(2, 2, 3) % 5 > 1,
)


def file_of(block: bytes, tiles: int = 12) -> bytes:
    return head([BLOCK.place], [len(block)], Shape(2, tiles, 4.0)) + block + bytes(16)


def test_a_block_is_read_as_it_was_written() -> None:
    read = decode(file_of(BLOCK.packed())).block(0)
    assert read.place == BLOCK.place
    assert np.array_equal(read.rows, BLOCK.rows)
    assert np.array_equal(read.seen, BLOCK.seen)
    assert np.array_equal(read.lowest, BLOCK.lowest)
    assert np.array_equal(read.highest, BLOCK.highest)


def test_the_bytes_are_those_of_the_contract() -> None:
    data = file_of(BLOCK.packed())
    assert struct.unpack_from("<8s3If", data) == (b"CVSEEN\x00\x01", 1, 2, 12, 4.0)
    assert struct.unpack_from("<2i2Q", data, 24) == (3, -4, 0, len(BLOCK.packed()))
    plain = zlib.decompress(data[48:-16])
    assert struct.unpack_from("<8fI3I", plain) == (*[1.5] * 4, *[4.0] * 4, 3, 0, 2, 11)
    assert plain[48:] == bytes(
        sum(1 << at for at, one in enumerate(cell) if one) for cell in BLOCK.seen.reshape(4, 3)
    )


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"no zlib",
        zlib.compress(bytes(10)),
        zlib.compress(bytes(1 << 20)),
        BLOCK.packed() + b"more",
        zlib.compress(bytes(32) + struct.pack("<I", 2**32 - 1)),
        zlib.compress(bytes(32) + struct.pack("<3I", 2, 5, 5) + bytes(4)),
        zlib.compress(bytes(32) + struct.pack("<2I", 1, 12) + bytes(4)),
    ],
)
def test_a_block_that_is_none_is_refused(block: bytes) -> None:
    with pytest.raises(SceneError, match="block 0"):
        decode(file_of(block)).block(0)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.integers(0, 200))
def test_a_damaged_file_is_refused_or_read_but_never_breaks_anything(
    at: int, value: int, cut: int
) -> None:
    data = bytearray(file_of(BLOCK.packed()))
    data[at % len(data)] = value
    with suppress(SceneError):
        known = decode(bytes(data[: len(data) - cut % len(data)]))
        for number in range(len(known.places)):
            block = known.block(number)
            assert block.seen.shape == (known.cells, known.cells, len(block.rows))


def test_check_says_what_is_wrong_with_a_tile_that_is_seen_for_nothing(
    scene: Path, tmp_path: Path
) -> None:
    known = decode((scene / NAME).read_bytes())
    table = decode_tree((scene / "tree.bin").read_bytes())
    block = known.block(0)
    root = int(np.flatnonzero(table.child_count[block.rows] > 0)[0])
    block.seen[:, :, root] ^= True
    shape = Shape(known.cells, known.tiles, known.cell_m)
    packed = block.packed()
    (tmp_path / NAME).write_bytes(
        head([block.place], [len(packed)], shape) + packed + known.made_from
    )
    assert "none below it" in " ".join(map(str, check_visibility(tmp_path, table)))
    (tmp_path / NAME).write_bytes(b"CVSEEN")
    assert "shorter than its header" in " ".join(map(str, check_visibility(tmp_path, table)))
