"""Observations as a table that questions can be asked of: some of them, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...overlays.model import Quality
from .columns import Column, column
from .entities import quality_words
from .problems import QueryError, unsupported
from .tables import Links
from .vocabulary import BY_NAME, IDS, Type

if TYPE_CHECKING:
    from ...overlays.model import Batch
    from .catalogue import Catalogue

QUALITIES = tuple(quality_words(Quality(bits)) or None for bits in range(256))
"""What speaks against an observation, in words, by its byte."""


class ObservationTable:
    """A batch whose `rows` are those of the catalogue's Datastreams."""

    type = BY_NAME["Observation"]

    def __init__(self, catalogue: Catalogue, batch: Batch) -> None:
        self._catalogue = catalogue
        self._batch = batch

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self._batch.rows)

    def column(self, path: tuple[str, ...]) -> Column:
        """A property of all. Raises `QueryError`."""
        batch, all_known = self._batch, np.ones(self.size, np.bool_)
        match path:
            case ("result",):
                return Column(Type.NUMBER, batch.values, all_known)
            case ("phenomenonTime",):
                return Column(Type.TIME, batch.times, all_known)
            case ("resultTime",):
                return Column(Type.TIME, batch.times, ~all_known)
            case ("resultQuality",):
                return column(Type.JSON, [QUALITIES[bits] for bits in batch.quality.tolist()])
            case (name,) if name in IDS:
                return column(Type.TEXT, identities(self._catalogue, batch))
        raise QueryError(f"Observations have no property {'/'.join(path)[:60]!r}.")

    def links(self, name: str) -> Links:
        """Where a link leads. Raises `QueryError`."""
        streams = self._batch.rows.astype(np.intp)
        if name == "Datastream":
            return Links.to_one(streams)
        if name == "FeatureOfInterest":
            return Links.to_one(self._catalogue.features[streams])
        raise unsupported(f"A question can't follow {name}.")


def identities(catalogue: Catalogue, batch: Batch) -> list[str]:
    """The ids of observations: the key of the datastream, `@`, and the time in µs since 1970."""
    keys = catalogue.tables["Datastream"].keys
    pairs = zip(batch.rows.tolist(), batch.times.tolist(), strict=True)
    return [f"{keys[row]}@{time}" for row, time in pairs]


def parted(identity: str) -> tuple[str, int] | None:
    """The key of the datastream and the time that an id is made of, or None where it isn't one."""
    key, _, time = identity.rpartition("@")
    sign, digits = time[:1] == "-", time.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return None
    return key, -int(digits) if sign else int(digits)
