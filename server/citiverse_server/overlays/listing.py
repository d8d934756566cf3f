"""What sensors there are in a scene, as clients are told: encoded once, some at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..protocol import (
    DatastreamInfo,
    DatastreamKind,
    Datastreams,
    MoverInfo,
    SensorInfo,
    SensorList,
    encode,
)
from .grid import DISTRICT_M, EVERYWHERE, NEAR_M, middles, squares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from ..protocol import StyleInfo, Vector
    from .binding import Binding
    from .model import Datastream, Thing
    from .registry import Registry

AT_ONCE = 200
"""Sensors a message: 20 to 40 KB, which delay nothing else for long."""
SLOTS = 10
MOVER_STALE_S = 120.0
_ABSENT = -2


class Listing:
    """The sensors of one scene at one moment, in columns by row of the registry.

    `squares`, `districts`: where they are; `properties`: what they observe, as numbers by
    `property_numbers`; all −2 for rows that aren't in the scene. `chunks` are rows (n,) that are
    told together, `slots` a tenth of the rows each, by district; what is everywhere is in none.
    """

    def __init__(
        self, registry: Registry, binding: Binding, property_numbers: dict[str, int]
    ) -> None:
        streams = [
            (row, datastream)
            for row, datastream in registry.datastreams.items()
            if datastream.thing in binding
        ]
        self.revision = registry.revision
        self._streams = dict(streams)
        self._things = {one.thing: registry.things[one.thing] for _, one in streams}
        standings = {key: binding.standing(key) for key in self._things}
        self._places = {key: one.position for key, one in standings.items()}
        # As the scene calls them now, or a client wouldn't know them; of several the surest.
        self._features = {key: next(iter(one.features), "") for key, one in standings.items()}
        self.rows = np.array(sorted(self._streams), dtype=np.int64)
        places = np.array(
            [self._places[one.thing] or (np.nan,) * 3 for _, one in sorted(streams)]
        ).reshape(-1, 3)
        size = int(self.rows[-1]) + 1 if len(self.rows) else 0
        self.squares, self.districts, self.properties = (
            np.full(size, _ABSENT, dtype=np.int64) for _ in range(3)
        )
        self.squares[self.rows] = squares(places, NEAR_M)
        self.districts[self.rows] = squares(places, DISTRICT_M)
        for row, one in streams:
            number = property_numbers.setdefault(one.observed_property, len(property_numbers))
            self.properties[row] = number
        self.chunks, self._chunk_middles = _chunks(self.rows, self.districts)
        self.slots = [self.rows[slot] for slot in _slots(self.districts[self.rows])]
        self._encoded: dict[int, bytes] = {}
        self._news: dict[int, list[NDArray[np.int64]]] = {}

    def in_scene(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the rows that are in the scene."""
        known = rows[rows < len(self.squares)]
        here: NDArray[np.int64] = known[self.squares[known] != _ABSENT]
        return here

    def nearest_first(self, place: Vector) -> list[int]:
        """The chunks by how far they are from a place; those everywhere come first."""
        away = np.hypot(*(self._chunk_middles - np.array(place[:2])).T)
        order = np.argsort(np.nan_to_num(away, nan=-1.0), kind="stable")
        return [int(chunk) for chunk in order]

    def by_distance(self, rows: NDArray[np.int64], place: Vector) -> NDArray[np.int64]:
        """The rows by how far their districts are from a place."""
        districts = self.districts[rows]
        away = np.hypot(*(middles(districts, DISTRICT_M) - np.array(place[:2])).T)
        return rows[np.argsort(np.where(districts == EVERYWHERE, -1.0, away), kind="stable")]

    def chunk(self, number: int) -> bytes:
        """The message that tells of a chunk."""
        if number not in self._encoded:
            self._encoded[number] = encode(self._sensors(self.chunks[number].tolist()))
        return self._encoded[number]

    def news_since(self, former: Listing) -> list[NDArray[np.int64]]:
        """The rows that are new since, or told otherwise, some at a time."""
        if former.revision not in self._news:
            rows = [row for row in self._streams if self._about(row) != former._about(row)]
            news = np.array(rows, dtype=np.int64)
            self._news[former.revision] = [
                news[at : at + AT_ONCE] for at in range(0, len(news), AT_ONCE)
            ]
        return self._news[former.revision]

    def telling(self, rows: NDArray[np.int64]) -> bytes:
        """The message that tells of these rows."""
        return encode(self._sensors(rows.tolist()))

    def before_interest(self) -> bytes:
        """All datastreams in one message, for clients before 1.3."""
        return encode(
            Datastreams(
                datastreams=[
                    DatastreamInfo(
                        id=row,
                        key=one.key,
                        name=one.name,
                        observed_property=one.observed_property,
                        unit=one.unit,
                        feature=self._features[one.thing],
                        position=self._places[one.thing],
                        stale_after_s=one.stale_after_s,
                        range=one.range,
                    )
                    for row, one in self._streams.items()
                ]
            )
        )

    def _about(self, row: int) -> tuple[Datastream, Thing, Vector | None, str] | None:
        one = self._streams.get(row)
        if one is None:
            return None
        thing = one.thing
        return one, self._things[thing], self._places[thing], self._features[thing]

    def _sensors(self, rows: Iterable[int]) -> SensorList:
        kinds: dict[DatastreamKind, int] = {}
        sensors = []
        for row in rows:
            one = self._streams[row]
            kind = _kind(one, self._things[one.thing])
            sensors.append(
                SensorInfo(
                    id=row,
                    kind=kinds.setdefault(kind, len(kinds)),
                    key=one.key,
                    name=one.name,
                    thing=one.thing,
                    feature=self._features[one.thing],
                    position=self._places[one.thing],
                )
            )
        return SensorList(kinds=list(kinds), sensors=sensors)


