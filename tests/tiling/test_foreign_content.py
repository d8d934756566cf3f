"""Foreign content is read as it is meant, and what can't be read is named."""

from __future__ import annotations

import json
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.check.standard.documents import BoundingVolume
from citiverse_tiling.content.glb import Imprint
from citiverse_tiling.content.property_table import AttributeTypes, attribute_properties
from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.arrange import NOTHING, Arranged, arrange
from citiverse_tiling.foreign.batched import read_batched
from citiverse_tiling.foreign.content import ForeignContent, glb_chunks, read_content
from citiverse_tiling.foreign.convert import empty_tile, place, tile_of
from citiverse_tiling.foreign.embed import self_contained, suffix_of
from citiverse_tiling.foreign.files import Files
from citiverse_tiling.foreign.tileset import ForeignTile, Refinement
from citiverse_tiling.foreign.unstreamable import Unstreamable
from citiverse_tiling.frame import SceneFrame
from tiling import foreign_tilesets as theirs

HOUSE = theirs.House((0.0, 0.0, 0.0), (10.0, 6.0, 4.0))
WHERE = Path("content.b3dm")


def read(data: bytes, folder: Path | None = None) -> ForeignContent:
    path = (folder or Path.cwd()) / WHERE
    (content,) = read_content(path, data, "Y", Files(path.parent))
    return content


def changed(glb: bytes, change: Any) -> bytes:
    """A GLB with its JSON changed."""
    text, binary = glb_chunks(WHERE, glb)
    document = json.loads(text)
    change(document)
    made = json.dumps(document).encode()
    made += b" " * (-len(made) % 8 + 4)
    head = struct.pack("<4sIII4s", b"glTF", 2, 28 + len(made) + len(binary), len(made), b"JSON")
    return head + made + struct.pack("<I4s", len(binary), b"BIN\0") + binary


