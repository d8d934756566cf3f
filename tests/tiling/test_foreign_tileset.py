"""Foreign tilesets are read as one list of tiles, and nothing outside of their folder is."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.files import Files
from citiverse_tiling.foreign.tileset import ForeignTileset, read_tileset
from citiverse_tiling.foreign.volumes import moved, points_of
from citiverse_tiling.frame import SceneFrame
from tiling import foreign_tilesets as theirs

if TYPE_CHECKING:
    from pathlib import Path

LEAF = {"boundingVolume": theirs.AROUND, "geometricError": 0.0}


def read(folder: Path, documents: dict[str, dict[str, Any] | bytes]) -> ForeignTileset:
    path = theirs.write(folder, documents)
    return read_tileset(path.resolve(), Files(path.parent.resolve()))


def root(**more: Any) -> dict[str, Any]:
    return theirs.tileset(
        {"boundingVolume": theirs.AROUND, "geometricError": 8.0, "refine": "REPLACE"} | more
    )


def subtree(tiles: str, contents: str, children: str, where: str = "") -> bytes:
    """A binary subtree of bits in words of 0 and 1."""
    views, binary = [], b""
    for bits in (tiles, contents, children):
        packed = np.packbits([bit == "1" for bit in bits], bitorder="little").tobytes()
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(packed)})
        binary += packed + bytes(-len(packed) % 8)
    document = {
        "buffers": [{"byteLength": len(binary)} | ({"uri": where} if where else {})],
        "bufferViews": views,
        "tileAvailability": {"bitstream": 0},
        "contentAvailability": [{"bitstream": 1}],
        "childSubtreeAvailability": {"bitstream": 2},
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<4sIQQ", b"subt", 1, len(text), len(binary)) + text + binary


def implicit(scheme: str, **more: Any) -> dict[str, Any]:
    tiling = {
        "subdivisionScheme": scheme,
        "subtreeLevels": 2,
        "availableLevels": 4,
        "subtrees": {"uri": "s/{level}_{x}_{y}" + ("_{z}" if scheme == "OCTREE" else "")},
    }
    content = {"uri": "c/{level}_{x}_{y}.glb"}
    return root(implicitTiling=tiling, content=content, **more)


def test_a_tile_has_its_place_in_the_frames_of_those_above(tmp_path: Path) -> None:
    doubled = [2.0, 0, 0, 0, 0, 2.0, 0, 0, 0, 0, 2.0, 0, 10.0, 0, 0, 1.0]
    child = LEAF | {"transform": doubled, "geometricError": 3.0}
    tiles = read(tmp_path, {"tileset.json": root(transform=doubled, children=[child])}).tiles
    assert [tile.parent for tile in tiles] == [-1, 0]
    assert moved(np.ones((1, 3)), tiles[1].transform).tolist() == [[34.0, 4.0, 4.0]]
    assert tiles[1].geometric_error_m == 12.0


def test_the_tiles_of_an_external_tileset_hang_below_what_names_it(tmp_path: Path) -> None:
    inner = root(children=[LEAF | {"content": {"uri": "../a.glb"}}])
    outer = root(children=[LEAF | {"content": {"uri": "in/inner.json"}}])
    documents: dict[str, dict[str, Any] | bytes] = {
        "tileset.json": outer,
        "in/inner.json": inner,
        "a.glb": b"x",
    }
    tiles = read(tmp_path, documents).tiles
    assert [tile.parent for tile in tiles] == [-1, 0, 1, 2]
    assert [len(tile.contents) for tile in tiles] == [0, 0, 0, 1]


def test_an_implicit_quadtree_is_all_its_tiles(tmp_path: Path) -> None:
    documents: dict[str, dict[str, Any] | bytes] = {
        "tileset.json": implicit("QUADTREE"),
        # The root, its second and fourth child; below the fourth the first of four subtrees.
        "s/0_0_0": subtree("10101", "00101", "0" * 12 + "1000"),
        "s/2_2_2": subtree("11000", "11000", "0" * 16),
        "c/1_1_0.glb": b"x",
        "c/1_1_1.glb": b"x",
        "c/2_2_2.glb": b"x",
    }
    found = read(tmp_path, documents)
    assert [tile.parent for tile in found.tiles] == [-1, 0, 0, 2, 3]
    names = [tile.contents[0].name if tile.contents else "" for tile in found.tiles]
    assert names == ["", "1_1_0.glb", "1_1_1.glb", "2_2_2.glb", ""]
    assert [path.name for path in found.missing] == ["3_4_4.glb"]
    assert [tile.geometric_error_m for tile in found.tiles] == [8.0, 4.0, 4.0, 2.0, 1.0]
    box = found.tiles[1].volume.box
    assert box is not None
    assert box[:3] == [25.0, -25.0, 17.5]
    assert (box[3], box[7], box[11]) == (25.0, 25.0, 22.5)


def test_an_implicit_octree_halves_heights_too(tmp_path: Path) -> None:
    documents: dict[str, dict[str, Any] | bytes] = {
        "tileset.json": implicit("OCTREE"),
        "s/0_0_0_0": subtree("1" + "00000010", "0" * 9, "0" * 64),
    }
    tiles = read(tmp_path, documents).tiles
    box = tiles[1].volume.box
    assert box is not None
    assert box[:3] == [-25.0, 25.0, 28.75]


def test_regions_lie_where_the_globe_has_them(tmp_path: Path) -> None:
    lon, lat = np.radians([9.5, 54.8])
    half = 1e-5
    region = {"region": [lon - half, lat - half, lon + half, lat + half, 10.0, 30.0]}
    moved_away = {"transform": theirs.on_globe(0.0, 0.0)}
    (tile,) = read(tmp_path, {"tileset.json": root(boundingVolume=region, **moved_away)}).tiles
    points = points_of(tile.volume, tile.transform)
    assert points is not None
    scene = SceneFrame(9.5, 54.8).from_ecef(points)
    assert scene.min(axis=0) == pytest.approx((-36.9, -63.8, 10.0), abs=0.2)
    assert scene.max(axis=0) == pytest.approx((36.9, 63.8, 30.0), abs=0.2)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_real_tilesets_are_read(data: Path, version: str) -> None:
    path = data / "3dtiles-cesium-native" / "ImplicitTileset" / f"tileset_{version}.json"
    found = read_tileset(path, Files(path.parent))
    assert len(found.tiles) == 5
    assert found.missing == []


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://elsewhere.example/a.b3dm", "lies elsewhere"),
        ("//elsewhere.example/a.b3dm", "lies elsewhere"),
        ("file:///etc/passwd", "lies elsewhere"),
        ("../secret.b3dm", "outside of its folder"),
        ("%2e%2e/secret.b3dm", "outside of its folder"),
        ("/etc/passwd", "outside of its folder"),
        ("link/secret.b3dm", "outside of its folder"),
        ("a\0b", "no file"),
    ],
)
def test_what_lies_outside_of_the_folder_is_refused(tmp_path: Path, uri: str, why: str) -> None:
    (tmp_path / "secret.b3dm").write_bytes(b"b3dm")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "link").symlink_to(tmp_path)
    with pytest.raises(InputError, match=why):
        read(tmp_path / "t", {"tileset.json": root(content={"uri": uri})})


def test_a_tileset_that_contains_itself_is_refused(tmp_path: Path) -> None:
    documents: dict[str, dict[str, Any] | bytes] = {
        "tileset.json": root(content={"uri": "b.json"}),
        "b.json": root(content={"uri": "./c/../tileset.json"}),
    }
    (tmp_path / "c").mkdir()
    with pytest.raises(InputError, match="contains itself"):
        read(tmp_path, documents)


def test_too_many_tilesets_in_one_another_are_refused(tmp_path: Path) -> None:
    documents: dict[str, dict[str, Any] | bytes] = {
        f"{number}.json": root(content={"uri": f"{number + 1}.json"}) for number in range(40)
    }
    with pytest.raises(InputError, match="in one another"):
        read(tmp_path, documents | {"tileset.json": root(content={"uri": "0.json"})})


def test_tilesets_that_multiply_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("citiverse_tiling.foreign.tileset.MOST_TILES", 1_000)
    documents: dict[str, dict[str, Any] | bytes] = {
        f"{number}.json": root(contents=[{"uri": f"{number + 1}.json"}] * 2) for number in range(20)
    }
    with pytest.raises(InputError, match="more than 1,000 tiles"):
        read(tmp_path, documents | {"tileset.json": root(content={"uri": "0.json"})})


def test_tiles_that_are_too_deep_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    tile = json.dumps(LEAF)
    start = tile[:-1] + ',"children":['
    text = '{"asset":{"version":"1.1"},"geometricError":1,"root":'
    text += start * 700 + tile + "]}" * 700 + "}"
    with pytest.raises(InputError):
        read(tmp_path / "t", {"tileset.json": text.encode()})


@pytest.mark.parametrize(
    "transform",
    [
        [0.0] * 16,
        [1e300, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
        [1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
        [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1e20, 0, 0, 1],
    ],
)
def test_transforms_that_lead_nowhere_are_refused(tmp_path: Path, transform: list[float]) -> None:
    with pytest.raises(InputError, match="leads nowhere"):
        read(tmp_path, {"tileset.json": root(transform=transform)})


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"asset":{"version":"1.0"}}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_is_no_tileset_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(InputError, match="no tileset"):
        read(tmp_path, {"tileset.json": text})


@pytest.mark.parametrize("levels", [12, 30])
def test_subtrees_that_claim_too_much_are_refused(tmp_path: Path, levels: int) -> None:
    document = implicit("QUADTREE")
    document["root"]["implicitTiling"]["subtreeLevels"] = levels
    with pytest.raises(InputError, match="too large"):
        read(tmp_path, {"tileset.json": document, "s/0_0_0": subtree("1", "1", "0")})


@pytest.mark.parametrize("cut", [3, 20, 60, -1])
def test_subtrees_that_are_cut_short_are_refused(tmp_path: Path, cut: int) -> None:
    whole = subtree("10101", "00101", "0" * 16)
    with pytest.raises(InputError):
        read(tmp_path, {"tileset.json": implicit("QUADTREE"), "s/0_0_0": whole[:cut]})


def test_an_unknown_extension_that_is_needed_is_named(tmp_path: Path) -> None:
    document = root() | {"extensionsRequired": ["VENDOR_magic"]}
    with pytest.raises(InputError, match="VENDOR_magic"):
        read(tmp_path, {"tileset.json": document})
