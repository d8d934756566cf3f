"""Where a comment hangs, in words: the feature it is about, or the nearest one with a name.

Blocks; to be called in a thread.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..features import database_of, open_features
from ..succession import relation, successors

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from ..protocol import CommentInfo, Vector

NEAR_M = 100.0

_OF_FEATURE = """
SELECT feature.class, feature.source_id,
    coalesce(nullif(feature.name, ''), parent.name, ''),
    coalesce(nullif(feature.address, ''), parent.address, '')
FROM feature LEFT JOIN feature AS parent ON parent.id = feature.parent AND feature.parent != ''
WHERE feature.id = ?
"""
_NAME = "SELECT name FROM feature WHERE id = ?"
# The distance is that to the box, 0 inside it; of equals the smaller box is the better word.
_NEAREST = """
SELECT feature.name, feature.address FROM feature_box
JOIN feature ON feature.row = feature_box.row
WHERE feature_box.max_x >= :x - :near AND feature_box.min_x <= :x + :near
  AND feature_box.max_y >= :y - :near AND feature_box.min_y <= :y + :near
  AND feature.name || feature.address != ''
ORDER BY
    max(feature_box.min_x - :x, 0, :x - feature_box.max_x)
        * max(feature_box.min_x - :x, 0, :x - feature_box.max_x)
    + max(feature_box.min_y - :y, 0, :y - feature_box.max_y)
        * max(feature_box.min_y - :y, 0, :y - feature_box.max_y),
    (feature_box.max_x - feature_box.min_x) * (feature_box.max_y - feature_box.min_y)
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Place:
    """`feature_name` is "" where the comment is about no feature, or that has no name.

    `successors` are what the feature became, where it is of a former delivery, and `became` how.
    """

    feature_name: str
    words: str
    successors: tuple[str, ...] = ()
    became: str = ""


def places(features: Path, comments: Iterable[CommentInfo]) -> list[Place]:
    """One for each comment; raises `sqlite3.Error`."""
    with closing(open_features(features)) as connection:
        return [_place(features, connection, comment) for comment in comments]


def called(name: str, address: str) -> str:
    """“Town hall, Market 1”, or what there is of it."""
    return ", ".join(part for part in (name, address) if part)


def _place(features: Path, connection: sqlite3.Connection, comment: CommentInfo) -> Place:
    if not comment.feature:
        return Place("", _near(connection, comment.position))
    _, elsewhere = database_of(features, comment.feature)
    if elsewhere != features:
        return _place_in(elsewhere, connection, comment)
    later: tuple[str, ...] = ()
    became = ""
    row = connection.execute(_OF_FEATURE, (comment.feature,)).fetchone()
    if row is None:
        later = tuple(successors(connection, comment.feature))
        became = relation(connection, comment.feature)
        row = later and connection.execute(_OF_FEATURE, (later[0],)).fetchone()
    if not row:
        return Place("", _near(connection, comment.position), became=became)
    kind, source_id, name, address = map(str, row)
    return Place(name, f"at {called(name, address) or f'{kind} {source_id}'}", later, became)


def _place_in(database: Path, city: sqlite3.Connection, comment: CommentInfo) -> Place:
    """That of a comment on a feature of a foreign layer or of a variant."""
    with closing(open_features(database)) as connection:
        later: tuple[str, ...] = ()
        became = ""
        row = connection.execute(_NAME, (comment.feature,)).fetchone()
        if row is None:
            later = tuple(successors(connection, comment.feature))
            became = relation(connection, comment.feature)
            row = later and connection.execute(_NAME, (later[0],)).fetchone()
    name = str(row[0]) if row else ""
    words = f"at {name}" if name else _near(city, comment.position)
    return Place(name, words, later, became)


def _near(connection: sqlite3.Connection, position: Vector) -> str:
    x, y, _ = position
    row = connection.execute(_NEAREST, {"x": x, "y": y, "near": NEAR_M}).fetchone()
    return "in the open" if row is None else f"near {called(*map(str, row))}"
