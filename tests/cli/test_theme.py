"""`citiverse tile --theme`: which of a file's looks is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tiling.appearance_documents import appearance, material, square
from tiling.citygml_documents import building, city, multi_surface

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


@pytest.fixture
def themed(tmp_path: Path) -> Path:
    path = tmp_path / "themed.gml"
    looks = [appearance(material("p1"), theme=theme) for theme in ("summer", "winter")]
    path.write_text(city(building(multi_surface(square()), *looks)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("words", "used"), [((), "summer"), (("--theme", "winter"), "winter")])
def test_the_theme_in_use_is_in_the_report(
    citiverse: Citiverse, themed: Path, tmp_path: Path, words: tuple[str, ...], used: str
) -> None:
    assert citiverse("tile", themed, "-o", tmp_path / "scene", *words).exit_code == 0
    report = json.loads((tmp_path / "scene" / "report.json").read_bytes())
    assert report["inputs"][0]["details"] == [f"themes: summer, winter; used: {used}"]


def test_a_theme_that_no_file_has_is_said(
    citiverse: Citiverse, themed: Path, tmp_path: Path
) -> None:
    result = citiverse("tile", themed, "-o", tmp_path / "scene", "--theme", "spring")
    assert result.exit_code == 0
    assert "no theme 'spring', but summer, winter" in result.stdout.replace("\n", " ")
