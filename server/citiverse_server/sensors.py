"""Sensors of a city: what arrives is mapped, judged, kept and told; one batch a tick."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .overlays.fixes import LatestFixes
from .overlays.gathering import Gathering
from .overlays.latest import LatestValues
from .overlays.ledger import NO_ROW, Ledger, Refusal
from .overlays.limits import apart, reason_against
from .overlays.mapping import Mapped, Mapping
from .overlays.model import Rejected
from .overlays.reading import Moved, Observed, Reading, Record
from .overlays.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from .observations.store import ObservationStore
    from .overlays.binding import Binding
    from .overlays.model import Batch, Fix
    from .overlays.reading import Arrival
    from .overlays.sensor_file import SensorFile
    from .quality.judge import Judge
    from .quality.staleness import Paces

LEARNED = "quality"
"""The note in the store with what the judge has learned."""

MOST_GATHERED = 8192
"""Who brings more between two ticks has them taken at once, so that nothing piles up."""


class Sensors:
    """The engine between the sources and whoever watches or asks.

    Raises `RegistryError` where the file names too many things, and `StateError` of the store.
    """

    def __init__(
        self,
        file: SensorFile,
        store: ObservationStore | None = None,
        judge: Judge | None = None,
    ) -> None:
        self.file = file
        self.store = store
        self.registry = Registry(None if store is None else store.row)
        self.ledger = Ledger()
        self.lost: Counter[str] = Counter()
        self.latest = LatestValues()
        self.fixes = LatestFixes()
        for thing in file.things:
            self.registry.add_thing(thing)
        self.mapping = Mapping(file, self.registry)
        self.judge = judge
        self._paces: Paces | None = None
        if judge is not None:
            self.registry.watch(judge.put)
            if store is not None and (learned := store.note(LEARNED)) is not None:
                judge.learn_from(learned)
            # Without sensors nobody has a pace.
            from .quality.staleness import Paces

            self._paces = Paces(judge)
            self.registry.watch(self._paces.put)
        self._gathering = Gathering()
        self._listeners: list[Callable[[Batch], None]] = []
        self._moves: dict[str, Fix] = {}
        self._way: list[tuple[str, Fix]] = []
        self._bound: dict[str, int] = {}
        self._unrecalled: list[int] = []
        if store is not None:
            self.registry.watch(lambda row, _: self._unrecalled.append(row))

    def is_bound(self, scene: str) -> bool:
        """Whether everything that is known has been looked for in a scene."""
        return self._bound.get(scene) == self.registry.revision

    def receive(self, arrival: Arrival, arrival_us: int, source: str = "") -> None:
        """Takes what a source brings; what can't be used is counted by its reason."""
        match arrival:
            case Reading(source=source):
                results = self.mapping.read(arrival, arrival_us)
            case Record(source=source):
                results = self.mapping.take(arrival, arrival_us)
            case Observed():
                results = [self._observe(arrival)]
            case Moved():
                refusal = self._move(arrival, arrival_us)
                results = [] if refusal is None else [refusal]
        for result in results:
            if isinstance(result, Refusal):
                self.ledger.refuse(source, result, arrival_us)
            else:
                self._gathering.add(*result, arrival_us)
        if len(self._gathering) >= MOST_GATHERED:
            self._take(arrival_us)
        if len(self._way) >= MOST_GATHERED:
            self._keep_moves(arrival_us)

    def refuse(self, source: str, reason: Rejected, arrival_us: int) -> None:
        """Counts what a source couldn't use itself."""
        self.ledger.refuse(source, Refusal(reason), arrival_us)

    def lose(self, source: str) -> None:
        """Counts that a source couldn't be reached."""
        self.lost[source] += 1

    def advance(self, now_us: int) -> None:
        """Ends a tick: what was received since the last one is kept, and may be told."""
        self._take(now_us)
        self._learn_paces(now_us)
        self._keep_moves(now_us)
        self.fixes.record(self._moves)
        self._moves.clear()

    def _keep_moves(self, now_us: int) -> None:
        way, self._way = self._way, []
        if self.store is None or not way:
            return
        # Where nothing moves, nothing of this is loaded.
        from .observations import tracks

        tracks.record(self.store, way, now_us)

    async def stored(self, now_us: int) -> None:
        """Returns when all that was received before outlives the power. Raises `StateError`."""
        self._take(now_us)
        self._keep_moves(now_us)
        if self.store is not None:
            await self.store.flush()

    async def recall(self) -> bool:
        """Takes from the store what datastreams said last that are new here; whether any did."""
        if self.store is None or not self._unrecalled:
            return False
        rows, self._unrecalled = self._unrecalled, []
        known = self.ledger.recall(await self.store.latest(rows))
        self.latest.record(known)
        return len(known.rows) > 0

    def hear(self, tell: Callable[[Batch], None]) -> None:
        """Calls back with what is newest of each batch."""
        self._listeners.append(tell)

    def bind(self, scene: str, binding: Binding) -> None:
        """Things stand in a scene like this from now on."""
        self.registry.bind(scene, binding)
        self._bound[scene] = self.registry.revision
        if self.judge is None:
            return
        for row, datastream in self.registry.datastreams.items():
            place = binding.on_earth(datastream.thing)
            if place is not None:
                self.judge.stand(row, *place)

    def remember(self) -> None:
        """Keeps what was learned of the datastreams, for a later start; from any thread."""
        if self.store is not None and self.judge is not None:
            self.store.keep_note(LEARNED, self.judge.packed())

    def _learn_paces(self, now_us: int) -> None:
        if self._paces is not None:
            for row, seconds in list(self._paces.news(now_us)):
                self.registry.learn_pace(row, seconds)

    def _observe(self, observed: Observed) -> Mapped | Refusal:
        row = self.registry.datastream(observed.datastream)
        if row is None:
            return Refusal(Rejected.UNKNOWN_DATASTREAM, NO_ROW, observed.datastream.encode())
        return Mapped(row, observed.value, observed.time_us)

    def _move(self, moved: Moved, arrival_us: int) -> Refusal | None:
        """Keeps where a thing was, and until the tick its latest place."""
        thing, fix = self.registry.thing(moved.thing), moved.fix
        if thing is None:
            return Refusal(Rejected.UNKNOWN_THING, NO_ROW, moved.thing.encode())
        reason = reason_against(0.0, fix.time_us, arrival_us)
        if reason is not None:
            return Refusal(reason)
        if not (abs(fix.lon) <= 180 and abs(fix.lat) <= 90):
            return Refusal(Rejected.OUT_OF_RANGE)
        former = self._moves.get(thing.key)
        if former is None or former.time_us < fix.time_us:
            self._moves[thing.key] = fix
        self._way.append((thing.key, fix))
        return None

    def _take(self, now_us: int) -> None:
        """What was gathered, as one batch: limits, judge, store, latest."""
        if not len(self._gathering):
            return
        batch, refused = apart(self._gathering.taken())
        for refusal in refused:
            self.ledger.refuse(self.registry.source_of(refusal.row), refusal, now_us)
        if self.judge is not None:
            batch = self.judge.judge(batch)
        if self.store is not None:
            self.store.append(batch)
        newest = self.ledger.record(batch)
        self.latest.record(newest)
        for tell in self._listeners:
            tell(newest)