def beginning(styles: Sequence[StyleInfo]) -> bytes:
    """The message with which the list begins anew."""
    return encode(SensorList(first=True, styles=list(styles)))


def end() -> bytes:
    """The message with which all have been told."""
    return encode(SensorList(last=True))


def movers(numbers: Iterable[int], keys: Sequence[str], things: Registry) -> bytes:
    """The message that tells of what moves."""
    infos = []
    for number in numbers:
        thing = things.thing(keys[number])
        if thing is not None:
            infos.append(
                MoverInfo(
                    id=number,
                    key=thing.key,
                    name=thing.name,
                    stale_after_s=MOVER_STALE_S,
                    reality=thing.reality,
                    licence=thing.licence,
                    attribution=thing.attribution,
                )
            )
    return encode(SensorList(movers=infos))


def _kind(datastream: Datastream, thing: Thing) -> DatastreamKind:
    return DatastreamKind(
        observed_property=datastream.observed_property,
        unit=datastream.unit,
        stale_after_s=datastream.stale_after_s,
        ucum=datastream.ucum,
        definition=datastream.definition,
        range=datastream.range,
        period_s=datastream.period_s,
        reality=thing.reality,
        licence=thing.licence,
        attribution=thing.attribution,
    )


def _slots(districts: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    return [(districts % SLOTS == slot) & (districts != EVERYWHERE) for slot in range(SLOTS)]


def _chunks(
    rows: NDArray[np.int64], districts: NDArray[np.int64]
) -> tuple[list[NDArray[np.int64]], NDArray[np.float64]]:
    """Rows that are told together, neighbours as far as can be, and the middle (n, 2) of each."""
    order = rows[np.argsort(districts[rows], kind="stable")]
    chunks = [order[at : at + AT_ONCE] for at in range(0, len(order), AT_ONCE)]
    of_first = np.array([districts[chunk[0]] for chunk in chunks], dtype=np.int64)
    centres = middles(of_first, DISTRICT_M)
    centres[of_first == EVERYWHERE] = np.nan
    return chunks, centres
