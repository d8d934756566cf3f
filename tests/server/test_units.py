"""Units in UCUM: what is understood, what is turned into what, and how people's writing is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.units import UnitError, conversion, parse, ucum_of


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (100.0, "[degF]", "Cel", 37.7778),
        (20.0, "Cel", "K", 293.15),
        (1.5, "mg/m3", "ug/m3", 1500.0),
        (36.0, "km/h", "m/s", 10.0),
        (60.0, "[mi_i]/h", "km/h", 96.56064),
        (1013.25, "hPa", "kPa", 101.325),
        (760.0, "mm[Hg]", "hPa", 1013.25),
        (3.6e6, "J", "kW.h", 1.0),
        (1.0, "l/m2", "mm", 1.0),
        (1.0, "har", "m2", 10_000.0),
        (6.0, "B", "dB", 60.0),
        (90.0, "{vehicles}/h", "/min", 1.5),
        (400.0, "[ppm]", "%", 0.04),
        (1.0, "10*3.m3/d", "m3/h", 41.6667),
        (180.0, "deg", "rad", 3.14159),
    ],
)
def test_values_are_turned_into_another_unit(
    value: float, source: str, target: str, expected: float
) -> None:
    change = conversion(source, target)
    assert value * change.factor + change.offset == pytest.approx(expected, rel=1e-4)
    back = conversion(target, source)
    assert expected * back.factor + back.offset == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize(
    ("source", "target"),
    [("[ppm]", "ug/m3"), ("dB", "%"), ("dB[SPL]", "dB"), ("m", "m2"), ("W", "W.h")],
)
def test_what_measures_another_thing_is_refused(source: str, target: str) -> None:
    with pytest.raises(UnitError, match="measure different things"):
        conversion(source, target)


@pytest.mark.parametrize(
    "code", ["", "bananas", "ug/m3)", "(m", "Cel2", "Cel/m", "m//s", "m0", "0", "m^2", "(" * 9]
)
def test_what_is_no_code_is_told(code: str) -> None:
    with pytest.raises(UnitError, match="UCUM"):
        parse(code)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("µg/m³", "ug/m3"),
        ("μg/m³", "ug/m3"),
        ("°C", "Cel"),
        ("dB(A)", "dB[SPL]"),
        ("W/m²", "W/m2"),
        ("kWh", "kW.h"),
        ("ppm", "[ppm]"),
        ("%", "%"),
        ("", "1"),
        ("m³/s", "m3/s"),
        ("vehicles/h", "{vehicles}/h"),
        ("fish", ""),
    ],
)
def test_units_as_people_write_them_are_read(label: str, code: str) -> None:
    assert ucum_of(label) == code
    if code:
        parse(code)


@given(st.text(alphabet="mgsKWhCelu./()[]{}10*^-% 23", max_size=70))
def test_no_code_does_harm(code: str) -> None:
    try:
        unit = parse(code)
    except UnitError:
        return
    assert unit.factor > 0
