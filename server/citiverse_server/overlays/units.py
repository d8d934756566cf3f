"""Units as UCUM writes them (The Unified Code for Units of Measure 2.2, case sensitive): a subset.

What is there: base and SI units with prefixes, products, quotients, parentheses, powers, numbers,
annotations, and the other units that cities measure in. What isn't: units of the body and of
chemistry, printers' units, and conversion between levels and what they are levels of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .unit_table import ATOMS, LABELS, PREFIXES, Atom, Dimensions

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 64
MAX_DEPTH = 8

NONE: Dimensions = (0, 0, 0, 0, 0, 0, 0)
_NUMBER = re.compile(r"[0-9]{1,9}")
_POWER = re.compile(r"[+-]?[0-9]{1,2}")
_TEN = re.compile(r"10[*^]([+-]?[0-9]{1,2})?")
# A bracket may hold signs that end a name elsewhere.
_NAME = re.compile(r"(?:\[[^\[\]\s]*\]|%|'{1,2}|[A-Za-z_])+")
_ANNOTATION = re.compile(r"\{[!-z|~]*\}")


class UnitError(ValueError):
    """A unit that isn't UCUM, or that another can't be turned into; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Unit:
    """`value × factor + offset` is in base units of these dimensions.

    `scale` names the scale of special units that only convert to themselves, such as levels.
    """

    factor: float
    dimensions: Dimensions = NONE
    offset: float = 0.0
    scale: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """`value × factor + offset`; `factor` is 1 and `offset` 0 where nothing changes."""

    factor: float
    offset: float


@lru_cache(maxsize=4096)
def parse(code: str) -> Unit:
    """A unit by its UCUM code. Raises `UnitError`."""
    if not 0 < len(code) <= MAX_LENGTH:
        raise UnitError(f"{code[:20]!r} is no UCUM code: 1 to {MAX_LENGTH} characters")
    unit, rest = _term(code, code, 0)
    if rest:
        raise UnitError(f"{code!r} is no UCUM code: {rest!r} isn't understood")
    return unit


@lru_cache(maxsize=4096)
def conversion(source: str, target: str) -> Conversion:
    """How values in one unit become values in another. Raises `UnitError`."""
    own, wanted = parse(source), parse(target)
    if (own.dimensions, own.scale) != (wanted.dimensions, wanted.scale):
        raise UnitError(f"{source!r} and {target!r} measure different things")
    offset = (own.offset - wanted.offset) / wanted.factor
    return Conversion(_rounded(own.factor / wanted.factor), _rounded(offset))


def _rounded(number: float) -> float:
    """Without the last digit, which is only of the arithmetic: 1000, not 1000.0000000000001."""
    return float(f"{number:.15g}")


@lru_cache(maxsize=4096)
def ucum_of(label: str) -> str:
    """The UCUM code of a unit as people write it, such as µg/m³; "" where nobody can tell."""
    plain = LABELS.get(label.strip().lower())
    if plain is not None:
        return plain
    code = label.strip().translate(_SIGNS)
    try:
        parse(code)
    except UnitError:
        return ""
    return code


_SIGNS = str.maketrans(
    {"µ": "u", "μ": "u", "²": "2", "³": "3", "·": ".", "⋅": ".", "Ω": "Ohm", "−": "-", "°": "deg"}
)


def _term(code: str, text: str, depth: int) -> tuple[Unit, str]:
    """A product, and what is left behind it."""
    if depth > MAX_DEPTH:
        raise UnitError(f"{code!r} is no UCUM code: too many parentheses")
    result, sign = Unit(1.0), 1
    if text.startswith("/"):
        sign, text = -1, text[1:]
    alone = sign == 1
    while True:
        part, text = _component(code, text, depth)
        result = part if alone else _times(code, result, part, sign)
        alone = False
        if not text or text[0] not in "./":
            return result, text
        sign, text = (1 if text[0] == "." else -1), text[1:]


def _component(code: str, text: str, depth: int) -> tuple[Unit, str]:
    if text.startswith("("):
        inner, rest = _term(code, text[1:], depth + 1)
        if not rest.startswith(")"):
            raise UnitError(f"{code!r} is no UCUM code: a parenthesis isn't closed")
        return inner, rest[1:]
    if found := _ANNOTATION.match(text):
        return Unit(1.0), text[found.end() :]
    if found := _TEN.match(text):
        return Unit(10.0 ** int(found[1] or 1)), text[found.end() :]
    if found := _NUMBER.match(text):
        if int(found[0]) == 0:
            raise UnitError(f"{code!r} is no UCUM code: a factor of 0")
        return Unit(float(found[0])), text[found.end() :]
    found = _NAME.match(text)
    if found is None:
        raise UnitError(f"{code!r} is no UCUM code: {text[:20] or 'the end'!r} isn't understood")
    unit, rest = _named(code, found[0]), text[found.end() :]
    if power := _POWER.match(rest):
        unit, rest = _power(code, unit, int(power[0])), rest[power.end() :]
    if note := _ANNOTATION.match(rest):
        rest = rest[note.end() :]
    return unit, rest


def _named(code: str, name: str) -> Unit:
    atom = ATOMS.get(name)
    if atom is not None:
        return _of(atom, 1.0)
    # Only da has two letters.
    for letters in (1, 2):
        prefix, atom = PREFIXES.get(name[:letters]), ATOMS.get(name[letters:])
        if prefix is not None and atom is not None and atom.metric:
            return _of(atom, prefix)
    raise UnitError(f"{code!r} is no UCUM code: there is no unit {name!r} in our subset")


def _of(atom: Atom, prefix: float) -> Unit:
    if atom.scale:
        return Unit(prefix * atom.factor, NONE, 0.0, atom.scale)
    return Unit(prefix * atom.factor, atom.dimensions, atom.offset)


def _power(code: str, unit: Unit, power: int) -> Unit:
    _check_plain(code, unit)
    if power == 0:
        raise UnitError(f"{code!r} is no UCUM code: a power of 0")
    dimensions = _dimensions(power * one for one in unit.dimensions)
    try:
        return Unit(unit.factor**power, dimensions)
    except (OverflowError, ZeroDivisionError):
        raise UnitError(f"{code!r} is beyond all measure") from None


def _times(code: str, left: Unit, right: Unit, sign: int) -> Unit:
    _check_plain(code, left)
    _check_plain(code, right)
    pairs = zip(left.dimensions, right.dimensions, strict=True)
    factor = left.factor * right.factor**sign
    return Unit(factor, _dimensions(one + sign * other for one, other in pairs))


def _check_plain(code: str, unit: Unit) -> None:
    if unit.offset or unit.scale:
        raise UnitError(f"{code!r} is no UCUM code: a special unit stands alone")


def _dimensions(powers: Iterable[int]) -> Dimensions:
    length, time, mass, angle, temperature, charge, light = powers
    return (length, time, mass, angle, temperature, charge, light)
