"""What expressions are worked out on: tables of entities, linked, and the rows of a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from .columns import Column, taken
from .problems import QueryError, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .vocabulary import EntityType

Rows = NDArray[np.intp]

MAX_JOINED_ROWS = 500_000
MAX_CELLS = 4_000_000
_INSIDE_CELLS = 4


@dataclass(frozen=True, slots=True)
class Links:
    """Rows that rows link to: those of row i are `targets[offsets[i]:offsets[i + 1]]`."""

    offsets: Rows
    targets: Rows

    def of(self, row: int) -> Rows:
        """The targets of one row."""
        return self.targets[self.offsets[row] : self.offsets[row + 1]]

    @classmethod
    def to_one(cls, targets: Rows) -> Links:
        """Each row links to one."""
        return cls(np.arange(len(targets) + 1), targets)

    @classmethod
    def to_many(cls, owners: Rows, count: int) -> Links:
        """The way back: to the rows that each of `count` rows owns."""
        counts = np.bincount(owners, minlength=count)
        return cls(np.append(0, np.cumsum(counts)), np.argsort(owners, kind="stable"))

    @property
    def counts(self) -> Rows:
        """How many targets each row has (n,)."""
        return np.diff(self.offsets)


class Table(Protocol):
    """All entities of one type, by row."""

    @property
    def type(self) -> EntityType:
        """What they are."""
        ...

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def column(self, path: tuple[str, ...]) -> Column:
        """A property of all rows, or something inside of it. Raises `QueryError`."""
        ...

    def links(self, name: str) -> Links:
        """Where a link leads. Raises `QueryError` where that can't be followed in a question."""
        ...


class Budget:
    """How much work a request may still be; counted in cells of columns, so that no clock rules."""

    def __init__(self, cells: int = MAX_CELLS) -> None:
        self._cells = cells

    def spend(self, cells: int) -> None:
        """Raises `QueryError` where nothing is left."""
        self._cells -= cells
        if self._cells < 0:
            raise QueryError("This question is too much work; ask for less, or more simply.")


class Frame:
    """Rows of one table, and for each path of links that is in use the row that it leads to.

    A link to many makes a row of each of them, as a left join does: where it leads nowhere, -1.
    """

    def __init__(self, tables: Mapping[str, Table], base: str, rows: Rows, budget: Budget) -> None:
        self.budget = budget
        self.joins = False
        """Whether it went along a link to many."""
        self.origin = np.arange(len(rows))
        """Which of the rows at the beginning each row is of."""
        self._tables = tables
        self._names: dict[tuple[str, ...], str] = {(): base}
        self._rows: dict[tuple[str, ...], Rows] = {(): rows}

    @property
    def size(self) -> int:
        """How many rows there are now."""
        return len(self.origin)

    @property
    def rows(self) -> Rows:
        """The row of the first table that each row is of."""
        return self._rows[()]

    def follow(self, path: tuple[str, ...]) -> None:
        """Joins what the links at the beginning of a path lead to. Raises `QueryError`."""
        for end in range(1, len(path) + 1):
            prefix = path[:end]
            if prefix in self._rows:
                continue
            table = self._tables[self._names[prefix[:-1]]]
            link = table.type.links.get(prefix[-1])
            if link is None:
                return
            if link.target not in self._tables:
                raise unsupported(
                    f"A question about {table.type.set_name} can't follow {link.name}."
                )
            self.joins = self.joins or link.many
            self._join(prefix, table.links(link.name), link.target)

    def column(self, path: tuple[str, ...]) -> Column:
        """The property at the end of a path, which `follow` has seen. Raises `QueryError`."""
        end = max(size for size in range(len(path)) if path[:size] in self._rows)
        table = self._tables[self._names[path[:end]]]
        # What is inside of a property may have to be looked for in all of them.
        self.budget.spend(self.size + (_INSIDE_CELLS * table.size if len(path) > end + 1 else 0))
        return taken(table.column(path[end:]), self._rows[path[:end]])

    def _join(self, path: tuple[str, ...], links: Links, target: str) -> None:
        before = self._rows[path[:-1]]
        counts = np.where(before >= 0, links.counts[before], 0) if len(before) else before
        repeats = np.maximum(counts, 1)
        total = int(repeats.sum())
        if total > MAX_JOINED_ROWS:
            raise QueryError("This question joins too much; ask about one kind of link at a time.")
        self.budget.spend(total)
        origin = np.repeat(np.arange(len(before)), repeats)
        within = np.arange(total) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        places = links.offsets[before[origin]] + within
        there = counts[origin] > 0
        found = np.full(total, -1, dtype=np.intp)
        found[there] = links.targets[places[there]]
        self._rows = {known: rows[origin] for known, rows in self._rows.items()}
        self.origin = self.origin[origin]
        self._rows[path] = found
        self._names[path] = target
