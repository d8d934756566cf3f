"""Who is told of what: subscriptions as they are kept, with their counters, in one file.

What waits to be told is the rows of datastreams that changed, and never their values: a slow
receiver gets the latest, and nothing grows with time.
"""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from ...errors import StateError
from ...overlays.instants import rfc3339
from ...state import make_state_folder
from . import context
from .problems import Kind, NgsiError, bad
from .subscription import understood

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from .directory import Directory
    from .entity import Json
    from .subscription import Subscription

logger = logging.getLogger("citiverse.http")

MAX_SUBSCRIPTIONS = 100
MAX_OF_ONE_SOURCE = 50
MAX_BYTES = 65_536
"""Of one as it is kept: all are written whenever one changes."""
OWNER = "citiverse:source"
"""Where the name of the source stands in what is kept."""
MAX_FAILURES = 20
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0


class Rows:
    """A set of rows that costs little to join with another: a column that grows."""

    def __init__(self) -> None:
        self._there = np.zeros(0, dtype=np.bool_)

    def add(self, rows: NDArray[np.integer]) -> None:
        """Takes some rows (n,)."""
        if len(rows):
            self._grow(int(rows.max()) + 1)
            self._there[rows] = True

    def join(self, other: Rows) -> None:
        """Takes all rows of another."""
        self._grow(len(other._there))
        self._there[: len(other._there)] |= other._there

    def found(self) -> NDArray[np.intp]:
        """All rows, ascending."""
        return np.flatnonzero(self._there)

    def clear(self) -> None:
        """Forgets them."""
        self._there[:] = False

    def _grow(self, size: int) -> None:
        if size > len(self._there):
            more = np.zeros(max(size, 2 * len(self._there)) - len(self._there), dtype=np.bool_)
            self._there = np.append(self._there, more)


@dataclass(slots=True)
class Counters:
    """What became of the notifications of one subscription; times in µs since 1970 UTC."""

    sent: int = 0
    failed: int = 0
    last_us: int | None = None
    success_us: int | None = None
    failure_us: int | None = None
    in_a_row: int = 0


@dataclass(slots=True, eq=False)
class Subscriber:
    """One subscription at work; `document` is what was written, `due` in monotonic seconds.

    `owner` is the source whose token made it; nobody else gets to see it.
    """

    document: dict[str, object]
    subscription: Subscription
    owner: str = ""
    counters: Counters = field(default_factory=Counters)
    waiting: Rows = field(default_factory=Rows)
    due: float = 0.0
    busy: bool = False
    given_up: bool = False
    concern: NDArray[np.bool_] | None = None

    def status(self, now_us: int) -> Literal["active", "paused", "expired"]:
        """As the standard has it (5.2.12)."""
        expires_us = self.subscription.expires_us
        if expires_us is not None and expires_us <= now_us:
            return "expired"
        return "active" if self.subscription.active and not self.given_up else "paused"

    def pending(self) -> NDArray[np.intp]:
        """The rows (n,) that changed and are of concern; those that are new perhaps are."""
        found = self.waiting.found()
        if self.concern is None:
            return found
        known = found < len(self.concern)
        known[known] = self.concern[found[known]]
        return found[known | (found >= len(self.concern))]

    def look(self, directory: Directory) -> None:
        """Finds the rows that are of concern, anew for each directory."""
        size = int(directory.rows[-1]) + 1 if len(directory.rows) else 0
        rows = np.zeros(size, dtype=np.bool_)
        for row, (entry, attribute) in directory.by_row.items():
            rows[row] = self.subscription.concerns(entry, attribute)
        self.concern = rows

    def succeeded(self, now_us: int, now: float) -> None:
        """The receiver has taken a notification."""
        counters = self.counters
        counters.sent += 1
        counters.in_a_row = 0
        counters.last_us = counters.success_us = now_us
        self.due = now + self.subscription.throttling_s

    def failed(self, now_us: int, now: float) -> None:
        """The receiver hasn't: it is asked again after ever longer pauses, and given up at last."""
        counters = self.counters
        counters.sent += 1
        counters.failed += 1
        counters.in_a_row += 1
        counters.last_us = counters.failure_us = now_us
        pause_s = min(FIRST_PAUSE_S * 2.0 ** (counters.in_a_row - 1), LONGEST_PAUSE_S)
        self.due = now + max(pause_s, self.subscription.throttling_s)
        if counters.in_a_row >= MAX_FAILURES:
            self.given_up = True
            self.waiting.clear()

    def told(self, now_us: int) -> dict[str, Json]:
        """As it is answered: what was written, its status, and its counters (5.2.14.2)."""
        counters = self.counters
        document: dict[str, Json] = msgspec.convert(self.document, dict)
        document.pop("@context", None)
        notification: dict[str, Json] = dict(msgspec.convert(document["notification"], dict))
        notification |= {"timesSent": counters.sent, "timesFailed": counters.failed}
        if counters.sent:
            notification["status"] = "failed" if counters.in_a_row else "ok"
        for name, moment in (
            ("lastNotification", counters.last_us),
            ("lastSuccess", counters.success_us),
            ("lastFailure", counters.failure_us),
        ):
            if moment is not None:
                notification[name] = rfc3339(moment)
        status = self.status(now_us)
        return document | {
            "notification": notification,
            "status": status,
            "isActive": status == "active",
        }


