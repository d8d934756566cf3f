"""Tells subscribers what has changed (5.8.6): the latest of it, no oftener than they want.

Entities are looked for, and a query is asked of them, when the notification is made: a value that
came and went between two notifications is told of by neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ...overlays.instants import rfc3339
from . import context, query
from .entity import written
from .latest import Asked
from .selection import there
from .subscribers import Rows
from .webhook import WebhookError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...overlays.model import Batch
    from .city import City
    from .directory import Directory, Entry
    from .entity import Json
    from .subscribers import Subscriber, Subscribers
    from .webhook import Sender

logger = logging.getLogger("citiverse.http")

PACE_S = 0.2
PATIENCE_S = 1.0
"""A directory that old will do, as in some cities things appear all the time."""
AT_ONCE = 8
MAX_ENTITIES = 200
"""In one notification; the others go with the next."""


class Notifier:
    """Runs for as long as the server does, once there is a subscriber."""

    def __init__(self, city: City, subscribers: Subscribers, sender: Sender) -> None:
        self._city = city
        self._subscribers = subscribers
        self._sender = sender
        self._changed = asyncio.Event()
        self._rows = Rows()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._sending: set[asyncio.Task[None]] = set()
        self._directory: Directory | None = None
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to listen; called again it changes nothing."""
        if self._running is None:
            self._city.sensors.hear(self.take)
            self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Ends what is being sent."""
        tasks = [*self._sending, *([self._running] if self._running else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def take(self, batch: Batch) -> None:
        """Observations that are new."""
        self._rows.add(batch.rows)
        self._changed.set()

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._round()
            except Exception:
                # One bad round must not silence all that come after it.
                logger.exception("Subscribers could not be told; they are with the next change.")
            if any(len(one.pending()) for one in self._subscribers):
                self._changed.set()
            await asyncio.sleep(PACE_S)

    async def _round(self) -> None:
        directory = await self._city.directory(PATIENCE_S)
        anew = self._directory is not directory
        looking = [one for one in self._subscribers if anew or one.concern is None]
        if looking:
            await asyncio.to_thread(_look, looking, directory)
        changed, self._rows = self._rows, Rows()
        for subscriber in self._subscribers:
            subscriber.waiting.join(changed)
            if subscriber.status(self._city.now_us) != "active":
                subscriber.waiting.clear()
            elif subscriber.busy or subscriber.due > self._now():
                continue
            elif len(subscriber.pending()):
                subscriber.busy = True
                task = asyncio.create_task(self._tell(subscriber, directory))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
        self._directory = directory

    async def _tell(self, subscriber: Subscriber, directory: Directory) -> None:
        try:
            async with self._places:
                rows = subscriber.pending()
                subscriber.waiting.clear()
                told, left = await self._chosen(subscriber, directory, rows.tolist())
                subscriber.waiting.add(left)
                if told:
                    await self._send(subscriber, told, rows)
        finally:
            subscriber.busy = False

    async def _chosen(
        self, subscriber: Subscriber, directory: Directory, rows: list[int]
    ) -> tuple[list[Json], NDArray[np.intp]]:
        """Entities as they are told, and the rows of those that have to wait for the next."""
        wanted = subscriber.subscription
        entries: dict[str, Entry] = {}
        left: list[int] = []
        for row in rows:
            found = directory.by_row.get(row)
            if found is None:
                # A thing that is new is told of when the directory has it.
                if not self._city.is_current(directory):
                    left.append(row)
                continue
            if not wanted.concerns(*found):
                continue
            if len(entries) >= MAX_ENTITIES and found[0].id not in entries:
                left.append(row)
            else:
                entries[found[0].id] = found[0]
        kept = list(entries.values())
        measured = [row for entry in kept for row in entry.measured.values()]
        values = await self._city.values(directory, measured)
        if wanted.place is not None:
            kept = there(kept, values, wanted.place)
        asked = [Asked(entry, values) for entry in kept]
        question = wanted.query
        return [
            written(one.entity(), wanted.style)
            for one in asked
            if question is None or query.holds(question, one)
        ], np.array(left, dtype=np.intp)

    async def _send(self, subscriber: Subscriber, told: list[Json], rows: NDArray[np.intp]) -> None:
        wanted = subscriber.subscription
        body: dict[str, Json] = {
            "id": f"urn:ngsi-ld:Notification:{secrets.token_hex(12)}",
            "type": "Notification",
            "subscriptionId": wanted.id,
            "notifiedAt": rfc3339(self._city.now_us),
            "data": told,
        }
        headers = dict(wanted.headers)
        if wanted.embedded:
            headers["content-type"] = "application/ld+json"
            body["@context"] = context.CORE
        else:
            headers["content-type"] = "application/json"
            headers["link"] = context.link_header(context.CORE)
        try:
            await self._sender.post(wanted.target, msgspec.json.encode(body), headers)
        except WebhookError as error:
            subscriber.waiting.add(rows)
            subscriber.failed(self._city.now_us, self._now())
            how = "given up" if subscriber.given_up else "tried again later"
            logger.warning(
                "The subscriber %s at %s can't be told: %s; it is %s.",
                wanted.id,
                wanted.target.place,
                error,
                how,
            )
        else:
            subscriber.succeeded(self._city.now_us, self._now())

    def _now(self) -> float:
        return self._city.monotonic


def _look(subscribers: list[Subscriber], directory: Directory) -> None:
    for subscriber in subscribers:
        subscriber.look(directory)
