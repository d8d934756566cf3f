"""Who is whose part, and who has an id that another had before, among more objects than one would
like to have in memory.

Identities are digests of 16 bytes in a table on disk. Nearly all parents are in the same segment,
and hardly any id comes again. So 8 bytes of each are sorted to find what may come again; for these
and for parents that are elsewhere the whole digests are looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.table import TableWriter

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Int32Array, Int64Array, UInt64Array
    from citiverse_tiling.table import Table

_IDENTITY = np.dtype([("own", "<u8", 2), ("parent", "<u8", 2)])


class IdentityWriter:
    """Takes the identities and parents of segments, in order."""

    def __init__(self, path: Path) -> None:
        self._table = TableWriter(path, _IDENTITY)
        self._ends: list[int] = [0]

    def append(self, own: UInt64Array, parents: UInt64Array) -> None:
        """Add the digests (n, 2) of a segment; a parent is 0 where there is none."""
        self._table.append(own=own, parent=parents)
        self._ends.append(self._ends[-1] + len(own))

    def finish(self) -> Identities:
        """All of them."""
        return resolved(self._table.finish(), self._ends)


@dataclass(frozen=True, slots=True)
class Identities:
    """What is known of n objects.

    parents   int32 (n,): the row that each is a part of, −1 for none
    repeated  the rows of all but the first of each identity, rising
    """

    parents: Int32Array
    repeated: Int64Array
    _table: Table

    def halves(self) -> UInt64Array:
        """The first halves of all digests, rising."""
        return _halves(self._table)


def resolved(table: Table, ends: list[int]) -> Identities:
    """Find parents and what comes again; `ends` are those of the segments, from 0 on."""
    again = _repeated_halves(table)
    parents, open_rows, open_digests = np.full(len(table), -1, np.int32), [], []
    for start, end in pairwise(ends):
        rows = np.concatenate([np.zeros(0, _IDENTITY), *table.pieces(start, end)])
        has_one = np.flatnonzero(rows["parent"].any(axis=1))
        wanted = rows["parent"][has_one]
        found = _Known(rows["own"], np.arange(start, end)).rows_of(wanted)
        is_open = (found < 0) | np.isin(wanted[:, 0], again)
        parents[start + has_one] = found
        open_rows.append(start + has_one[is_open])
        open_digests.append(wanted[is_open])
    rows, digests = _all(open_rows, np.int64), _all(open_digests, np.uint64).reshape(-1, 2)
    known = _those_of(table, np.union1d(again, digests[:, 0]))
    parents[rows] = known.rows_of(digests)
    for start in range(0, len(parents), 65_536):
        some = parents[start : start + 65_536]
        some[some == np.arange(start, start + len(some))] = -1
    return Identities(parents, known.repeated, table)


def _halves(table: Table) -> UInt64Array:
    halves, done = np.empty(len(table), np.uint64), 0
    for some in table.pieces():
        halves[done : done + len(some)] = some["own"][:, 0]
        done += len(some)
    halves.sort()
    return halves


def _repeated_halves(table: Table) -> UInt64Array:
    """The first halves of digests that more than one object has, rising."""
    halves = _halves(table)
    return np.unique(halves[1:][halves[1:] == halves[:-1]])


def _those_of(table: Table, halves: UInt64Array) -> _Known:
    """The identities that have one of these first halves."""
    digests, rows, done = [], [], 0
    for some in table.pieces() if len(halves) else ():
        mine = np.flatnonzero(np.isin(some["own"][:, 0], halves))
        digests.append(some["own"][mine])
        rows.append(done + mine)
        done += len(some)
    return _Known(_all(digests, np.uint64).reshape(-1, 2), _all(rows, np.int64))


def _all(pieces: list[np.ndarray], dtype: type[np.generic]) -> np.ndarray:
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype)


class _Known:
    """The digests (n, 2) of identities, sorted, and the objects (n,) that have them, rising."""

    def __init__(self, digests: UInt64Array, rows: Int64Array) -> None:
        order = np.lexsort((digests[:, 1], digests[:, 0]))
        self._sorted, self._rows = digests[order], rows[order]
        is_again = (self._sorted[1:] == self._sorted[:-1]).all(axis=1)
        self.repeated: Int64Array = np.sort(self._rows[1:][is_again])

    def rows_of(self, digests: UInt64Array) -> Int64Array:
        """The first object with each of some digests (m, 2), −1 where there is none."""
        rows = np.full(len(digests), -1, np.int64)
        if len(self._sorted):
            places = np.searchsorted(self._sorted[:, 0], digests[:, 0])
            places = np.minimum(places, len(self._sorted) - 1)
            found = (self._sorted[places] == digests).all(axis=1)
            rows[found] = self._rows[places[found]]
        return rows
