"""`citiverse tile`: what it writes, what it says, and how it ends."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
import typer

from citiverse.commands.tile import (
    attributions_of,
    crs_names_of,
    crs_of,
    lods_of,
    place_of,
)
from citiverse_tiling.options import Attribution, LocalPlace
from tiling.citygml_documents import building, city, polygon, positions, wall

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


def test_a_good_city_becomes_a_scene_and_nothing_is_lost(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    result = citiverse("tile", hamlet, "-o", tmp_path / "scene")
    assert result.exit_code == 0
    assert "Nothing was lost" in result.stdout
    assert f"citiverse serve {tmp_path / 'scene'}" in result.stdout.replace("\n", "")
    assert (tmp_path / "scene" / "scene.json").is_file()


def test_words_for_people_reach_the_manifest(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    named = ("--name", "by-the-sea", "--title", "By the sea", "--attribution", "Us;CC BY 4.0")
    assert citiverse("tile", hamlet, "-o", tmp_path / "scene", *named).exit_code == 0
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert (manifest["name"], manifest["title"]) == ("by-the-sea", "By the sea")
    assert manifest["attributions"] == [{"text": "Us", "licence": "CC BY 4.0"}]


def test_json_is_one_object_with_the_whole_report(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    result = citiverse("tile", hamlet, "-o", tmp_path / "scene", "--json")
    printed = json.loads(result.stdout)
    assert printed["scene"] == str(tmp_path / "scene")
    assert printed["report"] == json.loads((tmp_path / "scene" / "report.json").read_bytes())


def test_progress_for_a_program_is_lines_of_json(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    result = citiverse("tile", hamlet, "-o", tmp_path / "scene", "--progress-lines")
    told = [json.loads(line) for line in result.stderr.splitlines()]
    assert {"stage", "done", "total"} == told[0].keys()
    stages = [line["stage"] for line in told]
    assert stages[0].startswith("reading")
    assert "writing tiles" in stages


def test_a_chosen_origin_is_that_of_the_scene(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    scene = tmp_path / "scene"
    assert citiverse("tile", hamlet, "-o", scene, "--origin", "9.66,54.81").exit_code == 0
    origin = json.loads((scene / "scene.json").read_bytes())["origin"]
    assert (origin["lon"], origin["lat"]) == (9.66, 54.81)


@pytest.mark.parametrize("words", ["here", "13.05", "13.05,52.41,30", "13.05,95"])
def test_an_origin_that_is_nowhere_is_wrong_use(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path, words: str
) -> None:
    assert citiverse("tile", hamlet, "-o", tmp_path / "scene", "--origin", words).exit_code == 2


def test_progress_is_a_line_a_stage_where_there_is_no_terminal(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    said = citiverse("tile", hamlet, "-o", tmp_path / "scene").stderr.splitlines()
    assert said[0] == "reading hamlet.gml"
    assert len(said) == len(set(said))


def test_a_city_that_is_made_up_says_so(citiverse: Citiverse, hamlet: Path, tmp_path: Path) -> None:
    result = citiverse("tile", hamlet, "-o", tmp_path / "scene", "--reality", "imagined")
    assert result.exit_code == 0
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert [layer["reality"] for layer in manifest["layers"]] == ["derived", "imagined"]


def test_a_word_that_is_no_reality_is_wrong_use(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    result = citiverse("tile", hamlet, "-o", tmp_path / "scene", "--reality", "dreamt")
    assert result.exit_code == 2
    assert "imagined" in result.stderr
    assert not (tmp_path / "scene").exists()


def test_a_lost_surface_is_listed_with_its_place_and_ends_with_3(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gml"
    broken.write_text(with_a_line_for_a_ring(hamlet.read_text()))
    result = citiverse("tile", broken, "-o", tmp_path / "scene")
    assert result.exit_code == 3
    assert "Lost: 1 surfaces" in result.stdout
    assert "broken.gml:" in result.stdout
    assert (tmp_path / "scene" / "scene.json").is_file()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("this is no city", "broken.gml"),
        ("<a><b></a>", "broken.gml"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "broken.gml"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_no_scene(
    citiverse: Citiverse, tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "broken.gml").write_text(content)
    result = citiverse("tile", tmp_path / "broken.gml", "-o", tmp_path / "scene")
    assert result.exit_code == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith("citiverse: ")
    assert words in last
    assert "Traceback" not in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.gml"]


def test_a_folder_that_is_no_scene_of_ours_is_left_alone(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("private")
    result = citiverse("tile", hamlet, "-o", tmp_path / "mine")
    assert result.exit_code == 1
    assert (tmp_path / "mine" / "diary.txt").read_text() == "private"


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("nowhere.gml", "-o", "scene"),
        ("hamlet", "-o", "scene", "--lod", "high"),
        ("hamlet", "-o", "scene", "--lod", "Building=7"),
        ("hamlet", "-o", "scene", "--crs", "EPSG:25832", "--crs", "EPSG:25833"),
        ("hamlet", "hamlet", "-o", "scene"),
        ("hamlet", "-o", "scene", "--place", "here"),
        ("hamlet", "-o", "scene", "--place", "500,0"),
        ("hamlet", "-o", "scene", "--attribution", ";CC0"),
        ("hamlet", "-o", "scene", "--name", "By the sea"),
        ("hamlet",),
    ],
)
def test_wrong_use_ends_with_2_and_writes_nothing(
    citiverse: Citiverse, hamlet: Path, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    names = {"hamlet": str(hamlet), "scene": str(tmp_path / "scene")}
    assert citiverse("tile", *(names.get(word, word) for word in wrong)).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_looked_into(citiverse: Citiverse, hamlet: Path, tmp_path: Path) -> None:
    assert citiverse("tile", hamlet.parent, "-o", tmp_path / "scene").exit_code == 0


def test_lods_are_chosen_by_class() -> None:
    policy = lods_of(["lowest", "Building=2", "Bridge=highest", "Road=1.2"])
    assert policy.default == "lowest"
    assert policy.by_class == {"Building": 2.0, "Bridge": "highest", "Road": 1.2}


def test_a_coordinate_system_may_be_that_of_a_name() -> None:
    words = ["EPSG:25832", "Our grid=EPSG:31467", "a=b=EPSG:4326"]
    assert crs_of(words) == "EPSG:25832"
    assert crs_names_of(words) == {"Our grid": "EPSG:31467", "a=b": "EPSG:4326"}


def test_strict_writes_no_scene_where_something_is_lost(
    citiverse: Citiverse, tmp_path: Path
) -> None:
    file, scene = tmp_path / "a.gml", tmp_path / "scene"
    file.write_text(city(building(wall(polygon(), polygon(positions((0, 0, 0), (1, 0, 0)))))))
    assert citiverse("tile", file, "-o", scene).exit_code == 3
    shutil.rmtree(scene)
    result = citiverse("tile", file, "-o", scene, "--strict")
    assert result.exit_code == 1
    assert "too-few-points" in result.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["a.gml"]


def test_a_place_may_leave_out_height_and_heading() -> None:
    assert place_of("13.06,52.4,35,90") == LocalPlace(13.06, 52.4, 35.0, 90.0)
    assert place_of("13.06,52.4") == LocalPlace(13.06, 52.4, 0.0, 0.0)


@pytest.mark.parametrize("words", ["", "1", "1,2,3,4,5", "nan,1", "1,inf", "181,0", "0,-91"])
def test_what_is_no_place_is_refused(words: str) -> None:
    with pytest.raises(typer.BadParameter):
        place_of(words)


def test_an_attribution_may_have_a_licence() -> None:
    assert attributions_of(["City of X; CC BY 4.0", "Y"]) == (
        Attribution("City of X", "CC BY 4.0"),
        Attribution("Y", ""),
    )


def with_a_line_for_a_ring(document: str) -> str:
    """The document with only two points in its last polygon's ring, there and back."""
    head, opening, rest = document.rpartition('<gml:posList srsDimension="3">')
    numbers, closing, tail = rest.partition("</gml:posList>")
    first, second = numbers.split()[:3], numbers.split()[3:6]
    return head + opening + " ".join((*first, *second, *first)) + closing + tail