def test_a_model_stands_upright() -> None:
    (surface,) = read(theirs.glb([HOUSE])).surfaces
    assert surface.positions.min(axis=0).tolist() == [0.0, 0.0, 0.0]
    assert surface.positions.max(axis=0).tolist() == [10.0, 6.0, 4.0]
    assert surface.normals is not None
    corners = surface.positions[surface.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    told = surface.normals[surface.triangles[:, 0]]
    assert (np.einsum("ij,ij->i", facing, told) > 0).all()


def test_nodes_place_and_mirror_what_they_hold() -> None:
    def mirror(document: dict[str, Any]) -> None:
        document["nodes"] = [
            {"children": [1], "translation": [100, 0, 0]},
            {"mesh": 0, "scale": [-1, 1, 1], "rotation": [0, 0.7071068, 0, 0.7071068]},
        ]

    (surface,) = read(changed(theirs.glb([HOUSE]), mirror)).surfaces
    low, high = surface.positions.min(axis=0), surface.positions.max(axis=0)
    assert low == pytest.approx((94, -10, 0), abs=1e-4)
    assert high == pytest.approx((100, 0, 4), abs=1e-4)
    assert surface.normals is not None
    corners = surface.positions[surface.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    told = surface.normals[surface.triangles[:, 0]]
    assert (np.einsum("ij,ij->i", facing, told) > 0).all()


def test_a_batch_table_may_be_binary() -> None:
    values = struct.pack("<2f", 1.5, 2.5)
    table = json.dumps({"BATCH_LENGTH": 2}).encode()
    table += b" " * (-(28 + len(table)) % 8)
    column = {"height": {"byteOffset": 0, "componentType": "FLOAT", "type": "SCALAR"}}
    batch = json.dumps(column).encode()
    batch += b" " * (-len(batch) % 8)
    body = table + batch + values + theirs.glb([HOUSE])
    lengths = (len(table), 0, len(batch), len(values))
    data = struct.pack("<4sII4I", b"b3dm", 1, 28 + len(body), *lengths) + body
    assert read_batched(data, WHERE).columns == {"height": [1.5, 2.5]}


def test_a_batch_table_is_read_where_nobody_says_how_long_it_is() -> None:
    batch = b'{"name":["West","East"]}'
    data = struct.pack("<4sII4I", b"b3dm", 1, 52, 0, 0, len(batch), 0) + batch
    read_back = read_batched(data, WHERE)
    assert (read_back.count, read_back.columns) == (2, {"name": ["West", "East"]})


def test_a_composite_is_its_parts() -> None:
    first = theirs.b3dm(theirs.glb([HOUSE]), {"name": ["A"]})
    path = Path.cwd() / WHERE
    data = theirs.cmpt(first, theirs.cmpt(first))
    assert len(read_content(path, data, "Y", Files(path.parent))) == 2


def test_each_copy_of_a_model_is_a_feature_in_its_place() -> None:
    positions = np.array([[0, 0, 0], [50, 0, 0]], "<f4").tobytes()
    upwards = np.array([[0, 1, 0], [1, 0, 0]], "<f4").tobytes()
    rightwards = np.array([[1, 0, 0], [0, -1, 0]], "<f4").tobytes()
    scales = np.array([1, 2], "<f4").tobytes()
    table = {
        "INSTANCES_LENGTH": 2,
        "RTC_CENTER": [100, 0, 5],
        "POSITION": {"byteOffset": 0},
        "NORMAL_UP": {"byteOffset": 24},
        "NORMAL_RIGHT": {"byteOffset": 48},
        "SCALE": {"byteOffset": 72},
    }
    data = theirs.i3dm(
        theirs.glb([HOUSE]),
        table,
        positions + upwards + rightwards + scales,
        {"kind": ["oak", "lime"]},
    )
    content = read(data)
    (surface,) = content.surfaces
    first, second = np.split(surface.positions, 2)
    assert first.min(axis=0).tolist() == [100, 0, 5]
    assert first.max(axis=0).tolist() == [110, 6, 9]
    # Its x points south, its y east: a house of 10 m by 6 m, twice as large.
    assert second.min(axis=0).tolist() == [150, -20, 5]
    assert second.max(axis=0).tolist() == [162, 0, 13]
    assert surface.features is not None
    assert surface.features.tolist() == [0] * 24 + [1] * 24
    assert content.columns == {"kind": ["oak", "lime"]}
    assert surface.normals is not None
    corners = surface.positions[surface.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    told = surface.normals[surface.triangles[:, 0]]
    assert (np.einsum("ij,ij->i", facing, told) > 0).all()


def test_copies_may_stand_upright_on_the_globe_in_few_bytes() -> None:
    frame = SceneFrame(9.5, 54.8)
    low = frame.to_ecef(np.array([[-10.0, -10.0, 0.0]]))[0]
    table = {
        "INSTANCES_LENGTH": 1,
        "POSITION_QUANTIZED": {"byteOffset": 0},
        "QUANTIZED_VOLUME_OFFSET": low.tolist(),
        "QUANTIZED_VOLUME_SCALE": [1e-3, 1e-3, 1e-3],
        "EAST_NORTH_UP": True,
    }
    (surface,) = read(theirs.i3dm(theirs.glb([HOUSE]), table, bytes(6))).surfaces
    scene = frame.from_ecef(surface.positions)
    assert scene.min(axis=0) == pytest.approx((-10, -10, 0), abs=0.01)
    assert scene.max(axis=0) == pytest.approx((0, -4, 4), abs=0.01)


def test_too_many_copies_are_shown_as_they_are() -> None:
    table = {"INSTANCES_LENGTH": 60_000, "POSITION": {"byteOffset": 0}}
    with pytest.raises(Unstreamable, match="copies of a model"):
        read(theirs.i3dm(theirs.glb([HOUSE, HOUSE]), table, bytes(60_000 * 12)))


def test_tables_that_claim_too_much_are_refused() -> None:
    many = json.dumps({"BATCH_LENGTH": 10_000_000}).encode()
    many += b" " * (-(28 + len(many)) % 8)
    batch = json.dumps({"a": []}).encode()
    batch += b" " * (-len(batch) % 8)
    body = many + batch + theirs.glb([HOUSE])
    lengths = (len(many), 0, len(batch), 0)
    data = struct.pack("<4sII4I", b"b3dm", 1, 28 + len(body), *lengths) + body
    with pytest.raises(Unstreamable, match="10,000,000 features"):
        read(data)


def test_texture_coordinates_are_moved_as_the_file_says() -> None:
    def move(document: dict[str, Any]) -> None:
        info = document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
        moved = {"offset": [0.5, 0.0], "scale": [0.25, 2.0]}
        info["extensions"] = {"KHR_texture_transform": moved}
        document["extensionsUsed"] = ["KHR_texture_transform"]

    look = theirs.Look(image=theirs.png((1, 2, 3)))
    (surface,) = read(changed(theirs.glb([HOUSE], look), move)).surfaces
    assert surface.places is not None
    assert surface.places.min(axis=0).tolist() == [0.5, 0.0]
    assert surface.places.max(axis=0).tolist() == [0.75, 2.0]


def test_what_is_unlit_is_lit_evenly() -> None:
    content = read(theirs.glb([HOUSE], theirs.Look(unlit=True)))
    placed = place("theirs", [("0" * 32, [content])], np.eye(4))
    assert placed is not None
    glb = decode_glb(tile_of(placed, np.zeros(3), {}, Imprint()))
    assert np.allclose(glb.primitives[0].normals, (0, 1, 0), atol=0.01)


def test_colours_images_and_attributes_come_through() -> None:
    look = theirs.Look(image=theirs.png((10, 20, 30)), batched=True)
    content = read(theirs.b3dm(theirs.glb([HOUSE, HOUSE], look), {"roof": ["flat", "gable"]}))
    plain = read(theirs.glb([HOUSE]))
    placed = place("theirs", [("a" * 32, [content]), ("b" * 32, [plain])], np.eye(4))
    assert placed is not None
    types = AttributeTypes()
    for feature in placed.features:
        types.see(feature.attributes)
    glb = decode_glb(tile_of(placed, np.zeros(3), attribute_properties(types), Imprint()))
    assert glb.images == (look.image,)
    assert list(glb.columns["roof"]) == ["flat", "gable"]
    coloured, textured = sorted(glb.primitives, key=lambda one: one.image)
    assert textured.feature_ids is not None
    assert sorted(set(textured.feature_ids.tolist())) == [0, 1]
    assert coloured.colours is not None
    assert coloured.colours[0].tolist() == pytest.approx([0.8, 0, 0, 1], abs=0.01)
    assert coloured.feature_ids is not None
    assert set(coloured.feature_ids.tolist()) == {65_535}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (theirs.pnts(np.zeros((2, 3)), (1, 2, 3)), "points"),
        (
            theirs.glb([HOUSE], theirs.Look(extensions_required=("KHR_texture_basisu",))),
            "KHR_texture_basisu",
        ),
        (b"glTF" + struct.pack("<II", 1, 20) + bytes(8), "glTF 1.0"),
    ],
)
def test_what_our_tiles_lack_is_named(data: bytes, what: str) -> None:
    with pytest.raises(Unstreamable, match=what):
        read(data)


def test_what_draco_has_compressed_is_read(data: Path) -> None:
    path = data / "3dtiles-delaware-implicit" / "content" / "3_1_7.b3dm"
    (content,) = read_content(path, path.read_bytes(), "Y", Files(path.parent))
    assert len(content.surfaces[0].triangles) == 2756
    told = [one.features for one in content.surfaces if one.features is not None]
    assert len(told) == len(content.surfaces) > 1
    assert content.count == int(np.concatenate(told).max()) + 1 > 900


def test_what_a_property_table_tells_of_real_houses_is_known(data: Path) -> None:
    path = data / "3dtiles-3dbag-sibbe" / "1.1" / "content" / "2_2_3.glb"
    (content,) = read_content(path, path.read_bytes(), "Y", Files(path.parent))
    names = content.columns["identificatie"]
    assert len(names) == content.count > 100
    assert all(str(name).startswith("NL.IMBAG.Pand.") for name in names)
    told = [one.features for one in content.surfaces if one.features is not None]
    assert sorted(set(np.concatenate(told).tolist())) == list(range(content.count))


def test_draco_without_its_decoder_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    path = data / "3dtiles-delaware-implicit" / "content" / "3_1_7.b3dm"
    with pytest.raises(Unstreamable, match="KHR_draco_mesh_compression"):
        read_content(path, path.read_bytes(), "Y", Files(path.parent))
    with pytest.raises(InputError, match=r"citiverse\[draco\]"):
        self_contained(path, path.read_bytes(), Files(path.parent))


def test_lines_are_named() -> None:
    def lines(document: dict[str, Any]) -> None:
        document["meshes"][0]["primitives"][0]["mode"] = 1

    with pytest.raises(Unstreamable, match="lines or points"):
        read(changed(theirs.glb([HOUSE]), lines))


WHOLE = theirs.b3dm(
    theirs.glb([HOUSE], theirs.Look(image=theirs.png((1, 2, 3)), batched=True)),
    {"name": ["A"], "height": [2.5]},
)


COPIES = theirs.i3dm(
    theirs.glb([HOUSE]),
    {"INSTANCES_LENGTH": 2, "POSITION": {"byteOffset": 0}, "SCALE": {"byteOffset": 24}},
    bytes(24) + np.ones(2, "<f4").tobytes(),
    {"name": ["A", "B"]},
)


SIGNALLING_NAN = bytes((0, 0, 0, 0, 0x81, 0x7F))
"""Zero, and then a number that isn't one and says so when it is widened."""


@settings(max_examples=200)
@given(
    whole=st.sampled_from([WHOLE, COPIES]),
    at=st.integers(0, len(WHOLE) - 1),
    word=st.binary(min_size=1, max_size=8),
    cut=st.none() | st.integers(0, len(WHOLE)),
)
@example(whole=WHOLE, at=1966, word=SIGNALLING_NAN, cut=None)
def test_broken_models_are_refused_or_read(
    whole: bytes, at: int, word: bytes, cut: int | None
) -> None:
    broken = (whole[:at] + word + whole[at + len(word) :])[:cut]
    with suppress(InputError, Unstreamable):
        placed = place("theirs", [("0" * 32, [read(broken)])], np.eye(4))
        if placed is not None:
            tile_of(placed, np.zeros(3), {}, Imprint())


@settings(max_examples=100)
@given(at=st.integers(0, len(WHOLE) - 1), word=st.binary(min_size=1, max_size=8))
def test_broken_contents_are_refused_or_kept(at: int, word: bytes) -> None:
    broken = WHOLE[:at] + word + WHOLE[at + len(word) :]
    path = Path.cwd() / WHERE
    with suppress(InputError):
        self_contained(path, broken, Files(path.parent))


def test_a_model_by_its_uri_is_put_into_its_instances(tmp_path: Path) -> None:
    (tmp_path / "tree.gltf").write_text(json.dumps(gltf_of(theirs.glb([HOUSE]), tmp_path)))
    table = {"INSTANCES_LENGTH": 1, "POSITION": {"byteOffset": 0}}
    data = theirs.i3dm("tree.gltf", table, bytes(12))
    path = tmp_path / "a.i3dm"
    made = self_contained(path, data, Files(tmp_path))
    assert suffix_of(made) == ".i3dm"
    assert struct.unpack_from("<I", made, 8)[0] == len(made)
    assert struct.unpack_from("<I", made, 28)[0] == 1
    for one in (data, made):
        (content,) = read_content(path, one, "Y", Files(tmp_path))
        assert content.surfaces[0].positions.max(axis=0).tolist() == [10.0, 6.0, 4.0]


def gltf_of(glb: bytes, folder: Path) -> dict[str, Any]:
    """The JSON of a GLB, whose buffer is a file beside it."""
    text, binary = glb_chunks(WHERE, glb)
    document: dict[str, Any] = json.loads(text)
    (folder / "data.bin").write_bytes(binary)
    document["buffers"][0]["uri"] = "data.bin"
    return document


@pytest.mark.parametrize("extension", ["KHR_texture_basisu", "KHR_draco_mesh_compression"])
def test_what_no_viewer_of_ours_can_show_is_named(extension: str) -> None:
    data = theirs.glb([HOUSE], theirs.Look(extensions_required=(extension,)))
    with pytest.raises(InputError, match=extension):
        self_contained(Path.cwd() / WHERE, data, Files(Path.cwd()))


def test_an_empty_tile_is_a_glb() -> None:
    text, binary = glb_chunks(WHERE, empty_tile())
    assert "nodes" not in json.loads(text)
    assert binary == b""


def tiles(*rows: tuple[int, Refinement, float]) -> list[ForeignTile]:
    """Tiles by parent, refinement and error."""
    volume = BoundingVolume(box=[0.0] * 12)
    return [
        ForeignTile(parent, np.eye(4), volume, error, refine, (), "Y")
        for parent, refine, error in rows
    ]


def arranged(*rows: tuple[int, Refinement, float], drawn: str) -> Arranged:
    found = arrange(tiles(*rows), np.array([bit == "1" for bit in drawn]))
    assert found is not None
    return found


def test_nothing_gives_way_to_an_empty_tile() -> None:
    found = arranged(
        (-1, "REPLACE", 9), (0, "REPLACE", 4), (1, "REPLACE", 0), (1, "REPLACE", 0), drawn="1011"
    )
    assert found.parents.tolist() == [-1, 0, 0]
    assert found.sources.tolist() == [0, 2, 3]


def test_empty_tiles_lead_to_what_is_drawn_and_bare_leaves_go() -> None:
    found = arranged(
        (-1, "ADD", 9), (0, "ADD", 4), (0, "ADD", 4), (2, "ADD", 0), (1, "ADD", 0), drawn="00010"
    )
    assert found.parents.tolist() == [-1, 0, 1]
    assert found.sources.tolist() == [NOTHING, NOTHING, 3]
    assert found.geometric_error_m.tolist() == [9, 4, 0]


def test_what_adds_needs_no_copy_where_nothing_is_added() -> None:
    found = arranged((-1, "ADD", 9), (0, "ADD", 4), drawn="10")
    assert found.parents.tolist() == [-1]
    assert found.geometric_error_m.tolist() == [0]


def test_what_is_drawn_nowhere_is_no_layer() -> None:
    assert arrange(tiles((-1, "ADD", 1.0)), np.array([False])) is None
