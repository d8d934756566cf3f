"""Observations as bytes of an answer: JSON in columns, or CSV with provenance in every line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from ..overlays.model import Quality
from .recent import part
from .shapes import ObservationSeries, ObservationSteps, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ..overlays.model import Batch, Datastream, Thing
    from .store import Summary

WORDS = {
    Quality.IMPLAUSIBLE: "implausible",
    Quality.STUCK: "stuck",
    Quality.SPIKE: "spike",
    Quality.DRIFT: "drift",
    Quality.CLOCK: "clock",
    Quality.GAP: "gap",
}
# A spreadsheet takes what begins like this for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def provenance(datastream: Datastream, thing: Thing | None) -> Provenance:
    """What is said of where values come from; "" where nobody says."""
    return Provenance(
        datastream=datastream.key,
        name=datastream.name,
        thing=datastream.thing,
        observed_property=datastream.observed_property,
        unit=datastream.unit,
        owner="" if thing is None else thing.owner,
        licence="" if thing is None else thing.licence,
        attribution="" if thing is None else thing.attribution,
        reality="measured" if thing is None else thing.reality,
    )


def last(batch: Batch, count: int) -> Batch:
    """So many of a batch, from its end."""
    return part(batch, slice(max(0, len(batch.rows) - count), None))


def series_json(about: Provenance, batch: Batch, *, more: bool) -> bytes:
    """As docs/contract/http.md has it."""
    series = ObservationSeries(
        about, _millis(batch.times), batch.values.tolist(), batch.quality.tolist(), more
    )
    return msgspec.json.encode(series)


def steps_json(about: Provenance, summary: Summary, step_us: int) -> bytes:
    """As docs/contract/http.md has it."""
    found = ObservationSteps(
        about=about,
        step_s=step_us / 1_000_000,
        times=_millis(summary.times),
        low=summary.lows.tolist(),
        high=summary.highs.tolist(),
        mean=summary.means.tolist(),
        count=summary.counts.tolist(),
        quality=summary.quality.tolist(),
    )
    return msgspec.json.encode(found)


def series_csv(about: Provenance, batch: Batch) -> bytes:
    """A line for each observation (RFC 4180)."""
    columns = (_moments(batch.times), batch.values.tolist(), _words(batch.quality))
    return _csv(("time", "value", "quality"), zip(*columns, strict=True), about)


def steps_csv(about: Provenance, summary: Summary) -> bytes:
    """A line for each step (RFC 4180)."""
    columns = (
        _moments(summary.times),
        summary.lows.tolist(),
        summary.highs.tolist(),
        summary.means.tolist(),
        summary.counts.tolist(),
        _words(summary.quality),
    )
    heads = ("time", "low", "high", "mean", "count", "quality")
    return _csv(heads, zip(*columns, strict=True), about)


def in_words(quality: int) -> str:
    """What speaks against a value: "implausible; gap", or ""."""
    return "; ".join(word for bit, word in WORDS.items() if quality & bit)


def _csv(heads: tuple[str, ...], lines: Iterable[tuple[object, ...]], about: Provenance) -> bytes:
    names = about.__struct_fields__
    said = tuple(_no_formula(getattr(about, name)) for name in names)
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow((*heads, *names))
    write.writerows((*line, *said) for line in lines)
    return text.getvalue().encode()


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _words(quality: NDArray[np.uint8]) -> list[str]:
    kinds, which = np.unique(quality, return_inverse=True)
    words = [in_words(kind) for kind in kinds.tolist()]
    return [words[one] for one in which.tolist()]


def _millis(times: NDArray[np.int64]) -> list[float]:
    millis: list[float] = (times / 1_000).tolist()
    return millis


def _moments(times: NDArray[np.int64]) -> list[str]:
    """RFC 3339 in UTC, to the microsecond where it isn't a whole second."""
    whole = bool((times % 1_000_000 == 0).all())
    moments = times.astype("datetime64[us]")
    unit: Literal["s", "us"] = "s" if whole else "us"
    texts: list[str] = np.datetime_as_string(moments, unit=unit, timezone="UTC").tolist()
    return texts
