"""Values in columns of numpy, some of them null; how they compare and add up (OData 4.0, 5.1.1).

A column has one value a row, or one for all rows (a constant). Nothing compares with null but null
itself: `eq` is then false and `ne` true, and what is computed with null is null.
"""

from __future__ import annotations

import operator as python
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...overlays.instants import micros
from .problems import QueryError
from .vocabulary import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .expression import Operator

Values = NDArray[np.generic]
Numbers = NDArray[np.float64]
Micros = NDArray[np.int64]
Truth = NDArray[np.bool_]

WORDS = {
    Type.NUMBER: "a number",
    Type.TEXT: "a text",
    Type.TIME: "a time",
    Type.DURATION: "a duration",
    Type.TRUTH: "true or false",
    Type.SHAPE: "a geometry",
    Type.JSON: "a value",
}
_DTYPES: dict[Type, type] = {
    Type.NUMBER: np.float64,
    Type.TIME: np.int64,
    Type.DURATION: np.int64,
    Type.TRUTH: np.bool_,
}


@dataclass(frozen=True, slots=True)
class Column:
    """`values` (n,) or (1,); `known` of the same shape. Times and durations are in µs.

    `ends` are those of intervals, the same as `values` where a time is an instant.
    """

    type: Type
    values: Values
    known: Truth
    ends: Values | None = None

    @property
    def numbers(self) -> Numbers:
        """The values of a column of numbers."""
        return self.values.astype(np.float64, copy=False)

    @property
    def begins(self) -> Micros:
        """Where each time begins, or how long each duration is."""
        return self.values.astype(np.int64, copy=False)

    @property
    def until(self) -> Micros:
        """Where each time ends."""
        return self.begins if self.ends is None else self.ends.astype(np.int64, copy=False)


def constant(kind: Type, value: object) -> Column:
    """One value for all rows."""
    return column(kind, [value])


def column(kind: Type, values: Sequence[object]) -> Column:
    """Of Python values, in which None is null."""
    known = np.fromiter((value is not None for value in values), np.bool_, len(values))
    if kind not in _DTYPES:
        kept = np.empty(len(values), dtype=object)
        kept[:] = values
        return Column(kind, kept, known)
    filled = [0 if value is None else value for value in values]
    return Column(kind, np.array(filled, dtype=_DTYPES[kind]), known)


def times(values: Sequence[str | None]) -> Column:
    """Times and intervals as RFC 3339 and ISO 8601 write them; what is none is null."""
    begins: list[int | None] = []
    ends: list[int | None] = []
    for value in values:
        begin, _, end = (value or "").partition("/")
        begins.append(micros(begin))
        ends.append(micros(end or begin))
    first = column(Type.TIME, begins)
    return Column(Type.TIME, first.values, first.known, column(Type.TIME, ends).values)


def taken(source: Column, rows: NDArray[np.intp]) -> Column:
    """The values of these rows; null where a row is -1."""
    if not len(source.values):
        return Column(source.type, _nothing(source.type, len(rows)), np.zeros(len(rows), np.bool_))
    ends = None if source.ends is None else source.ends[rows]
    return Column(source.type, source.values[rows], source.known[rows] & (rows >= 0), ends)


def as_type(source: Column, kind: Type) -> Column:
    """JSON values as what they are to be: what is of another kind is null. Raises `QueryError`."""
    if source.type is kind or kind is Type.JSON:
        return source
    if source.type is not Type.JSON:
        if source.known.any():
            raise QueryError(
                f"{WORDS[kind].capitalize()} is needed, and this is {WORDS[source.type]}."
            )
        return Column(kind, _nothing(kind, len(source.values)), source.known)
    values = source.values.tolist()
    if kind is Type.TIME:
        return times([value if isinstance(value, str) else None for value in values])
    if kind is Type.NUMBER:
        return column(kind, [_as_number(value) for value in values])
    wanted = {Type.TEXT: str, Type.TRUTH: bool}.get(kind)
    if wanted is None:
        raise QueryError(f"What is in a document is never {WORDS[kind]}.")
    return column(kind, [value if isinstance(value, wanted) else None for value in values])


def truth(source: Column) -> Truth:
    """Where a condition holds: null doesn't. Raises `QueryError`."""
    condition = as_type(source, Type.TRUTH)
    return condition.values.astype(np.bool_) & condition.known


