"""Variants: what a scene may become, put into it and taken out again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import pytest

from citiverse_assets import citygml
from citiverse_assets.landmarks import customs_house, warehouses
from citiverse_tiling.check import check
from citiverse_tiling.errors import InputError, OutputError, SceneError, TilingError
from citiverse_tiling.manifest import ModelFile, Restyle
from citiverse_tiling.options import TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.scene_manifest import read_scene
from citiverse_tiling.variants import variant as variants
from citiverse_tiling.variants.restyling import read_wish
from citiverse_tiling.variants.variant import Added, VariantOptions
from tiling.new_libraries import gabled, hall

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citiverse_assets.houses import Building

OLD = "quay/ellerhaven-the-quay-3"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six warehouses and the customs house."""
    folder = tmp_path_factory.mktemp("quay")
    scene = folder / "scene"
    tile(_options(folder, "quay", (*warehouses(), customs_house()), scene))
    return scene


@pytest.fixture
def scene(untouched: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    copy = tmp_path / "scene"
    # Contents are never written to: links to them are copies enough.
    for path in untouched.rglob("*"):
        place = copy / path.relative_to(untouched)
        if path.is_dir():
            place.mkdir(parents=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.hardlink_to(path)
    return copy


def test_a_variant_joins_the_scene_without_a_change_of_its_tiles(scene: Path) -> None:
    before = {path: path.read_bytes() for path in scene.rglob("*") if path.is_file()}
    added = _add(scene, replaces_footprint=True)
    after = {path: path.read_bytes() for path in before}
    assert {path.name for path in before if before[path] != after[path]} == {"scene.json"}
    (layer,) = added.variant.layers
    assert (layer.name, layer.reality, layer.tiles) == ("buildings", "proposed", 1)
    assert read_scene(scene).variants == (added.variant,)
    assert check(scene) == []


def test_what_stands_where_it_stands_makes_room_with_all_its_parts(scene: Path) -> None:
    assert _add(scene, replaces_footprint=True).variant.hides == (
        OLD,
        f"{OLD}-window-sills-1",
    )
    both = _add(scene, "b", replaces_footprint=True).variant.hides
    assert {one.removesuffix("-window-sills-1") for one in both} == {
        OLD,
        "quay/ellerhaven-the-quay-4",
    }


def test_what_is_named_makes_room_by_identity_or_by_its_id_in_the_source(scene: Path) -> None:
    by_identity = _add(scene, replaces=(OLD,)).variant.hides
    assert by_identity == (OLD, f"{OLD}-window-sills-1")
    by_id = _add(scene, replaces=("ellerhaven-the-quay-3",)).variant.hides
    assert by_id == by_identity
    with pytest.raises(SceneError, match="no feature 'quay/nothing'"):
        _add(scene, replaces=("quay/nothing",))


def test_what_it_stands_on_is_in_its_report_and_may_stay(scene: Path) -> None:
    added = _add(scene, "b", replaces_footprint=True)
    stands_on = [one.id for one in added.footprints.covered]
    assert stands_on == [OLD, "quay/ellerhaven-the-quay-4"]
    report = json.loads((scene / added.variant.folder / "report.json").read_bytes())
    assert [one["id"] for one in report["room"]["covered"]] == stands_on
    assert all(0.25 <= one["share"] <= 1 for one in report["room"]["covered"])
    kept = _add(scene, "b", replaces_footprint=True, keeps=(OLD,))
    assert OLD not in kept.variant.hides
    assert OLD in [one.id for one in kept.footprints.touched]
    assert check(scene) == []


def test_what_looks_otherwise_is_named_with_its_parts_and_their_words(scene: Path) -> None:
    wishes = [f"{OLD}=#AA3322/Red  brick", "ellerhaven-the-quay-4=green"]
    restyles = _add(scene, restyles=wishes).variant.restyles
    assert Restyle(OLD, "#aa3322", "Red brick") in restyles
    assert Restyle(f"{OLD}-window-sills-1", "#aa3322", "Red brick") in restyles
    assert Restyle("quay/ellerhaven-the-quay-4", "green", "Grass and plants") in restyles
    assert check(scene) == []


def test_a_variant_needs_no_files_and_then_has_no_folder(scene: Path) -> None:
    added = _add(scene, files=False, restyles=[f"{OLD}=#aa3322"])
    assert (added.variant.folder, added.variant.layers, added.summary) == ("", (), None)
    assert not (scene / "variants").exists()
    assert check(scene) == []
    with pytest.raises(InputError, match="nothing would be another than it is"):
        _add(scene, files=False)


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (OLD, "doesn't say how something is to look"),
        (f"{OLD}=purple", "doesn't say how something is to look"),
        ("quay/nothing=#aa3322", "no feature 'quay/nothing'"),
    ],
)
def test_a_look_that_is_none_is_one_sentence(scene: Path, wish: str, problem: str) -> None:
    with pytest.raises(TilingError, match=problem):
        _add(scene, files=False, restyles=[wish])


def test_nothing_makes_room_and_looks_otherwise_at_once(scene: Path) -> None:
    with pytest.raises(SceneError, match="can't look otherwise"):
        _add(scene, replaces=(OLD,), restyles=[f"{OLD}=#aa3322"])


def test_it_says_of_which_files_it_is_made(scene: Path) -> None:
    (file,) = _add(scene).variant.files
    bytes_of = (scene.parent / "a.gml").read_bytes()
    assert file == ModelFile("a.gml", hashlib.sha256(bytes_of).hexdigest())


