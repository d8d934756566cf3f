"""Questions to features.sqlite by identity, words and box; read-only, bounded in rows and time."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from .errors import SceneError
from .foreign import features_of
from .succession import successors
from .variants import AS_IT_IS, databases, variant_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .protocol import Vector

MAX_LIMIT = 200
DEFAULT_LIMIT = 20
MAX_QUERY_LENGTH = 200
# SQLite calls back every so many virtual machine steps; after this many calls the question ends.
STEPS_PER_CALL = 10_000
MAX_CALLS = 500

Box = tuple[float, float, float, float]

_SELECT = (
    "SELECT feature.id, feature.source_id, feature.dataset, feature.class, feature.name, "
    "feature.address, feature.parent, feature.lon, feature.lat, feature.min_x, feature.min_y, "
    "feature.min_z, feature.max_x, feature.max_y, feature.max_z, feature.reality, "
    "feature.attributes FROM feature"
)
_SELECT_BOX = "SELECT min_x, min_y, max_x, max_y, max_z FROM feature WHERE id = ?"
_SELECT_ELEMENT = (
    "SELECT source_id FROM feature WHERE id = ? AND json_extract(attributes, '$.ifcClass') NOT NULL"
)
_NAMED = "WHERE feature.id IN (SELECT value FROM json_each(?)) ORDER BY feature.row"
_SELECT_NAMED = f"{_SELECT} {_NAMED}"
_SELECT_ID = "SELECT id FROM feature WHERE id = ?"


class Feature(Struct, frozen=True, rename={"class_": "class"}):
    """One CityObject; lon and lat in degrees, the box in metres in the scene frame.

    `variant` is the one that it belongs to, "" where it is of the scene itself.
    """

    id: str
    source_id: str
    dataset: str
    class_: str
    name: str
    address: str
    parent: str
    lon: float | None
    lat: float | None
    box: tuple[float, float, float, float, float, float] | None
    reality: str
    variant: str
    attributes: msgspec.Raw


class FeatureList(Struct, frozen=True):
    """An answer; `more` says that the limit left some out."""

    features: list[Feature]
    more: bool


@dataclass(frozen=True, slots=True)
class FeatureQuery:
    """All parts given must hold; `bbox` is min x, min y, max x, max y in metres, scene frame."""

    id: str | None = None
    text: str | None = None
    bbox: Box | None = None
    limit: int = DEFAULT_LIMIT


async def find(database: Path, query: FeatureQuery) -> FeatureList:
    """Answers off the event loop; raises `TimeoutError` where a question is too costly."""
    return await asyncio.to_thread(_find, database, query)


def top_centre(database: Path, feature_id: str) -> Vector | None:
    """The middle of the top of a feature's box, metres in the scene frame; None: no such feature.

    A feature without a box of its own is nowhere, and so unknown here. Raises `SceneError` where
    the database is missing or broken.
    """
    row = _row(database, _SELECT_BOX, feature_id)
    if row is None or None in row:
        return None
    min_x, min_y, max_x, max_y, max_z = msgspec.convert(row, tuple[float, ...])
    return ((min_x + max_x) / 2, (min_y + max_y) / 2, max_z)


def exists(database: Path, feature_id: str) -> bool:
    """Whether the scene has a feature of this identity. Raises `SceneError`."""
    return _row(database, _SELECT_ID, feature_id) is not None


def features_named(database: Path, identities: Iterable[str]) -> list[Feature]:
    """The features of exactly these identities that there are, in no order of theirs.

    Raises `SceneError` where a database is missing or broken.
    """
    asked: dict[tuple[str, Path], list[str]] = {}
    for identity in identities:
        asked.setdefault(database_of(database, identity), []).append(identity)
    found: list[Feature] = []
    for (variant, place), named in asked.items():
        try:
            with closing(open_features(place)) as connection:
                rows = connection.execute(_SELECT_NAMED, (json.dumps(named),)).fetchall()
        except sqlite3.Error:
            raise _unreadable(place) from None
        found += [_feature(row, variant) for row in rows]
    return found


def global_id(database: Path, feature_id: str) -> str:
    """The GlobalId of an element of a building model (IFC), "" for all else.

    Raises `SceneError`.
    """
    row = _row(database, _SELECT_ELEMENT, feature_id)
    return "" if row is None else str(row[0])


def open_features(database: Path) -> sqlite3.Connection:
    """A connection that only reads; the scene never changes under a server."""
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _row(database: Path, statement: str, feature_id: str) -> tuple[object, ...] | None:
    database = database_of(database, feature_id)[1]
    try:
        with closing(open_features(database)) as connection:
            row: tuple[object, ...] | None = connection.execute(statement, (feature_id,)).fetchone()
    except sqlite3.Error:
        raise _unreadable(database) from None
    return row


def _unreadable(database: Path) -> SceneError:
    return SceneError(
        "the features are missing or can't be read", database, remedy="tile the city again"
    )


def _find(database: Path, query: FeatureQuery) -> FeatureList:
    """In the scene, then in its variants; by identity where that leads."""
    if query.id is not None:
        places = [database_of(database, query.id)]
    else:
        places = [(AS_IT_IS, database), *databases(database)]
    found: list[Feature] = []
    for variant, place in places:
        # One more than is wanted tells that there are more.
        found += _find_in(place, variant, query, query.limit + 1 - len(found))
    return FeatureList(found[: query.limit], len(found) > query.limit)


def database_of(features: Path, identity: str) -> tuple[str, Path]:
    """The variant whose feature it is, "" for none, and the database that knows it."""
    return variant_of(features, identity) or (AS_IT_IS, features_of(features, identity))


def _find_in(database: Path, variant: str, query: FeatureQuery, limit: int) -> list[Feature]:
    if limit < 1:
        return []
    joins: list[str] = []
    conditions: list[str] = []
    values: list[str | float] = []
    if query.id is not None:
        named = _identities(database, query.id)
        conditions.append(f"feature.id IN ({', '.join('?' * len(named))})")
        values.extend(named)
    if query.text is not None:
        joins.append("JOIN feature_text ON feature_text.rowid = feature.row")
        conditions.append("feature_text MATCH ?")
        values.append(_phrase(query.text))
    if query.bbox is not None:
        joins.append("JOIN feature_box ON feature_box.row = feature.row")
        conditions.append(
            "feature_box.max_x >= ? AND feature_box.max_y >= ? "
            "AND feature_box.min_x <= ? AND feature_box.min_y <= ?"
        )
        values.extend(query.bbox)
    where = " AND ".join(conditions) or "1"
    statement = " ".join((_SELECT, *joins, "WHERE", where, "ORDER BY feature.row LIMIT ?"))
    with closing(open_features(database)) as connection:
        bound(connection)
        try:
            rows = connection.execute(statement, (*values, limit)).fetchall()
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TimeoutError("the question takes too long") from None
            raise
    return [_feature(row, variant) for row in rows]


def _identities(database: Path, identity: str) -> list[str]:
    """A feature's identity; where there is none, those that it leads to since a new delivery."""
    with closing(open_features(database)) as connection:
        if connection.execute(_SELECT_ID, (identity,)).fetchone():
            return [identity]
        return successors(connection, identity) or [identity]


def bound(connection: sqlite3.Connection) -> None:
    """Interrupt what takes too long on this connection."""
    calls = 0

    def spent() -> bool:
        nonlocal calls
        calls += 1
        return calls > MAX_CALLS

    connection.set_progress_handler(spent, STEPS_PER_CALL)


def _phrase(text: str) -> str:
    """Words as an FTS5 query (all of them, the last perhaps unfinished), none of its operators."""
    words = re.findall(r"\w+", text[:MAX_QUERY_LENGTH])
    return " ".join(f'"{word}"' for word in words) + "*" if words else '""'


def _feature(row: tuple[object, ...], variant: str) -> Feature:
    texts = ["" if value is None else str(value) for value in row]
    box = row[9:15]
    return Feature(
        id=texts[0],
        source_id=texts[1],
        dataset=texts[2],
        class_=texts[3],
        name=texts[4],
        address=texts[5],
        parent=texts[6],
        lon=msgspec.convert(row[7], float | None),
        lat=msgspec.convert(row[8], float | None),
        box=None
        if None in box
        else msgspec.convert(box, tuple[float, float, float, float, float, float]),
        reality=texts[15],
        variant=variant,
        attributes=msgspec.Raw(texts[16].encode() or b"{}"),
    )
