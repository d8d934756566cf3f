"""What any store of observations can do; SQLite is the one that comes with the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ..overlays.model import Batch


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long every observation is kept, and for how long one summary an hour; 0: for ever.

    After that there is one a day, for ever. It counts from the newest observation of a datastream.
    """

    raw_days: int = 30
    hourly_days: int = 1_095


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin_us` to before `end_us`, microseconds since 1970 UTC."""

    begin_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One datastream by steps of equal length, in columns (n,); steps without a value are absent.

    `times` are where steps begin, i64 µs; `counts` u32; `lows`, `highs`, `means` f64; `quality` u8
    has every bit that any of the observations has.
    """

    times: NDArray[np.int64]
    counts: NDArray[np.uint32]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    means: NDArray[np.float64]
    quality: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Overview:
    """Many datastreams by the same steps (rows, steps): means f32, NaN where there is none; u8."""

    means: NDArray[np.float32]
    quality: NDArray[np.uint8]


class TooMuchError(ValueError):
    """A question that reaches over more than can be looked through; a shorter span would do."""


class ObservationStore(Protocol):
    """Rows of datastreams are those of `row`, the same for ever; times are phenomenon times.

    An observation is one datastream at one time: who brings it again changes nothing. What is older
    than the retention is known by its hours and days only, and nothing is taken for it any more.
    """

    @property
    def problem(self) -> str:
        """Why what is observed now isn't kept, in a sentence; "" where it is."""
        ...

    @property
    def late(self) -> int:
        """Observations that came for a time of which only summaries are kept."""
        ...

    @property
    def lost(self) -> int:
        """Observations for which there was no room, as the disk was too slow."""
        ...

    def row(self, key: str) -> int:
        """The row of a datastream, given at its first call. Raises `StateError`."""
        ...

    def note(self, name: str) -> bytes | None:
        """What was kept under a name, perhaps by a former process."""
        ...

    def keep_note(self, name: str, content: bytes) -> None:
        """Keeps some bytes beside the observations, written with the next group."""
        ...

    def append(self, batch: Batch) -> None:
        """Takes observations to be written with the next group; returns at once."""
        ...

    async def flush(self) -> None:
        """Returns when all that was appended before outlives the power. Raises `StateError`."""
        ...

    async def history(self, row: int, span: Span, limit: int, *, newest: bool = False) -> Batch:
        """Observations by time, the first `limit` or the last ones; also what isn't written yet.

        Raises `StateError`, and `TimeoutError` where it is too much.
        """
        ...

    async def across(
        self, rows: Sequence[int], span: Span, limit: int, *, newest: bool = False
    ) -> Batch:
        """Observations of many datastreams by time, then row: the first `limit` or the last ones.

        Raises `StateError`, and `TooMuchError` where the span is too long for so many.
        """
        ...

    async def latest(self, rows: Sequence[int]) -> Batch:
        """The newest observation of each row that has one."""
        ...

    async def summary(self, row: int, span: Span, step_us: int) -> Summary:
        """The same in steps, counted from 1970, so that any two summaries agree.

        Where only hours or days are kept, each belongs to the step in which it begins. Raises
        `StateError`, and `TimeoutError` where it is too much.
        """
        ...

    async def overview(self, rows: Sequence[int], span: Span, step_us: int) -> Overview:
        """Many datastreams in steps from the beginning of a span.

        Raises `StateError`, and `TimeoutError` where it is too much.
        """
        ...

    async def close(self) -> None:
        """Writes what waits, and ends."""
        ...
