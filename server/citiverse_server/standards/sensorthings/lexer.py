"""The words of a `$filter` or `$orderby` expression (OData 4.0 ABNF), bounded in number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from .problems import QueryError

MAX_LENGTH = 4096
MAX_TOKENS = 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TOKEN = re.compile(
    r"""
      (?P<geography> geography'(?:[^']|'')*' )
    | (?P<duration> duration'[^']*' )
    | (?P<text> '(?:[^']|'')*' )
    # A plus that a form has turned into a space is still one before a time zone.
    | (?P<time> [0-9]{4}-[0-9]{2}-[0-9]{2}
        (?: T[0-9]{2}:[0-9]{2} (?: :[0-9]{2} (?: \.[0-9]{1,12} )? )?
            (?: Z | [+\x20-][0-9]{2}:?[0-9]{2} )? )? )
    | (?P<number> -?[0-9]+ (?: \.[0-9]+ )? (?: [eE][+-]?[0-9]+ )? )
    | (?P<name> [A-Za-z_@] [\w.@]* )
    | (?P<mark> [(),/] )
    | (?P<space> [\x20\t]+ )
    """,
    re.VERBOSE,
)
_DURATION = re.compile(
    r"(-?)P(?:([0-9]{1,6})D)?"
    r"(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,10})(?:\.([0-9]{1,6}))?S)?)?"
)


class Kind(Enum):
    """What a token is."""

    GEOGRAPHY = auto()
    DURATION = auto()
    TEXT = auto()
    TIME = auto()
    NUMBER = auto()
    NAME = auto()
    MARK = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One word; `place` counts characters from 0."""

    kind: Kind
    text: str
    place: int


def tokens(expression: str) -> list[Token]:
    """All of them, and the end. Raises `QueryError`."""
    if len(expression) > MAX_LENGTH:
        raise QueryError(f"An expression has at most {MAX_LENGTH} characters.")
    found: list[Token] = []
    place = 0
    while place < len(expression):
        match = _TOKEN.match(expression, place)
        if match is None:
            raise QueryError(
                f"This can't be read from character {place + 1} on: {_near(expression, place)}."
            )
        if match.lastgroup != "space":
            found.append(Token(Kind[str(match.lastgroup).upper()], match[0], place))
        if len(found) > MAX_TOKENS:
            raise QueryError(f"An expression has at most {MAX_TOKENS} words.")
        place = match.end()
    return [*found, Token(Kind.END, "", len(expression))]


def unquoted(text: str) -> str:
    """What is between quotes, in which a quote is doubled."""
    return text[text.index("'") + 1 : -1].replace("''", "'")


def instant(text: str) -> int:
    """Microseconds since 1970; without a zone it is UTC. Raises `QueryError`."""
    digits, _, fraction = text.replace(" ", "+").partition(".")
    zone = re.search(r"(Z|[+-][0-9]{2}:?[0-9]{2})$", fraction)
    decimals = fraction[: zone.start()] if zone else fraction
    written = (
        f"{digits}{'.' + decimals[:6].ljust(6, '0') if decimals else ''}{zone[0] if zone else ''}"
    )
    try:
        moment = datetime.fromisoformat(written)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        raise QueryError(f"{text} is no moment.") from None


def duration(text: str) -> int:
    """Microseconds of an ISO 8601 duration of days and less. Raises `QueryError`."""
    match = _DURATION.fullmatch(unquoted(text))
    if match is None or not any(match.groups()[1:]):
        raise QueryError(f"{text} is no duration such as duration'PT10M'.")
    sign, days, hours, minutes, seconds, fraction = match.groups()
    whole = 86_400 * int(days or 0) + 3_600 * int(hours or 0) + 60 * int(minutes or 0)
    us = (whole + int(seconds or 0)) * 1_000_000 + int((fraction or "0").ljust(6, "0"))
    return -us if sign else us


def _near(expression: str, place: int) -> str:
    return repr(expression[place : place + 20])
