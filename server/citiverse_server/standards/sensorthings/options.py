"""The query options of a request, also those inside of `$expand` (OGC 18-088, 9.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, quote

from .expression import written
from .parser import parse_expression, parse_orders
from .problems import QueryError, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .expression import Expression, Order

MAX_LENGTH = 8192
MAX_OPTIONS = 32
MAX_EXPANSIONS = 32
MAX_EXPAND_DEPTH = 5
MAX_SELECTED = 32
_SAFE = "$'()*,:;=@/!"
_NUMBER = re.compile("[0-9]{1,9}")
_TOKEN = re.compile(r"[0-9]{1,9},-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of a set or an entity; `after` is where the page before has ended.

    `select` are names of properties and links; empty: all of them.
    """

    filter: Expression | None = None
    orders: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] = ()
    expand: tuple[Expansion, ...] = ()
    format: Literal["", "dataArray"] = ""
    after: tuple[int, int] | None = None

    @property
    def is_of_sets(self) -> bool:
        """Whether it says anything that means nothing to a single entity."""
        return replace(self, select=(), expand=()) != Options()


@dataclass(frozen=True, slots=True)
class Expansion:
    """A link whose targets are shown within, and what is asked of them."""

    link: str
    options: Options = Options()


def options_of(query: str) -> Options:
    """Reads what follows the question mark. Raises `QueryError` (400, 501)."""
    if len(query) > MAX_LENGTH:
        raise QueryError(f"A question has at most {MAX_LENGTH} characters.")
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, max_num_fields=MAX_OPTIONS, errors="strict"
        )
    except ValueError:
        raise QueryError(f"A question has at most {MAX_OPTIONS} options, in UTF-8.") from None
    # What doesn't begin with $ is none of the standard's (OData 4.0, URL conventions, 5.2).
    return _options((pair for pair in pairs if pair[0].startswith("$")), 0)


def _options(pairs: Iterable[tuple[str, str]], depth: int) -> Options:
    options = Options()
    seen: set[str] = set()
    for name, text in pairs:
        if name in seen:
            raise QueryError(f"{name[:40]} stands twice.")
        seen.add(name)
        options = _taken(options, name, text, depth)
    return options


def _taken(options: Options, name: str, text: str, depth: int) -> Options:
    match name:
        case "$filter":
            return replace(options, filter=parse_expression(text))
        case "$orderby":
            return replace(options, orders=parse_orders(text))
        case "$top":
            return replace(options, top=_number(name, text))
        case "$skip":
            return replace(options, skip=_number(name, text))
        case "$count":
            if text not in ("true", "false"):
                raise QueryError("$count is true or false.")
            return replace(options, count=text == "true")
    return _shown(options, name, text, depth)


def _shown(options: Options, name: str, text: str, depth: int) -> Options:
    """What is said of how the answer looks."""
    match name:
        case "$select":
            return replace(options, select=_selected(text))
        case "$expand":
            return replace(options, expand=_expansions(text, depth + 1))
        case "$resultFormat" if depth == 0:
            if text != "dataArray":
                raise unsupported("The only $resultFormat here is dataArray.")
            return replace(options, format="dataArray")
        case "$skiptoken" if depth == 0:
            if not _TOKEN.fullmatch(text):
                raise QueryError("$skiptoken comes from an @iot.nextLink.")
            row, _, time = text.partition(",")
            return replace(options, after=(int(row), int(time)))
    raise unsupported(f"There is no option {name[:40]!r} here.")


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise QueryError(f"{name} is a whole number from 0.")
    return int(text)


def _selected(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if len(names) > MAX_SELECTED or not all(names):
        raise QueryError(f"$select names 1 to {MAX_SELECTED} properties, with commas between.")
    return names


def _expansions(text: str, depth: int) -> tuple[Expansion, ...]:
    if depth > MAX_EXPAND_DEPTH:
        raise QueryError(f"$expand goes at most {MAX_EXPAND_DEPTH} links deep.")
    parts = split(text, ",")
    if len(parts) > MAX_EXPANSIONS:
        raise QueryError(f"$expand names at most {MAX_EXPANSIONS} links.")
    found: dict[str, Expansion] = {}
    for part in parts:
        one = _expansion(part.strip(), depth)
        former = found.get(one.link)
        found[one.link] = one if former is None else _merged(former, one)
    return tuple(found.values())


def _expansion(text: str, depth: int) -> Expansion:
    """`Link`, `Link/Link`, `Link(options)`."""
    path, bracket, inside = text.partition("(")
    names = path.strip().split("/")
    if not all(name.isidentifier() for name in names) or bool(bracket) != text.endswith(")"):
        raise QueryError(f"$expand can't be read at {text[:40]!r}.")
    if depth + len(names) - 1 > MAX_EXPAND_DEPTH:
        raise QueryError(f"$expand goes at most {MAX_EXPAND_DEPTH} links deep.")
    options = Options()
    if bracket:
        pairs = [_pair(part) for part in split(inside[:-1], ";")]
        options = _options(pairs, depth + len(names) - 1)
    for name in reversed(names[1:]):
        options = Options(expand=(Expansion(name, options),))
    return Expansion(names[0], options)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def _merged(one: Expansion, other: Expansion) -> Expansion:
    """Two expansions of one link, as `A/B,A/C` has them. Raises `QueryError`."""
    if replace(other.options, expand=()) != Options():
        if replace(one.options, expand=()) != Options():
            raise QueryError(f"$expand names {one.link} twice.")
        one, other = other, one
    found = {expansion.link: expansion for expansion in one.options.expand}
    for more in other.options.expand:
        former = found.get(more.link)
        found[more.link] = more if former is None else _merged(former, more)
    return Expansion(one.link, replace(one.options, expand=tuple(found.values())))


def split(text: str, mark: str) -> list[str]:
    """Cuts at marks that stand neither in quotes nor in brackets. Raises `QueryError`."""
    parts: list[str] = []
    begin = depth = 0
    quoted = False
    for place, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        elif letter == mark and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
        if depth < 0:
            break
    if depth or quoted:
        raise QueryError(f"Brackets or quotes don't match in {text[:40]!r}.")
    return [*parts, text[begin:]]


def query_of(options: Options) -> str:
    """The inverse of `options_of`, percent-encoded."""
    return "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in _told(options))


def _told(options: Options) -> Iterator[tuple[str, str]]:
    if options.filter is not None:
        yield "$filter", written(options.filter)
    if options.orders:
        yield "$orderby", ",".join(_order(order) for order in options.orders)
    if options.select:
        yield "$select", ",".join(options.select)
    if options.expand:
        yield "$expand", ",".join(_expanded(one) for one in options.expand)
    if options.count:
        yield "$count", "true"
    if options.format:
        yield "$resultFormat", options.format
    if options.top is not None:
        yield "$top", str(options.top)
    if options.skip:
        yield "$skip", str(options.skip)
    if options.after is not None:
        yield "$skiptoken", f"{options.after[0]},{options.after[1]}"


def _order(order: Order) -> str:
    return written(order.expression) + (" desc" if order.descending else "")


def _expanded(one: Expansion) -> str:
    inside = ";".join(f"{name}={value}" for name, value in _told(one.options))
    return f"{one.link}({inside})" if inside else one.link
