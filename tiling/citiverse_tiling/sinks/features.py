"""features.sqlite: one row per CityObject, found by box, by text and by tile (scene.md)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

_SCHEMA = """
CREATE TABLE feature(
    row INTEGER PRIMARY KEY, id TEXT UNIQUE, source_id TEXT, dataset TEXT, class TEXT, name TEXT,
    address TEXT, parent TEXT, lon REAL, lat REAL, min_x REAL, min_y REAL, min_z REAL,
    max_x REAL, max_y REAL, max_z REAL, reality TEXT, attributes TEXT);
CREATE VIRTUAL TABLE feature_box USING rtree(row, min_x, max_x, min_y, max_y, min_z, max_z);
CREATE VIRTUAL TABLE feature_text USING fts5(id, name, address, content=feature, content_rowid=row);
CREATE TABLE tile_feature(tile INTEGER, property_row INTEGER, feature INTEGER);
"""

_FINISH = """
INSERT INTO feature_box SELECT row, min_x, max_x, min_y, max_y, min_z, max_z
    FROM feature WHERE min_x IS NOT NULL ORDER BY row;
INSERT INTO feature_text(feature_text) VALUES ('rebuild');
INSERT INTO feature_text(feature_text) VALUES ('optimize');
CREATE INDEX tile_feature_by_tile ON tile_feature(tile, property_row);
CREATE INDEX tile_feature_by_feature ON tile_feature(feature);
"""


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


class FeatureDatabase:
    """Writes features.sqlite; the same rows in the same order give the same bytes."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(
            "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            + _SCHEMA
        )
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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

    def finish(self) -> None:
        """Build the indices and write everything out."""
        self._connection.execute("COMMIT")
        self._connection.executescript(f"BEGIN; {_FINISH} COMMIT;")
