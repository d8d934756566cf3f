"""Old identities lead to what became of them: in questions, and under comments."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.consultation.places import places
from citiverse_server.features import open_features
from citiverse_server.protocol import CommentInfo
from citiverse_server.succession import relation, successors

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Serving

ROWS = (
    ("old/1", "renamed", "town/BLDG_0042", 0.9, 1),
    ("old/2", "demolished", None, 1.0, 1),
    ("old/3", "unsure", "town/BLDG_0042", 0.3, 1),
    ("old/4", "split", "town/P1", 0.4, 1),
    ("old/4", "split", "town/BLDG_0042", 0.6, 1),
    ("old/1", "renamed", "town/P1", 0.9, 2),
)


@pytest.fixture
def later(scene: Path, tmp_path: Path) -> Path:
    """The town after a new delivery."""
    folder = tmp_path / "later"
    shutil.copytree(scene, folder)
    with closing(sqlite3.connect(folder / "features.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE succession(old, relation, new, score, delivery, x, y, z)")
        connection.executemany("INSERT INTO succession VALUES (?, ?, ?, ?, ?, 0, 0, 0)", ROWS)
    return folder


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("old/1", ["town/BLDG_0042"]),
        ("old/2", []),
        ("old/3", []),
        ("old/4", ["town/BLDG_0042", "town/P1"]),
        ("never", []),
    ],
)
def test_only_sure_successors_of_the_latest_delivery_are_given(
    later: Path, old: str, new: list[str]
) -> None:
    with closing(open_features(later / "features.sqlite")) as connection:
        assert successors(connection, old) == new


@pytest.mark.parametrize(
    ("old", "how"),
    [
        ("old/1", "renamed"),
        ("old/2", "demolished"),
        ("old/3", "unsure"),
        ("old/4", "split"),
        ("never", ""),
    ],
)
def test_it_is_known_how_a_former_feature_went_on(later: Path, old: str, how: str) -> None:
    with closing(open_features(later / "features.sqlite")) as connection:
        assert relation(connection, old) == how


def test_a_scene_without_a_former_delivery_knows_no_successors(scene: Path) -> None:
    with closing(open_features(scene / "features.sqlite")) as connection:
        assert successors(connection, "old/1") == []
        assert relation(connection, "old/1") == ""


@pytest.mark.anyio
async def test_a_question_by_an_old_identity_is_answered_with_the_new(
    later: Path, serving: Serving
) -> None:
    async with serving(scenes=(later,)) as running, httpx.AsyncClient() as client:
        url = f"{running.http}/scenes/town/features"
        found = (await client.get(url, params={"id": "old/4"})).json()["features"]
        assert {one["id"] for one in found} == {"town/BLDG_0042", "town/P1"}
        for gone in ("old/2", "old/3", "never"):
            assert (await client.get(url, params={"id": gone})).json()["features"] == []


def comment(feature: str) -> CommentInfo:
    return CommentInfo(
        id=1,
        time=0,
        name="Ada",
        role="visitor",
        text="Here.",
        feature=feature,
        position=(0.0, 0.0, 0.0),
        eye=(0.0, 0.0, 0.0),
        orientation=(0.0, 0.0, 0.0, 1.0),
        hidden=False,
    )


def test_a_comment_keeps_its_identity_and_shows_the_new_one(later: Path) -> None:
    moved, gone = places(later / "features.sqlite", [comment("old/1"), comment("old/2")])
    (now,) = places(later / "features.sqlite", [comment("town/BLDG_0042")])
    assert moved.successors == ("town/BLDG_0042",)
    assert (moved.words, moved.feature_name) == (now.words, now.feature_name)
    assert gone.successors == ()
    assert (moved.became, gone.became, now.became) == ("renamed", "demolished", "")
    assert gone.words.startswith(("near", "in the open")), "an orphan is shown at its point"
