"""The file of a store: what was committed here outlives the process and the power.

A group of observations is written whole as it came (`log`). Later it is sealed: sorted into batches
of one datastream (`sealed`), and the group is forgotten. What is older than the retention becomes
one summary an hour, and then a day (`summary`). One thread of one process writes; any may read.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import StateError
from ..state import locked, make_state_folder
from ..transactions import transaction
from . import codec
from .recent import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ..overlays.model import Batch
    from .columns import Columns
    from .store import Summary

FILE = "observations.sqlite"
SCHEMA_VERSION = 2
BUSY_TIMEOUT_S = 5.0

# `raw_from` and `hours_from`: before that, a datastream has only its summaries.
_NOTE = "CREATE TABLE note(name TEXT PRIMARY KEY, content BLOB NOT NULL);"
_SCHEMA = f"""
CREATE TABLE stream(
    row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
    raw_from INTEGER NOT NULL DEFAULT {NEVER}, hours_from INTEGER NOT NULL DEFAULT {NEVER}
);
CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, observations BLOB NOT NULL);
CREATE TABLE sealed(
    id INTEGER PRIMARY KEY, row INTEGER NOT NULL, period INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, columns BLOB NOT NULL
);
CREATE INDEX sealed_place ON sealed(row, period, first, last, count);
CREATE TABLE summary(
    id INTEGER PRIMARY KEY, row INTEGER NOT NULL, step INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, columns BLOB NOT NULL
);
CREATE INDEX summary_place ON summary(row, step, first, last, count);
CREATE TABLE newest(only_one INTEGER PRIMARY KEY CHECK (only_one = 1), observations BLOB NOT NULL);
{_NOTE}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed batch or a summary is, from its first time to its last, both within it."""

    id: int
    first: int
    last: int
    count: int


class Disk:
    """Writes; to be used by one thread. Every method raises `sqlite3.Error`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def transaction(self) -> AbstractContextManager[None]:
        """Everything or nothing; on the disk when it ends."""
        return transaction(self.connection)

    def streams(self) -> list[tuple[int, str, int, int]]:
        """Row, key, `raw_from` and `hours_from` of every datastream, by row."""
        return self.connection.execute(
            "SELECT row, key, raw_from, hours_from FROM stream ORDER BY row"
        ).fetchall()

    def add_streams(self, streams: Iterable[tuple[int, str]]) -> None:
        """Rows and keys that are new."""
        self.connection.executemany("INSERT INTO stream(row, key) VALUES (?, ?)", streams)

    def notes(self) -> dict[str, bytes]:
        """What others asked to keep, by name."""
        return dict(self.connection.execute("SELECT name, content FROM note"))

    def write_notes(self, notes: Iterable[tuple[str, bytes]]) -> None:
        """Keeps what others ask for, in the place of what was there."""
        self.connection.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", notes)

    def write_group(self, batch: Batch) -> int:
        """Writes observations as they came; the number of the group."""
        packed = codec.pack_group(batch)
        done = self.connection.execute("INSERT INTO log(observations) VALUES (?)", (packed,))
        return int(done.lastrowid or 0)

    def groups(self) -> Iterator[tuple[int, Batch]]:
        """What isn't sealed, in the order it came. Raises `codec.CorruptError`."""
        for number, packed in self.connection.execute("SELECT id, observations FROM log"):
            yield number, codec.unpack_group(packed)

    def forget_groups(self, last: int, most: int) -> bool:
        """Forgets the oldest groups up to a number, so many at a time; whether any was left."""
        done = self.connection.execute(
            "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE id <= ? ORDER BY id LIMIT ?)",
            (last, most),
        )
        return done.rowcount > 0

    def newest(self) -> Batch | None:
        """The newest of each datastream when it was last kept. Raises `codec.CorruptError`."""
        found = self.connection.execute("SELECT observations FROM newest").fetchone()
        return None if found is None else codec.unpack_group(found[0])

    def keep_newest(self, batch: Batch) -> None:
        """Keeps the newest of each datastream."""
        self.connection.execute(
            "INSERT OR REPLACE INTO newest VALUES (1, ?)", (codec.pack_group(batch),)
        )

    def sealed(self, row: int, period: int) -> list[Place]:
        """The sealed batches of a datastream in a period, in the order they were made."""
        found = self.connection.execute(
            "SELECT id, first, last, count FROM sealed WHERE row = ? AND period = ? ORDER BY id",
            (row, period),
        )
        return [Place(*one) for one in found]

    def sealed_before(self, row: int, time_us: int) -> list[Place]:
        """The sealed batches of a datastream that begin before a time."""
        found = self.connection.execute(
            "SELECT id, first, last, count FROM sealed WHERE row = ? AND first < ?"
            " ORDER BY period, id",
            (row, time_us),
        )
        return [Place(*one) for one in found]

    def columns(self, place: Place) -> Columns:
        """What is in a sealed batch. Raises `codec.CorruptError`."""
        found = self.connection.execute("SELECT columns FROM sealed WHERE id = ?", (place.id,))
        return codec.unpack(found.fetchone()[0])

    def seal(self, row: int, period: int, columns: Columns) -> None:
        """Writes a sealed batch."""
        self.connection.execute(
            "INSERT INTO sealed(row, period, first, last, count, columns)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (row, period, *_extent(columns), codec.pack(columns)),
        )

    def seal_again(self, place: Place, columns: Columns) -> None:
        """Writes other columns in the place of a sealed batch; none: it is gone."""
        if not len(columns):
            self.connection.execute("DELETE FROM sealed WHERE id = ?", (place.id,))
            return
        self.connection.execute(
            "UPDATE sealed SET first = ?, last = ?, count = ?, columns = ? WHERE id = ?",
            (*_extent(columns), codec.pack(columns), place.id),
        )

    def summaries(self, row: int, step_us: int) -> list[Place]:
        """The summaries of a datastream in steps of this length, by time."""
        found = self.connection.execute(
            "SELECT id, first, last, count FROM summary WHERE row = ? AND step = ? ORDER BY first",
            (row, step_us),
        )
        return [Place(*one) for one in found]

    def summary(self, place: Place) -> Summary:
        """What is in a summary. Raises `codec.CorruptError`."""
        found = self.connection.execute("SELECT columns FROM summary WHERE id = ?", (place.id,))
        return codec.unpack_summary(found.fetchone()[0])

    def summarise(self, row: int, step_us: int, summary: Summary) -> None:
        """Writes a summary in steps of this length."""
        self.connection.execute(
            "INSERT INTO summary(row, step, first, last, count, columns) VALUES (?, ?, ?, ?, ?, ?)",
            (row, step_us, *_extent(summary), codec.pack_summary(summary)),
        )

    def summarise_again(self, place: Place, summary: Summary) -> None:
        """Writes another summary in the place of one; one of no step: it is gone."""
        if not len(summary.times):
            self.connection.execute("DELETE FROM summary WHERE id = ?", (place.id,))
            return
        self.connection.execute(
            "UPDATE summary SET first = ?, last = ?, count = ?, columns = ? WHERE id = ?",
            (*_extent(summary), codec.pack_summary(summary), place.id),
        )

    def set_raw_from(self, row: int, time_us: int) -> None:
        """Before this a datastream has only summaries."""
        self.connection.execute("UPDATE stream SET raw_from = ? WHERE row = ?", (time_us, row))

    def set_hours_from(self, row: int, time_us: int) -> None:
        """Before this a datastream has only summaries of days."""
        self.connection.execute("UPDATE stream SET hours_from = ? WHERE row = ?", (time_us, row))


