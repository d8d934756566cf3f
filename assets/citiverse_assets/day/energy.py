"""What buildings need: heat by age and by cold, electricity by who is in."""

from __future__ import annotations

from citiverse_assets.day import weather
from citiverse_assets.day.rhythm import hour, is_weekend, peak, unrest


def heat_loss(year: int) -> float:
    """W/m² for each degree that it is colder outside, by the year in which it was built."""
    return 1.9 if year < 1919 else 1.6 if year < 1978 else 1.1 if year < 2002 else 0.6


def heat(time_s: float, year: int, worn: float = 1.0) -> float:
    """Heating in W/m² of floor: colder outside, more inside; most in the morning and evening.

    `worn` is 1 for a house as it was built, less where it was insulated since, more where it leaks.
    """
    cold = max(16.0 - weather.temperature(time_s), 0.0)
    now = hour(time_s)
    habit = 0.75 + 0.4 * peak(now, 7.0, 1.3) + 0.35 * peak(now, 19.5, 2.2)
    return 1.5 + worn * heat_loss(year) * cold * habit


def school_power(time_s: float) -> float:
    """Electric power of the school in kW: lessons, lunch, and the gym in the evening."""
    now = hour(time_s)
    lessons = peak(now, 10.5, 2.6) * (0.25 if is_weekend(time_s) else 1.0)
    return 4.5 + 31.0 * lessons + 9.0 * peak(now, 18.5, 1.2) + unrest(time_s, 0.9)


def roof_power(time_s: float, square_metres: float) -> float:
    """What a roof of solar cells yields in kW."""
    return max(weather.sunshine(time_s) * 0.19 * square_metres / 1_000.0, 0.0)
