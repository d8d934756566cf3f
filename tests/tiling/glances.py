"""What tests of first looks share: time that stands, and the buildings of a scene."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def still() -> float:
    """A clock that stands: there is time for everything."""
    return 0.0


def boxes(scene: Path) -> dict[str, tuple[float, ...]]:
    """Lowest and highest corner of each building that is drawn, by its identity; scene frame."""
    with closing(sqlite3.connect(scene / "features.sqlite")) as database:
        rows = database.execute(
            "SELECT id, min_x, min_y, min_z, max_x, max_y, max_z FROM feature"
            " WHERE class LIKE 'Building%' AND min_x IS NOT NULL"
        )
        return {row[0]: row[1:] for row in rows}