@contextmanager
def open_disk(folder: Path) -> Iterator[Disk]:
    """The file of a state folder, made where it isn't there, for this process alone.

    Raises `StateError`.
    """
    with ExitStack() as held:
        try:
            make_state_folder(folder)
            held.enter_context(locked(folder))
            connection = held.enter_context(closing(_connect(folder / FILE)))
            _prepare(connection, folder / FILE)
        except BlockingIOError:
            raise StateError(
                "another server keeps these observations", folder, remedy="stop one of them"
            ) from None
        except OSError as error:
            raise StateError(
                f"observations can't be kept here: {error.strerror or error}",
                folder,
                remedy="choose a folder that can be written with --state",
            ) from None
        except sqlite3.Error as error:
            raise unreadable(folder, error) from None
        yield Disk(connection)


def unreadable(folder: Path, error: Exception) -> StateError:
    """The file is there and can't be used."""
    return StateError(
        f"the observations can't be used: {error}",
        folder / FILE,
        remedy="put back a copy of it, or take it away to begin anew",
    )


def reading(folder: Path) -> sqlite3.Connection:
    """A connection that only reads. Raises `sqlite3.Error`."""
    address = f"{(folder / FILE).resolve().as_uri()}?mode=ro"
    return sqlite3.connect(
        address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _connect(file: Path) -> sqlite3.Connection:
    # Opened by one thread, used by another, and closed when that one has ended.
    return sqlite3.connect(
        file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit returns when the disk has it; fullfsync: on macOS, when the disk really has it.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise StateError(
            f"the observations were written by a newer version (schema {version}, this one knows "
            f"{SCHEMA_VERSION})",
            file,
            remedy="use the newer version",
        )
    # Notes came with version 2.
    missing = {0: _SCHEMA, 1: _NOTE}.get(version)
    if missing is not None:
        connection.executescript(f"BEGIN;{missing}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")


def _extent(columns: Columns | Summary) -> tuple[int, int, int]:
    return int(columns.times[0]), int(columns.times[-1]), len(columns.times)
