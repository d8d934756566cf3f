"""What each variant of a scene changes, told from the features: added, gone, and looking otherwise.

Blocks; to be called in a thread.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from .features import bound, open_features

if TYPE_CHECKING:
    from pathlib import Path

    from .manifest import Manifest, Variant

MOST = 200
"""So many things of a kind of change are named; all are counted."""

# Sites and projects of building models only hold buildings.
_WHOLES = """
WITH RECURSIVE part(root, id) AS (
    SELECT feature.id, feature.id FROM feature
    LEFT JOIN feature AS above ON above.id = feature.parent AND feature.parent != ''
    WHERE feature.class NOT IN ('Project', 'Site')
      AND (above.id IS NULL OR above.class IN ('Project', 'Site'))
    UNION SELECT part.root, feature.id FROM part JOIN feature ON feature.parent = part.id
)
SELECT root, min(feature.min_z), max(feature.max_z),
    json_group_array(
        json_array(CAST(json_extract(feature.attributes, '$.elevation') AS REAL), feature.name)
    ) FILTER (WHERE feature.class = 'BuildingStorey')
FROM part JOIN feature ON feature.id = part.id GROUP BY root HAVING max(feature.max_z) NOT NULL
"""
_TOLD = "SELECT class, name, address, reality, attributes FROM feature WHERE id = ?"
_CHANGED = """
SELECT id, class, name, address, reality, attributes, min_z, max_z FROM feature
WHERE id IN (SELECT value FROM json_each(?1))
  AND coalesce(parent, '') NOT IN (SELECT value FROM json_each(?1))
ORDER BY name = '', name, id
"""
_STOREYS = ("storeysAboveGround", "storeys")


class Thing(Struct, frozen=True, rename={"class_": "class"}):
    """A building or another whole object; `storeys` are named where a model names them.

    `storey_count` and `height_m` are null where nobody says; `look` is how it is to look, in words.
    """

    id: str
    class_: str
    name: str
    address: str
    reality: str
    storey_count: int | None
    storeys: list[str]
    height_m: float | None
    look: str = ""


class Change(Struct, frozen=True):
    """What a variant adds, hides and restyles; of each at most `MOST` are named, all counted."""

    name: str
    title: str
    description: str
    added_count: int
    added: list[Thing]
    hidden_count: int
    hidden: list[Thing]
    restyled_count: int
    restyled: list[Thing]


class ChangeList(Struct, frozen=True):
    """The answer to `/scenes/{scene}/changes`, in the order of the manifest."""

    variants: list[Change]


def changes(manifest: Manifest, features: Path) -> ChangeList:
    """Of all variants. Raises `sqlite3.Error` and `TimeoutError`."""
    try:
        return ChangeList([_change(variant, features) for variant in manifest.variants])
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TimeoutError("the question takes too long") from None
        raise


def _change(variant: Variant, features: Path) -> Change:
    added = _added(features.parent / variant.folder / features.name) if variant.folder else []
    looks = {one.id: one.label for one in variant.restyles}
    hidden, restyled = _changed(features, variant.hides), _changed(features, list(looks))
    restyled = [msgspec.structs.replace(one, look=looks[one.id]) for one in restyled]
    return Change(
        variant.name,
        variant.title or variant.name,
        variant.description,
        len(added),
        added[:MOST],
        len(hidden),
        hidden[:MOST],
        len(restyled),
        restyled[:MOST],
    )


def _added(database: Path) -> list[Thing]:
    """All that a variant adds, but parts of something else; what has a name first."""
    with closing(open_features(database)) as connection:
        bound(connection)
        found = []
        for root, low, high, storeys in connection.execute(_WHOLES).fetchall():
            row = connection.execute(_TOLD, (root,)).fetchone()
            found.append(_thing((root, *row), (low, high), _from_below(storeys)))
    return sorted(found, key=lambda one: (not one.name, one.name, one.class_, one.id))


def _from_below(storeys: str) -> list[str]:
    """Names of storeys, the lowest first, of a JSON list of elevations and names."""
    known = msgspec.json.decode(storeys, type=list[tuple[float | None, str | None]])
    return [name for _, name in sorted(known, key=lambda one: one[0] or 0.0) if name]


def _changed(database: Path, identities: list[str]) -> list[Thing]:
    """These features, but parts of others among them."""
    if not identities:
        return []
    with closing(open_features(database)) as connection:
        bound(connection)
        wanted = msgspec.json.encode(identities).decode()
        rows = connection.execute(_CHANGED, (wanted,)).fetchall()
    return [_thing(row[:6], row[6:8], []) for row in rows]


def _thing(
    row: tuple[object, ...], heights: tuple[float | None, float | None], storeys: list[str]
) -> Thing:
    identity, kind, name, address, reality = (str(value or "") for value in row[:5])
    low, high = heights
    return Thing(
        identity,
        kind,
        name,
        address,
        reality,
        len(storeys) or _storey_count(str(row[5] or "{}")),
        storeys,
        None if low is None or high is None else round(high - low, 1),
    )


def _storey_count(attributes: str) -> int | None:
    known = msgspec.json.decode(attributes, type=dict[str, object])
    told = next((known[name] for name in _STOREYS if name in known), None)
    return (
        int(told) if re.fullmatch("[0-9]{1,3}", str(told)) and isinstance(told, int | str) else None
    )
