"""The columns of a batch of features as attributes of city objects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from citiverse_tiling.sources.attributes import Attributes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citiverse_tiling.model import AttributeValue

_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_TAGS = "other_tags", "all_tags"
"""Where GDAL puts the tags of OpenStreetMap that have no column of their own."""

_IDENTIFIERS = (
    "gml_id",
    "lokaalid",
    "uuid",
    "identificatie",
    "identifier",
    "osm_id",
    "id",
    "objectid",
)
MOST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Columns:
    """Names (k) and values of n features: k arrays of n, of any type that GDAL knows."""

    names: tuple[str, ...]
    values: Sequence[Any]

    def of(self, row: int) -> Attributes:
        """What is known of one feature; empty fields are left out, tags have their own names."""
        found = Attributes()
        for name, column in zip(self.names, self.values, strict=True):
            value = _plain(column[row])
            if value is None:
                continue
            if name in _TAGS and isinstance(value, str):
                for key, text in _HSTORE.findall(value):
                    found.put(_ESCAPED.sub(r"\1", key), _ESCAPED.sub(r"\1", text))
            else:
                found.put(name, value)
        return found


def facts_of(attributes: Mapping[str, AttributeValue]) -> dict[str, str]:
    """Keys in lower case and values as words, for looking things up."""
    return {name.lower(): str(value) for name, value in attributes.items()}


def identities(columns: Columns, fids: Any, layer: str) -> list[str]:
    """An id for each feature: that of a column which has a different one for each, else its number.

    OpenStreetMap numbers nodes, ways and relations apart, so theirs tell which they are.
    """
    for name in _IDENTIFIERS:
        place = next((i for i, own in enumerate(columns.names) if own.lower() == name), None)
        if place is None or (name == "osm_id" and "osm_way_id" in columns.names):
            continue
        found = [str(value) for value in columns.values[place].tolist()]
        if "None" not in found and "" not in found and len(set(found)) == len(found):
            return [f"{layer}/{value}" if name == "osm_id" else value for value in found]
    if "osm_way_id" in columns.names:
        ways = columns.values[columns.names.index("osm_way_id")].tolist()
        relations = columns.values[columns.names.index("osm_id")].tolist()
        return [
            f"way/{way}" if way else f"relation/{relation}"
            for way, relation in zip(ways, relations, strict=True)
        ]
    return [f"{layer}.{fid}" for fid in fids.tolist()]


def _plain(value: Any) -> AttributeValue | None:
    """A value of numpy or GDAL as ours; None where there is none."""
    if isinstance(value, np.generic):
        value = str(value) if isinstance(value, np.datetime64) else value.item()
    if isinstance(value, str):
        return value[:MOST_TEXT] or None
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, bool | int):
        return value
    return None if value is None or isinstance(value, bytes) else str(value)[:MOST_TEXT]
