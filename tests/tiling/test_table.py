"""Rows on disk are what was written, whichever are asked for, and in whatever order."""

from __future__ import annotations

import pickle
import resource
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.table import ROWS_AT_ONCE, Table, TableWriter

WIDE = np.dtype([("number", "<i8"), ("place", "<f8", (3,)), ("padding", "u1", (1_000,))])


def table(path: Path, count: int) -> Table:
    """Rows that know their number, in two pieces."""
    writer = TableWriter(path, WIDE)
    for numbers in np.array_split(np.arange(count), 2):
        writer.append(number=numbers, place=np.repeat(numbers[:, None] / 2, 3, axis=1))
    return writer.finish()


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Table:
    return table(tmp_path_factory.mktemp("table") / "rows", 10_000)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 3_000))
def test_rows_come_in_the_order_in_which_they_are_asked_for(
    rows: Table, seed: int, count: int
) -> None:
    wanted = np.random.default_rng(seed).integers(0, len(rows), count).astype(np.int32)
    found = rows.take(wanted)
    assert np.array_equal(found["number"], wanted)
    assert np.array_equal(found["place"][:, 2], wanted / 2)


def test_all_rows_or_some_come_in_pieces(rows: Table) -> None:
    pieces = [piece["number"] for piece in rows.pieces()]
    assert [len(piece) for piece in pieces] == [ROWS_AT_ONCE, ROWS_AT_ONCE, 10_000 % ROWS_AT_ONCE]
    assert np.array_equal(np.concatenate(pieces), np.arange(10_000))
    (some,) = rows.pieces(17, 20)
    assert some["number"].tolist() == [17, 18, 19]


def test_columns_of_rows_are_written_anew_and_others_stay(tmp_path: Path) -> None:
    given = table(tmp_path / "rows", 1_000)
    changed = np.array([999, 0, 500])
    given.put(changed, number=[1, 2, 3])
    assert given.take(changed)["number"].tolist() == [1, 2, 3]
    assert given.take(changed)["place"][:, 0].tolist() == [499.5, 0, 250]
    assert given.take(np.array([998]))["number"].tolist() == [998]


def test_another_process_reads_the_same_rows(tmp_path: Path) -> None:
    given = table(tmp_path / "rows", 100)
    given.take(np.array([1]))
    sent = pickle.loads(pickle.dumps(given))
    given.put(np.array([7]), number=[-7])
    assert sent.take(np.array([7]))["number"].tolist() == [-7]


def test_a_table_may_be_empty(tmp_path: Path) -> None:
    empty = TableWriter(tmp_path / "rows", WIDE).finish()
    assert len(empty) == 0
    assert len(empty.take(np.zeros(0, np.int64))) == 0
    assert list(empty.pieces()) == []


def test_reading_rows_anywhere_keeps_few_of_them_in_memory(tmp_path: Path) -> None:
    given = table(tmp_path / "rows", 60_000)
    assert given.path.stat().st_size > 60e6
    before = resident_bytes()
    order = np.random.default_rng(0).permutation(len(given))
    for some in np.array_split(order, 600):
        given.take(some)
    assert resident_bytes() - before < 20e6


def resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except FileNotFoundError:
        pytest.skip("only Linux tells it here")
