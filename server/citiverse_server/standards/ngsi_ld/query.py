"""The query language of NGSI-LD (`q`, 4.9): parsed by recursive descent, bounded in every way.

Not here: linked entities (`{…}`), `expandValues`, `jsonKeys`. A value without quotation marks that
is no number, time, boolean or URI is taken for a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import msgspec

from ...overlays.instants import micros
from .pattern import Pattern
from .problems import Kind, NgsiError, bad

if TYPE_CHECKING:
    from .entity import Json

MAX_LENGTH = 2048
MAX_TERMS = 32
MAX_DEPTH = 8
MAX_VALUES = 100
PATTERN_STEPS = 4

_NAME = re.compile(r"[^\W\d_]\w*")
_OPERATOR = re.compile(r"==|!=|>=|<=|!~=|~=|>|<")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?(?=\.\.|[;|(),]|$)", re.ASCII)
_BARE = re.compile(r'[^;|(),"=<>~!\s][^;|(),"]*?(?=\.\.|[;|(),"]|$)')
_REGEXP = re.compile(r"(?:\\.|\[[^\]]*\]|[^;|()\\\[])+")

Scalar = str | float | bool


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute, perhaps one of its own, perhaps a member of its value: `a.b[c.d]`."""

    names: tuple[str, ...]
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Has:
    """There is such an attribute."""

    path: Path


