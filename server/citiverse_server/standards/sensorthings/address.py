"""The resource path of a request (OGC 18-088, 9.2): which set, entity, property or links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .entities import quoted
from .problems import QueryError, missing
from .vocabulary import BY_SET, EntityType, Link

MAX_LENGTH = 2048
MAX_SEGMENTS = 10
_SEGMENT = re.compile(r"(?P<name>[\w$@.:-]+)(?:\((?P<key>'(?:[^']|'')*'|[^'()/][^()/]*)\))?(?:/|$)")

Ending = Literal["", "$value", "$ref"]


@dataclass(frozen=True, slots=True)
class Step:
    """Through a link, or into a set at the beginning; `key` chooses one of many."""

    link: Link
    target: EntityType
    key: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """Steps from the root; perhaps `inner`, a property and what is inside of it; an ending.

    Without a step it is the service itself.
    """

    steps: tuple[Step, ...]
    inner: tuple[str, ...] = ()
    ending: Ending = ""

    @property
    def path(self) -> str:
        """The way there, percent-encoded."""
        keys = ("" if step.key is None else f"({quoted(step.key)})" for step in self.steps)
        ways = [step.link.name + key for step, key in zip(self.steps, keys, strict=True)]
        return "/".join([*ways, *self.inner, *([self.ending] if self.ending else [])])


def address_of(path: str) -> Address:
    """Reads what follows the service's root, unquoted. Raises `QueryError` (400, 404)."""
    names = _segments(path.strip("/"))
    steps: list[Step] = []
    at = 0
    while at < len(names) and (step := _step(steps, *names[at])) is not None:
        steps.append(step)
        at += 1
    ending: Ending = ""
    rest = names[at:]
    if steps and rest and rest[-1] in (("$value", None), ("$ref", None)):
        ending = "$value" if rest.pop()[0] == "$value" else "$ref"
    address = Address(tuple(steps), tuple(name for name, _ in rest), ending)
    if any(key is not None for _, key in rest) or not _makes_sense(address, path):
        raise missing(f"There is nothing at {path[:100]!r}.")
    return address


def _segments(path: str) -> list[tuple[str, str | None]]:
    if len(path) > MAX_LENGTH:
        raise QueryError(f"A path has at most {MAX_LENGTH} characters.")
    found: list[tuple[str, str | None]] = []
    place = 0
    while place < len(path):
        match = _SEGMENT.match(path, place)
        if match is None:
            raise QueryError(f"The path can't be read at {path[place : place + 20]!r}.")
        key = match["key"]
        if key is not None and key.startswith("'"):
            key = key[1:-1].replace("''", "'")
        found.append((match["name"], key))
        if len(found) > MAX_SEGMENTS:
            raise QueryError(f"A path has at most {MAX_SEGMENTS} parts.")
        place = match.end()
    return found


def _step(before: list[Step], name: str, key: str | None) -> Step | None:
    if not before:
        target = BY_SET.get(name)
        return None if target is None else Step(Link(name, target.name, True), target, key)
    last = before[-1]
    link = last.target.links.get(name)
    if link is None or (last.link.many and last.key is None) or not (link.many or key is None):
        return None
    return Step(link, _TARGETS[link.target], key)


def _makes_sense(address: Address, path: str) -> bool:
    if not address.steps:
        return not path.strip("/")
    last = address.steps[-1]
    is_set = last.link.many and last.key is None
    if not address.inner:
        return address.ending != "$value"
    known = address.inner[0] in last.target.properties or address.inner in _ID_PATHS
    return not is_set and known and address.ending != "$ref"


_TARGETS = {one.name: one for one in BY_SET.values()}
_ID_PATHS = (("id",), ("@iot.id",))
