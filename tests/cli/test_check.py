"""`citiverse check`: all is well, or a line for each thing that is not."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


@pytest.fixture
def broken(scene: Path, tmp_path: Path) -> Path:
    """A copy of the scene whose report isn't what its checksum says."""
    copy = tmp_path / "copy"
    shutil.copytree(scene, copy)
    (copy / "report.json").write_bytes(b"{}")
    return copy


def test_a_scene_that_we_wrote_is_well(citiverse: Citiverse, scene: Path) -> None:
    result = citiverse("check", scene)
    assert result.stdout == f"{scene}: all is well\n"
    assert result.exit_code == 0


def test_a_changed_file_is_found_and_named(citiverse: Citiverse, broken: Path) -> None:
    result = citiverse("check", broken)
    assert result.exit_code == 1
    assert "report.json" in result.stdout


def test_findings_are_json_for_a_machine(citiverse: Citiverse, broken: Path) -> None:
    printed = json.loads(citiverse("check", broken, "--json").stdout)
    assert printed["scene"] == str(broken)
    assert [finding["file"] for finding in printed["findings"]] == ["report.json"]


def test_a_folder_that_is_no_scene_is_one_sentence(citiverse: Citiverse, tmp_path: Path) -> None:
    result = citiverse("check", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("citiverse: ")
    assert result.stderr.count("\n") == 1


def test_a_tileset_of_others_is_checked_against_the_standard(
    citiverse: Citiverse, tmp_path: Path
) -> None:
    volume = {"sphere": [0, 0, 0, -1]}
    root = {"boundingVolume": volume, "geometricError": 0, "refine": "ADD"}
    tileset = {"asset": {"version": "1.1"}, "geometricError": 1, "root": root}
    (tmp_path / "tileset.json").write_text(json.dumps(tileset))
    result = citiverse("check", tmp_path)
    assert result.exit_code == 1
    assert result.stdout.startswith("tileset.json: root: its radius is -1")
    volume["sphere"][3] = 1
    (tmp_path / "tileset.json").write_text(json.dumps(tileset | {"extensionsUsed": ["ACME_new"]}))
    result = citiverse("check", tmp_path / "tileset.json")
    assert result.exit_code == 0
    assert "not checked: the extension ACME_new\n" in result.stdout
    assert "all is well" not in result.stdout


def test_the_tilesets_of_a_scene_keep_the_standard_too(citiverse: Citiverse, scene: Path) -> None:
    result = citiverse("check", scene / "tileset.json")
    assert result.stdout.endswith("all is well\n")
