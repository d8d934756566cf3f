"""The sources of the sensor file, heard for as long as the server runs, and the tick."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from functools import partial
from typing import TYPE_CHECKING

from .errors import ConfigError
from .overlays.model import Rejected
from .overlays.registry import RegistryError
from .overlays.sensor_file import SensorFile, read_sensor_file
from .overlays.sources.intake import Intake
from .sensors import Sensors
from .state import state_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from .clock import Clock
    from .config import ServerConfig
    from .observations.store import ObservationStore
    from .overlays.reading import Arrival, Feed
    from .overlays.sensor_file import SourceSettings

logger = logging.getLogger("citiverse.sensors")

LEAST_PAUSE_S, MOST_PAUSE_S = 0.001, 0.1
REST = 0.5
"""After a tick, others have so many times as long as it took."""
WAIT_S = 0.05
"""How exact the times are that something waits for."""
REMEMBER_S = 600.0
"""So much of what the judge has learned is lost at most when the process is killed."""
PATIENCE = 256
"""So many arrivals of one source are taken before others have their turn."""


class Listening:
    """Hears the sources of the sensor file, and `feed`, for as long as its tasks run."""

    def __init__(self, sensors: Sensors, clock: Clock, feed: Feed | None = None) -> None:
        self.sensors = sensors
        self._clock = clock
        self._feed = feed
        self._arrived = asyncio.Event()
        self._failed_at: set[str] = set()
        self.intakes = {source.name: self._intake(source) for source in sensors.file.sources}

    def tasks(self, tell: Callable[[], bool]) -> Iterator[Coroutine[None, None, None]]:
        """What runs beside the server; `tell` says what is new, and whether more is yet to say."""
        yield self._tick(tell)
        yield self._remember()
        if self._feed is not None:
            yield self._listen("mqtt", self._feed())
        if not self.intakes:
            return
        # The ways in have libraries that no city without sensors should pay for.
        from .overlays.sources.kinds import kind_of

        for name, intake in self.intakes.items():
            arrivals = kind_of(intake.source.kind).arrivals
            # Some are only sent to.
            if arrivals is not None and intake.source.url:
                yield self._listen(name, arrivals(intake))

    async def close(self) -> None:
        """Keeps what was received."""
        self.sensors.advance(self._clock.micros())
        self.sensors.remember()
        if self.sensors.store is not None:
            await self.sensors.store.close()

    def receive(self, arrival: Arrival, source: str) -> None:
        """Takes what a source brings."""
        self.sensors.receive(arrival, self._clock.micros(), source)
        self._arrived.set()

    def _receive_any(self, arrival: Arrival, source: str) -> None:
        """One arrival that this program fails at must not silence its source."""
        try:
            self.receive(arrival, source)
        except Exception:
            if source not in self._failed_at:
                self._failed_at.add(source)
                logger.exception("%s brought what this program fails at; it is left out.", source)
            self._reject(source, Rejected.UNREADABLE)

    def _intake(self, source: SourceSettings) -> Intake:
        return Intake(
            source=source,
            topics=self.sensors.mapping.topics(source.name),
            environment=os.environ,
            registry=self.sensors.registry,
            stored=self._stored,
            lost=partial(self.sensors.lose, source.name),
            reject=partial(self._reject, source.name),
            now_us=self._clock.micros,
        )

    def _reject(self, source: str, reason: Rejected) -> None:
        self.sensors.refuse(source, reason, self._clock.micros())

    async def _listen(self, source: str, arrivals: AsyncIterator[Arrival]) -> None:
        taken = 0
        try:
            async for arrival in arrivals:
                self._receive_any(arrival, source)
                taken += 1
                if taken % PATIENCE == 0:
                    await asyncio.sleep(0)
        except Exception:
            # One source's bug must not take the city down; it is loud in the log and counted.
            self.sensors.lose(source)
            logger.exception("The source %s failed; it is silent from now on.", source)

    async def _stored(self) -> None:
        await self.sensors.stored(self._clock.micros())

    async def _remember(self) -> None:
        while True:
            await asyncio.sleep(REMEMBER_S)
            await asyncio.to_thread(self.sensors.remember)

    async def _tick(self, tell: Callable[[], bool]) -> None:
        """What comes after a pause is told at once; what comes meanwhile is told together.

        Telling takes two thirds of the time at most, however much there is and to however many.
        """
        waits = await self.sensors.recall() and tell()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S if waits else None):
                    await self._arrived.wait()
            self._arrived.clear()
            began = self._clock.monotonic()
            self.sensors.advance(self._clock.micros())
            await self.sensors.recall()
            waits = tell()
            took = self._clock.monotonic() - began
            await asyncio.sleep(min(MOST_PAUSE_S, max(LEAST_PAUSE_S, REST * took)))


def sensors_of(config: ServerConfig) -> Sensors:
    """The engine for a server's sensor file, with its store and judge; without a file, none of it.

    Raises `ConfigError` where the file can't be used.
    """
    if config.sensors is None:
        if config.feed is not None:
            raise ConfigError(
                "a feed needs a sensor file that says what its topics mean", remedy="name one"
            )
        return Sensors(SensorFile())
    # A city without sensors needs no database, and nobody who judges.
    from .quality.judge import Judge

    file = read_sensor_file(config.sensors)
    try:
        return Sensors(file, _store(config.sensors, config.state, file), Judge())
    except RegistryError as error:
        raise ConfigError(str(error), config.sensors) from None


def _store(sensors: Path, state: Path | None, file: SensorFile) -> ObservationStore:
    # A city without sensors needs no database.
    from .observations.keeper import open_store
    from .observations.store import Retention

    retention = Retention(file.retention.raw_days, file.retention.hourly_days)
    place = sensors.with_name(sensors.name.removesuffix(".toml"))
    return open_store(state_folder(place, "sensors", state), retention)
