"""What a resource path leads to in the catalogue and the store (OGC 18-088, 9.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .observed import parted
from .problems import missing

if TYPE_CHECKING:
    from ...overlays.model import Batch
    from .address import Address, Step
    from .catalogue import Catalogue
    from .reading import Reader
    from .tables import Rows
    from .vocabulary import EntityType


@dataclass(frozen=True, slots=True)
class Resource:
    """A set, or one entity of it.

    `rows` are those of the table; of Observations those of the Datastreams. `batch` is the one
    Observation where it is one.
    """

    kind: EntityType
    rows: Rows
    is_set: bool
    batch: Batch | None = None


async def resource_at(address: Address, catalogue: Catalogue, reader: Reader) -> Resource:
    """Follows a path with at least one step. Raises `QueryError` where it leads nowhere."""
    found: Resource | None = None
    for step in address.steps:
        rows = _all(step, catalogue) if found is None else _linked(found, step, catalogue)
        found = Resource(step.target, rows, is_set=step.link.many)
        if step.key is not None:
            found = await _keyed(found, step.key, catalogue, reader)
        elif not step.link.many and not len(rows):
            raise missing(f"There is no {step.link.name} here.")
    if found is None:
        raise missing("The path is empty.")
    return found


def _all(step: Step, catalogue: Catalogue) -> Rows:
    if step.target.name == "Observation":
        return np.arange(len(catalogue.stored))
    table = catalogue.tables[step.target.name]
    return np.arange(table.listed if step.key is None else table.size)


def _linked(found: Resource, step: Step, catalogue: Catalogue) -> Rows:
    row = int(found.rows[0])
    if found.batch is not None:
        return found.rows if step.target.name == "Datastream" else catalogue.features[found.rows]
    if step.target.name == "Observation":
        return catalogue.observed_by(found.kind.name, row)
    return catalogue.tables[found.kind.name].links(step.link.name).of(row)


async def _keyed(found: Resource, key: str, catalogue: Catalogue, reader: Reader) -> Resource:
    if found.kind.name != "Observation":
        row = catalogue.tables[found.kind.name].row(key)
        if row is None or row not in found.rows:
            raise _unknown(found, key)
        return Resource(found.kind, np.array([row]), is_set=False)
    parts = parted(key)
    stream = None if parts is None else catalogue.tables["Datastream"].row(parts[0])
    if parts is None or stream is None or stream not in found.rows:
        raise _unknown(found, key)
    batch = await reader.one(stream, parts[1])
    if not len(batch.rows):
        raise _unknown(found, key)
    return Resource(found.kind, np.array([stream]), is_set=False, batch=batch)


def _unknown(found: Resource, key: str) -> Exception:
    return missing(f"There is no {found.kind.name} {key[:100]!r} here.")
