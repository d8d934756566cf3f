"""`$filter` and `$orderby` from text to tree: recursive descent, bounded in length and depth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .expression import (
    PRECEDENCE,
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
from .lexer import Kind, Token, duration, instant, tokens, unquoted
from .problems import QueryError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH = 24
MAX_STEPS = 8
MAX_ARGUMENTS = 4
MAX_ORDERS = 8
_CONSTANTS = {"true": Literal(True), "false": Literal(False), "null": Literal(None)}


def parse_expression(text: str) -> Expression:
    """The tree of a `$filter`. Raises `QueryError`."""
    parser = _Parser(tokens(text))
    expression = parser.expression()
    parser.end()
    return expression


def parse_orders(text: str) -> tuple[Order, ...]:
    """The keys of an `$orderby`, the first one weighs most. Raises `QueryError`."""
    parser = _Parser(tokens(text))
    orders = [parser.order()]
    while parser.took(","):
        orders.append(parser.order())
        if len(orders) > MAX_ORDERS:
            raise QueryError(f"$orderby has at most {MAX_ORDERS} keys.")
    parser.end()
    return tuple(orders)


class _Parser:
    def __init__(self, words: Sequence[Token]) -> None:
        self._words = words
        self._at = 0
        self._depth = 0

    def expression(self) -> Expression:
        """An expression in brackets, as an argument, or alone."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"An expression has at most {MAX_DEPTH} brackets inside each other.")
        expression = self._level(0)
        self._depth -= 1
        return expression

    def order(self) -> Order:
        """One key of `$orderby`."""
        expression = self.expression()
        # Clients write them in capitals, too.
        if self.took("desc") or self.took("DESC"):
            return Order(expression, descending=True)
        if not self.took("asc"):
            self.took("ASC")
        return Order(expression)

    def took(self, word: str) -> bool:
        """Whether this name or mark came next; it is then behind us."""
        if self._next.kind in (Kind.NAME, Kind.MARK) and self._next.text == word:
            self._at += 1
            return True
        return False

    def end(self) -> None:
        """Raises `QueryError` where there is more."""
        if self._next.kind is not Kind.END:
            raise self._unexpected("an operator or the end")

    @property
    def _next(self) -> Token:
        return self._words[self._at]

    def _level(self, level: int) -> Expression:
        if level == len(PRECEDENCE):
            return self._unary()
        left = self._level(level + 1)
        while True:
            operator = next((one for one in PRECEDENCE[level] if self.took(one)), None)
            if operator is None:
                return left
            left = Binary(operator, left, self._level(level + 1))

    def _unary(self) -> Expression:
        if not self.took("not"):
            return self._primary()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"An expression says not at most {MAX_DEPTH} times in a row.")
        operand = self._unary()
        self._depth -= 1
        return Not(operand)

    def _primary(self) -> Expression:
        if self.took("("):
            expression = self.expression()
            self._need(")")
            return expression
        word = self._next
        self._at += 1
        match word.kind:
            case Kind.NAME:
                return self._named(word)
            case Kind.NUMBER:
                return _number(word.text)
            case Kind.TEXT:
                return Literal(unquoted(word.text))
            case Kind.TIME:
                return self._moment(word)
            case Kind.DURATION:
                return Duration(duration(word.text))
            case Kind.GEOGRAPHY:
                return Geography(unquoted(word.text))
        self._at -= 1
        raise self._unexpected("a property, a value or a function")

    def _named(self, word: Token) -> Expression:
        if self.took("("):
            return Call(word.text.lower(), self._arguments())
        steps = [word.text]
        while self.took("/"):
            if self._next.kind is not Kind.NAME:
                raise self._unexpected("the name of a property")
            steps.append(self._next.text)
            self._at += 1
            if len(steps) > MAX_STEPS:
                raise QueryError(f"A path has at most {MAX_STEPS} steps.")
        if len(steps) == 1 and word.text in _CONSTANTS:
            return _CONSTANTS[word.text]
        return Path(tuple(steps))

    def _arguments(self) -> tuple[Expression, ...]:
        if self.took(")"):
            return ()
        arguments = [self.expression()]
        while self.took(","):
            arguments.append(self.expression())
            if len(arguments) > MAX_ARGUMENTS:
                raise QueryError(f"A function has at most {MAX_ARGUMENTS} arguments.")
        self._need(")")
        return tuple(arguments)

    def _moment(self, word: Token) -> Moment:
        begin = instant(word.text)
        if not self.took("/"):
            return Moment(begin, begin)
        if self._next.kind is not Kind.TIME:
            raise self._unexpected("the end of an interval")
        end = instant(self._next.text)
        self._at += 1
        if end < begin:
            raise QueryError("An interval ends before it begins.")
        return Moment(begin, end)

    def _need(self, mark: str) -> None:
        if not self.took(mark):
            raise self._unexpected(repr(mark))

    def _unexpected(self, wanted: str) -> QueryError:
        word = self._next
        found = repr(word.text[:20]) if word.text else "the end"
        return QueryError(f"At character {word.place + 1} there is {found}, not {wanted}.")


def _number(text: str) -> Literal:
    value = float(text)
    if not math.isfinite(value):
        raise QueryError(f"{text[:20]} is too large.")
    return Literal(value)
