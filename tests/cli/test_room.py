"""Passing folders go when they are done with, and what a killed program has left goes later."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from citiverse import room

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for rooms of the test's own."""
    monkeypatch.setattr(room, "MEMORY", tmp_path)
    yield tmp_path
    assert not list(tmp_path.iterdir()), "nothing is left"


def left(memory: Path, name: str) -> Path:
    """What a program that was killed long ago has left."""
    place = memory / name
    place.mkdir()
    (place / "used").touch()
    (place / "scene").write_text("large")
    os.utime(place, (0, 0))
    return place


def test_a_room_is_gone_after_its_use(memory: Path) -> None:
    with room.folder(1) as given:
        assert Path(given).parent == memory


def test_rooms_that_nobody_uses_go(memory: Path) -> None:
    left(memory, "citiverse-room-abc")
    with room.folder(1) as given:
        assert [path.name for path in memory.iterdir()] == [Path(given).name]


def test_rooms_that_are_used_or_new_or_not_ours_stay(memory: Path) -> None:
    other = left(memory, "somebody-else")
    with room.folder(1) as used:
        os.utime(used, (0, 0))
        fresh = left(memory, "citiverse-room-new")
        os.utime(fresh)
        with room.folder(1):
            assert Path(used).is_dir()
            assert fresh.is_dir()
            assert other.is_dir()
    for place in (fresh, other):
        for file in place.iterdir():
            file.unlink()
        place.rmdir()


def test_where_memory_is_short_it_lies_on_the_disk(
    tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(room, "MEMORY", memory / "none")
    with room.folder(1) as given:
        assert Path(given).parent == tmp_path
