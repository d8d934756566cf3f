"""What became of a feature of a former delivery: the table `succession` of scene.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

MOST = 200

_SURE = """
SELECT new FROM succession JOIN feature ON feature.id = succession.new
WHERE old = ? AND relation != 'unsure'
    AND delivery = (SELECT min(delivery) FROM succession WHERE old = ?)
ORDER BY score DESC, new LIMIT ?
"""


_RELATION = """
SELECT relation FROM succession
WHERE old = ? AND delivery = (SELECT min(delivery) FROM succession WHERE old = ?)
ORDER BY relation LIMIT 1
"""


def relation(connection: sqlite3.Connection, identity: str) -> str:
    """How a former feature went on, as in scene.md (`same` is `renamed`); "" where none is known.

    Raises `sqlite3.Error`.
    """
    if not has_former(connection):
        return ""
    row = connection.execute(_RELATION, (identity, identity)).fetchone()
    if row is None:
        return ""
    return "renamed" if row[0] == "same" else str(row[0])


def successors(connection: sqlite3.Connection, identity: str) -> list[str]:
    """Identities that a former one leads to for sure, the surest first.

    Empty where the identity never was one, where nothing came of it or nobody can tell what.
    Raises `sqlite3.Error`.
    """
    if not has_former(connection):
        return []
    return [new for (new,) in connection.execute(_SURE, (identity, identity, MOST))]


def has_former(connection: sqlite3.Connection) -> bool:
    """Whether the scene follows a former delivery. Raises `sqlite3.Error`."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'succession'"
    return connection.execute(known).fetchone() is not None
