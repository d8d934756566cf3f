"""`citiverse layer`: what an officer is told when a tileset is put beside the city."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tiling import foreign_tilesets as theirs

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


@pytest.fixture
def city(scene: Path, tmp_path: Path) -> Path:
    """One's own copy of the scene."""
    shutil.copytree(scene, tmp_path / "city")
    return tmp_path / "city"


def origin(city: Path) -> tuple[float, float]:
    at = json.loads((city / "scene.json").read_bytes())["origin"]
    return at["lon"], at["lat"]


def test_a_layer_is_added_and_the_next_step_said(
    citiverse: Citiverse, city: Path, tmp_path: Path
) -> None:
    theirs.town(tmp_path / "Their Town", *origin(city))
    result = citiverse("layer", "add", city, tmp_path / "Their Town", "--title", "Theirs")
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "their-town: 5 tiles, 5 features.\n"
        "note: nobody is named for it; say whom with --attribution.\n"
        f"It is in {city}. Walk in it: citiverse serve {city}\n"
    )
    (layer,) = json.loads((city / "scene.json").read_bytes())["foreign"]
    assert (layer["name"], layer["title"]) == ("their-town", "Theirs")
    assert citiverse("check", city).stdout == f"{city}: all is well\n"
    assert "Theirs" in citiverse("info", city).stdout


def test_whom_the_files_name_is_named(citiverse: Citiverse, city: Path, tmp_path: Path) -> None:
    house = theirs.House((0.0, 0.0, 0.0), (5.0, 5.0, 5.0))
    root = {
        "boundingVolume": theirs.AROUND,
        "geometricError": 0.0,
        "refine": "ADD",
        "transform": theirs.on_globe(*origin(city)),
        "content": {"uri": "a.glb"},
    }
    content = theirs.glb([house], copyright_notice="Somebody, 2025")
    theirs.write(tmp_path / "a", {"tileset.json": theirs.tileset(root, "1.1"), "a.glb": content})
    citiverse("layer", "add", city, tmp_path / "a" / "tileset.json", "--name", "theirs")
    (layer,) = json.loads((city / "scene.json").read_bytes())["foreign"]
    assert layer["attributions"] == [{"text": "Somebody, 2025", "licence": ""}]


def test_what_cannot_be_streamed_is_said(citiverse: Citiverse, city: Path, tmp_path: Path) -> None:
    root = {
        "boundingVolume": theirs.AROUND,
        "geometricError": 0.0,
        "refine": "ADD",
        "transform": theirs.on_globe(*origin(city)),
        "content": {"uri": "a.pnts"},
    }
    points = theirs.pnts(np.zeros((3, 3)), (1, 2, 3))
    theirs.write(tmp_path / "cloud", {"tileset.json": theirs.tileset(root), "a.pnts": points})
    result = citiverse("layer", "add", city, tmp_path / "cloud", "--attribution", "Them;CC0")
    assert result.exit_code == 0, result.output
    assert "note: it has points (pnts), which our tiles can't hold" in result.stdout


@pytest.mark.parametrize(
    "tileset", ["https://tiles.example/tileset.json", "http://tiles.example", "s3://bucket/a"]
)
def test_nothing_is_fetched_from_the_web(citiverse: Citiverse, city: Path, tileset: str) -> None:
    result = citiverse("layer", "add", city, tileset)
    assert result.exit_code == 2
    assert "download the tileset first" in " ".join(result.stderr.split())


def test_a_mistake_is_one_sentence(citiverse: Citiverse, city: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (
        ("add", city, tmp_path / "empty"),
        ("add", tmp_path / "empty", tmp_path),
        ("remove", city, "nobodys"),
    ):
        result = citiverse("layer", *arguments)
        assert result.exit_code == 1
        assert result.stderr.startswith("citiverse: ")
        assert result.stderr.count("\n") == 1


def test_a_layer_is_removed(citiverse: Citiverse, city: Path, tmp_path: Path) -> None:
    before = (city / "scene.json").read_bytes()
    theirs.town(tmp_path / "town", *origin(city))
    citiverse("layer", "add", city, tmp_path / "town")
    result = citiverse("layer", "remove", city, "town")
    assert result.exit_code == 0
    assert (city / "scene.json").read_bytes() == before
    assert not (city / "foreign" / "town").exists()
