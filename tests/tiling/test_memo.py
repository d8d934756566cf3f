"""Results are found again by what they were made from, and a broken file has none."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.memo import Memo


def asked(path: Path, former: Path | None, base: bytes = b"program") -> list[bytes]:
    """What is made in a run that asks for three results, two of them of the same."""
    made: list[bytes] = []

    def make(result: bytes) -> bytes:
        made.append(result)
        return result

    with Memo(path, former, base) as memo:
        assert memo.recall(lambda: make(b"sum"), "sum", np.arange(3)) == b"sum"
        assert memo.recall(lambda: make(b""), "nothing", "a", 1.0) == b""
        assert memo.recall(lambda: make(b"other"), "sum", np.arange(4)) == b"other"
    return made


def test_what_was_made_once_is_recalled_and_the_file_is_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert asked(first, None) == [b"sum", b"", b"other"]
    assert asked(second, first) == []
    assert first.read_bytes() == second.read_bytes()


def test_another_program_recalls_nothing(tmp_path: Path) -> None:
    asked(tmp_path / "first", None)
    assert len(asked(tmp_path / "second", tmp_path / "first", b"other program")) == 3


def test_what_is_no_more_asked_for_is_forgotten(tmp_path: Path) -> None:
    asked(tmp_path / "first", None)
    with Memo(tmp_path / "second", tmp_path / "first", b"program") as memo:
        memo.recall(lambda: b"new", "sum", np.arange(5))
    assert len(asked(tmp_path / "third", tmp_path / "second")) == 3


@given(st.integers(0, 200), st.binary(max_size=60))
def test_a_broken_file_is_no_harm(end: int, tail: bytes) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        asked(folder / "first", None)
        whole = (folder / "first").read_bytes()
        (folder / "first").write_bytes(whole[:end] + tail)
        with Memo(folder / "second", folder / "first", b"program") as memo:
            memo.of(memo.key("sum", np.arange(3)))
