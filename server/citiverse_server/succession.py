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


def successors(connection: sqlite3.Connection, identity: str) -> list[str]:
    """Identities that a former one leads to for sure, the surest first.

    Empty where the identity never was one, where nothing came of it or nobody can tell what.
    Raises `sqlite3.Error`.
    """
    known = "SELECT 1 FROM sqlite_master WHERE name = 'succession'"
    if connection.execute(known).fetchone() is None:
        return []
    return [new for (new,) in connection.execute(_SURE, (identity, identity, MOST))]
