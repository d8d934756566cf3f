"""Variants: streamed when they are looked at, ready when they aren't, found by everyone."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import msgspec
import numpy as np
import pytest

from citiverse_server import features, lod
from citiverse_server.app import create_app
from citiverse_server.archive import SUFFIX
from citiverse_server.config import ServerConfig
from citiverse_server.consultation.places import places
from citiverse_server.consultation.requests import Author, post_of
from citiverse_server.consultation.store import open_store
from citiverse_server.decisions import SendCollider, SendTile
from citiverse_server.errors import RequestRefused, SceneError
from citiverse_server.manifest import ModelFile
from citiverse_server.protocol import Comment, Complete, Variant, View, Visible, decode_client
from citiverse_server.scene import open_scene
from citiverse_server.viewer import Viewer, ViewerOptions
from citiverse_server.visibility import Visibility
from citiverse_tiling.archive import pack
from server.scenes import FEATURE, SceneOptions, write_scene
from server.sights import pack_sights
from server.test_comment_store import POST

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.catalog import Catalog
    from citiverse_server.decisions import Decision

FOLDERS = {"a": "variants/a-00000001", "b": "variants/b-00000002"}
OWN, OF_A, OF_B = {0, 1}, {2, 3}, {4, 5}
"""The layers by their numbers."""

LIBRARY = "a/library"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A scene of two layers; its variants add two each, and only `a` makes something go."""
    folder = write_scene(tmp_path / "town", SceneOptions(levels=3))
    file = folder / "scene.json"
    manifest = json.loads(file.read_bytes())
    manifest["variants"] = []
    for name, place in FOLDERS.items():
        inner = write_scene(folder / place, SceneOptions(name, levels=2, side_m=128.0))
        layers = json.loads((inner / "scene.json").read_bytes())["layers"]
        hides = [FEATURE] if name == "a" else []
        entry = {"name": name, "title": name, "description": "", "folder": place}
        manifest["variants"].append(entry | {"layers": layers, "hides": hides})
        with closing(sqlite3.connect(inner / "features.sqlite")) as connection, connection:
            connection.execute("DELETE FROM feature WHERE id != ?", (FEATURE,))
            named = (f"{name}/library",)
            connection.execute("UPDATE feature SET id = ?, reality = 'proposed'", named)
    file.write_text(json.dumps(manifest))
    return folder


def test_what_variants_add_is_numbered_behind_the_scene(scene: Path) -> None:
    opened = open_scene(scene)
    tiles, cells = opened.catalog.tiles, opened.catalog.cells
    assert set(tiles.layer.tolist()) == set(cells.cell_layer.tolist()) == OWN | OF_A | OF_B
    assert [(one.name, set(one.layers), one.hides) for one in opened.catalog.variants] == [
        ("a", OF_A, True),
        ("b", OF_B, False),
    ]
    for row in range(tiles.count):
        assert opened.tile_file(row).path.is_file()
    for row in range(len(cells.cell)):
        assert opened.collider_file(row).path.is_file()


def test_a_variant_whose_tree_is_missing_is_refused(scene: Path) -> None:
    (scene / FOLDERS["b"] / "tree.bin").unlink()
    with pytest.raises(SceneError, match="the tree of a variant is missing"):
        open_scene(scene)


def test_the_picture_is_of_the_variant_that_is_looked_at_and_roots_of_others_follow(
    scene: Path,
) -> None:
    viewer, catalog = _viewer(scene)
    viewer.look(_view(1))
    sent = _drain(viewer)
    picture = sent[: sent.index(Visible(seq=1))]
    assert _layers(catalog, picture) == OWN
    others = [one.row for one in sent if isinstance(one, SendTile)]
    others = [row for row in others if int(catalog.tiles.layer[row]) not in OWN]
    assert others
    assert (catalog.tiles.parent[others] < 0).all()
    assert sent[-1] == Complete(seq=1, degraded=False)


def test_looking_at_another_refines_that_one_and_sends_nothing_twice(scene: Path) -> None:
    viewer, catalog = _viewer(scene)
    viewer.look(_view(1))
    before = {one.row for one in _drain(viewer) if isinstance(one, SendTile)}
    viewer.show("a")
    sent = _drain(viewer)
    rows = {one.row for one in sent if isinstance(one, SendTile)}
    assert _layers(catalog, sent) == OF_A
    assert not rows & before
    assert sent[-1] == Complete(seq=1, degraded=False)
    viewer.show("b")
    assert _layers(catalog, _drain(viewer)) == OF_B
    viewer.show("nothing of that name")
    assert _layers(catalog, _drain(viewer)) == set()


