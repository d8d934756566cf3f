"""A foreign tileset is put beside the layers of a scene, stays when it is made anew, and goes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from citiverse_tiling.archive import pack
from citiverse_tiling.check import check
from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.errors import InputError, OutputError, SceneError
from citiverse_tiling.foreign.layer import Added, LayerOptions, add, remove
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.options import Attribution, Origin, TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tree.tree_bin import TreeTable, decode_tree
from tiling import foreign_tilesets as theirs
from tiling.cities import EAST, NORTH, box, building, write_citygml

if TYPE_CHECKING:
    from pathlib import Path

LON, LAT = 13.04, 52.4
HOUSE = theirs.House((0.0, 0.0, 0.0), (10.0, 6.0, 4.0))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of one house, whose frame touches the Earth at LON, LAT."""
    folder = tmp_path_factory.mktemp("made")
    house = building("ours", box(EAST, NORTH, 40, (8, 8, 6)))
    source = write_citygml(folder / "ours.gml", [house])
    tile(TileOptions((source,), folder / "scene", origin=Origin(LON, LAT)))
    return folder / "scene"


@pytest.fixture
def scene(made: Path, tmp_path: Path) -> Path:
    """One's own copy of it."""
    shutil.copytree(made, tmp_path / "scene")
    return tmp_path / "scene"


def added(scene: Path, tileset: Path, **said: Any) -> Added:
    return add(LayerOptions(scene, tileset, "theirs", **said), silent)


