"""Where many features are, by one question: their places now, also those of former deliveries."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from .errors import SceneError
from .features import open_features
from .foreign import features_of
from .succession import has_former
from .variants import databases

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .protocol import Vector

_HERE = """
SELECT asked.value, feature.id, min_x, min_y, max_x, max_y, max_z
FROM json_each(?) AS asked JOIN feature ON feature.id = asked.value
"""
# As in succession.py, for many in one pass over the table.
_FORMER = """
WITH known AS (
    SELECT old, new, relation, score, delivery, min(delivery) OVER (PARTITION BY old) AS last
    FROM succession WHERE old IN (SELECT value FROM json_each(?))
)
SELECT known.old, feature.id, min_x, min_y, max_x, max_y, max_z
FROM known JOIN feature ON feature.id = known.new
WHERE relation != 'unsure' AND delivery = last ORDER BY known.old, score DESC, known.new
"""

# What covers much ground says little of one place on it: the smallest comes first.
_GROUND = """
SELECT min_z FROM feature_box
WHERE max_x >= ?1 - ?3 AND min_x <= ?1 + ?3 AND max_y >= ?2 - ?3 AND min_y <= ?2 + ?3
ORDER BY (max_x - min_x) * (max_y - min_y) LIMIT 1
"""
_AROUND_M = (40.0, 300.0)


@dataclass(frozen=True, slots=True)
class FeaturePlace:
    """What a feature is called now (several where it was split, the surest first), and the middle
    of the top of its box in metres, scene frame; None where it has no box.
    """

    features: tuple[str, ...]
    top: Vector | None


def places_of(database: Path, identities: Iterable[str]) -> dict[str, FeaturePlace]:
    """The places of all features of a scene that are known, by the identity that was asked for.

    Raises `SceneError` where a database is missing or broken.
    """
    variants = dict(databases(database))
    asked: dict[Path, list[str]] = {}
    for identity in sorted(identities):
        dataset = identity.partition("/")[0]
        place = variants.get(dataset) or features_of(database, identity)
        asked.setdefault(place, []).append(identity)
    found: dict[str, FeaturePlace] = {}
    for place, wanted in asked.items():
        found |= _places_in(place, wanted)
    return found


def grounds_at(
    database: Path, points: Iterable[tuple[float, float]], without: float
) -> list[float]:
    """About how high the ground is at points of the scene, as what stands nearby has it, metres;
    `without` where nothing does. Raises `SceneError`.
    """
    try:
        with closing(open_features(database)) as connection:
            return [_ground(connection, x, y, without) for x, y in points]
    except sqlite3.Error:
        raise _unreadable(database) from None


def _ground(connection: sqlite3.Connection, x: float, y: float, without: float) -> float:
    for around in _AROUND_M:
        row = connection.execute(_GROUND, (x, y, around)).fetchone()
        if row is not None:
            return float(row[0])
    return without


def _unreadable(database: Path) -> SceneError:
    problem = "the features are missing or can't be read"
    return SceneError(problem, database, remedy="tile the city again")


def _places_in(database: Path, identities: list[str]) -> dict[str, FeaturePlace]:
    try:
        with closing(open_features(database)) as connection:
            found = _asked(connection, _HERE, identities)
            missing = [identity for identity in identities if identity not in found]
            if missing and has_former(connection):
                found |= _asked(connection, _FORMER, missing)
    except sqlite3.Error:
        raise _unreadable(database) from None
    return found


def _asked(
    connection: sqlite3.Connection, question: str, identities: list[str]
) -> dict[str, FeaturePlace]:
    found: dict[str, FeaturePlace] = {}
    for asked, identity, *box in connection.execute(question, (json.dumps(identities),)):
        former = found.get(asked)
        if former is None:
            found[asked] = FeaturePlace((identity,), None if None in box else _top(box))
        else:
            found[asked] = FeaturePlace((*former.features, identity), former.top)
    return found


def _top(box: list[object]) -> Vector:
    min_x, min_y, max_x, max_y, max_z = msgspec.convert(box, tuple[float, ...])
    return ((min_x + max_x) / 2, (min_y + max_y) / 2, max_z)