def test_colliders_of_all_variants_are_there(scene: Path) -> None:
    viewer, catalog = _viewer(scene)
    viewer.look(_view(1))
    cells = [one.row for one in _drain(viewer) if isinstance(one, SendCollider)]
    assert set(catalog.cells.cell_layer[cells].tolist()) == OWN | OF_A | OF_B


def test_who_knows_no_variants_is_sent_the_scene_as_it_is(scene: Path) -> None:
    viewer, catalog = _viewer(scene, hides=False)
    viewer.look(_view(1))
    sent = _drain(viewer)
    viewer.show("a")
    sent += _drain(viewer)
    assert _layers(catalog, sent) == OWN
    cells = [one.row for one in sent if isinstance(one, SendCollider)]
    assert set(catalog.cells.cell_layer[cells].tolist()) == OWN


def test_where_something_makes_room_all_that_it_hid_can_be_seen(scene: Path) -> None:
    catalog = open_scene(scene).catalog
    assert catalog.own_rows is not None
    count = len(catalog.own_rows)
    cells = {(column, row): set[int]() for column in range(8) for row in range(8)}
    blind = Visibility(memoryview(pack_sights(cells, count)), count)
    nothing = replace(catalog, visibility=blind)
    view = _view(1)
    seen = {}
    for variant in ("", "a", "b"):
        sight = nothing.sight(view, variant)
        assert sight is not None
        seen[variant] = set(catalog.tiles.layer[sight.now].tolist())
    assert seen == {"": set(), "a": OWN | OF_A, "b": OF_B}


def test_what_makes_room_is_told_apart_from_its_neighbours_however_far_away(scene: Path) -> None:
    opened = open_scene(scene).catalog
    assert opened.own_rows is not None
    own = opened.tiles
    leaf = int(np.flatnonzero((own.layer == 1) & (own.child_count == 0))[-1])
    row = int(np.flatnonzero(opened.own_rows == leaf)[0])
    with closing(sqlite3.connect(scene / "features.sqlite")) as connection, connection:
        connection.execute("INSERT INTO tile_feature VALUES (?, 0, 1)", (row,))
    far = View(1, (90_000.0, 0.0, 2.0), (0.5, -0.5, -0.5, 0.5), [1.0], (1280.0, 720.0))
    shown = {}
    for variant in ("", "a", "b"):
        viewer, catalog = _viewer(scene)
        viewer.show(variant)
        viewer.look(far)
        _drain(viewer)
        shown[variant] = {row for row in viewer.tiles if int(catalog.tiles.layer[row]) in OWN}
    above = int(own.parent[leaf])
    siblings = set(own.children(np.array([above, int(own.parent[above])])).tolist())
    assert leaf not in shown[""]
    assert shown["a"] == shown[""] | siblings
    assert shown["b"] == shown[""]


def test_a_variant_that_adds_nothing_has_no_folder(scene: Path) -> None:
    file = scene / "scene.json"
    manifest = json.loads(file.read_bytes())
    wish = {"id": FEATURE, "look": "#aa3322", "label": "Red brick"}
    empty = {"name": "c", "title": "C", "folder": "", "layers": [], "restyles": [wish]}
    manifest["variants"].append(empty)
    file.write_text(json.dumps(manifest))
    catalog = open_scene(scene).catalog
    assert [(one.name, set(one.layers)) for one in catalog.variants] == [
        ("a", OF_A),
        ("b", OF_B),
        ("c", set()),
    ]
    viewer, _ = _viewer(scene)
    viewer.show("c")
    viewer.look(_view(1))
    assert _drain(viewer)[-1] == Complete(seq=1, degraded=False)


def test_the_message_names_a_variant() -> None:
    assert decode_client(b"\x82\xa1t\xa7variant\xa7variant\xa1a") == Variant(variant="a")


