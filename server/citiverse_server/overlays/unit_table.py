"""Units of UCUM that cities measure in, by case-sensitive codes (UCUM 2.2, tables 1 to 17)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

Dimensions: TypeAlias = tuple[int, int, int, int, int, int, int]
"""Powers of m, s, g, rad, K, C and cd, the base units of UCUM."""


@dataclass(frozen=True, slots=True)
class Atom:
    """`value × factor + offset` in base units; `metric` takes prefixes; `scale` as in `Unit`."""

    factor: float
    dimensions: Dimensions = (0, 0, 0, 0, 0, 0, 0)
    metric: bool = False
    offset: float = 0.0
    scale: str = ""


PREFIXES = {
    "Y": 1e24,
    "Z": 1e21,
    "E": 1e18,
    "P": 1e15,
    "T": 1e12,
    "G": 1e9,
    "M": 1e6,
    "k": 1e3,
    "h": 1e2,
    "da": 1e1,
    "d": 1e-1,
    "c": 1e-2,
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
    "a": 1e-18,
}

_LENGTH = (1, 0, 0, 0, 0, 0, 0)
_AREA = (2, 0, 0, 0, 0, 0, 0)
_VOLUME = (3, 0, 0, 0, 0, 0, 0)
_TIME = (0, 1, 0, 0, 0, 0, 0)
_MASS = (0, 0, 1, 0, 0, 0, 0)
_ANGLE = (0, 0, 0, 1, 0, 0, 0)
_HEAT = (0, 0, 0, 0, 1, 0, 0)
_CHARGE = (0, 0, 0, 0, 0, 1, 0)
_LIGHT = (0, 0, 0, 0, 0, 0, 1)
_RATE = (0, -1, 0, 0, 0, 0, 0)
_FORCE = (1, -2, 1, 0, 0, 0, 0)
_PRESSURE = (-1, -2, 1, 0, 0, 0, 0)
_ENERGY = (2, -2, 1, 0, 0, 0, 0)
_POWER = (2, -3, 1, 0, 0, 0, 0)
_SPEED = (1, -1, 0, 0, 0, 0, 0)
_DOSE = (2, -2, 0, 0, 0, 0, 0)

ATOMS = {
    "m": Atom(1.0, _LENGTH, metric=True),
    "s": Atom(1.0, _TIME, metric=True),
    "g": Atom(1.0, _MASS, metric=True),
    "rad": Atom(1.0, _ANGLE, metric=True),
    "K": Atom(1.0, _HEAT, metric=True),
    "C": Atom(1.0, _CHARGE, metric=True),
    "cd": Atom(1.0, _LIGHT, metric=True),
    "%": Atom(1e-2),
    "[ppth]": Atom(1e-3),
    "[ppm]": Atom(1e-6),
    "[ppb]": Atom(1e-9),
    "[pptr]": Atom(1e-12),
    "[pi]": Atom(math.pi),
    "mol": Atom(6.0221367e23, metric=True),
    "sr": Atom(1.0, (0, 0, 0, 2, 0, 0, 0), metric=True),
    "Hz": Atom(1.0, _RATE, metric=True),
    "N": Atom(1e3, _FORCE, metric=True),
    "Pa": Atom(1e3, _PRESSURE, metric=True),
    "J": Atom(1e3, _ENERGY, metric=True),
    "W": Atom(1e3, _POWER, metric=True),
    "A": Atom(1.0, (0, -1, 0, 0, 0, 1, 0), metric=True),
    "V": Atom(1e3, (2, -2, 1, 0, 0, -1, 0), metric=True),
    "F": Atom(1e-3, (-2, 2, -1, 0, 0, 2, 0), metric=True),
    "Ohm": Atom(1e3, (2, -1, 1, 0, 0, -2, 0), metric=True),
    "S": Atom(1e-3, (-2, 1, -1, 0, 0, 2, 0), metric=True),
    "Wb": Atom(1e3, (2, -1, 1, 0, 0, -1, 0), metric=True),
    "T": Atom(1e3, (0, -1, 1, 0, 0, -1, 0), metric=True),
    "H": Atom(1e3, (2, 0, 1, 0, 0, -2, 0), metric=True),
    "Cel": Atom(1.0, _HEAT, metric=True, offset=273.15),
    "[degF]": Atom(5 / 9, _HEAT, offset=459.67 * 5 / 9),
    "lm": Atom(1.0, (0, 0, 0, 2, 0, 0, 1), metric=True),
    "lx": Atom(1.0, (-2, 0, 0, 2, 0, 0, 1), metric=True),
    "Bq": Atom(1.0, _RATE, metric=True),
    "Gy": Atom(1.0, _DOSE, metric=True),
    "Sv": Atom(1.0, _DOSE, metric=True),
    "l": Atom(1e-3, _VOLUME, metric=True),
    "L": Atom(1e-3, _VOLUME, metric=True),
    "ar": Atom(100.0, _AREA, metric=True),
    "min": Atom(60.0, _TIME),
    "h": Atom(3600.0, _TIME),
    "d": Atom(86_400.0, _TIME),
    "wk": Atom(604_800.0, _TIME),
    "mo": Atom(2_629_800.0, _TIME),
    "a": Atom(31_557_600.0, _TIME),
    "t": Atom(1e6, _MASS, metric=True),
    "bar": Atom(1e8, _PRESSURE, metric=True),
    "atm": Atom(101_325_000.0, _PRESSURE),
    "m[H2O]": Atom(9.80665e6, _PRESSURE, metric=True),
    "m[Hg]": Atom(1.333220e8, _PRESSURE, metric=True),
    "eV": Atom(1.60217733e-16, _ENERGY, metric=True),
    "cal": Atom(4184.0, _ENERGY, metric=True),
    "deg": Atom(math.pi / 180, _ANGLE),
    "gon": Atom(math.pi / 200, _ANGLE),
    "'": Atom(math.pi / 10_800, _ANGLE),
    "''": Atom(math.pi / 648_000, _ANGLE),
    "circ": Atom(2 * math.pi, _ANGLE),
    "[in_i]": Atom(0.0254, _LENGTH),
    "[ft_i]": Atom(0.3048, _LENGTH),
    "[yd_i]": Atom(0.9144, _LENGTH),
    "[mi_i]": Atom(1609.344, _LENGTH),
    "[nmi_i]": Atom(1852.0, _LENGTH),
    "[kn_i]": Atom(1852.0 / 3600.0, _SPEED),
    "[lb_av]": Atom(453.59237, _MASS),
    "[psi]": Atom(6_894_757.293168, _PRESSURE),
    "[gal_us]": Atom(3.785411784e-3, _VOLUME),
    "B": Atom(1.0, metric=True, scale="B"),
    "Np": Atom(1.0, metric=True, scale="Np"),
    "B[SPL]": Atom(1.0, metric=True, scale="B[SPL]"),
    "B[W]": Atom(1.0, metric=True, scale="B[W]"),
    "[pH]": Atom(1.0, scale="[pH]"),
    "bit": Atom(1.0, metric=True),
    "By": Atom(8.0, metric=True),
}

LABELS = {
    "": "1",
    "°c": "Cel",
    "degc": "Cel",
    "deg c": "Cel",
    "celsius": "Cel",
    "°f": "[degF]",
    "fahrenheit": "[degF]",
    "percent": "%",
    "% rh": "%",
    "%rh": "%",
    "ppm": "[ppm]",
    "ppb": "[ppb]",
    "db": "dB",
    # UCUM knows no weighting of sound: the observed property says which.
    "db(a)": "dB[SPL]",
    "dba": "dB[SPL]",
    "lux": "lx",
    "lx": "lx",
    "ph": "[pH]",
    "km/h": "km/h",
    "kmh": "km/h",
    "kph": "km/h",
    "mph": "[mi_i]/h",
    "kn": "[kn_i]",
    "knots": "[kn_i]",
    "kwh": "kW.h",
    "mwh": "MW.h",
    "wh": "W.h",
    "psi": "[psi]",
    "mbar": "mbar",
    "hpa": "hPa",
    "vehicles/h": "{vehicles}/h",
    "bikes/h": "{bikes}/h",
    "people/h": "{people}/h",
    "vehicles": "{vehicles}",
    "bikes": "{bikes}",
    "people": "{people}",
    "count": "{count}",
    "index": "{index}",
    "litres": "l",
    "hours": "h",
    "minutes": "min",
    "seconds": "s",
}
"""Units as people write them, in lower case, where the signs alone don't tell."""
