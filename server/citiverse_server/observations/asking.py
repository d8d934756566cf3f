"""What is asked about observations over HTTP: parameters in, a bounded question out."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..answers import BadQuestionError
from ..overlays.instants import micros
from .store import Span

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

MAX_LIMIT = 100_000
DEFAULT_LIMIT = 10_000
MAX_STEPS = 10_000
DAY_S = 86_400.0
SECOND_US = 1_000_000
# 1970 to 9999, what RFC 3339 can write.
LAST_US = 253_402_300_799_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """Which datastream, when, in which steps (0: every observation), and how many at most."""

    datastream: str
    span: Span
    step_us: int
    limit: int
    csv: bool


def question(parameters: QueryParams, accept: str, now_us: int) -> Question:
    """Reads `datastream`, `from`, `to`, `step`, `limit` and `format`. Raises `BadQuestionError`."""
    datastream = parameters.get("datastream", "")
    if not datastream:
        raise BadQuestionError("datastream must be the key of a datastream.")
    limit = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (re.fullmatch("[0-9]{1,6}", limit) and 1 <= int(limit) <= MAX_LIMIT):
        raise BadQuestionError(f"limit must be a number from 1 to {MAX_LIMIT}.")
    form = parameters.get("format", "csv" if "text/csv" in accept else "json")
    if form not in ("csv", "json"):
        raise BadQuestionError("format must be csv or json.")
    span = asked_span(parameters, now_us)
    step_us = asked_step(parameters, span, MAX_STEPS) if "step" in parameters else 0
    return Question(datastream, span, step_us, int(limit), form == "csv")


def asked_span(parameters: QueryParams, now_us: int) -> Span:
    """`from` and `to`, by default the last day. Raises `BadQuestionError`."""
    end_us = _moment(parameters, "to", now_us + 1)
    begin_us = _moment(parameters, "from", end_us - round(DAY_S * SECOND_US))
    if not 0 <= begin_us < end_us:
        raise BadQuestionError("from must be before to.")
    return Span(begin_us, end_us)


def asked_step(parameters: QueryParams, span: Span, most: int) -> int:
    """`step`, in µs; at most so many in the span. Raises `BadQuestionError`."""
    try:
        seconds = float(parameters["step"])
    except (ValueError, KeyError):
        seconds = math.nan
    if not 0.001 <= seconds <= 400 * DAY_S:
        raise BadQuestionError("step must be a number of seconds, from 0.001 to 34560000.")
    step_us = round(seconds * SECOND_US)
    if (span.end_us - span.begin_us) / step_us > most:
        raise BadQuestionError(f"These are more than {most} steps; ask for longer ones.")
    return step_us


def _moment(parameters: QueryParams, name: str, otherwise: int) -> int:
    text = parameters.get(name)
    if text is None:
        return otherwise
    is_number = re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text)
    # In an address a plus that nobody has escaped is a blank.
    found = micros(float(text) if is_number else text.replace(" ", "+"))
    if found is None or not 0 <= found <= LAST_US:
        raise BadQuestionError(f"{name} must be a moment such as 2026-05-04T09:00:00Z.")
    return found