def test_it_has_its_own_identities_features_and_colliders_and_no_ground(scene: Path) -> None:
    folder = scene / _add(scene).variant.folder
    with closing(sqlite3.connect(folder / "features.sqlite")) as connection:
        rows = connection.execute("SELECT id, name, reality FROM feature ORDER BY id").fetchall()
    assert rows[0] == ("a/ellerhaven-the-quay-3", "Harbour Library", "proposed")
    assert sorted(path.name for path in (folder / "tiles").iterdir()) == ["buildings"]
    assert sorted(path.name for path in (folder / "colliders").iterdir()) == ["buildings"]
    assert check(folder) == []


def test_a_revised_file_takes_the_place_of_the_former(scene: Path) -> None:
    first = _add(scene).variant
    revised = replace(_proposal("a")[0], storeys=5, name="Harbour Library, revised")
    second = _add(scene, buildings=(revised,)).variant
    assert second.folder != first.folder
    assert [one.name for one in (scene / "variants").iterdir()] == [second.folder.split("/")[1]]
    assert read_scene(scene).variants == (second,)
    assert check(scene) == []


def test_the_same_file_gives_the_same_bytes(scene: Path) -> None:
    once = _files(scene / _add(scene).variant.folder)
    assert _files(scene / _add(scene).variant.folder) == once


def test_one_is_taken_out_and_the_others_stay(scene: Path) -> None:
    manifest = (scene / "scene.json").read_bytes()
    _add(scene)
    other = _add(scene, "b").variant
    variants.remove(scene, "a")
    assert read_scene(scene).variants == (other,)
    assert check(scene) == []
    variants.remove(scene, "b")
    assert (scene / "scene.json").read_bytes() == manifest
    assert not (scene / "variants").exists()
    with pytest.raises(SceneError, match="no variant 'b'"):
        variants.remove(scene, "b")


def test_variants_stay_where_the_city_is_tiled_again(scene: Path) -> None:
    variant = _add(scene, replaces=(OLD,)).variant
    houses = [house for house in warehouses() if house.number != "3"]
    tile(_options(scene.parent, "quay", (*houses, customs_house()), scene))
    (left,) = read_scene(scene).variants
    assert (left.folder, left.hides) == (variant.folder, ())
    warnings = json.loads((scene / "report.json").read_bytes())["warnings"]
    assert any("make room for the variant 'a' are no more" in one for one in warnings)
    assert check(scene) == []
    fresh = _options(scene.parent, "quay", (*houses, customs_house()), scene)
    tile(replace(fresh, fresh=True))
    assert read_scene(scene).variants == ()
    assert not (scene / variant.folder).exists()
    warnings = json.loads((scene / "report.json").read_bytes())["warnings"]
    assert any("the variant 'a' is left out" in one for one in warnings)


def test_who_is_killed_before_the_manifest_leaves_the_scene_as_it_was(
    scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _add(scene).variant

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(variants, "write_scene", killed)
        with pytest.raises(KeyboardInterrupt):
            _add(scene, "a", buildings=_proposal("b"))
    assert read_scene(scene).variants == (first,)
    assert (scene / first.folder / "tree.bin").is_file()
    again = _add(scene, "a", buildings=_proposal("b")).variant
    assert [f"variants/{one.name}" for one in (scene / "variants").iterdir()] == [again.folder]
    assert check(scene) == []


def test_a_name_that_begins_identities_of_the_scene_is_refused(scene: Path) -> None:
    with pytest.raises(OutputError, match="data set 'quay'"):
        _add(scene, "quay", buildings=_proposal("a"))


def test_the_check_finds_what_isnt_as_the_manifest_says(scene: Path) -> None:
    added = _add(scene, replaces=(OLD,)).variant
    manifest = json.loads((scene / "scene.json").read_bytes())
    manifest["variants"][0]["hides"].append("quay/nothing")
    (scene / "scene.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tile_file,) = (scene / added.folder / "tiles" / "buildings").glob("*.glb")
    tile_file.unlink()
    found = [str(finding) for finding in check(scene)]
    assert any("hides or restyles 'quay/nothing'" in one for one in found)
    assert any(one.startswith(f"{added.folder}/") and "missing" in one for one in found)


def _proposal(name: str) -> tuple[Building, ...]:
    return (gabled() if name == "a" else hall(),)


class Room(TypedDict, total=False):
    replaces: tuple[str, ...]
    replaces_footprint: bool
    keeps: tuple[str, ...]


def _add(
    scene: Path,
    name: str = "a",
    *,
    buildings: tuple[Building, ...] = (),
    files: bool = True,
    restyles: Iterable[str] = (),
    **room: Unpack[Room],
) -> Added:
    tiling = _options(scene.parent, name, buildings or _proposal(name), scene)
    if not files:
        tiling = replace(tiling, inputs=())
    options = VariantOptions(
        replace(tiling, reality="proposed"),
        scene,
        name,
        f"Variant {name}",
        **room,
        restyles=tuple(read_wish(one, scene) for one in restyles),
    )
    return variants.add(options, silent)


def _options(folder: Path, name: str, buildings: tuple[Building, ...], scene: Path) -> TileOptions:
    file = folder / f"{name}.gml"
    citygml.write(buildings, file)
    return TileOptions(inputs=(file,), output=scene)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