def manifest(scene: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((scene / "scene.json").read_bytes())
    return read


def table(scene: Path, layer: str = "theirs") -> TreeTable:
    return decode_tree((scene / "foreign" / layer / "tree.bin").read_bytes())


def corners(scene: Path, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest corner of what a tile draws, scene frame."""
    columns = table(scene)
    name = f"{columns.content_hash[row].tobytes().hex()}.glb"
    glb = decode_glb((scene / "foreign" / "theirs" / name).read_bytes())
    points = np.concatenate([one.positions for one in glb.primitives])
    placed = np.column_stack([points[:, 0], -points[:, 2], points[:, 1]])
    placed += columns.translation[row]
    return placed.min(axis=0), placed.max(axis=0)


def one_tile(folder: Path, content: bytes, name: str = "a.b3dm", **root: Any) -> Path:
    """A tileset of one tile that stands where the scene's frame touches the Earth."""
    tile = {
        "boundingVolume": theirs.AROUND,
        "geometricError": 0.0,
        "refine": "ADD",
        "transform": theirs.on_globe(LON, LAT),
        "content": {"uri": name},
    }
    documents: dict[str, dict[str, Any] | bytes] = {name: content}
    documents["tileset.json"] = theirs.tileset(tile | root)
    return theirs.write(folder, documents)


def test_models_become_tiles_that_keep_our_contract(scene: Path, tmp_path: Path) -> None:
    tileset = theirs.town(tmp_path / "town", LON, LAT)
    done = added(scene, tileset, title="Their town", attributions=(Attribution("Them", "CC0"),))
    (entry,) = manifest(scene)["foreign"]
    assert entry["name"] == "theirs"
    assert entry["title"] == "Their town"
    assert entry["streamed"] is True
    assert entry["tiles"] == 5
    assert entry["features"] == 5
    assert entry["attributions"] == [{"text": "Them", "licence": "CC0"}]
    assert done.notes == ()
    assert check(scene) == []
    assert done.layer.extent.min == pytest.approx((-20, -20, 0), abs=0.2)
    assert done.layer.extent.max == pytest.approx((20, 20, 12), abs=0.2)


def test_the_same_tileset_makes_the_same_bytes(scene: Path, tmp_path: Path) -> None:
    tileset = theirs.town(tmp_path / "town", LON, LAT)
    added(scene, tileset)
    first = manifest(scene)["checksums"]
    added(scene, tileset)
    assert manifest(scene)["checksums"] == first
    assert len(manifest(scene)["foreign"]) == 1


def test_a_model_stands_where_its_tile_its_centre_and_its_axes_put_it(
    scene: Path, tmp_path: Path
) -> None:
    content = theirs.b3dm(theirs.glb([HOUSE]), {}, centre=(100.0, 20.0, 3.0))
    added(scene, one_tile(tmp_path / "t", content))
    low, high = corners(scene, 0)
    assert low == pytest.approx((100, 20, 3), abs=0.02)
    assert high == pytest.approx((110, 26, 7), abs=0.02)


def test_a_model_whose_z_points_up_is_not_turned(scene: Path, tmp_path: Path) -> None:
    path = one_tile(tmp_path / "t", theirs.b3dm(theirs.glb([HOUSE]), {}))
    document = json.loads(path.read_bytes())
    document["asset"]["gltfUpAxis"] = "Z"
    path.write_text(json.dumps(document))
    added(scene, path)
    low, high = corners(scene, 0)
    assert low == pytest.approx((0, 0, -6), abs=0.02)
    assert high == pytest.approx((10, 4, 0), abs=0.02)


def test_a_tile_far_from_the_origin_is_as_exact(scene: Path, tmp_path: Path) -> None:
    frame = SceneFrame(LON, LAT)
    at = np.array([12_345.0, -6_789.0, 50.0])
    content = theirs.b3dm(theirs.glb([HOUSE]), {})
    added(scene, one_tile(tmp_path / "t", content, transform=list(frame.transform(at))))
    low, high = corners(scene, 0)
    assert low == pytest.approx(at, abs=0.02)
    assert high == pytest.approx(at + HOUSE.size, abs=0.02)


def test_features_are_known_by_layer_content_and_number(scene: Path, tmp_path: Path) -> None:
    houses = [HOUSE, theirs.House((30.0, 0.0, 0.0), (5.0, 5.0, 9.0))]
    columns: dict[str, list[Any]] = {"name": ["A", "B"], "use": ["home", None], "storeys": [2, 5]}
    content = theirs.b3dm(theirs.glb(houses, theirs.Look(batched=True)), columns)
    added(scene, one_tile(tmp_path / "t", content))
    row = table(scene)
    name = f"{row.content_hash[0].tobytes().hex()}.glb"
    glb = decode_glb((scene / "foreign" / "theirs" / name).read_bytes())
    ids = [str(one) for one in glb.columns["id"]]
    assert ids[0].startswith("theirs/")
    assert len(ids[0]) == len("theirs/") + 32 + len("#0")
    assert [one.partition("#")[2] for one in ids] == ["0", "1"]
    assert list(glb.columns["name"]) == ["A", "B"]
    assert list(glb.columns["use"]) == ["home", ""]
    assert list(glb.columns["storeys"]) == [2, 5]


def test_a_file_that_stands_twice_is_the_same_features_in_both_places(
    scene: Path, tmp_path: Path
) -> None:
    content = theirs.b3dm(theirs.glb([HOUSE], theirs.Look(batched=True)), {"name": ["A"]})
    moved = [1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 30.0, 0, 0, 1.0]
    child = {"boundingVolume": theirs.AROUND, "geometricError": 0.0, "content": {"uri": "a.b3dm"}}
    path = one_tile(
        tmp_path / "t", content, geometricError=9.0, children=[child | {"transform": moved}]
    )
    done = added(scene, path)
    assert done.layer.features == 1
    assert done.layer.tiles == 3
    assert check(scene) == []


def test_what_refines_by_adding_stays_beside_its_children(scene: Path, tmp_path: Path) -> None:
    child = {
        "boundingVolume": theirs.AROUND,
        "geometricError": 0.0,
        "content": {"uri": "more.glb"},
    }
    path = one_tile(
        tmp_path / "t", theirs.glb([HOUSE]), "first.glb", geometricError=20.0, children=[child]
    )
    more = theirs.glb([theirs.House((30.0, 0.0, 0.0), (5.0, 5.0, 9.0))])
    (path.parent / "more.glb").write_bytes(more)
    added(scene, path)
    columns = table(scene)
    assert columns.parent.tolist() == [-1, 0, 0]
    assert columns.content_hash[0].tolist() in columns.content_hash[1:].tolist()
    assert columns.geometric_error_m.tolist() == [20.0, 0.0, 0.0]


def test_points_are_kept_as_they_are(scene: Path, tmp_path: Path) -> None:
    points = theirs.pnts(np.array([[0.0, 0.0, 1.0], [5.0, 5.0, 2.0]]), (1, 2, 3))
    done = added(scene, one_tile(tmp_path / "t", points, "cloud.pnts"))
    assert not done.layer.streamed
    assert "points (pnts)" in done.notes[0]
    document = json.loads((scene / "foreign" / "theirs" / "tileset.json").read_bytes())
    kept = scene / "foreign" / "theirs" / document["root"]["content"]["uri"]
    assert kept.read_bytes() == points
    assert check(scene) == []
    pack(scene, tmp_path / "scene.3tz")


def test_layers_of_others_stay_when_the_city_is_tiled_anew(scene: Path, tmp_path: Path) -> None:
    added(scene, theirs.town(tmp_path / "town", LON, LAT))
    source = write_citygml(
        tmp_path / "ours.gml", [building("other", box(EAST, NORTH, 40, (9, 9, 9)))]
    )
    tile(TileOptions((source,), scene))
    assert [layer["name"] for layer in manifest(scene)["foreign"]] == ["theirs"]
    assert check(scene) == []


def test_layers_of_the_former_delivery_come_along(scene: Path, tmp_path: Path) -> None:
    added(scene, theirs.town(tmp_path / "town", LON, LAT))
    source = write_citygml(
        tmp_path / "ours.gml", [building("ours", box(EAST, NORTH, 40, (8, 8, 7)))]
    )
    tile(TileOptions((source,), tmp_path / "next", previous=scene))
    assert manifest(tmp_path / "next")["foreign"] == manifest(scene)["foreign"]
    assert check(tmp_path / "next") == []


def test_a_layer_whose_frame_is_gone_is_left_out_and_named(scene: Path, tmp_path: Path) -> None:
    added(scene, theirs.town(tmp_path / "town", LON, LAT))
    source = write_citygml(
        tmp_path / "ours.gml", [building("ours", box(EAST, NORTH, 40, (8, 8, 6)))]
    )
    done = tile(TileOptions((source,), scene, origin=Origin(LON + 0.01, LAT)))
    assert "foreign" not in manifest(scene)
    assert not (scene / "foreign").exists()
    assert [warning for warning in done.report.warnings if "'theirs'" in warning] != []


def test_a_layer_can_be_removed(scene: Path, tmp_path: Path) -> None:
    before = manifest(scene)
    added(scene, theirs.town(tmp_path / "town", LON, LAT))
    remove(scene, "theirs")
    assert manifest(scene) == before
    assert check(scene) == []
    with pytest.raises(SceneError, match="no foreign layer 'theirs'"):
        remove(scene, "theirs")


def test_the_check_finds_what_is_wrong_with_a_layer(scene: Path, tmp_path: Path) -> None:
    added(scene, theirs.town(tmp_path / "town", LON, LAT))
    folder = scene / "foreign" / "theirs"
    content = table(scene).content_hash[0].tobytes().hex()
    (folder / f"{content}.glb").unlink()
    (scene / "foreign" / "nobodys").mkdir()
    found = {(one.file, one.problem) for one in check(scene)}
    assert (f"foreign/theirs/{content}.glb", "it is missing") in found
    assert ("foreign/nobodys", "it is no layer of the manifest") in found


def test_a_tileset_of_another_city_is_refused(scene: Path, tmp_path: Path) -> None:
    before = manifest(scene)
    with pytest.raises(InputError, match="km from the scene"):
        added(scene, theirs.town(tmp_path / "town", LON + 2, LAT))
    assert manifest(scene) == before
    assert not (scene / "foreign").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scene", "town"]


def test_the_names_of_our_layers_are_ours(scene: Path, tmp_path: Path) -> None:
    tileset = theirs.town(tmp_path / "town", LON, LAT)
    with pytest.raises(OutputError, match="another --name"):
        add(LayerOptions(scene, tileset, "buildings"), silent)
