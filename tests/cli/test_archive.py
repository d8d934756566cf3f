"""`citiverse archive`, and archives as output, as former delivery and as what is checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


def test_a_scene_is_packed_and_the_next_step_said(
    citiverse: Citiverse, scene: Path, tmp_path: Path
) -> None:
    city = tmp_path / "city.3tz"
    result = citiverse("archive", scene, city)
    assert result.exit_code == 0
    assert result.stdout.endswith(f"citiverse serve {city}\n")
    assert citiverse("check", city).stdout == f"{city}: all is well\n"


def test_info_tells_of_a_scene_in_a_folder_or_an_archive(
    citiverse: Citiverse, scene: Path, tmp_path: Path
) -> None:
    citiverse("archive", scene, tmp_path / "city.3tz")
    for path in (scene, tmp_path / "city.3tz"):
        result = citiverse("info", path)
        assert result.exit_code == 0, result.output
        assert "Buildings" in result.stdout
        (told,) = json.loads(citiverse("info", path, "--json").stdout)["scenes"]
        assert told["manifest"] == json.loads((scene / "scene.json").read_bytes())
    (tmp_path / "broken.3tz").write_bytes(b"PK")
    result = citiverse("info", tmp_path / "broken.3tz")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1


def test_a_folder_that_is_no_scene_is_one_sentence(citiverse: Citiverse, tmp_path: Path) -> None:
    result = citiverse("archive", tmp_path, tmp_path / "city.3tz")
    assert result.exit_code == 1
    assert result.stderr.startswith("citiverse: ")
    assert result.stderr.count("\n") == 1


def test_tiling_into_an_archive_gives_the_folder_packed(
    citiverse: Citiverse, scene: Path, hamlet: Path, tmp_path: Path
) -> None:
    citiverse("archive", scene, tmp_path / "packed.3tz")
    result = citiverse("tile", hamlet, "-o", tmp_path / "hamlet.3tz")
    assert result.exit_code == 0, result.output
    assert f"citiverse serve {tmp_path / 'hamlet.3tz'}" in result.stdout
    assert (tmp_path / "hamlet.3tz").read_bytes() == (tmp_path / "packed.3tz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hamlet.3tz", "packed.3tz"]


@pytest.mark.parametrize("packed", [True, False])
def test_a_former_delivery_is_named_as_folder_or_archive(
    citiverse: Citiverse, scene: Path, hamlet: Path, tmp_path: Path, *, packed: bool
) -> None:
    former = tmp_path / "former.3tz" if packed else scene
    citiverse("archive", scene, tmp_path / "former.3tz")
    (tmp_path / "next.gml").write_bytes(hamlet.read_bytes())
    named = ["tile", tmp_path / "next.gml", "-o", tmp_path / "next", "--previous", former]
    result = citiverse(*named)
    assert result.exit_code == 0, result.output
    assert "Since the former delivery: " in result.stdout
    assert citiverse("check", tmp_path / "next").exit_code == 0


def test_a_former_delivery_that_is_none_is_said_before_anything_is_done(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    result = citiverse("tile", hamlet, "-o", tmp_path / "next", "--previous", tmp_path)
    assert result.exit_code == 1
    assert "no scene of a former delivery" in result.stderr
    assert not (tmp_path / "next").exists()
