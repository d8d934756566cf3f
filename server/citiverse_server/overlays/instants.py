"""Moments as sensors write them, in microseconds since 1970 UTC.

Real files have RFC 3339 (5.6), the same without a zone, ISO 8601 intervals "a/b", and numbers. An
interval stands for its end: that is when its value was known.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

MAX_LETTERS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(value: object, zone: tzinfo | None = None) -> int | None:
    """A moment, or None where it is none; numbers are seconds since 1970.

    `zone` is that of times which don't name theirs; without it those are none.
    """
    if isinstance(value, str):
        return _written(value, zone)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        micros = float(value) * 1_000_000
    except OverflowError:
        return None
    return round(micros) if math.isfinite(micros) else None


def rfc3339(us: int) -> str:
    """The moment as RFC 3339 in UTC, with as many digits after the second as it needs.

    Raises `OverflowError` before the year 1 and after 9999.
    """
    moment = (_EPOCH + timedelta(microseconds=us)).isoformat()
    return moment.removesuffix("+00:00").rstrip("0" if "." in moment else "") + "Z"


def _written(text: str, zone: tzinfo | None) -> int | None:
    if len(text) > MAX_LETTERS:
        return None
    begin, _, end = text.strip().partition("/")
    try:
        # "a/.." is an interval that hasn't ended (ISO 8601-2, 4.4).
        moment = datetime.fromisoformat(begin if end in ("", "..") else end)
        if moment.tzinfo is None:
            if zone is None:
                return None
            moment = moment.replace(tzinfo=zone)
        return round(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None
