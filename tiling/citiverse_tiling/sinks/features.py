"""features.sqlite: one row per CityObject, found by box, by text and by tile (scene.md)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from citiverse_tiling.model import UInt8Array

_SCHEMA = """
CREATE TABLE feature(
    row INTEGER PRIMARY KEY, id TEXT UNIQUE, source_id TEXT, dataset TEXT, class TEXT, name TEXT,
    address TEXT, parent TEXT, lon REAL, lat REAL, min_x REAL, min_y REAL, min_z REAL,
    max_x REAL, max_y REAL, max_z REAL, reality TEXT, attributes TEXT);
CREATE VIRTUAL TABLE feature_box USING rtree(row, min_x, max_x, min_y, max_y, min_z, max_z);
CREATE VIRTUAL TABLE feature_text USING fts5(id, name, address, content=feature, content_rowid=row);
CREATE TABLE tile_feature(tile INTEGER, property_row INTEGER, feature INTEGER);
CREATE TABLE made_from(base BLOB, features BLOB, tiles BLOB);
"""

_BOXES = """
INSERT INTO feature_box SELECT row, min_x, max_x, min_y, max_y, min_z, max_z
    FROM feature WHERE min_x IS NOT NULL"""
_INDEX = """
INSERT INTO feature_text(feature_text) VALUES ('rebuild');
INSERT INTO feature_text(feature_text) VALUES ('optimize');
CREATE INDEX tile_feature_by_tile ON tile_feature(tile, property_row);
CREATE INDEX tile_feature_by_feature ON tile_feature(feature);
"""
_TEXTS = "INSERT INTO feature_text(rowid, id, name, address) SELECT row, id, name, address"
_NO_TEXTS = (
    "INSERT INTO feature_text(feature_text, rowid, id, name, address)"
    " SELECT 'delete', row, id, name, address"
)

NOTED = np.dtype([("digest", "<u8", 2), ("row", "<i8")])
COMPARED = "row, id, class, parent, min_x, min_y, min_z, max_x, max_y, max_z, attributes"
"""The columns by which features of two scenes are compared."""


class Origin(NamedTuple):
    """What the rows were made from, for the next run: see the table `made_from` in scene.md.

    features  NOTED (n,), rising by digest here, in the order of the inputs in the file
    tiles     uint8 (N, 16)
    """

    base: bytes
    features: np.ndarray
    tiles: UInt8Array


class ComparedRow(NamedTuple):
    """The columns COMPARED of a row; `box` is min_x, min_y, min_z, max_x …, None without one."""

    row: int
    id: str
    class_name: str
    parent: str
    box: tuple[float | None, ...]
    attributes: str

    @staticmethod
    def of(row: tuple[Any, ...]) -> ComparedRow:
        """As a query gives it."""
        number, identity, class_name, parent, *box, attributes = row
        return ComparedRow(number, identity, class_name, parent, tuple(box), attributes)


class FeatureRow(NamedTuple):
    """A row of `feature`, in the table's order.

    `place` is lon, lat, min_x, min_y, min_z, max_x, max_y, max_z: all None without geometry.
    """

    row: int
    id: str
    source_id: str
    dataset: str
    class_name: str
    name: str
    address: str
    parent: str
    place: tuple[float | None, ...]
    reality: str
    attributes: str

    @property
    def compared(self) -> ComparedRow:
        """By what it is compared with another."""
        return ComparedRow(
            self.row, self.id, self.class_name, self.parent, self.place[2:], self.attributes
        )


class FeatureDatabase:
    """Writes features.sqlite; the same rows in the same order give the same bytes.

    All that is done within the block is done at its end.
    """

    def __init__(self, path: Path) -> None:
        """One that is there."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        self._connection.execute("BEGIN")

    @staticmethod
    def new(path: Path) -> FeatureDatabase:
        """An empty one."""
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript(
                "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                + _SCHEMA
            )
        return FeatureDatabase(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._connection.execute("COMMIT")
        self._connection.close()

    def add(self, rows: Iterable[FeatureRow]) -> None:
        """Add features."""
        self._connection.executemany(
            f"INSERT INTO feature VALUES ({', '.join('?' * 18)})",  # noqa: S608 only question marks
            ((*row[:8], *row.place, row.reality, row.attributes) for row in rows),
        )

    def link(self, tile: int, features: Iterable[int]) -> None:
        """Say which features the rows of a tile's property table are."""
        rows = ((tile, number, feature) for number, feature in enumerate(features))
        self._connection.executemany("INSERT INTO tile_feature VALUES (?, ?, ?)", rows)

    def unlink(self, tiles: Iterable[int]) -> None:
        """Forget what is in tiles."""
        each = ((tile,) for tile in tiles)
        self._connection.executemany("DELETE FROM tile_feature WHERE tile = ?", each)

    def compared(self, rows: Iterable[int]) -> list[ComparedRow]:
        """Some features."""
        query = f"SELECT {COMPARED} FROM feature WHERE row = ?"  # noqa: S608 our own words
        return [ComparedRow.of(self._connection.execute(query, (row,)).fetchone()) for row in rows]

    def remove(self, rows: Iterable[int]) -> None:
        """Take features out, and out of the indices."""
        each = [(row,) for row in rows]
        for statement in (
            f"{_NO_TEXTS} FROM feature WHERE row = ?",
            "DELETE FROM feature_box WHERE row = ?",
            "DELETE FROM feature WHERE row = ?",
        ):
            self._connection.executemany(statement, each)

    def index(self, rows: Iterable[int] | None = None) -> None:
        """Make the indices, or put some more features into them."""
        if rows is None:
            for statement in (f"{_BOXES} ORDER BY row", *_INDEX.strip(";\n").split(";")):
                self._connection.execute(statement)
            return
        each = [(row,) for row in rows]
        self._connection.executemany(f"{_BOXES} AND row = ?", each)
        self._connection.executemany(f"{_TEXTS} FROM feature WHERE row = ?", each)

    def note(self, base: bytes, features: Iterable[np.ndarray], tiles: UInt8Array) -> None:
        """Leave for the next run what these rows were made from; see `Origin`.

        `features` are some at a time, and all of them as many as there are rows.
        """
        (count,) = self._connection.execute("SELECT count(*) FROM feature").fetchone()
        self._connection.execute("DELETE FROM made_from")
        row = (1, base, count * NOTED.itemsize, tiles.tobytes())
        self._connection.execute(
            "INSERT INTO made_from(rowid, base, features, tiles) VALUES (?, ?, zeroblob(?), ?)", row
        )
        with self._connection.blobopen("made_from", "features", 1) as blob:
            for some in features:
                blob.write(some.tobytes())

    def forget_succession(self) -> None:
        """Take out what became of the features of earlier deliveries."""
        self._connection.execute("DROP TABLE IF EXISTS succession")


def origin_of(path: Path) -> Origin | None:
    """What the rows of a features.sqlite were made from; None where it can't be told."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            base, features, tiles = connection.execute("SELECT * FROM made_from").fetchone()
        known = np.frombuffer(features, NOTED)
        known = known[np.lexsort(known["digest"].T[::-1])]
        return Origin(base, known, np.frombuffer(tiles, np.uint8).reshape(-1, 16))
    except (sqlite3.Error, TypeError, ValueError):
        return None
