"""The cache lies where the desktop standard says, knows its code, and doesn't grow for ever."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import citiverse_assets
import citiverse_tiling
from citiverse import cache

if TYPE_CHECKING:
    import pytest


def test_it_lies_where_xdg_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_CACHE_HOME", "/fast")
    assert cache.folder() == Path("/fast/citiverse")
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert cache.folder() == Path("/home/ada/.cache/citiverse")


def test_the_digest_is_of_the_code() -> None:
    both = cache.digest(citiverse_assets, citiverse_tiling)
    assert both == cache.digest(citiverse_assets, citiverse_tiling)
    assert both != cache.digest(citiverse_assets)


def test_what_nobody_used_for_a_week_goes(tmp_path: Path) -> None:
    for name, age in (("old", cache.UNUSED_AFTER_S + 60), ("new", 60)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    cache.forget_unused(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_what_is_in_use_stays_however_old(tmp_path: Path) -> None:
    with cache.in_use(tmp_path / "city"):
        os.utime(tmp_path / "city", (0, 0))
        cache.forget_unused(tmp_path)
        assert (tmp_path / "city").is_dir()
    os.utime(tmp_path / "city", (0, 0))
    cache.forget_unused(tmp_path)
    assert not (tmp_path / "city").exists()


def test_a_home_that_cannot_be_written_to_is_replaced_for_the_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with cache.writable("demo") as usual:
        assert usual == tmp_path / "citiverse" / "demo"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with cache.writable("demo") as passing:
        (passing / "town").touch()
    assert not passing.exists()
