"""Units as platforms name them: for people, and as UCUM for machines.

Implements a subset: the codes of UN/CEFACT Recommendation 20 that the Smart Data Models use. What
isn't here is kept as its text, without UCUM.
"""

from __future__ import annotations

from typing import NamedTuple

from ..units import ucum_of
from .documents import mapping, text


class Unit(NamedTuple):
    """For people, and in UCUM (case sensitive); each "" where nobody says."""

    text: str
    ucum: str


NONE = Unit("", "")
MICROGRAMS = Unit("µg/m³", "ug/m3")
MILLIGRAMS = Unit("mg/m³", "mg/m3")
CELSIUS = Unit("°C", "Cel")
SHARE = Unit("", "1")
PERCENT = Unit("%", "%")
DECIBELS = Unit("dB(A)", "dB[SPL]")
METRES = Unit("m", "m")
METRES_PER_SECOND = Unit("m/s", "m/s")
KILOMETRES_PER_HOUR = Unit("km/h", "km/h")
DEGREES = Unit("°", "deg")
HECTOPASCALS = Unit("hPa", "hPa")
MILLIMETRES = Unit("mm", "mm")
LUX = Unit("lx", "lx")
SECONDS = Unit("s", "s")
VEHICLES = Unit("vehicles", "{vehicles}")
PEOPLE = Unit("people", "{people}")
PARTS_PER_MILLION = Unit("ppm", "[ppm]")
PARTS_PER_BILLION = Unit("ppb", "[ppb]")
KILOWATTS = Unit("kW", "kW")
KILOWATT_HOURS = Unit("kWh", "kW.h")

COMMON_CODES = {
    "2N": Unit("dB", "dB"),
    "4K": Unit("mA", "mA"),
    "59": PARTS_PER_MILLION,
    "61": PARTS_PER_BILLION,
    "A97": HECTOPASCALS,
    "C62": SHARE,
    "CEL": CELSIUS,
    "CMT": Unit("cm", "cm"),
    "DD": DEGREES,
    "FAR": Unit("F", "F"),
    "GP": MILLIGRAMS,
    "GQ": MICROGRAMS,
    "KEL": Unit("K", "K"),
    "KMH": KILOMETRES_PER_HOUR,
    "KMT": Unit("km", "km"),
    "KPA": Unit("kPa", "kPa"),
    "KWH": KILOWATT_HOURS,
    "KWT": KILOWATTS,
    "LUX": LUX,
    "MMT": MILLIMETRES,
    "MTR": METRES,
    "MTS": METRES_PER_SECOND,
    "P1": PERCENT,
    "PAL": Unit("Pa", "Pa"),
    "SEC": SECONDS,
    "VLT": Unit("V", "V"),
    "WTT": Unit("W", "W"),
}
"""UN/CEFACT Recommendation 20: what `unitCode` of NGSI-LD holds (ETSI GS CIM 009, 4.5.2)."""

UCUM_PREFIX = "ucum:"


def by_code(code: object) -> Unit:
    """The unit of a UN/CEFACT common code; an unknown one is its own text."""
    word = text(code, 64)
    return COMMON_CODES.get(word, Unit(word, ""))


def of_measurement(unit: object) -> Unit:
    """The unit of a `unitOfMeasurement` {name, symbol, definition} (SensorThings 1.1, 8.2.4)."""
    found = mapping(unit)
    symbol, definition = text(found.get("symbol"), 64), text(found.get("definition"), 64)
    said = definition.removeprefix(UCUM_PREFIX) if definition.startswith(UCUM_PREFIX) else ""
    return Unit(symbol, said or ucum_of(symbol))
