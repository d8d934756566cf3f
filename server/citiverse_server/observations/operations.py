"""The questions about observations as OpenAPI has them."""

from __future__ import annotations

from ..operation import Operation, Query
from .asking import DEFAULT_LIMIT, MAX_LIMIT
from .shapes import ObservationSeries, ObservationSteps

_MOMENT: dict[str, object] = {"type": "string", "format": "date-time"}
_FROM = Query("from", "The first moment; by default a day before the last.", _MOMENT)
_TO = Query("to", "The moment after the last; by default now.", _MOMENT)

OBSERVATIONS = Operation(
    "What one datastream has observed, by time: every observation, or in steps",
    ObservationSeries,
    query=(
        Query("datastream", "The key of the datastream.", {"type": "string"}),
        _FROM,
        _TO,
        Query(
            "step",
            "Seconds: low, high, mean and count of each step instead, counted from 1970.",
            {"type": "number"},
        ),
        Query(
            "limit",
            "How many observations at most; the newest of those are told.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
        Query(
            "format",
            "csv: with where it comes from and its licence in every line. Or by Accept: text/csv.",
            {"type": "string", "enum": ["json", "csv"], "default": "json"},
        ),
    ),
    problems=(400, 404, 503),
    others=(ObservationSteps, "text/csv"),
)

PLAYBACK = Operation(
    "All datastreams of a scene in steps, and where moving things were, as MessagePack",
    "application/msgpack",
    query=(
        _FROM,
        _TO,
        Query("step", "Seconds.", {"type": "number"}),
    ),
    problems=(400, 404, 503),
)
