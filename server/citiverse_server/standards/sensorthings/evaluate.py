"""An expression worked out on the rows of a frame, a column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import functions, spatial
from .columns import Column, column, compared, computed, constant, truth
from .expression import (
    Binary,
    Call,
    Duration,
    Expression,
    Geography,
    Literal,
    Moment,
    Not,
    Order,
    Path,
)
from .problems import QueryError
from .vocabulary import Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .columns import Truth
    from .tables import Frame, Rows

_ARITHMETIC = ("add", "sub", "mul", "div", "mod")
# A text is worked on in Python, a number by the machine.
_TEXT_CELLS = 20


def where(expression: Expression, frame: Frame, now_us: int) -> Rows:
    """Which of the frame's rows at the beginning a condition holds for, in order.

    Raises `QueryError`.
    """
    for path in paths(expression):
        frame.follow(path)
    met = np.broadcast_to(truth(value(expression, frame, now_us)), frame.size)
    return np.unique(frame.origin[met])


def ordered(orders: Sequence[Order], frame: Frame, now_us: int) -> Rows:
    """The frame's rows in this order, nulls first; of equals the first stays first.

    Raises `QueryError`.
    """
    before = frame.size
    keys = []
    for order in orders:
        for path in paths(order.expression):
            frame.follow(path)
        if frame.size != before or frame.joins:
            raise QueryError("Nothing can be ordered by a link to many.")
        ranks = _ranks(value(order.expression, frame, now_us), before)
        keys.append(-ranks if order.descending else ranks)
    return np.lexsort(keys[::-1])


def paths(expression: Expression) -> Iterator[tuple[str, ...]]:
    """All paths in it."""
    match expression:
        case Path(steps):
            yield steps
        case Not(operand):
            yield from paths(operand)
        case Binary(_, left, right):
            yield from paths(left)
            yield from paths(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from paths(argument)


def value(expression: Expression, frame: Frame, now_us: int) -> Column:
    """A column of the frame's size, or of one value for all rows. Raises `QueryError`."""
    match expression:
        case Literal(one):
            return _literal(one)
        case Moment(begin, end):
            return Column(Type.TIME, np.array([begin]), np.array([True]), np.array([end]))
        case Duration(us):
            return constant(Type.DURATION, us)
        case Geography(wkt):
            frame.budget.spend(len(wkt))
            return spatial.geography(wkt)
        case Path(steps):
            return frame.column(steps)
        case Not(operand):
            condition = value(operand, frame, now_us)
            return Column(Type.TRUTH, ~truth(condition), np.ones(condition.known.shape, np.bool_))
        case Binary(("and" | "or") as operator, left, right):
            return _joined(operator, left, right, frame, now_us)
        case Binary(operator, left, right):
            first, second = value(left, frame, now_us), value(right, frame, now_us)
            _spend(frame, first, second)
            work = computed if operator in _ARITHMETIC else compared
            return work(operator, first, second)
        case Call(function, arguments):
            given = [value(argument, frame, now_us) for argument in arguments]
            _spend(frame, *given)
            if any(one.type is Type.SHAPE for one in given):
                frame.budget.spend(spatial.cost(given))
            return functions.called(function, given, now_us)


def _joined(
    operator: str, left: Expression, right: Expression, frame: Frame, now_us: int
) -> Column:
    first = truth(value(left, frame, now_us))
    second = truth(value(right, frame, now_us))
    found: Truth = first & second if operator == "and" else first | second
    return Column(Type.TRUTH, found, np.ones(found.shape, np.bool_))


def _literal(one: str | float | bool | None) -> Column:
    if one is None:
        return column(Type.JSON, [None])
    if isinstance(one, bool):
        return constant(Type.TRUTH, one)
    return constant(Type.TEXT if isinstance(one, str) else Type.NUMBER, one)


def _spend(frame: Frame, *operands: Column) -> None:
    for operand in operands:
        weight = _TEXT_CELLS if operand.values.dtype == object else 1
        frame.budget.spend(weight * len(operand.values))


def _ranks(keys: Column, size: int) -> Rows:
    """The place of each value among all, from 0; nulls are -1. Raises `QueryError`."""
    if keys.type is Type.SHAPE:
        raise QueryError("Nothing can be ordered by a geometry.")
    values = np.broadcast_to(keys.values, size)
    known = np.broadcast_to(keys.known, size)
    ranks = np.full(size, -1, dtype=np.intp)
    kept = values[known]
    if keys.type is Type.JSON and not all(isinstance(one, int | float) for one in kept.tolist()):
        # What is in documents may be of any kind, which has no order but that of its text.
        kept = np.array([str(one) for one in kept.tolist()], dtype=object)
    ranks[known] = np.unique(kept, return_inverse=True)[1]
    return ranks