class Subscribers:
    """All of them by id, in the order they were made; a change that returns is on the disk."""

    def __init__(self, file: Path | None) -> None:
        """`file` none: they are forgotten when the server ends."""
        self._file = file
        self._all: dict[str, Subscriber] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(tuple(self._all.values()))

    def load(self, now_us: int) -> None:
        """Takes up those that were kept; what can't be understood any more is told and left out."""
        if self._file is None or not self._file.is_file():
            return
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=list[dict[str, object]])
        except (OSError, msgspec.MsgspecError) as error:
            logger.error("%s can't be read, so nobody is told: %s.", self._file, error)
            return
        for document in kept[:MAX_SUBSCRIPTIONS]:
            owner = str(document.pop(OWNER, ""))
            if not owner:
                logger.warning("A subscription of %s is nobody's and left out.", self._file)
                continue
            try:
                # One that has expired meanwhile is none any more.
                found = understood(document, context.names_of(document.get("@context")), now_us)
            except NgsiError as error:
                logger.warning("A subscription of %s is left out: %s", self._file, error)
                continue
            self._all[found.id] = Subscriber(document, found, owner)

    def of(self, owner: str) -> list[Subscriber]:
        """Those of one source."""
        return [one for one in self._all.values() if one.owner == owner]

    def get(self, identity: str, owner: str) -> Subscriber:
        """One of a source's; raises `NgsiError`."""
        found = self._all.get(identity)
        if found is None or found.owner != owner:
            raise NgsiError(Kind.RESOURCE_NOT_FOUND, "There is no subscription with this id.")
        return found

    def add(self, document: Mapping[str, object], now_us: int, owner: str) -> Subscriber:
        """A new one; raises `NgsiError` and `StateError`."""
        most, there = (
            (MAX_SUBSCRIPTIONS, len(self._all))
            if len(self._all) >= MAX_SUBSCRIPTIONS
            else (MAX_OF_ONE_SOURCE, len(self.of(owner)))
        )
        if there >= most:
            raise NgsiError(Kind.TOO_MANY_RESULTS, f"There are {most} subscriptions already.")
        whole = dict(document)
        whole.setdefault("id", f"urn:ngsi-ld:Subscription:{secrets.token_hex(12)}")
        made = Subscriber(whole, _understood(whole, now_us), owner)
        if made.subscription.id in self._all:
            raise NgsiError(Kind.ALREADY_EXISTS, "There is a subscription with this id.")
        self._all[made.subscription.id] = made
        self._keep()
        return made

    def change(
        self, identity: str, changes: Mapping[str, object], now_us: int, owner: str
    ) -> Subscriber:
        """One with some of its members replaced (5.8.2); raises `NgsiError` and `StateError`."""
        former = self.get(identity, owner)
        if changes.get("id", identity) != identity:
            raise bad("The id of a subscription stays.")
        merged = {**former.document, **changes, "id": identity}
        whole = {name: said for name, said in merged.items() if said is not None}
        subscription = _understood(whole, now_us)
        made = Subscriber(whole, subscription, owner, former.counters, former.waiting)
        made.counters.in_a_row = 0
        self._all[identity] = made
        self._keep()
        return made

    def remove(self, identity: str, owner: str) -> None:
        """Away with one; raises `NgsiError` and `StateError`."""
        self.get(identity, owner).waiting.clear()
        del self._all[identity]
        self._keep()

    def _keep(self) -> None:
        """Written aside and put in place: it is whole, whenever the power goes."""
        if self._file is None:
            return
        fresh = self._file.with_name(f".{self._file.name}")
        body = msgspec.json.encode(
            [{**one.document, OWNER: one.owner} for one in self._all.values()]
        )
        try:
            make_state_folder(self._file.parent)
            # Headers for receivers may be credentials.
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise StateError(f"subscriptions can't be kept ({reason})", self._file) from None


def _understood(document: Mapping[str, object], now_us: int) -> Subscription:
    if len(msgspec.json.encode(document)) > MAX_BYTES:
        raise NgsiError(Kind.TOO_LARGE, f"A subscription has at most {MAX_BYTES} bytes.")
    return understood(document, context.names_of(document.get("@context")), now_us)
