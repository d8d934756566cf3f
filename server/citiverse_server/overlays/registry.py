"""Which things and datastreams there are, by stable rows; both directions of thing and feature.

Rows are given once and stay while the server runs; with a store they stay for ever. What a source
discovers is added here as it appears, within bounds.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from .model import Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .binding import Binding
    from .model import Datastream

MAX_THINGS = 200_000
MAX_DATASTREAMS = 200_000
MAX_ALIASES = 16
MAX_KEY_LENGTH = 255


class RegistryError(ValueError):
    """A thing or a datastream that can't be taken; one sentence says why."""


class Registry:
    """Only grows; `revision` counts what was added or has changed.

    `row` gives a datastream its row: that of the store, or by default the next number.
    """

    def __init__(self, row: Callable[[str], int] | None = None) -> None:
        numbers = count()
        self._row = row or (lambda _key: next(numbers))
        self._things: dict[str, Thing] = {}
        self._names: dict[str, str] = {}
        self._datastreams: dict[int, Datastream] = {}
        self._rows: dict[str, int] = {}
        self._by_thing: dict[str, tuple[int, ...]] = {}
        self._sources: dict[int, str] = {}
        self._stale_after_s: dict[int, float] = {}
        self._bindings: dict[str, Binding] = {}
        self._watchers: list[Callable[[int, Datastream], None]] = []
        self.revision = 0

    def watch(self, tell: Callable[[int, Datastream], None]) -> None:
        """Calls back for each datastream, now and whenever one is added or described anew."""
        self._watchers.append(tell)
        for row, datastream in self._datastreams.items():
            tell(row, datastream)

    @property
    def things(self) -> Mapping[str, Thing]:
        """All things by key, in the order they came."""
        return self._things

    @property
    def datastreams(self) -> Mapping[int, Datastream]:
        """All datastreams by row, in the order they came."""
        return self._datastreams

    def thing(self, name: str) -> Thing | None:
        """The thing with this key, or that others call by this alias."""
        key = self._names.get(name)
        return None if key is None else self._things[key]

    def datastream(self, key: str) -> int | None:
        """The row of a datastream."""
        return self._rows.get(key)

    def datastreams_of(self, thing: str) -> tuple[int, ...]:
        """The rows of a thing's datastreams; `thing` is its key."""
        return self._by_thing.get(thing, ())

    def source_of(self, row: int) -> str:
        """The name of the source that brings a datastream, or ""."""
        return self._sources.get(row, "")

    def of_feature(self, scene: str, feature: str) -> tuple[Thing, ...]:
        """The things that hang on a feature of a scene, also by its former identity.

        Empty where the scene hasn't been entered yet.
        """
        binding = self._bindings.get(scene)
        keys = () if binding is None else binding.things_of(feature)
        return tuple(self._things[key] for key in keys)

    def binding(self, scene: str) -> Binding | None:
        """Where things stand in a scene; None where it hasn't been entered yet."""
        return self._bindings.get(scene)

    def bind(self, scene: str, binding: Binding) -> None:
        """From now on things stand in a scene like this."""
        self._bindings[scene] = binding

    def add_thing(self, thing: Thing) -> None:
        """Takes a thing, or what is new about one. Raises `RegistryError`."""
        thing, former = _comparable(thing), self._things.get(thing.key)
        if former == thing:
            return
        _check_key(thing.key)
        if former is None and len(self._things) >= MAX_THINGS:
            raise RegistryError(f"there are {MAX_THINGS} things already")
        if len(thing.aliases) > MAX_ALIASES:
            raise RegistryError(f"thing {thing.key!r} has more than {MAX_ALIASES} aliases")
        names = (thing.key, *thing.aliases)
        for name in names:
            if (owner := self._names.get(name, thing.key)) != thing.key:
                raise RegistryError(f"thing {owner!r} is called {name!r} already")
        for alias in () if former is None else former.aliases:
            del self._names[alias]
        self._names.update(dict.fromkeys(names, thing.key))
        self._things[thing.key] = thing
        self.revision += 1
        for row in self._by_thing.get(thing.key, ()):
            if self._datastreams[row].feature != thing.feature:
                self._enter(row, replace(self._datastreams[row], feature=thing.feature))

    def add_datastream(self, datastream: Datastream, source: str = "") -> int:
        """Takes a datastream, or what is new about one, and says its row. Raises `RegistryError`.

        One without a thing is a thing of its own, with its key, name and feature.
        """
        whole = self._with_thing(datastream)
        row = self._rows.get(whole.key)
        if row is not None and self._datastreams[row] == self._as_learned(row, whole):
            return row
        if row is None:
            row = self._new_row(whole)
            self._by_thing[whole.thing] = (*self._by_thing.get(whole.thing, ()), row)
        elif self._datastreams[row].thing != whole.thing:
            raise RegistryError(f"datastream {whole.key!r} is another thing's already")
        self._sources[row] = source
        self._enter(row, self._as_learned(row, whole))
        return row

    def learn_pace(self, row: int, stale_after_s: float) -> None:
        """From what age on a value of a datastream is stale, unless its source says it."""
        self._stale_after_s[row] = stale_after_s
        learned = self._as_learned(row, self._datastreams[row])
        if learned != self._datastreams[row]:
            self._enter(row, learned)

    def _as_learned(self, row: int, datastream: Datastream) -> Datastream:
        learned = self._stale_after_s.get(row)
        if learned is None or not datastream.is_pace_unsaid:
            return datastream
        return replace(datastream, stale_after_s=learned)

    def _enter(self, row: int, datastream: Datastream) -> None:
        self._datastreams[row] = datastream
        self.revision += 1
        for tell in self._watchers:
            tell(row, datastream)

    def _with_thing(self, datastream: Datastream) -> Datastream:
        if not datastream.thing:
            thing = Thing(datastream.key, datastream.name, feature=datastream.feature)
            row = self._rows.get(thing.key)
            own = row is not None and self._datastreams[row].thing == thing.key
            if thing.key in self._names and not own:
                raise RegistryError(f"datastream {thing.key!r} is called like a thing of others")
            self.add_thing(thing)
            return replace(datastream, thing=thing.key)
        known = self.thing(datastream.thing)
        if known is None:
            raise RegistryError(
                f"datastream {datastream.key!r}: nobody knows the thing {datastream.thing!r}"
            )
        return replace(datastream, thing=known.key, feature=known.feature)

    def _new_row(self, datastream: Datastream) -> int:
        _check_key(datastream.key)
        if len(self._rows) >= MAX_DATASTREAMS:
            raise RegistryError(f"there are {MAX_DATASTREAMS} datastreams already")
        row = self._rows[datastream.key] = self._row(datastream.key)
        return row


def _comparable(thing: Thing) -> Thing:
    """With the one NaN that is always the same, so that an unknown height is no news."""
    if thing.position is None or not math.isnan(thing.position[2]):
        return thing
    return replace(thing, position=(*thing.position[:2], math.nan))


def _check_key(key: str) -> None:
    if not 0 < len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        raise RegistryError(f"{key[:40]!r} is no key: 1 to {MAX_KEY_LENGTH} printable characters")
