"""The functions of `$filter` and `$orderby` (OGC 18-088, 9.3.3.5.2, Table 23), on columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .columns import Column, Micros, Numbers, Truth, as_type, column, constant, later
from .problems import QueryError, unsupported
from .spatial import SPATIAL
from .vocabulary import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Compute = Callable[..., Column]

MAX_TEXT_LENGTH = 4096
DAY_US = 86_400_000_000
# Years 1 and 9999: no clock shows more.
MIN_US = -62_135_596_800_000_000
MAX_US = 253_402_300_799_999_999


@dataclass(frozen=True, slots=True)
class Function:
    """Types of its arguments, the last `optional` of which may be left out."""

    name: str
    arguments: tuple[Type, ...]
    compute: Compute
    optional: int = 0


def called(name: str, arguments: Sequence[Column], now_us: int) -> Column:
    """The value of a function. Raises `QueryError` (400; 501 where there is no such function)."""
    if name == "now" and not arguments:
        return constant(Type.TIME, now_us)
    function = _BY_NAME.get(name)
    if function is None:
        raise unsupported(f"There is no function {name[:40]!r} here.")
    least = len(function.arguments) - function.optional
    if not least <= len(arguments) <= len(function.arguments):
        raise QueryError(f"{name} takes {len(function.arguments)} arguments.")
    given = [as_type(one, kind) for one, kind in zip(arguments, function.arguments, strict=False)]
    return function.compute(*given)


def _each(kind: Type, work: Callable[..., object]) -> Compute:
    """A function of single values; null where one of them is null."""

    def compute(*arguments: Column) -> Column:
        arrays = np.broadcast_arrays(*(one.values for one in arguments))
        known = np.logical_and.reduce(np.broadcast_arrays(*(one.known for one in arguments)))
        rows = zip(known.tolist(), *(array.tolist() for array in arrays), strict=True)
        return column(kind, [work(*values) if told else None for told, *values in rows])

    return compute


def _substring(text: str, begin: float, length: float = MAX_TEXT_LENGTH) -> str:
    start = max(0, int(begin))
    return text[start : start + max(0, int(length))]


def _concat(first: str, second: str) -> str:
    if len(first) + len(second) > MAX_TEXT_LENGTH:
        raise QueryError(f"concat makes at most {MAX_TEXT_LENGTH} characters.")
    return first + second


def _of_time(work: Callable[[Micros], Micros | Numbers]) -> Compute:
    def compute(time: Column) -> Column:
        return Column(Type.NUMBER, work(time.begins).astype(np.float64), time.known)

    return compute


def _part(larger: str, smaller: str, first: int = 0) -> Compute:
    """How many of the smaller unit have passed since the larger one began."""

    def work(us: Micros) -> Micros:
        moments = us.astype("datetime64[us]")
        begun = moments.astype(f"datetime64[{larger}]").astype(f"datetime64[{smaller}]")
        passed: Micros = (moments.astype(f"datetime64[{smaller}]") - begun).astype(np.int64)
        return passed + first

    return _of_time(work)


def _year(us: Micros) -> Micros:
    return us.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970


def _date(time: Column) -> Column:
    return Column(Type.TIME, time.begins // DAY_US * DAY_US, time.known)


def _time_of_day(time: Column) -> Column:
    return Column(Type.DURATION, time.begins % DAY_US, time.known)


def _rounded(work: Callable[[Numbers], Numbers]) -> Compute:
    def compute(number: Column) -> Column:
        return Column(Type.NUMBER, work(number.numbers), number.known)

    return compute


def _half_away(values: Numbers) -> Numbers:
    """As OData rounds, not as numpy does: halves go away from zero."""
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def _relation(work: Callable[[Column, Column], Truth]) -> Compute:
    def compute(first: Column, second: Column) -> Column:
        found = work(first, second) & first.known & second.known
        return Column(Type.TRUTH, found, np.ones(found.shape, np.bool_))

    return compute


def _before(a: Column, b: Column) -> Truth:
    instant = a.until <= a.begins
    return (a.begins < b.begins) & instant | (a.until <= b.begins) & ~instant


def _during(a: Column, b: Column) -> Truth:
    return (a.begins >= b.begins) & (a.begins < b.until) & (a.until <= b.until)


def _overlaps(a: Column, b: Column) -> Truth:
    """Two instants overlap where they are equal; the end of an interval isn't part of it."""
    first, second = np.maximum(a.until, a.begins + 1), np.maximum(b.until, b.begins + 1)
    return (a.begins < second) & (b.begins < first)


_TEXT, _NUMBER, _TIME = Type.TEXT, Type.NUMBER, Type.TIME

FUNCTIONS = (
    Function("substringof", (_TEXT, _TEXT), _each(Type.TRUTH, lambda part, text: part in text)),
    Function("contains", (_TEXT, _TEXT), _each(Type.TRUTH, lambda text, part: part in text)),
    Function("startswith", (_TEXT, _TEXT), _each(Type.TRUTH, str.startswith)),
    Function("endswith", (_TEXT, _TEXT), _each(Type.TRUTH, str.endswith)),
    Function("length", (_TEXT,), _each(_NUMBER, len)),
    Function("indexof", (_TEXT, _TEXT), _each(_NUMBER, str.find)),
    Function("substring", (_TEXT, _NUMBER, _NUMBER), _each(_TEXT, _substring), optional=1),
    Function("tolower", (_TEXT,), _each(_TEXT, str.lower)),
    Function("toupper", (_TEXT,), _each(_TEXT, str.upper)),
    Function("trim", (_TEXT,), _each(_TEXT, str.strip)),
    Function("concat", (_TEXT, _TEXT), _each(_TEXT, _concat)),
    Function("year", (_TIME,), _of_time(_year)),
    Function("month", (_TIME,), _part("Y", "M", first=1)),
    Function("day", (_TIME,), _part("M", "D", first=1)),
    Function("hour", (_TIME,), _part("D", "h")),
    Function("minute", (_TIME,), _part("h", "m")),
    Function("second", (_TIME,), _part("m", "s")),
    Function("fractionalseconds", (_TIME,), _of_time(lambda us: us % 1_000_000 / 1e6)),
    Function("date", (_TIME,), _date),
    Function("time", (_TIME,), _time_of_day),
    Function("totaloffsetminutes", (_TIME,), _of_time(np.zeros_like)),
    Function("mindatetime", (), lambda: constant(_TIME, MIN_US)),
    Function("maxdatetime", (), lambda: constant(_TIME, MAX_US)),
    Function("before", (_TIME, _TIME), _relation(_before)),
    Function("after", (_TIME, _TIME), _relation(later)),
    Function("during", (_TIME, _TIME), _relation(_during)),
    Function("overlaps", (_TIME, _TIME), _relation(_overlaps)),
    Function(
        "meets",
        (_TIME, _TIME),
        _relation(lambda a, b: (a.until == b.begins) | (b.until == a.begins)),
    ),
    Function("starts", (_TIME, _TIME), _relation(lambda a, b: a.begins == b.begins)),
    Function("finishes", (_TIME, _TIME), _relation(lambda a, b: a.until == b.until)),
    Function("round", (_NUMBER,), _rounded(_half_away)),
    Function("floor", (_NUMBER,), _rounded(np.floor)),
    Function("ceiling", (_NUMBER,), _rounded(np.ceil)),
    *(Function(name, arguments, compute) for name, arguments, compute in SPATIAL),
)
_BY_NAME = {function.name: function for function in FUNCTIONS}
