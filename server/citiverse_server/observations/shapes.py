"""What is answered about observations over HTTP, as docs/contract/http.md has it."""

from __future__ import annotations

from msgspec import Struct


class Provenance(Struct, frozen=True):
    """Where values come from, and under which licence they may be used."""

    datastream: str
    name: str
    thing: str
    observed_property: str
    unit: str
    owner: str
    licence: str
    attribution: str
    reality: str


class ObservationSeries(Struct, frozen=True):
    """Observations by time, in columns; `times` in milliseconds since 1970 UTC.

    `more`: the limit left older ones out.
    """

    about: Provenance
    times: list[float]
    values: list[float]
    quality: list[int]
    more: bool


class ObservationSteps(Struct, frozen=True):
    """The same in steps, named by where they begin; steps without an observation are left out."""

    about: Provenance
    step_s: float
    times: list[float]
    low: list[float]
    high: list[float]
    mean: list[float]
    count: list[int]
    quality: list[int]
