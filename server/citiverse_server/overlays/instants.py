"""Moments as sensors write them, in microseconds since 1970 UTC.

Real files have RFC 3339 (5.6), the same without a zone, ISO 8601 intervals "a/b", and numbers of
seconds or milliseconds since 1970. An interval stands for its end: then its value was known.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

MAX_LETTERS = 80
MILLISECONDS_FROM = 1e11
_COUNT = re.compile(r"[ ]*[0-9]{9,14}(\.[0-9]{0,9})?[ ]*")
"""Seconds or milliseconds as a table has them; what is shorter may be a date, 20261120."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(value: object, zone: tzinfo | None = None) -> int | None:
    """A moment, or None where it is none; numbers are since 1970, in seconds or milliseconds.

    `zone` is that of times which don't name theirs; without it those are none.
    """
    if isinstance(value, str):
        return _counted(float(value)) if _COUNT.fullmatch(value) else _written(value, zone)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return _counted(float(value))
    except OverflowError:
        return None


def rfc3339(us: int) -> str:
    """The moment as RFC 3339 in UTC, with as many digits after the second as it needs.

    Raises `OverflowError` before the year 1 and after 9999.
    """
    moment = (_EPOCH + timedelta(microseconds=us)).isoformat()
    return moment.removesuffix("+00:00").rstrip("0" if "." in moment else "") + "Z"


def _counted(since: float) -> int | None:
    """Seconds, or milliseconds: nobody means a day after the year 5000."""
    micros = since * (1_000_000 if since < MILLISECONDS_FROM else 1_000)
    return round(micros) if math.isfinite(micros) else None


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
