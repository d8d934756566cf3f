"""The cage notices what it is there to notice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from fuzz import cage as cage_module
from fuzz.cage import Cage, caged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class RefusedError(Exception):
    """Stands for a sentence that a user may mend something by."""


def refuse() -> None:
    raise RefusedError("no CRS")


def break_down() -> None:
    raise KeyError("x")


def go_on_for_ever() -> None:
    while True:
        pass


def wait_for_ever() -> None:
    time.sleep(1000)


def take_much() -> None:
    held = b"x" * (64 << 20)
    time.sleep(0.5)
    assert held


def take_all() -> None:
    bytearray(1 << 40)


@pytest.mark.parametrize(
    ("work", "word", "detail"),
    [
        (lambda: None, "done", ""),
        (refuse, "refused", "no CRS"),
        (break_down, "crashed", "KeyError"),
        (go_on_for_ever, "hung", ""),
        (wait_for_ever, "hung", ""),
        (take_much, "took too much memory", "MB"),
        (take_all, "crashed", "MemoryError"),
    ],
)
def test_every_end_has_its_word(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    work: Callable[[], None],
    word: str,
    detail: str,
) -> None:
    monkeypatch.setattr(cage_module, "CPU_LIMIT_S", 1)
    monkeypatch.setattr(cage_module, "WALL_LIMIT_S", 3)
    monkeypatch.setattr(cage_module, "MOST_GROWTH", 32 << 20)
    outcome = caged(work, (RefusedError,), tmp_path / "words")
    assert outcome.word == word
    assert detail in outcome.detail
    assert outcome.is_good == (word in ("done", "refused"))


def test_a_cage_outlives_what_is_in_it(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gml"
    bad.write_text("<")
    with Cage() as cage:
        assert [cage.run(bad).word for _ in range(2)] == ["refused", "refused"]
