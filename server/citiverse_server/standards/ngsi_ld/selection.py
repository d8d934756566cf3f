"""Which entities a request asks for (5.7.2), how many, and how they are to be written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import geo, query
from .entity import Style
from .latest import Asked
from .pattern import Pattern
from .problems import Kind, NgsiError, bad

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .context import Names
    from .directory import Directory, Entry
    from .entity import Format
    from .latest import Values

MAX_LIMIT = 1_000
DEFAULT_LIMIT = 20
MAX_OFFSET = 1_000_000
MAX_LISTED = 1_000
MAX_STEPS = 250_000
"""Terms of a query (a pattern counts as some) times entities: beyond that it is too complex."""

_FORMATS: dict[str, Format] = {
    "normalized": "normalized",
    "concise": "concise",
    "keyValues": "keyValues",
    "simplified": "keyValues",
}
OPTIONS = frozenset({*_FORMATS, "sysAttrs", "count"})


@dataclass(frozen=True, slots=True)
class Selection:
    """Every part given must hold; those that are None weren't."""

    ids: frozenset[str] | None = None
    pattern: Pattern | None = None
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    query: query.Query | None = None
    place: geo.GeoQuery | None = None
    everything: bool = False

    @property
    def is_bounded(self) -> bool:
        """Whether it says anything at all about what is wanted (5.7.2.4)."""
        parts = (self.ids, self.pattern, self.types, self.attributes, self.query, self.place)
        return self.everything or any(part is not None for part in parts)


@dataclass(frozen=True, slots=True)
class Page:
    """Which of those found are answered; `count`: say how many there are."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    count: bool = False


def selection_of(parameters: Mapping[str, str], names: Names) -> Selection:
    """What the parameters of a request select; raises `NgsiError`."""
    q = parameters.get("q")
    pattern = parameters.get("idPattern")
    types = listed(parameters, "type", r"[,|]")
    attributes = listed(parameters, "attrs")
    return Selection(
        ids=listed(parameters, "id"),
        pattern=None if pattern is None else Pattern(pattern),
        types=None if types is None else frozenset(map(names.of, types)),
        attributes=None if attributes is None else frozenset(map(names.of, attributes)),
        query=None if q is None else query.parse(q),
        place=_place(parameters),
        everything=parameters.get("local") == "true",
    )


def page_of(parameters: Mapping[str, str]) -> Page:
    """`limit`, `offset` and `count` (6.3.10, 6.3.13); raises `NgsiError`."""
    limit = number(parameters, "limit", DEFAULT_LIMIT)
    count = flag(parameters, "count") or "count" in options(parameters)
    if limit > MAX_LIMIT:
        raise NgsiError(Kind.TOO_MANY_RESULTS, f"limit is at most {MAX_LIMIT}.")
    if limit == 0 and not count:
        raise bad("limit may be 0 only with count=true.")
    return Page(limit, min(number(parameters, "offset", 0), MAX_OFFSET), count)


def style_of(parameters: Mapping[str, str], only: frozenset[str] | None) -> Style:
    """How to write entities, by `options` and `format` (6.3.7, 6.3.11); raises `NgsiError`."""
    wanted = options(parameters)
    unknown = wanted - OPTIONS
    if unknown:
        raise NgsiError(
            Kind.OPERATION_NOT_SUPPORTED, f"This server has no option {min(unknown)[:40]!r}."
        )
    named = parameters.get("format")
    chosen = [named] if named else [one for one in _FORMATS if one in wanted]
    if len(chosen) > 1 or (named and named not in _FORMATS):
        raise bad("One format is chosen: normalized, concise, simplified or keyValues.")
    form: Format = _FORMATS[chosen[0]] if chosen else "normalized"
    return Style(form, "sysAttrs" in wanted, only)


def select(directory: Directory, values: Values, wanted: Selection) -> Iterator[Entry]:
    """The entries that are wanted, in the directory's order; raises `NgsiError`."""
    entries = [entry for entry in _named(directory, wanted) if _fits(entry, wanted)]
    if wanted.place is not None:
        entries = there(entries, values, wanted.place)
    question = wanted.query
    if question is None:
        yield from entries
        return
    if len(entries) * query.steps(question) > MAX_STEPS:
        raise NgsiError(
            Kind.TOO_COMPLEX_QUERY, "This asks too much of too many; ask for fewer types."
        )
    for entry in entries:
        if query.holds(question, Asked(entry, values)):
            yield entry


def there(entries: list[Entry], values: Values, place: geo.GeoQuery) -> list[Entry]:
    """Those of some entries that are where a geo-query wants them."""
    nowhere = (np.nan, np.nan, np.nan)
    columns = np.array([values.position(entry) or nowhere for entry in entries]).reshape(-1, 3)
    found = geo.holds(place, columns[:, 0], columns[:, 1])
    return [entries[row] for row in np.flatnonzero(found).tolist()]


def listed(parameters: Mapping[str, str], name: str, between: str = ",") -> frozenset[str] | None:
    """A list of words in one parameter; None where it isn't there."""
    text = parameters.get(name)
    if text is None:
        return None
    words = re.split(between, text)
    if not all(words) or len(words) > MAX_LISTED:
        raise bad(f"{name} is a list of 1 to {MAX_LISTED} words with commas.")
    return frozenset(words)


def options(parameters: Mapping[str, str]) -> frozenset[str]:
    """The words of `options`."""
    return listed(parameters, "options") or frozenset()


def number(parameters: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of 0 or more."""
    text = parameters.get(name)
    if text is None:
        return default
    if not re.fullmatch("[0-9]{1,9}", text):
        raise bad(f"{name} is a whole number of 0 or more.")
    return int(text)


def flag(parameters: Mapping[str, str], name: str) -> bool:
    """Whether a parameter is true; it is false where it isn't there."""
    text = parameters.get(name, "false")
    if text not in ("true", "false"):
        raise bad(f"{name} is true or false.")
    return text == "true"


def _named(directory: Directory, wanted: Selection) -> Iterator[Entry]:
    if wanted.ids is None:
        yield from directory.entries
        return
    # In the order of the directory, and not in that of a set, which differs each time.
    found = {one for one in wanted.ids if one in directory.by_id}
    yield from (entry for entry in directory.entries if entry.id in found)


def _fits(entry: Entry, wanted: Selection) -> bool:
    return (
        (wanted.types is None or entry.type in wanted.types)
        and (wanted.attributes is None or any(map(entry.has, wanted.attributes)))
        and (wanted.pattern is None or wanted.pattern.found_in(entry.id))
    )


def _place(parameters: Mapping[str, str]) -> geo.GeoQuery | None:
    given = [name for name in ("georel", "geometry", "coordinates") if name in parameters]
    if not given:
        return None
    if len(given) < 3:
        raise bad("georel, geometry and coordinates belong together.")
    return geo.parse(
        parameters["georel"],
        parameters["geometry"],
        parameters["coordinates"],
        parameters.get("geoproperty", "location"),
    )
