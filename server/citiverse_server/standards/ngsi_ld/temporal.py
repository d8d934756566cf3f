"""How attributes were over time (4.5.6 to 4.5.8, 4.5.19, 4.11): read from the store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...observations.store import Span
from ...observations.tracks import last_fixes, track
from ...overlays.instants import micros, rfc3339
from ...overlays.model import EARLIEST_US, MAX_AHEAD_US
from .entity import Entity as Written
from .entity import Style, written
from .latest import flaws_of, measured, point
from .problems import Kind, NgsiError, bad
from .selection import listed, number, options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ...observations.store import ObservationStore, Summary
    from ...overlays.model import Datastream
    from .directory import Entry
    from .entity import Json

MAX_INSTANCES = 1_000
MAX_ALL = 100_000
MAX_STEPS = 10_000
SIZES_S = (86_400, 3_600, 60, 1)

Form = Literal["normalized", "temporalValues", "aggregatedValues"]
METHODS = ("totalCount", "sum", "avg", "min", "max")
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")


@dataclass(frozen=True, slots=True)
class Times:
    """A span of time, the last so many of it, and how to write what was observed.

    `step_us` and `methods` are for aggregated values alone.
    """

    span: Span
    last: int | None
    form: Form
    step_us: int
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """An entity over time as JSON; `cut`: the times between which there is more than was told."""

    document: dict[str, Json]
    cut: tuple[int, int] | None


def times_of(parameters: Mapping[str, str], now_us: int) -> Times:
    """What a request asks about time; raises `NgsiError`."""
    if parameters.get("timeproperty", "observedAt") != "observedAt":
        raise NgsiError(
            Kind.OPERATION_NOT_SUPPORTED, "Of times, only 'observedAt' can be asked about."
        )
    last = number(parameters, "lastN", 0) if "lastN" in parameters else None
    if last == 0:
        raise bad("lastN is 1 or more.")
    form = _form(parameters)
    span = _span(parameters, now_us + MAX_AHEAD_US + 1)
    methods = tuple(one for one in METHODS if one in (listed(parameters, "aggrMethods") or ()))
    if form == "aggregatedValues" and not methods:
        raise bad(f"aggrMethods is a list of some of {', '.join(METHODS)}.")
    if unknown := (listed(parameters, "aggrMethods") or frozenset()) - set(METHODS):
        raise NgsiError(
            Kind.OPERATION_NOT_SUPPORTED, f"Nothing here is aggregated by {min(unknown)[:40]!r}."
        )
    aggregated = form == "aggregatedValues"
    step_us = _step(parameters.get("aggrPeriodDuration", ""), span) if aggregated else 0
    return Times(span, last, form, step_us, methods)


async def over_time(
    entry: Entry,
    rows: Mapping[str, int],
    datastreams: Mapping[int, Datastream],
    store: ObservationStore,
    times: Times,
    share: int,
    *,
    moves: bool = False,
) -> Told:
    """An entity with what some of its attributes were; `share` is how many instances of each.

    `moves`: also where it was. Raises `StateError`.
    """
    document: dict[str, Json] = {"id": entry.id, "type": entry.type}
    cut: list[tuple[int, int]] = []
    for name, row in rows.items():
        if times.form == "aggregatedValues":
            summary = await store.summary(row, times.span, times.step_us)
            document[name] = _aggregated(summary, times)
            continue
        most = min(share, times.last or share)
        found = await store.history(row, times.span, most + 1, newest=times.last is not None)
        kept = slice(-most, None) if times.last is not None else slice(most)
        columns = (found.times[kept], found.values[kept], found.quality[kept])
        document[name] = _instances(columns, datastreams[row], times.form)
        # The last so many are all that was asked for, if so many may be told.
        if len(found.rows) > most and (times.last is None or times.last > most):
            cut.append((int(columns[0][0]), int(columns[0][-1])))
    if moves and times.form != "aggregatedValues":
        document["location"], more = await _places(entry.things[0], store, times, share)
        cut += more
    first = min((begin for begin, _ in cut), default=0)
    return Told(document, (first, max(end for _, end in cut)) if cut else None)


def share_of(attributes: int) -> int:
    """How many instances of each attribute one answer may have."""
    return max(1, min(MAX_INSTANCES, MAX_ALL // max(attributes, 1)))


def range_header(cut: Sequence[tuple[int, int]]) -> str:
    """`Content-Range` of an answer that was cut (6.3.10)."""
    begin, end = min(first for first, _ in cut), max(last for _, last in cut)
    return f"date-time {rfc3339(begin)}-{rfc3339(end)}/*"


def _instances(
    columns: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]],
    datastream: Datastream,
    form: Form,
) -> Json:
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    if form == "temporalValues":
        return {
            "type": "Property",
            "values": [[value, rfc3339(time_us)] for time_us, value, _ in rows],
        }
    instances: list[Json] = []
    for time_us, value, quality in rows:
        attribute = measured(datastream, value, time_us, flaws=flaws_of(quality))
        instances.append(written(Written("", "", {"it": attribute}), Style())["it"])
    return instances


async def _places(
    thing: str, store: ObservationStore, times: Times, share: int
) -> tuple[Json, list[tuple[int, int]]]:
    """Where a thing was, and between which times there is more than that."""
    most = min(share, times.last or share)
    if times.last is None:
        found = await track(store, thing, times.span, 1, most + 1)
        kept = slice(most)
    else:
        found = await last_fixes(store, thing, times.span, most + 1)
        kept = slice(-most, None)
    columns = (found.longitudes, found.latitudes, found.heights, found.times)
    rows = list(zip(*(column[kept].tolist() for column in columns), strict=True))
    is_cut = len(found.times) > most and (times.last is None or times.last > most)
    cut = [(int(rows[0][3]), int(rows[-1][3]))] if is_cut else []
    points = [point((lon, lat, height), time_us) for lon, lat, height, time_us in rows]
    if times.form == "temporalValues":
        values: Json = [
            [one.value, rfc3339(time_us)] for one, (*_, time_us) in zip(points, rows, strict=True)
        ]
        return {"type": "GeoProperty", "values": values}, cut
    instances: list[Json] = [written(Written("", "", {"it": one}), Style())["it"] for one in points]
    return instances, cut


def _aggregated(summary: Summary, times: Times) -> Json:
    begins = summary.times.tolist()
    columns = {
        "totalCount": summary.counts.tolist(),
        "sum": (summary.means * summary.counts).tolist(),
        "avg": summary.means.tolist(),
        "min": summary.lows.tolist(),
        "max": summary.highs.tolist(),
    }
    told: dict[str, Json] = {"type": "Property"}
    for method in times.methods:
        told[method] = [
            [value, rfc3339(begin), rfc3339(begin + times.step_us)]
            for begin, value in zip(begins, columns[method], strict=True)
        ]
    return told


def _form(parameters: Mapping[str, str]) -> Form:
    wanted = options(parameters) | listed_format(parameters)
    if unknown := wanted - {"normalized", "temporalValues", "aggregatedValues", "count"}:
        raise NgsiError(
            Kind.OPERATION_NOT_SUPPORTED, f"Over time there is no option {min(unknown)[:40]!r}."
        )
    if {"temporalValues", "aggregatedValues"} <= wanted:
        raise bad("One of temporalValues and aggregatedValues is chosen.")
    if "aggregatedValues" in wanted:
        return "aggregatedValues"
    return "temporalValues" if "temporalValues" in wanted else "normalized"


def listed_format(parameters: Mapping[str, str]) -> frozenset[str]:
    """The word of `format`, as `options` would have it."""
    return frozenset({parameters["format"]}) if "format" in parameters else frozenset()


def _span(parameters: Mapping[str, str], end_us: int) -> Span:
    """The time that is asked about; nothing is observed at `end_us` or later."""
    relation = parameters.get("timerel")
    if relation is None:
        return Span(EARLIEST_US, end_us)
    at = max(_moment(parameters, "timeAt"), EARLIEST_US)
    if relation == "before":
        return Span(EARLIEST_US, at)
    if relation == "after":
        return Span(at + 1, max(end_us, at + 1))
    if relation != "between":
        raise bad("timerel is before, after or between.")
    end = _moment(parameters, "endTimeAt")
    if end <= at:
        raise bad("endTimeAt is later than timeAt.")
    return Span(at, end)


def _moment(parameters: Mapping[str, str], name: str) -> int:
    found = micros(parameters.get(name, ""))
    if found is None:
        raise bad(f"{name} is a moment such as 2026-05-04T09:12:33Z.")
    return found


def _step(duration: str, span: Span) -> int:
    """`aggrPeriodDuration` (4.5.19): days, hours, minutes and seconds."""
    found = _DURATION.fullmatch(duration)
    parts = [int(part or 0) for part in found.groups()] if found else [0]
    step_us = 1_000_000 * sum(part * size for part, size in zip(parts, SIZES_S, strict=False))
    if step_us == 0:
        raise bad("aggrPeriodDuration is such as PT1H or P1D.")
    if (span.end_us - span.begin_us) // step_us > MAX_STEPS:
        raise NgsiError(
            Kind.TOO_COMPLEX_QUERY,
            f"There are at most {MAX_STEPS} periods; ask for a shorter time.",
        )
    return step_us
