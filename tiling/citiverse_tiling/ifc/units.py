"""The units of a model: how long one is in metres, and how it is written beside a value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ifcopenshell import entity_instance, file

_PREFIXES = {
    "EXA": (1e18, "E"),
    "PETA": (1e15, "P"),
    "TERA": (1e12, "T"),
    "GIGA": (1e9, "G"),
    "MEGA": (1e6, "M"),
    "KILO": (1e3, "k"),
    "HECTO": (1e2, "h"),
    "DECA": (1e1, "da"),
    "DECI": (1e-1, "d"),
    "CENTI": (1e-2, "c"),
    "MILLI": (1e-3, "m"),
    "MICRO": (1e-6, "µ"),
    "NANO": (1e-9, "n"),
    "PICO": (1e-12, "p"),
    "FEMTO": (1e-15, "f"),
    "ATTO": (1e-18, "a"),
}
_NAMES = {
    "METRE": "m",
    "SQUARE_METRE": "m2",
    "CUBIC_METRE": "m3",
    "GRAM": "g",
    "SECOND": "s",
    "HERTZ": "Hz",
    "KELVIN": "K",
    "DEGREE_CELSIUS": "°C",
    "AMPERE": "A",
    "VOLT": "V",
    "WATT": "W",
    "NEWTON": "N",
    "LUX": "lx",
    "LUMEN": "lm",
    "CANDELA": "cd",
    "PASCAL": "Pa",
    "JOULE": "J",
    "RADIAN": "rad",
    "STERADIAN": "sr",
    "MOLE": "mol",
    "OHM": "ohm",
    "COULOMB": "C",
    "FARAD": "F",
    "HENRY": "H",
    "WEBER": "Wb",
    "TESLA": "T",
    "SIEMENS": "S",
    "BECQUEREL": "Bq",
    "GRAY": "Gy",
    "SIEVERT": "Sv",
}
_KINDS = {
    "LENGTHMEASURE": "LENGTHUNIT",
    "POSITIVELENGTHMEASURE": "LENGTHUNIT",
    "NONNEGATIVELENGTHMEASURE": "LENGTHUNIT",
    "POSITIVEPLANEANGLEMEASURE": "PLANEANGLEUNIT",
    "LINEARVELOCITYMEASURE": "LINEARVELOCITYUNIT",
}
"""Measures whose unit isn't called like them; the others are, without MEASURE."""

_SQUARES = {"m2": 2, "m3": 3}


class Units:
    """The units of a project (IfcUnitAssignment), by their type, each with its sign."""

    def __init__(self, model: file) -> None:
        self._signs: dict[str, str] = {}
        self._of_measure: dict[str, str] = {}
        self.metres = 1.0
        self.radians = 1.0
        for project in model.by_type("IfcProject"):
            assigned = project.UnitsInContext
            for unit in (assigned.Units if assigned else None) or ():
                kind = getattr(unit, "UnitType", None)
                if kind is None or kind in self._signs:
                    continue
                self._signs[kind] = sign(unit)
                if kind == "LENGTHUNIT":
                    self.metres = in_si(unit)
                elif kind == "PLANEANGLEUNIT":
                    self.radians = in_si(unit)

    def of_measure(self, measure: str) -> str:
        """The sign of the unit of values of a type such as IfcLengthMeasure, "" for none."""
        if measure not in self._of_measure:
            name = measure.removeprefix("Ifc").upper()
            kind = _KINDS.get(name) or f"{name.removesuffix('MEASURE')}UNIT"
            self._of_measure[measure] = self._signs.get(kind, "") if "MEASURE" in name else ""
        return self._of_measure[measure]


def sign(unit: entity_instance) -> str:
    """How a unit is written."""
    if unit.is_a("IfcSIUnit"):
        prefix = _PREFIXES[unit.Prefix][1] if unit.Prefix in _PREFIXES else ""
        return prefix + _NAMES.get(unit.Name, str(unit.Name).lower().replace("_", " "))
    if unit.is_a("IfcMonetaryUnit"):
        return str(unit.Currency)
    if unit.is_a("IfcDerivedUnit"):
        signs = [(sign(one.Unit), one.Exponent) for one in unit.Elements or ()]
        return "·".join(name if power == 1 else f"{name}^{power}" for name, power in signs)
    return str(getattr(unit, "Name", None) or "").lower()


def in_si(unit: entity_instance | None, depth: int = 0) -> float:
    """How many metres, radians … a unit has; 1 where that can't be told."""
    if unit is None or depth > 8:
        return 1.0
    if unit.is_a("IfcSIUnit"):
        factor = _PREFIXES[unit.Prefix][0] if unit.Prefix in _PREFIXES else 1.0
        return float(factor ** _SQUARES.get(_NAMES.get(unit.Name, ""), 1))
    if unit.is_a("IfcConversionBasedUnit"):
        measure: Any = unit.ConversionFactor
        value = float(measure.ValueComponent.wrappedValue)
        return value * in_si(measure.UnitComponent, depth + 1)
    return 1.0


def is_sound(metres: float) -> bool:
    """Whether buildings are drawn in units of so many metres: a micrometre to ten kilometres."""
    return math.isfinite(metres) and 1e-6 <= metres <= 1e4
