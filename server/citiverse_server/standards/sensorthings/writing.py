"""Who may create Observations, and how they go into the same engine as those of all sources.

An Observation belongs to a Datastream whose source in the sensor file is of kind push; whoever
sends it has that source's credential, as a bearer token or as the password of HTTP Basic.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...ingest import BURST, RATE_PER_S, Refused, read_body
from ...limits import TokenBucket
from .address import address_of
from .creating import Target, new_observation, new_tables, observed, rows
from .problems import QueryError, missing, unsupported

if TYPE_CHECKING:
    from starlette.requests import Request

    from ...hub import Hub
    from ...overlays.reading import Observed
    from .address import Address
    from .creating import NewObservation, NewTable
    from .service import Service

DAY_US = 86_400_000_000
TABLES = "CreateObservations"
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Written:
    """Ids of Observations that outlive the power, in the order they were sent; None: not taken."""

    ids: tuple[str | None, ...]
    is_one: bool


class Writer:
    """Takes what is sent; each source may send so many requests a second."""

    def __init__(self, hub: Hub, service: Service) -> None:
        self._hub = hub
        self._service = service
        self._buckets: dict[str, TokenBucket] = {}

    async def take(self, request: Request) -> Written:
        """One POST. Raises `QueryError` and `StateError`."""
        path = str(request.path_params.get("path", "")).strip("/")
        address = None if path == TABLES else _of_observations(address_of(path))
        sources = self._sources(credential(request.headers.get("authorization", "")))
        for source in sources:
            self._spend(source)
        try:
            body = await read_body(request)
        except Refused as refused:
            raise QueryError(str(refused), refused.status) from None
        if address is None:
            taken = [one for table in new_tables(body) for one in await self._table(table, sources)]
        else:
            taken = [await self._one(new_observation(body), address, sources)]
        await self._keep([one for one in taken if one is not None])
        ids = tuple(None if one is None else f"{one.datastream}@{one.time_us}" for one in taken)
        return Written(ids, is_one=address is not None)

    async def _one(
        self, new: NewObservation, address: Address, sources: frozenset[str]
    ) -> Observed:
        named = None if new.datastream is None else str(new.datastream.id)
        key = address.steps[0].key or named
        if key is None or (named or key) != key:
            raise QueryError("An Observation needs one Datastream.")
        return observed(new, await self._target(key, sources), self._hub.now().micros)

    async def _table(self, table: NewTable, sources: frozenset[str]) -> list[Observed | None]:
        """Each row by itself: what can't be taken takes nothing else with it (12.2)."""
        target = await self._target(str(table.datastream.id), sources)
        found: list[Observed | None] = []
        for new in rows(table):
            try:
                now_us = self._hub.now().micros
                found.append(None if new is None else observed(new, target, now_us))
            except QueryError:
                found.append(None)
        return found

    async def _target(self, key: str, sources: frozenset[str]) -> Target:
        registry = self._hub.sensors.registry
        row = registry.datastream(key)
        if row is None:
            raise missing(f"There is no Datastream {key[:100]!r} here.")
        if registry.source_of(row) not in sources:
            raise QueryError(f"The Datastream {key[:100]!r} is not written to with this.", 403)
        catalogue = await self._service.catalogue()
        stream = catalogue.tables["Datastream"].row(key)
        if stream is None:
            raise missing(f"There is no Datastream {key[:100]!r} here.")
        feature = catalogue.tables["FeatureOfInterest"].keys[int(catalogue.features[stream])]
        days = self._hub.sensors.file.retention.raw_days
        oldest_us = self._hub.now().micros - days * DAY_US if days else 0
        return Target(registry.datastreams[row], feature, oldest_us)

    async def _keep(self, taken: list[Observed]) -> None:
        registry = self._hub.sensors.registry
        for number, one in enumerate(taken, 1):
            row = registry.datastream(one.datastream)
            self._hub.listening.receive(one, "" if row is None else registry.source_of(row))
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        await self._hub.sensors.stored(self._hub.now().micros)

    def _sources(self, given: str) -> frozenset[str]:
        """The sources that this is the credential of. Raises `QueryError` where it is none's."""
        found = frozenset(
            name
            for name, intake in self._hub.listening.intakes.items()
            if intake.source.kind == "push"
            and intake.token is not None
            and hmac.compare_digest(given.encode(), intake.token.encode())
        )
        if not found:
            raise QueryError("Who creates Observations needs the credential of a push source.", 401)
        return found

    def _spend(self, source: str) -> None:
        now = self._hub.now().monotonic
        bucket = self._buckets.setdefault(source, TokenBucket(RATE_PER_S, BURST, now))
        if not bucket.take(now):
            raise QueryError("More requests than this source may send; put more into each.", 429)


def credential(authorization: str) -> str:
    """The token of `Bearer`, or the password of `Basic` (RFC 6750, RFC 7617); else ""."""
    kind, _, given = authorization.partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _of_observations(address: Address) -> Address:
    """Raises `QueryError` where something else would be created."""
    last = address.steps[-1] if address.steps else None
    through = address.steps[:-1]
    if (
        last is None
        or last.target.name != "Observation"
        or last.key is not None
        or address.inner
        or address.ending
        or any(step.target.name != "Datastream" or step.key is None for step in through)
    ):
        raise unsupported("Only Observations can be created here.")
    return address
