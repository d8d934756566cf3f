"""How many comments one address and all together may send."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..errors import Refusal, RequestRefused
from ..limits import TokenBucket
from ..neighbourhood import neighbourhood

if TYPE_CHECKING:
    from ..config import Limits

# Who is forgotten begins anew; the limit for all holds meanwhile.
MAX_ADDRESSES = 4096
MINUTE_S = 60.0


class Rates:
    """One scene's; times in monotonic seconds."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._all = _bucket(limits.scene_comments_per_min, limits.scene_comment_burst, now)
        self._addresses: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, address: str, now: float, key: str | None = None) -> None:
        """Counts one comment; raises `RequestRefused` (`too-many-comments`).

        This machine's own address isn't counted: behind a proxy it is everyone's.
        """
        if not (self._may(address, now) and self._all.take(now)):
            raise too_many(key)

    def _may(self, address: str, now: float) -> bool:
        household = neighbourhood(address)
        if household is None:
            return True
        bucket = self._addresses.pop(household, None) or _bucket(
            self._limits.address_comments_per_min, self._limits.address_comment_burst, now
        )
        self._addresses[household] = bucket
        if len(self._addresses) > MAX_ADDRESSES:
            self._addresses.popitem(last=False)
        return bucket.take(now)


def session_bucket(limits: Limits, now: float) -> TokenBucket:
    """What one session may send."""
    return _bucket(limits.comments_per_min, limits.comment_burst, now)


def too_many(key: str | None) -> RequestRefused:
    """Slow down."""
    return RequestRefused(
        Refusal.TOO_MANY_COMMENTS,
        "Many comments came in a short time. Please wait a minute.",
        key,
    )


def _bucket(per_min: float, burst: float, now: float) -> TokenBucket:
    return TokenBucket(per_min / MINUTE_S, burst, now)
