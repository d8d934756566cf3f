"""Observations as tables, one a Datastream (OGC 18-088, 12: the SensorThings Data Array)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ...observations.recent import part
from ...overlays.instants import rfc3339
from .observed import QUALITIES, identities
from .problems import QueryError
from .vocabulary import IDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...overlays.model import Batch
    from .catalogue import Catalogue
    from .entities import Properties

COMPONENTS = ("id", "phenomenonTime", "result", "resultTime")


def components(select: Sequence[str]) -> tuple[str, ...]:
    """Which columns a table has. Raises `QueryError` for what isn't in tables."""
    chosen = tuple("id" if name in IDS else name for name in select) or COMPONENTS
    unknown = set(chosen) - {*COMPONENTS, "resultQuality"}
    if unknown:
        raise QueryError(f"A data array has no column {min(unknown)[:40]!r}.")
    return chosen


def tables(
    catalogue: Catalogue, batch: Batch, columns: Sequence[str], address: Callable[[str], str]
) -> list[Properties]:
    """A table for each run of one Datastream; `address` is that of a Datastream by its key."""
    keys = catalogue.tables["Datastream"].keys
    ends = np.flatnonzero(np.diff(batch.rows.astype(np.int64))) + 1
    bounds = [0, *ends.tolist(), len(batch.rows)]
    found: list[Properties] = []
    for begin, end in pairwise(bounds):
        if begin == end:
            continue
        run = part(batch, slice(begin, end))
        rows = zip(*(_cells(catalogue, run, name) for name in columns), strict=True)
        found.append(
            {
                "Datastream@iot.navigationLink": address(keys[int(run.rows[0])]),
                "components": list(columns),
                "dataArray@iot.count": end - begin,
                "dataArray": [list(row) for row in rows],
            }
        )
    return found


def _cells(catalogue: Catalogue, batch: Batch, name: str) -> Sequence[object]:
    match name:
        case "id":
            return identities(catalogue, batch)
        case "phenomenonTime":
            return [rfc3339(time_us) for time_us in batch.times.tolist()]
        case "result":
            return list(batch.values.tolist())
        case "resultQuality":
            return [QUALITIES[bits] for bits in batch.quality.tolist()]
        case _:
            return [None] * len(batch.rows)
