"""The table `succession` of features.sqlite, carried on over several deliveries."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.succession.delivery import Delivery
    from citiverse_tiling.succession.links import Link

_SCHEMA = """
CREATE TABLE succession(old TEXT, relation TEXT, new TEXT, score REAL, delivery INTEGER,
    x REAL, y REAL, z REAL);
CREATE INDEX succession_by_old ON succession(old);
CREATE INDEX succession_by_new ON succession(new);
"""
_FORMER = "SELECT old, relation, new, score, delivery, x, y, z FROM succession WHERE old NOTNULL"

Row = tuple[str | None, str, str | None, float, int, float | None, float | None, float | None]


def write_table(
    features: Path, former: Path, links: Sequence[Link], old: Delivery, frame: SceneFrame
) -> None:
    """Write the links, and those of earlier deliveries carried on to what is now.

    What stayed the same has no row. No table is written where there is no row.

    `delivery` is 1 for the former delivery, 2 for the one before; x, y, z is the middle of the top
    of the old feature's box, in the new scene's frame.
    """
    boxes = old.boxes_in(frame)
    tops = np.column_stack([boxes[:, :, :2].mean(axis=1), boxes[:, 1, 2]]).round(4)
    rows = [*_rows(links, old, tops), *_carried_on(_former(former), links, old.place.frame, frame)]
    if not rows:
        return
    rows.sort(key=lambda row: (row[4], row[0] or "", row[2] or "", row[1]))
    with closing(sqlite3.connect(features, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO succession VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")


def _rows(links: Iterable[Link], old: Delivery, tops: np.ndarray) -> Iterator[Row]:
    for link in links:
        if link.relation == "same":
            continue
        place = (None, None, None) if link.old is None else tops[old.index[link.old]].tolist()
        x, y, z = place
        yield link.old, link.relation, link.new, link.score, 1, x, y, z


def _former(features: Path) -> list[Row]:
    """The rows of the former scene; none where it succeeded no other."""
    with closing(sqlite3.connect(features)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'succession'")
        return connection.execute(_FORMER).fetchall() if known.fetchone() else []


def _carried_on(
    rows: Sequence[Row], links: Sequence[Link], before: SceneFrame, now: SceneFrame
) -> Iterator[Row]:
    """Rows of earlier deliveries, led on by one: what became of what they led to."""
    after: defaultdict[str, list[Link]] = defaultdict(list)
    for link in links:
        if link.old is not None:
            after[link.old].append(link)
    places = np.array([row[5:8] for row in rows], np.float64).reshape(-1, 3)
    moved = now.from_ecef(before.to_ecef(places)).round(4) if before != now else places
    for row, (x, y, z) in zip(rows, moved.tolist(), strict=True):
        old, relation, new, score, delivery = row[:5]
        if new is None or new not in after:
            yield old, relation, new, score, delivery + 1, x, y, z
            continue
        for link in after[new]:
            led = _both(relation, link.relation)
            yield old, led, link.new, round(score * link.score, 4), delivery + 1, x, y, z


def _both(first: str, second: str) -> str:
    """One relation for two in a row."""
    if "unsure" in (first, second) and second != "demolished":
        return "unsure"
    if second in ("same", "renamed"):
        return first if first != "same" else second
    return second
