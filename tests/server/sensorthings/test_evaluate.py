"""Conditions on columns: worked out as OData has it, and never a bug, whatever is asked."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server.overlays.model import Batch, Datastream, Thing
from citiverse_server.overlays.registry import Registry
from citiverse_server.standards.sensorthings.catalogue import catalogue
from citiverse_server.standards.sensorthings.entities import Place
from citiverse_server.standards.sensorthings.evaluate import ordered, where
from citiverse_server.standards.sensorthings.expression import PRECEDENCE, Order
from citiverse_server.standards.sensorthings.functions import FUNCTIONS
from citiverse_server.standards.sensorthings.observed import ObservationTable
from citiverse_server.standards.sensorthings.parser import parse_expression
from citiverse_server.standards.sensorthings.problems import QueryError
from citiverse_server.standards.sensorthings.tables import Budget, Frame
from server.sensorthings.refusals import status_of

if TYPE_CHECKING:
    from citiverse_server.standards.sensorthings.tables import Table

NOW_US = 1_700_000_000_000_000
OPERATORS = [operator for level in PRECEDENCE for operator in level]


def tables() -> dict[str, Table]:
    """Three things, one of them moving and one nowhere; two have datastreams."""
    registry = Registry()
    registry.add_thing(Thing("a", "Alpha", position=(13.0, 52.0, math.nan), aliases=("x",)))
    registry.add_thing(Thing("b", "Beta", moving=True, owner="Town"))
    registry.add_thing(Thing("c", "Gamma", feature="town/1"))
    for key, thing in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        registry.add_datastream(
            Datastream(key, key.upper(), key[1], "m", "", 60.0, (0.0, 1.0), thing)
        )
    places = {"a": Place(13.0, 52.0), "b": Place(13.1, 52.1, 5.0, NOW_US)}
    found = catalogue(registry, places.get, lambda key: ("town",) if key == "c" else ())
    times = NOW_US + np.arange(6, dtype=np.int64) * 500_000
    batch = Batch(
        np.array([0, 1, 2, 0, 1, 2], dtype=np.uint32),
        np.array([1.5, -2.5, 0.5, 3.0, 1e308, -0.0]),
        times,
        times,
        np.array([0, 1, 0, 0, 33, 0], dtype=np.uint8),
    )
    return {**found.tables, "Observation": ObservationTable(found, batch)}


TABLES = tables()


def asked(base: str, text: str) -> list[int]:
    """The rows that meet a condition."""
    frame = Frame(TABLES, base, np.arange(TABLES[base].size), Budget())
    return list(where(parse_expression(text), frame, NOW_US).tolist())


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # Three values would make `not` of a null neither.
        ("resultQuality eq null", [0, 2, 3, 5]),
        ("resultTime gt now()", []),
        ("not (resultTime gt now())", [0, 1, 2, 3, 4, 5]),
        ("resultTime ne 5 or true", [0, 1, 2, 3, 4, 5]),
        ("null eq null", [0, 1, 2, 3, 4, 5]),
        # Numbers: halves go away from zero, what isn't finite is null.
        ("round(result) eq 2", [0]),
        ("round(result) eq -3", [1]),
        ("result mod 2 eq -0.5", [1]),
        ("result div 0 gt 0 or result div 0 lt 0", []),
        ("result mul 1e10 eq null", [4]),
        ("floor(result) eq ceiling(result)", [3, 4, 5]),
        # Times.
        ("fractionalseconds(phenomenonTime) eq 0.5", [1, 3, 5]),
        ("phenomenonTime add duration'PT1S' gt now() add duration'PT3S'", [5]),
        ("date(phenomenonTime) eq 2023-11-14", [0, 1, 2, 3, 4, 5]),
        ("year(phenomenonTime) eq 2023 and month(phenomenonTime) eq 11 and second(phenomenonTime)"
         " eq 22", [4, 5]),
        ("time(phenomenonTime) lt duration'PT22H13M20.6S'", [0, 1]),
        ("after(phenomenonTime,2023-11-14T22:13:20Z/2023-11-14T22:13:22Z)", [4, 5]),
        ("overlaps(phenomenonTime,2023-11-14T22:13:20Z/2023-11-14T22:13:21Z)", [0, 1]),
        ("phenomenonTime gt mindatetime() and phenomenonTime lt maxdatetime()",
         [0, 1, 2, 3, 4, 5]),
        # Links.
        ("Datastream/Thing/name eq 'Beta'", [2, 5]),
        ("FeatureOfInterest/id eq 'thing:a' and result gt 0", [0, 3, 4]),
        ("Datastream/properties/range eq null", []),
        ("concat(Datastream/name,' m') eq 'A2 m'", [1, 4]),
    ],
)  # fmt: skip
def test_conditions_on_observations(text: str, rows: list[int]) -> None:
    assert asked("Observation", text) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("substringof('lph',name)", [0]),
        ("substring(name,1,2) eq 'et' or trim(concat(name,' ')) eq 'Gamma'", [1, 2]),
        ("properties/moving eq true", [1]),
        ("properties/owner gt 'S'", [1]),
        ("Locations/location eq geography'POINT (13 52)'", [0]),
        ("geo.distance(Locations/location,geography'POINT (13.1 52.1)') lt 0.01", [1]),
        ("st_relate(Locations/location,geography'POINT (13 52)','T********')", [0]),
        ("geo.length(geography'LINESTRING (0 0, 3 4)') eq 5", [0, 1, 2]),
        ("Locations/id eq null", [2]),
        ("HistoricalLocations/time eq now()", [1]),
        ("Datastreams/name eq 'A1' and Datastreams/ObservedProperty/name eq '1'", [0]),
        ("Datastreams/name eq 'A1' and Datastreams/ObservedProperty/name eq '2'", []),
    ],
)
def test_conditions_on_things(text: str, rows: list[int]) -> None:
    assert asked("Thing", text) == rows


PROPERTIES = st.sampled_from(
    [
        "name", "result", "phenomenonTime", "resultTime", "resultQuality", "properties",
        "properties/owner", "Datastream/name", "Datastream/Thing/Locations/location",
        "Datastream/unitOfMeasurement", "FeatureOfInterest/feature", "Datastreams/Thing/name",
        "Datastreams/properties/range", "Locations/location", "HistoricalLocations/time", "@iot.id",
        "Datastream", "Locations",
    ]
)  # fmt: skip
CONSTANTS = st.sampled_from(
    [
        "5", "-1e300", "0", "'text'", "''", "true", "null", "now()", "9999-12-31T23:59:59Z",
        "0001-01-01", "2023-11-14T22:13:20Z/2023-11-14T22:13:22Z", "duration'P99999D'",
        "duration'-PT1S'", "geography'POINT (13 52)'", "geography'POLYGON EMPTY'",
    ]
)  # fmt: skip


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of larger expressions."""
    calls = st.sampled_from(FUNCTIONS).flatmap(
        lambda function: st.tuples(*(inner for _ in function.arguments)).map(
            lambda given: f"{function.name}({','.join(given)})"
        )
    )
    pairs = st.tuples(inner, st.sampled_from(OPERATORS), inner)
    return st.one_of(
        pairs.map(lambda some: f"({some[0]} {some[1]} {some[2]})"),
        inner.map(lambda one: f"not {one}"),
        calls,
    )


@settings(max_examples=300)
@given(st.recursive(PROPERTIES | CONSTANTS, larger, max_leaves=6), st.booleans())
def test_whatever_is_asked_is_answered_or_refused(text: str, things: bool) -> None:
    base = "Thing" if things else "Observation"
    expression = parse_expression(text)

    def ask() -> None:
        frame = Frame(TABLES, base, np.arange(TABLES[base].size), Budget())
        where(expression, frame, NOW_US)

    def order() -> None:
        frame = Frame(TABLES, base, np.arange(TABLES[base].size), Budget())
        rows = ordered([Order(expression)], frame, NOW_US)
        assert sorted(rows.tolist()) == list(range(TABLES[base].size))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert status_of(ask) in (200, 400, 501)
        assert status_of(order) in (200, 400, 501)


def test_a_question_has_only_so_much_work_to_spend() -> None:
    frame = Frame(TABLES, "Thing", np.arange(3), Budget(50))
    with pytest.raises(QueryError, match="too much work"):
        where(parse_expression("substringof('a',tolower(toupper(name)))"), frame, NOW_US)
