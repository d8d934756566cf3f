"""The tree of a `$filter` or `$orderby` (OData 4.0 URL conventions, 5.1.1), and its text.

`written` is the inverse of `parser.parse_expression`: what it writes is read as the same tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from ...overlays.instants import rfc3339

Operator = OneOf[
    "or", "and", "eq", "ne", "gt", "ge", "lt", "le", "add", "sub", "mul", "div", "mod"
]  # fmt: skip

PRECEDENCE: tuple[tuple[Operator, ...], ...] = (
    ("or",),
    ("and",),
    ("eq", "ne"),
    ("gt", "ge", "lt", "le"),
    ("add", "sub"),
    ("mul", "div", "mod"),
)
"""Levels of operators, the weakest first; those of one level bind from the left."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, true, false or null."""

    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, or from `begin_us` to before `end_us`; microseconds since 1970 UTC."""

    begin_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in microseconds."""

    us: int


@dataclass(frozen=True, slots=True)
class Geography:
    """A geometry as well-known text; longitude before latitude, degrees (WGS 84)."""

    wkt: str


@dataclass(frozen=True, slots=True)
class Path:
    """A property, perhaps of a linked entity: `Datastream/Thing/name`, `properties/owner`."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where the operand is false."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what is between them."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its name in lower case."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Literal | Moment | Duration | Geography | Path | Not | Binary | Call


@dataclass(frozen=True, slots=True)
class Order:
    """One key of `$orderby`."""

    expression: Expression
    descending: bool = False


def written(expression: Expression) -> str:
    """The expression as it is written in a request, with no more brackets than it needs."""
    return _text(expression, 0)


def _text(expression: Expression, level: int) -> str:
    """`level` is that of the weakest operator that needs no brackets here."""
    match expression:
        case Literal(value):
            return _literal(value)
        case Moment(begin, end):
            return rfc3339(begin) if begin == end else f"{rfc3339(begin)}/{rfc3339(end)}"
        case Duration(us):
            return f"duration'{'-' if us < 0 else ''}PT{_seconds(abs(us))}S'"
        case Geography(wkt):
            return f"geography{_literal(wkt)}"
        case Path(steps):
            return "/".join(steps)
        case Not(operand):
            return f"not {_text(operand, len(PRECEDENCE))}"
        case Call(function, arguments):
            return f"{function}({','.join(map(written, arguments))})"
        case Binary(operator, left, right):
            own = next(at for at, level in enumerate(PRECEDENCE) if operator in level)
            whole = f"{_text(left, own)} {operator} {_text(right, own + 1)}"
            return f"({whole})" if own < level else whole


def _literal(value: str | float | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def _seconds(us: int) -> str:
    return f"{us // 1_000_000}.{us % 1_000_000:06d}"
