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