@dataclass(frozen=True, slots=True)
class Equals:
    """It is one of the values, or none of them where `negated`."""

    path: Path
    values: tuple[Scalar, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """It lies in a range, both ends included, or outside where `negated`."""

    path: Path
    low: Scalar
    high: Scalar
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compares:
    """It is greater or less: `operator` is one of > >= < <=."""

    path: Path
    operator: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Matches:
    """Its text has the pattern, or hasn't where `negated`."""

    path: Path
    pattern: Pattern
    negated: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """`;`: all of these hold."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """`|`: at least one of these holds."""

    parts: tuple[Query, ...]


Term = Has | Equals | Between | Compares | Matches
Query = Term | All | Either


class Subject(Protocol):
    """What a query is asked of."""

    def target(self, path: Path) -> Json | None:
        """The value, object or sub-attribute at a path; None where there is none."""
        ...


def parse(text: str) -> Query:
    """A query from its text, already without percent signs; raises `NgsiError`."""
    if len(text) > MAX_LENGTH:
        raise NgsiError(Kind.TOO_COMPLEX_QUERY, f"q has at most {MAX_LENGTH} characters.")
    parser = _Parser(text)
    query = parser.either(0)
    if parser.place < len(text):
        raise parser.error("an operator such as ';' or '|' is expected")
    return query


def terms(query: Query) -> tuple[Term, ...]:
    """All terms of a query, in their order."""
    if isinstance(query, All | Either):
        return tuple(term for part in query.parts for term in terms(part))
    return (query,)


def steps(query: Query) -> int:
    """How much it is to ask a query of one subject: a pattern may look at a text many times."""
    return sum(PATTERN_STEPS if isinstance(term, Matches) else 1 for term in terms(query))


def holds(query: Query, subject: Subject) -> bool:
    """Whether it is so; what isn't there matches nothing, not even `!=` (4.9)."""
    match query:
        case All(parts):
            return all(holds(part, subject) for part in parts)
        case Either(parts):
            return any(holds(part, subject) for part in parts)
        case _:
            found = subject.target(query.path)
            return found is not None and _term_holds(query, found)


def _term_holds(term: Term, found: Json) -> bool:
    match term:
        case Has():
            return True
        case Equals(_, values, negated):
            return any(_order(found, value) == 0 for value in values) != negated
        case Between(_, low, high, negated):
            return (_is(found, low, ">=") and _is(found, high, "<=")) != negated
        case Compares(_, operator, value):
            return _is(found, value, operator)
        case Matches(_, pattern, negated):
            return isinstance(found, str) and pattern.found_in(found) != negated


def _is(found: Json, value: Scalar, operator: str) -> bool:
    order = None if isinstance(found, list | tuple) else _order(found, value)
    if order is None or isinstance(value, bool):
        return False
    return order == 0 if "=" in operator and order == 0 else order == (1 if ">" in operator else -1)


def _order(found: Json, value: Scalar) -> int | None:
    """-1, 0 or 1; None where they can't be compared. An array is any of its elements (4.9)."""
    if isinstance(found, list | tuple):
        return 0 if any(_order(one, value) == 0 for one in found) else None
    if isinstance(found, bool) or isinstance(value, bool):
        return 0 if found is value else None
    if isinstance(found, int | float) and isinstance(value, int | float):
        return (found > value) - (found < value)
    if isinstance(found, str) and isinstance(value, str):
        there = _moment(value)
        here = None if there is None else micros(found)
        if here is not None and there is not None:
            return (here > there) - (here < there)
        return (found > value) - (found < value)
    return None


@lru_cache(maxsize=256)
def _moment(value: str) -> int | None:
    """A value of a query as a moment; it is compared with many."""
    return micros(value)


class _Parser:
    """A place in a text, and how much was read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.place = 0
        self._terms = 0

    def error(self, expected: str) -> NgsiError:
        return bad(f"q can't be read at character {self.place + 1}: {expected}.")

    def either(self, depth: int) -> Query:
        parts = [self._all(depth)]
        while self._take("|"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self, depth: int) -> Query:
        parts = [self._one(depth)]
        while self._take(";"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self, depth: int) -> Query:
        if not self._take("("):
            return self._term()
        if depth == MAX_DEPTH:
            raise NgsiError(
                Kind.TOO_COMPLEX_QUERY, f"q has at most {MAX_DEPTH} brackets inside of each other."
            )
        inner = self.either(depth + 1)
        if not self._take(")"):
            raise self.error("')' is expected")
        return inner

    def _term(self) -> Term:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise NgsiError(Kind.TOO_COMPLEX_QUERY, f"q has at most {MAX_TERMS} terms.")
        path = self._path()
        operator = self._match(_OPERATOR)
        if operator is None:
            return Has(path)
        if operator in ("~=", "!~="):
            return Matches(path, self._pattern(), negated=operator == "!~=")
        first = self._value()
        if operator not in ("==", "!="):
            return Compares(path, operator, first)
        negated = operator == "!="
        if self._take(".."):
            return Between(path, first, self._value(), negated)
        values = [first]
        while self._take(","):
            values.append(self._value())
            if len(values) > MAX_VALUES:
                raise NgsiError(Kind.TOO_COMPLEX_QUERY, f"A list has at most {MAX_VALUES} values.")
        return Equals(path, tuple(values), negated)

    def _path(self) -> Path:
        names = self._names()
        if self._take("{"):
            raise NgsiError(Kind.OPERATION_NOT_SUPPORTED, "q can't follow links to other entities.")
        if not self._take("["):
            return Path(names)
        members = self._names()
        if not self._take("]"):
            raise self.error("']' is expected")
        return Path(names, members)

    def _names(self) -> tuple[str, ...]:
        found: list[str] = []
        while True:
            name = self._match(_NAME)
            if name is None:
                raise self.error("the name of an attribute is expected")
            found.append(name)
            if not self._take("."):
                return tuple(found)

    def _value(self) -> Scalar:
        if (quoted := self._match(_QUOTED)) is not None:
            return msgspec.json.decode(quoted, type=str)
        if (number := self._match(_NUMBER)) is not None:
            return float(number)
        bare = self._match(_BARE)
        if bare is None:
            raise self.error("a value is expected")
        return {"true": True, "false": False}.get(bare, bare)

    def _pattern(self) -> Pattern:
        if (quoted := self._match(_QUOTED)) is not None:
            return Pattern(msgspec.json.decode(quoted, type=str))
        written = self._match(_REGEXP)
        if written is None:
            raise self.error("a pattern is expected")
        return Pattern(written)

    def _take(self, token: str) -> bool:
        found = self._text.startswith(token, self.place)
        self.place += len(token) if found else 0
        return found

    def _match(self, token: re.Pattern[str]) -> str | None:
        found = token.match(self._text, self.place)
        if found is None:
            return None
        self.place = found.end()
        return found[0]
