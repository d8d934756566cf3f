"""What a condition on Observations says of their time and their Datastreams alone.

Both are asked of the store and the catalogue, so that no other observations are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...observations.store import Span
from .evaluate import paths, value
from .expression import Binary, Call, Expression, Path
from .tables import Budget, Frame
from .vocabulary import Type

if TYPE_CHECKING:
    from collections.abc import Iterator

ALWAYS = Span(-(1 << 62), 1 << 62)
_TIME = Path(("phenomenonTime",))
_STREAMS = ("Datastream", "FeatureOfInterest")
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """`span` holds all that can meet the condition; `streams` are what Datastreams must meet;
    `rest` is what must still be looked at of each observation.
    """

    span: Span
    streams: tuple[Expression, ...]
    rest: tuple[Expression, ...]


def bounds(condition: Expression | None, now_us: int, time: Path = _TIME) -> Bounds:
    """Takes a condition apart at its `and`; `time` is the property. Raises `QueryError`."""
    span, streams, rest = ALWAYS, [], []
    for part in () if condition is None else _parts(condition):
        limits = _limits(part, now_us, time)
        used = {steps[0] for steps in paths(part)}
        if limits is not None:
            span = Span(max(span.begin_us, limits.begin_us), min(span.end_us, limits.end_us))
        elif used and used <= set(_STREAMS):
            streams.append(part)
        else:
            rest.append(part)
    return Bounds(span, tuple(streams), tuple(rest))


def _parts(condition: Expression) -> Iterator[Expression]:
    match condition:
        case Binary("and", left, right):
            yield from _parts(left)
            yield from _parts(right)
        case _:
            yield condition


def _limits(part: Expression, now_us: int, time: Path) -> Span | None:
    """The span in which exactly this holds for an instant, or None where it is about more."""
    match part:
        case Binary(operator, left, right) if left == time and operator in _MIRRORED:
            return _compared(operator, right, now_us)
        case Binary(operator, left, right) if right == time and operator in _MIRRORED:
            return _compared(_MIRRORED[operator], left, now_us)
        case Call("during", (inner, outer)) if inner == time:
            moment = _moment(outer, now_us)
            return None if moment is None else Span(*moment)
    return None


def _compared(operator: str, constant: Expression, now_us: int) -> Span | None:
    moment = _moment(constant, now_us)
    if moment is None:
        return None
    begin, end = moment
    match operator:
        case "gt":
            return Span(max(begin + 1, end), ALWAYS.end_us)
        case "ge":
            return Span(end, ALWAYS.end_us)
        case "lt":
            return Span(ALWAYS.begin_us, begin)
        case "le":
            return Span(ALWAYS.begin_us, begin + 1)
        case _:
            return Span(begin, begin + 1 if begin == end else begin)


def _moment(expression: Expression, now_us: int) -> tuple[int, int] | None:
    """Begin and end of a time that is the same for all observations."""
    if any(paths(expression)):
        return None
    found = value(expression, Frame({}, "", np.zeros(1, np.intp), Budget()), now_us)
    if found.type is not Type.TIME or not found.known[0]:
        return None
    return int(found.begins[0]), int(found.until[0])
