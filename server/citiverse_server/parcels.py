"""Content that goes out in pieces, so that nothing has to wait for the whole of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes `start` to `stop` of content of `size` bytes, whose `parcel` has a number where it
    comes in several; the first of them may be empty.
    """

    start: int
    stop: int
    size: int
    parcel: int | None = None
    is_first: bool = True

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.stop - self.start

    @property
    def is_last(self) -> bool:
        """Whether the content is whole with it."""
        return self.stop == self.size


@dataclass(slots=True)
class Numbers:
    """Counts from 1; no number comes twice in a session."""

    latest: int = 0

    def next(self) -> int:
        """The next one."""
        self.latest += 1
        return self.latest


@dataclass(frozen=True, slots=True)
class Parcels:
    """What has been begun and isn't whole, by row."""

    numbers: Numbers
    _begun: dict[int, Piece] = field(default_factory=dict)

    @property
    def begun(self) -> set[int]:
        """Rows of which a part has been sent."""
        return set(self._begun)

    def begin(self, row: int, size: int) -> Piece:
        """An empty first piece: the content is on its way, and others go first."""
        piece = self._begun[row] = Piece(0, 0, size, self.numbers.next())
        return piece

    def sent(self, row: int) -> int:
        """How many bytes of a row that has been begun have been sent."""
        return self._begun[row].stop

    def again(self, row: int) -> Piece:
        """The empty first piece of a row of which no more has been sent."""
        return self._begun[row]

    def next(self, row: int, size: int, most: int) -> Piece:
        """The next piece of this row's content, of at most so many bytes."""
        former = self._begun.pop(row, None)
        start = 0 if former is None else former.stop
        stop = min(size, start + most)
        if former is not None:
            parcel = former.parcel
        else:
            parcel = None if stop == size else self.numbers.next()
        piece = Piece(start, stop, size, parcel, is_first=former is None)
        if not piece.is_last:
            self._begun[row] = piece
        return piece

    def forget(self, rows: Iterable[int]) -> None:
        """No more comes of these."""
        for row in rows:
            self._begun.pop(row, None)
