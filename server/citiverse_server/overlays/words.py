"""A datastream in a sentence that a citizen can read: its value, how old it is, what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..quality.report import SAID
from .model import Rejected

if TYPE_CHECKING:
    from .ledger import Account
    from .model import Datastream

REASONS = {
    Rejected.TOO_LARGE: "it is too large",
    Rejected.UNREADABLE: "it can't be read",
    Rejected.NO_VALUE: "there is no number in the place that the sensor file names",
    Rejected.NOT_FINITE: "its value is no finite number",
    Rejected.OUT_OF_RANGE: "its place isn't on Earth",
    Rejected.BAD_TIME: "its time can't be read, or is long ago",
    Rejected.FUTURE: "its time is in the future",
    Rejected.UNKNOWN_TIME: "the broker had kept it, and it doesn't say how old it is",
    Rejected.UNKNOWN_TOPIC: "the sensor file has no datastream for its topic",
    Rejected.UNKNOWN_THING: "the sensor file knows no such thing",
    Rejected.UNKNOWN_DATASTREAM: "nobody described its datastream",
    Rejected.WRONG_UNIT: "its unit measures something else, or isn't known",
    Rejected.TOO_MANY: "there are too many things or datastreams already",
}
_STEPS = ((1, "second"), (60, "minute"), (3600, "hour"), (86_400, "day"), (31_557_600, "year"))


def is_stale(datastream: Datastream, account: Account, now_us: int) -> bool:
    """Whether its latest value is older than it may be, or there is none."""
    if account.time_us is None:
        return True
    return now_us - account.time_us > datastream.stale_after_s * 1e6


def doubts(quality: int) -> list[str]:
    """What speaks against a value."""
    return [words for bit, words in SAID.items() if quality & bit]


def in_words(datastream: Datastream, account: Account, now_us: int) -> str:
    """All of it, one to three sentences."""
    refused = ""
    if account.reason is not None and (account.refused_us or 0) > (account.arrival_us or 0):
        refused = f" The last message was left out: {REASONS[account.reason]}."
    if account.time_us is None:
        return f"No value has come yet.{refused}"
    value = f"{account.value:.6g} {datastream.unit}".strip()
    since = ago(now_us - account.time_us)
    doubted = doubts(account.quality)
    doubt = f" It is doubtful: {' and '.join(doubted)}." if doubted else ""
    if is_stale(datastream, account, now_us):
        return f"No news. The last value was {value}, {since}.{doubt}{refused}"
    return f"{value}, {since}.{doubt}{refused}"


def ago(age_us: int) -> str:
    """How long ago, in its largest whole unit."""
    seconds = age_us // 1_000_000
    if seconds < 1:
        return "just now"
    length, name = next(step for step in reversed(_STEPS) if seconds >= step[0])
    count = seconds // length
    return f"{count} {name}{'s' if count > 1 else ''} ago"
