"""Observations that are sent to us (OGC 18-088, 10.2 and 12.2): JSON in, `Observed` out.

What this server can't keep is refused by name and never dropped in silence; `resultTime` and a
`dataArray@iot.count` are read and not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct, field

from ...overlays.instants import micros
from ...overlays.limits import reason_against
from ...overlays.model import Rejected
from ...overlays.reading import Observed
from .problems import QueryError

if TYPE_CHECKING:
    from ...overlays.model import Datastream

_T = TypeVar("_T")

MAX_CREATED = 10_000
COMPONENTS = ("phenomenonTime", "result", "resultTime", "FeatureOfInterest/id")
_REASONS = {
    Rejected.NOT_FINITE: "the result is no number",
    Rejected.BAD_TIME: "the phenomenonTime is long ago",
    Rejected.FUTURE: "the phenomenonTime is in the future",
}


class Reference(Struct, frozen=True):
    """An entity by its id; what else is said of it is said by the sensor file."""

    id: str | int = field(name="@iot.id")


class NewObservation(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One Observation; without a phenomenonTime it is of now."""

    result: float
    phenomenon_time: str | None = None
    result_time: str | None = None
    datastream: Reference | None = field(default=None, name="Datastream")
    feature_of_interest: Reference | None = field(default=None, name="FeatureOfInterest")


class NewTable(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Observations of one Datastream, a row each."""

    datastream: Reference = field(name="Datastream")
    components: list[str]
    data_array: list[list[float | str | int | None]]
    count: int | None = field(default=None, name="dataArray@iot.count")


@dataclass(frozen=True, slots=True)
class Target:
    """A Datastream that may be written to, and what its Observations are about."""

    datastream: Datastream
    feature: str
    oldest_us: int


def new_observation(body: bytes) -> NewObservation:
    """Raises `QueryError`."""
    return _decoded(body, msgspec.json.Decoder(NewObservation))


def new_tables(body: bytes) -> list[NewTable]:
    """Raises `QueryError`."""
    tables = _decoded(body, msgspec.json.Decoder(list[NewTable]))
    if sum(len(table.data_array) for table in tables) > MAX_CREATED:
        raise QueryError(f"At most {MAX_CREATED} Observations are created at once.", 413)
    for table in tables:
        unknown = set(table.components) - set(COMPONENTS)
        if unknown:
            raise QueryError(f"{min(unknown)[:40]!r} of an Observation isn't kept here.")
        if "result" not in table.components:
            raise QueryError("A table of Observations needs the component 'result'.")
    return tables


def observed(new: NewObservation, target: Target, now_us: int) -> Observed:
    """What is taken of it. Raises `QueryError` that says why nothing is."""
    about = new.feature_of_interest
    if about is not None and str(about.id) != target.feature:
        raise QueryError(
            f"Observations of this Datastream are about {target.feature!r} and nothing else."
        )
    time_us = now_us if new.phenomenon_time is None else micros(new.phenomenon_time)
    if time_us is None:
        raise QueryError(f"{new.phenomenon_time!r} is no phenomenonTime with a zone.")
    reason = reason_against(new.result, time_us, now_us)
    if reason is not None:
        raise QueryError(f"This Observation isn't taken: {_REASONS[reason]}.")
    if time_us < target.oldest_us:
        raise QueryError("This Observation is older than what is kept here.")
    return Observed(target.datastream.key, new.result, time_us)


def rows(table: NewTable) -> list[NewObservation | None]:
    """The Observations of a table; None for a row that is none."""
    return [_row(table, row) for row in table.data_array]


def _row(table: NewTable, row: list[float | str | int | None]) -> NewObservation | None:
    if len(row) != len(table.components):
        return None
    fields: dict[str, object] = dict(zip(table.components, row, strict=True))
    feature = fields.pop("FeatureOfInterest/id", None)
    if feature is not None:
        fields["FeatureOfInterest"] = {"@iot.id": feature}
    try:
        return msgspec.convert(fields, NewObservation)
    except msgspec.ValidationError:
        return None


def _decoded(body: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise QueryError(f"This can't be read: {error}.") from None
