"""Scenes that `serve` made are found again, and only while they are what the files say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from citiverse.made import Made, home_of, made_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "My City.gml"
    path.write_text("<CityModel/>")
    return path


def finish(made: Made) -> None:
    made.scene.mkdir(parents=True)
    (made.scene / "scene.json").write_text("{}")
    made.remember()


@pytest.mark.parametrize("output", [None, "kept"])
def test_what_was_made_is_fresh_until_a_file_changes(
    city: Path, tmp_path: Path, output: str | None
) -> None:
    place = None if output is None else tmp_path / output

    def made() -> Made:
        return made_of([city], ("EPSG:25832",), place, tmp_path / "cache")

    assert not made().is_fresh
    finish(made())
    assert made().is_fresh
    os.utime(city, ns=(1, 1))
    assert not made().is_fresh


def test_other_options_make_another_scene(city: Path, tmp_path: Path) -> None:
    finish(made_of([city], ("EPSG:25832",), None, tmp_path))
    assert not made_of([city], ("EPSG:25833",), None, tmp_path).is_fresh


def test_a_file_in_a_folder_counts(city: Path, tmp_path: Path) -> None:
    finish(made_of([city.parent], (), tmp_path / "kept", tmp_path / "cache"))
    (city.parent / "more.gml").write_text("<CityModel/>")
    assert not made_of([city.parent], (), tmp_path / "kept", tmp_path / "cache").is_fresh


def test_a_scene_without_a_note_is_made_again(city: Path, tmp_path: Path) -> None:
    made = made_of([city], (), tmp_path / "kept", tmp_path / "cache")
    finish(made)
    made.note.unlink()
    assert not made.is_fresh


def test_the_name_in_links_is_that_of_the_first_file(city: Path, tmp_path: Path) -> None:
    assert made_of([city], (), None, tmp_path).scene.name == "my-city"


def test_the_home_of_a_city_is_the_same_when_its_files_change(city: Path) -> None:
    before = home_of([city])
    city.write_text("<CityModel></CityModel>")
    assert home_of([city]) == before
    assert home_of([city, city.parent]) != before
