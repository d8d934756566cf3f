"""How many comments one address and all together may send."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import TYPE_CHECKING

from ..errors import Refusal, RequestRefused
from ..limits import TokenBucket

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
        neighbourhood = _neighbourhood(address)
        if neighbourhood is None:
            return True
        bucket = self._addresses.pop(neighbourhood, None) or _bucket(
            self._limits.address_comments_per_min, self._limits.address_comment_burst, now
        )
        self._addresses[neighbourhood] = bucket
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


def _neighbourhood(address: str) -> str | None:
    """What one household has: an IPv4 address, or the first 64 bits of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