def compared(name: Operator, left: Column, right: Column) -> Column:
    """`eq`, `ne`, `gt`, `ge`, `lt` or `le`. Raises `QueryError` where these can't be compared."""
    first, second = _alike(left, right)
    both = first.known & second.known
    if first.type is Type.TIME:
        found = _TIMES[name](first, second)
    else:
        if first.type in (Type.SHAPE, Type.JSON) and name not in ("eq", "ne"):
            raise QueryError(f"{WORDS[first.type].capitalize()} is neither less nor more.")
        found = _elementwise(name, first.values, second.values, both)
    if name == "eq":
        found = np.where(both, found, ~first.known & ~second.known)
    elif name == "ne":
        found = np.where(both, found, first.known | second.known)
    else:
        found = found & both
    return Column(Type.TRUTH, found, np.ones(found.shape, np.bool_))


def computed(name: Operator, left: Column, right: Column) -> Column:
    """`add`, `sub`, `mul`, `div` or `mod`. Raises `QueryError` where these can't be computed.

    What isn't finite is null. A time and a duration are a time, two times a duration.
    """
    if Type.TIME in (left.type, right.type) or Type.DURATION in (left.type, right.type):
        return _moved(name, left, right)
    first, second = as_type(left, Type.NUMBER), as_type(right, Type.NUMBER)
    with np.errstate(all="ignore"):
        values = _ARITHMETIC[name](first.numbers, second.numbers)
    return Column(Type.NUMBER, values, first.known & second.known & np.isfinite(values))


def _moved(name: Operator, left: Column, right: Column) -> Column:
    kind = _MOVED.get((left.type, name, right.type))
    if kind is None:
        raise QueryError(f"{WORDS[left.type].capitalize()} {name} {WORDS[right.type]} is nothing.")
    sign = 1 if name == "add" else -1
    ends = None if kind is Type.DURATION else left.until + sign * right.until
    return Column(kind, left.begins + sign * right.begins, left.known & right.known, ends)


def _alike(left: Column, right: Column) -> tuple[Column, Column]:
    """Both of one type. Raises `QueryError`."""
    if Type.JSON in (left.type, right.type):
        kind = right.type if left.type is Type.JSON else left.type
        return as_type(left, kind), as_type(right, kind)
    if left.type is right.type:
        return left, right
    if not left.known.any():
        return as_type(left, right.type), right
    if not right.known.any():
        return left, as_type(right, left.type)
    raise QueryError(f"{WORDS[left.type].capitalize()} can't be compared with {WORDS[right.type]}.")


def _elementwise(name: Operator, left: Values, right: Values, both: Truth) -> Truth:
    if left.dtype != object:
        return np.asarray(_NUMERIC[name](left, right), dtype=np.bool_)
    compare = _COMPARISONS[name]
    first, second, told = np.broadcast_arrays(left, right, both)
    pairs = zip(first.tolist(), second.tolist(), told.tolist(), strict=True)
    return np.fromiter(
        (bool(known and compare(a, b)) for a, b, known in pairs), np.bool_, len(told)
    )


def later(left: Column, right: Column) -> Truth:
    """After as 18-088, Table 23 has it: what begins when an interval ends is after it."""
    instant = right.until <= right.begins
    return (left.begins > right.begins) & instant | (left.begins >= right.until) & ~instant


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _nothing(kind: Type, count: int) -> Values:
    return np.zeros(count, dtype=_DTYPES.get(kind, object))


_COMPARISONS: dict[str, Callable[..., bool]] = {
    "eq": python.eq,
    "ne": python.ne,
    "gt": python.gt,
    "ge": python.ge,
    "lt": python.lt,
    "le": python.le,
}

_NUMERIC: dict[str, np.ufunc] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}

_TIMES: dict[str, Callable[[Column, Column], Truth]] = {
    "eq": lambda a, b: (a.begins == b.begins) & (a.until == b.until),
    "ne": lambda a, b: (a.begins != b.begins) | (a.until != b.until),
    "gt": later,
    "lt": lambda a, b: later(b, a),
    "ge": lambda a, b: (a.begins >= b.begins) & (a.until >= b.until),
    "le": lambda a, b: (a.begins <= b.begins) & (a.until <= b.until),
}

_ARITHMETIC: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "mod": np.fmod,
}

_MOVED: dict[tuple[Type, str, Type], Type] = {
    (Type.TIME, "add", Type.DURATION): Type.TIME,
    (Type.TIME, "sub", Type.DURATION): Type.TIME,
    (Type.TIME, "sub", Type.TIME): Type.DURATION,
    (Type.DURATION, "add", Type.DURATION): Type.DURATION,
    (Type.DURATION, "sub", Type.DURATION): Type.DURATION,
}