@pytest.mark.parametrize("archived", [False, True])
def test_features_of_variants_are_found_and_say_so(
    scene: Path, tmp_path: Path, archived: bool
) -> None:
    place = scene
    if archived:
        place = tmp_path / f"town{SUFFIX}"
        pack(scene, place)
    opened = open_scene(place)
    database = opened.features
    (found,) = features._find(database, features.FeatureQuery(id=LIBRARY)).features
    assert (found.id, found.variant, found.reality) == (LIBRARY, "a", "proposed")
    assert features.exists(database, LIBRARY)
    assert not features.exists(database, "c/library")
    everywhere = features.FeatureQuery(bbox=(-999.0, -999.0, 999.0, 999.0))
    answer = features._find(database, everywhere)
    assert [one.variant for one in answer.features] == ["", "", "a", "b"]
    assert not answer.more
    answer = features._find(database, replace(everywhere, limit=3))
    assert [one.variant for one in answer.features] == ["", "", "a"]
    assert answer.more


def test_a_comment_is_about_a_variant_that_is_there_and_the_files_it_is_made_of(
    scene: Path,
) -> None:
    file = scene / "scene.json"
    manifest = json.loads(file.read_bytes())
    manifest["variants"][0]["files"] = [{"file": "tower.ifc", "sha256": "9f" * 32}]
    file.write_text(json.dumps(manifest))
    variants = open_scene(scene).manifest_file.manifest.variants
    said = Comment(
        key="key-00000",
        text="A tower!",
        position=(0, 0, 0),
        eye=(0, 0, 0),
        orientation=(0, 0, 0, 1),
    )
    author = Author("Quiet Heron", "visitor", "a-session")
    on_it = post_of(msgspec.structs.replace(said, feature=LIBRARY, variant="a"), author, variants)
    assert on_it.files == (ModelFile("tower.ifc", "9f" * 32),)
    beside = post_of(msgspec.structs.replace(said, feature=FEATURE, variant="a"), author, variants)
    assert (beside.variant, beside.files) == ("a", ())
    with pytest.raises(RequestRefused, match="a variant that this city doesn't have"):
        post_of(msgspec.structs.replace(said, variant="c"), author, variants)


def test_one_may_write_about_what_is_proposed(scene: Path, tmp_path: Path) -> None:
    database = open_scene(scene).features
    with open_store(tmp_path / "town.state", database) as store:
        kept = store.do(replace(POST, feature=LIBRARY), 1)
    (where,) = places(database, [kept.comment])
    assert where.words.startswith("at ")
    assert where.became == ""


@pytest.mark.anyio
async def test_tiles_of_variants_can_be_had_over_http(scene: Path, tmp_path: Path) -> None:
    application = create_app(ServerConfig(scenes=(scene,), static=tmp_path))
    transport = httpx.ASGITransport(app=application)
    place = FOLDERS["a"].removeprefix("variants/")
    (first, *_) = sorted((scene / FOLDERS["a"] / "tiles" / "ground").glob("*.glb"))
    async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
        statuses = [
            (await client.get(f"/scenes/town/variants/{path}")).status_code
            for path in (
                f"{place}/tileset.json",
                f"{place}/tiles/ground/{first.name}",
                f"{place}/tiles/ground/{'0' * 32}.glb",
                f"{place}/features.sqlite",
                "c-00000003/tileset.json",
            )
        ]
    assert statuses == [200, 200, 404, 404, 404]


def test_a_scene_whose_variant_was_taken_out_is_as_it_was(scene: Path) -> None:
    manifest = json.loads((scene / "scene.json").read_bytes())
    (scene / "scene.json").write_text(json.dumps(manifest | {"variants": []}))
    shutil.rmtree(scene / "variants")
    opened = open_scene(scene)
    assert opened.catalog.variants == ()
    assert set(opened.catalog.tiles.layer.tolist()) == OWN


def _viewer(scene: Path, *, hides: bool = True) -> tuple[Viewer, Catalog]:
    catalog = open_scene(scene).catalog
    options = ViewerOptions(1 << 30, lod.Aim(4.0, 1 << 30), in_pieces=True, hides=hides)
    return Viewer(catalog, options), catalog


def _view(seq: int) -> View:
    return View(
        seq=seq,
        position=(10.0, 10.0, 2.0),
        orientation=(0.5, -0.5, -0.5, 0.5),
        fov=[1.0],
        viewport=(1280.0, 720.0),
    )


def _drain(viewer: Viewer) -> list[Decision]:
    decisions: list[Decision] = []
    while True:
        viewer.credit(1 << 30)
        decision = viewer.next(0.0)
        if decision is None:
            return decisions
        decisions.append(decision)


def _layers(catalog: Catalog, decisions: list[Decision]) -> set[int]:
    rows = [one.row for one in decisions if isinstance(one, SendTile)]
    return set(catalog.tiles.layer[rows].tolist())
