"""Things and datastreams by key, alias and row."""

from __future__ import annotations

import pytest

from citiverse_server.overlays import registry as module
from citiverse_server.overlays.model import Datastream, Thing
from citiverse_server.overlays.registry import Registry, RegistryError

URN = "urn:ngsi-ld:Device:7"


def stream(key: str, thing: str = "", feature: str = "", name: str = "S") -> Datastream:
    return Datastream(key, name, "PM10", "µg/m³", feature, 60.0, None, thing=thing)


def test_a_thing_is_known_by_its_key_and_by_what_others_call_it() -> None:
    registry = Registry()
    mast = Thing("mast", "Mast", feature="town/1", aliases=(URN,))
    registry.add_thing(mast)
    assert registry.thing("mast") == registry.thing(URN) == mast
    assert registry.thing("other") is None
    row = registry.add_datastream(stream("mast.air", thing=URN))
    assert registry.datastream("mast.air") == row
    assert registry.datastreams_of("mast") == (row,)
    assert registry.datastreams[row].thing == "mast"
    assert registry.datastreams[row].feature == "town/1"


def test_a_datastream_alone_is_a_thing_of_its_own() -> None:
    registry = Registry()
    registry.add_datastream(stream("tide", feature="town/2", name="Tide"))
    assert registry.thing("tide") == Thing("tide", "Tide", feature="town/2")
    registry.add_datastream(stream("tide", feature="town/3", name="Tide at the quay"))
    assert registry.thing("tide") == Thing("tide", "Tide at the quay", feature="town/3")


def test_rows_stay_and_what_is_new_about_something_is_told() -> None:
    registry = Registry()
    told: list[tuple[int, str]] = []
    first = registry.add_datastream(stream("a"))
    registry.watch(lambda row, one: told.append((row, one.name)))
    before = registry.revision
    assert registry.add_datastream(stream("a")) == first
    assert registry.revision == before
    assert registry.add_datastream(stream("a", name="New")) == first
    second = registry.add_datastream(stream("b"))
    assert registry.revision > before
    assert told == [(first, "S"), (first, "New"), (second, "S")]
    assert registry.thing("a") == Thing("a", "New")


def test_rows_are_those_of_the_store() -> None:
    registry = Registry({"a": 7, "b": 3}.__getitem__)
    assert [registry.add_datastream(stream(key)) for key in "ba"] == [3, 7]
    assert list(registry.datastreams) == [3, 7]


def test_a_thing_may_be_described_anew_and_loses_former_aliases() -> None:
    registry = Registry()
    registry.add_thing(Thing("mast", "Mast", aliases=(URN,)))
    row = registry.add_datastream(stream("mast.air", thing="mast"))
    registry.add_thing(Thing("mast", "Mast", feature="town/9"))
    assert registry.thing(URN) is None
    assert registry.datastreams[row].feature == "town/9"


def test_the_same_unknown_height_is_no_news() -> None:
    registry = Registry()
    registry.add_thing(Thing("mast", "Mast", position=(13.0, 52.0, float("nan"))))
    before = registry.revision
    registry.add_thing(Thing("mast", "Mast", position=(13.0, 52.0, float("nan"))))
    assert registry.revision == before
    registry.add_thing(Thing("mast", "Mast", position=(13.0, 52.0, 4.0)))
    assert registry.revision > before


def test_what_cannot_be_told_apart_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    registry.add_thing(Thing("mast", "Mast", aliases=(URN,)))
    registry.add_datastream(stream("air", thing="mast"))
    registry.add_thing(Thing("other", "Other"))
    for wrong, says in (
        (lambda: registry.add_thing(Thing("b", "B", aliases=(URN,))), "called"),
        (lambda: registry.add_thing(Thing("", "B")), "no key"),
        (lambda: registry.add_thing(Thing("b\n", "B")), "no key"),
        (lambda: registry.add_datastream(stream("x", thing="gone")), "nobody knows the thing"),
        (lambda: registry.add_datastream(stream("air", thing="other")), "another thing's"),
        (lambda: registry.add_datastream(stream("mast")), "like a thing of others"),
    ):
        with pytest.raises(RegistryError, match=says):
            wrong()
    monkeypatch.setattr(module, "MAX_THINGS", 2)
    monkeypatch.setattr(module, "MAX_DATASTREAMS", 1)
    with pytest.raises(RegistryError, match="2 things already"):
        registry.add_thing(Thing("b", "B"))
    with pytest.raises(RegistryError, match="1 datastreams already"):
        registry.add_datastream(stream("noise", thing="mast"))
